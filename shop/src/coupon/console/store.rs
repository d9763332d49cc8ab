//! Campaigns in the database, for operators.

use super::model::{CampaignFigures, CampaignFilter, CampaignStanding, CampaignTerms};
use crate::coupon::store::{coupon_of, select_coupons};
use crate::coupon::{Coupon, CouponCode};
use crate::database::{Db, Sql, Tx, dialect};
use crate::error::{Error, Fault};
use crate::id::CouponId;
use crate::money::Won;
use crate::page::{Page, Slice};
use crate::product::store::escape_like;
use crate::time::Timestamp;
use std::time::Duration;

/// Campaigns as asked, newest first.
pub async fn list(db: &Db, filter: &CampaignFilter, now: Timestamp, page: &Page) -> Result<Slice<Coupon>, Error> {
    let last: Option<CouponId> = page.parsed_cursor()?;
    let mut sql = select_coupons("WHERE c.id < ?").bind(last.map_or(i64::MAX, CouponId::get));
    if let Some(standing) = filter.standing {
        sql = standing_at(sql, standing, now);
    }
    if let Some(text) = &filter.text {
        let pattern = format!("%{}%", escape_like(text));
        sql = sql.then(" AND (");
        for (index, column) in ["code", "name", "name_en"].iter().enumerate() {
            let contains = dialect::contains(db.engine(), &format!("c.{column}"));
            sql = sql.then(if index == 0 { "" } else { " OR " }).then(&contains).bind(pattern.as_str());
        }
        sql = sql.then(")");
    }
    let sql = sql.then(" ORDER BY c.id DESC LIMIT ?").bind(page.limit.rows_and_one());
    let coupons = db.fetch_all(sql).await?.iter().map(coupon_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(coupons, page.limit, |coupon| coupon.id.to_string()))
}

/// [`CampaignStanding::of`], said to the database.
fn standing_at(sql: Sql, standing: CampaignStanding, now: Timestamp) -> Sql {
    let sql =
        sql.then(if standing == CampaignStanding::Finished { " AND c.ends_at <= ?" } else { " AND c.ends_at > ?" });
    let sql = sql.bind(now);
    match standing {
        CampaignStanding::Finished => sql,
        CampaignStanding::Stopped => sql.then(" AND c.is_active = 0"),
        CampaignStanding::Upcoming => sql.then(" AND c.is_active = 1 AND c.starts_at > ?").bind(now),
        CampaignStanding::SoldOut => {
            sql.then(" AND c.is_active = 1 AND c.issued_quantity >= c.total_quantity AND c.starts_at <= ?").bind(now)
        }
        CampaignStanding::Running => {
            sql.then(" AND c.is_active = 1 AND c.issued_quantity < c.total_quantity AND c.starts_at <= ?").bind(now)
        }
    }
}

pub async fn lock(tx: &mut Tx, code: &CouponCode) -> Result<Option<Coupon>, Fault> {
    let sql = select_coupons("WHERE c.code = ? FOR UPDATE").bind(code.as_str());
    tx.fetch_optional(sql).await?.as_ref().map(coupon_of).transpose()
}

/// How a campaign goes. Three statements.
pub async fn read_figures(db: &Db, id: CouponId, now: Timestamp) -> Result<CampaignFigures, Fault> {
    let no_row = || Fault::Broken("a count without a row".to_owned());
    let held = Sql::new("SELECT COUNT(*) AS n FROM user_coupons WHERE coupon_id = ? AND status = 'HELD'").bind(id);
    let held = db.fetch_optional(held).await?.ok_or_else(no_row)?;
    let claims = Sql::new(
        "SELECT COUNT(*) AS in_a_minute, \
         CAST(COALESCE(SUM(CASE WHEN claimed_at > ? THEN 1 ELSE 0 END), 0) AS SIGNED INTEGER) AS in_ten_seconds \
         FROM user_coupons WHERE coupon_id = ? AND claimed_at > ?",
    )
    .bind(now.before(Duration::from_secs(10)))
    .bind(id)
    .bind(now.before(Duration::from_secs(60)));
    let claims = db.fetch_optional(claims).await?.ok_or_else(no_row)?;
    let sums = Sql::new(
        "SELECT CAST(COALESCE(SUM(o.discount_amount), 0) AS SIGNED INTEGER) AS given, \
         CAST(COALESCE(SUM(o.final_amount), 0) AS SIGNED INTEGER) AS paid \
         FROM user_coupons u JOIN orders o ON o.id = u.order_id WHERE u.coupon_id = ? AND u.status = 'USED'",
    )
    .bind(id);
    let sums = db.fetch_optional(sums).await?.ok_or_else(no_row)?;
    Ok(CampaignFigures {
        in_use: held.int("n")?,
        claims_in_ten_seconds: claims.int("in_ten_seconds")?,
        claims_in_a_minute: claims.int("in_a_minute")?,
        discount_given: Won::new(sums.int("given")?),
        paid_with_it: Won::new(sums.int("paid")?),
    })
}

pub async fn write_terms(tx: &mut Tx, id: CouponId, terms: &CampaignTerms) -> Result<(), Fault> {
    let sql = Sql::new(
        "UPDATE coupons SET name = ?, name_en = ?, type = ?, discount_value = ?, minimum_amount = ?, \
         total_quantity = ?, starts_at = ?, ends_at = ? WHERE issued_quantity <= ? AND id = ?",
    )
    .bind(terms.name.as_str())
    .bind(terms.name_en.as_str())
    .bind(terms.discount.kind())
    .bind(terms.discount.value())
    .bind(terms.minimum_amount)
    .bind(terms.total_quantity)
    .bind(terms.starts_at)
    .bind(terms.ends_at)
    .bind(terms.total_quantity)
    .bind(id);
    tx.execute_exactly(1, "the coupon that changes", sql).await
}

pub async fn write_is_active(tx: &mut Tx, id: CouponId, is_active: bool) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE coupons SET is_active = ? WHERE id = ?").bind(is_active).bind(id);
    tx.execute_exactly(1, "the coupon that is stopped or started", sql).await
}
