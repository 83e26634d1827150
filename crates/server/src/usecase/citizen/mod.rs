//! What a citizen sees: vehicles with what is due and why, marks, live codes, notices; of own vehicles and, as far as the relation goes, of others'.

pub mod mark;
pub mod notice;
pub mod relation;
pub mod vehicle;

pub use mark::{RENEW_AFTER_S, live, make_live, mark};
pub use notice::{notices, read_all_notices, read_notice, unread_notice};
pub use relation::{Power, Relation, related_vehicle};
pub use vehicle::{vehicle, vehicles};

use super::error::{Kind, UseError, Used};
use super::session::Session;
use super::view::Text;
use luzheng_domain::credential::Reason;
use luzheng_domain::region::{Division, division_name};
use luzheng_domain::vehicle::YearMonth;
use uuid::Uuid;

/// The register's record of the signed-in person.
///
/// # Errors
/// `no_register_record` when the account is linked to nobody.
pub fn owner(session: &Session) -> Used<Uuid> {
    session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })
}

/// The name of a division in both languages; its number when it has none.
pub fn division_text(division: Division) -> Text {
    division_name(division).map_or_else(|| Text::new(division.to_string(), division.to_string()), Text::from)
}

/// A reason in both languages.
pub fn reason_text(reason: Reason) -> Text {
    reason.text().into()
}

/// The month of a credential's number `yyyymm`.
pub(crate) fn month(yyyymm: u32, id: Uuid) -> Used<YearMonth> {
    YearMonth::from_yyyymm(yyyymm)
        .ok_or_else(|| UseError::broken("broken_row", format!("credential {id}: {yyyymm} is no month")))
}
