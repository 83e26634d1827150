//! Units: organisations that have users, and who acts for them as what. The unit is the organisation's record of the register.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    filing::free_place,
    value::{Kind, Row, values},
    vehicle::{CURRENT, FACT_COLUMNS, StoredVehicle, stored_vehicle},
};

/// The most rows of one answer.
pub const MAX_PAGE: u32 = 1_000;

/// Somebody who acts, or acted, for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The unit.
    pub unit: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The person's record of the register.
    pub person: Uuid,
    /// As what: a stable word.
    pub role: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

/// The places that a new member needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberPlaces {
    /// How many accounts the unit may have.
    pub accounts: u32,
    /// How many members of this role it may have.
    pub of_role: u32,
    /// In how many units the person may be; `None`: this one does not count.
    pub units: Option<u32>,
}

/// Why nobody could be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitFull {
    /// The person is in it already.
    Already,
    /// The unit has as many accounts as it may.
    Accounts,
    /// The unit has as many of this role as it may.
    Role,
    /// The person is in as many units as they may.
    Units,
}

const MEMBER: &[(&str, Kind)] = &[
    ("unit", Kind::Id),
    ("id", Kind::Id),
    ("person", Kind::Id),
    ("role", Kind::Text),
    ("since", Kind::Int),
    ("ended_at", Kind::Int),
];
const UNIT_PLACE: &[(&str, Kind)] = &[
    ("unit", Kind::Id),
    ("place", Kind::Int),
    ("role", Kind::Text),
    ("role_place", Kind::Int),
    ("person", Kind::Id),
    ("member", Kind::Id),
];
const PERSON_UNIT: &[(&str, Kind)] =
    &[("person", Kind::Id), ("counted", Kind::Int), ("place", Kind::Int), ("unit", Kind::Id), ("member", Kind::Id)];
/// A unit as legal person takes a place as well, so that one table has all units of a person; there is no end to these.
const UNCOUNTED: u32 = u32::MAX;

fn member(mut row: Row) -> Result<Member, Error> {
    Ok(Member {
        unit: row.id()?,
        id: row.id()?,
        person: row.id()?,
        role: row.text()?,
        since: row.time()?,
        ended_at: row.opt_time()?,
    })
}

impl Tx {
    /// Makes an organisation a unit. Answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_unit(&mut self, id: Uuid, actor: &str, created_at: Timestamp) -> Result<bool, Error> {
        let sql = "INSERT INTO unit (id, created_at, actor) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
        Ok(self.execute(sql, values![id, created_at, actor]).await? == 1)
    }

    /// Locks a unit, so that nobody else changes its members until the transaction ends. Answers whether there is one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_unit(&mut self, id: Uuid) -> Result<bool, Error> {
        Ok(self.row("SELECT id FROM unit WHERE id = $1 FOR UPDATE", values![id]).await?.is_some())
    }

    /// Adds a member, when there is a place in the unit, for the role, and among the person's units. Lock the unit and the person before: then
    /// this never conflicts, and without it the keys of the tables still keep the limits.
    ///
    /// # Errors
    /// `Conflict` when somebody without a lock was faster; `Engine`.
    pub async fn add_member(&mut self, new: &Member, places: MemberPlaces) -> Result<Result<(), UnitFull>, Error> {
        let already = "SELECT 1 FROM unit_place WHERE unit = $1 AND person = $2";
        if self.row(already, values![new.unit, new.person]).await?.is_some() {
            return Ok(Err(UnitFull::Already));
        }
        let numbers = |rows: Vec<Row>| rows.into_iter().map(|mut row| row.number()).collect::<Result<Vec<u32>, _>>();
        let sql = "SELECT role_place FROM unit_place WHERE unit = $1 AND role = $2 ORDER BY role_place";
        let of_role = numbers(self.rows(sql, values![new.unit, new.role.as_str()]).await?)?;
        let sql = "SELECT place FROM unit_place WHERE unit = $1 ORDER BY place";
        let of_unit = numbers(self.rows(sql, values![new.unit]).await?)?;
        let sql = "SELECT place FROM person_unit WHERE person = $1 AND counted = $2 ORDER BY place";
        let of_person = numbers(self.rows(sql, values![new.person, places.units.is_some()]).await?)?;
        let Some(role_place) = free_place(&of_role, places.of_role) else { return Ok(Err(UnitFull::Role)) };
        let Some(place) = free_place(&of_unit, places.accounts) else { return Ok(Err(UnitFull::Accounts)) };
        let Some(unit_place) = free_place(&of_person, places.units.unwrap_or(UNCOUNTED)) else {
            return Ok(Err(UnitFull::Units));
        };
        let row = values![new.unit, new.id, new.person, new.role.as_str(), new.since, new.ended_at];
        self.insert_many("unit_member", MEMBER, row).await?;
        let row = values![new.unit, place, new.role.as_str(), role_place, new.person, new.id];
        self.insert_many("unit_place", UNIT_PLACE, row).await?;
        let row = values![new.person, places.units.is_some(), unit_place, new.unit, new.id];
        self.insert_many("person_unit", PERSON_UNIT, row).await?;
        Ok(Ok(()))
    }

    /// Ends a membership. Answers whether it was not over before.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_member(&mut self, member: &Member, at: Timestamp) -> Result<bool, Error> {
        self.execute("DELETE FROM unit_place WHERE unit = $1 AND member = $2", values![member.unit, member.id]).await?;
        let sql = "DELETE FROM person_unit WHERE person = $1 AND member = $2";
        self.execute(sql, values![member.person, member.id]).await?;
        let sql = "UPDATE unit_member SET ended_at = $3 WHERE unit = $1 AND id = $2 AND ended_at IS NULL";
        Ok(self.execute(sql, values![member.unit, member.id, at]).await? == 1)
    }

    /// Who acts for a unit now, in the order of their coming.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn members_of_unit(&mut self, unit: Uuid) -> Result<Vec<Member>, Error> {
        let sql = "SELECT unit, id, person, role, since, ended_at FROM unit_member WHERE unit = $1 AND ended_at IS NULL ORDER BY id LIMIT $2";
        self.rows(sql, values![unit, MAX_PAGE]).await?.into_iter().map(member).collect()
    }

    /// As what a person acts for a unit now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_member(&mut self, unit: Uuid, person: Uuid) -> Result<Option<Member>, Error> {
        let sql = "SELECT m.unit, m.id, m.person, m.role, m.since, m.ended_at FROM unit_place p \
                   JOIN unit_member m ON m.unit = p.unit AND m.id = p.member WHERE p.unit = $1 AND p.person = $2";
        self.row(sql, values![unit, person]).await?.map(member).transpose()
    }

    /// The units a person acts for now, with their roles.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn units_of_person(&mut self, person: Uuid) -> Result<Vec<Member>, Error> {
        let sql = "SELECT m.unit, m.id, m.person, m.role, m.since, m.ended_at FROM person_unit p \
                   JOIN unit_member m ON m.unit = p.unit AND m.id = p.member WHERE p.person = $1 ORDER BY m.unit LIMIT $2";
        self.rows(sql, values![person, MAX_PAGE]).await?.into_iter().map(member).collect()
    }

    /// How many vehicles an owner has now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn count_vehicles_of_owner(&mut self, owner: Uuid) -> Result<u64, Error> {
        self.one("SELECT COUNT(*) FROM vehicle WHERE owner = $1", values![owner]).await?.number()
    }

    /// A page of the vehicles an owner has now, by id, those after `after`.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicles_of_owner_after(
        &mut self,
        owner: Uuid,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<StoredVehicle>, Error> {
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE v.owner = $1 AND v.id > $2 ORDER BY v.id LIMIT $3");
        let row = values![owner, after.unwrap_or(Uuid::nil()), limit.min(MAX_PAGE)];
        self.rows(AssertSqlSafe(sql), row).await?.into_iter().map(stored_vehicle).collect()
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{Store, testing};

    const PLACES: MemberPlaces = MemberPlaces { accounts: 10, of_role: 10, units: Some(3) };

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn new(unit: u128, person: u128, role: &str) -> Member {
        Member {
            unit: id(unit),
            id: id(unit * 1_000 + person),
            person: id(person),
            role: role.into(),
            since: Timestamp::UNIX_EPOCH,
            ended_at: None,
        }
    }

    async fn add(db: &Store, member: Member, places: MemberPlaces) -> Result<Result<(), UnitFull>, Error> {
        let mut tx = db.write().await?;
        let added = tx.add_member(&member, places).await?;
        tx.commit().await?;
        Ok(added)
    }

    #[tokio::test]
    async fn places_of_the_unit_of_the_role_and_of_the_person() {
        let legal = MemberPlaces { accounts: 10, of_role: 1, units: None };
        let one = MemberPlaces { of_role: 1, ..PLACES };
        for db in testing::engines().await {
            assert_eq!(add(&db, new(1, 1, "legal_person"), legal).await.expect("adds"), Ok(()));
            assert_eq!(add(&db, new(1, 2, "administrator"), one).await.expect("adds"), Ok(()));
            assert_eq!(add(&db, new(1, 3, "administrator"), one).await.expect("answers"), Err(UnitFull::Role));
            assert_eq!(add(&db, new(1, 2, "operator"), PLACES).await.expect("answers"), Err(UnitFull::Already));
            for person in 3..=10 {
                assert_eq!(add(&db, new(1, person, "operator"), PLACES).await.expect("adds"), Ok(()));
            }
            assert_eq!(add(&db, new(1, 11, "operator"), PLACES).await.expect("answers"), Err(UnitFull::Accounts));
            for unit in 2..=3 {
                assert_eq!(add(&db, new(unit, 2, "operator"), PLACES).await.expect("adds"), Ok(()));
            }
            assert_eq!(add(&db, new(4, 2, "operator"), PLACES).await.expect("answers"), Err(UnitFull::Units));
            // As legal person one may be in any number besides.
            assert_eq!(add(&db, new(4, 2, "legal_person"), legal).await.expect("adds"), Ok(()));
            let mut tx = db.write().await.expect("writes");
            assert_eq!(tx.members_of_unit(id(1)).await.expect("reads").len(), 10);
            assert_eq!(tx.units_of_person(id(2)).await.expect("reads").len(), 4);
            let found = tx.find_member(id(1), id(2)).await.expect("reads").expect("is there");
            assert_eq!(found.role, "administrator");
            assert!(tx.end_member(&found, Timestamp::UNIX_EPOCH).await.expect("ends"));
            assert!(!tx.end_member(&found, Timestamp::UNIX_EPOCH).await.expect("is over"));
            assert_eq!(tx.find_member(id(1), id(2)).await.expect("reads"), None);
            tx.commit().await.expect("commits");
            let again = Member { id: id(77), ..new(1, 2, "administrator") };
            assert_eq!(add(&db, again, one).await.expect("adds"), Ok(()));
        }
    }

    #[tokio::test]
    async fn the_keys_alone_keep_one_administrator_when_ten_race() {
        let one = MemberPlaces { of_role: 1, ..PLACES };
        for db in testing::engines().await {
            let race = (1..=10).map(|person| add(&db, new(1, person, "administrator"), one));
            let results = futures_util::future::join_all(race).await;
            assert_eq!(results.iter().filter(|r| matches!(r, Ok(Ok(())))).count(), 1, "{results:?}");
            let mut tx = db.read().await.expect("reads");
            assert_eq!(tx.members_of_unit(id(1)).await.expect("reads").len(), 1);
        }
    }

    #[tokio::test]
    async fn a_unit_is_made_once() {
        for db in testing::engines().await {
            let mut tx = db.write().await.expect("writes");
            assert!(!tx.lock_unit(id(1)).await.expect("reads"));
            assert!(tx.put_unit(id(1), "staff:1", Timestamp::UNIX_EPOCH).await.expect("is put"));
            assert!(!tx.put_unit(id(1), "staff:1", Timestamp::UNIX_EPOCH).await.expect("was there"));
            assert!(tx.lock_unit(id(1)).await.expect("reads"));
        }
    }
}
