//! Sessions of operators, for owners: seen, and ended one by one or all at once. A look is a look at a person.

use super::audit::{self, Act, Entry, Subject};
use super::people::{People, Person, show_people};
use super::{Operator, Permission};
use crate::error::Error;
use crate::id::UserId;
use crate::shop::Shop;
use crate::user::sessions::{self, KnownSession};
use crate::user::store as users;
use crate::user::{Role, User};

/// Another operator's sessions, the one used last first, and who they are.
///
/// # Errors
/// `Forbidden`; `NotFound`: there is no such operator.
pub async fn list_sessions_of(
    shop: &Shop,
    by: &Operator,
    id: UserId,
) -> Result<(Option<Person>, Vec<KnownSession>), Error> {
    find_other(shop, by, id).await?;
    let person = show_people(shop, by, People::Shown, [id]).await?.take(id);
    Ok((person, sessions::list_sessions(shop, id).await?))
}

async fn find_other(shop: &Shop, by: &Operator, id: UserId) -> Result<User, Error> {
    by.must(Permission::ManageOperators)?;
    let user = users::find_user(shop.db(), id).await?.map(|row| row.user);
    user.filter(|user| user.role == Role::Operator).ok_or(Error::NotFound)
}

/// Ends one of another operator's sessions, on every instance.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn end_operators_session(shop: &Shop, by: &Operator, id: UserId, digest: [u8; 32]) -> Result<(), Error> {
    find_other(shop, by, id).await?;
    let mut tx = shop.db().begin().await?;
    if !users::delete_session_of(&mut tx, id, digest).await? {
        return Err(Error::NotFound);
    }
    audit::write(&mut tx, by, &[Entry::new(Act::SessionEnded, Subject::User(id))], shop.now()).await?;
    tx.commit().await?;
    sessions::end_copy(shop, digest).await;
    Ok(())
}

/// Ends every session and token of another operator.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn sign_operator_out(shop: &Shop, by: &Operator, id: UserId) -> Result<(), Error> {
    find_other(shop, by, id).await?;
    let mut tx = shop.db().begin().await?;
    users::write_signed_out(&mut tx, id).await?;
    audit::write(&mut tx, by, &[Entry::new(Act::SessionEnded, Subject::User(id))], shop.now()).await?;
    tx.commit().await?;
    shop.users().forget(id).await;
    Ok(())
}
