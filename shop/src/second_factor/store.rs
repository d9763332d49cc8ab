//! Second factors in the database. Secrets are sealed, recovery codes are digests.

use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;

/// Somebody's second factor.
#[derive(Clone, Debug)]
pub struct FactorRow {
    /// Sealed.
    pub secret: Vec<u8>,
    /// `None` while it is being set up: it opens nothing yet.
    pub confirmed_at: Option<Timestamp>,
    /// The step whose code was taken last.
    pub last_step: i64,
}

const COLUMNS: &str = "SELECT secret, confirmed_at, last_step FROM second_factors WHERE user_id = ?";

fn factor_of(row: &Row) -> Result<FactorRow, Fault> {
    Ok(FactorRow {
        secret: row.bytes("secret")?,
        confirmed_at: row.maybe_time("confirmed_at")?,
        last_step: row.int("last_step")?,
    })
}

pub async fn find_factor(db: &Db, id: UserId) -> Result<Option<FactorRow>, Fault> {
    db.fetch_optional(Sql::new(COLUMNS).bind(id)).await?.as_ref().map(factor_of).transpose()
}

/// Begins to set one up, in place of an earlier beginning. A second one beside one that is confirmed is a duplicate.
pub async fn write_begun(tx: &mut Tx, id: UserId, secret: &[u8], now: Timestamp) -> Result<(), Fault> {
    tx.execute(Sql::new("DELETE FROM second_factors WHERE user_id = ? AND confirmed_at IS NULL").bind(id)).await?;
    let sql = Sql::new("INSERT INTO second_factors (user_id, secret, created_at, last_step) VALUES (?, ?, ?, 0)")
        .bind(id)
        .bind(secret)
        .bind(now);
    tx.execute_exactly(1, "the second factor that begins", sql).await
}

/// It counts from now on; whether it was still to be confirmed, and with this secret.
pub async fn write_confirmed(tx: &mut Tx, id: UserId, secret: &[u8], step: i64, now: Timestamp) -> Result<bool, Fault> {
    let sql = Sql::new(
        "UPDATE second_factors SET confirmed_at = ?, last_step = ? \
         WHERE user_id = ? AND confirmed_at IS NULL AND secret = ?",
    )
    .bind(now)
    .bind(step)
    .bind(id)
    .bind(secret);
    tx.execute(sql).await.map(|rows| rows == 1)
}

/// Takes a step's code; whether nobody took it, or a later one, before.
pub async fn take_step(tx: &mut Tx, id: UserId, step: i64) -> Result<bool, Fault> {
    let sql = Sql::new(
        "UPDATE second_factors SET last_step = ? WHERE user_id = ? AND confirmed_at IS NOT NULL AND last_step < ?",
    )
    .bind(step)
    .bind(id)
    .bind(step);
    tx.execute(sql).await.map(|rows| rows == 1)
}

pub async fn write_recovery_codes(tx: &mut Tx, id: UserId, digests: &[[u8; 32]], now: Timestamp) -> Result<(), Fault> {
    tx.execute(Sql::new("DELETE FROM recovery_codes WHERE user_id = ?").bind(id)).await?;
    let rows = digests.iter().map(|digest| vec![id.into(), (*digest).into(), now.into()]).collect();
    insert_rows(tx, "INSERT INTO recovery_codes (user_id, digest, created_at)", rows, "").await
}

/// Whether their second factor counts; it does until the transaction ends.
pub async fn lock_confirmed(tx: &mut Tx, id: UserId) -> Result<bool, Fault> {
    let sql = Sql::new("SELECT user_id FROM second_factors WHERE user_id = ? AND confirmed_at IS NOT NULL FOR UPDATE");
    Ok(tx.fetch_optional(sql.bind(id)).await?.is_some())
}

/// Uses a recovery code up; whether there was such a one.
pub async fn take_recovery_code(tx: &mut Tx, id: UserId, digest: [u8; 32]) -> Result<bool, Fault> {
    let sql = Sql::new("DELETE FROM recovery_codes WHERE user_id = ? AND digest = ?").bind(id).bind(digest);
    tx.execute(sql).await.map(|rows| rows == 1)
}

pub async fn count_recovery_codes(db: &Db, id: UserId) -> Result<i64, Fault> {
    let sql = Sql::new("SELECT COUNT(*) AS codes FROM recovery_codes WHERE user_id = ?").bind(id);
    db.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("codes"))
}

/// Forgets it, with its recovery codes; whether there was one.
pub async fn delete_factor(tx: &mut Tx, id: UserId) -> Result<bool, Fault> {
    tx.execute(Sql::new("DELETE FROM recovery_codes WHERE user_id = ?").bind(id)).await?;
    let sql = Sql::new("DELETE FROM second_factors WHERE user_id = ?").bind(id);
    tx.execute(sql).await.map(|rows| rows == 1)
}
