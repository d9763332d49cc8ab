//! Accounts for operators in the database: each list is a walk along one index.

use super::search::Way;
use crate::database::{Db, Row, Sql, dialect};
use crate::error::Fault;
use crate::id::UserId;
use crate::operator::audit::{Act, Subject};
use crate::operator::store::{AuditRow, list_entries_but};
use crate::time::Timestamp;
use crate::user::{Language, Role};

/// An account as lists have it. What names a person stays in here.
#[derive(Clone, Debug)]
pub struct CustomerRow {
    pub id: UserId,
    pub email_key: String,
    pub name: String,
    pub role: Role,
    pub lang: Language,
    pub created_at: Timestamp,
    pub frozen_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// Until when they were blocked last, as it was noted.
    pub until: Option<Timestamp>,
}

const CUSTOMERS: &str = "SELECT u.id, u.email_key, u.name, u.role, u.lang, u.created_at, u.frozen_at, u.closed_at, \
                         b.until FROM users u LEFT JOIN shopper_blocks b ON b.user_id = u.id WHERE ";
const BLOCKED: &str = "SELECT u.id, u.email_key, u.name, u.role, u.lang, u.created_at, u.frozen_at, u.closed_at, \
                       b.until FROM shopper_blocks b JOIN users u ON u.id = b.user_id WHERE ";

fn customer_of(row: &Row) -> Result<CustomerRow, Fault> {
    Ok(CustomerRow {
        id: UserId::new(row.int("id")?),
        email_key: row.text("email_key")?,
        name: row.text("name")?,
        role: row.parsed("role", Role::from_text)?,
        lang: row.parsed("lang", Language::from_text)?,
        created_at: row.time("created_at")?,
        frozen_at: row.maybe_time("frozen_at")?,
        closed_at: row.maybe_time("closed_at")?,
        until: row.maybe_time("until")?,
    })
}

/// One account, closed or not.
pub async fn find_customer(db: &Db, id: UserId) -> Result<Option<CustomerRow>, Fault> {
    let sql = Sql::new(CUSTOMERS).then("u.id = ?").bind(id);
    db.fetch_optional(sql).await?.as_ref().map(customer_of).transpose()
}

/// Where a page ended, on every way there is.
pub type Place = CustomerRow;

pub async fn find_place(db: &Db, id: UserId) -> Result<Option<Place>, Fault> {
    find_customer(db, id).await
}

/// Candidates along one way, after a place on it. One statement.
pub async fn list_customers(
    db: &Db,
    way: &Way,
    after: Option<&Place>,
    most: i64,
    now: Timestamp,
) -> Result<Vec<CustomerRow>, Fault> {
    let last = after.map_or(i64::MAX, |place| place.id.get());
    let sql = match way {
        Way::ById => Sql::new(CUSTOMERS).then("u.id < ? ORDER BY u.id DESC").bind(last),
        Way::ByEmail(prefix) => {
            let end = format!("{prefix}{}", dialect::last_character(db.engine()));
            // One lower bound: with two, an index is walked from the first.
            let (bound, least) = match after {
                Some(place) => ("u.email_key > ?", place.email_key.as_str()),
                None => ("u.email_key >= ?", prefix.as_str()),
            };
            let sql = Sql::new(CUSTOMERS).then(bound).bind(least).then(" AND u.email_key < ?").bind(end);
            sql.then(" ORDER BY u.email_key")
        }
        Way::ByName(prefix) => {
            let end = format!("{prefix}{}", dialect::last_character(db.engine()));
            let least = after.map_or(prefix.as_str(), |place| place.name.as_str());
            let sql = Sql::new(CUSTOMERS).then("u.name >= ? AND u.name < ?").bind(least).bind(end);
            let sql = match after {
                Some(place) => sql.then(" AND (u.name > ? OR u.id > ?)").bind(place.name.as_str()).bind(place.id),
                None => sql,
            };
            sql.then(" ORDER BY u.name, u.id")
        }
        Way::Frozen => {
            by_moment(Sql::new(CUSTOMERS), "u.frozen_at", "u.id", after.map(|place| (place.frozen_at, last)))
        }
        Way::Closed => {
            by_moment(Sql::new(CUSTOMERS), "u.closed_at", "u.id", after.map(|place| (place.closed_at, last)))
        }
        Way::Blocked => {
            let sql = Sql::new(BLOCKED).then("b.until > ? AND ").bind(now);
            by_moment(sql, "b.until", "b.user_id", after.map(|place| (place.until, last)))
        }
    };
    let sql = sql.then(" LIMIT ?").bind(most);
    db.fetch_all(sql).await?.iter().map(customer_of).collect()
}

/// The newest moment first, from a place on.
fn by_moment(sql: Sql, moment: &str, id: &str, after: Option<(Option<Timestamp>, i64)>) -> Sql {
    let (at, last) = after.unwrap_or((None, i64::MAX));
    let at = at.map_or(i64::MAX, Timestamp::millis);
    sql.then(&format!("{moment} <= ? AND ({moment} < ? OR {id} < ?) ORDER BY {moment} DESC, {id} DESC"))
        .bind(at)
        .bind(at)
        .bind(last)
}

/// The newest that operators did about somebody, without mere looks.
pub async fn list_acts(db: &Db, id: UserId, most: i64) -> Result<Vec<AuditRow>, Fault> {
    list_entries_but(db, Subject::User(id), Act::PersonSeen, most).await
}
