//! Every "no" of the HTTP side, as `application/problem+json` (RFC 9457). A handler gives a [`Problem`];
//! it travels to the edge in the response's extensions, where the language and the trace id are known,
//! and is written there: as JSON for programs, as a small page for people. Faults are logged there, once.

use crate::dress::{MAINTENANCE_RETRY, Reader, problem_page};
use crate::edge::TraceId;
use crate::rest::whole_seconds;
use app::text::problems::{maintenance_words, problem_words};
use app::text::{Lang, error_text, field_text, http_text};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use shop::Timestamp;
use shop::error::{Fault, FieldError, FieldProblem};
use std::sync::Arc;
use std::time::Duration;

/// So many wrong fields are told at once: a request of nothing but mistakes is not answered with more than
/// it sent.
pub const MOST_ERRORS: usize = 50;

/// A request that is not answered with what it asked for.
#[derive(Clone, Debug)]
pub struct Problem(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    /// A service of the shop said it.
    Shop(shop::Error),
    /// HTTP said it; the code is one of API.md.
    Http(&'static str),
    /// The owner closed the shop for a while.
    Maintenance,
}

impl Problem {
    fn http(code: &'static str) -> Self {
        Self(Arc::new(Kind::Http(code)))
    }

    pub fn malformed_request() -> Self {
        Self::http("malformed_request")
    }

    pub fn unauthorized() -> Self {
        Self::http("unauthorized")
    }

    pub fn forbidden() -> Self {
        shop::Error::Forbidden.into()
    }

    pub fn not_found() -> Self {
        shop::Error::NotFound.into()
    }

    pub fn method_not_allowed() -> Self {
        Self::http("method_not_allowed")
    }

    pub fn unsupported_media_type() -> Self {
        Self::http("unsupported_media_type")
    }

    /// The body did not arrive in time.
    pub fn request_timeout() -> Self {
        Self::http("request_timeout")
    }

    pub fn payload_too_large() -> Self {
        Self::http("payload_too_large")
    }

    pub fn idempotency_key_missing() -> Self {
        Self::http("idempotency_key_missing")
    }

    pub fn service_unavailable() -> Self {
        shop::Error::Busy.into()
    }

    /// Whether it was said because too much is asked at once: by design, and to many.
    pub fn is_busy(&self) -> bool {
        matches!(&*self.0, Kind::Shop(shop::Error::Busy))
    }

    /// The shop is closed for a while.
    pub fn maintenance() -> Self {
        Self(Arc::new(Kind::Maintenance))
    }

    /// A fault that is in the log already.
    pub fn internal_error() -> Self {
        Self::http("internal_error")
    }

    /// One wrong field.
    pub fn invalid(field: impl Into<String>, problem: FieldProblem) -> Self {
        shop::Error::invalid(field, problem).into()
    }

    /// The stable code of API.md.
    pub fn code(&self) -> &'static str {
        match &*self.0 {
            Kind::Shop(error) => error.code(),
            Kind::Http(code) => code,
            Kind::Maintenance => "service_unavailable",
        }
    }

    pub fn status(&self) -> StatusCode {
        status_of(self.code())
    }

    /// When trying again can help, in whole seconds, rounded up: earlier would be refused again.
    fn retry_after_seconds(&self) -> Option<u64> {
        let wait = match &*self.0 {
            Kind::Shop(shop::Error::RateLimited { retry_after } | shop::Error::Blocked { retry_after }) => *retry_after,
            Kind::Maintenance => MAINTENANCE_RETRY,
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Duration::from_secs(1),
            _ => return None,
        };
        Some(whole_seconds(wait))
    }

    /// How long a block after too many failures still lasts, when this is one.
    pub fn blocked_for(&self) -> Option<Duration> {
        match &*self.0 {
            Kind::Shop(shop::Error::Blocked { retry_after }) => Some(*retry_after),
            _ => None,
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match &*self.0 {
            Kind::Shop(error) => error_text(lang, error),
            Kind::Http(code) => http_text(lang, code),
            Kind::Maintenance => maintenance_words(lang).text,
        }
    }

    /// What a program may want to know of this "no".
    fn facts(&self, lang: Lang) -> Map<String, Value> {
        let mut facts = match &*self.0 {
            Kind::Shop(shop::Error::Refused { refusal, order_id }) => {
                let mut facts = object(serde_json::to_value(refusal));
                if let Some(order_id) = order_id {
                    facts.insert("order_id".to_owned(), json!(order_id));
                }
                facts
            }
            Kind::Shop(shop::Error::OrderFailed(order_id) | shop::Error::OrderExpired(order_id)) => {
                Map::from_iter([("order_id".to_owned(), json!(order_id))])
            }
            Kind::Shop(shop::Error::Invalid(errors)) => {
                let errors = errors.iter().take(MOST_ERRORS).map(|error| field_facts(lang, error)).collect();
                Map::from_iter([("errors".to_owned(), Value::Array(errors))])
            }
            _ => Map::new(),
        };
        if let Some(seconds) = self.retry_after_seconds() {
            facts.insert("retry_after".to_owned(), json!(seconds));
        }
        facts
    }

    /// Writes a fault to the log, within the request's span, which holds the id its shopper was told.
    pub fn log(&self) {
        if let Kind::Shop(shop::Error::Fault(fault)) = &*self.0 {
            tracing::error!(fault = %sources(fault), "a request met a fault");
        }
    }

    /// For programs.
    pub fn to_json(&self, lang: Lang, trace_id: &TraceId) -> Body {
        Body::from(self.to_value(lang, trace_id).to_string())
    }

    /// What programs read.
    pub fn to_value(&self, lang: Lang, trace_id: &TraceId) -> Value {
        let mut body = self.facts(lang);
        let code = self.code();
        body.insert("type".to_owned(), json!(format!("urn:damda:problem:{code}")));
        body.insert("title".to_owned(), json!(title(code)));
        body.insert("status".to_owned(), json!(self.status().as_u16()));
        body.insert("detail".to_owned(), json!(self.detail(lang)));
        body.insert("code".to_owned(), json!(code));
        body.insert("trace_id".to_owned(), json!(trace_id.as_str()));
        Value::Object(body)
    }

    /// For people whose page could not be made at all, in the shop's dress.
    pub fn to_page(&self, reader: &Reader<'_>, now: Timestamp, trace_id: &TraceId) -> Body {
        let until = self.retry_after_seconds().map(|seconds| now.after(Duration::from_secs(seconds)));
        // A database that is away is a fault of ours: there are not too many shoppers.
        let is_fault = matches!(&*self.0, Kind::Shop(shop::Error::Fault(_)));
        let code = if is_fault { "internal_error" } else { self.code() };
        Body::from(problem_page(reader, &problem_words(reader.lang, code, until), trace_id.as_str()))
    }
}

impl From<shop::Error> for Problem {
    fn from(error: shop::Error) -> Self {
        Self(Arc::new(Kind::Shop(error)))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        shop::Error::from(fault).into()
    }
}

/// Status and headers now; the body at the edge.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        write_headers(&self, response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}

fn write_headers(problem: &Problem, headers: &mut HeaderMap) {
    if let Some(seconds) = problem.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if problem.status() == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// Every code there is, with its status. The API's document lists the same.
pub const CODES: [(&str, StatusCode); 28] = [
    ("malformed_request", StatusCode::BAD_REQUEST),
    ("idempotency_key_missing", StatusCode::BAD_REQUEST),
    ("unauthorized", StatusCode::UNAUTHORIZED),
    ("invalid_credentials", StatusCode::UNAUTHORIZED),
    ("second_factor_required", StatusCode::UNAUTHORIZED),
    ("forbidden", StatusCode::FORBIDDEN),
    ("not_found", StatusCode::NOT_FOUND),
    ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
    ("request_timeout", StatusCode::REQUEST_TIMEOUT),
    ("email_taken", StatusCode::CONFLICT),
    ("insufficient_stock", StatusCode::CONFLICT),
    ("insufficient_balance", StatusCode::CONFLICT),
    ("balance_limit_exceeded", StatusCode::CONFLICT),
    ("coupon_sold_out", StatusCode::CONFLICT),
    ("coupon_already_claimed", StatusCode::CONFLICT),
    ("coupon_not_applicable", StatusCode::CONFLICT),
    ("price_changed", StatusCode::CONFLICT),
    ("request_in_progress", StatusCode::CONFLICT),
    ("order_failed", StatusCode::CONFLICT),
    ("order_expired", StatusCode::CONFLICT),
    ("payload_too_large", StatusCode::PAYLOAD_TOO_LARGE),
    ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ("validation_failed", StatusCode::UNPROCESSABLE_ENTITY),
    ("idempotency_key_reused", StatusCode::UNPROCESSABLE_ENTITY),
    ("rate_limited", StatusCode::TOO_MANY_REQUESTS),
    ("temporarily_blocked", StatusCode::TOO_MANY_REQUESTS),
    ("internal_error", StatusCode::INTERNAL_SERVER_ERROR),
    ("service_unavailable", StatusCode::SERVICE_UNAVAILABLE),
];

fn status_of(code: &str) -> StatusCode {
    let known = CODES.iter().find(|(known, _)| *known == code);
    known.map_or(StatusCode::INTERNAL_SERVER_ERROR, |(_, status)| *status)
}

/// `insufficient_stock` → `Insufficient stock`.
fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let (first, rest) = words.split_at(words.len().min(1));
    first.to_ascii_uppercase() + rest
}

fn field_facts(lang: Lang, error: &FieldError) -> Value {
    let mut facts = object(serde_json::to_value(error));
    facts.insert("detail".to_owned(), json!(field_text(lang, error)));
    Value::Object(facts)
}

fn object(value: serde_json::Result<Value>) -> Map<String, Value> {
    match value {
        Ok(Value::Object(facts)) => facts,
        _ => Map::new(),
    }
}

/// An error and what lies under it, in one line.
pub fn sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(under) = source {
        let under_text = under.to_string();
        if !text.contains(&under_text) {
            text = format!("{text}: {under_text}");
        }
        source = under.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop::error::Refusal;
    use shop::id::ProductId;

    async fn written(problem: &Problem, lang: Lang) -> Value {
        let body = problem.to_json(lang, &TraceId::fresh());
        serde_json::from_slice(&axum::body::to_bytes(body, 65_536).await.unwrap()).unwrap()
    }

    #[test]
    fn every_code_of_the_contract_has_its_status() {
        let table = [
            ("validation_failed", 422),
            ("unauthorized", 401),
            ("forbidden", 403),
            ("not_found", 404),
            ("email_taken", 409),
            ("invalid_credentials", 401),
            ("insufficient_stock", 409),
            ("insufficient_balance", 409),
            ("balance_limit_exceeded", 409),
            ("coupon_sold_out", 409),
            ("coupon_already_claimed", 409),
            ("coupon_not_applicable", 409),
            ("price_changed", 409),
            ("request_in_progress", 409),
            ("idempotency_key_missing", 400),
            ("idempotency_key_reused", 422),
            ("rate_limited", 429),
            ("temporarily_blocked", 429),
            ("malformed_request", 400),
            ("payload_too_large", 413),
            ("method_not_allowed", 405),
            ("unsupported_media_type", 415),
            ("internal_error", 500),
            ("service_unavailable", 503),
            ("order_failed", 409),
            ("order_expired", 409),
            ("request_timeout", 408),
            ("second_factor_required", 401),
        ];
        assert_eq!(table.len(), CODES.len());
        for (code, status) in table {
            assert_eq!(status_of(code).as_u16(), status, "{code}");
        }
    }

    #[test]
    fn retry_after_is_rounded_up_to_whole_seconds() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (599_999, "600")] {
            let problem = Problem::from(shop::Error::RateLimited { retry_after: Duration::from_millis(millis) });
            assert_eq!(problem.into_response().headers()[header::RETRY_AFTER], seconds, "{millis}");
        }
    }

    #[tokio::test]
    async fn a_refusal_carries_its_facts() {
        let refusal = Refusal::InsufficientStock { product_id: ProductId::new(7), requested: 3, available: 2 };
        let body = written(&shop::Error::refused(refusal).into(), Lang::En).await;
        assert_eq!(body["code"], "insufficient_stock");
        assert_eq!(body["status"], 409);
        assert_eq!(body["title"], "Insufficient stock");
        assert_eq!((&body["product_id"], &body["available"]), (&json!(7), &json!(2)));
        assert!(body["detail"].as_str().unwrap().contains('2'), "{body}");
    }

    #[tokio::test]
    async fn wrong_fields_are_named_with_their_problem_and_a_sentence() {
        let problem = Problem::invalid("items[0].quantity", FieldProblem::TooLarge { most: 10 });
        let body = written(&problem, Lang::Ko).await;
        assert_eq!(body["errors"][0]["field"], "items[0].quantity");
        assert_eq!(body["errors"][0]["problem"], "too_large");
        assert_eq!(body["errors"][0]["most"], 10);
        assert!(body["errors"][0]["detail"].is_string());
    }

    #[tokio::test]
    async fn a_fault_shows_nothing_of_itself() {
        let problem = Problem::from(Fault::Other("table users is on fire".to_owned()));
        let body = written(&problem, Lang::En).await;
        assert_eq!((&body["code"], &body["status"]), (&json!("internal_error"), &json!(500)));
        assert!(!body.to_string().contains("fire"), "{body}");
    }
}
