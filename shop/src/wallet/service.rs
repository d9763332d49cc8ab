//! What callers ask of wallets. Charges of many shoppers are written in one transaction, through a desk.

use super::model::{Charge, Posting, PostingType, Wallet};
use super::rules::{WALLET_LIMIT, WalletSnapshot, check_charge_amount, decide_charge};
use super::store::{self, NewPosting};
use crate::error::{Error, Fault, Refusal};
use crate::failpoints::{Point, reach};
use crate::guards::{self, Guard};
use crate::id::{PostingId, UserId};
use crate::money::Won;
use crate::order::store as requests;
use crate::page::{Page, Slice};
use crate::refund::store as refunds;
use crate::request::{Request, RequestKey, Scope};
use crate::shop::Shop;
use crate::watch;
use std::collections::{BTreeSet, HashMap};

pub async fn find_wallet(shop: &Shop, user: UserId) -> Result<Wallet, Error> {
    let balance = store::find_balance(shop.db(), user).await?.ok_or(Error::NotFound)?;
    let owed = refunds::find_owed(shop.db(), user).await?;
    Ok(Wallet { balance, limit: WALLET_LIMIT, owed })
}

/// The user's ledger, newest first.
pub async fn list_postings(shop: &Shop, user: UserId, page: &Page) -> Result<Slice<Posting>, Error> {
    store::list_postings(shop.db(), user, page, shop.now()).await
}

/// One charge on its way to the desk.
#[derive(Clone, Debug)]
pub struct ChargeJob {
    request: Request,
    amount: Won,
}

/// Credits a wallet at once: there is no payment gateway (SPEC reading 12). The same request is answered
/// again and credited once.
///
/// # Errors
/// `Forbidden` while charges are closed, `Invalid` on `amount`, `Refused` past the limit, and those of
/// request ids.
pub async fn charge_wallet(shop: &Shop, user: UserId, amount: Won, key: RequestKey) -> Result<Charge, Error> {
    if !shop.settings().charges_open {
        return Err(Error::Forbidden);
    }
    let amount = check_charge_amount(amount)?;
    let request = Request::new(user, Scope::Charge, key, &amount.get().to_string());
    let _running = shop.running().enter(shop, &request)?;
    let charge = shop.desks()?.charge.submit(ChargeJob { request, amount }).await;
    watch::charge_answered(&charge);
    charge
}

/// Charges many wallets in one transaction: ids claimed, wallets locked, decided in arrival order, written.
/// At most eight statements and what a large batch's inserts add.
pub async fn charge_all(shop: &Shop, jobs: &[ChargeJob]) -> Result<Vec<Result<Charge, Error>>, Error> {
    let now = shop.now();
    reach(Point::ChargeBegin).await?;
    let mut tx = shop.db().begin().await?;
    let asked: Vec<Request> = jobs.iter().map(|job| job.request.clone()).collect();
    let mut seen = HashMap::new();
    for row in requests::lock_requests(&mut tx, &asked).await? {
        seen.insert((row.user_id, row.key.clone()), row);
    }
    let users: BTreeSet<UserId> = asked.iter().map(|request| request.user_id).collect();
    let users: Vec<UserId> = users.into_iter().collect();
    // The wallets are locked before the ids are claimed here, because a refusal is stored with its claim.
    // Nothing else that claims ids of charges waits for wallets, so no circle can close.
    let mut balances = store::lock_wallets(&mut tx, &users).await?;
    let unfinished = requests::sum_unfinished(&mut tx, &users).await?;
    let owed = if guards::is_on(Guard::OwedRoom) { refunds::sum_owed(&mut tx, &users).await? } else { HashMap::new() };

    let mut answers = Vec::with_capacity(jobs.len());
    let mut claims = Vec::new();
    let mut claimed = BTreeSet::new();
    let mut postings = Vec::new();
    for job in jobs {
        let request = &job.request;
        if let Some(row) = seen.get(&(request.user_id, request.key.as_str().as_bytes().to_vec())) {
            answers.push(Answer::Seen(row.clone()));
            continue;
        }
        if !claimed.insert(request.claim()) {
            answers.push(Answer::Now(Err(Error::RequestInProgress)));
            continue;
        }
        let id = shop.mint_posting_id();
        let Some(balance) = balances.get_mut(&request.user_id) else {
            return Err(Fault::Broken(format!("user {} has no wallet", request.user_id)).into());
        };
        let wallet = WalletSnapshot {
            balance: *balance,
            unfinished: unfinished.get(&request.user_id).copied().unwrap_or(Won::ZERO),
            owed: owed.get(&request.user_id).copied().unwrap_or(Won::ZERO),
        };
        match decide_charge(wallet, job.amount) {
            Ok(after) => {
                *balance = after;
                claims.push((request, id.bytes(), None));
                postings.push(new_charge(id, job, after));
                answers.push(Answer::Now(Ok(Charge { transaction_id: id, amount: job.amount, balance: after })));
            }
            Err(refusal) => {
                claims.push((request, id.bytes(), Some(requests::refusal_text(&refusal)?)));
                answers.push(Answer::Now(Err(Error::refused(refusal))));
            }
        }
    }
    requests::write_requests(&mut tx, &claims, now).await?;
    store::write_postings(&mut tx, &postings, now).await?;
    reach(Point::ChargeCommit).await?;
    tx.commit().await?;
    reach(Point::ChargeCommitted).await?;

    let mut said = Vec::with_capacity(answers.len());
    for (answer, job) in answers.into_iter().zip(jobs) {
        said.push(match answer {
            Answer::Now(answer) => answer,
            Answer::Seen(row) => replay(shop, job, row).await,
        });
    }
    Ok(said)
}

enum Answer {
    Now(Result<Charge, Error>),
    Seen(requests::RequestRow),
}

fn new_charge(id: PostingId, job: &ChargeJob, balance_after: Won) -> NewPosting {
    NewPosting {
        id,
        user_id: job.request.user_id,
        kind: PostingType::Charge,
        amount: job.amount,
        balance_after,
        order_id: None,
    }
}

async fn replay(shop: &Shop, job: &ChargeJob, row: requests::RequestRow) -> Result<Charge, Error> {
    if row.body_hash != job.request.body_hash {
        return Err(Error::RequestReused);
    }
    if let Some(refusal @ Refusal::BalanceLimitExceeded { .. }) = row.refusal {
        return Err(Error::refused(refusal));
    }
    let broken = || Fault::Broken("a stored charge names no posting".to_owned());
    let id = PostingId::from_bytes(&row.subject_id).ok_or_else(broken)?;
    let posting = store::find_posting(shop.db(), id).await?.ok_or_else(broken)?;
    Ok(Charge { transaction_id: id, amount: posting.amount, balance: posting.balance_after })
}
