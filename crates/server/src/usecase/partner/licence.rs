//! Handing over a rented vehicle: one code of a licence, and what the counter has to know within seconds: is it good, for which vehicles, and is
//! its holder in the practice period. The verdict and the classes stand in the code; the practice period is the register's to say, and when the
//! database does not answer, the answer says so instead of guessing.

use super::log::{self, Entry, How};
use super::scope::{Purpose, Scope};
use super::{Call, quota, registry};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::deadline::clause_view;
use crate::usecase::error::{UseError, Used};
use crate::usecase::verify;
use crate::usecase::view::{ClauseView, Text};
use crate::usecase::watch::{self, Caller};
use jiff::civil::Date;
use luzheng_credential::kind::Claims;
use luzheng_credential::verify::{Report, Verdict};
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::rules::{LicenceFacts, practice};
use luzheng_domain::driver::{ClassSet, LicenceClass};
use luzheng_store::status::StatusIndex;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How long the answer waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// A licence to be checked at the counter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LicenceToCheck)]
pub struct PickUp {
    /// The scanned or pasted text.
    pub code: String,
    /// What for, e.g. `rental_pickup`.
    pub purpose: Option<String>,
}

/// A class of vehicles that the holder may drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CheckedClass)]
pub struct Class {
    /// The code, e.g. `C1`.
    pub code: String,
    /// 名称.
    pub name: Text,
    /// What may be driven.
    pub may_drive: Text,
}

/// Whether the holder is in a practice period.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CheckedPractice)]
pub struct Practice {
    /// Whether one runs today.
    pub running: bool,
    /// Its last day.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// For which classes.
    pub classes: Vec<String>,
    /// The clause that limits what may be driven meanwhile.
    pub limits: Option<ClauseView>,
}

/// The answer for the counter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedLicence)]
pub struct Checked {
    /// The verdict, as from `/api/v1/verify`.
    #[schema(value_type = serde_json::Value)]
    pub report: serde_json::Value,
    /// Whether the licence is outside the partner's regions: then only the verdict is told.
    pub outside_region: bool,
    /// Whether a vehicle may be handed over as far as the licence goes: `yes`, `no`, or `ask` when something needs a look.
    pub hand_over: String,
    /// One sentence for the counter.
    pub advice: Text,
    /// For which vehicles.
    pub classes: Vec<Class>,
    /// The practice period; absent when it cannot be told now or need not be.
    pub practice: Option<Practice>,
    /// The register did not answer: whether there is a practice period is not known.
    pub practice_unknown: bool,
}

fn classes(text: &str) -> Vec<Class> {
    let Ok(set) = text.parse::<ClassSet>() else { return Vec::new() };
    let class = |class: LicenceClass| Class {
        code: class.code().into(),
        name: class.name().into(),
        may_drive: class.may_drive().into(),
    };
    set.iter().map(class).collect()
}

/// The practice period from the register.
async fn practice_of(app: &App, claims: &Claims) -> Used<Option<Practice>> {
    let at = StatusIndex { list: claims.status().list, index: claims.status().index };
    let today = china_date(app.clock.now());
    let mut tx = app.store.read().await?;
    let Some(whose) = tx.whose_places(&[at]).await?.pop() else { return Ok(None) };
    let Some(driver) = tx.find_driver(whose.subject).await? else { return Ok(None) };
    let running = practice::running(&LicenceFacts::of(&driver.facts, today));
    Ok(Some(Practice {
        running: !running.is_empty(),
        until: running.last().map(|one| one.until),
        classes: running.iter().flat_map(|one| one.classes.iter().map(|class| class.code().to_owned())).collect(),
        limits: running.last().and_then(practice::Practice::limits).map(clause_view),
    }))
}

fn advice(report: &Report, practice: Option<&Practice>, unknown: bool) -> (&'static str, Text) {
    match report.verdict() {
        Verdict::Valid if unknown => (
            "ask",
            Text::new(
                "驾驶证有效；实习期暂时查不到，请向驾驶人核实或稍后再查。",
                "The licence is valid; whether its holder is in the practice period cannot be told now: ask, or try again shortly.",
            ),
        ),
        Verdict::Valid if practice.is_some_and(|practice| practice.running) => (
            "ask",
            Text::new(
                "驾驶证有效，持证人在实习期内：上高速公路须由持相应或更高准驾车型三年以上的驾驶人陪同。",
                "The licence is valid and its holder is in the practice period: on expressways a driver with three years or more must accompany.",
            ),
        ),
        Verdict::Valid => (
            "yes",
            Text::new("驾驶证有效，请核对准驾车型。", "The licence is valid; compare the class with the vehicle."),
        ),
        Verdict::Attention => (
            "ask",
            Text::new(
                "驾驶证需要注意，请看原因；状态异常的不应交车。",
                "The licence asks for attention: read the reason; do not hand over when its state is not normal.",
            ),
        ),
        Verdict::NotValid => ("no", Text::new("驾驶证无效，不能交车。", "The licence is not valid: do not hand over.")),
        Verdict::Unreadable => {
            ("ask", Text::new("没有读到驾驶证的码，请重新扫描。", "No licence code was read: scan again."))
        }
        Verdict::CannotTell => (
            "ask",
            Text::new(
                "现在无法判断，请稍后再试；这不是驾驶人的问题。",
                "It cannot be told now; try again shortly. This is not the driver's fault.",
            ),
        ),
    }
}

/// Checks one licence at the counter.
///
/// # Errors
/// `insufficient_scope`; `purpose_needed`, `unknown_purpose`; `not_a_licence` for the code of an inspection mark; quota.
pub async fn check(app: &App, call: &Call, ask: &PickUp) -> Used<(Checked, quota::Quota)> {
    let (now, client) = (app.clock.now(), &call.client);
    client.require(Scope::VerifyLicences)?;
    let purpose = Purpose::read(ask.purpose.as_deref())?;
    let quota = quota::take(app, client, 1, now)?;
    let report = verify::online(app, &ask.code, None, None);
    let claims = report.claims();
    if claims.is_some_and(|claims| claims.kind() != CredentialKind::DrivingLicence) {
        return Err(UseError::refused(
            "not_a_licence",
            "this is the code of an inspection mark, not of a driving licence",
        ));
    }
    let outside = claims.is_some_and(|claims| !client.covers_code(claims.authority()));
    watch::checked(app, &report, super::verify::place(client), Caller::Partner(client.id));
    note(app, call, &report, purpose);
    let good = matches!(report.verdict(), Verdict::Valid | Verdict::Attention);
    let (mut practice, mut unknown) = (None, false);
    if let Some(claims) = claims.filter(|_| good && !outside) {
        match tokio::time::timeout(PATIENCE, practice_of(app, claims)).await {
            Ok(Ok(found)) => practice = found,
            Ok(Err(error)) => {
                tracing::warn!(code = error.code, %error, "the practice period could not be read");
                unknown = true;
            }
            Err(_) => unknown = true,
        }
    }
    let (hand_over, advice) = advice(&report, practice.as_ref(), unknown);
    let classes = claims.filter(|_| !outside).map(|claims| classes(claims.class())).unwrap_or_default();
    let checked = Checked {
        report: super::verify::shown(&report, outside)?,
        outside_region: outside,
        hand_over: hand_over.into(),
        advice,
        classes,
        practice,
        practice_unknown: unknown,
    };
    Ok((checked, quota))
}

fn note(app: &App, call: &Call, report: &Report, purpose: Purpose) {
    let now = app.clock.now();
    let mut codes = Vec::with_capacity(log::ENTRY);
    log::add_code(&mut codes, app.store.vault(), Some(report));
    let mut counts = [0; 6];
    counts[usize::from(log::number(report.verdict()))] = 1;
    log::note(
        app,
        Entry {
            client: Arc::clone(&call.client),
            member: call.member.as_ref().map(|member: &registry::Member| member.id),
            id: chance::new_id(now),
            at: now,
            purpose,
            how: How::PickUp,
            counts,
            codes,
            seen: log::seen(report).into_iter().collect(),
        },
    );
}
