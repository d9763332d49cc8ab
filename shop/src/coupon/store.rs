//! Coupons and shoppers' pieces in the database.

use super::model::{ClaimedCoupon, Coupon, CouponCode, Discount, NewCoupon, UserCouponState, UserCouponStatus};
use super::rules::UserCouponSnapshot;
use crate::database::{Db, Engine, Row, Sql, Tx, insert_rows};
use crate::error::{Error, Fault, FieldProblem};
use crate::id::{CouponId, OrderId, UserId};
use crate::order::checkout::PieceKey;
use crate::page::{Page, Slice};
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashMap};

const COUPON_COLUMNS: &str = "c.id, c.code, c.name, c.name_en, c.type, c.discount_value, c.minimum_amount, \
                              c.total_quantity, c.issued_quantity, c.used_quantity, c.starts_at, c.ends_at, c.is_active";

pub(super) fn coupon_of(row: &Row) -> Result<Coupon, Fault> {
    let kind = row.text("type")?;
    let value = row.int("discount_value")?;
    Ok(Coupon {
        id: CouponId::new(row.int("id")?),
        code: row.parsed("code", |text| CouponCode::parse(text).ok())?,
        name: row.text("name")?,
        name_en: row.text("name_en")?,
        discount: Discount::from_parts(&kind, value)
            .ok_or_else(|| Fault::Broken("a coupon holds an unknown discount".to_owned()))?,
        minimum_amount: row.won("minimum_amount")?,
        total_quantity: row.int("total_quantity")?,
        issued_quantity: row.int("issued_quantity")?,
        used_quantity: row.int("used_quantity")?,
        starts_at: row.time("starts_at")?,
        ends_at: row.time("ends_at")?,
        is_active: row.flag("is_active")?,
    })
}

pub(super) fn select_coupons(rest: &str) -> Sql {
    Sql::new(format!("SELECT {COUPON_COLUMNS} FROM coupons c {rest}"))
}

pub async fn find_coupon(db: &Db, code: &CouponCode) -> Result<Option<Coupon>, Fault> {
    let sql = select_coupons("WHERE c.code = ?").bind(code.as_str());
    db.fetch_optional(sql).await?.as_ref().map(coupon_of).transpose()
}

/// The coupons of these codes, unlocked: their terms are checked again when the order pays.
pub async fn read_coupons_by_code(tx: &mut Tx, codes: &[&CouponCode]) -> Result<HashMap<CouponCode, Coupon>, Fault> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = select_coupons("WHERE c.code IN ").list(codes.iter().map(|code| code.as_str()));
    let coupons = tx.fetch_all(sql).await?.iter().map(coupon_of).collect::<Result<Vec<_>, _>>()?;
    Ok(coupons.into_iter().map(|coupon| (coupon.code.clone(), coupon)).collect())
}

/// The coupons of these ids, unlocked.
pub async fn read_coupons(tx: &mut Tx, ids: &[CouponId]) -> Result<HashMap<CouponId, Coupon>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = select_coupons("WHERE c.id IN ").list(ids.iter().copied());
    let coupons = tx.fetch_all(sql).await?.iter().map(coupon_of).collect::<Result<Vec<_>, _>>()?;
    Ok(coupons.into_iter().map(|coupon| (coupon.id, coupon)).collect())
}

/// Coupons under lock, in id order.
pub async fn lock_coupons(tx: &mut Tx, ids: &[CouponId]) -> Result<BTreeMap<CouponId, Coupon>, Fault> {
    let sql = select_coupons("WHERE c.id IN ").list(ids.iter().copied()).then(" ORDER BY c.id FOR UPDATE");
    let coupons = tx.fetch_all(sql).await?.iter().map(coupon_of).collect::<Result<Vec<_>, _>>()?;
    Ok(coupons.into_iter().map(|coupon| (coupon.id, coupon)).collect())
}

/// The shoppers' pieces of these coupons, locked when `lock` says so, in key order. One statement.
pub async fn read_pieces(
    tx: &mut Tx,
    keys: &[PieceKey],
    lock: bool,
) -> Result<HashMap<PieceKey, UserCouponSnapshot>, Fault> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = where_pieces(
        tx.engine(),
        Sql::new("SELECT id, user_id, coupon_id, status, order_id FROM user_coupons WHERE "),
        keys,
    )
    .then(" ORDER BY user_id, coupon_id")
    .then(if lock { " FOR UPDATE" } else { "" });
    let mut pieces = HashMap::new();
    for row in tx.fetch_all(sql).await? {
        let key = (UserId::new(row.int("user_id")?), CouponId::new(row.int("coupon_id")?));
        let piece = UserCouponSnapshot {
            id: row.int("id")?,
            status: row.parsed("status", UserCouponStatus::from_text)?,
            order_id: row.maybe_id("order_id", OrderId::from_bytes)?,
        };
        pieces.insert(key, piece);
    }
    Ok(pieces)
}

fn where_pieces(engine: Engine, sql: Sql, keys: &[PieceKey]) -> Sql {
    sql.rows(engine, ["user_id", "coupon_id"], keys.iter().map(|(user, coupon)| [(*user).into(), (*coupon).into()]))
}

/// ISSUED → HELD for these orders, by the pieces' own ids; the guard is ISSUED.
pub async fn write_held(tx: &mut Tx, held: &[(i64, OrderId)]) -> Result<(), Fault> {
    if held.is_empty() {
        return Ok(());
    }
    let sql = Sql::new("UPDATE user_coupons SET status = 'HELD', order_id = ")
        .case("id", held.iter().copied())
        .then(" WHERE status = 'ISSUED' AND id IN ")
        .list(held.iter().map(|(piece, _)| *piece));
    tx.execute_exactly(held.len(), "coupons that orders hold", sql).await
}

/// HELD → USED for these pieces, each held by its order; counts them on their coupons.
pub async fn write_used(tx: &mut Tx, used: &[(PieceKey, OrderId)], now: Timestamp) -> Result<(), Fault> {
    if used.is_empty() {
        return Ok(());
    }
    let keys: Vec<PieceKey> = used.iter().map(|(key, _)| *key).collect();
    let sql = Sql::new("UPDATE user_coupons SET status = 'USED', used_at = ? WHERE status = 'HELD' AND order_id IN ")
        .bind(now)
        .list(used.iter().map(|(_, order)| *order))
        .then(" AND ");
    tx.execute_exactly(used.len(), "coupons that are used up", where_pieces(tx.engine(), sql, &keys)).await?;
    let mut counts: BTreeMap<CouponId, i64> = BTreeMap::new();
    for (_, coupon) in keys {
        *counts.entry(coupon).or_default() += 1;
    }
    let sql = Sql::new("UPDATE coupons SET used_quantity = used_quantity + ")
        .case("id", counts.iter().map(|(coupon, count)| (*coupon, *count)))
        .then(" WHERE id IN ")
        .list(counts.keys().copied());
    tx.execute_exactly(counts.len(), "coupons that count a use", sql).await
}

/// HELD → ISSUED for these pieces, each held by its order.
pub async fn write_freed(tx: &mut Tx, freed: &[(PieceKey, OrderId)]) -> Result<(), Fault> {
    if freed.is_empty() {
        return Ok(());
    }
    let keys: Vec<PieceKey> = freed.iter().map(|(key, _)| *key).collect();
    let sql =
        Sql::new("UPDATE user_coupons SET status = 'ISSUED', order_id = NULL WHERE status = 'HELD' AND order_id IN ")
            .list(freed.iter().map(|(_, order)| *order))
            .then(" AND ");
    tx.execute_exactly(freed.len(), "coupons that are given back", where_pieces(tx.engine(), sql, &keys)).await
}

/// USED → ISSUED for this piece, used up by this order; its coupon counts one use less.
pub async fn write_returned(tx: &mut Tx, (user, coupon): PieceKey, order: OrderId) -> Result<(), Fault> {
    let sql = Sql::new(
        "UPDATE user_coupons SET status = 'ISSUED', order_id = NULL, used_at = NULL \
         WHERE status = 'USED' AND user_id = ? AND coupon_id = ? AND order_id = ?",
    )
    .bind(user)
    .bind(coupon)
    .bind(order);
    tx.execute_exactly(1, "the coupon that comes back", sql).await?;
    let sql = Sql::new("UPDATE coupons SET used_quantity = used_quantity - 1 WHERE used_quantity > 0 AND id = ?");
    tx.execute_exactly(1, "the coupon that counts a use less", sql.bind(coupon)).await
}

/// Stores new pieces and counts them on their coupons; the guard is that so many are left.
pub async fn write_claims(tx: &mut Tx, claims: &[PieceKey], now: Timestamp) -> Result<(), Fault> {
    if claims.is_empty() {
        return Ok(());
    }
    let rows = claims
        .iter()
        .map(|(user, coupon)| vec![(*user).into(), (*coupon).into(), UserCouponStatus::Issued.into(), now.into()])
        .collect();
    insert_rows(tx, "INSERT INTO user_coupons (user_id, coupon_id, status, claimed_at)", rows, "").await?;
    let mut counts: BTreeMap<CouponId, i64> = BTreeMap::new();
    for (_, coupon) in claims {
        *counts.entry(*coupon).or_default() += 1;
    }
    let sql = Sql::new("UPDATE coupons SET issued_quantity = issued_quantity + ")
        .case("id", counts.iter().map(|(coupon, count)| (*coupon, *count)))
        .then(" WHERE total_quantity - issued_quantity >= ")
        .case("id", counts.iter().map(|(coupon, count)| (*coupon, *count)))
        .then(" AND id IN ")
        .list(counts.keys().copied());
    tx.execute_exactly(counts.len(), "coupons that are issued", sql).await
}

pub async fn write_coupon(tx: &mut Tx, coupon: &NewCoupon) -> Result<CouponId, Fault> {
    let sql = Sql::new(
        "INSERT INTO coupons (code, name, name_en, type, discount_value, minimum_amount, total_quantity, starts_at, ends_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(coupon.code.as_str())
    .bind(coupon.name.as_str())
    .bind(coupon.name_en.as_str())
    .bind(coupon.discount.kind())
    .bind(coupon.discount.value())
    .bind(coupon.minimum_amount)
    .bind(coupon.total_quantity)
    .bind(coupon.starts_at)
    .bind(coupon.ends_at);
    tx.execute_exactly(1, "the new coupon", sql).await?;
    tx.last_inserted_id().await.map(CouponId::new)
}

/// Campaigns that have not ended before `since`, those that end first on top.
pub async fn list_coupons(db: &Db, since: Timestamp, page: &Page) -> Result<Slice<Coupon>, Error> {
    let mut sql = select_coupons("WHERE c.ends_at >= ?").bind(since);
    if let Some((ends_at, id)) = read_cursor(page)? {
        sql = sql.then(" AND (c.ends_at > ? OR (c.ends_at = ? AND c.id > ?))").bind(ends_at).bind(ends_at).bind(id);
    }
    sql = sql.then(" ORDER BY c.ends_at, c.id LIMIT ?").bind(page.limit.rows_and_one());
    let coupons = db.fetch_all(sql).await?.iter().map(coupon_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(coupons, page.limit, |coupon| format!("{}.{}", coupon.ends_at.millis(), coupon.id)))
}

fn read_cursor(page: &Page) -> Result<Option<(i64, i64)>, Error> {
    let Some(cursor) = &page.cursor else { return Ok(None) };
    let parts = cursor.split_once('.').and_then(|(first, second)| Some((first.parse().ok()?, second.parse().ok()?)));
    parts.map(Some).ok_or_else(|| Error::invalid("cursor", FieldProblem::Malformed))
}

const CLAIMED_COLUMNS: &str = "u.id AS piece_id, u.status, u.order_id, u.claimed_at, u.used_at";

/// A shopper's pieces, newest first.
pub async fn list_claimed(db: &Db, user: UserId, page: &Page, now: Timestamp) -> Result<Slice<ClaimedCoupon>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COUPON_COLUMNS}, {CLAIMED_COLUMNS} FROM user_coupons u JOIN coupons c ON c.id = u.coupon_id \
         WHERE u.user_id = ?"
    ))
    .bind(user);
    if let Some(cursor) = &page.cursor {
        let last: i64 = cursor.parse().map_err(|_| Error::invalid("cursor", FieldProblem::Malformed))?;
        sql = sql.then(" AND u.id < ?").bind(last);
    }
    sql = sql.then(" ORDER BY u.id DESC LIMIT ?").bind(page.limit.rows_and_one());
    let rows = db.fetch_all(sql).await?;
    let claimed =
        rows.iter().map(|row| Ok((row.int("piece_id")?, claimed_of(row, now)?))).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Slice::cut(claimed, page.limit, |(id, _)| id.to_string()).map(|(_, claimed)| claimed))
}

/// A shopper's pieces of these coupons.
pub async fn list_claimed_of(
    db: &Db,
    user: UserId,
    coupons: &[CouponId],
    now: Timestamp,
) -> Result<Vec<ClaimedCoupon>, Fault> {
    let sql = Sql::new(format!(
        "SELECT {COUPON_COLUMNS}, {CLAIMED_COLUMNS} FROM user_coupons u JOIN coupons c ON c.id = u.coupon_id \
         WHERE u.user_id = ? AND u.coupon_id IN "
    ))
    .bind(user)
    .list(coupons.iter().copied());
    db.fetch_all(sql).await?.iter().map(|row| claimed_of(row, now)).collect()
}

fn claimed_of(row: &Row, now: Timestamp) -> Result<ClaimedCoupon, Fault> {
    let coupon = coupon_of(row)?;
    let status = row.parsed("status", UserCouponStatus::from_text)?;
    Ok(ClaimedCoupon {
        state: UserCouponState::of(status, coupon.ends_at, now),
        coupon,
        claimed_at: row.time("claimed_at")?,
        used_at: row.maybe_time("used_at")?,
        order_id: row.maybe_id("order_id", OrderId::from_bytes)?,
    })
}
