//! Closing an account: the person goes, what the books need stays. Orders, ledger and coupons keep their
//! account, which has no name, address or password any more; the wallet keeps its balance, which nobody can
//! spend, so that the ledger still adds up, and refunds that wait for room in it wait for good.

use super::service::{check_own_password, email_key};
use super::store;
use crate::error::{Error, FieldError, FieldProblem};
use crate::id::UserId;
use crate::mail::store as mail;
use crate::money::Won;
use crate::operator::service::keep_an_owner;
use crate::order::store as orders;
use crate::refund::store as refunds;
use crate::shop::Shop;
use crate::wallet::store as wallets;

/// What the owner of an account says when closing it.
#[derive(Clone)]
pub struct CloseRequest {
    pub password: String,
    /// What the owner saw that they would lose and gives up, when there was something and they ticked it.
    pub forfeited: Option<Won>,
}

/// What stands in the way, and what would be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseOutlook {
    pub unfinished: i64,
    pub balance: Won,
    /// Refunds that wait for room in the wallet: nobody gets them once it is closed.
    pub owed: Won,
}

impl CloseOutlook {
    /// All that its owner would give up.
    pub fn lost(&self) -> Won {
        self.balance.plus(self.owed).expect("a wallet and what is owed to it fit 64 bits")
    }
}

/// What closing this account would mean now.
pub async fn find_close_outlook(shop: &Shop, id: UserId) -> Result<CloseOutlook, Error> {
    let mut tx = shop.db().begin().await?;
    look(&mut tx, id).await
}

/// Under the wallet's lock, which every payment and charge takes too.
async fn look(tx: &mut crate::database::Tx, id: UserId) -> Result<CloseOutlook, Error> {
    let balance = wallets::lock_wallets(tx, &[id]).await?.get(&id).copied().ok_or(Error::NotFound)?;
    let unfinished = orders::count_unfinished(tx, id).await?;
    let owed = refunds::sum_owed(tx, &[id]).await?.get(&id).copied().unwrap_or(Won::ZERO);
    Ok(CloseOutlook { unfinished, balance, owed })
}

/// Closes the account for good. Its address is free for somebody new at once.
///
/// # Errors
/// `Invalid` on `password`, or on `forfeited` when something remains that the owner has not given up
/// (`Required`) or that is not what they saw (`Mismatch`); `Blocked` after too many wrong passwords;
/// `OrdersUnfinished`; `LastOwner`; `NotFound`.
pub async fn close_account(shop: &Shop, id: UserId, request: &CloseRequest) -> Result<(), Error> {
    let row = store::find_user(shop.db(), id).await?.ok_or(Error::NotFound)?;
    let key = email_key(&row.user.email);
    check_own_password(shop, row, &request.password, "password").await?;
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    keep_an_owner(&mut tx, id).await?;
    let outlook = look(&mut tx, id).await?;
    decide_close(outlook, request.forfeited)?;
    store::write_closed(&mut tx, id, now).await?;
    mail::delete_letters_to(&mut tx, id, &key).await?;
    tx.commit().await?;
    shop.users().forget(id).await;
    tracing::info!(user = %id, forfeited = outlook.lost().get(), "an account was closed");
    Ok(())
}

fn decide_close(outlook: CloseOutlook, forfeited: Option<Won>) -> Result<(), Error> {
    if outlook.unfinished > 0 {
        return Err(Error::OrdersUnfinished { count: outlook.unfinished });
    }
    let problem = match forfeited {
        _ if !outlook.lost().is_positive() => return Ok(()),
        Some(amount) if amount == outlook.lost() => return Ok(()),
        Some(_) => FieldProblem::Mismatch,
        None => FieldProblem::Required,
    };
    Err(Error::Invalid(vec![FieldError::new("forfeited", problem)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_that_was_not_given_up_knowingly() {
        let table = [
            (0, 0, 0, None, "ok"),
            (0, 0, 0, Some(500), "ok"),
            (0, 500, 0, Some(500), "ok"),
            (0, 500, 0, None, "validation_failed"),
            (0, 500, 0, Some(400), "validation_failed"),
            (0, 500, 70, Some(570), "ok"),
            (0, 500, 70, Some(500), "validation_failed"),
            (0, 0, 70, None, "validation_failed"),
            (1, 0, 0, None, "forbidden"),
            (2, 500, 0, Some(500), "forbidden"),
        ];
        for (unfinished, balance, owed, forfeited, word) in table {
            let outlook = CloseOutlook { unfinished, balance: Won::new(balance), owed: Won::new(owed) };
            let said = decide_close(outlook, forfeited.map(Won::new));
            assert_eq!(said.as_ref().map_or_else(Error::code, |()| "ok"), word, "{outlook:?} {forfeited:?}");
        }
    }
}
