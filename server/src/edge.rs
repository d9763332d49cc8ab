//! The first and last to see every request: gives it a trace id, knows whose address it comes from, keeps
//! a panic or an endless handler from taking the connection with it, and writes problems out.

use crate::address::ClientAddress;
use crate::dress::{Reader, theme_of};
use crate::problem::Problem;
use crate::state::Web;
use crate::telemetry;
use crate::text::{lang_of_page, lang_of_program};
use crate::watch::{Asked, Sender};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use shop::Timestamp;
use shop::watch::{Stopwatch, millis};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tracing::Instrument;

/// How long a request may take before it is given up.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

pub use shop::trace::TraceId;

/// An answer that takes longer is told to the owner (SPEC §10).
const SLOW_ANSWER: Duration = Duration::from_secs(3);

/// Whose lines `DAMDA_LOG=info,damda::answers=debug` shows: one for each request.
const ANSWERS: &str = "damda::answers";

/// A trusted proxy's id: its `x-request-id`, which it expects back, or else the trace id of its `traceparent`
/// (W3C Trace Context).
pub fn given_trace(headers: &HeaderMap) -> Option<TraceId> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    text(&REQUEST_ID)
        .and_then(TraceId::parse)
        .or_else(|| text(&TRACEPARENT).and_then(read_traceparent).map(|of| of.trace))
}

/// What a `traceparent` says: the span that a request was sent in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceparent {
    pub trace: TraceId,
    pub parent: [u8; 8],
    /// Whoever sent it collects this trace.
    pub is_sampled: bool,
}

impl Traceparent {
    /// A trusted proxy's.
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        headers.get(&TRACEPARENT).and_then(|value| value.to_str().ok()).and_then(read_traceparent)
    }
}

/// `00-{32 hexadecimal digits}-{16}-{2}`; a later version may append parts. Zeros name nothing.
fn read_traceparent(text: &str) -> Option<Traceparent> {
    let mut parts = text.split('-');
    let mut hex = |digits: usize| {
        let part = parts.next()?;
        let good = part.len() == digits && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        good.then_some(part)
    };
    let (version, trace, parent, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    let ends = version != "00" || parts.next().is_none();
    if version == "ff" || is_zero(trace) || is_zero(parent) || !ends {
        return None;
    }
    Some(Traceparent {
        trace: TraceId::parse(trace)?,
        parent: hex::decode(parent).ok()?.try_into().ok()?,
        is_sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
    })
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
    let is_trusted = web.proxies.trusts(peer);
    let given = is_trusted.then(|| given_trace(request.headers())).flatten();
    let trace_id = given.unwrap_or_else(TraceId::fresh);
    let address = web.proxies.client_address(peer, request.headers());
    let form = Form::of_request(&request);
    let lang = match form {
        Form::Json => lang_of_program(request.headers()),
        Form::Page => lang_of_page(request.uri(), request.headers()),
    };
    let reader = Reader { lang, theme: theme_of(request.headers()), seller: web.legal.seller(lang) };
    // The path, never the query: a search is the shopper's own business. An error's level, so that no filter
    // but `off` takes the ids from the lines within.
    let (method, path) = (request.method(), request.uri().path());
    let span = tracing::error_span!("request", %trace_id, %method, path, user = tracing::field::Empty);
    telemetry::begin(&span, &trace_id, || is_trusted.then(|| Traceparent::of_headers(request.headers())).flatten());
    let sender = Sender::unknown(span.clone());
    let asked = Asked::of(method, request.extensions().get::<MatchedPath>());
    request.extensions_mut().insert::<ClientAddress>(address);
    request.extensions_mut().insert(trace_id.clone());
    request.extensions_mut().insert(sender.clone());

    let (began, _inside) = (Stopwatch::start(), web.watch.enter());
    let mut response = trace_id.clone().scope(answer(request, next)).instrument(span.clone()).await;
    let took = began.elapsed();
    web.watch.answered(&web.shop, &asked, response.status(), took);
    telemetry::answered(&span, &asked, response.status());
    web.watch.saw(sender.user(), address.0, web.shop.now());
    let is_busy = response.extensions().get::<Problem>().is_some_and(Problem::is_busy);
    span.in_scope(|| {
        response = write_problem(std::mem::take(&mut response), form, &reader, web.shop.now(), &trace_id);
        log_answer(&asked, response.status(), took, is_busy);
    });
    crate::router::guard(response.headers_mut(), web.public_url.is_https());
    if let Ok(value) = HeaderValue::from_str(trace_id.as_str()) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    response
}

/// One line an answer, loud where the owner should look: an ordinary one, a refusal too, is of interest
/// only to who searches for something, and thousands a second of them would drown what matters. Who is turned away from a
/// busy shop is one of those: the room, the desk or the password's queue has told of the crowd.
fn log_answer(asked: &Asked, status: StatusCode, took: Duration, is_busy: bool) {
    let (route, status, duration_ms) = (&*asked.route, status.as_u16(), millis(took));
    if status >= 500 && !is_busy {
        tracing::warn!(target: ANSWERS, route, status, duration_ms, "answered with a fault");
    } else if took >= SLOW_ANSWER {
        tracing::warn!(target: ANSWERS, route, status, duration_ms, "answered slowly");
    } else {
        tracing::debug!(target: ANSWERS, route, status, duration_ms, "answered");
    }
}

/// The handler's answer, or a problem when it panics or takes too long.
async fn answer(request: Request, next: Next) -> Response {
    // `GET shop HTTP/1.1` names a host and no path, and pages take it for granted that there is one.
    if request.uri().path_and_query().is_none() {
        return Problem::malformed_request().into_response();
    }
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
        StatusCode::METHOD_NOT_ALLOWED if bare => Some(Problem::method_not_allowed()),
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
    problem.log();
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
    fn a_trusted_proxys_id_is_taken_only_in_a_sane_form() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let table = [
            ("x-request-id", TRACE, true),
            ("x-request-id", "018f8e3a-1111-7000-8000-000000000000", true),
            ("x-request-id", "short", false),
            ("x-request-id", "0123456789abcdef\" onload=x", false),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("traceparent", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false),
            ("traceparent", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736", false),
            ("traceparent", TRACE, false),
        ];
        for (name, text, good) in table {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), text.parse().unwrap())]);
            assert_eq!(given_trace(&headers).is_some(), good, "{name}: {text}");
        }
        let both = [
            (REQUEST_ID.clone(), "0123456789abcdef-mine".parse().unwrap()),
            (TRACEPARENT.clone(), table[4].1.parse().unwrap()),
        ];
        assert_eq!(given_trace(&both.iter().cloned().collect()).unwrap().as_str(), "0123456789abcdef-mine");
        assert_eq!(given_trace(&both[1..].iter().cloned().collect()).unwrap().as_str(), TRACE);
    }

    #[test]
    fn a_traceparent_says_below_which_span_and_whether_it_is_collected() {
        for (flags, is_sampled) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let text = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            let read = read_traceparent(&text).unwrap();
            assert_eq!(read.trace.as_str(), "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(read.parent, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
            assert_eq!(read.is_sampled, is_sampled, "{flags}");
        }
    }
}
