//! "Who looked at my record, when and why": every time somebody other than the person sees data of theirs on-line, the person is told so here.
//! Who it was by name is the office's affair and in its journal; the person sees the role, the reason, and which part was seen. What is checked
//! off-line, from a code that was shown, leaves no trace here: nobody but the two who stood there knows of it.

mod words;

pub use words::{Looker, Part, Purpose, Way};

use super::citizen::{division_text, owner};
use super::error::{UseError, Used};
use super::licence::proof;
use super::partner;
use super::session::Session;
use super::view::{AboutView, Text};
use crate::app::App;
use crate::chance;
use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::Licence;
use luzheng_store::Tx;
use luzheng_store::audit::AuditEntry;
use luzheng_store::credential::Credential;
use luzheng_store::look as stored;
use luzheng_store::vehicle::StoredVehicle;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Looks on a page.
const PAGE: u32 = 50;

/// For what somebody looks: a purpose of the office, or the one for which the person made a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A purpose of the office.
    Office(Purpose),
    /// The purpose of a proof.
    Proof(proof::Purpose),
}

impl For {
    fn code(self) -> &'static str {
        match self {
            Self::Office(purpose) => purpose.code(),
            Self::Proof(purpose) => purpose.code(),
        }
    }
}

/// One look at somebody's data.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    /// In which role.
    pub by: Looker,
    /// Who of the register looks, when they are in it: a look at one's own data is none.
    pub looker: Option<Uuid>,
    /// For what.
    pub purpose: For,
    /// At what.
    pub about: AboutView,
    /// Which part.
    pub part: Part,
    /// By which way.
    pub way: Way,
    /// For whom the person made the proof that was opened; of an officer, the region of duty by its number.
    pub recipient: Option<&'a str>,
}

impl Look<'_> {
    /// A look of a signed-in member of staff at the desk.
    pub fn at_desk(session: &Session, purpose: Purpose, about: AboutView, part: Part) -> Self {
        // Whoever sits at the desk is staff: officers and partners look from devices and clients of their own.
        let (by, purpose) = (Looker::Staff, For::Office(purpose));
        Self { by, looker: session.owner, purpose, about, part, way: Way::Desk, recipient: None }
    }
}

/// Who looks something up for the office, and what for.
#[derive(Debug, Clone, Copy)]
pub enum Viewer<'a> {
    /// Staff at the desk.
    Staff(&'a Session, Purpose),
    /// An operator on the command line.
    Operator,
}

impl Viewer<'_> {
    const fn purpose(&self) -> Purpose {
        match self {
            Self::Staff(_, purpose) => *purpose,
            Self::Operator => Purpose::Operation,
        }
    }

    fn look(&self, about: AboutView, part: Part) -> Look<'static> {
        let purpose = For::Office(self.purpose());
        match self {
            Self::Staff(session, purpose) => Look::at_desk(session, *purpose, about, part),
            Self::Operator => {
                let (by, way) = (Looker::Operator, Way::CommandLine);
                Look { by, looker: None, purpose, about, part, way, recipient: None }
            }
        }
    }
}

/// A vehicle as the list of looks names it.
pub fn about_vehicle(stored: &StoredVehicle) -> AboutView {
    super::notice::about_vehicle(stored)
}

/// A licence as the list of looks names it.
pub fn about_licence(driver: Uuid, licence: &Licence) -> AboutView {
    AboutView { kind: "licence".into(), id: driver, label: licence.classes.to_string() }
}

/// Records a look at the data of somebody of the register, in the transaction of the look and before anything is shown. A look at one's own data
/// is not recorded.
///
/// # Errors
/// The store.
pub async fn record(tx: &mut Tx, owner: Uuid, look: &Look<'_>, now: Timestamp) -> Used<()> {
    if look.looker == Some(owner) {
        return Ok(());
    }
    let AboutView { kind, id, label } = look.about.clone();
    let row = stored::Look {
        id: chance::new_id(now),
        at: now,
        by_role: look.by.code().into(),
        purpose: look.purpose.code().into(),
        about: kind,
        subject: id,
        what: look.part.code().into(),
        how: look.way.code().into(),
        label,
        recipient: look.recipient.map(str::to_owned),
    };
    Ok(tx.add_look(owner, &row).await?)
}

/// Records that a credential was looked up for the office: in the journal with who it was, and for the person whose it is.
///
/// # Errors
/// The store.
pub async fn credential_seen(
    tx: &mut Tx,
    viewer: Viewer<'_>,
    found: &Credential,
    part: Part,
    now: Timestamp,
) -> Used<()> {
    let whose = match found.kind {
        CredentialKind::InspectionMark => {
            let vehicle = tx.find_vehicle(found.subject).await?;
            vehicle.map(|vehicle| (vehicle.facts.owner, about_vehicle(&vehicle)))
        }
        CredentialKind::DrivingLicence => {
            let driver = tx.find_driver(found.subject).await?;
            driver.map(|driver| (driver.owner, about_licence(driver.id, &driver.facts)))
        }
    };
    tx.audit(&[AuditEntry {
        id: chance::new_id(now),
        at: now,
        actor: match viewer {
            Viewer::Staff(session, _) => session.actor(),
            Viewer::Operator => "operator".into(),
        },
        action: "credential.seen".into(),
        subject: Some(found.subject),
        purpose: Some(viewer.purpose().code().into()),
        detail: serde_json::json!({"credential": found.id, "part": part.code()}).to_string(),
    }])
    .await?;
    if let Some((owner, about)) = whose {
        record(tx, owner, &viewer.look(about, part), now).await?;
    }
    Ok(())
}

/// One time that somebody looked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LookView {
    /// The look.
    pub id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who, by office or role.
    pub by: Text,
    /// `staff`, `officer`, `partner`, `anyone_with_link` or `system`.
    pub by_role: String,
    /// For what: a stable code.
    pub purpose: String,
    /// For what, in words.
    pub purpose_text: Text,
    /// At what.
    pub about: AboutView,
    /// Which part was seen.
    pub what: Text,
    /// By which way.
    pub how: Text,
}

/// A page of looks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LookPage {
    /// The newest first.
    pub items: Vec<LookView>,
    /// Where the next page begins (`after`).
    pub next: Option<Uuid>,
    /// What is listed here and what is not.
    pub explanation: Text,
}

/// A purpose to choose from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PurposeView {
    /// The code.
    pub code: String,
    /// In words.
    pub text: Text,
}

/// What staff may look something up for.
pub fn purposes() -> Vec<PurposeView> {
    Purpose::OF_STAFF.iter().map(|p| PurposeView { code: p.code().into(), text: p.text() }).collect()
}

fn view(look: stored::Look) -> Used<LookView> {
    let broken = |what: &str| UseError::broken("broken_row", format!("look {}: unknown {what}", look.id));
    let looker = Looker::from_code(&look.by_role).ok_or_else(|| broken("role"))?;
    let by = looker.text();
    let by = match &look.recipient {
        Some(duty) if looker == Looker::Officer => {
            let place = duty.parse().map_or_else(|_| Text::new(duty.clone(), duty.clone()), division_text);
            Text::new(format!("{}（执勤区域：{}）", by.zh, place.zh), format!("{} (on duty in {})", by.en, place.en))
        }
        Some(partner) if look.by_role == Looker::Partner.code() => {
            Text::new(format!("{}：{partner}", by.zh), format!("{}: {partner}", by.en))
        }
        Some(to) => Text::new(format!("{}（您填写的对象：{to}）", by.zh), format!("{} (made for: {to})", by.en)),
        None => by,
    };
    let purpose_text = Purpose::from_code(&look.purpose)
        .map(Purpose::text)
        .or_else(|| proof::Purpose::from_code(&look.purpose).map(proof::Purpose::text))
        .or_else(|| partner::Purpose::from_code(&look.purpose).map(partner::Purpose::text))
        .ok_or_else(|| broken("purpose"))?;
    Ok(LookView {
        by,
        purpose_text,
        what: Part::from_code(&look.what).ok_or_else(|| broken("part"))?.text(),
        how: Way::from_code(&look.how).ok_or_else(|| broken("way"))?.text(),
        id: look.id,
        at: look.at,
        by_role: look.by_role,
        purpose: look.purpose,
        about: AboutView { kind: look.about, id: look.subject, label: look.label },
    })
}

/// Who looked at the signed-in person's data, the newest first.
///
/// # Errors
/// The account is linked to nobody; the store.
pub async fn list(app: &App, session: &Session, after: Option<Uuid>) -> Used<LookPage> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    let found = tx.looks(owner, after, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    let items = found.into_iter().take(PAGE as usize).map(view).collect::<Used<Vec<_>>>()?;
    let next = if more { items.last().map(|look| look.id) } else { None };
    let explanation = Text::new(
        "这里列出他人联网查看您信息的每一次：何时、以什么身份、为什么、看了哪一部分。工作人员的姓名不在这里显示，但在我们的审计记录中可查。您自己的查看不列出；他人当面扫您出示的码、在没有网络时核验的，不经过我们，所以没有记录。民警没有网络时查阅离线数据、打开码中加密部分的，在其设备联网后列出。",
        "Every time somebody else looked at your data on-line: when, in which role, what for, and at which part. Names of staff are not shown here; they are in our audit record. Your own looks are not listed, and a check of a code you showed, made without network, does not pass through us and leaves no trace. What an officer looks up without network, or opens in a code, is listed once the officer's device is on-line again.",
    );
    Ok(LookPage { items, next, explanation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_told_apart_and_read_back() {
        let proofs = proof::Purpose::ALL.map(proof::Purpose::code);
        let partners = partner::Purpose::ALL.iter().map(|purpose| purpose.code());
        let purposes: HashSet<&str> = Purpose::ALL.iter().map(|p| p.code()).chain(proofs).chain(partners).collect();
        let all = Purpose::ALL.len() + proofs.len() + partner::Purpose::ALL.len();
        assert_eq!(purposes.len(), all, "a purpose of the office is none of a proof, nor of a partner");
        for purpose in Purpose::OF_STAFF {
            assert_eq!(Purpose::of_staff(Some(purpose.code())).unwrap(), purpose);
        }
        for (given, code) in
            [(None, "purpose_needed"), (Some(" "), "purpose_needed"), (Some("curiosity"), "unknown_purpose")]
        {
            assert_eq!(Purpose::of_staff(given).unwrap_err().code, code);
        }
        for purpose in Purpose::OF_OFFICERS {
            assert_eq!(Purpose::of_officer(Some(purpose.code())).unwrap(), purpose);
            assert_eq!(Purpose::of_staff(Some(purpose.code())).unwrap_err().code, "unknown_purpose", "not staff's");
        }
        assert_eq!(Purpose::of_officer(Some("counter")).unwrap_err().code, "unknown_purpose", "not an officer's");
        assert_eq!(Purpose::of_staff(Some("operation")).unwrap_err().code, "unknown_purpose", "not staff's to give");
    }
}
