//! A whole shop in this process for one test: temporary SQLite, a free loopback port, the real router, jobs
//! off, limits off unless the test is about them. Tests talk to it over HTTP like anybody else.

#![allow(dead_code, reason = "every test crate uses its part")]

pub mod browser;
pub mod schema;

use app::legal::Legal;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server::address::TrustedProxies;
use server::config::{Intervals, PublicUrl};
use server::rest::cors::Origins;
use server::secret::Secret;
use server::serve;
use server::state::Web;
use server::token::Tokens;
use shop::coupon::{CouponCode, Discount, NewCoupon};
use shop::database::Db;
use shop::notice::service::keep_notices;
use shop::ports::{Clock, Ports, SystemClock};
use shop::product::{Category, ProductDraft};
use shop::{Settings, Shop, Timestamp, Won};
use sqlx::Connection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const JWT_KEY: &str = "a key for tests, long enough to be taken";
pub const PASSWORD: &str = "correct horse 9";
pub const DAY: Duration = Duration::from_secs(86_400);

/// The machine's clock, which a test may move on.
#[derive(Default)]
pub struct MovableClock {
    ahead_ms: AtomicI64,
}

impl MovableClock {
    pub fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(i64::try_from(by.as_millis()).expect("a short time"), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.ahead_ms.load(Ordering::SeqCst))
    }
}

/// No job runs: what happens is what the test does.
pub const NO_JOBS: Intervals = Intervals {
    expiry: None,
    expiry_batch: None,
    recovery: None,
    events: None,
    sessions: None,
    pairs: None,
    mail: None,
    months: None,
};

pub fn without_limits() -> Settings {
    Settings {
        order_limit: None,
        claim_limit: None,
        failure_limit: None,
        login_limit: None,
        register_limit: None,
        reset_limit: None,
        ..Settings::default()
    }
}

/// A running shop.
pub struct House {
    pub shop: Shop,
    pub clock: Arc<MovableClock>,
    pub tokens: Tokens,
    pub address: SocketAddr,
    pub folder: TempDir,
    pub web: Web,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<anyhow::Result<()>>>,
}

impl House {
    /// A shop without limits.
    pub async fn open() -> Self {
        Self::open_with(without_limits(), NO_JOBS, "http://shop.test", "").await
    }

    pub async fn open_with_settings(settings: Settings) -> Self {
        Self::open_with(settings, NO_JOBS, "http://shop.test", "").await
    }

    /// One without limits on each engine: SQLite, and MySQL or MariaDB where `DAMDA_TEST_MYSQL` names one.
    pub async fn on_each_engine() -> Vec<Self> {
        Self::on_each_engine_with(without_limits()).await
    }

    pub async fn on_each_engine_with(settings: Settings) -> Vec<Self> {
        let mut houses = vec![Self::open_with_settings(settings.clone()).await];
        if let Ok(server) = std::env::var("DAMDA_TEST_MYSQL") {
            let url = mysql_database(&server).await;
            let folder = tempfile::tempdir().expect("a temporary folder");
            houses.push(Self::open_on(&url, folder, settings, NO_JOBS, "http://shop.test", "", |_| {}).await);
        }
        houses
    }

    pub async fn open_with(settings: Settings, intervals: Intervals, public_url: &str, proxies: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::open_on(&database_url(&folder), folder, settings, intervals, public_url, proxies, |_| {}).await
    }

    /// A shop without limits whose API may be read by pages of these origins.
    pub async fn open_to_pages_of(origins: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings { claim_limit: Settings::default().claim_limit, ..without_limits() };
        let cors = Arc::new(Origins::parse(origins).expect("origins"));
        let url = database_url(&folder);
        Self::open_on(&url, folder, settings, NO_JOBS, "http://shop.test", "", |web| web.cors = cors).await
    }

    /// One whose owner set something else about its web side.
    pub async fn open_changed(change: impl FnOnce(&mut Web)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = database_url(&folder);
        Self::open_on(&url, folder, without_limits(), NO_JOBS, "http://shop.test", "", change).await
    }

    async fn open_on(
        url: &str,
        folder: TempDir,
        settings: Settings,
        intervals: Intervals,
        public_url: &str,
        proxies: &str,
        change: impl FnOnce(&mut Web),
    ) -> Self {
        let db = Db::open(url).await.expect("a database");
        db.migrate().await.expect("a schema");
        let clock = Arc::new(MovableClock::default());
        let shop = Shop::open(db, Ports::local(clock.clone()), settings);
        let tokens = Tokens::new(&Secret::new(JWT_KEY), Duration::from_secs(3_600));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let legal = Legal::default();
        keep_notices(&shop, &legal.notice_texts()).await.expect("kept notices");
        let mut web = Web {
            shop: shop.clone(),
            tokens: tokens.clone(),
            public_url: Arc::new(PublicUrl::parse(public_url).expect("an origin")),
            proxies: Arc::new(TrustedProxies::parse(proxies).expect("networks")),
            services: Arc::new([]),
            watch: server::watch::Watch::default(),
            cors: Arc::default(),
            is_demo: false,
            legal: Arc::new(legal),
            is_in_maintenance: false,
        };
        change(&mut web);
        let (stop, stopped) = oneshot::channel();
        let served = web.clone();
        let running = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or(()) };
            serve::run(listener, served, &intervals, None, stopped).await
        });
        Self { shop, clock, tokens, address, folder, web, stop: Some(stop), running: Some(running) }
    }

    pub fn database_url(&self) -> String {
        database_url(&self.folder)
    }

    /// Somebody without an account.
    pub fn visitor(&self) -> Client {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Client { http, base: format!("http://{}", self.address), headers: HeaderMap::new() }
    }

    /// Somebody with a fresh account and an empty wallet.
    pub async fn shopper(&self) -> Client {
        let email = format!("{}@test.example", fresh("shopper"));
        let body = json!({"email": email, "name": "김담이", "password": PASSWORD});
        let answer = self.visitor().post("/api/v1/auth/register", &body).await.expect(201);
        self.visitor().with_token(answer.body["access_token"].as_str().expect("a token"))
    }

    /// Somebody with this much to spend.
    pub async fn shopper_with(&self, won: i64) -> Client {
        let shopper = self.shopper().await;
        let mut left = won;
        while left > 0 {
            let amount = left.min(100_000);
            shopper.charge(amount).await.expect(201);
            left -= amount;
        }
        shopper
    }

    /// A product for sale; gives its id.
    pub async fn product(&self, price: i64, stock: i64) -> i64 {
        self.save(draft(&fresh("SKU"), price, stock)).await
    }

    /// Stores a product and gives its id.
    pub async fn save(&self, draft: ProductDraft) -> i64 {
        let (sku, name) = (draft.sku.clone(), draft.name.clone());
        shop::product::service::save_products(&self.shop, vec![draft]).await.expect("a good product");
        let found = self.visitor().get(&format!("/api/v1/products?limit=100&q={name}")).await.expect(200);
        let product = found.items().iter().find(|product| product["sku"] == sku.as_str());
        product.map_or(0, |product| product["id"].as_i64().expect("an id"))
    }

    /// A running coupon; gives its code.
    pub async fn coupon(&self, discount: Discount, total: i64) -> String {
        let now = self.shop.now();
        self.coupon_between(discount, total, now.before(DAY), now.after(DAY)).await
    }

    pub async fn coupon_between(
        &self,
        discount: Discount,
        total: i64,
        starts_at: Timestamp,
        ends_at: Timestamp,
    ) -> String {
        let code = fresh("CODE").to_uppercase();
        let new = NewCoupon {
            code: CouponCode::parse(&code).expect("a code"),
            name: "시험 쿠폰".to_owned(),
            name_en: "Test coupon".to_owned(),
            discount,
            minimum_amount: Won::ZERO,
            total_quantity: total,
            starts_at,
            ends_at,
        };
        shop::coupon::service::create_coupon(&self.shop, new).await.expect("a good coupon");
        code
    }

    /// `damda verify`: every invariant still holds.
    pub async fn verify(&self) {
        for check in shop::verify::verify_shop(self.shop.db()).await.expect("a check of everything") {
            assert!(check.holds(), "{}: {} {:?}", check.name, check.figure, check.broken);
        }
    }

    /// Ends the shop in good order.
    pub async fn close(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(running) = self.running.take() {
            running.await.expect("no panic").expect("a good end");
        }
    }
}

pub fn draft(sku: &str, price: i64, stock: i64) -> ProductDraft {
    ProductDraft {
        sku: sku.to_owned(),
        category: Category::Ebook,
        name: format!("책{sku}"),
        name_en: format!("Book {sku}"),
        creator: "담다".to_owned(),
        summary: "요약".to_owned(),
        summary_en: "Summary".to_owned(),
        description: "설명".to_owned(),
        description_en: "Description".to_owned(),
        cover: String::new(),
        price: Won::new(price),
        total_stock: stock,
        is_active: true,
    }
}

fn database_url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("damda.db").display())
}

/// An empty database on the server that `mysql://user:pass@host:port` names. Left there: the server is one
/// for tests.
async fn mysql_database(server: &str) -> String {
    let name = format!("damda_api_{}_{}", std::process::id(), fresh("x").replace('-', "_"));
    let mut connection = sqlx::MySqlConnection::connect(server).await.expect("the server for tests");
    let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
    sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.expect("a database");
    connection.close().await.expect("closed");
    format!("{}/{name}", server.trim_end_matches('/'))
}

/// A word nobody had before in this process.
pub fn fresh(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

impl Client {
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
        self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone())
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
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8(response.bytes().await.expect("a body").to_vec()).expect("UTF-8");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
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
