//! Browser sessions, kept in the shop's database so that every instance knows them. Only a hash of a
//! session's id is stored: whoever reads the table cannot take over a session. Within one process there is no
//! cache in front: one read by primary key is cheap, and a session that outlives its logout is not. Instances
//! with a Redis in common read its copies first, which `shop::user::sessions` keeps true.

use app::auth::{ADDRESS_KEY, BROWSER_KEY};
use async_trait::async_trait;
use axum::response::Response;
use http::{HeaderValue, header};
use shop::Timestamp;
use shop::id::UserId;
use shop::user::sessions::{SessionOrigin, digest_of};
use shop::user::{service, sessions};
use shop::{Fault, Shop};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, Session, SessionManagerLayer};

/// A session ends after so long without a visit.
const INACTIVITY: Duration = Duration::from_secs(14 * 86_400);
/// A visit is written down at most so often: that exactly its owner sees when a session was used last.
const TOUCHED_EVERY: Duration = Duration::from_secs(3_600);
/// A session ends this long after the login, however often it is used: whoever got hold of one does not keep it
/// for good.
const LONGEST: Duration = Duration::from_secs(90 * 86_400);
/// Where the moment of the login is kept in a session.
const BEGUN_KEY: &str = "damda.begun";
/// Where the last written visit is kept in a session.
const TOUCHED_KEY: &str = "damda.touched";
/// Where axum-login keeps whose session it is.
const LOGIN_KEY: &str = "axum-login.data";

/// The layer that gives requests their session. With https the cookie has the `__Host-` prefix, which a
/// browser keeps from other hosts and from plain http.
pub fn layer(shop: &Shop, https: bool) -> SessionManagerLayer<ShopSessions> {
    SessionManagerLayer::new(ShopSessions { shop: shop.clone() })
        .with_name(if https { "__Host-damda" } else { "damda" })
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(https)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(INACTIVITY.try_into().unwrap_or(time::Duration::DAY)))
}

/// Writes cookies so that browsers take them as they are meant. What an old one may not know comes last: lynx takes
/// `SameSite=Lax` for a cookie of its own, which then owns the path and the age behind it, so that ours would go back to
/// `/fn/` alone, and end with lynx. And a `__Host-` cookie without `Secure` is no news to a browser, also when it takes
/// one back, where tower-sessions leaves it out.
pub async fn mend_cookies(mut response: Response) -> Response {
    if let header::Entry::Occupied(mut cookies) = response.headers_mut().entry(header::SET_COOKIE) {
        for cookie in cookies.iter_mut() {
            if let Some(mended) = cookie.to_str().ok().and_then(mended) {
                *cookie = mended;
            }
        }
    }
    response
}

fn mended(cookie: &str) -> Option<HeaderValue> {
    let (pair, attributes) = cookie.split_once("; ")?;
    let is_unknown = |attribute: &&str| attribute.starts_with("SameSite=");
    let (unknown, mut known): (Vec<_>, Vec<_>) = attributes.split("; ").partition(is_unknown);
    if pair.starts_with("__Host-") && !known.contains(&"Secure") {
        known.push("Secure");
    }
    HeaderValue::from_str(&[vec![pair], known, unknown].concat().join("; ")).ok()
}

/// Keeps a session that is in use alive: without a change tower-sessions would let it run out.
pub async fn touch(shop: &Shop, session: &Session) -> Result<(), tower_sessions::session::Error> {
    if session.is_empty().await {
        return Ok(());
    }
    let now = shop.now();
    let touched = session.get::<i64>(TOUCHED_KEY).await?.map(Timestamp::from_millis);
    if touched.is_none_or(|touched| now.since(touched) >= TOUCHED_EVERY) {
        session.insert(TOUCHED_KEY, now.millis()).await?;
    }
    Ok(())
}

/// tower-sessions' store over the shop's table.
#[derive(Clone)]
pub struct ShopSessions {
    shop: Shop,
}

impl fmt::Debug for ShopSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShopSessions")
    }
}

/// What is stored: everything but the id.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    data: HashMap<String, serde_json::Value>,
    expires_at_ms: i64,
}

impl ShopSessions {
    /// A record as it is stored, and when it ends.
    fn kept(&self, record: &Record) -> session_store::Result<(Kept, Vec<u8>, Timestamp)> {
        let now = self.shop.now();
        let mut data = record.data.clone();
        let begun = data.entry(BEGUN_KEY.to_owned()).or_insert_with(|| now.millis().into()).as_i64();
        let latest = Timestamp::from_millis(begun.unwrap_or_default()).after(LONGEST);
        let expires_at = now.after(INACTIVITY).min(latest);
        let kept = Kept { data, expires_at_ms: expires_at.millis() };
        let bytes = serde_json::to_vec(&kept).map_err(|error| session_store::Error::Encode(error.to_string()))?;
        Ok((kept, bytes, expires_at))
    }
}

#[async_trait]
impl SessionStore for ShopSessions {
    /// Always under a fresh id: tower-sessions would take the id of a flushed session again, and with it
    /// whoever else knows that id.
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        record.id = Id::default();
        let now = self.shop.now().millis();
        record.data.insert(TOUCHED_KEY.to_owned(), now.into());
        record.data.insert(BEGUN_KEY.to_owned(), now.into());
        let (kept, bytes, expires_at) = self.kept(record)?;
        let id = digest_of(record.id.0);
        sessions::write_session(&self.shop, id, owner(&kept), &bytes, expires_at).await.map_err(backend)?;
        sessions::write_origin(self.shop.db(), id, origin(&kept), self.shop.now()).await.map_err(backend)
    }

    /// Good for another fourteen days by the shop's clock. One that an older program began begins to count now.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (kept, bytes, expires_at) = self.kept(record)?;
        let id = digest_of(record.id.0);
        sessions::rewrite_session(&self.shop, id, owner(&kept), &bytes, expires_at).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = sessions::read_session(&self.shop, digest_of(id.0)).await.map_err(backend)?;
        let Some(bytes) = found else { return Ok(None) };
        let kept: Kept =
            serde_json::from_slice(&bytes).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let expires_at = Timestamp::from_millis(kept.expires_at_ms);
        if let Some((user, version)) = owner(&kept).zip(version(&kept)) {
            service::expect_version(&self.shop, user, version);
        }
        // A copy may be there a little longer than its session lives.
        let is_over = expires_at <= self.shop.now();
        Ok((!is_over).then(|| Record { id: *id, data: kept.data, expiry_date: expires_at.utc() }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sessions::end_session(&self.shop, digest_of(id.0)).await.map_err(backend)
    }
}

/// What is known of where it began.
fn origin(kept: &Kept) -> SessionOrigin<'_> {
    let text = |key: &str| kept.data.get(key).and_then(|value| value.as_str());
    SessionOrigin { address: text(ADDRESS_KEY), browser: text(BROWSER_KEY) }
}

fn owner(kept: &Kept) -> Option<UserId> {
    kept.data.get(LOGIN_KEY)?.get("user_id")?.as_i64().map(UserId::new)
}

/// The account's version that the session is bound to: the eight bytes of [`app::auth::AuthUser`].
fn version(kept: &Kept) -> Option<i64> {
    let bytes: [u8; 8] = serde_json::from_value(kept.data.get(LOGIN_KEY)?.get("auth_hash")?.clone()).ok()?;
    Some(i64::from_be_bytes(bytes))
}

fn backend(fault: Fault) -> session_store::Error {
    session_store::Error::Backend(crate::problem::sources(&fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_is_stored_as_a_hash_of_itself() {
        let id = Id(42);
        assert!(!digest_of(id.0).windows(16).any(|part| part == id.0.to_be_bytes()));
        assert_ne!(digest_of(id.0), digest_of(43));
    }

    #[test]
    fn a_cookie_names_last_what_old_browsers_do_not_know() {
        let cookie = mended("damda=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=60").unwrap();
        assert_eq!(cookie, "damda=abc; HttpOnly; Path=/; Max-Age=60; SameSite=Lax");
        let without = mended("a=b; HttpOnly").unwrap();
        assert_eq!(without, "a=b; HttpOnly");
        assert_eq!(mended("a=b"), None);
    }

    #[test]
    fn a_session_is_taken_back_in_words_that_browsers_hear() {
        assert_eq!(mended("__Host-damda=; Path=/; Max-Age=0").unwrap(), "__Host-damda=; Path=/; Max-Age=0; Secure");
        let begun = "__Host-damda=abc; HttpOnly; Secure; Path=/; SameSite=Lax";
        assert_eq!(mended(begun).unwrap(), begun);
        assert_eq!(mended("damda=; Path=/; Max-Age=0").unwrap(), "damda=; Path=/; Max-Age=0");
    }

    #[test]
    fn the_owner_of_a_session_is_who_is_logged_in() {
        let kept = |data: serde_json::Value| Kept { data: serde_json::from_value(data).unwrap(), expires_at_ms: 0 };
        assert_eq!(owner(&kept(json!({}))), None);
        assert_eq!(owner(&kept(json!({LOGIN_KEY: {"user_id": null}}))), None);
        assert_eq!(owner(&kept(json!({LOGIN_KEY: {"user_id": 7}}))), Some(UserId::new(7)));
        assert_eq!(version(&kept(json!({LOGIN_KEY: {"user_id": 7, "auth_hash": null}}))), None);
        assert_eq!(
            version(&kept(json!({LOGIN_KEY: {"user_id": 7, "auth_hash": [0, 0, 0, 0, 0, 0, 1, 2]}}))),
            Some(258)
        );
    }
}
