//! Setting a second factor up, asking for it, and forgetting it. From the moment it counts, everything that was begun
//! with a password alone is over.

use super::codes::{
    RECOVERY_BYTES, RECOVERY_CODES, SECRET_BYTES, TypedCode, digest_of, find_step, write_base32, write_recovery,
};
use super::store;
use crate::database::{Tx, is_duplicate, retried};
use crate::error::{Error, Fault};
use crate::id::UserId;
use crate::operator::Operator;
use crate::operator::audit::{self, Act, By, Entry, Subject};
use crate::operator::service::find_operator;
use crate::shop::Shop;
use crate::user::service::{authenticate, count_wrong_password, email_key, refuse_blocked};
use crate::user::store as users;
use crate::user::{Role, User};

/// A second factor as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Missing,
    /// It is being set up: this secret waits for a code of the app that knows it.
    Begun {
        secret: Vec<u8>,
    },
    Confirmed {
        recovery_codes_left: i64,
    },
}

/// How somebody's second factor stands.
pub async fn find_standing(shop: &Shop, id: UserId) -> Result<Standing, Error> {
    let Some(row) = store::find_factor(shop.db(), id).await? else { return Ok(Standing::Missing) };
    if row.confirmed_at.is_some() {
        let recovery_codes_left = store::count_recovery_codes(shop.db(), id).await?;
        return Ok(Standing::Confirmed { recovery_codes_left });
    }
    // One that was begun under another key is begun anew.
    let secret = shop.settings().seal_key.open(id, &row.secret);
    Ok(secret.map_or(Standing::Missing, |secret| Standing::Begun { secret }))
}

/// Whether somebody's logins ask for a code.
pub(crate) async fn is_asked(shop: &Shop, user: &User) -> Result<bool, Error> {
    if user.role != Role::Operator {
        return Ok(false);
    }
    Ok(store::find_factor(shop.db(), user.id).await?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// Makes a new secret for this operator, which counts once a code of it is confirmed.
///
/// # Errors
/// `Forbidden` when one counts already.
pub async fn begin_enrolment(shop: &Shop, operator: &Operator) -> Result<(), Error> {
    let secret: [u8; SECRET_BYTES] = shop.random_bytes();
    let sealed = shop.settings().seal_key.seal(operator.id(), &secret, shop.random_bytes());
    let mut tx = shop.db().begin().await?;
    match store::write_begun(&mut tx, operator.id(), &sealed, shop.now()).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(fault) if is_duplicate(&fault) => Err(Error::Forbidden),
        Err(fault) => Err(fault.into()),
    }
}

/// Lets the second factor count, now that a code shows that an app knows its secret. Every session and token ends;
/// gives the account as it is now, and its recovery codes, which nobody can be shown again.
///
/// # Errors
/// `WrongCode`, `Blocked`; `NotFound` when none was begun.
pub async fn confirm_enrolment(shop: &Shop, operator: &Operator, typed: &str) -> Result<(User, Vec<String>), Error> {
    let id = operator.id();
    let failures = code_failures(id);
    refuse_blocked(shop, &failures).await?;
    let row = store::find_factor(shop.db(), id).await?.filter(|row| row.confirmed_at.is_none());
    let row = row.ok_or(Error::NotFound)?;
    let secret = shop.settings().seal_key.open(id, &row.secret).ok_or(Error::NotFound)?;
    let now = shop.now();
    let step = match TypedCode::parse(typed) {
        Some(TypedCode::App(code)) => find_step(&secret, code, now, row.last_step),
        _ => None,
    };
    let Some(step) = step else { return Err(wrong_code(shop, &failures).await) };
    let mut tx = shop.db().begin().await?;
    if !store::write_confirmed(&mut tx, id, &row.secret, step, now).await? {
        return Err(Error::NotFound);
    }
    let codes = write_fresh_codes(shop, &mut tx, id).await?;
    users::write_signed_out(&mut tx, id).await?;
    audit::write(&mut tx, operator, &[Entry::new(Act::SecondFactorSet, Subject::User(id))], now).await?;
    tx.commit().await?;
    shop.ports().gate.forget_failures(&failures).await?;
    shop.users().forget(id).await;
    tracing::info!(user = %id, "a second factor was set up");
    let user = operator.user();
    Ok((User { auth_version: user.auth_version + 1, ..user.clone() }, codes))
}

/// Ten new recovery codes in place of all there were, on a code of the second factor. Nobody can be shown them again.
///
/// # Errors
/// `WrongCode`, `Blocked`; `NotFound` when the second factor is gone by now.
pub async fn renew_recovery_codes(shop: &Shop, operator: &Operator, typed: &str) -> Result<Vec<String>, Error> {
    let id = operator.id();
    check_code(shop, id, typed).await?;
    let mut tx = shop.db().begin().await?;
    if !store::lock_confirmed(&mut tx, id).await? {
        return Err(Error::NotFound);
    }
    let codes = write_fresh_codes(shop, &mut tx, id).await?;
    let entry = Entry::new(Act::RecoveryCodesRenewed, Subject::User(id));
    audit::write(&mut tx, operator, &[entry], shop.now()).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Writes new recovery codes over those there were; gives them as people type them.
async fn write_fresh_codes(shop: &Shop, tx: &mut Tx, id: UserId) -> Result<Vec<String>, Error> {
    let codes: [[u8; RECOVERY_BYTES]; RECOVERY_CODES] = std::array::from_fn(|_| shop.random_bytes());
    let digests: Vec<[u8; 32]> = codes.iter().map(|code| digest_of(id, code)).collect();
    store::write_recovery_codes(tx, id, &digests, shop.now()).await?;
    Ok(codes.iter().map(write_recovery).collect())
}

/// Whether this is a code of theirs that nobody has used. Wrong ones in a row are blocked as at the login.
///
/// # Errors
/// `WrongCode`, `Blocked`.
pub async fn check_code(shop: &Shop, id: UserId, typed: &str) -> Result<(), Error> {
    let failures = code_failures(id);
    refuse_blocked(shop, &failures).await?;
    if !take_code(shop, id, typed).await? {
        return Err(wrong_code(shop, &failures).await);
    }
    // Of many tries at once, those behind the last one allowed learn nothing.
    refuse_blocked(shop, &failures).await?;
    shop.ports().gate.forget_failures(&failures).await?;
    Ok(())
}

async fn take_code(shop: &Shop, id: UserId, typed: &str) -> Result<bool, Error> {
    let Some(typed) = TypedCode::parse(typed) else { return Ok(false) };
    let Some(row) = store::find_factor(shop.db(), id).await?.filter(|row| row.confirmed_at.is_some()) else {
        return Ok(false);
    };
    let step = match &typed {
        TypedCode::App(code) => {
            let unreadable = || Fault::Broken(format!("the second factor of user {id} was sealed under another key"));
            let secret = shop.settings().seal_key.open(id, &row.secret).ok_or_else(unreadable)?;
            let Some(step) = find_step(&secret, *code, shop.now(), row.last_step) else { return Ok(false) };
            Some(step)
        }
        TypedCode::Recovery(_) => None,
    };
    retried(|| async {
        let mut tx = shop.db().begin().await?;
        let is_taken = match (&typed, step) {
            (TypedCode::Recovery(code), _) => store::take_recovery_code(&mut tx, id, digest_of(id, code)).await?,
            (TypedCode::App(_), Some(step)) => store::take_step(&mut tx, id, step).await?,
            (TypedCode::App(_), None) => false,
        };
        tx.commit().await?;
        Ok(is_taken)
    })
    .await
}

async fn wrong_code(shop: &Shop, failures: &str) -> Error {
    match count_wrong_password(shop, failures).await {
        Ok(()) => Error::WrongCode,
        Err(error) => error,
    }
}

/// What wrong codes are counted under.
pub(crate) fn code_failures(id: UserId) -> String {
    format!("failures:code:{id}")
}

/// The account whose password was right a moment ago, now that the code is too; as long as it is still that account.
///
/// # Errors
/// `WrongCode`, `Blocked`; `InvalidCredentials` when the account has changed since.
pub async fn finish_login(shop: &Shop, id: UserId, auth_version: i64, typed: &str) -> Result<User, Error> {
    let user = authenticate(shop, id, auth_version).await?.ok_or(Error::InvalidCredentials)?;
    check_code(shop, id, typed).await?;
    Ok(user)
}

/// Forgets one's own second factor, on a code of it. Everything else that is logged in stays.
///
/// # Errors
/// `WrongCode`, `Blocked`.
pub async fn remove_second_factor(shop: &Shop, operator: &Operator, typed: &str) -> Result<(), Error> {
    check_code(shop, operator.id(), typed).await?;
    let mut tx = shop.db().begin().await?;
    store::delete_factor(&mut tx, operator.id()).await?;
    let entry = Entry::new(Act::SecondFactorRemoved, Subject::User(operator.id()));
    audit::write(&mut tx, operator, &[entry], shop.now()).await?;
    Ok(tx.commit().await?)
}

/// Forgets the second factor of who lost theirs, on the word of whoever runs `damda`. Every session and token ends.
///
/// # Errors
/// `NotFound`: nobody has this address, or they have none.
pub async fn reset_second_factor(shop: &Shop, email: &str) -> Result<User, Error> {
    let user = users::find_user_by_email(shop.db(), &email_key(email)).await?.ok_or(Error::NotFound)?.user;
    let mut tx = shop.db().begin().await?;
    if !store::delete_factor(&mut tx, user.id).await? {
        return Err(Error::NotFound);
    }
    users::write_signed_out(&mut tx, user.id).await?;
    let entry = Entry::new(Act::SecondFactorReset, Subject::User(user.id));
    audit::write(&mut tx, By::CommandLine, &[entry], shop.now()).await?;
    tx.commit().await?;
    shop.users().forget(user.id).await;
    tracing::warn!(user = %user.id, "a second factor was reset");
    Ok(User { auth_version: user.auth_version + 1, ..user })
}

/// A secret as it is typed into an app by hand.
pub fn secret_text(secret: &[u8]) -> String {
    let letters: Vec<char> = write_base32(secret).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The operator behind an account, however their second factor stands: for the page on which they set it up.
///
/// # Errors
/// `NotFound` for a shopper.
pub async fn find_owner(shop: &Shop, user: &User, address: &str) -> Result<Operator, Error> {
    find_operator(shop, user, address).await?.ok_or(Error::NotFound)
}
