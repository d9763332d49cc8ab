//! A whole shop in this process for one test: temporary SQLite, a free loopback port, the real router, jobs
//! off, limits off unless the test is about them. Tests talk to it over HTTP like anybody else.

#![allow(dead_code, unused_imports, reason = "every test crate uses its part")]

pub mod browser;
pub mod client;
pub mod schema;

pub use client::{Answer, Client, PASSWORD, fresh};

use app::legal::Legal;
use browser::Browser;
use serde_json::json;
use server::address::TrustedProxies;
use server::config::{Intervals, PublicUrl};
use server::rest::cors::Origins;
use server::secret::Secret;
use server::serve::{self, Outlets};
use server::state::{Parts, Web};
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
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const JWT_KEY: &str = "a key for tests, long enough to be taken";
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
    verify: None,
    alerts: None,
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

/// Where a shop is and how it reaches people.
struct Place<'a> {
    public_url: &'a str,
    proxies: &'a str,
    outlets: Outlets,
}

impl Default for Place<'_> {
    fn default() -> Self {
        Self { public_url: "http://shop.test", proxies: "", outlets: Outlets::default() }
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
    /// Of its database.
    pub url: String,
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
            houses.push(Self::open_on(&url, folder, settings, NO_JOBS, Place::default(), |_| {}).await);
        }
        houses
    }

    pub async fn open_with(settings: Settings, intervals: Intervals, public_url: &str, proxies: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Place { public_url, proxies, outlets: Outlets::default() };
        Self::open_on(&database_url(&folder), folder, settings, intervals, place, |_| {}).await
    }

    /// A shop without limits whose API may be read by pages of these origins.
    pub async fn open_to_pages_of(origins: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings { claim_limit: Settings::default().claim_limit, ..without_limits() };
        let cors = Arc::new(Origins::parse(origins).expect("origins"));
        let url = database_url(&folder);
        Self::open_on(&url, folder, settings, NO_JOBS, Place::default(), |web| web.cors = cors).await
    }

    /// One whose owner set something else about its web side.
    pub async fn open_changed(change: impl FnOnce(&mut Parts)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = database_url(&folder);
        Self::open_on(&url, folder, without_limits(), NO_JOBS, Place::default(), change).await
    }

    /// One on each engine, behind a proxy on this machine, whose jobs run so often and who tells people this way.
    pub async fn on_each_engine_telling(settings: Settings, intervals: Intervals, outlets: &Outlets) -> Vec<Self> {
        let place = || Place { proxies: "127.0.0.1", outlets: outlets.clone(), ..Place::default() };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = database_url(&folder);
        let mut houses = vec![Self::open_on(&url, folder, settings.clone(), intervals, place(), |_| {}).await];
        if let Ok(server) = std::env::var("DAMDA_TEST_MYSQL") {
            let url = mysql_database(&server).await;
            let folder = tempfile::tempdir().expect("a temporary folder");
            houses.push(Self::open_on(&url, folder, settings, intervals, place(), |_| {}).await);
        }
        houses
    }

    async fn open_on(
        url: &str,
        folder: TempDir,
        settings: Settings,
        intervals: Intervals,
        place: Place<'_>,
        change: impl FnOnce(&mut Parts),
    ) -> Self {
        let Place { public_url, proxies, outlets } = place;
        let db = Db::open(url).await.expect("a database");
        db.migrate().await.expect("a schema");
        let clock = Arc::new(MovableClock::default());
        let shop = Shop::open(db, Ports::local(clock.clone()), settings);
        let tokens = Tokens::new(&Secret::new(JWT_KEY), Duration::from_secs(3_600));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let legal = Legal::default();
        keep_notices(&shop, &legal.notice_texts()).await.expect("kept notices");
        let mut parts = Parts {
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
        change(&mut parts);
        let web = Web::from(parts);
        let (stop, stopped) = oneshot::channel();
        let served = web.clone();
        let running = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or(()) };
            serve::run(listener, served, &intervals, outlets, stopped).await
        });
        let url = url.to_owned();
        Self { shop, clock, tokens, address, folder, web, url, stop: Some(stop), running: Some(running) }
    }

    pub fn database_url(&self) -> String {
        database_url(&self.folder)
    }

    /// Somebody without an account.
    pub fn visitor(&self) -> Client {
        Client::to(vec![format!("http://{}", self.address)])
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

impl Browser {
    pub fn of(house: &House) -> Self {
        Self::through(&house.visitor())
    }

    /// One that asks for a language.
    pub fn speaking(house: &House, lang: &str) -> Self {
        Self::through(&house.visitor().with_header("accept-language", lang))
    }

    /// Opens an account by the API, charges its wallet, and logs in.
    pub async fn log_in_with(&mut self, house: &House, won: i64) -> Client {
        let email = format!("{}@test.example", fresh("browsing"));
        let body = serde_json::json!({"email": email, "name": "김담이", "password": PASSWORD});
        let answer = house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
        let member = house.visitor().with_token(answer.body["access_token"].as_str().expect("a token"));
        let mut left = won;
        while left > 0 {
            member.charge(left.min(100_000)).await.expect(201);
            left -= 100_000;
        }
        self.post("/fn/login", &[("email", &email), ("password", PASSWORD), ("next", "/")]).await;
        member
    }
}
