//! The licence itself.

use super::shapes::{
    ClassView, HoldingView, LicenceApplication, LicenceCredential, LicenceView, PointsInShort, StateView,
};
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::application;
use crate::usecase::citizen::{division_text, reason_text};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use jiff::civil::Date;
use luzheng_domain::case;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::points::LIMIT;
use luzheng_domain::driver::rules::{LicenceFacts, practice};
use luzheng_domain::driver::{Licence, LicenceEffect, LicenceStatus};
use luzheng_domain::region;
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::StoredDriver;
use luzheng_store::photo::PhotoInfo;

const KIND: CredentialKind = CredentialKind::DrivingLicence;

/// The driver that a signed-in person is.
///
/// # Errors
/// `no_register_record` for somebody the register does not know, `no_licence` for somebody who is no driver; the store.
pub(super) async fn own_driver(tx: &mut Tx, session: &Session) -> Used<StoredDriver> {
    let owner = session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })?;
    tx.find_driver_of_owner(owner)
        .await?
        .ok_or_else(|| UseError::new(Kind::NotFound, "no_licence", "the register knows no driving licence of yours"))
}

/// The own licence as of now.
///
/// # Errors
/// The person is no driver; the store.
pub async fn licence(app: &App, session: &Session) -> Used<LicenceView> {
    let now = app.clock.now();
    let today = china_date(now);
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let facts = &driver.facts;
    let status = facts.effective_status(today);
    let face = status.face();
    let photo = tx.current_photo(driver.id).await?;
    let current = tx.find_current_credential(driver.id, KIND).await?;
    let holding = tx.find_current_holding(driver.id).await?.map(|held| HoldingView {
        id: held.id,
        name: held.name,
        device_key: B64.encode(held.device_key),
        bound_at: held.bound_at,
    });
    let application = stance(&mut tx, &driver, status, photo.as_ref(), current.is_some(), today).await?;
    Ok(LicenceView {
        id: driver.id,
        name: facts.name.clone(),
        sex: facts.sex.name().into(),
        nationality: nationality(&facts.nationality),
        birth_date: facts.birth_date,
        number: facts.number.as_str().to_owned(),
        file_number: facts.file_number.clone(),
        classes: facts.classes.to_string(),
        class_list: class_list(facts),
        first_issued_on: facts.first_issued_on,
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        authority: facts.division.to_string(),
        authority_name: division_text(facts.division),
        practice_until: practice::until(&LicenceFacts::of(facts, today)),
        status: status.letters().map(letter).collect(),
        state: state_word(status.effect()).into(),
        state_text: face.sentence.into(),
        colour: face.colour.map(|colour| colour.code().to_owned()),
        points: points_in_short(facts, today),
        has_photo: photo.is_some(),
        credential: credential(&mut tx, &driver, current).await?,
        application,
        holding,
        as_of: now,
    })
}

/// The photo on the own licence, as JPEG.
///
/// # Errors
/// As [`licence`]; 404 `no_photo` when there is none.
pub async fn photo(app: &App, session: &Session) -> Used<Vec<u8>> {
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let missing = || UseError::new(Kind::NotFound, "no_photo", "there is no photo of yours");
    let photo = tx.current_photo(driver.id).await?.ok_or_else(missing)?;
    tx.find_photo(driver.id, photo.id).await?.ok_or_else(missing)
}

fn class_list(facts: &Licence) -> Vec<ClassView> {
    facts
        .class_list()
        .map(|(class, since)| ClassView {
            code: class.code().into(),
            name: class.name().into(),
            may_drive: class.may_drive().into(),
            includes: class.includes().map(|other| other.code().to_owned()).collect(),
            since: Some(since),
        })
        .collect()
}

fn letter(letter: luzheng_domain::driver::StateLetter) -> StateView {
    StateView {
        letter: letter.code().into(),
        name: letter.name().into(),
        meaning: letter.meaning().into(),
        cleared_by: letter.cleared_by().into(),
    }
}

/// The word for a state on the holder's own screen.
const fn state_word(effect: LicenceEffect) -> &'static str {
    match effect {
        LicenceEffect::Normal => "normal",
        LicenceEffect::Red(_) => "red",
        LicenceEffect::Stopped(_) => "invalid",
        LicenceEffect::Withdrawn(_) => "withdrawn",
    }
}

/// The nationality in both languages; the register writes it in Chinese, and only our own has a translation here.
fn nationality(text: &str) -> Text {
    match text {
        "中国" => Text::new("中国", "China"),
        other => Text::new(other, other),
    }
}

fn points_in_short(facts: &Licence, today: Date) -> PointsInShort {
    let standing = facts.points.standing_on(facts.first_issued_on, today);
    PointsInShort { sum: standing.sum, limit: LIMIT, cycle_start: standing.cycle.start, cycle_end: standing.cycle.end }
}

/// The electronic licence that is current, or what became of the last one.
async fn credential(tx: &mut Tx, driver: &StoredDriver, current: Option<Credential>) -> Used<LicenceCredential> {
    let view = |id, state: &str, issued_at, reason: Option<Reason>| LicenceCredential {
        id,
        state: state.into(),
        issued_at,
        reason: reason.map(|r| r.code().to_owned()),
        reason_text: reason.map(reason_text),
    };
    if let Some(current) = current {
        let reason = match current.state {
            CredentialState::Suspended { reason, .. } => Some(reason),
            _ => None,
        };
        return Ok(view(Some(current.id), "current", Some(current.reserved_at), reason));
    }
    let past = tx.credentials_of(driver.id).await?;
    let last = past.iter().filter(|c| c.kind == KIND).filter_map(|c| match &c.state {
        CredentialState::Ended { at, reason } => Some((*at, c, *reason)),
        _ => None,
    });
    Ok(match last.max_by_key(|(at, ..)| *at) {
        Some((_, ended, reason)) => view(Some(ended.id), "withdrawn", Some(ended.reserved_at), Some(reason)),
        None => view(None, "none", None, None),
    })
}

/// Whether and how the person can apply, for the first time or for another photo.
async fn stance(
    tx: &mut Tx,
    driver: &StoredDriver,
    status: LicenceStatus,
    photo: Option<&PhotoInfo>,
    has_credential: bool,
    today: Date,
) -> Used<LicenceApplication> {
    let open_case = application::open_case(tx, driver).await?;
    let opens_on = region::rollout::opened_on(KIND, driver.facts.division);
    let closed = opens_on.is_none_or(|day| day > today);
    let refused = status.may_apply().err().or_else(|| closed.then_some(Reason::RegionNotOpen));
    let replace_from = photo.map(replace_from);
    Ok(LicenceApplication {
        may_apply: !has_credential && open_case.is_none() && refused.is_none(),
        reason: refused.filter(|_| !has_credential).map(|r| r.code().to_owned()),
        reason_text: refused.filter(|_| !has_credential).map(reason_text),
        opens_on: opens_on.filter(|_| closed),
        needs_photo: photo.is_none(),
        may_replace_photo: has_credential
            && open_case.is_none()
            && status.may_apply().is_ok()
            && replace_from.is_some_and(|from| from <= today),
        photo_replace_from: replace_from.filter(|from| *from > today),
        open_case,
    })
}

/// From when on a photo may be replaced: six months after one that the holder sent in, at any time after one of the register.
fn replace_from(photo: &PhotoInfo) -> Date {
    let origin = case::PhotoOrigin::from_code(photo.origin.code()).unwrap_or(case::PhotoOrigin::Camera);
    case::photo_replace_from(origin, china_date(photo.created_at))
}
