//! One request for a page: who asks, in which language, with which cart, and what the last form left to
//! say. Pages begin one; components read it from the context.

use crate::auth::{AuthSession, current_user};
use crate::cart::Cart;
use crate::cookies::{are_cookies_off, find_cookie, keep_witness};
use crate::flash::Flash;
use crate::islands::IslandsSeen;
use crate::legal::Legal;
use crate::text::Lang;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, RETRY_AFTER, VARY};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use leptos::prelude::{expect_context, provide_context, use_context};
use leptos_axum::ResponseOptions;
use shop::user::User;
use shop::{Shop, Won};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What the server knows of itself and pages show.
#[derive(Clone, Debug)]
pub struct SiteInfo {
    /// `https://shop.example`, without a slash at the end.
    pub public_url: Arc<str>,
    /// The shop holds the demo catalogue and its printed accounts.
    pub is_demo: bool,
    /// Who sells, and the owner's texts.
    pub legal: Arc<Legal>,
}

/// Where a request comes from. The server puts it into the context, beside [`provide_request`]; without it
/// nothing is counted by address and failed pages name no number.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What limits by address count by.
    pub address_key: Arc<str>,
    /// What the log calls this request.
    pub request_number: Arc<str>,
}

/// Gives pages and server functions what they need of a request. The server calls it for each one, where
/// leptos_axum asks for additional context.
pub fn provide_request(shop: Shop, session: AuthSession, site: SiteInfo) {
    provide_context(shop);
    provide_context(session);
    provide_context(site);
    provide_context(lang_of_request());
}

fn lang_of_request() -> Lang {
    let parts = use_context::<Parts>();
    let named = parts.as_ref().and_then(|parts| Lang::from_query(parts.uri.query()));
    let header =
        parts.as_ref().and_then(|parts| parts.headers.get(ACCEPT_LANGUAGE)).and_then(|text| text.to_str().ok());
    named.unwrap_or_else(|| Lang::from_request(find_cookie(Lang::COOKIE).as_deref(), header))
}

/// The shop of this server.
pub fn shop() -> Shop {
    expect_context::<Shop>()
}

/// Who sells, and the owner's texts.
pub fn legal() -> Arc<Legal> {
    use_context::<SiteInfo>().map(|site| site.legal).unwrap_or_default()
}

/// The reader's language.
pub fn lang() -> Lang {
    use_context::<Lang>().unwrap_or_default()
}

/// A choice of light or dark, kept in a cookie; `None` leaves it to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub const COOKIE: &str = "theme";

    pub fn code(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        }
    }

    pub fn of_request() -> Option<Self> {
        find_cookie(Self::COOKIE).as_deref().and_then(Self::from_code)
    }
}

/// What a page knows of its request.
#[derive(Clone, Debug)]
pub struct Visit {
    pub lang: Lang,
    pub user: Option<User>,
    pub cart: Cart,
    pub flash: Flash,
    /// The wallet's balance of who is logged in; `None` also when it could not be read.
    pub balance: Option<Won>,
    /// Whether the page has written an island.
    pub islands: IslandsSeen,
    /// Whether the browser keeps no cookies, as far as one can tell.
    pub cookies_off: bool,
}

impl Visit {
    /// Reads the request and offers itself to the components of the page. Takes the flash: so a page
    /// begins its visit only when nothing will lead away from it any more.
    pub async fn begin() -> Arc<Self> {
        let user = current_user();
        let balance = match &user {
            Some(user) => find_balance(user).await,
            None => None,
        };
        let islands = IslandsSeen::default();
        provide_context(islands.clone());
        let (cart, flash) = (Cart::of_request(), Flash::take());
        let cookies_off = are_cookies_off();
        keep_witness();
        let visit = Arc::new(Self { lang: lang(), user, cart, flash, balance, islands, cookies_off });
        provide_context(visit.clone());
        visit
    }

    /// The visit of the page being written.
    pub fn current() -> Arc<Self> {
        expect_context::<Arc<Self>>()
    }
}

async fn find_balance(user: &User) -> Option<Won> {
    match shop::wallet::service::find_wallet(&shop(), user.id).await {
        Ok(wallet) => Some(wallet.balance),
        Err(error) => {
            tracing::error!(user = %user.id, %error, "the balance for a page's top bar could not be read");
            None
        }
    }
}

/// Path and query of this request.
pub fn here() -> String {
    use_context::<Parts>()
        .and_then(|parts| parts.uri.path_and_query().map(|path| path.as_str().to_owned()))
        .unwrap_or_else(|| "/".to_owned())
}

/// [`here`] in whatever language the reader chooses: a link's `?lang=` must not outlive that choice.
pub fn here_in_any_language() -> String {
    in_any_language(&here())
}

/// A path without the language that it names.
pub fn in_any_language(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let is_lang = |pair: &&str| *pair == "lang" || pair.starts_with("lang=");
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_lang(pair)).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

/// The query of this request; the first of a name counts, blank is absent.
#[derive(Clone, Debug, Default)]
pub struct Query(HashMap<String, String>);

impl Query {
    pub fn of_request() -> Self {
        let query = use_context::<Parts>().and_then(|parts| parts.uri.query().map(str::to_owned)).unwrap_or_default();
        Self::parse(&query)
    }

    pub fn parse(query: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let mut first = HashMap::new();
        for (name, value) in pairs {
            first.entry(name).or_insert(value);
        }
        Self(first)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// `path?a=b`; pairs without a value are left out.
pub fn path_with(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let given: Vec<(&str, &str)> = pairs.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    match serde_urlencoded::to_string(given) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

pub fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Says who may keep the page: nobody when it is private or answered a form, else its browser, asking again.
pub fn set_caching(is_private: bool) {
    let caching = if is_private { "no-store" } else { "private, no-cache" };
    set_header(CACHE_CONTROL, caching);
    set_header(VARY, "Cookie, Accept-Language");
}

/// When trying again can help, rounded up to whole seconds.
pub fn set_retry_after(wait: Duration) {
    let seconds = wait.as_millis().div_ceil(1_000).max(1).to_string();
    if let (Some(response), Ok(seconds)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&seconds)) {
        response.insert_header(RETRY_AFTER, seconds);
    }
}

pub fn set_header(name: HeaderName, value: &'static str) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(name, HeaderValue::from_static(value));
    }
}

/// A fresh request id for a form that must not count twice.
pub fn new_request_id() -> String {
    shop().random_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_whatever_it_holds() {
        let query = Query::parse("q=%ED%95%9C+%2B&q=2&sort=&x=%ff&&=");
        assert_eq!(query.get("q"), Some("한 +"));
        assert_eq!(query.get("sort"), None);
        assert_eq!(query.get("none"), None);
    }

    #[test]
    fn a_path_takes_only_the_values_there_are() {
        assert_eq!(path_with("/products", &[("q", Some("가 &")), ("cursor", None)]), "/products?q=%EA%B0%80+%26");
        assert_eq!(path_with("/products", &[("q", None)]), "/products");
    }
}
