//! The queue of letters in the database.

use super::model::LetterKind;
use super::rules::LONGEST_WAIT;
use crate::database::{Db, Row, Sql, Tx, Value, insert_rows};
use crate::error::Fault;
use crate::id::{OrderId, UserId};
use crate::time::Timestamp;

const NEW_LETTERS: &str = "INSERT INTO mail_queue (kind, user_id, order_id, address, created_at, due_at)";

/// Queues a letter to an account.
pub async fn queue_letter(tx: &mut Tx, kind: LetterKind, user: UserId, now: Timestamp) -> Result<(), Fault> {
    insert_rows(tx, NEW_LETTERS, vec![new_row(kind, Some(user), None, None, now)], "").await
}

/// Queues a letter for each of these completed orders.
pub async fn queue_order_letters(tx: &mut Tx, orders: &[(UserId, OrderId)], now: Timestamp) -> Result<(), Fault> {
    let rows = orders
        .iter()
        .map(|(user, order)| new_row(LetterKind::OrderCompleted, Some(*user), Some(*order), None, now))
        .collect();
    insert_rows(tx, NEW_LETTERS, rows, "").await
}

/// Queues a letter to a shopper about what was given back of each of these orders of theirs.
pub async fn queue_refund_letters(
    tx: &mut Tx,
    user: UserId,
    orders: impl IntoIterator<Item = OrderId>,
    now: Timestamp,
) -> Result<(), Fault> {
    let row_of = |order| new_row(LetterKind::OrderRefunded, Some(user), Some(order), None, now);
    insert_rows(tx, NEW_LETTERS, orders.into_iter().map(row_of).collect(), "").await
}

/// Queues a link for whoever has this address, by its key, if anybody.
pub async fn queue_reset(tx: &mut Tx, email_key: &str, now: Timestamp) -> Result<(), Fault> {
    insert_rows(tx, NEW_LETTERS, vec![new_row(LetterKind::PasswordReset, None, None, Some(email_key), now)], "").await
}

fn new_row(
    kind: LetterKind,
    user: Option<UserId>,
    order: Option<OrderId>,
    address: Option<&str>,
    now: Timestamp,
) -> Vec<Value> {
    vec![
        kind.as_str().into(),
        user.map(UserId::get).into(),
        order.map(OrderId::bytes).into(),
        address.map(str::to_owned).into(),
        now.into(),
        now.into(),
    ]
}

/// A letter that waits.
#[derive(Clone)]
pub struct QueuedLetter {
    pub id: i64,
    pub kind: LetterKind,
    pub user_id: Option<UserId>,
    pub order_id: Option<OrderId>,
    /// The key of an address that may have no account.
    pub address: Option<String>,
    pub created_at: Timestamp,
    /// How often it was tried before.
    pub tries: i64,
}

/// Letters whose moment has come, longest due first; and those that would wait longer than any letter does, because
/// the clock was set back. Kinds of a newer program are left to it.
pub async fn list_due(db: &Db, now: Timestamp, most: i64) -> Result<Vec<QueuedLetter>, Fault> {
    let sql = Sql::new(
        "SELECT id, kind, user_id, order_id, address, created_at, tries FROM mail_queue \
         WHERE (due_at <= ? OR due_at > ?) AND kind IN ",
    )
    .bind(now)
    .bind(now.after(LONGEST_WAIT))
    .list(LetterKind::ALL.map(LetterKind::as_str))
    .then(" ORDER BY due_at, id LIMIT ?")
    .bind(most);
    db.fetch_all(sql).await?.iter().map(letter_of).collect()
}

fn letter_of(row: &Row) -> Result<QueuedLetter, Fault> {
    Ok(QueuedLetter {
        id: row.int("id")?,
        kind: row.parsed("kind", LetterKind::from_text)?,
        user_id: row.maybe_int("user_id")?.map(UserId::new),
        order_id: row.maybe_id("order_id", OrderId::from_bytes)?,
        address: row.maybe_text("address")?,
        created_at: row.time("created_at")?,
        tries: row.int("tries")?,
    })
}

/// Takes the letter for this process until `until`; false when another process was first.
pub async fn claim_letter(db: &Db, letter: &QueuedLetter, until: Timestamp) -> Result<bool, Fault> {
    let sql = Sql::new("UPDATE mail_queue SET tries = tries + 1, due_at = ? WHERE id = ? AND tries = ?")
        .bind(until)
        .bind(letter.id)
        .bind(letter.tries);
    db.execute(sql).await.map(|rows| rows == 1)
}

/// Strikes a letter that was sent or given up.
pub async fn delete_letter(db: &Db, id: i64) -> Result<(), Fault> {
    db.execute(Sql::new("DELETE FROM mail_queue WHERE id = ?").bind(id)).await.map(drop)
}

/// Strikes whatever waits for somebody who closes their account.
pub async fn delete_letters_to(tx: &mut Tx, user: UserId, email_key: &str) -> Result<(), Fault> {
    let sql = Sql::new("DELETE FROM mail_queue WHERE user_id = ? OR address = ?").bind(user).bind(email_key);
    tx.execute(sql).await.map(drop)
}

/// How many letters wait.
pub async fn count_letters(db: &Db) -> Result<i64, Fault> {
    let row = db.fetch_optional(Sql::new("SELECT COUNT(*) AS letters FROM mail_queue")).await?;
    row.map_or(Ok(0), |row| row.int("letters"))
}
