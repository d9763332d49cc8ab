//! The two accounts of `deploy/mysql-accounts.sql`: under the serving one a shop does everything it does, and
//! nothing can be taken back; only the owner changes tables.

use crate::support::*;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use shop::adjustment::service::{AdjustmentRequest, adjust_wallet, approve_adjustment};
use shop::alert::model::Count;
use shop::alert::people::Sketch;
use shop::alert::{AlertName, Channel, Notice, Recipient, Silence, service as alerts};
use shop::database::months::make_months;
use shop::database::{Db, Engine, Sql};
use shop::id::{ProductId, UserId};
use shop::operator::{Operator, OperatorRole};
use shop::order::OrderStatus;
use shop::ports::{Herald, NotSent, Ports};
use shop::product::console::import::{import_file, keep_file, try_file};
use shop::product::images::model::Way;
use shop::product::images::service::{add_image, move_image, remove_image};
use shop::refund::RefundLines;
use shop::second_factor::codes::code_at;
use shop::second_factor::service::{Standing, begin_enrolment, confirm_enrolment, find_standing, reset_second_factor};
use shop::user::{Language, NewUser};
use shop::{Settings, Shop, Timestamp, Won};

const SCRIPT: &str = include_str!("../../../deploy/mysql-accounts.sql");
const SERVE_PASSWORD: &str = "change-this-serve-password";
const OWNER_PASSWORD: &str = "change-this-owner-password";

/// The script as an administrator would change it: for another database and other accounts.
struct Accounts {
    /// `HOST:PORT/DATABASE`
    place: String,
    owner: String,
    serve: String,
}

impl Accounts {
    /// For a database that is migrated.
    async fn make(shop: &TestShop, database: &str) -> Self {
        let (server, _) = shop.url().split_once('@').unwrap().1.split_once('/').unwrap();
        let accounts = Self {
            place: format!("{server}/{database}"),
            owner: format!("{database}_o"),
            serve: format!("{database}_s"),
        };
        let script = SCRIPT
            .replace("'damda_owner'", &format!("'{}'", accounts.owner))
            .replace("'damda_serve'", &format!("'{}'", accounts.serve))
            .replace("EXISTS damda ", &format!("EXISTS {database} "))
            .replace(" damda.", &format!(" {database}."));
        run_script(shop.db(), &script).await;
        accounts
    }

    async fn open(&self, with_owner: bool) -> Db {
        let owner = format!("mysql://{}:{OWNER_PASSWORD}@{}", self.owner, self.place);
        let serve = format!("mysql://{}:{SERVE_PASSWORD}@{}", self.serve, self.place);
        Db::open_with_owner(&serve, with_owner.then_some(owner.as_str())).await.unwrap()
    }

    async fn remove(&self, shop: &TestShop) {
        run_script(shop.db(), &format!("DROP USER '{}'@'%'; DROP USER '{}'@'%'", self.owner, self.serve)).await;
    }
}

/// An alert that fires, is told of in vain, is over and silenced.
async fn every_write_of_alerts(shop: &Shop, by: UserId) {
    shop::verify::job::verify_until(shop, std::future::pending()).await.unwrap();
    shop.tally().add(Count::Payments, 20);
    shop.tally().add(Count::PaymentsFailed, 20);
    for _ in 0..2 {
        alerts::watch_alerts(shop, &Sketch::default()).await.unwrap();
    }
    let mut tx = shop.db().begin().await.unwrap();
    let until = shop.now().after(HOUR);
    let (name, reason) = (AlertName::OutboxLag, "a test".to_owned());
    let silence = Silence { id: 0, name, until, by, reason, created_at: shop.now() };
    shop::alert::store::write_silence(&mut tx, &silence).await.unwrap();
    assert_eq!(shop::alert::store::end_silences(&mut tx, name, shop.now()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(alerts::send_due_notices(shop, &Deaf).await.unwrap(), 0);
    assert_eq!(alerts::send_due_notices(shop, &Deaf).await.unwrap(), 0, "it is due in a minute");
}

/// Pictures that are added, moved and removed; a file of products that is kept and imported.
async fn every_write_of_files(shop: &Shop, by: &Operator, product: ProductId) {
    let mut images = Vec::new();
    for shade in [10, 200] {
        let mut file = Vec::new();
        let pixels = [shade; 8 * 8 * 3];
        PngEncoder::new(&mut file).write_image(&pixels, 8, 8, ExtendedColorType::Rgb8).unwrap();
        images.push(add_image(shop, by, product, file).await.unwrap());
    }
    move_image(shop, by, product, images[1], Way::First).await.unwrap();
    remove_image(shop, by, product, images[0]).await.unwrap();
    let name = keep_file(shop, by, b"sku,category,name,price,stock\nFILE-1,ebook,x,1000,1\n").await.unwrap();
    let dry = try_file(shop, by, &name).await.unwrap().expect("it is kept");
    import_file(shop, by, &name, &dry.seen).await.unwrap();
}

/// Takes no notice.
struct Deaf;

#[async_trait::async_trait]
impl Herald for Deaf {
    async fn tell(&self, _: &Notice, _: Timestamp) -> Result<(), NotSent> {
        Err(NotSent { reason: "deaf".to_owned(), said: "deaf".to_owned() })
    }
}

/// What the database says to a statement of this shop's account.
async fn answer_to(shop: &Shop, sql: &str) -> String {
    match shop.db().execute(Sql::new(sql)).await {
        Ok(rows) => panic!("the database took it, {rows} rows: {sql}"),
        Err(fault) => fault.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shop_whose_account_may_not_take_back_does_all_that_a_shop_does() {
    let shop = shop_on(Engine::MySql).await;
    let accounts = Accounts::make(&shop, shop.database()).await;
    let ports = Ports { events: Some(shop.events.clone()), ..Ports::local(shop.clock.clone()) };
    let told = Recipient { channel: Channel::Webhook, address: None };
    let settings = Settings { alert_recipients: vec![told], ..unlimited() };
    let serving = shop.another_on(accounts.open(true).await, ports, settings);
    serving.db().migrate().await.unwrap();
    assert_eq!(make_months(serving.db(), shop.now()).await.unwrap(), 3 * 7);

    let new = NewUser {
        email: "a@b.co".to_owned(),
        name: "담이".to_owned(),
        password: "correct horse 9".to_owned(),
        lang: Language::Ko,
        age_confirmed: true,
    };
    let user = shop::user::service::register_user(&serving, new).await.unwrap();
    shop::wallet::service::charge_wallet(&serving, user.id, Won::new(50_000), key()).await.unwrap();
    let product = shop.product(1_000, 10).await;
    let coupon = shop.coupon("ACCOUNT", TEN_PERCENT, 5).await;
    shop::coupon::service::claim_coupon(&serving, user.id, &coupon).await.unwrap();
    let place = |request| shop::order::service::place_order(&serving, user.id, request, key());
    assert_eq!(word(&place(with_coupon(one_of(product), &coupon)).await), "COMPLETED");
    assert_eq!(word(&place(order_request(&[(product, 10)])).await), "insufficient_stock");

    let paid = shop.reserve_and_pay(user.id, one_of(product)).await;
    let reserved = shop.reserve(user.id, one_of(product)).await;
    shop.advance(31 * SECOND);
    assert_eq!(shop::recovery::service::expire_reservations(&serving).await.unwrap(), 1);
    assert_eq!(shop::recovery::service::stall_paid_orders(&serving).await.unwrap(), 1);
    shop.advance(MINUTE);
    assert_eq!(shop::recovery::service::recover_pending(&serving).await.unwrap(), 1);
    assert_eq!((shop.status(paid).await, shop.status(reserved).await), (OrderStatus::Failed, OrderStatus::Expired));
    assert_eq!((shop.balance(user.id).await, shop.stock(product).await), (49_100, (9, 0)));
    let by = shop.operator(OperatorRole::Manager).await;
    let sold = place(one_of(product)).await.unwrap().id;
    shop::refund::service::refund_order(&serving, &by, sold, &refund_request(RefundLines::Whole)).await.unwrap();
    assert_eq!(shop::refund::service::credit_owed(&serving).await.unwrap(), 0);
    let asked = |amount| AdjustmentRequest { key: key(), amount: Won::new(amount), reason: "a test".to_owned() };
    adjust_wallet(&serving, &by, user.id, &asked(100)).await.unwrap();
    let proposal = adjust_wallet(&serving, &by, user.id, &asked(500_000)).await.unwrap().id;
    let second = shop.operator(OperatorRole::Manager).await;
    approve_adjustment(&serving, &second, proposal).await.unwrap();
    for _ in 0..2 {
        begin_enrolment(&serving, &second).await.unwrap();
    }
    let Standing::Begun { secret } = find_standing(&serving, second.id()).await.unwrap() else { panic!("not begun") };
    confirm_enrolment(&serving, &second, &code_at(&secret, serving.now())).await.unwrap();
    let email = second.user().email.clone();
    reset_second_factor(&serving, &email).await.unwrap();
    every_write_of_files(&serving, &second, product).await;
    let mut tx = serving.db().begin().await.unwrap();
    for _ in 0..2 {
        shop::user::store::write_block(&mut tx, user.id, shop.now(), shop.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    shop.advance(10 * MINUTE);
    assert!(shop::stats::pairs::count_pairs(&serving).await.unwrap() > 0);
    assert!(shop::database::outbox::relay(&serving).await.unwrap() > 0);
    every_write_of_alerts(&serving, user.id).await;

    for sql in [
        "DELETE FROM orders",
        "DELETE FROM order_items",
        "DELETE FROM point_transactions",
        "DELETE FROM posting_causes",
        "DELETE FROM stock_supplies",
        "DELETE FROM notices",
        "DELETE FROM audit_log",
        "DELETE FROM order_notes",
        "DELETE FROM recovery_tries",
        "DELETE FROM refunds",
        "DELETE FROM refund_items",
        "DELETE FROM wallet_adjustments",
        "UPDATE refund_items SET amount = 0",
        "DELETE FROM wallets",
        "DELETE FROM alerts",
        "DELETE FROM alert_silences",
        "UPDATE order_items SET quantity = 2",
        "UPDATE point_transactions SET amount = 1",
        "UPDATE stock_supplies SET quantity = 1",
        "UPDATE notices SET body = ''",
        "UPDATE audit_log SET act = 'nothing'",
        "UPDATE order_notes SET body = 'nothing'",
        "UPDATE _sqlx_migrations SET success = 0",
        "TRUNCATE TABLE orders",
        "DROP TABLE point_transactions",
        "DROP TRIGGER orders_stay",
        "ALTER TABLE orders DROP PARTITION p202611",
        "CREATE TABLE copies (id BIGINT)",
        "SET GLOBAL read_only = 1",
    ] {
        let said = answer_to(&serving, sql).await;
        assert!(said.contains("denied"), "{sql}: {said}");
    }
    // Of an order only the status changes: that one is the trigger's.
    let said = answer_to(&serving, "UPDATE orders SET final_amount = 1, total_amount = 1").await;
    assert!(said.contains("only the status of an order changes"), "{said}");
    accounts.remove(&shop).await;
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_owner_makes_the_tables_and_the_serving_account_cannot() {
    let shop = shop_on(Engine::MySql).await;
    let name = format!("{}_new", shop.database());
    run_script(shop.db(), &format!("CREATE DATABASE {name}")).await;
    let administrator = Db::open(&format!("{}_new", shop.url())).await.unwrap();
    administrator.migrate().await.unwrap();
    administrator.close().await;
    let accounts = Accounts::make(&shop, &name).await;
    // What is granted outlives what it is granted on.
    run_script(shop.db(), &format!("DROP DATABASE {name}; CREATE DATABASE {name}")).await;

    let (alone, both) = (accounts.open(false).await, accounts.open(true).await);
    let said = alone.migrate().await.unwrap_err().to_string();
    assert!(said.contains("denied"), "{said}");
    both.migrate().await.unwrap();
    let said = make_months(&alone, shop.now()).await.unwrap_err().to_string();
    assert!(said.contains("denied"), "{said}");
    assert_eq!(make_months(&both, shop.now()).await.unwrap(), 3 * 7);
    alone.close().await;
    both.close().await;
    run_script(shop.db(), &format!("DROP DATABASE {name}")).await;
    accounts.remove(&shop).await;
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_script_says_of_every_table_what_becomes_of_it() {
    let shop = shop_on(Engine::MySql).await;
    let sql = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() \
               AND table_name <> '_sqlx_migrations'";
    let rows = shop.db().fetch_all(Sql::new(sql)).await.unwrap();
    assert!(rows.len() >= 17, "{} tables", rows.len());
    for row in rows {
        let table = row.text("name").unwrap();
        let mut words = SCRIPT.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        assert!(words.any(|word| word == table), "{table} is in no line of deploy/mysql-accounts.sql");
    }
    shop.finish().await;
}
