//! What a partner is told about itself.

use super::scope::{ClientKind, Regions, Scope};
use super::{Call, quota, registry};
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_domain::region::division_name;
use luzheng_store::partner::PartnerCheck;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Checks on a page.
const PAGE: u32 = 50;

/// A scope in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PartnerScopeView)]
pub struct ScopeView {
    /// The code.
    pub code: Scope,
    /// In words.
    pub text: Text,
}

/// A region in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PartnerRegionView)]
pub struct RegionView {
    /// The division's code, or `all`.
    pub code: String,
    /// Its name.
    pub name: Text,
}

/// A purpose to choose from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PartnerPurposeView)]
pub struct PurposeView {
    /// The code.
    pub code: super::Purpose,
    /// In words.
    pub text: Text,
}

/// A partner, as it is told about itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PartnerMe)]
pub struct Me {
    /// Its OAuth client id.
    pub id: Uuid,
    /// Its name.
    pub name: Text,
    /// What kind of firm or office.
    pub kind: ClientKind,
    /// The kind in words.
    pub kind_text: Text,
    /// The person, on the hosted page.
    pub member: Option<String>,
    /// What it may ask.
    pub scopes: Vec<ScopeView>,
    /// Where.
    pub regions: Vec<RegionView>,
    /// For what it may ask.
    pub purposes: Vec<PurposeView>,
    /// How its quota stands.
    pub quota: quota::Quota,
    /// When the list of partners was last read.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Option<Timestamp>,
}

/// A region's code with its name.
pub fn regions(regions: &Regions) -> Vec<RegionView> {
    match regions {
        Regions::All => vec![RegionView { code: "all".into(), name: Text::new("全国", "the whole country") }],
        Regions::Only(areas) => areas
            .iter()
            .map(|area| RegionView {
                code: area.to_string(),
                name: division_name(*area).map_or_else(|| Text::new(area.to_string(), area.to_string()), Text::from),
            })
            .collect(),
    }
}

/// The partner that asks.
pub fn me(app: &App, call: &Call) -> Me {
    let client = &call.client;
    Me {
        id: client.id,
        name: client.name.clone(),
        kind: client.kind,
        kind_text: client.kind.text(),
        member: call.member.as_ref().map(|member| member.name.clone()),
        scopes: client.scopes.iter().map(|code| ScopeView { code, text: code.text() }).collect(),
        regions: regions(&client.regions),
        purposes: super::Purpose::ALL.iter().map(|code| PurposeView { code: *code, text: code.text() }).collect(),
        quota: quota::of(app, client, app.clock.now()),
        as_of: app.partners.registry().as_of,
    }
}

/// One call in which codes were checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PartnerCheckView)]
pub struct CheckView {
    /// The check, as its answer named it.
    pub id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What for: a stable code.
    pub purpose: String,
    /// What for, in words.
    pub purpose_text: Text,
    /// `interface`, `page` or `pick_up`.
    pub how: String,
    /// Who, on the hosted page.
    pub member: Option<String>,
    /// How many codes.
    pub asked: u32,
    /// How many of them were valid.
    pub valid: u32,
    /// How many asked for attention.
    pub attention: u32,
    /// How many were not valid.
    pub not_valid: u32,
    /// How many could not be read.
    pub unreadable: u32,
    /// Of how many it could not be told.
    pub cannot_tell: u32,
    /// How many had no verdict.
    pub refused: u32,
}

/// A page of the own log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PartnerCheckPage)]
pub struct CheckPage {
    /// The newest first.
    pub items: Vec<CheckView>,
    /// Where the next page begins (`after`).
    pub next: Option<Uuid>,
    /// What is kept, and what is not.
    pub explanation: Text,
}

fn check(registry: &registry::Registry, row: PartnerCheck) -> Used<CheckView> {
    let purpose = super::Purpose::from_code(&row.purpose)
        .ok_or_else(|| UseError::broken("broken_row", format!("partner check {}: unknown purpose", row.id)))?;
    let [valid, attention, not_valid, unreadable, cannot_tell, refused] = row.counts;
    Ok(CheckView {
        id: row.id,
        at: row.at,
        purpose_text: purpose.text(),
        purpose: row.purpose,
        how: row.how,
        member: row.member.and_then(|id| registry.member(id)).map(|(_, member)| member.name.clone()),
        asked: row.asked,
        valid,
        attention,
        not_valid,
        unreadable,
        cannot_tell,
        refused,
    })
}

/// What the partner that asks has checked, the newest first. What was checked within the last seconds may still be on its way here.
///
/// # Errors
/// The store.
pub async fn checks(app: &App, call: &Call, after: Option<Uuid>) -> Used<CheckPage> {
    let registry = app.partners.registry();
    let mut tx = app.store.read().await?;
    let found = tx.partner_checks(call.client.id, after, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    let items = found.into_iter().take(PAGE as usize).map(|row| check(&registry, row)).collect::<Used<Vec<_>>>()?;
    let next = if more { items.last().map(|check| check.id) } else { None };
    let explanation = Text::new(
        "依法记录每次联网核验的时间、用途和结果；不保存您提交的码，也不保存号牌和姓名。被核验的车主、驾驶人会看到贵单位的名称和用途。",
        "Every on-line check is recorded with its time, purpose and results as the law asks; the codes you send are not kept, nor plates or names. The owners and drivers concerned see your name and the purpose.",
    );
    Ok(CheckPage { items, next, explanation })
}
