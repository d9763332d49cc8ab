//! Operators and their log in the database.

use super::audit::{Act, By, Entry, Subject};
use super::model::OperatorRole;
use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::{Error, Fault};
use crate::id::UserId;
use crate::page::{Page, Slice};
use crate::time::Timestamp;

/// An operator as the others see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: OperatorRole,
    pub frozen_at: Option<Timestamp>,
    /// Since when they have this role; `None` when an older program made them.
    pub changed_at: Option<Timestamp>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub id: i64,
    /// Nobody: the command line.
    pub operator_id: Option<UserId>,
    /// Empty when that account has been closed since.
    pub operator_name: Option<String>,
    pub address: String,
    /// As the log names it: a newer program may have written what this one does not know.
    pub act: String,
    pub subject_kind: String,
    pub subject_id: String,
    /// JSON.
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

/// What part of the log is asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub operator: Option<UserId>,
    pub act: Option<String>,
    /// Kind and id.
    pub subject: Option<(String, String)>,
}

pub async fn find_role(db: &Db, id: UserId) -> Result<Option<OperatorRole>, Fault> {
    let row = db.fetch_optional(Sql::new("SELECT role FROM operators WHERE user_id = ?").bind(id)).await?;
    row.map(|row| row.parsed("role", OperatorRole::from_text)).transpose()
}

/// An operator's role under lock: whoever changes it waits.
pub async fn lock_role(tx: &mut Tx, id: UserId) -> Result<Option<OperatorRole>, Fault> {
    let sql = Sql::new("SELECT role FROM operators WHERE user_id = ? FOR UPDATE").bind(id);
    let row = tx.fetch_optional(sql).await?;
    row.map(|row| row.parsed("role", OperatorRole::from_text)).transpose()
}

/// Owners who can act, by id, locked until the transaction ends: whoever takes one away waits here for the other.
pub async fn lock_owners(tx: &mut Tx) -> Result<Vec<UserId>, Fault> {
    let sql = Sql::new("SELECT user_id FROM operators WHERE role = 'owner' ORDER BY user_id FOR UPDATE");
    let ids = tx.fetch_all(sql).await?.iter().map(|row| row.int("user_id")).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        Sql::new("SELECT id FROM users WHERE role = 'operator' AND closed_at IS NULL AND frozen_at IS NULL AND id IN ")
            .list(ids)
            .then(" ORDER BY id");
    tx.fetch_all(sql).await?.iter().map(|row| row.int("id").map(UserId::new)).collect()
}

/// Gives an account this role among operators; `None` takes it away.
pub async fn write_role(tx: &mut Tx, id: UserId, role: Option<OperatorRole>, now: Timestamp) -> Result<(), Fault> {
    tx.execute(Sql::new("DELETE FROM operators WHERE user_id = ?").bind(id)).await?;
    let Some(role) = role else { return Ok(()) };
    let sql = Sql::new("INSERT INTO operators (user_id, role, changed_at) VALUES (?, ?, ?)")
        .bind(id)
        .bind(role.as_str())
        .bind(now);
    tx.execute_exactly(1, "the operator's role", sql).await
}

/// Operators with open accounts, by id after `cursor`.
pub async fn list_operators(db: &Db, page: &Page) -> Result<Slice<OperatorRow>, Error> {
    let last: Option<i64> = page.parsed_cursor()?;
    let sql = Sql::new(
        "SELECT u.id, u.name, u.email, u.frozen_at, o.role, o.changed_at FROM users u \
         LEFT JOIN operators o ON o.user_id = u.id \
         WHERE u.role = 'operator' AND u.closed_at IS NULL AND u.id > ? ORDER BY u.id LIMIT ?",
    )
    .bind(last.unwrap_or(0))
    .bind(page.limit.rows_and_one());
    let rows = db.fetch_all(sql).await?.iter().map(operator_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(rows, page.limit, |row| row.id.to_string()))
}

fn operator_of(row: &Row) -> Result<OperatorRow, Fault> {
    let role = row.maybe_text("role")?;
    let role = role.map_or(Some(OperatorRole::Viewer), |role| OperatorRole::from_text(&role));
    Ok(OperatorRow {
        id: UserId::new(row.int("id")?),
        name: row.text("name")?,
        email: row.text("email")?,
        role: role.ok_or_else(|| Fault::Broken("an operator has a role that nobody knows".to_owned()))?,
        frozen_at: row.maybe_time("frozen_at")?,
        changed_at: row.maybe_time("changed_at")?,
    })
}

pub async fn write_entries(tx: &mut Tx, by: By<'_>, entries: &[Entry], now: Timestamp) -> Result<(), Fault> {
    let (operator, address) = match by {
        By::Operator(operator) => (Some(operator.id().get()), operator.address()),
        By::CommandLine => (None, ""),
    };
    let rows = entries
        .iter()
        .map(|entry| {
            vec![
                operator.into(),
                address.into(),
                entry.act.as_str().into(),
                entry.subject.kind().into(),
                entry.subject.id().into(),
                entry.before.as_ref().map(ToString::to_string).into(),
                entry.after.as_ref().map(ToString::to_string).into(),
                entry.reason.clone().into(),
                now.into(),
            ]
        })
        .collect();
    let head = "INSERT INTO audit_log (operator_id, address, act, subject_kind, subject_id, before_facts, after_facts, \
                reason, created_at)";
    insert_rows(tx, head, rows, "").await
}

const ENTRIES: &str = "SELECT a.id, a.operator_id, u.name AS operator_name, a.address, a.act, a.subject_kind, \
                       a.subject_id, a.before_facts, a.after_facts, a.reason, a.created_at FROM audit_log a \
                       LEFT JOIN users u ON u.id = a.operator_id WHERE ";

/// The newest rows of one subject, oldest of them first, within a look at one moment.
pub async fn read_entries_of(tx: &mut Tx, subject: Subject, most: i64) -> Result<Vec<AuditRow>, Fault> {
    let sql = Sql::new(ENTRIES)
        .then("a.subject_kind = ? AND a.subject_id = ? ORDER BY a.id DESC LIMIT ?")
        .bind(subject.kind())
        .bind(subject.id())
        .bind(most);
    tx.fetch_all(sql).await?.iter().rev().map(entry_of).collect()
}

/// The newest rows of one subject, newest first, without those of one act.
pub async fn list_entries_but(db: &Db, subject: Subject, act: Act, most: i64) -> Result<Vec<AuditRow>, Fault> {
    let sql = Sql::new(ENTRIES)
        .then("a.subject_kind = ? AND a.subject_id = ? AND a.act <> ? ORDER BY a.id DESC LIMIT ?")
        .bind(subject.kind())
        .bind(subject.id())
        .bind(act.as_str())
        .bind(most);
    db.fetch_all(sql).await?.iter().map(entry_of).collect()
}

/// The log, newest first. One statement.
pub async fn list_entries(db: &Db, filter: &AuditFilter, page: &Page) -> Result<Slice<AuditRow>, Error> {
    let last: Option<i64> = page.parsed_cursor()?;
    let mut sql = Sql::new(ENTRIES).then("a.id < ?").bind(last.unwrap_or(i64::MAX));
    if let Some(operator) = filter.operator {
        sql = sql.then(" AND a.operator_id = ?").bind(operator);
    }
    if let Some(act) = &filter.act {
        sql = sql.then(" AND a.act = ?").bind(act.as_str());
    }
    if let Some((kind, id)) = &filter.subject {
        sql = sql.then(" AND a.subject_kind = ? AND a.subject_id = ?").bind(kind.as_str()).bind(id.as_str());
    }
    let sql = sql.then(" ORDER BY a.id DESC LIMIT ?").bind(page.limit.rows_and_one());
    let rows = db.fetch_all(sql).await?.iter().map(entry_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(rows, page.limit, |row| row.id.to_string()))
}

fn entry_of(row: &Row) -> Result<AuditRow, Fault> {
    Ok(AuditRow {
        id: row.int("id")?,
        operator_id: row.maybe_int("operator_id")?.map(UserId::new),
        operator_name: row.maybe_text("operator_name")?,
        address: row.text("address")?,
        act: row.text("act")?,
        subject_kind: row.text("subject_kind")?,
        subject_id: row.text("subject_id")?,
        before: row.maybe_text("before_facts")?,
        after: row.maybe_text("after_facts")?,
        reason: row.maybe_text("reason")?,
        created_at: row.time("created_at")?,
    })
}
