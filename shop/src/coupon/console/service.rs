//! What operators ask of campaigns. Each change locks the coupon's row, which the desk of claims locks too and reads
//! again: after a stop has committed no instance stores another piece, whatever its gate still counts. A piece that the
//! gate gave to a claim which then finds the coupon stopped goes back to the gate.

use super::model::{Campaign, CampaignFilter, CampaignStanding, CampaignTerms};
use super::rules::{find_change_problems, find_terms_problems};
use super::store;
use crate::coupon::store as coupons;
use crate::coupon::{Coupon, CouponCode, NewCoupon};
use crate::database::{Tx, is_duplicate, retried};
use crate::error::{Error, FieldError, FieldProblem};
use crate::id::CouponId;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::page::{Page, Slice};
use crate::product::service::MOST_SEARCH;
use crate::shop::Shop;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Campaigns as asked, newest first, and where each stands.
///
/// # Errors
/// `Forbidden`; `Invalid` on `q` and `cursor`.
pub async fn list_campaigns(
    shop: &Shop,
    operator: &Operator,
    filter: &CampaignFilter,
    page: &Page,
) -> Result<Slice<(Coupon, CampaignStanding)>, Error> {
    operator.must(Permission::SeeConsole)?;
    let text = filter.text.as_deref().unwrap_or_default();
    if text.chars().count() > MOST_SEARCH {
        let most = i64::try_from(MOST_SEARCH).unwrap_or(i64::MAX);
        return Err(Error::invalid("q", FieldProblem::TooLong { most }));
    }
    if text.contains('\0') {
        // No name holds one, and SQLite would take a pattern to end there.
        return Ok(Slice { items: Vec::new(), next_cursor: None });
    }
    let now = shop.now();
    let found = store::list(shop.db(), filter, now, page).await?;
    Ok(found.map(|coupon| (coupon.clone(), CampaignStanding::of(&coupon, now))))
}

/// A campaign and how it goes.
///
/// # Errors
/// `Forbidden`.
pub async fn find_campaign(shop: &Shop, operator: &Operator, code: &CouponCode) -> Result<Option<Campaign>, Error> {
    operator.must(Permission::SeeConsole)?;
    let Some(coupon) = coupons::find_coupon(shop.db(), code).await? else { return Ok(None) };
    let now = shop.now();
    let figures = store::read_figures(shop.db(), coupon.id, now).await?;
    let (standing, seen) = (CampaignStanding::of(&coupon, now), digest_of(&coupon));
    Ok(Some(Campaign { coupon, standing, seen, figures }))
}

/// Stands for a campaign's terms: whoever edits others than they saw is told so.
fn digest_of(coupon: &Coupon) -> String {
    let text = Value::from(facts_of(&CampaignTerms::of(coupon))).to_string();
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn facts_of(terms: &CampaignTerms) -> Map<String, Value> {
    let facts = [
        ("name", json!(terms.name)),
        ("name_en", json!(terms.name_en)),
        ("discount", json!(format!("{} {}", terms.discount.kind(), terms.discount.value()))),
        ("minimum_amount", json!(terms.minimum_amount)),
        ("total_quantity", json!(terms.total_quantity)),
        ("starts_at", json!(terms.starts_at.rfc3339())),
        ("ends_at", json!(terms.ends_at.rfc3339())),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Plans a campaign.
///
/// # Errors
/// `Forbidden`; `Invalid` on what is wrong with the terms, and on `code` when it is taken.
pub async fn create_campaign(
    shop: &Shop,
    by: &Operator,
    code: CouponCode,
    terms: CampaignTerms,
) -> Result<CouponId, Error> {
    by.must(Permission::EditCoupons)?;
    let now = shop.now();
    let mut problems = find_terms_problems(&terms);
    if terms.ends_at <= now && problems.is_empty() {
        problems.push(FieldError::new("ends_at", FieldProblem::Mismatch));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let facts = facts_of(&terms);
    let new = NewCoupon {
        code,
        name: terms.name,
        name_en: terms.name_en,
        discount: terms.discount,
        minimum_amount: terms.minimum_amount,
        total_quantity: terms.total_quantity,
        starts_at: terms.starts_at,
        ends_at: terms.ends_at,
    };
    let mut tx = shop.db().begin().await?;
    let id = match coupons::write_coupon(&mut tx, &new).await {
        Ok(id) => id,
        Err(fault) if is_duplicate(&fault) => return Err(Error::invalid("code", FieldProblem::Mismatch)),
        Err(fault) => return Err(fault.into()),
    };
    let entry = Entry { after: Some(facts.into()), ..Entry::new(Act::CouponMade, subject(&new.code)) };
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(id)
}

fn subject(code: &CouponCode) -> Subject {
    Subject::Coupon(code.clone())
}

async fn lock_coupon(shop: &Shop, code: &CouponCode) -> Result<(Tx, Coupon), Error> {
    let mut tx = shop.db().begin().await?;
    let coupon = store::lock(&mut tx, code).await?.ok_or(Error::NotFound)?;
    Ok((tx, coupon))
}

/// Changes a campaign's terms, as far as what shoppers hold allows. `seen` is of the [`Campaign`] that the operator
/// looked at.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Invalid` on what is wrong or settled by then; `ChangedMeanwhile`.
pub async fn edit_campaign(
    shop: &Shop,
    by: &Operator,
    code: &CouponCode,
    terms: &CampaignTerms,
    seen: &str,
) -> Result<(), Error> {
    by.must(Permission::EditCoupons)?;
    let problems = find_terms_problems(terms);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    retried(|| async {
        let (mut tx, coupon) = lock_coupon(shop, code).await?;
        let present = CampaignTerms::of(&coupon);
        if present == *terms {
            return Ok(());
        }
        if digest_of(&coupon) != seen {
            return Err(Error::ChangedMeanwhile);
        }
        let problems = find_change_problems(&coupon, terms);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        store::write_terms(&mut tx, coupon.id, terms).await?;
        let (before, after) = difference(&present, terms);
        let entry = Entry::new(Act::CouponEdited, subject(code)).changing(before.into(), after.into());
        audit::write(&mut tx, by, &[entry], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// What differs between two states, before and after.
fn difference(before: &CampaignTerms, after: &CampaignTerms) -> (Map<String, Value>, Map<String, Value>) {
    let (before, after) = (facts_of(before), facts_of(after));
    let changed = |name: &String| before.get(name) != after.get(name);
    let only = |facts: &Map<String, Value>| -> Map<String, Value> {
        facts.iter().filter(|(name, _)| changed(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    (only(&before), only(&after))
}

/// Stops a campaign or starts it again. Stopped: nobody claims a piece and no new order takes one, at once and on every
/// instance; pieces stay with who holds them, and an order that holds one already comes through. Started again: all is as
/// before.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn set_running(shop: &Shop, by: &Operator, code: &CouponCode, wanted: bool) -> Result<(), Error> {
    by.must(Permission::EditCoupons)?;
    retried(|| async {
        let (mut tx, coupon) = lock_coupon(shop, code).await?;
        if coupon.is_active == wanted {
            return Ok(());
        }
        store::write_is_active(&mut tx, coupon.id, wanted).await?;
        let act = if wanted { Act::CouponStarted } else { Act::CouponStopped };
        let fact = |is: bool| json!({ "running": is, "issued": coupon.issued_quantity });
        let entry = Entry::new(act, subject(code)).changing(fact(!wanted), fact(wanted));
        audit::write(&mut tx, by, &[entry], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}
