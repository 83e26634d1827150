//! Where and from when each credential is issued.

use jiff::civil::Date;

use super::Division;
use crate::credential::CredentialKind;

/// The day a kind of credential opened in a division; `None` when it never did.
pub fn opened_on(kind: CredentialKind, division: Division) -> Option<Date> {
    super::provinces().iter().any(|p| p.division == division.province()).then(|| match kind {
        CredentialKind::InspectionMark => Date::constant(2020, 6, 20),
        CredentialKind::DrivingLicence => Date::constant(2021, 12, 10),
    })
}

/// Whether a kind of credential is issued in a division on a day.
pub fn is_open(kind: CredentialKind, division: Division, on: Date) -> bool {
    opened_on(kind, division).is_some_and(|opened| opened <= on)
}
