//! The examination of a record as partners get it.

use super::words;
use crate::usecase::state_at::view::ItemView;
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_credential::accident::{
    Contradiction, CredentialFinding, Examination, PartyFinding, PartyView, RecordView, SeenView, Weighed,
};
use luzheng_domain::accident::{Word, table};
use serde::Serialize;
use utoipa::ToSchema;

/// A code with its words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentWord)]
pub struct WordView {
    /// The stable code.
    pub code: String,
    /// In words.
    pub text: Text,
}

/// A step of the examination.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentStep)]
pub struct StepView {
    /// `size`, `form`, `keys`, `record`, `first_signature`, `first_content`, `second_signature`, `second_content`.
    pub name: String,
    /// Passed, failed, or null: not reached, as for a party that did not sign.
    pub ok: Option<bool>,
    /// For a failed step the reason.
    pub detail: Option<String>,
    /// What it looks at.
    pub text: Text,
}

/// A credential in a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentCredential)]
pub struct CredentialView {
    /// Signed by an issuer of today's trust list, and unchanged.
    pub genuine: bool,
    /// Why not.
    pub reason: Option<String>,
    /// `inspection_mark` or `driving_licence`.
    pub kind: Option<String>,
    /// `static`, `live` or `held`.
    pub mode: Option<String>,
    /// The plate, or the masked name.
    pub subject: Option<String>,
    /// The plate type, or the classes.
    pub class: Option<String>,
    /// As in a verdict.
    pub valid_until: Option<String>,
    /// Whether the record was made within its validity.
    pub in_validity: Option<bool>,
}

/// A code as the other party's phone judged it at the roadside.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentSeen)]
pub struct SeenCodeView {
    /// The verdict.
    pub verdict: String,
    /// Its reason.
    pub reason: Option<String>,
    /// Age of the status behind it, in seconds.
    pub status_age_s: Option<u32>,
}

/// One party.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentParty)]
pub struct PartyShape {
    /// `first` filled the record in, `second` answered.
    pub role: String,
    /// As the party gave it.
    pub plate_number: String,
    /// 号牌种类.
    pub plate_type: String,
    /// Point of impact.
    pub impact: WordView,
    /// Its share of the responsibility.
    pub responsibility: WordView,
    /// What it said is the case.
    pub circumstances: Vec<WordView>,
    /// As typed.
    pub insurer: Option<String>,
    /// As typed.
    pub policy: Option<String>,
    /// As typed.
    pub contact: Option<String>,
    /// The time on its phone.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Whether that phone's clock had been compared with a server's.
    pub clock_confirmed: bool,
    /// When it signed, by its phone; null: it did not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub signed_at: Option<Timestamp>,
    /// Its mark, when it showed one.
    pub mark: Option<CredentialView>,
    /// Its licence, when it showed one.
    pub licence: Option<CredentialView>,
    /// Its mark as the other phone judged it then.
    pub mark_seen: Option<SeenCodeView>,
    /// Its licence as the other phone judged it then.
    pub licence_seen: Option<SeenCodeView>,
    /// `same`, `differs`, `not_compared`: the plate as the other party saw it; null: the other did not sign.
    pub plate_seen: Option<String>,
    /// How its vehicle stood by the register at that moment, as known then and now; null for clients without the scope `state`.
    pub register: Option<ItemView>,
}

/// Where it happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentPlace)]
pub struct PlaceShape {
    /// Degrees (WGS 84).
    pub lat: f64,
    /// Degrees (WGS 84).
    pub lon: f64,
    /// How sure, in metres.
    pub accuracy_m: u32,
}

/// What a record says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentRecord)]
pub struct RecordShape {
    /// Its name.
    pub id: String,
    /// When it happened, as told.
    #[schema(value_type = String, format = DateTime)]
    pub happened_at: Timestamp,
    /// From the phone.
    pub place: Option<PlaceShape>,
    /// As typed.
    pub place_text: Option<String>,
    /// Form of the accident.
    pub form: WordView,
    /// Weather.
    pub weather: WordView,
    /// Where all that was said and seen leads by law.
    pub path: WordView,
    /// One or two.
    pub parties: Vec<PartyShape>,
}

/// The examination of a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccidentExamined)]
pub struct Examined {
    /// `complete`, `one_sided`, `not_genuine` or `unreadable`.
    pub verdict: String,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// In a sentence.
    pub text: Text,
    /// Every step by name.
    pub steps: Vec<StepView>,
    /// What does not fit together. It makes a record no less genuine; it wants an explanation.
    pub contradictions: Vec<WordView>,
    /// What it says; null unless it is complete or one-sided.
    pub record: Option<RecordShape>,
    /// When it was examined.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: Timestamp,
}

fn word(list: &[Word], code: &str) -> WordView {
    let found = list.iter().find(|word| word.code == code);
    let text = found.map_or_else(|| Text::new(code, code), |word| Text::new(&word.zh, &word.en));
    WordView { code: code.to_owned(), text }
}

fn moment(seconds: u32) -> Timestamp {
    Timestamp::from_second(seconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn owned(text: Option<&'static str>) -> Option<String> {
    text.map(str::to_owned)
}

impl From<&CredentialFinding> for CredentialView {
    fn from(finding: &CredentialFinding) -> Self {
        Self {
            genuine: finding.genuine,
            reason: owned(finding.reason),
            kind: owned(finding.kind),
            mode: owned(finding.mode),
            subject: finding.subject.clone(),
            class: finding.class.clone(),
            valid_until: finding.valid_until.clone(),
            in_validity: finding.in_validity,
        }
    }
}

impl From<&SeenView> for SeenCodeView {
    fn from(seen: &SeenView) -> Self {
        Self { verdict: seen.verdict.to_owned(), reason: owned(seen.reason), status_age_s: seen.status_age_s }
    }
}

impl PartyShape {
    fn of(party: &PartyView, finding: Option<&PartyFinding>, register: Option<ItemView>) -> Self {
        let words = &table().words;
        let circumstance = |code: &&'static str| {
            let gate = luzheng_domain::accident::Circumstance::ALL.into_iter().find(|c| c.code() == *code);
            let text = gate.map_or_else(|| Text::new(*code, *code), |c| table().gate(c).text.clone().into());
            WordView { code: (*code).to_owned(), text }
        };
        Self {
            role: party.role.to_owned(),
            plate_number: party.plate_number.clone(),
            plate_type: party.plate_type.clone(),
            impact: word(&words.impact, &party.impact),
            responsibility: word(&words.responsibility, &party.responsibility),
            circumstances: party.circumstances.iter().map(circumstance).collect(),
            insurer: party.insurer.clone(),
            policy: party.policy.clone(),
            contact: party.contact.clone(),
            made_at: moment(party.made_at),
            clock_confirmed: party.clock_confirmed,
            signed_at: party.signed_at.map(moment),
            mark: finding.and_then(|finding| finding.mark.as_ref()).map(CredentialView::from),
            licence: finding.and_then(|finding| finding.licence.as_ref()).map(CredentialView::from),
            mark_seen: party.mark_seen.as_ref().map(SeenCodeView::from),
            licence_seen: party.licence_seen.as_ref().map(SeenCodeView::from),
            plate_seen: owned(party.plate_seen),
            register,
        }
    }
}

impl RecordShape {
    fn of(record: &RecordView, weighed: Option<&Weighed>, register: Vec<ItemView>) -> Self {
        let words = &table().words;
        let mut register = register.into_iter();
        let party = |(n, party): (usize, &PartyView)| {
            PartyShape::of(party, weighed.and_then(|weighed| weighed.parties.get(n)), register.next())
        };
        let place = record.place.map(|(lat, lon, accuracy_m)| PlaceShape {
            lat: f64::from(lat) / 100_000.0,
            lon: f64::from(lon) / 100_000.0,
            accuracy_m,
        });
        Self {
            id: record.id.clone(),
            happened_at: moment(record.happened_at),
            place,
            place_text: record.place_text.clone(),
            form: word(&words.form, &record.form),
            weather: word(&words.weather, &record.weather),
            path: WordView {
                code: record.path.code().to_owned(),
                text: luzheng_domain::accident::title(record.path).clone().into(),
            },
            parties: record.parties.iter().enumerate().map(party).collect(),
        }
    }
}

impl Examined {
    /// The answer, with what the register said by party, if it was asked.
    pub fn of(
        examination: &Examination,
        weighed: Option<&Weighed>,
        register: Vec<ItemView>,
        checked_at: Timestamp,
    ) -> Self {
        let more = weighed.map(|weighed| weighed.contradictions.clone()).unwrap_or_default();
        let contradictions: Vec<Contradiction> = examination.contradictions.iter().copied().chain(more).collect();
        let named = |what: &Contradiction| WordView {
            code: serde_json::to_value(what).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default(),
            text: words::contradiction(*what),
        };
        let step = |step: &luzheng_credential::accident::Step| StepView {
            name: serde_json::to_value(step.name)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
            ok: step.ok,
            detail: owned(step.detail),
            text: words::step(step.name),
        };
        Self {
            verdict: examination.verdict.code().to_owned(),
            reason: owned(examination.reason),
            text: words::verdict(examination.verdict, examination.reason),
            steps: examination.steps.iter().map(step).collect(),
            contradictions: contradictions.iter().map(named).collect(),
            record: examination.record.as_ref().map(|record| RecordShape::of(record, weighed, register)),
            checked_at,
        }
    }
}
