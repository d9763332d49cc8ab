//! A whole shop for one test: a fresh database of either engine, a clock that stands still until it is
//! moved, and the short words the tests are written in.

use async_trait::async_trait;
use shop::coupon::{ClaimedCoupon, CouponCode, Discount, NewCoupon, UserCouponState};
use shop::database::{Db, Engine, Sql};
use shop::guards::{self, Guard};
use shop::id::{OrderId, ProductId, UserId};
use shop::operator::{Operator, OperatorRole};
use shop::order::checkout::ReserveCommand;
use shop::order::stages::{self, Confirmed, OrderJob, Paid, ReserveJob, Reserved};
use shop::order::{Lines, Order, OrderRequest, OrderStatus};
use shop::ports::{Event, Events, Ports, TestClock};
use shop::product::{Category, ProductDraft};
use shop::refund::service::RefundRequest;
use shop::refund::{RefundLines, RefundReason};
use shop::request::{Request, RequestKey, Scope};
use shop::user::store::NewUserRow;
use shop::user::{Language, Role};
use shop::wallet::PostingType;
use shop::wallet::store::NewPosting;
use shop::{Error, Fault, Refusal, Settings, Shop, Timestamp, Won};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Barrier, Semaphore, SemaphorePermit};

/// How many databases the tests hold at once, however many threads run them.
static DATABASES: Semaphore = Semaphore::const_new(8);
static COUNTER: AtomicU64 = AtomicU64::new(1);

/// 2026-11-23T05:35:17.123Z, in the middle of an hour.
pub const START: Timestamp = Timestamp::from_millis(1_795_412_117_123);
pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3_600);
pub const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Writes each test once and runs it on both engines: `name::sqlite` and `name::mariadb`. Afterwards every
/// check of `verify` must hold. Settings are the specification's without limits, unless given.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($shop:ident $(, $settings:expr)?) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "each test takes what it needs")]
            use super::*;

            async fn run($shop: &$crate::support::TestShop) $body

            #[allow(unused_variables, unused_mut, unused_assignments, reason = "one of the two is used")]
            fn settings() -> shop::Settings {
                let mut settings = $crate::support::unlimited();
                $(settings = $settings;)?
                settings
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                let shop = $crate::support::open(shop::database::Engine::Sqlite, settings()).await;
                run(&shop).await;
                shop.finish().await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn mariadb() {
                let shop = $crate::support::open(shop::database::Engine::MySql, settings()).await;
                run(&shop).await;
                shop.finish().await;
            }
        }
    )* };
}

/// Writes each race once and runs it four times: on both engines, and each by one instance and by three that
/// share nothing but the database. Afterwards every check of `verify` must hold.
macro_rules! by_one_and_by_three {
    ($($(#[$meta:meta])* async fn $name:ident($shop:ident, $shops:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "each test takes what it needs")]
            use super::*;

            async fn run($shop: &$crate::support::TestShop, $shops: &$crate::support::Instances) $body

            async fn race(engine: shop::database::Engine, instances: usize) {
                let shop = $crate::support::open(engine, $crate::support::unlimited()).await;
                let shops = shop.instances(instances).await;
                run(&shop, &shops).await;
                shop.finish().await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                race(shop::database::Engine::Sqlite, 1).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn mariadb() {
                race(shop::database::Engine::MySql, 1).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn three_on_sqlite() {
                race(shop::database::Engine::Sqlite, 3).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn three_on_mariadb() {
                race(shop::database::Engine::MySql, 3).await;
            }
        }
    )* };
}

/// Every limit and block off; delays as the specification has them.
pub fn unlimited() -> Settings {
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

/// Keeps what it is given; refuses everything while `is_down`, and always what happened to a `refused` order.
#[derive(Default)]
pub struct KeptEvents {
    pub sent: Mutex<Vec<Event>>,
    pub is_down: AtomicBool,
    pub refused: Mutex<Option<OrderId>>,
}

#[async_trait]
impl Events for KeptEvents {
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), Fault>> {
        let take = |event: &Event| {
            if self.is_down.load(Ordering::SeqCst) || *self.refused.lock().unwrap() == Some(event.order_id) {
                return Err(Fault::Other("the broker is down".to_owned()));
            }
            self.sent.lock().unwrap().push(event.clone());
            Ok(())
        };
        events.iter().map(take).collect()
    }
}

/// A shop of its own for one test. Everything a `&Shop` can do, and the tests' own words.
pub struct TestShop {
    shop: Shop,
    pub clock: Arc<TestClock>,
    pub events: Arc<KeptEvents>,
    url: String,
    /// The server and the name of the database to drop in the end.
    mysql: Option<(String, String)>,
    _folder: Option<tempfile::TempDir>,
    others: Mutex<Vec<Shop>>,
    is_edited: AtomicBool,
    _turn: SemaphorePermit<'static>,
}

impl Deref for TestShop {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

/// A shop without limits on a fresh database.
pub async fn shop_on(engine: Engine) -> TestShop {
    open(engine, unlimited()).await
}

/// A shop on a fresh database.
pub async fn open(engine: Engine, settings: Settings) -> TestShop {
    let turn = DATABASES.acquire().await.unwrap();
    let (url, mysql, folder) = match engine {
        Engine::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            (format!("sqlite://{}/shop.db", folder.path().display()), None, Some(folder))
        }
        Engine::MySql => {
            let (server, name) = make_mysql_database().await;
            (format!("{server}/{name}"), Some((server, name)), None)
        }
    };
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    if !guards::is_on(Guard::UniqueKeys) {
        drop_unique_keys(&db).await;
    }
    let clock = Arc::new(TestClock::at(START));
    let events = Arc::new(KeptEvents::default());
    let ports = Ports { events: Some(events.clone()), ..Ports::local(clock.clone()) };
    TestShop {
        shop: Shop::open(db, ports, settings),
        clock,
        events,
        url,
        mysql,
        _folder: folder,
        others: Mutex::default(),
        is_edited: AtomicBool::new(false),
        _turn: turn,
    }
}

fn mysql_server() -> String {
    let server = std::env::var("DAMDA_TEST_MYSQL").unwrap_or_default();
    assert!(
        !server.is_empty(),
        "DAMDA_TEST_MYSQL is not set, so nothing can be proved on MariaDB: run `make test`, which starts one, \
         or `export DAMDA_TEST_MYSQL=$(scripts/mariadb.sh start DIR)`"
    );
    server.trim_end_matches('/').to_owned()
}

/// The database's own default is latin1, MariaDB's out of the box: the tables must say utf8mb4 themselves.
async fn make_mysql_database() -> (String, String) {
    let server = mysql_server();
    let name = format!("damda_test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    run_on_server(&server, &format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET latin1"))
        .await;
    (server, name)
}

/// What [`Guard::UniqueKeys`] stands for. Only on MariaDB: on SQLite the one writer sees every row there is, and
/// no race can show whether a key would have refused one.
async fn drop_unique_keys(db: &Db) {
    if db.engine() == Engine::MySql {
        run_script(db, include_str!("without_unique_keys.sql")).await;
    }
}

async fn run_on_server(server: &str, script: &str) {
    let db = Db::open(server).await.unwrap();
    run_script(&db, script).await;
    db.close().await;
}

/// Several statements without values. The few texts of the tests may stay in memory.
pub async fn run_script(db: &Db, script: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.run_script(Box::leak(script.to_owned().into_boxed_str())).await.unwrap();
    tx.commit().await.unwrap();
}

/// Instances of one shop, behind an imaginary load balancer.
pub struct Instances(Vec<Shop>);

impl Instances {
    /// The instance whose turn it is for this request.
    pub fn at(&self, index: usize) -> Shop {
        self.0[index % self.0.len()].clone()
    }

    /// Whether there is one only, so that what it remembers in its process decides too.
    pub fn is_alone(&self) -> bool {
        self.0.len() == 1
    }
}

impl TestShop {
    /// The shop and enough others to be so many.
    pub async fn instances(&self, count: usize) -> Instances {
        let mut shops = vec![self.shop.clone()];
        while shops.len() < count {
            shops.push(self.another().await);
        }
        Instances(shops)
    }

    /// Another instance of the same shop: its own connections, desks and gate; only the database is shared.
    pub async fn another(&self) -> Shop {
        self.another_with(self.settings().clone()).await
    }

    pub async fn another_with(&self, settings: Settings) -> Shop {
        let db = Db::open(&self.url).await.unwrap();
        let ports = Ports { events: Some(self.events.clone()), ..Ports::local(self.clock.clone()) };
        self.another_on(db, ports, settings)
    }

    /// Another instance with connections and ports of the test's own.
    pub fn another_on(&self, db: Db, ports: Ports, settings: Settings) -> Shop {
        let other = Shop::open(db, ports, settings);
        self.others.lock().unwrap().push(other.clone());
        other
    }

    /// The address of the shop's database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of the shop's database on MariaDB.
    pub fn database(&self) -> &str {
        self.mysql.as_ref().map_or("", |(_, name)| name)
    }

    /// Checks every invariant, closes everything and drops the database.
    pub async fn finish(self) {
        if !self.is_edited.load(Ordering::SeqCst) {
            verify(&self).await;
        }
        let others = std::mem::take(&mut *self.others.lock().unwrap());
        for shop in others.iter().chain([&self.shop]) {
            shop.close().await;
            shop.db().close().await;
        }
        if let Some((server, name)) = &self.mysql {
            run_on_server(server, &format!("DROP DATABASE {name}")).await;
        }
    }

    pub fn engine(&self) -> Engine {
        self.db().engine()
    }

    /// Writes past every rule of the program. `verify` is no longer expected to hold in the end.
    pub async fn edit_by_hand(&self, sql: &str) {
        self.is_edited.store(true, Ordering::SeqCst);
        let rows = self.db().execute(Sql::new(sql)).await.unwrap();
        assert!(rows > 0, "an edit by hand that meets no row: {sql}");
    }

    /// Prepares a state that services cannot reach (an operator's stop of a coupon); `verify` must still hold.
    pub async fn arrange(&self, sql: &str) {
        let rows = self.db().execute(Sql::new(sql)).await.unwrap();
        assert!(rows > 0, "meets no row: {sql}");
    }

    /// What the database says to a statement that must not work.
    pub async fn refusal_of(&self, sql: &str) -> String {
        match self.db().execute(Sql::new(sql)).await {
            Ok(rows) => panic!("the database took it, {rows} rows: {sql}"),
            Err(fault) => fault.to_string(),
        }
    }

    /// The one figure `n` of a query.
    pub async fn figure(&self, sql: &str) -> i64 {
        self.db().fetch_optional(Sql::new(sql)).await.unwrap().unwrap().int("n").unwrap()
    }

    /// From now on the database refuses such writes (`INSERT ON sales_buckets`) where the condition holds.
    pub async fn break_writes(&self, writes: &str, when: &str) {
        let text = match self.engine() {
            Engine::Sqlite => format!(
                "CREATE TRIGGER broken BEFORE {writes} WHEN {when} BEGIN SELECT RAISE(ABORT, 'broken by the test'); END"
            ),
            Engine::MySql => format!(
                "CREATE TRIGGER broken BEFORE {writes} FOR EACH ROW IF {when} THEN \
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken by the test'; END IF"
            ),
        };
        run_script(self.db(), &text).await;
    }

    /// Ends what `break_writes` began.
    pub async fn mend(&self) {
        run_script(self.db(), "DROP TRIGGER broken").await;
    }

    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A shopper whose wallet holds this much.
    pub async fn shopper(&self, balance: i64) -> UserId {
        self.shoppers(1, balance).await[0]
    }

    /// Shoppers without passwords: nobody logs in as them.
    pub async fn shoppers(&self, count: usize, balance: i64) -> Vec<UserId> {
        let mut tx = self.db().begin().await.unwrap();
        let mut users = Vec::with_capacity(count);
        for _ in 0..count {
            let email = format!("shopper{}@example.com", COUNTER.fetch_add(1, Ordering::Relaxed));
            let row = NewUserRow {
                email: &email,
                email_key: &email,
                name: "담다",
                role: Role::Shopper,
                lang: Language::Ko,
                password_hash: "-",
                age_confirmed_at: None,
            };
            let user = shop::user::store::write_user(&mut tx, &row, self.now()).await.unwrap();
            shop::wallet::store::write_wallet(&mut tx, user).await.unwrap();
            users.push(user);
        }
        let first = |user: &UserId| NewPosting {
            id: self.mint_posting_id(),
            user_id: *user,
            kind: PostingType::Charge,
            amount: Won::new(balance),
            balance_after: Won::new(balance),
            order_id: None,
        };
        if balance > 0 {
            let postings: Vec<NewPosting> = users.iter().map(first).collect();
            shop::wallet::store::write_postings(&mut tx, &postings, self.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        users
    }

    /// An operator with this role, who asks from a test. Nobody logs in as them.
    pub async fn operator(&self, role: OperatorRole) -> Operator {
        let mut tx = self.db().begin().await.unwrap();
        let email = format!("operator{}@example.com", COUNTER.fetch_add(1, Ordering::Relaxed));
        let row = NewUserRow {
            email: &email,
            email_key: &email,
            name: "운영자",
            role: Role::Operator,
            lang: Language::Ko,
            password_hash: "-",
            age_confirmed_at: None,
        };
        let id = shop::user::store::write_user(&mut tx, &row, self.now()).await.unwrap();
        shop::wallet::store::write_wallet(&mut tx, id).await.unwrap();
        shop::operator::store::write_role(&mut tx, id, Some(role), self.now()).await.unwrap();
        tx.commit().await.unwrap();
        let user = shop::user::service::find_user(self, id).await.unwrap().unwrap();
        shop::operator::service::find_operator(self, &user, "192.0.2.1").await.unwrap().unwrap()
    }

    /// A product on sale.
    pub async fn product(&self, price: i64, stock: i64) -> ProductId {
        self.save(draft(price, stock)).await
    }

    pub async fn save(&self, draft: ProductDraft) -> ProductId {
        let sku = draft.sku.clone();
        shop::product::service::save_products(self, vec![draft]).await.unwrap();
        self.product_of(&sku).await
    }

    pub async fn product_of(&self, sku: &str) -> ProductId {
        let sql = Sql::new("SELECT id AS n FROM products WHERE sku = ?").bind(sku);
        ProductId::new(self.db().fetch_optional(sql).await.unwrap().unwrap().int("n").unwrap())
    }

    /// A running campaign without conditions.
    pub async fn coupon(&self, code: &str, discount: Discount, total: i64) -> CouponCode {
        self.campaign(NewCoupon { total_quantity: total, ..campaign(code, discount) }).await
    }

    pub async fn campaign(&self, new: NewCoupon) -> CouponCode {
        let code = new.code.clone();
        shop::coupon::service::create_coupon(self, new).await.unwrap();
        code
    }

    pub async fn claim(&self, user: UserId, code: &CouponCode) -> ClaimedCoupon {
        shop::coupon::service::claim_coupon(self, user, code).await.unwrap()
    }

    /// The user's piece of this coupon.
    pub async fn piece(&self, user: UserId, code: &CouponCode) -> Option<UserCouponState> {
        let coupon = shop::coupon::store::find_coupon(self.db(), code).await.unwrap().unwrap();
        let pieces = shop::coupon::store::list_claimed_of(self.db(), user, &[coupon.id], self.now()).await.unwrap();
        pieces.first().map(|piece| piece.state)
    }

    pub async fn place(&self, user: UserId, request: OrderRequest) -> Result<Order, Error> {
        self.place_as(user, request, key()).await
    }

    pub async fn place_as(&self, user: UserId, request: OrderRequest, key: RequestKey) -> Result<Order, Error> {
        shop::order::service::place_order(self, user, request, key).await
    }

    /// An order whose process died after reserving.
    pub async fn reserve(&self, user: UserId, request: OrderRequest) -> OrderId {
        let job = job(self, user, request);
        match stages::reserve(self, &[job]).await.unwrap().pop().unwrap().unwrap() {
            Reserved::New(order) if order.status == OrderStatus::Reserved => order.id,
            other => panic!("not reserved: {other:?}"),
        }
    }

    /// An order whose process died after paying.
    pub async fn reserve_and_pay(&self, user: UserId, request: OrderRequest) -> OrderId {
        let id = self.reserve(user, request).await;
        match self.pay(id).await {
            Paid::Paid(_) => id,
            other => panic!("not paid: {other:?}"),
        }
    }

    pub async fn pay(&self, id: OrderId) -> Paid {
        stages::pay(self, &untraced(&[id])).await.unwrap().pop().unwrap().unwrap()
    }

    pub async fn confirm(&self, id: OrderId) -> Confirmed {
        stages::confirm(self, &untraced(&[id])).await.unwrap().pop().unwrap().unwrap()
    }

    pub async fn order(&self, id: OrderId) -> Order {
        shop::order::store::find_order(self.db(), id).await.unwrap().unwrap()
    }

    pub async fn status(&self, id: OrderId) -> OrderStatus {
        self.order(id).await.status
    }

    pub async fn balance(&self, user: UserId) -> i64 {
        shop::wallet::store::find_balance(self.db(), user).await.unwrap().unwrap().get()
    }

    /// Total and reserved.
    pub async fn stock(&self, product: ProductId) -> (i64, i64) {
        let sql = Sql::new("SELECT total_stock, reserved_stock FROM products WHERE id = ?").bind(product);
        let row = self.db().fetch_optional(sql).await.unwrap().unwrap();
        (row.int("total_stock").unwrap(), row.int("reserved_stock").unwrap())
    }

    /// Issued and used.
    pub async fn issued(&self, code: &CouponCode) -> (i64, i64) {
        let coupon = shop::coupon::store::find_coupon(self.db(), code).await.unwrap().unwrap();
        (coupon.issued_quantity, coupon.used_quantity)
    }

    pub async fn count(&self, table: &str) -> i64 {
        self.figure(&format!("SELECT COUNT(*) AS n FROM {table}")).await
    }

    pub async fn expire(&self) -> u64 {
        shop::recovery::service::expire_reservations(self).await.unwrap()
    }

    pub async fn stall(&self) -> u64 {
        shop::recovery::service::stall_paid_orders(self).await.unwrap()
    }

    pub async fn recover(&self) -> u64 {
        shop::recovery::service::recover_pending(self).await.unwrap()
    }
}

/// Every invariant must hold.
pub async fn verify(shop: &Shop) {
    let broken = broken_rows(shop).await;
    assert!(broken.is_empty(), "the shop no longer adds up: {broken:#?}");
}

/// Every row that breaks an invariant, with the invariant.
pub async fn broken_rows(shop: &Shop) -> Vec<(&'static str, String)> {
    let checks = shop::verify::verify_shop(shop.db()).await.unwrap();
    assert!(checks.len() >= 12, "only {} checks ran", checks.len());
    checks.into_iter().flat_map(|check| check.broken.into_iter().map(move |row| (check.name, row))).collect()
}

/// One job for the reserving stage, under a key of its own.
pub fn job(shop: &Shop, user: UserId, request: OrderRequest) -> ReserveJob {
    ReserveJob {
        id: shop.mint_order_id(),
        request: Request::new(user, Scope::Order, key(), "a body of the tests"),
        command: ReserveCommand {
            user_id: user,
            lines: request.lines,
            coupon_code: request.coupon_code,
            expected_amount: request.expected_amount,
        },
        consent_notice: request.consent_notice,
        trace: None,
    }
}

/// Jobs for the later stages that nobody asked for under an id.
pub fn untraced(ids: &[OrderId]) -> Vec<OrderJob> {
    ids.iter().map(|id| OrderJob { id: *id, trace: None }).collect()
}

/// A key nobody has used.
pub fn key() -> RequestKey {
    named_key(&format!("key-{}", COUNTER.fetch_add(1, Ordering::Relaxed)))
}

pub fn named_key(text: &str) -> RequestKey {
    RequestKey::parse(text).unwrap()
}

pub fn code(text: &str) -> CouponCode {
    CouponCode::parse(text).unwrap()
}

/// A refund of these, under a key of its own.
pub fn refund_request(lines: RefundLines) -> RefundRequest {
    RefundRequest { key: key(), lines, reason: RefundReason::parse("wrong edition").unwrap() }
}

/// These pieces, without coupon or expected amount.
pub fn order_request(lines: &[(ProductId, i64)]) -> OrderRequest {
    OrderRequest {
        lines: Lines::new(lines.iter().copied()).unwrap(),
        coupon_code: None,
        expected_amount: None,
        consent_notice: None,
    }
}

pub fn one_of(product: ProductId) -> OrderRequest {
    order_request(&[(product, 1)])
}

pub fn with_coupon(request: OrderRequest, code: &CouponCode) -> OrderRequest {
    OrderRequest { coupon_code: Some(code.clone()), ..request }
}

pub fn expecting(request: OrderRequest, won: i64) -> OrderRequest {
    OrderRequest { expected_amount: Some(Won::new(won)), ..request }
}

pub fn draft(price: i64, stock: i64) -> ProductDraft {
    ProductDraft {
        sku: format!("SKU-{}", COUNTER.fetch_add(1, Ordering::Relaxed)),
        category: Category::Ebook,
        name: "책".to_owned(),
        name_en: "Book".to_owned(),
        creator: "담다".to_owned(),
        summary: String::new(),
        summary_en: String::new(),
        description: String::new(),
        description_en: String::new(),
        cover: String::new(),
        price: Won::new(price),
        total_stock: stock,
        is_active: true,
    }
}

pub fn campaign(code_text: &str, discount: Discount) -> NewCoupon {
    NewCoupon {
        code: code(code_text),
        name: "쿠폰".to_owned(),
        name_en: "Coupon".to_owned(),
        discount,
        minimum_amount: Won::ZERO,
        total_quantity: 100,
        starts_at: START.before(HOUR),
        ends_at: START.after(30 * DAY),
    }
}

pub const TEN_PERCENT: Discount = Discount::Rate(10);

/// The outcome as a word: the order's status, or the error's code.
pub fn word(outcome: &Result<Order, Error>) -> &'static str {
    match outcome {
        Ok(order) => order.status.as_str(),
        Err(error) => error.code(),
    }
}

/// The refusal, or a panic that says what came instead.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Refusal {
    match outcome {
        Err(Error::Refused { refusal, .. }) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// The names of the wrong fields, or a panic that says what came instead.
pub fn wrong_fields<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<String> {
    match outcome {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("not invalid: {other:?}"),
    }
}

/// Runs `count` tasks that all begin at the same moment; gives their outcomes in order.
pub async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|index| {
            let (barrier, task) = (barrier.clone(), task(index));
            tokio::spawn(async move {
                barrier.wait().await;
                task.await
            })
        })
        .collect();
    let mut outcomes = Vec::with_capacity(count);
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Runs `count` tasks, `most` of them at once: so many workers begin at the same moment and each goes on with
/// the next. Gives the outcomes in no order.
pub async fn in_turns<T, F>(
    count: usize,
    most: usize,
    task: impl Fn(usize) -> F + Clone + Send + Sync + 'static,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let workers = at_once(most, |_| {
        let (next, task) = (next.clone(), task.clone());
        async move {
            let mut outcomes = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return outcomes;
                }
                outcomes.push(task(index).await);
            }
        }
    })
    .await;
    workers.into_iter().flatten().collect()
}

/// How often each word occurs.
pub fn tally<'a>(words: impl IntoIterator<Item = &'a str>) -> std::collections::BTreeMap<&'a str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}
