//! What the credentials in a record are worth: whose they are, whether they were in validity at the roadside, and whether what the phones
//! recorded agrees with that. Signatures are judged by today's trust list: a key that was withdrawn since speaks for nobody.

use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use serde::Serialize;

use super::endorse::SeenCode;
use super::examine::{Contradiction, Examination, Open};
use super::wire::Party;
use super::{CLOCK_TOLERANCE, CLOCKS_APART};
use crate::kind::Mode;
use crate::qr::{message, text};
use crate::status_list::NoStatus;
use crate::trust::TrustList;
use crate::verify::{CheckName, Question, Reason, same_plate, verify};

/// A credential in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CredentialFinding {
    /// Signed by an issuer of the trust list for such credentials, and unchanged.
    pub genuine: bool,
    /// Why it is not genuine.
    pub reason: Option<&'static str>,
    /// `inspection_mark` or `driving_licence`; null unless genuine, like all that follows.
    pub kind: Option<&'static str>,
    /// `static`, `live` or `held`.
    pub mode: Option<&'static str>,
    /// The plate, or the masked name.
    pub subject: Option<String>,
    /// The plate type, or the classes.
    pub class: Option<String>,
    /// As in a verdict.
    pub valid_until: Option<String>,
    /// Whether the party's phone's time lies within its validity.
    pub in_validity: Option<bool>,
}

/// The credentials of one party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyFinding {
    /// `first` or `second`.
    pub role: &'static str,
    /// Its mark, when it showed one.
    pub mark: Option<CredentialFinding>,
    /// Its licence, when it showed one.
    pub licence: Option<CredentialFinding>,
}

/// What the credentials add to an examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weighed {
    /// By party; none when the record is unreadable or not genuine.
    pub parties: Vec<PartyFinding>,
    /// Further contradictions, in a fixed order, each once.
    pub contradictions: Vec<Contradiction>,
}

/// Judges the credentials of an examined record by a trust list.
pub fn weigh(examination: &Examination, trust: &TrustList) -> Weighed {
    let mut weighed = Weighed { parties: Vec::new(), contradictions: Vec::new() };
    let Some(Open { offer, statement, first, second }) = &examination.open else { return weighed };
    // What a party showed was judged by the other one's phone.
    let seen = second.as_ref().map(|signed| &signed.endorsement);
    let mut add = |role, party: &Party, made_at: u32, mark: Option<SeenCode>, licence: Option<SeenCode>| {
        let mut scale = Scale { trust, made_at: made_at.into(), found: Vec::new() };
        let finding = PartyFinding {
            role,
            mark: party.mark.as_ref().map(|code| scale.weigh(code, CredentialKind::InspectionMark, party, mark)),
            licence: party.licence.as_ref().map(|c| scale.weigh(c, CredentialKind::DrivingLicence, party, licence)),
        };
        weighed.parties.push(finding);
        weighed.contradictions.append(&mut scale.found);
    };
    add("first", &offer.party, offer.made_at, seen.and_then(|s| s.mark), seen.and_then(|s| s.licence));
    if let Some(statement) = statement {
        let seen = first.as_ref().map(|signed| &signed.endorsement);
        let (mark, licence) = (seen.and_then(|s| s.mark), seen.and_then(|s| s.licence));
        add("second", &statement.party, statement.made_at, mark, licence);
    }
    weighed.contradictions.sort_unstable();
    weighed.contradictions.dedup();
    weighed
}

struct Scale<'a> {
    trust: &'a TrustList,
    made_at: i64,
    found: Vec<Contradiction>,
}

impl Scale<'_> {
    fn weigh(&mut self, code: &[u8], kind: CredentialKind, party: &Party, seen: Option<SeenCode>) -> CredentialFinding {
        // At the moment when the trust list was made it has neither ended nor is in the future; dates are judged below, by the record's time.
        let question = Question {
            now: Timestamp::from_second(self.trust.iat()).unwrap_or(Timestamp::UNIX_EPOCH),
            clock_confirmed: true,
            expected_plate: None,
            our_hosts: &[],
        };
        let report = verify(&text::compact(code), Some(self.trust), &NoStatus, &question);
        let claims = report.claims().filter(|claims| claims.kind() == kind);
        let Some(claims) = claims else {
            self.found.push(Contradiction::CredentialNotGenuine);
            let known = report.checks().iter().any(|c| c.name == CheckName::Claims && c.ok == Some(true));
            let reason = if known { "other_kind" } else { report.reason().map_or("malformed", Reason::code) };
            return CredentialFinding {
                genuine: false,
                reason: Some(reason),
                kind: None,
                mode: None,
                subject: None,
                class: None,
                valid_until: None,
                in_validity: None,
            };
        };
        let in_validity = self.made_at < claims.valid_before();
        if claims.iat() > self.made_at + i64::from(CLOCK_TOLERANCE) {
            self.found.push(Contradiction::CredentialLater);
        }
        if kind == CredentialKind::InspectionMark && !same_plate(&party.plate, claims.subject()) {
            self.found.push(Contradiction::MarkOfOtherVehicle);
        }
        if self.shown_at(code, claims.mode(), claims.iat()).is_some_and(|at| !self.near(at)) {
            self.found.push(Contradiction::LicenceOld);
        }
        let judged_valid = |reason: Option<Reason>| matches!(reason, None | Some(Reason::StatusStale));
        let otherwise = |seen: SeenCode| match seen.reason {
            reason if judged_valid(reason) => !in_validity,
            Some(Reason::Expired) => in_validity,
            _ => false,
        };
        if seen.is_some_and(otherwise) {
            self.found.push(Contradiction::SeenOtherwise);
        }
        CredentialFinding {
            genuine: true,
            reason: None,
            kind: Some(kind.code()),
            mode: Some(claims.mode().code()),
            subject: Some(claims.subject().to_owned()),
            class: Some(claims.class().to_owned()),
            valid_until: Some(claims.valid_until()),
            in_validity: Some(in_validity),
        }
    }

    /// When a code that lives for a minute was made.
    fn shown_at(&self, code: &[u8], mode: Mode, iat: i64) -> Option<i64> {
        match mode {
            Mode::Static => None,
            Mode::Live => Some(iat),
            Mode::Held => message::split(code).ok()?.wrapper.map(|wrapper| wrapper.iat),
        }
    }

    fn near(&self, at: i64) -> bool {
        (at - self.made_at).unsigned_abs() <= CLOCKS_APART.into()
    }
}
