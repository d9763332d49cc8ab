//! Keeping people out and letting them in again, on an operator's word or that of the command line; and blocks, which
//! the shop begins by itself. Nobody but an owner touches another operator.

use super::model::{Role, User};
use super::service::{email_key, login_failures, password_failures};
use super::store;
use crate::error::Error;
use crate::id::UserId;
use crate::limits::failures_of;
use crate::operator::audit::{self, Act, By, Entry, Subject};
use crate::operator::service::{check_reason, keep_an_owner};
use crate::operator::{Operator, Permission};
use crate::second_factor::service::code_failures;
use crate::shop::Shop;
use crate::time::Timestamp;
use serde::Serialize;
use serde_json::json;

/// Until when somebody is blocked, and from what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blocks {
    /// Orders and claims, after refusals in a row.
    pub orders: Option<Timestamp>,
    /// Logging in from a browser that nobody has logged in from before, after wrong passwords.
    pub login: Option<Timestamp>,
    /// Typing one's own password again.
    pub password: Option<Timestamp>,
    /// The code of a second factor.
    pub code: Option<Timestamp>,
}

impl Blocks {
    pub fn is_any(self) -> bool {
        self.orders.or(self.login).or(self.password).or(self.code).is_some()
    }
}

/// What the gate counts this account's failures under.
fn keys_of(user: &User) -> [String; 4] {
    let login = login_failures(&email_key(&user.email));
    [failures_of(user.id), login, password_failures(user.id), code_failures(user.id)]
}

/// What an account is blocked from now.
pub(crate) async fn find_blocks(shop: &Shop, user: &User) -> Result<Blocks, Error> {
    let (gate, now) = (&shop.ports().gate, shop.now());
    let [orders, login, password, code] = keys_of(user);
    Ok(Blocks {
        orders: gate.find_block(&orders, now).await?,
        login: gate.find_block(&login, now).await?,
        password: gate.find_block(&password, now).await?,
        code: gate.find_block(&code, now).await?,
    })
}

/// Somebody whom this operator may touch.
async fn find_person(shop: &Shop, by: &Operator, id: UserId) -> Result<User, Error> {
    by.must(Permission::FreezePeople)?;
    let user = store::find_user(shop.db(), id).await?.ok_or(Error::NotFound)?.user;
    if user.role == Role::Operator {
        by.must(Permission::ManageOperators)?;
    }
    Ok(user)
}

/// Keeps a person out: every token and session ends, and no password opens the account.
///
/// # Errors
/// `Forbidden`, also for who is no owner and would freeze an operator; `NotFound`, `LastOwner`; `Invalid` on `reason`.
pub async fn freeze_person(shop: &Shop, by: &Operator, id: UserId, reason: &str) -> Result<User, Error> {
    let user = find_person(shop, by, id).await?;
    set_frozen(shop, By::Operator(by), user, Some(shop.now()), Some(check_reason(reason)?)).await
}

/// Lets a frozen person in again.
///
/// # Errors
/// As [`freeze_person`].
pub async fn unfreeze_person(shop: &Shop, by: &Operator, id: UserId, reason: &str) -> Result<User, Error> {
    let user = find_person(shop, by, id).await?;
    set_frozen(shop, By::Operator(by), user, None, Some(check_reason(reason)?)).await
}

/// A second freeze keeps the first one's moment.
pub(super) async fn set_frozen(
    shop: &Shop,
    by: By<'_>,
    user: User,
    at: Option<Timestamp>,
    reason: Option<&str>,
) -> Result<User, Error> {
    if user.frozen_at.is_some() == at.is_some() {
        return Ok(user);
    }
    let mut tx = shop.db().begin().await?;
    if at.is_some() {
        keep_an_owner(&mut tx, user.id).await?;
    }
    store::write_frozen(&mut tx, user.id, at).await?;
    let act = if at.is_some() { Act::PersonFrozen } else { Act::PersonUnfrozen };
    let facts = |is_frozen: bool| json!({ "frozen": is_frozen });
    let entry = Entry::new(act, Subject::User(user.id)).changing(facts(at.is_none()), facts(at.is_some()));
    let entry = Entry { reason: reason.map(str::to_owned), ..entry };
    audit::write(&mut tx, by, &[entry], shop.now()).await?;
    tx.commit().await?;
    tracing::warn!(user = %user.id, frozen = at.is_some(), "an account was frozen or let in again");
    shop.users().forget(user.id).await;
    Ok(User { frozen_at: at, auth_version: user.auth_version + 1, ..user })
}

/// Ends what keeps a person from ordering, claiming and logging in after failures in a row, before its time. Blocks of
/// single browsers that the person has used go on: they keep out whoever sits there.
///
/// # Errors
/// As [`freeze_person`], but for the last owner, who may be let in like anybody.
pub async fn end_blocks(shop: &Shop, by: &Operator, id: UserId, reason: &str) -> Result<(), Error> {
    let user = find_person(shop, by, id).await?;
    let reason = check_reason(reason)?;
    let blocks = find_blocks(shop, &user).await?;
    if !blocks.is_any() {
        return Ok(());
    }
    let mut tx = shop.db().begin().await?;
    store::delete_block(&mut tx, id).await?;
    let before = serde_json::to_value(blocks).ok();
    let entry = Entry { before, ..Entry::new(Act::BlockEnded, Subject::User(id)).because(reason) };
    audit::write(&mut tx, by, &[entry], shop.now()).await?;
    tx.commit().await?;
    for key in keys_of(&user) {
        shop.ports().gate.end_block(&key).await?;
    }
    tracing::info!(user = %id, operator = %by.id(), "blocks were ended early");
    Ok(())
}
