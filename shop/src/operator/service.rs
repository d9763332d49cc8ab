//! Who is an operator, and who makes one.

use super::audit::{self, Act, By, Entry, Subject};
use super::model::{OperatorRole, Permission};
use super::rules::{RoleSnapshot, decide_role};
use super::store::{self, OperatorRow};
use crate::database::Tx;
use crate::error::{Error, FieldError, FieldProblem};
use crate::id::UserId;
use crate::page::{Page, Slice};
use crate::second_factor::service::is_asked;
use crate::shop::Shop;
use crate::user::store as users;
use crate::user::{Role, User};
use serde_json::json;
use std::fmt;

/// The longest reason that is kept, in characters.
pub const MOST_REASON: i64 = 1_000;

/// Proof that an operator asks. Only [`find_operator`] makes one.
#[derive(Clone)]
pub struct Operator {
    user: User,
    role: OperatorRole,
    address: String,
    /// The shop wants a second factor of operators, and they have none.
    lacks_second_factor: bool,
}

impl Operator {
    pub fn id(&self) -> UserId {
        self.user.id
    }

    pub fn user(&self) -> &User {
        &self.user
    }

    pub fn role(&self) -> OperatorRole {
        self.role
    }

    /// Where they ask from, as the log keeps it.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// # Errors
    /// `Forbidden`: this operator may not. `SecondFactorMissing`: not before they set one up.
    pub fn must(&self, permission: Permission) -> Result<(), Error> {
        if self.lacks_second_factor {
            return Err(Error::SecondFactorMissing);
        }
        if self.may(permission) {
            return Ok(());
        }
        tracing::warn!(operator = %self.id(), role = self.role.as_str(), ?permission, "an operator asked for what their role may not");
        Err(Error::Forbidden)
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operator({}, {})", self.user.id, self.role.as_str())
    }
}

/// The operator behind an account, asking from this address; `None` for a shopper. Read anew for each request: who
/// was an owner a moment ago may be none now.
pub async fn find_operator(shop: &Shop, user: &User, address: &str) -> Result<Option<Operator>, Error> {
    if user.role != Role::Operator {
        return Ok(None);
    }
    let role = store::find_role(shop.db(), user.id).await?.unwrap_or(OperatorRole::Viewer);
    let is_required = shop.settings().require_second_factor;
    let lacks_second_factor = is_required && !is_asked(shop, user).await?;
    Ok(Some(Operator { user: user.clone(), role, address: address.to_owned(), lacks_second_factor }))
}

/// Everybody who is an operator, by id.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn list_operators(shop: &Shop, operator: &Operator, page: &Page) -> Result<Slice<OperatorRow>, Error> {
    operator.must(Permission::ManageOperators)?;
    store::list_operators(shop.db(), page).await
}

/// Gives an account another role among operators; `None` makes it a shopper's again. Every token and session of it
/// ends.
///
/// # Errors
/// `Forbidden`, `NotFound`, `LastOwner`.
pub async fn set_operator_role(shop: &Shop, by: By<'_>, id: UserId, wanted: Option<OperatorRole>) -> Result<(), Error> {
    if let By::Operator(operator) = by {
        operator.must(Permission::ManageOperators)?;
    }
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    let owners = store::lock_owners(&mut tx).await?;
    decide_role(&RoleSnapshot { user_id: id, owners }, wanted)?;
    let user = users::find_user(shop.db(), id).await?.ok_or(Error::NotFound)?.user;
    let present = match user.role {
        Role::Operator => Some(store::find_role(shop.db(), id).await?.unwrap_or(OperatorRole::Viewer)),
        Role::Shopper => None,
    };
    if present == wanted {
        return Ok(());
    }
    let role = if wanted.is_some() { Role::Operator } else { Role::Shopper };
    users::write_role(&mut tx, id, role).await?;
    store::write_role(&mut tx, id, wanted, now).await?;
    let word = |role: Option<OperatorRole>| json!({ "role": role.map_or("shopper", OperatorRole::as_str) });
    let entry = Entry::new(Act::RoleChanged, Subject::User(id)).changing(word(present), word(wanted));
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    tracing::warn!(user = %id, role = wanted.map_or("shopper", OperatorRole::as_str), "an account has another role");
    shop.users().forget(id).await;
    Ok(())
}

/// Fails when this account is the last owner: nothing that takes it away goes on.
pub(crate) async fn keep_an_owner(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    let owners = store::lock_owners(tx).await?;
    decide_role(&RoleSnapshot { user_id: id, owners }, None)
}

/// What an operator gives as a reason, without space around it.
///
/// # Errors
/// `Invalid` on `reason`: missing or too long.
pub fn check_reason(reason: &str) -> Result<&str, Error> {
    let reason = reason.trim();
    let length = i64::try_from(reason.chars().count()).unwrap_or(i64::MAX);
    let problem = match length {
        0 => FieldProblem::Required,
        _ if length > MOST_REASON => FieldProblem::TooLong { most: MOST_REASON },
        _ => return Ok(reason),
    };
    Err(Error::Invalid(vec![FieldError::new("reason", problem)]))
}
