//! Somebody who sends requests, and what came back. Knows the shop by its contract only.

#![allow(dead_code, reason = "every test crate uses its part")]

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

pub const PASSWORD: &str = "correct horse 9";
/// However slow the machine is, an answer that takes longer will not come.
const LONGEST_ANSWER: Duration = Duration::from_secs(120);

/// A word nobody had before in this process.
pub fn fresh(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Somebody who sends requests. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    doors: Arc<Doors>,
    headers: HeaderMap,
}

/// Where requests go, each to the next.
struct Doors {
    bases: Vec<String>,
    next: AtomicUsize,
}

impl Doors {
    fn next(&self) -> &str {
        &self.bases[self.next.fetch_add(1, Ordering::SeqCst) % self.bases.len()]
    }
}

impl Client {
    /// Somebody without an account, whose requests go to these doors of one shop in turn.
    pub fn to(bases: Vec<String>) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(LONGEST_ANSWER)
            .build()
            .expect("a client");
        Client { http, doors: Arc::new(Doors { bases, next: AtomicUsize::new(0) }), headers: HeaderMap::new() }
    }

    pub fn with_token(&self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
        Self { headers, ..self.clone() }
    }

    pub fn token(&self) -> String {
        let value = self.headers["authorization"].to_str().expect("text");
        value.trim_start_matches("Bearer ").to_owned()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.doors.next())).headers(self.headers.clone())
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub async fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
    }

    /// Bytes as they are, under a content type.
    pub async fn post_bytes(&self, path: &str, content_type: Option<&str>, bytes: &[u8]) -> Answer {
        let mut request = self.request(Method::POST, path).header("Idempotency-Key", fresh("key")).body(bytes.to_vec());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Answer::of(request).await
    }

    pub async fn charge(&self, amount: i64) -> Answer {
        self.post_with_key("/api/v1/wallet/charges", &fresh("key"), &json!({"amount": amount})).await
    }

    pub async fn order(&self, body: &Value) -> Answer {
        self.post_with_key("/api/v1/orders", &fresh("key"), body).await
    }

    pub async fn buy(&self, product: i64, quantity: i64) -> Answer {
        self.order(&json!({"items": [{"product_id": product, "quantity": quantity}]})).await
    }

    pub async fn claim(&self, code: &str) -> Answer {
        Answer::of(self.request(Method::POST, &format!("/api/v1/coupons/{code}/claims"))).await
    }

    pub async fn balance(&self) -> i64 {
        self.get("/api/v1/wallet").await.expect(200).body["balance"].as_i64().expect("a balance")
    }

    /// What a refused request must leave as it was.
    pub async fn facts(&self) -> Facts {
        let products = self.get("/api/v1/products?limit=100").await.expect(200);
        let stock =
            |product: &Value| ["id", "total_stock", "reserved_stock"].map(|name| product[name].as_i64().unwrap_or(-1));
        let mine = self.get("/api/v1/me/coupons?limit=100").await.expect(200);
        let coupon = |coupon: &Value| format!("{} {}", coupon["coupon_code"], coupon["status"]);
        Facts {
            balance: self.balance().await,
            postings: self.get("/api/v1/wallet/transactions?limit=100").await.expect(200).items().len(),
            orders: self.get("/api/v1/orders?limit=100").await.expect(200).items().len(),
            bought: self.get("/api/v1/orders?limit=100&status=COMPLETED").await.expect(200).items().len(),
            stock: products.items().iter().map(stock).collect(),
            coupons: mine.items().iter().map(coupon).collect(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub balance: i64,
    pub postings: usize,
    /// REJECTED ones too, which a refusal of the shop leaves behind.
    pub orders: usize,
    pub bought: usize,
    pub stock: Vec<[i64; 3]>,
    pub coupons: Vec<String>,
}

impl Facts {
    /// Asserts that nothing moved; a refused order may have been kept.
    #[track_caller]
    pub fn assert_nothing_moved(&self, after: &Facts) {
        let kept = Facts { orders: self.orders, ..after.clone() };
        assert_eq!(*self, kept);
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        Self::try_of(request).await.expect("an answer")
    }

    /// An error when nobody answers, or not to the end.
    pub async fn try_of(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is_picture = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"image/"));
        let bytes = response.bytes().await?.to_vec();
        let text = match is_picture {
            true => String::from_utf8_lossy(&bytes).into_owned(),
            false => String::from_utf8(bytes).expect("UTF-8"),
        };
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { status, headers, text, body })
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A problem of this status and code, complete in every part the contract names.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str().unwrap_or("")), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["trace_id"], self.header("x-request-id"));
        for part in ["type", "title", "detail"] {
            assert!(self.body[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {}", self.text);
        }
        self
    }

    /// A `validation_failed` that names this field.
    #[track_caller]
    pub fn invalid(self, field: &str) -> Self {
        let answer = self.problem(422, "validation_failed");
        let errors = answer.body["errors"].as_array().expect("a list of errors");
        let named = errors
            .iter()
            .any(|error| error["field"] == field && error["problem"].is_string() && error["detail"].is_string());
        assert!(named, "{field}: {}", answer.text);
        answer
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        assert!(self.body.get("next_cursor").is_some(), "{}", self.text);
        self.body["items"].as_array().expect("a list")
    }

    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }
}
