//! The shapes of the answers about a licence.

use crate::usecase::view::{ClauseView, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A driver's own licence as of now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LicenceView {
    /// The driver.
    pub id: Uuid,
    /// The name as written.
    pub name: String,
    /// 性别.
    pub sex: Text,
    /// 国籍.
    pub nationality: Text,
    /// 出生日期.
    #[schema(value_type = String, format = Date)]
    pub birth_date: Date,
    /// The licence number in full: this is the holder's own screen.
    pub number: String,
    /// 档案编号.
    pub file_number: Option<String>,
    /// The classes as the card writes them, e.g. `C1D`.
    pub classes: String,
    /// Each class explained.
    pub class_list: Vec<ClassView>,
    /// 初次领证日期.
    #[schema(value_type = String, format = Date)]
    pub first_issued_on: Date,
    /// 有效期始.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// 有效期止; absent: long-term.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// Division of the issuing authority.
    pub authority: String,
    /// Its name.
    pub authority_name: Text,
    /// The last day of a practice period that runs.
    #[schema(value_type = Option<String>, format = Date)]
    pub practice_until: Option<Date>,
    /// The state, the most severe letter first.
    pub status: Vec<StateView>,
    /// `normal`, `red`, `invalid` or `withdrawn`.
    pub state: String,
    /// The state as a sentence.
    pub state_text: Text,
    /// `black` or `red`; absent when the licence is not shown.
    pub colour: Option<String>,
    /// The points in short.
    pub points: PointsInShort,
    /// Whether there is a photo that the face may show.
    pub has_photo: bool,
    /// The electronic licence.
    pub credential: LicenceCredential,
    /// Whether and how it can be applied for.
    pub application: LicenceApplication,
    /// On which device it is held for use without a network.
    pub holding: Option<HoldingView>,
    /// When this was read.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

/// A class on the licence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClassView {
    /// The code, e.g. `C1`.
    pub code: String,
    /// 名称.
    pub name: Text,
    /// 准驾的车辆.
    pub may_drive: Text,
    /// 准予驾驶的其他准驾车型.
    pub includes: Vec<String>,
    /// Since when it is held.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
}

/// One letter of the state.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StateView {
    /// The letter.
    pub letter: String,
    /// Its name.
    pub name: Text,
    /// What it means.
    pub meaning: Text,
    /// What clears it.
    pub cleared_by: Text,
}

/// The points of the running cycle in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PointsInShort {
    /// The sum.
    pub sum: u32,
    /// At how many the licence is held.
    pub limit: u32,
    /// First day of the cycle.
    #[schema(value_type = String, format = Date)]
    pub cycle_start: Date,
    /// Last day of the cycle.
    #[schema(value_type = String, format = Date)]
    pub cycle_end: Date,
}

/// The electronic licence of a driver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LicenceCredential {
    /// The credential.
    pub id: Option<Uuid>,
    /// `none`, `current` or `withdrawn`.
    pub state: String,
    /// When it was issued.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Timestamp>,
    /// Why it is in that state.
    pub reason: Option<String>,
    /// Why, in words.
    pub reason_text: Option<Text>,
}

/// Whether and how an electronic licence can be applied for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LicenceApplication {
    /// Whether an application is taken now.
    pub may_apply: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Why not, in words.
    pub reason_text: Option<Text>,
    /// From when on the place of issue has electronic licences, while it has none yet.
    #[schema(value_type = Option<String>, format = Date)]
    pub opens_on: Option<Date>,
    /// Whether a photo has to be taken: none is stored.
    pub needs_photo: bool,
    /// Whether the photo may be replaced now.
    pub may_replace_photo: bool,
    /// From when on, when not now.
    #[schema(value_type = Option<String>, format = Date)]
    pub photo_replace_from: Option<Date>,
    /// An application that is under way.
    pub open_case: Option<crate::usecase::application::CaseView>,
}

/// A device that holds the licence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldingView {
    /// The holding.
    pub id: Uuid,
    /// What the holder calls the device.
    pub name: String,
    /// The device's public key, a compressed point, base64url.
    pub device_key: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub bound_at: Timestamp,
}

/// A driver's own points as of now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PointsView {
    /// The sum.
    pub sum: u32,
    /// At how many the licence is held.
    pub limit: u32,
    /// Whether the limit is reached: time clears nothing then.
    pub full: bool,
    /// First day of the cycle.
    #[schema(value_type = String, format = Date)]
    pub cycle_start: Date,
    /// Last day of the cycle.
    #[schema(value_type = String, format = Date)]
    pub cycle_end: Date,
    /// On which day the points go by themselves.
    #[schema(value_type = Option<String>, format = Date)]
    pub clears_on: Option<Date>,
    /// Every penalty with points, newest first.
    pub entries: Vec<PointsEntryView>,
    /// The cycles before, newest first.
    pub past_cycles: Vec<PastCycleView>,
    /// What is to be done at twelve points.
    pub full12: Option<Full12View>,
    /// Taking points off by learning.
    pub reduction: ReductionView,
}

/// A penalty with points.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PointsEntryView {
    /// The number of the decision.
    pub id: String,
    /// The item of R163 Art. 8 to 12, e.g. `11(7)`.
    pub item: Option<String>,
    /// What was done.
    pub offence: Text,
    /// The points.
    pub points: u32,
    /// When it was done.
    #[schema(value_type = Option<String>, format = Date)]
    pub offence_on: Option<Date>,
    /// When it was decided: points count from then.
    #[schema(value_type = Option<String>, format = Date)]
    pub decided_on: Option<Date>,
    /// Whether it came over from an earlier cycle.
    pub carried: bool,
    /// Whether it counts now.
    pub counts: bool,
    /// When it goes, or why it no longer counts.
    pub clears: Text,
    /// The clause that says how many points.
    pub clause: Option<ClauseView>,
}

/// A cycle that is over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PastCycleView {
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub start: Date,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    pub end: Date,
    /// The points on its last day.
    pub sum: u32,
    /// Whether the limit was reached in it.
    pub full: bool,
}

/// Full-12 education 满分教育.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Full12View {
    /// Days of study.
    pub study_days: u32,
    /// Of these at least on site.
    pub onsite_min_days: u32,
    /// The tests.
    pub tests: Vec<Text>,
    /// What is to be done, in order.
    pub steps: Vec<Text>,
    /// The clause that says so.
    pub clause: ClauseView,
}

/// 学法减分 for a person now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReductionView {
    /// Points taken off in this cycle.
    pub used: u32,
    /// At most.
    pub max: u32,
    /// Whether points can be taken off now.
    pub possible: bool,
    /// Why not.
    pub reasons: Vec<Text>,
    /// The ways.
    pub ways: Vec<ReductionWayView>,
}

/// A way to take points off.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReductionWayView {
    /// Its name.
    pub name: Text,
    /// What it asks for.
    pub condition: Text,
    /// How many points it takes off.
    pub points: u32,
}
