//! What callers ask of accounts. Who a request belongs to is found outside (a token, a session) and checked
//! here with [`authenticate`].

use super::model::{Language, NewUser, Role, User};
use super::password::{check_password, hash_password};
use super::rules::{MOST_EMAIL, find_registration_problems, name_problem, password_problem};
use super::standing::set_frozen;
use super::store::{self, NewUserRow, UserRow};
use crate::database::is_duplicate;
use crate::error::{Error, FieldError, FieldProblem};
use crate::id::UserId;
use crate::mail::{LetterKind, store as mail};
use crate::operator::audit::{self, Act, By, Entry, Subject};
use crate::operator::{OperatorRole, store as operators};
use crate::ports::{FailureAnswer, News};
use crate::second_factor::service::{check_code, is_asked};
use crate::shop::Shop;
use crate::wallet::store::write_wallet;
use crate::watch;
use moka::sync::Cache;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;

/// Accounts as they were a moment ago. A change is told to every instance at once; whoever misses the news
/// sees it within 3 s all the same (SPEC reading 15 allows 5).
pub struct UserCache {
    kept: Cache<UserId, User>,
    news: Arc<dyn News>,
}

impl UserCache {
    /// An empty one that listens to the news.
    pub fn open(news: Arc<dyn News>) -> Self {
        let kept = Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(3)).build();
        let told = kept.clone();
        news.on_changed(Box::new(move |id| told.invalidate(&id)));
        Self { kept, news }
    }

    /// The account has changed, and the change is committed: here and everywhere it is read anew.
    pub(crate) async fn forget(&self, id: UserId) {
        self.kept.invalidate(&id);
        self.news.tell_changed(id).await;
    }

    fn find(&self, id: UserId) -> Option<User> {
        self.kept.get(&id)
    }

    /// What was seen before this version began is not what the account is now.
    fn forget_before(&self, id: UserId, auth_version: i64) {
        if self.kept.get(&id).is_some_and(|user| user.auth_version < auth_version) {
            self.kept.invalidate(&id);
        }
    }

    /// The account as it was just read.
    fn remember(&self, user: &User) {
        self.kept.insert(user.id, user.clone());
    }
}

/// What makes an address the same address: NFKC and lower case (which may take a letter apart again).
pub fn email_key(email: &str) -> String {
    written(email).to_lowercase().nfkc().collect()
}

/// An address as it is kept and written to: full-width letters become the ones that mail servers know.
pub fn written(email: &str) -> String {
    email.trim().nfkc().collect()
}

/// NFKC makes eighteen characters of one: an address that fits may have a key that does not.
pub(super) fn is_too_long(email: &str) -> bool {
    i64::try_from(email.chars().count()).unwrap_or(i64::MAX) > MOST_EMAIL
}

/// Makes a shopper's account with an empty wallet.
///
/// # Errors
/// `Invalid` naming the fields, `EmailTaken`, `Busy` when too many passwords wait to be hashed.
pub async fn register_user(shop: &Shop, new: NewUser) -> Result<User, Error> {
    create_user(shop, new, None).await
}

/// Makes an operator's account, on the word of whoever runs `damda`.
///
/// # Errors
/// As [`register_user`].
pub async fn create_operator(
    shop: &Shop,
    email: &str,
    name: &str,
    password: &str,
    role: OperatorRole,
) -> Result<User, Error> {
    let new = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        password: password.to_owned(),
        lang: Language::default(),
        age_confirmed: false,
    };
    create_user(shop, new, Some(role)).await
}

async fn create_user(shop: &Shop, new: NewUser, operator: Option<OperatorRole>) -> Result<User, Error> {
    let role = if operator.is_some() { Role::Operator } else { Role::Shopper };
    let email = written(&new.email);
    let problems = find_registration_problems(&email, &new.name, &new.password);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let key = email_key(&email);
    if is_too_long(&email) || is_too_long(&key) {
        return Err(Error::invalid("email", FieldProblem::TooLong { most: MOST_EMAIL }));
    }
    if store::find_user_by_email(shop.db(), &key).await?.is_some() {
        return Err(Error::EmailTaken);
    }
    let password_hash = hash_password(&new.password, shop.random_bytes()).await?.ok_or(Error::Busy)?;
    let now = shop.now();
    let row = NewUserRow {
        email: &email,
        email_key: &key,
        name: new.name.trim(),
        role,
        lang: new.lang,
        password_hash: &password_hash,
        age_confirmed_at: new.age_confirmed.then_some(now),
    };
    let mut tx = shop.db().begin().await?;
    let id = match store::write_user(&mut tx, &row, now).await {
        Ok(id) => id,
        Err(fault) if is_duplicate(&fault) => return Err(Error::EmailTaken),
        Err(fault) => return Err(fault.into()),
    };
    write_wallet(&mut tx, id).await?;
    if let Some(role) = operator {
        operators::write_role(&mut tx, id, Some(role), now).await?;
        let entry = Entry::new(Act::OperatorMade, Subject::User(id));
        let entry = Entry { after: Some(json!({ "role": role.as_str() })), ..entry };
        audit::write(&mut tx, By::CommandLine, &[entry], now).await?;
    }
    if shop.settings().mail_on && role == Role::Shopper {
        mail::queue_letter(&mut tx, LetterKind::Welcome, id, now).await?;
    }
    tx.commit().await?;
    tracing::info!(user = %id, role = role.as_str(), "an account was opened");
    let name = row.name.to_owned();
    Ok(User { id, email, name, role, lang: new.lang, auth_version: 1, frozen_at: None, created_at: now })
}

/// A browser in which the owner of an account has logged in before. Whoever says so has made sure of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    pub owner: UserId,
    /// Tells this device from the owner's others.
    pub id: String,
}

/// The account of this address and password. Consecutive failures block the address, known or not.
///
/// # Errors
/// `InvalidCredentials`, `Blocked`, `Busy`; `Frozen` only with the right password.
pub async fn check_login(shop: &Shop, email: &str, password: &str) -> Result<User, Error> {
    check_login_from(shop, email, password, None).await
}

/// As [`check_login`]. On a device of the owner's own, failures count for that device alone: no stranger who
/// fails on purpose keeps an owner out (SPEC reading 9).
///
/// # Errors
/// As [`check_login`].
pub async fn check_login_from(
    shop: &Shop,
    email: &str,
    password: &str,
    device: Option<&KnownDevice>,
) -> Result<User, Error> {
    check_login_with(shop, email, password, device, None).await
}

/// As [`check_login_from`], with a code for the second factor, when the account asks for one.
///
/// # Errors
/// As [`check_login`]; `SecondFactorRequired` with the right password and no code, `WrongCode`.
pub async fn check_login_with(
    shop: &Shop,
    email: &str,
    password: &str,
    device: Option<&KnownDevice>,
    code: Option<&str>,
) -> Result<User, Error> {
    let login = async {
        let user = check_counted_login(shop, email, password, device).await?;
        match code {
            _ if !is_asked(shop, &user).await? => Ok(user),
            Some(code) => check_code(shop, user.id, code).await.map(|()| user),
            None => Err(Error::SecondFactorRequired { user_id: user.id, auth_version: user.auth_version }),
        }
    };
    let login = login.await;
    watch::login_answered(&login);
    match &login {
        Ok(user) => tracing::info!(user = %user.id, "logged in"),
        // Whose address it was is nobody's business; the request's line says where it came from.
        Err(Error::Fault(_) | Error::Busy) => {}
        Err(refused) => tracing::info!(why = refused.code(), "a login was refused"),
    }
    login
}

async fn check_counted_login(
    shop: &Shop,
    email: &str,
    password: &str,
    device: Option<&KnownDevice>,
) -> Result<User, Error> {
    let key = email_key(email);
    if is_too_long(&key) {
        // No account has it, and nothing is kept of it: a megabyte must not become a name to count under.
        return Err(Error::InvalidCredentials);
    }
    let failures = match device {
        Some(device) if owns(shop, device.owner, &key).await? => {
            format!("failures:device:{}:{}", device.owner, device.id)
        }
        _ => login_failures(&key),
    };
    refuse_blocked(shop, &failures).await?;
    match check_credentials(shop, &key, password).await? {
        Some(user) => {
            // Of many tries at once, those behind the last one allowed learn nothing, not even that they were right.
            refuse_blocked(shop, &failures).await?;
            shop.ports().gate.forget_failures(&failures).await?;
            // A change that another instance made (an end to a freeze) must not end this login again.
            shop.users().remember(&user);
            if user.frozen_at.is_some() { Err(Error::Frozen) } else { Ok(user) }
        }
        None => {
            count_wrong_password(shop, &failures).await?;
            Err(Error::InvalidCredentials)
        }
    }
}

/// What wrong passwords of an address are counted under.
pub(super) fn login_failures(email_key: &str) -> String {
    format!("failures:login:{email_key}")
}

/// What wrong passwords are counted under that an account's own owner types.
pub(super) fn password_failures(id: UserId) -> String {
    format!("failures:password:{id}")
}

async fn owns(shop: &Shop, id: UserId, email_key: &str) -> Result<bool, Error> {
    Ok(store::find_user_by_email(shop.db(), email_key).await?.is_some_and(|row| row.user.id == id))
}

pub(crate) async fn refuse_blocked(shop: &Shop, failures: &str) -> Result<(), Error> {
    let now = shop.now();
    match shop.ports().gate.find_block(failures, now).await? {
        Some(until) => Err(Error::Blocked { retry_after: until.since(now) }),
        None => Ok(()),
    }
}

/// # Errors
/// `Blocked` when others were wrong meanwhile, so that this try was one too many: it must not learn that it was.
pub(crate) async fn count_wrong_password(shop: &Shop, failures: &str) -> Result<(), Error> {
    let Some(most) = shop.settings().failure_limit else { return Ok(()) };
    let (block, now) = (shop.settings().failure_block, shop.now());
    match shop.ports().gate.count_failure(failures, most, block, now).await? {
        FailureAnswer::Counted => Ok(()),
        FailureAnswer::BlockBegan { .. } => {
            watch::block_began("login");
            tracing::warn!(
                "a password was wrong {most} times in a row: tries for that account are blocked for a while"
            );
            Ok(())
        }
        FailureAnswer::Blocked { until } => Err(Error::Blocked { retry_after: until.since(now) }),
    }
}

/// Whether these are somebody's address and password, without counting a failure.
pub async fn has_password(shop: &Shop, email: &str, password: &str) -> Result<bool, Error> {
    Ok(check_credentials(shop, &email_key(email), password).await?.is_some())
}

async fn check_credentials(shop: &Shop, email_key: &str, password: &str) -> Result<Option<User>, Error> {
    let row = store::find_user_by_email(shop.db(), email_key).await?;
    let (user, hash) = match row {
        Some(UserRow { user, password_hash }) => (Some(user), Some(password_hash)),
        None => (None, None),
    };
    let is_right = is_right(password, hash).await?;
    Ok(user.filter(|_| is_right))
}

/// No password is longer than the longest; hashing a megabyte would be work for nothing.
async fn is_right(password: &str, hash: Option<String>) -> Result<bool, Error> {
    let is_long = password_problem(password).is_some_and(|problem| matches!(problem, FieldProblem::TooLong { .. }));
    Ok(!is_long && check_password(password, hash).await?.ok_or(Error::Busy)?)
}

/// The account, as it was at most 3 s ago.
pub async fn find_user(shop: &Shop, id: UserId) -> Result<Option<User>, Error> {
    if let Some(user) = shop.users().find(id) {
        return Ok(Some(user));
    }
    let user = shop.desks()?.account.submit(id).await?;
    if let Some(user) = &user {
        shop.users().remember(user);
    }
    Ok(user)
}

/// The account of this address.
pub async fn find_user_by_email(shop: &Shop, email: &str) -> Result<Option<User>, Error> {
    Ok(store::find_user_by_email(shop.db(), &email_key(email)).await?.map(|row| row.user))
}

/// Many accounts, asked of the database together: nearly every request of a crowd needs another one.
pub async fn read_accounts(shop: &Shop, ids: &[UserId]) -> Result<Vec<Result<Option<User>, Error>>, Error> {
    let found: HashMap<UserId, User> =
        store::find_users(shop.db(), ids).await?.into_iter().map(|row| (row.user.id, row.user)).collect();
    Ok(ids.iter().map(|id| Ok(found.get(id).cloned())).collect())
}

/// The account a token or session was issued for, unless its password, role or standing changed since.
pub async fn authenticate(shop: &Shop, id: UserId, auth_version: i64) -> Result<Option<User>, Error> {
    expect_version(shop, id, auth_version);
    Ok(find_user(shop, id).await?.filter(|user| user.auth_version == auth_version && user.frozen_at.is_none()))
}

/// Somebody holds a token or session of this version. When it began at another instance a moment ago, what is
/// remembered here is older, and would make a stranger of the one who has just changed the password.
pub fn expect_version(shop: &Shop, id: UserId, auth_version: i64) {
    shop.users().forget_before(id, auth_version);
}

/// Gives the account another name.
///
/// # Errors
/// `Invalid` on `name`, `NotFound`.
pub async fn rename_user(shop: &Shop, id: UserId, name: &str) -> Result<User, Error> {
    if let Some(problem) = name_problem(name) {
        return Err(Error::invalid("name", problem));
    }
    let row = store::find_user(shop.db(), id).await?.ok_or(Error::NotFound)?;
    let mut tx = shop.db().begin().await?;
    store::write_name(&mut tx, id, name.trim()).await?;
    tx.commit().await?;
    shop.users().forget(id).await;
    Ok(User { name: name.trim().to_owned(), ..row.user })
}

/// Keeps which language the person reads.
///
/// # Errors
/// `NotFound`.
pub async fn set_lang(shop: &Shop, id: UserId, lang: Language) -> Result<User, Error> {
    let row = store::find_user(shop.db(), id).await?.ok_or(Error::NotFound)?;
    if row.user.lang != lang {
        let mut tx = shop.db().begin().await?;
        store::write_lang(&mut tx, id, lang).await?;
        tx.commit().await?;
        shop.users().forget(id).await;
    }
    Ok(User { lang, ..row.user })
}

/// Keeps whoever has this address out, on the word of whoever runs `damda`: every token and session ends, and no password opens the account.
///
/// # Errors
/// `NotFound`, `LastOwner`.
pub async fn freeze_user(shop: &Shop, email: &str) -> Result<User, Error> {
    let user = find_by_email(shop, email).await?;
    set_frozen(shop, By::CommandLine, user, Some(shop.now()), None).await
}

/// Lets a frozen person in again.
///
/// # Errors
/// `NotFound`.
pub async fn unfreeze_user(shop: &Shop, email: &str) -> Result<User, Error> {
    let user = find_by_email(shop, email).await?;
    set_frozen(shop, By::CommandLine, user, None, None).await
}

async fn find_by_email(shop: &Shop, email: &str) -> Result<User, Error> {
    Ok(store::find_user_by_email(shop.db(), &email_key(email)).await?.ok_or(Error::NotFound)?.user)
}

/// Sets a new password; every token and session of the account ends.
///
/// # Errors
/// `Invalid` on `current_password` or `new_password`; `Blocked` after too many wrong ones.
pub async fn change_password(shop: &Shop, id: UserId, current: &str, new: &str) -> Result<User, Error> {
    if let Some(problem) = password_problem(new) {
        return Err(Error::invalid("new_password", problem));
    }
    let row = store::find_user(shop.db(), id).await?.ok_or(Error::NotFound)?;
    check_own_password(shop, row.clone(), current, "current_password").await?;
    set_password(shop, row.user, new).await
}

/// Sets a new password for whoever has this address.
///
/// # Errors
/// `NotFound`, `Invalid` on `new_password`.
pub async fn reset_password(shop: &Shop, email: &str, new: &str) -> Result<User, Error> {
    if let Some(problem) = password_problem(new) {
        return Err(Error::invalid("new_password", problem));
    }
    let row = store::find_user_by_email(shop.db(), &email_key(email)).await?.ok_or(Error::NotFound)?;
    set_password(shop, row.user, new).await
}

/// Whether the owner of this account typed its password again. Wrong ones in a row are blocked as at the login,
/// or whoever finds a browser left open could try until one fits.
pub(super) async fn check_own_password(shop: &Shop, row: UserRow, typed: &str, field: &str) -> Result<(), Error> {
    let failures = password_failures(row.user.id);
    refuse_blocked(shop, &failures).await?;
    if is_right(typed, Some(row.password_hash)).await? {
        refuse_blocked(shop, &failures).await?;
        shop.ports().gate.forget_failures(&failures).await?;
        Ok(())
    } else {
        tracing::info!(user = %row.user.id, "an account's own password was typed wrongly");
        count_wrong_password(shop, &failures).await?;
        Err(Error::Invalid(vec![FieldError::new(field, FieldProblem::WrongPassword)]))
    }
}

async fn set_password(shop: &Shop, user: User, new: &str) -> Result<User, Error> {
    let hash = hash_password(new, shop.random_bytes()).await?.ok_or(Error::Busy)?;
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    store::write_password(&mut tx, user.id, &hash, now).await?;
    if shop.settings().mail_on {
        mail::queue_letter(&mut tx, LetterKind::PasswordChanged, user.id, now).await?;
    }
    tx.commit().await?;
    shop.users().forget(user.id).await;
    tracing::info!(user = %user.id, "a password was changed");
    Ok(User { auth_version: user.auth_version + 1, ..user })
}

pub async fn count_users(shop: &Shop) -> Result<i64, Error> {
    Ok(store::count_users(shop.db()).await?)
}
