//! Adjusting wallets. Each is one transaction: lock, decide, write, commit. Locks are the operator's own row (so that
//! what they adjust alone is summed up one after another, whichever tab asks, and a role taken away meanwhile counts),
//! the request id, the wallet, and the account of its owner, who may be kept out meanwhile.

use super::model::{Adjustment, AdjustmentState};
use super::rules::{
    AdjustedBefore, AdjustmentPlan, OwnerSnapshot, ProposalSnapshot, SUMMED_OVER, check_adjustment_amount,
    decide_adjustment, decide_approval, decide_decline,
};
use super::store;
use crate::database::{Tx, retried};
use crate::error::{Error, Fault};
use crate::id::{AdjustmentId, PostingId, UserId};
use crate::money::Won;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::service::check_reason;
use crate::operator::store::lock_role;
use crate::operator::{Operator, Permission};
use crate::order::store::{self as orders, RequestRow};
use crate::page::{Page, Slice};
use crate::refund::store as refunds;
use crate::request::{Request, RequestKey, Scope};
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::user::store as users;
use crate::wallet::PostingType;
use crate::wallet::rules::WalletSnapshot;
use crate::wallet::store::{self as wallets, NewPosting};
use serde_json::json;

/// An adjustment as an operator asks for it, once for each key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustmentRequest {
    pub key: RequestKey,
    /// Signed: what is taken away is negative.
    pub amount: Won,
    pub reason: String,
}

/// Adjusts a wallet, or proposes to when that takes a second operator: the state says which. The same request again is
/// answered with what it made. A refusal leaves nothing behind, so the same key may ask again.
///
/// # Errors
/// `Forbidden`, `NotFound`, `AdjustmentRefused`, `Invalid` on `amount` or `reason`, and those of request ids.
pub async fn adjust_wallet(
    shop: &Shop,
    by: &Operator,
    user: UserId,
    request: &AdjustmentRequest,
) -> Result<Adjustment, Error> {
    by.must(Permission::AdjustWallets)?;
    let (amount, reason) = (check_adjustment_amount(request.amount)?, check_reason(&request.reason)?);
    let body = format!("{user};{};{reason}", amount.get());
    let asked = Request::new(by.id(), Scope::Adjustment, request.key.clone(), &body);
    let _running = shop.running().enter(shop, &asked)?;
    let id = match retried(|| adjust_once(shop, by, user, amount, reason, &asked)).await? {
        Done::New(made) => {
            tracing::info!(adjustment = %made.id, %user, operator = %by.id(), amount = amount.get(), state = made.state.as_str(), "a wallet is adjusted");
            return Ok(made);
        }
        Done::Before(row) if row.body_hash != asked.body_hash => return Err(Error::RequestReused),
        Done::Before(row) => AdjustmentId::from_bytes(&row.subject_id),
    };
    let lost = || Fault::Broken("a stored request names no adjustment".to_owned());
    Ok(store::find_adjustment(shop.db(), id.ok_or_else(lost)?).await?.ok_or_else(lost)?)
}

enum Done {
    New(Adjustment),
    /// The request id was claimed before; this is what for.
    Before(RequestRow),
}

async fn adjust_once(
    shop: &Shop,
    by: &Operator,
    user: UserId,
    amount: Won,
    reason: &str,
    asked: &Request,
) -> Result<Done, Error> {
    let mut tx = shop.db().begin().await?;
    lock_operator(&mut tx, by).await?;
    if let Some(row) = orders::lock_requests(&mut tx, std::slice::from_ref(asked)).await?.pop() {
        return Ok(Done::Before(row));
    }
    let id = shop.mint_adjustment_id();
    orders::write_requests(&mut tx, &[(asked, id.bytes(), None)], shop.now()).await?;
    let owner = lock_owner(&mut tx, user).await?.ok_or(Error::NotFound)?;
    // Now that it has its rows.
    let now = shop.now();
    let since = now.before(SUMMED_OVER);
    let before = AdjustedBefore {
        of_owner: store::sum_of_owner(&mut tx, user, since).await?,
        by_operator: store::sum_by_operator(&mut tx, by.id(), since).await?,
    };
    let plan = decide_adjustment(&owner, before, by.id(), amount, shop.settings().adjustment_limit);
    let proposed = Adjustment {
        id,
        user_id: user,
        operator_id: Some(by.id()),
        amount,
        reason: reason.to_owned(),
        state: AdjustmentState::Proposed,
        created_at: now,
        decided_by: None,
        decided_at: None,
        posting_id: None,
    };
    let (made, entry) = match plan.map_err(Error::AdjustmentRefused)? {
        AdjustmentPlan::Apply { balance_after } => {
            let posting = write_posting(shop, &mut tx, &proposed, balance_after, now).await?;
            let made = applied(proposed, None, posting, now);
            let entry = entry_of(Act::BalanceAdjusted, &made, owner.wallet.balance, Some(balance_after));
            (made, entry)
        }
        AdjustmentPlan::Propose => {
            let entry = entry_of(Act::AdjustmentProposed, &proposed, owner.wallet.balance, None);
            (proposed, entry)
        }
    };
    store::write_adjustments(&mut tx, std::slice::from_ref(&made)).await?;
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(Done::New(made))
}

/// The operator's row, under lock: whoever was given a smaller role meanwhile may no longer.
async fn lock_operator(tx: &mut Tx, by: &Operator) -> Result<(), Error> {
    let role = lock_role(tx, by.id()).await?;
    let is_still = role.is_some_and(|role| role.may(Permission::AdjustWallets));
    if is_still { Ok(()) } else { Err(Error::Forbidden) }
}

/// A wallet and its owner, under lock; `None` when there is no such account.
async fn lock_owner(tx: &mut Tx, user: UserId) -> Result<Option<OwnerSnapshot>, Error> {
    let Some(balance) = wallets::lock_wallets(tx, &[user]).await?.get(&user).copied() else { return Ok(None) };
    let Some(standing) = users::lock_standing(tx, user).await? else { return Ok(None) };
    let wallet = WalletSnapshot {
        balance,
        unfinished: orders::sum_unfinished(tx, &[user]).await?.get(&user).copied().unwrap_or(Won::ZERO),
        owed: refunds::sum_owed(tx, &[user]).await?.get(&user).copied().unwrap_or(Won::ZERO),
    };
    let (is_closed, is_frozen) = (standing.closed_at.is_some(), standing.frozen_at.is_some());
    Ok(Some(OwnerSnapshot { user_id: user, wallet, is_closed, is_frozen }))
}

async fn write_posting(
    shop: &Shop,
    tx: &mut Tx,
    adjustment: &Adjustment,
    balance_after: Won,
    now: Timestamp,
) -> Result<PostingId, Error> {
    let id = shop.mint_posting_id();
    let posting = NewPosting {
        id,
        user_id: adjustment.user_id,
        kind: PostingType::Adjustment,
        amount: adjustment.amount,
        balance_after,
        order_id: None,
    };
    wallets::write_postings(tx, &[posting], now).await?;
    Ok(id)
}

fn applied(adjustment: Adjustment, by: Option<UserId>, posting: PostingId, now: Timestamp) -> Adjustment {
    let (state, decided_at, posting_id) = (AdjustmentState::Applied, Some(now), Some(posting));
    Adjustment { state, decided_by: by, decided_at, posting_id, ..adjustment }
}

fn entry_of(act: Act, adjustment: &Adjustment, balance: Won, after: Option<Won>) -> Entry {
    let facts = json!({
        "balance": after.unwrap_or(balance),
        "amount": adjustment.amount,
        "adjustment": adjustment.id,
        "state": adjustment.state.as_str(),
    });
    let entry = Entry::new(act, Subject::User(adjustment.user_id)).because(&adjustment.reason);
    entry.changing(json!({ "balance": balance }), facts)
}

/// Approves another operator's proposal. Who approved it before is answered with what came of it.
///
/// # Errors
/// `Forbidden`, `NotFound`, `AdjustmentRefused`.
pub async fn approve_adjustment(shop: &Shop, by: &Operator, id: AdjustmentId) -> Result<Adjustment, Error> {
    decide(shop, by, id, AdjustmentState::Applied).await
}

/// Declines a proposal; who made it takes it back.
///
/// # Errors
/// `Forbidden`, `NotFound`, `AdjustmentRefused`.
pub async fn decline_adjustment(shop: &Shop, by: &Operator, id: AdjustmentId) -> Result<Adjustment, Error> {
    decide(shop, by, id, AdjustmentState::Declined).await
}

async fn decide(shop: &Shop, by: &Operator, id: AdjustmentId, wanted: AdjustmentState) -> Result<Adjustment, Error> {
    by.must(Permission::AdjustWallets)?;
    let decided = retried(|| decide_once(shop, by, id, wanted)).await?;
    tracing::info!(adjustment = %id, operator = %by.id(), state = wanted.as_str(), "a proposal was decided");
    Ok(decided)
}

async fn decide_once(
    shop: &Shop,
    by: &Operator,
    id: AdjustmentId,
    wanted: AdjustmentState,
) -> Result<Adjustment, Error> {
    // Whose wallet it is never changes; everything else is read under its lock.
    let user = store::find_adjustment(shop.db(), id).await?.ok_or(Error::NotFound)?.user_id;
    let mut tx = shop.db().begin().await?;
    lock_operator(&mut tx, by).await?;
    let owner = lock_owner(&mut tx, user).await?.ok_or(Error::NotFound)?;
    let found = store::read_adjustment(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if found.state == wanted && found.decided_by == Some(by.id()) {
        return Ok(found);
    }
    let now = shop.now();
    let proposal = ProposalSnapshot {
        state: found.state,
        proposed_by: found.operator_id,
        created_at: found.created_at,
        amount: found.amount,
    };
    let (decided, entry) = if wanted == AdjustmentState::Applied {
        let after = decide_approval(&proposal, &owner, by.id(), now).map_err(Error::AdjustmentRefused)?;
        let posting = write_posting(shop, &mut tx, &found, after, now).await?;
        let decided = applied(found, Some(by.id()), posting, now);
        let entry = entry_of(Act::AdjustmentApproved, &decided, owner.wallet.balance, Some(after));
        (decided, entry)
    } else {
        decide_decline(&proposal, now).map_err(Error::AdjustmentRefused)?;
        let decided = Adjustment { state: wanted, decided_by: Some(by.id()), decided_at: Some(now), ..found };
        let entry = entry_of(Act::AdjustmentDeclined, &decided, owner.wallet.balance, None);
        (decided, entry)
    };
    store::write_decision(&mut tx, &decided).await?;
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(decided)
}

/// Proposals that wait for a second operator, newest first.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn list_proposals(shop: &Shop, by: &Operator, page: &Page) -> Result<Slice<Adjustment>, Error> {
    by.must(Permission::AdjustWallets)?;
    store::list_waiting(shop.db(), page, shop.now()).await
}
