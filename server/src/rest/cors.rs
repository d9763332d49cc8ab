//! Pages of other origins, as far as `CORS_ORIGINS` lets them read our answers; nobody unless it is set.
//! Never with credentials: the API reads no cookies, and a token is something a page must have been given.
//!
//! Two layers: [`answer_preflight`] inside, where the trace id is known, and [`share`] outermost, so that
//! even the answer to a request that broke can be read.

use super::rate;
use crate::state::Web;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};

/// Whose pages may read the API's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    None,
    All,
    /// As browsers write them: `https://shop.example`.
    Some(Vec<String>),
}

impl Origins {
    /// `*`, or origins separated by commas or spaces. The error is the item that is no origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let items: Vec<&str> = text.split([',', ' ']).filter(|item| !item.is_empty()).collect();
        match items[..] {
            [] => Ok(Self::None),
            ["*"] => Ok(Self::All),
            _ => items.into_iter().map(parse_origin).collect::<Result<_, _>>().map(Self::Some),
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(known) => known.iter().any(|known| known.as_bytes() == origin.as_bytes()),
        }
    }
}

/// Scheme, host and port, and nothing more: browsers compare the text.
fn parse_origin(item: &str) -> Result<String, String> {
    let wrong = || item.to_owned();
    let uri: Uri = item.parse().map_err(|_| wrong())?;
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or_else(wrong)?;
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    let is_bare = item == format!("{scheme}://{authority}");
    let is_sane = !authority.is_empty() && !authority.contains(['@', '*']) && !authority.ends_with(default_port);
    if is_bare && is_sane && authority == authority.to_ascii_lowercase() { Ok(item.to_owned()) } else { Err(wrong()) }
}

/// What a page may send, besides what every page may.
const TAKEN: &str = "authorization, content-type, idempotency-key, if-none-match";
/// What a page may do.
const DONE: &str = "GET, HEAD, POST";
/// So long may a browser remember that it may.
const REMEMBERED_SECONDS: &str = "600";

/// What a page may read, besides what every page may.
fn exposed() -> String {
    let own = [header::ETAG, header::LOCATION, header::RETRY_AFTER, HeaderName::from_static("x-request-id")];
    let names: Vec<String> = own
        .into_iter()
        .chain([rate::LIMIT, rate::REMAINING, rate::RESET, rate::POLICY])
        .map(|name| name.to_string())
        .collect();
    names.join(", ")
}

/// Answers a browser that asks whether a page may send what it wants to send.
pub async fn answer_preflight(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let asks = *request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let allowed = headers.get(header::ORIGIN).is_some_and(|origin| web.cors.allows(origin));
    if !(asks && allowed) {
        return next.run(request).await;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(DONE));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(TAKEN));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED_SECONDS));
    response
}

/// Lets the page that asked read the API's answer, if it may.
pub async fn share(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if *web.cors == Origins::None || !(path == "/api" || path.starts_with("/api/")) {
        return next.run(request).await;
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    write_sharing(&web.cors, origin, response.headers_mut());
    response
}

fn write_sharing(cors: &Origins, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    if *cors != Origins::All {
        // Whoever keeps the answer must not show it to a page of another origin, or keep it from one.
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    let Some(origin) = origin.filter(|origin| cors.allows(origin)) else { return };
    let allowed = if *cors == Origins::All { HeaderValue::from_static("*") } else { origin };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if let Ok(exposed) = HeaderValue::from_str(&exposed()) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let some = |items: &[&str]| Ok(Origins::Some(items.iter().map(|item| (*item).to_owned()).collect()));
        let table = [
            ("", Ok(Origins::None)),
            ("*", Ok(Origins::All)),
            ("https://a.example", some(&["https://a.example"])),
            ("https://a.example, http://b.example:8080", some(&["https://a.example", "http://b.example:8080"])),
            ("http://[::1]:3000", some(&["http://[::1]:3000"])),
            ("https://a.example/", Err("https://a.example/".to_owned())),
            ("https://a.example,*", Err("*".to_owned())),
            ("https://*.example", Err("https://*.example".to_owned())),
            ("https://A.example", Err("https://A.example".to_owned())),
            ("https://a.example:443", Err("https://a.example:443".to_owned())),
            ("https://user@a.example", Err("https://user@a.example".to_owned())),
            ("a.example", Err("a.example".to_owned())),
            ("null", Err("null".to_owned())),
            ("ftp://a.example", Err("ftp://a.example".to_owned())),
        ];
        for (text, expected) in table {
            assert_eq!(Origins::parse(text), expected, "{text}");
        }
    }
}
