//! Adjustments in the database. Whoever writes here holds the lock of the wallet; so no row is ever waited for.

use super::model::{Adjustment, AdjustmentState};
use super::rules::PROPOSAL_LASTS;
use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::{Error, Fault};
use crate::id::{AdjustmentId, PostingId, UserId};
use crate::money::Won;
use crate::page::{Page, Slice};
use crate::time::Timestamp;

const COLUMNS: &str = "SELECT id, user_id, operator_id, amount, reason, state, created_at, decided_by, decided_at, \
                       posting_id FROM wallet_adjustments WHERE ";

fn adjustment_of(row: &Row) -> Result<Adjustment, Fault> {
    Ok(Adjustment {
        id: row.id("id", AdjustmentId::from_bytes)?,
        user_id: UserId::new(row.int("user_id")?),
        operator_id: row.maybe_int("operator_id")?.map(UserId::new),
        amount: row.won("amount")?,
        reason: row.text("reason")?,
        state: row.parsed("state", AdjustmentState::from_text)?,
        created_at: row.time("created_at")?,
        decided_by: row.maybe_int("decided_by")?.map(UserId::new),
        decided_at: row.maybe_time("decided_at")?,
        posting_id: row.maybe_id("posting_id", PostingId::from_bytes)?,
    })
}

/// Stores adjustments as they are: at once applied, or proposed.
pub async fn write_adjustments(tx: &mut Tx, adjustments: &[Adjustment]) -> Result<(), Fault> {
    let row_of = |one: &Adjustment| {
        vec![
            one.id.into(),
            one.user_id.into(),
            one.operator_id.map(UserId::get).into(),
            one.amount.into(),
            one.reason.as_str().into(),
            one.state.as_str().into(),
            one.created_at.into(),
            one.decided_by.map(UserId::get).into(),
            one.decided_at.map(Timestamp::millis).into(),
            one.posting_id.map(PostingId::bytes).into(),
        ]
    };
    let head = "INSERT INTO wallet_adjustments (id, user_id, operator_id, amount, reason, state, created_at, \
                decided_by, decided_at, posting_id)";
    insert_rows(tx, head, adjustments.iter().map(row_of).collect(), "").await
}

/// Writes what was decided of a proposal; the guard is that nobody has decided before.
pub async fn write_decision(tx: &mut Tx, decided: &Adjustment) -> Result<(), Fault> {
    let sql = Sql::new(
        "UPDATE wallet_adjustments SET state = ?, decided_by = ?, decided_at = ?, posting_id = ? \
         WHERE id = ? AND state = 'PROPOSED'",
    )
    .bind(decided.state.as_str())
    .bind(decided.decided_by.map(UserId::get))
    .bind(decided.decided_at.map(Timestamp::millis))
    .bind(decided.posting_id.map(PostingId::bytes))
    .bind(decided.id);
    tx.execute_exactly(1, "the proposal that is decided", sql).await
}

pub async fn find_adjustment(db: &Db, id: AdjustmentId) -> Result<Option<Adjustment>, Fault> {
    let sql = Sql::new(COLUMNS).then("id = ?").bind(id);
    db.fetch_optional(sql).await?.as_ref().map(adjustment_of).transpose()
}

/// The same, for whoever holds the wallet's lock.
pub async fn read_adjustment(tx: &mut Tx, id: AdjustmentId) -> Result<Option<Adjustment>, Fault> {
    let sql = Sql::new(COLUMNS).then("id = ?").bind(id);
    tx.fetch_optional(sql).await?.as_ref().map(adjustment_of).transpose()
}

const SUM: &str = "SELECT CAST(COALESCE(SUM(ABS(amount)), 0) AS SIGNED INTEGER) AS amount FROM wallet_adjustments \
                   WHERE state = 'APPLIED' AND decided_at > ?";

/// What was adjusted of a wallet since then, without signs.
pub async fn sum_of_owner(tx: &mut Tx, user: UserId, since: Timestamp) -> Result<Won, Fault> {
    let sql = Sql::new(SUM).bind(since).then(" AND user_id = ?").bind(user);
    tx.fetch_optional(sql).await?.map_or(Ok(Won::ZERO), |row| row.won("amount"))
}

/// What an operator adjusted alone since then, without signs.
pub async fn sum_by_operator(tx: &mut Tx, operator: UserId, since: Timestamp) -> Result<Won, Fault> {
    let sql = Sql::new(SUM).bind(since).then(" AND operator_id = ? AND decided_by IS NULL").bind(operator);
    tx.fetch_optional(sql).await?.map_or(Ok(Won::ZERO), |row| row.won("amount"))
}

/// Proposals that can still be decided, newest first.
pub async fn list_waiting(db: &Db, page: &Page, now: Timestamp) -> Result<Slice<Adjustment>, Error> {
    let last: Option<AdjustmentId> = page.parsed_cursor()?;
    let mut sql = Sql::new(COLUMNS)
        .then("state = 'PROPOSED' AND id >= ?")
        .bind(AdjustmentId::new(now.before(PROPOSAL_LASTS), [0; 10]));
    if let Some(last) = last {
        sql = sql.then(" AND id < ?").bind(last);
    }
    let sql = sql.then(" ORDER BY id DESC LIMIT ?").bind(page.limit.rows_and_one());
    let found = db.fetch_all(sql).await?.iter().map(adjustment_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(found, page.limit, |one| one.id.to_string()))
}

/// The newest adjustments and proposals of one wallet.
pub async fn list_of_owner(db: &Db, user: UserId, most: i64) -> Result<Vec<Adjustment>, Fault> {
    let sql = Sql::new(COLUMNS).then("user_id = ? ORDER BY id DESC LIMIT ?").bind(user).bind(most);
    db.fetch_all(sql).await?.iter().map(adjustment_of).collect()
}

/// Those of one wallet's adjustments that these postings are.
pub async fn find_of_postings(db: &Db, user: UserId, postings: &[PostingId]) -> Result<Vec<Adjustment>, Fault> {
    if postings.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::new(COLUMNS).then("user_id = ? AND posting_id IN ").bind(user).list(postings.iter().copied());
    db.fetch_all(sql).await?.iter().map(adjustment_of).collect()
}
