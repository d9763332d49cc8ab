//! Wallets and the ledger in the database.

use super::model::{Posting, PostingType};
use crate::database::months::walk_back;
use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::{Error, Fault};
use crate::id::{OrderId, PostingId, UserId};
use crate::money::Won;
use crate::page::{Page, Slice};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Opens an empty wallet.
pub async fn write_wallet(tx: &mut Tx, user: UserId) -> Result<(), Fault> {
    let sql = Sql::new("INSERT INTO wallets (user_id, balance) VALUES (?, ?)").bind(user).bind(0i64);
    tx.execute_exactly(1, "the new wallet", sql).await
}

pub async fn find_balance(db: &Db, user: UserId) -> Result<Option<Won>, Fault> {
    let sql = Sql::new("SELECT balance FROM wallets WHERE user_id = ?").bind(user);
    db.fetch_optional(sql).await?.map(|row| row.won("balance")).transpose()
}

/// A balance as this transaction sees it, unlocked.
pub async fn read_balance(tx: &mut Tx, user: UserId) -> Result<Option<Won>, Fault> {
    let sql = Sql::new("SELECT balance FROM wallets WHERE user_id = ?").bind(user);
    tx.fetch_optional(sql).await?.map(|row| row.won("balance")).transpose()
}

/// Balances under lock, in user order. One statement.
pub async fn lock_wallets(tx: &mut Tx, users: &[UserId]) -> Result<BTreeMap<UserId, Won>, Fault> {
    let sql = Sql::new("SELECT user_id, balance FROM wallets WHERE user_id IN ")
        .list(users.iter().copied())
        .then(" ORDER BY user_id FOR UPDATE");
    let rows = tx.fetch_all(sql).await?;
    rows.iter().map(|row| Ok((UserId::new(row.int("user_id")?), row.won("balance")?))).collect()
}

/// One movement of a wallet, decided and not yet written.
#[derive(Clone, Debug)]
pub struct NewPosting {
    pub id: PostingId,
    pub user_id: UserId,
    pub kind: PostingType,
    pub amount: Won,
    pub balance_after: Won,
    pub order_id: Option<OrderId>,
}

/// Writes postings, what caused them, and the balances they end in: three statements at the least.
/// The unique cause makes a second payment or give-back of one order impossible.
pub async fn write_postings(tx: &mut Tx, postings: &[NewPosting], now: Timestamp) -> Result<(), Fault> {
    write_parts(tx, &postings.iter().map(|posting| (posting, WHOLE)).collect::<Vec<_>>(), now).await
}

/// What an order causes once as a whole: its payment, its recovery.
const WHOLE: i64 = 0;

/// [`write_postings`] of what an order may cause several times, each under a part of its own: the number of a refund.
pub async fn write_parts(tx: &mut Tx, parts: &[(&NewPosting, i64)], now: Timestamp) -> Result<(), Fault> {
    if parts.is_empty() {
        return Ok(());
    }
    let postings = || parts.iter().map(|(posting, _)| *posting);
    let causes = parts
        .iter()
        .filter_map(|(posting, part)| {
            posting.order_id.map(|order| vec![order.into(), posting.kind.into(), (*part).into(), posting.id.into()])
        })
        .collect();
    insert_rows(tx, "INSERT INTO posting_causes (order_id, kind, part, posting_id)", causes, "").await?;
    let rows = postings()
        .map(|posting| {
            vec![
                posting.id.into(),
                posting.user_id.into(),
                posting.kind.into(),
                posting.amount.into(),
                posting.balance_after.into(),
                posting.order_id.map(OrderId::bytes).into(),
                now.into(),
            ]
        })
        .collect();
    let head = "INSERT INTO point_transactions (id, user_id, type, amount, balance_after, order_id, created_at)";
    insert_rows(tx, head, rows, "").await?;
    let mut moved: BTreeMap<UserId, Won> = BTreeMap::new();
    for posting in postings() {
        let sum = moved.entry(posting.user_id).or_default();
        *sum = sum.plus(posting.amount).ok_or_else(|| Fault::Broken("postings overflow".to_owned()))?;
    }
    let sql = Sql::new("UPDATE wallets SET balance = balance + ")
        .case("user_id", moved.iter().map(|(user, amount)| (*user, *amount)))
        .then(" WHERE user_id IN ")
        .list(moved.keys().copied());
    tx.execute_exactly(moved.len(), "wallets whose balance moves", sql).await
}

/// A user's ledger, newest first. One to three statements.
pub async fn list_postings(db: &Db, user: UserId, page: &Page, now: Timestamp) -> Result<Slice<Posting>, Error> {
    let last: Option<PostingId> = page.parsed_cursor()?;
    let wanted = page.limit.rows_and_one();
    let rows = walk_back(db, last.map_or(now, PostingId::moment), wanted, |least| {
        let mut sql = Sql::new(
            "SELECT id, type, amount, balance_after, order_id, created_at FROM point_transactions \
             WHERE user_id = ? AND id >= ?",
        )
        .bind(user)
        .bind(least);
        if let Some(last) = last {
            sql = sql.then(" AND id < ?").bind(last);
        }
        sql.then(" ORDER BY id DESC LIMIT ?").bind(wanted)
    })
    .await?;
    let postings = rows.iter().map(posting_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(postings, page.limit, |posting| posting.id.to_string()))
}

/// One posting by its id.
pub async fn find_posting(db: &Db, id: PostingId) -> Result<Option<Posting>, Fault> {
    let sql =
        Sql::new("SELECT id, type, amount, balance_after, order_id, created_at FROM point_transactions WHERE id = ?")
            .bind(id);
    db.fetch_optional(sql).await?.as_ref().map(posting_of).transpose()
}

fn posting_of(row: &Row) -> Result<Posting, Fault> {
    Ok(Posting {
        id: row.id("id", PostingId::from_bytes)?,
        kind: row.parsed("type", PostingType::from_text)?,
        amount: row.won("amount")?,
        balance_after: row.won("balance_after")?,
        order_id: row.maybe_id("order_id", OrderId::from_bytes)?,
        created_at: row.time("created_at")?,
    })
}
