//! What callers ask of coupons. A claim passes the gate (a counter, at once, across all instances) and then
//! the desk, where the database decides; only a stored piece is ever answered as claimed.

use super::model::{ClaimedCoupon, Coupon, CouponCode, CouponOffer, Discount, NewCoupon, UserCouponState};
use super::rules::decide_claim;
use super::store;
use crate::error::{CouponReason, Error, Fault, FieldProblem, Refusal, caught};
use crate::failpoints::{Point, reach};
use crate::id::{CouponId, UserId};
use crate::limits;
use crate::order::checkout::PieceKey;
use crate::page::{Page, Slice};
use crate::ports::CouponAnswer;
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::watch;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tracing::Instrument;

/// Finished campaigns stay listed this long.
const FINISHED_SHOWN: Duration = Duration::from_secs(14 * 24 * 3600);

/// The longest name of a campaign, in characters.
const MOST_NAME: usize = 200;

/// Campaigns that come, run or ended lately, and what the viewer holds of them.
pub async fn list_offers(shop: &Shop, user: Option<UserId>, page: &Page) -> Result<Slice<CouponOffer>, Error> {
    let now = shop.now();
    let coupons = store::list_coupons(shop.db(), now.before(FINISHED_SHOWN), page).await?;
    let mut mine: HashMap<CouponId, UserCouponState> = HashMap::new();
    if let Some(user) = user {
        let ids: Vec<CouponId> = coupons.items.iter().map(|coupon| coupon.id).collect();
        for claimed in store::list_claimed_of(shop.db(), user, &ids, now).await? {
            mine.insert(claimed.coupon.id, claimed.state);
        }
    }
    Ok(coupons.map(|coupon| CouponOffer { state: coupon.state(now), mine: mine.get(&coupon.id).copied(), coupon }))
}

/// The user's pieces, newest first.
pub async fn list_claimed(shop: &Shop, user: UserId, page: &Page) -> Result<Slice<ClaimedCoupon>, Error> {
    store::list_claimed(shop.db(), user, page, shop.now()).await
}

/// One claim on its way to the desk.
#[derive(Clone, Copy, Debug)]
pub struct ClaimJob {
    user_id: UserId,
    coupon_id: CouponId,
}

/// Claims a piece for this user, first come, first served.
///
/// # Errors
/// `Blocked`, `RateLimited`, `Busy`, or `Refused` with the coupon's codes.
pub async fn claim_coupon(shop: &Shop, user: UserId, code: &CouponCode) -> Result<ClaimedCoupon, Error> {
    limits::check_block(shop, user).await?;
    limits::take_claim(shop, user).await?;
    let (own, code) = (shop.clone(), code.clone());
    // In a task of its own: a client who hangs up must not leave a piece taken at the gate and never stored.
    let claim = tokio::spawn(async move { claim_limited(&own, user, &code).await }.in_current_span());
    let claimed = claim.await.unwrap_or_else(|error| Err(Fault::Broken(format!("a claim's task: {error}")).into()));
    watch::claim_answered(&claimed);
    match &claimed {
        Ok(_) => limits::count_success(shop, user).await,
        Err(Error::Refused { .. }) => limits::count_refusal(shop, user).await,
        Err(_) => {}
    }
    claimed
}

async fn claim_limited(shop: &Shop, user: UserId, code: &CouponCode) -> Result<ClaimedCoupon, Error> {
    let now = shop.now();
    let coupon = store::find_coupon(shop.db(), code).await?;
    let held = match &coupon {
        Some(coupon) => store::list_claimed_of(shop.db(), user, &[coupon.id], now).await?,
        None => Vec::new(),
    };
    let remaining = coupon.as_ref().map_or(0, Coupon::remaining);
    decide_claim(coupon.as_ref(), remaining, !held.is_empty(), now).map_err(Error::refused)?;
    let unknown = || Error::refused(Refusal::CouponNotApplicable { reason: CouponReason::Unknown });
    let coupon = coupon.ok_or_else(unknown)?;
    let is_taken_now = pass_gate(shop, user, &coupon).await?;
    let claimed = store_claim(shop, ClaimJob { user_id: user, coupon_id: coupon.id }).await;
    if claimed.is_err() && is_taken_now {
        // The piece was not stored, so it is free for the next. A fault may have stored it all the same:
        // then the count is made anew from the database.
        let gate = &shop.ports().gate;
        let put_back = match &claimed {
            // Another request of theirs stored the piece meanwhile, so it counts.
            Err(Error::Refused { refusal: Refusal::CouponAlreadyClaimed, .. }) => Ok(()),
            Err(Error::Refused { .. } | Error::Busy) => gate.return_coupon(code.as_str(), user).await,
            _ => gate.forget_coupon(code.as_str()).await,
        };
        if let Err(fault) = put_back {
            tracing::error!(%fault, coupon = %code, "a coupon's count could not be put right");
        }
    }
    claimed
}

async fn store_claim(shop: &Shop, job: ClaimJob) -> Result<ClaimedCoupon, Error> {
    // A panic too must be heard of here: the gate has given a piece that was not stored.
    caught(async {
        reach(Point::ClaimGate).await?;
        shop.desks()?.claim.submit(job).await
    })
    .await
}

/// Takes a piece at the gate; tells the gate what the database has issued when it does not know. `false` when it was
/// not taken now: this shopper took one before, and whoever was to store it is still at it, or died over it.
async fn pass_gate(shop: &Shop, user: UserId, coupon: &Coupon) -> Result<bool, Error> {
    let gate = &shop.ports().gate;
    let code = coupon.code.as_str();
    let mut answer = gate.take_coupon(code, user, coupon.total_quantity).await?;
    if answer == CouponAnswer::Unknown {
        gate.set_issued(code, coupon.issued_quantity).await?;
        answer = gate.take_coupon(code, user, coupon.total_quantity).await?;
    }
    match answer {
        // Forgotten twice within a moment: the database decides alone.
        CouponAnswer::Taken | CouponAnswer::Unknown => Ok(true),
        CouponAnswer::SoldOut => Err(Error::refused(Refusal::CouponSoldOut)),
        // There was no piece of theirs a moment ago, so only the database can say whether there is one.
        CouponAnswer::TakenBefore => Ok(false),
    }
}

/// Stores many claims in one transaction: pieces and coupons locked, decided in arrival order, written.
/// Four statements and what a large batch's inserts add.
pub async fn claim_all(shop: &Shop, jobs: &[ClaimJob]) -> Result<Vec<Result<ClaimedCoupon, Error>>, Error> {
    let now = shop.now();
    reach(Point::ClaimBegin).await?;
    let mut tx = shop.db().begin().await?;
    let keys: BTreeSet<PieceKey> = jobs.iter().map(|job| (job.user_id, job.coupon_id)).collect();
    let ids: BTreeSet<CouponId> = jobs.iter().map(|job| job.coupon_id).collect();
    let held = store::read_pieces(&mut tx, &keys.into_iter().collect::<Vec<_>>(), true).await?;
    let mut held: BTreeSet<PieceKey> = held.into_keys().collect();
    let mut coupons = store::lock_coupons(&mut tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let mut answers = Vec::with_capacity(jobs.len());
    let mut claims = Vec::new();
    for job in jobs {
        let key = (job.user_id, job.coupon_id);
        let coupon = coupons.get_mut(&job.coupon_id);
        let remaining = coupon.as_ref().map_or(0, |coupon| coupon.remaining());
        let decided = decide_claim(coupon.as_deref(), remaining, held.contains(&key), now);
        answers.push(match (decided, coupon) {
            (Ok(()), Some(coupon)) => {
                held.insert(key);
                claims.push(key);
                coupon.issued_quantity += 1;
                Ok(claimed_now(coupon.clone(), now))
            }
            (Ok(()), None) => Err(Error::NotFound),
            (Err(refusal), _) => Err(Error::refused(refusal)),
        });
    }
    store::write_claims(&mut tx, &claims, now).await?;
    reach(Point::ClaimCommit).await?;
    tx.commit().await?;
    reach(Point::ClaimCommitted).await?;
    Ok(answers)
}

fn claimed_now(coupon: Coupon, now: Timestamp) -> ClaimedCoupon {
    ClaimedCoupon { coupon, state: UserCouponState::Issued, claimed_at: now, used_at: None, order_id: None }
}

/// Makes a campaign.
///
/// # Errors
/// `Invalid` on `name`, `name_en`, `discount_value`, `total_quantity`, `minimum_amount` or `ends_at`, and on
/// `code` when it is taken.
pub async fn create_coupon(shop: &Shop, new: NewCoupon) -> Result<CouponId, Error> {
    for (field, name) in [("name", &new.name), ("name_en", &new.name_en)] {
        if name.chars().count() > MOST_NAME {
            let most = i64::try_from(MOST_NAME).unwrap_or(i64::MAX);
            return Err(Error::invalid(field, FieldProblem::TooLong { most }));
        }
    }
    if Discount::from_parts(new.discount.kind(), new.discount.value()).is_none() {
        return Err(Error::invalid("discount_value", FieldProblem::Malformed));
    }
    if new.total_quantity < 1 {
        return Err(Error::invalid("total_quantity", FieldProblem::TooSmall { least: 1 }));
    }
    if new.minimum_amount.get() < 0 {
        return Err(Error::invalid("minimum_amount", FieldProblem::TooSmall { least: 0 }));
    }
    if new.ends_at <= new.starts_at {
        return Err(Error::invalid("ends_at", FieldProblem::Mismatch));
    }
    if store::find_coupon(shop.db(), &new.code).await?.is_some() {
        return Err(Error::invalid("code", FieldProblem::Mismatch));
    }
    let mut tx = shop.db().begin().await?;
    let id = store::write_coupon(&mut tx, &new).await?;
    tx.commit().await?;
    Ok(id)
}
