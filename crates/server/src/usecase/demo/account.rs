//! People of the demonstration whom nobody signs in with a tap: they are in the register only, so that the journey of everybody else can be tried,
//! from the phone's code (it lies in the outbox) over name and identity number to the counter.

use crate::app::App;
use crate::synth::{build_citizen_number, build_vin};
use crate::usecase::error::{UseError, Used};
use crate::usecase::event::{self, Outcome};
use crate::usecase::view::Text;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use luzheng_domain::region::Division;
use serde_json::json;
use std::sync::Arc;

/// Somebody who signs in by phone.
#[derive(Debug, Clone)]
pub struct WalkIn {
    /// The name.
    pub name: Text,
    /// The identity number; it is nobody's.
    pub id_number: String,
    /// The phone; nobody can have it.
    pub phone: String,
    /// What is interesting about them.
    pub case: Text,
    plate: &'static str,
    division: u32,
}

/// Everybody who signs in by phone.
///
/// # Errors
/// A fault of ours.
pub fn walk_ins() -> Used<Vec<WalkIn>> {
    let person = |name: Text, born: Date, phone: &str, plate, division: u32, case| {
        let province = Division::new(division).ok_or_else(|| UseError::broken("demo", "a person without a place"))?;
        let id_number = build_citizen_number(province, born, 901);
        Ok::<_, UseError>(WalkIn { name, id_number, phone: phone.to_owned(), case, plate, division })
    };
    Ok(vec![
        person(
            Text::new("周小雨", "Zhou Xiaoyu"),
            date(1992, 5, 20),
            "10000000901",
            "苏B60D01",
            320_200,
            Text::new(
                "尚未开通账号：验证码登录，再核对身份",
                "No account yet: sign in by code, then confirm the identity",
            ),
        )?,
        person(
            Text::new("吴建国", "Wu Jianguo"),
            date(1954, 10, 3),
            "10000000902",
            "浙A60D02",
            330_100,
            Text::new(
                "72岁，到窗口当面核验，无需人脸识别",
                "72 years old: confirmed at the counter, without face recognition",
            ),
        )?,
    ])
}

/// Their vehicles arrive as any others do.
pub(super) async fn settle(app: &Arc<App>, today: Date) -> Used<()> {
    let registered = today.saturating_sub(200.days());
    for (number, person) in (1u64..).zip(walk_ins()?) {
        let event = json!({
            "source": "demo", "id": format!("walk-in-{number}"), "type": "vehicle.registered",
            "occurred_at": format!("{registered}T09:00:00+08:00"),
            "subject": {"vin": build_vin(b"LZX", b"WLK", number, registered.year())},
            "data": {
                "plate_number": person.plate, "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
                "registered_on": registered, "manufactured_on": registered.saturating_sub(45.days()), "energy": "A",
                "division": person.division.to_string(), "insurance_until": registered.saturating_add(364.days()),
                "owner_kind": "individual", "owner_id": person.id_number, "owner_name": person.name.zh,
                "phone": person.phone,
            },
        });
        let receipt = event::apply_event(app, &event.to_string()).await?;
        if !matches!(receipt.outcome, Outcome::Applied | Outcome::Seen) {
            let sentence = format!("walk-in {number} came out as {:?}: {:?}", receipt.outcome, receipt.detail);
            return Err(UseError::broken("demo", sentence));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_cast::cast;
    use crate::usecase::account::phone_number;
    use luzheng_domain::vehicle::{OwnerKind, OwnerNumber};

    #[test]
    fn they_are_people_of_their_own() {
        let cast = cast(date(2026, 11, 20));
        for person in walk_ins().unwrap() {
            assert_eq!(phone_number(&person.phone).as_deref(), Some(person.phone.as_str()));
            let number = OwnerNumber::parse(&person.id_number, OwnerKind::Individual).unwrap();
            assert!(number.warnings.is_empty());
            for other in cast.people.iter().filter_map(|p| p.owner.as_ref()) {
                assert_ne!(other.number, number.value);
                assert_ne!(other.phone.as_deref(), Some(person.phone.as_str()));
            }
        }
    }
}
