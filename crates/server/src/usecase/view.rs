//! What people are shown: the shapes of answers, declared once for HTTP, OpenAPI and the command line.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The same words in Chinese and English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

impl From<luzheng_domain::text::Text> for Text {
    fn from(text: luzheng_domain::text::Text) -> Self {
        Self { zh: text.zh.into_owned(), en: text.en.into_owned() }
    }
}

/// The person who is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub id: Uuid,
    /// `citizen`, `officer`, `insurer` or `staff`.
    pub role: String,
    /// The name.
    pub name: Text,
    /// Identity number, masked.
    pub id_number_masked: Option<String>,
    /// Phone, masked.
    pub phone_masked: Option<String>,
    /// How many notices wait unread.
    pub unread_notices: u32,
    /// How sure we are who it is: `L1` to `L4`.
    pub level: String,
    /// The level in words.
    pub level_text: Text,
    /// How the person signed in: `code`, `passkey`, `identity_platform`, `counter` or `demo`.
    pub how: String,
    /// Whether the account is linked to somebody in the register.
    pub has_owner: bool,
}

/// One letter of a vehicle's status (GA/T 16.17).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusLetter {
    /// The letter.
    pub letter: String,
    /// What it means.
    pub name: Text,
}

/// The clause of law that decided an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClauseView {
    /// Stable identifier of the clause in our rule table.
    pub id: String,
    /// Short title.
    pub title: Text,
    /// What it says, in our words.
    pub text: Text,
    /// Where it stands (order and article).
    pub source: String,
    /// First day in force.
    #[schema(value_type = String, format = Date)]
    pub in_force_from: Date,
}

/// What is due for a vehicle, when, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InspectionView {
    /// `not_due`, `window_open` or `overdue`.
    pub state: String,
    /// `apply_mark` or `inspect`.
    pub action: String,
    /// Month until which the vehicle is in validity.
    pub valid_until: Option<String>,
    /// Month by the end of which it is due.
    pub due: String,
    /// The last valid day of that month.
    #[schema(value_type = String, format = Date)]
    pub last_day: Date,
    /// Days from today to the last day; negative when past.
    pub days_left: i32,
    /// First day on which it can be done.
    #[schema(value_type = String, format = Date)]
    pub window_opens: Date,
    /// Validity after it is done.
    pub next_valid_until: String,
    /// The rule that decided.
    pub rule: String,
    /// Why, in a sentence with the facts in it.
    pub explanation: Text,
    /// The clause behind the rule.
    pub clause: ClauseView,
}

/// The mark a vehicle has now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MarkSummary {
    /// The credential.
    pub id: Uuid,
    /// `current`, `suspended` or `issuing`.
    pub state: String,
    /// Why it is suspended.
    pub reason: Option<String>,
    /// Why, in words.
    pub reason_text: Option<Text>,
    /// Month until which it is valid.
    pub valid_until: String,
    /// When it was issued; absent while issuing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Timestamp>,
}

/// A mark that is over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PastMark {
    /// The credential.
    pub id: Uuid,
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Timestamp,
    /// Why: a stable code.
    pub end_reason: String,
    /// Why, in words.
    pub end_reason_text: Text,
    /// Month until which it would have been valid.
    pub valid_until: String,
}

/// A unit that owns a vehicle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitRef {
    /// The unit.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A vehicle on the screen of somebody who may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VehicleView {
    /// The vehicle.
    pub id: Uuid,
    /// Plate number, canonical.
    pub plate_number: String,
    /// Plate type code (号牌种类).
    pub plate_type: String,
    /// Plate type in words.
    pub plate_type_name: Text,
    /// `blue`, `yellow`, `black`, `white`, `green_gradient` or `yellow_green`.
    pub plate_colour: String,
    /// `own`, `managed`, `filed` or `unit`: what the person is to it.
    pub relation: String,
    /// What they may do with it: `look`, `see_vin`, `show`, `download`, `print`, `apply`, `paper`, `notices`, `share`.
    pub powers: Vec<String>,
    /// The owner's name, masked; absent for own vehicles.
    pub owner_masked: Option<String>,
    /// The unit that owns it, for those who act for it.
    pub unit: Option<UnitRef>,
    /// Since when it is filed or managed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// VIN; absent for a filed vehicle.
    pub vin: Option<String>,
    /// Vehicle type code.
    pub vehicle_type: String,
    /// Vehicle type in words.
    pub vehicle_type_name: Text,
    /// Use nature code.
    pub use_nature: String,
    /// Use nature in words.
    pub use_nature_name: Text,
    /// Seats.
    pub seats: u16,
    /// Energy, in words.
    pub energy: Option<Text>,
    /// First registration.
    #[schema(value_type = String, format = Date)]
    pub registered_on: Date,
    /// Division of the registering authority (GB/T 2260).
    pub division: String,
    /// Its name.
    pub division_name: Text,
    /// Last day of compulsory insurance.
    #[schema(value_type = Option<String>, format = Date)]
    pub insurance_until: Option<Date>,
    /// Status letters; empty when normal.
    pub status: Vec<StatusLetter>,
    /// What is due; absent when the vehicle is out of use or no rule fits.
    pub inspection: Option<InspectionView>,
    /// The mark it has now.
    pub mark: Option<MarkSummary>,
    /// Marks that are over, latest first.
    pub past_marks: Vec<PastMark>,
}

/// A mark, opened by its owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MarkView {
    /// The credential.
    pub id: Uuid,
    /// Its vehicle.
    pub vehicle_id: Uuid,
    /// Plate number.
    pub plate_number: String,
    /// Plate type code.
    pub plate_type: String,
    /// Plate type in words.
    pub plate_type_name: Text,
    /// Plate colour.
    pub plate_colour: String,
    /// Vehicle type in words.
    pub vehicle_type_name: Text,
    /// Month until which it is valid.
    pub valid_until: String,
    /// Last valid day.
    #[schema(value_type = String, format = Date)]
    pub last_day: Date,
    /// Division of the issuing authority.
    pub authority: String,
    /// Its name.
    pub authority_name: Text,
    /// When it was issued.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Timestamp>,
    /// `current`, `suspended`, `issuing` or `ended`.
    pub state: String,
    /// Why it is suspended or ended.
    pub reason: Option<String>,
    /// Why, in words.
    pub reason_text: Option<Text>,
    /// The static code: any phone camera opens the verifier.
    pub code: Option<String>,
    /// The same code for closed readers.
    pub compact: Option<String>,
}

/// A live code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveCode {
    /// The code.
    pub code: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Timestamp,
    /// From when on it is dead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// After how many seconds to ask for the next.
    pub renew_after_s: u32,
}

/// What something is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AboutView {
    /// `vehicle`, `licence`, `case`, `filing` …
    pub kind: String,
    /// Which.
    pub id: Uuid,
    /// How people know it: the plate, or the classes of the licence.
    pub label: String,
}

/// A notice to a citizen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeView {
    /// The notice.
    pub id: Uuid,
    /// Stable code of its sort.
    pub kind: String,
    /// Title.
    pub title: Text,
    /// Body.
    pub body: Text,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was read.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    /// Its short signed code, by which anyone can check that it is from us.
    pub code: String,
    /// What it is about.
    pub about: Option<AboutView>,
    /// Where in the app it leads.
    pub path: Option<String>,
}

/// A page of notices, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticePage {
    /// The notices.
    pub items: Vec<NoticeView>,
    /// Where the next page begins (`after`).
    pub next: Option<Uuid>,
}

/// A credential as staff and operators see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CredentialView {
    /// The credential.
    pub id: Uuid,
    /// `inspection_mark` or `driving_licence`.
    pub kind: String,
    /// The vehicle.
    pub subject: Uuid,
    /// Plate number at issue.
    pub plate_number: String,
    /// Plate type.
    pub plate_type: String,
    /// Month until which it is valid.
    pub valid_until: String,
    /// Issuing authority.
    pub authority: String,
    /// `issuing`, `current`, `suspended` or `ended`.
    pub state: String,
    /// Why it is in that state.
    pub reason: Option<String>,
    /// Status list and index.
    pub status: [u32; 2],
    /// Signing key, hex.
    pub kid: Option<String>,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub reserved_at: Timestamp,
    /// When it was signed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Everything that happened to it, oldest first.
    pub changes: Vec<CredentialChangeView>,
}

/// One thing that happened to a credential.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CredentialChangeView {
    /// When we knew.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What.
    pub what: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// In whose words.
    pub note: Option<String>,
}
