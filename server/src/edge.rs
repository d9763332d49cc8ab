//! The first and last to see every request: gives it a trace id, knows whose address it comes from, keeps
//! a panic or an endless handler from taking the connection with it, and writes problems out.

use crate::address::ClientAddress;
use crate::dress::{Reader, theme_of};
use crate::problem::Problem;
use crate::state::Web;
use crate::text::{lang_of_page, lang_of_program};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use shop::Timestamp;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tracing::Instrument;

/// How long a request may take before it is given up.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What ties an answer to its lines in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    pub fn fresh() -> Self {
        Self(hex::encode(rand::random::<[u8; 16]>()))
    }

    /// A trusted proxy's id, if it is one: 16…64 letters, digits and dashes.
    fn given(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(&REQUEST_ID)?.to_str().ok()?;
        let good =
            (16..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        good.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which form a problem takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Page,
}

impl Form {
    /// The API speaks JSON whatever is accepted; elsewhere a browser gets a page.
    fn of_request(request: &Request) -> Self {
        let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
        let path = request.uri().path();
        let api = path == "/api" || path.starts_with("/api/");
        if !api && accepts.contains("text/html") { Self::Page } else { Self::Json }
    }
}

/// The outermost layer.
pub async fn observe(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let given = web.proxies.trusts(peer).then(|| TraceId::given(request.headers())).flatten();
    let trace_id = given.unwrap_or_else(TraceId::fresh);
    let address = web.proxies.client_address(peer, request.headers());
    let form = Form::of_request(&request);
    let lang = match form {
        Form::Json => lang_of_program(request.headers()),
        Form::Page => lang_of_page(request.uri(), request.headers()),
    };
    let reader = Reader { lang, theme: theme_of(request.headers()), seller: web.legal.seller(lang) };
    request.extensions_mut().insert::<ClientAddress>(address);
    request.extensions_mut().insert(trace_id.clone());

    // The path, never the query: a search is the shopper's own business.
    let span = tracing::info_span!("request", %trace_id, method = %request.method(), path = request.uri().path());
    let mut response = answer(request, next).instrument(span.clone()).await;
    span.in_scope(|| {
        response = write_problem(std::mem::take(&mut response), form, &reader, web.shop.now(), &trace_id);
        tracing::debug!(status = response.status().as_u16(), "answered");
    });
    if let Ok(value) = HeaderValue::from_str(trace_id.as_str()) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    response
}

/// The handler's answer, or a problem when it panics or takes too long.
async fn answer(request: Request, next: Next) -> Response {
    let handled = AssertUnwindSafe(tokio::time::timeout(LONGEST_REQUEST, next.run(request))).catch_unwind();
    match handled.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a request was given up after {LONGEST_REQUEST:?}");
            Problem::service_unavailable().into_response()
        }
        Err(_) => {
            tracing::error!("a handler panicked; its message stands above");
            Problem::internal_error().into_response()
        }
    }
}

/// The problem a response stands for. Layers that know no problems leave a bare status.
fn take_problem(response: &mut Response) -> Option<Problem> {
    let known = response.extensions_mut().remove::<Problem>();
    let bare = !response.headers().contains_key(header::CONTENT_TYPE);
    known.or_else(|| match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Some(Problem::payload_too_large()),
        StatusCode::INTERNAL_SERVER_ERROR if bare => Some(Problem::internal_error()),
        _ => None,
    })
}

/// Gives a problem its body.
fn write_problem(
    mut response: Response,
    form: Form,
    reader: &Reader<'_>,
    now: Timestamp,
    trace_id: &TraceId,
) -> Response {
    let Some(problem) = take_problem(&mut response) else { return response };
    problem.log(trace_id);
    let (content_type, body) = match form {
        Form::Json => ("application/problem+json", problem.to_json(reader.lang, trace_id)),
        Form::Page => ("text/html; charset=utf-8", problem.to_page(reader, now, trace_id)),
    };
    *response.body_mut() = body;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(reader.lang.code()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_from_outside_is_taken_only_in_a_sane_form() {
        let table = [
            ("0123456789abcdef0123456789abcdef", true),
            ("018f8e3a-1111-7000-8000-000000000000", true),
            ("short", false),
            ("0123456789abcdef\" onload=x", false),
            ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", false),
        ];
        for (text, good) in table {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID.clone(), text.parse().unwrap());
            assert_eq!(TraceId::given(&headers).is_some(), good, "{text}");
        }
    }

    #[test]
    fn every_fresh_id_is_new() {
        assert_ne!(TraceId::fresh(), TraceId::fresh());
        assert_eq!(TraceId::fresh().as_str().len(), 32);
    }
}
