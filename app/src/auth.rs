//! Who a browser belongs to. Sessions are axum-login's; the accounts behind them are the shop's. A session
//! is bound to the account's `auth_version`, so a password change ends every session there is.

use crate::stop::Stop;
use crate::visit::{Caller, shop};
use axum_login::AuthnBackend;
use http::header::USER_AGENT;
use http::request::Parts;
use leptos::prelude::{expect_context, use_context};
use serde::{Deserialize, Serialize};
use shop::id::UserId;
use shop::operator::service::find_operator;
use shop::operator::{Operator, Permission};
use shop::user::sessions::digest_of;
use shop::user::{User, service};
use shop::{Shop, Timestamp};
use std::fmt;
use std::time::Duration;

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
    session.login(&AuthUser::new(user)).await.map_err(session_fault)?;
    session.session.insert(ADDRESS_KEY, address_of_caller()).await.map_err(session_fault)?;
    session.session.insert(BROWSER_KEY, browser_of_request()).await.map_err(session_fault)
}

/// Where a session began, and in what kind of browser: for its owner, who is to tell them apart.
pub const ADDRESS_KEY: &str = "damda.address";
pub const BROWSER_KEY: &str = "damda.browser";

fn browser_of_request() -> String {
    let parts = use_context::<Parts>();
    let header = parts.as_ref().and_then(|parts| parts.headers.get(USER_AGENT));
    browser_kind(header.and_then(|text| text.to_str().ok()).unwrap_or_default())
}

/// `Firefox · Linux`: enough to tell one's own from a stranger's. What says nothing known is named by its first word.
pub fn browser_kind(user_agent: &str) -> String {
    // Chrome says that it is Safari too, and Edge and Samsung's that they are Chrome.
    const BROWSERS: [(&str, &str); 9] = [
        ("Edg", "Edge"),
        ("Whale/", "Whale"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    let first = || {
        let word = user_agent.split(['/', ' ']).next().unwrap_or_default();
        word.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>()
    };
    let browser = find(&BROWSERS).unwrap_or_else(first);
    [Some(browser).filter(|name| !name.is_empty()), find(&SYSTEMS)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The session of this browser, as lists of sessions name it.
pub fn current_session() -> Option<[u8; 32]> {
    Some(digest_of(use_context::<AuthSession>()?.session.id()?.0))
}

/// A login whose password was right; its code is asked for.
#[derive(Serialize, Deserialize)]
struct PendingLogin {
    user: i64,
    auth_version: i64,
    begun_ms: i64,
}

/// Where it is kept in the session, which belongs to nobody yet.
const PENDING_KEY: &str = "damda.login";
/// A code is asked for so long; then the password is asked for again.
const PENDING_LASTS: Duration = Duration::from_secs(600);

/// Keeps for the next page that the password of this account was right.
///
/// # Errors
/// The session store failed.
pub async fn keep_pending_login(id: UserId, auth_version: i64) -> Result<(), shop::Error> {
    let pending = PendingLogin { user: id.get(), auth_version, begun_ms: shop().now().millis() };
    let session = expect_context::<AuthSession>().session;
    session.insert(PENDING_KEY, pending).await.map_err(session_fault)
}

/// Whose password was right in this browser a moment ago, and for which version of the account.
pub async fn find_pending_login() -> Option<(UserId, i64)> {
    let session = expect_context::<AuthSession>().session;
    let pending: PendingLogin = session.get(PENDING_KEY).await.ok()??;
    let (begun, now) = (Timestamp::from_millis(pending.begun_ms), shop().now());
    let is_fresh = begun <= now.after(PENDING_LASTS) && now < begun.after(PENDING_LASTS);
    is_fresh.then_some((UserId::new(pending.user), pending.auth_version))
}

/// The password has to be typed again.
pub async fn forget_pending_login() {
    let session = expect_context::<AuthSession>().session;
    let _ = session.remove_value(PENDING_KEY).await;
}

/// Where recovery codes wait, sealed, for the one page that shows them.
const CODES_KEY: &str = "damda.codes";

/// Keeps recovery codes for the next page.
///
/// # Errors
/// The session store failed.
pub async fn keep_recovery_codes(id: UserId, codes: &[String]) -> Result<(), shop::Error> {
    let shop = shop();
    let sealed = shop.settings().seal_key.seal(id, codes.join(" ").as_bytes(), shop.random_bytes());
    let session = expect_context::<AuthSession>().session;
    session.insert(CODES_KEY, sealed).await.map_err(session_fault)
}

/// Recovery codes that wait for this page; no page after it gets them.
///
/// # Errors
/// The session store failed.
pub async fn take_recovery_codes(id: UserId) -> Result<Option<Vec<String>>, shop::Error> {
    let session = expect_context::<AuthSession>().session;
    let sealed: Option<Vec<u8>> = session.remove(CODES_KEY).await.map_err(session_fault)?;
    let Some(sealed) = sealed else { return Ok(None) };
    session.save().await.map_err(session_fault)?;
    let text = shop().settings().seal_key.open(id, &sealed).and_then(|text| String::from_utf8(text).ok());
    Ok(text.map(|text| text.split(' ').map(str::to_owned).collect()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_its_owner_knows_it() {
        let table = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari · iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
                "Samsung Internet · Android",
            ),
            ("Lynx/2.9.0dev.12 libwww-FM/2.14", "Lynx"),
            ("<script>alert(1)</script>", "scriptalert1"),
            ("", ""),
        ];
        for (user_agent, name) in table {
            assert_eq!(browser_kind(user_agent), name, "{user_agent}");
        }
        assert!(browser_kind(&"x".repeat(100_000)).len() <= 64);
    }
}
