//! What the shoppers do. Each request is made from its number alone and a little chance.

use clap::ValueEnum;
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;
use hyper::body::Bytes;

/// The goods of `damda seed --load`.
pub const PLENTIFUL_PRODUCTS: i64 = 100;
/// The product of which there are 500 pieces.
pub const SCARCE_PRODUCT: i64 = 101;
/// How many pieces of it there are at first.
pub const SCARCE_PIECES: i64 = 500;
/// The coupon of which there are 100 pieces.
pub const COUPON: &str = "FCFS100";

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Orders of one piece, spread over a hundred products
    Orders,
    /// Orders of one piece, all of product 1
    Hot,
    /// Orders of product 101, of which there are 500 pieces
    Scarce,
    /// Every shopper claims FCFS100, of which there are 100 pieces, once
    Claims,
    /// Product lists and products, as pages and from the API
    List,
    /// Looking around, and one request in five a wallet, an order or the list of orders
    Mixed,
}

impl Scenario {
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Hot => "hot",
            Self::Scarce => "scarce",
            Self::Claims => "claims",
            Self::List => "list",
            Self::Mixed => "mixed",
        }
    }

    /// What there is only little of is not for the warm-up.
    pub fn warms_up_by_looking(self) -> bool {
        matches!(self, Self::Scarce | Self::Claims)
    }

    /// The next request of this kind.
    pub fn ask(self, number: u64) -> Ask {
        let chance = rand::random_range(0..100u32);
        match self {
            Self::Orders => Ask::order(rand::random_range(1..=PLENTIFUL_PRODUCTS)),
            Self::Hot => Ask::order(1),
            Self::Scarce => Ask::order(SCARCE_PRODUCT),
            Self::Claims => Ask { path: format!("/api/v1/coupons/{COUPON}/claims"), ..Ask::post() },
            Self::List => look(number),
            Self::Mixed if chance < 80 => look(number),
            Self::Mixed if chance < 90 => Ask::order(rand::random_range(1..=PLENTIFUL_PRODUCTS)),
            Self::Mixed if chance < 95 => Ask { has_token: true, ..Ask::get("/api/v1/wallet".to_owned()) },
            Self::Mixed => Ask { has_token: true, ..Ask::get("/api/v1/orders?limit=10".to_owned()) },
        }
    }
}

/// Pages and API in turn, lists and products in turn.
fn look(number: u64) -> Ask {
    let product = rand::random_range(1..=PLENTIFUL_PRODUCTS);
    match number % 4 {
        0 => Ask { is_page: true, ..Ask::get("/products".to_owned()) },
        1 => Ask::get("/api/v1/products".to_owned()),
        2 => Ask { is_page: true, ..Ask::get(format!("/products/{product}")) },
        _ => Ask::get(format!("/api/v1/products/{product}")),
    }
}

/// A request before it is anybody's.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    path: String,
    body: String,
    has_token: bool,
    has_key: bool,
    is_page: bool,
}

impl Ask {
    pub fn get(path: String) -> Self {
        let method = Method::GET;
        Self { method, path, body: String::new(), has_token: false, has_key: false, is_page: false }
    }

    fn post() -> Self {
        Self { method: Method::POST, has_token: true, ..Self::get(String::new()) }
    }

    /// A login of somebody nobody knows.
    pub fn login(number: usize) -> Self {
        let body = format!(r#"{{"email":"stranger{number}@load.example","password":"not the password"}}"#);
        Self { path: "/api/v1/auth/login".to_owned(), body, has_token: false, ..Self::post() }
    }

    fn order(product: i64) -> Self {
        let body = format!(r#"{{"items":[{{"product_id":{product},"quantity":1}}]}}"#);
        Self { path: "/api/v1/orders".to_owned(), body, has_key: true, ..Self::post() }
    }

    /// As this shopper's, under this request id where one is needed.
    ///
    /// # Errors
    /// The token or key cannot stand in a header.
    pub fn into_request(self, authorization: &HeaderValue, key: &str) -> http::Result<Request<Full<Bytes>>> {
        let accept = if self.is_page { "text/html" } else { "application/json" };
        let mut request = Request::builder().method(self.method).uri(self.path).header(header::ACCEPT, accept);
        if self.has_token {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if self.has_key {
            request = request.header(&IDEMPOTENCY_KEY, key);
        }
        if !self.body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(Full::new(Bytes::from(self.body)))
    }
}
