//! Who a browser belongs to. Sessions are axum-login's; the accounts behind them are the shop's. A session
//! is bound to the account's `auth_version`, so a password change ends every session there is.

use crate::stop::Stop;
use crate::visit::{Caller, shop};
use axum_login::AuthnBackend;
use leptos::prelude::{expect_context, use_context};
use shop::Shop;
use shop::id::UserId;
use shop::operator::service::find_operator;
use shop::operator::{Operator, Permission};
use shop::user::{User, service};
use std::fmt;

/// The shop, as axum-login asks it.
#[derive(Clone)]
pub struct Backend {
    shop: Shop,
}

impl Backend {
    pub fn new(shop: Shop) -> Self {
        Self { shop }
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backend")
    }
}

/// An account in a session. Its debug form, which axum-login traces, is its id alone.
#[derive(Clone)]
pub struct AuthUser {
    pub user: User,
    version: [u8; 8],
}

impl AuthUser {
    pub fn new(user: User) -> Self {
        let version = user.auth_version.to_be_bytes();
        Self { user, version }
    }
}

impl fmt::Debug for AuthUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthUser({})", self.user.id)
    }
}

impl axum_login::AuthUser for AuthUser {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.user.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.version
    }
}

/// What a person logs in with.
pub struct Credentials {
    pub email: String,
    pub password: String,
}

impl AuthnBackend for Backend {
    type User = AuthUser;
    type Credentials = Credentials;
    type Error = shop::Error;

    async fn authenticate(&self, credentials: Credentials) -> Result<Option<AuthUser>, shop::Error> {
        match service::check_login(&self.shop, &credentials.email, &credentials.password).await {
            Ok(user) => Ok(Some(AuthUser::new(user))),
            Err(shop::Error::InvalidCredentials) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn get_user(&self, id: &UserId) -> Result<Option<AuthUser>, shop::Error> {
        let user = service::find_user(&self.shop, *id).await?;
        Ok(user.filter(|user| user.frozen_at.is_none()).map(AuthUser::new))
    }
}

pub type AuthSession = axum_login::AuthSession<Backend>;

/// Who is logged in, if anybody.
pub fn current_user() -> Option<User> {
    use_context::<AuthSession>()?.user.map(|user| user.user)
}

/// Who is logged in; a stranger is led to the login page and back after.
pub fn require_user() -> Result<User, Stop> {
    current_user().ok_or(Stop::LogInFirst)
}

/// An operator who may do this; to a shopper the page does not exist.
pub async fn require_operator(permission: Permission) -> Result<Operator, Stop> {
    let user = require_user()?;
    let Some(operator) = find_operator(&shop(), &user, &address_of_caller()).await? else {
        tracing::warn!(user = %user.id, "somebody who is no operator asked for the console");
        return Err(Stop::NotFound);
    };
    operator.must(permission)?;
    Ok(operator)
}

/// What the log of operators keeps of where a request came from.
pub fn address_of_caller() -> String {
    use_context::<Caller>().map(|caller| caller.address_key.to_string()).unwrap_or_default()
}

/// Begins a session of this account under a fresh id, whoever the browser belonged to before.
///
/// # Errors
/// The session store failed.
pub async fn begin_session(user: User) -> Result<(), shop::Error> {
    let mut session = expect_context::<AuthSession>();
    session.session.flush().await.map_err(session_fault)?;
    session.login(&AuthUser::new(user)).await.map_err(session_fault)
}

/// Ends the session of this browser.
///
/// # Errors
/// The session store failed.
pub async fn end_session() -> Result<(), shop::Error> {
    let mut session = expect_context::<AuthSession>();
    session.logout().await.map_err(session_fault)?;
    Ok(())
}

fn session_fault(error: impl fmt::Debug) -> shop::Error {
    shop::Error::Fault(shop::Fault::Other(format!("session: {error:?}")))
}
