//! A whole shop goes from one database to another and back: the same facts, the same logins, the same answers
//! to the same request ids. And what must not be imported leaves nothing behind.

use crate::support::*;
use shop::adjustment::service::{AdjustmentRequest, adjust_wallet};
use shop::alert::model::Count;
use shop::alert::people::Sketch;
use shop::alert::service::watch_alerts;
use shop::alert::{AlertName, Channel, Recipient, Silence};
use shop::coupon::UserCouponState;
use shop::database::{Db, Engine, Sql};
use shop::id::UserId;
use shop::notice::NoticeDigest;
use shop::notice::service::{NoticeText, keep_notices};
use shop::operator::OperatorRole;
use shop::operator::service::find_operator;
use shop::order::console::notes::add_notes;
use shop::order::service::place_order;
use shop::order::{OrderRequest, OrderStatus};
use shop::recovery::TryError;
use shop::recovery::service::recover_pending;
use shop::refund::RefundLines;
use shop::refund::service::refund_order;
use shop::second_factor::codes::code_at;
use shop::second_factor::service::{Standing, begin_enrolment, confirm_enrolment, find_standing};
use shop::stats::pairs::count_pairs;
use shop::transfer::service::{export_shop, import_shop};
use shop::transfer::{TransferError, TransferRefusal};
use shop::user::service::{check_login, create_operator, register_user};
use shop::user::sessions::save_session;
use shop::user::{Language, NewUser};
use shop::wallet::service::charge_wallet;
use shop::{Settings, Won};
use std::io::Cursor;

const EMAIL: &str = "kim@example.com";
const PASSWORD: &str = "correct horse 1";
/// Every table that a shop which sells fills.
const FILLED: [&str; 39] = [
    "users",
    "products",
    "coupons",
    "alert_facts",
    "alert_notices",
    "alert_people",
    "alert_samples",
    "alert_silences",
    "alerts",
    "audit_log",
    "job_marks",
    "mail_queue",
    "minute_figures",
    "notices",
    "operators",
    "order_items",
    "order_notes",
    "orders",
    "outbox",
    "password_resets",
    "point_transactions",
    "posting_causes",
    "product_drafts",
    "product_images",
    "product_imports",
    "product_pairs",
    "recovery_codes",
    "recovery_tries",
    "refund_items",
    "refunds",
    "requests",
    "sales_buckets",
    "second_factors",
    "sessions",
    "shopper_blocks",
    "stock_supplies",
    "user_coupons",
    "wallet_adjustments",
    "wallets",
];

async fn open_empty(engine: Engine) -> TestShop {
    let told = Recipient { channel: Channel::Mail, address: Some("owner@example.com".to_owned()) };
    open(engine, Settings { mail_on: true, alert_recipients: vec![told], ..unlimited() }).await
}

/// A shop with a row of every kind: an account, sessions, letters, orders in every state they reach by
/// themselves, coupons issued, held and used, a refused charge.
async fn fill(shop: &TestShop) -> (OrderRequest, OrderRequest) {
    let new = |email: &str| NewUser {
        email: email.to_owned(),
        name: "김담다 🎵 \"O'Kim\"\\".to_owned(),
        password: PASSWORD.to_owned(),
        lang: Language::Ko,
        age_confirmed: true,
    };
    let user = register_user(shop, new(EMAIL)).await.unwrap().id;
    register_user(shop, new("lee@example.com")).await.unwrap();
    save_session(shop.db(), [7; 32], Some(user), &[0, 10, 255], shop.now().after(DAY)).await.unwrap();
    let mut tx = shop.db().begin().await.unwrap();
    shop::user::store::write_reset(&mut tx, [9; 32], user, shop.now(), shop.now().after(HOUR)).await.unwrap();
    tx.commit().await.unwrap();
    let notice = NoticeText { name: "withdrawal", lang: "ko", body: "철회할 수 없습니다\n<b>" };
    keep_notices(shop, &[notice]).await.unwrap();
    let boss = create_operator(shop, "boss@example.com", "사장", PASSWORD, OperatorRole::Owner).await.unwrap();
    let boss = find_operator(shop, &boss, "203.0.113.7").await.unwrap().expect("an operator");

    charge_wallet(shop, user, Won::new(100_000), named_key("charge")).await.unwrap();
    for _ in 0..99 {
        charge_wallet(shop, user, Won::new(100_000), key()).await.unwrap();
    }
    refusal(charge_wallet(shop, user, Won::new(100_000), named_key("too-much")).await);
    let (first, second) = (shop.product(1_000, 50).await, shop.product(2_500, 50).await);
    let mut pieces = Vec::new();
    for code in ["ISSUED", "HELD", "USED"] {
        let code = shop.coupon(code, TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        pieces.push(code);
    }
    let both = order_request(&[(first, 1), (second, 2)]);
    let consent = Some(NoticeDigest::of(notice.name, notice.lang, notice.body));
    let bought = OrderRequest { consent_notice: consent, ..with_coupon(both.clone(), &pieces[2]) };
    shop.place_as(user, bought.clone(), named_key("bought")).await.unwrap();
    shop.advance(MINUTE + MINUTE + SECOND);
    assert_eq!(count_pairs(shop).await.unwrap(), 1);
    // By an instance that sends no letters, as those that are counted below are others'.
    let quiet = shop.another_with(unlimited()).await;
    let given_back = place_order(&quiet, user, one_of(second), named_key("given-back")).await.unwrap().id;
    refund_order(&quiet, &boss, given_back, &refund_request(RefundLines::Whole)).await.unwrap();
    let refused = expecting(both.clone(), 1);
    refusal(shop.place_as(user, refused.clone(), named_key("refused")).await);
    shop.reserve_and_pay(user, one_of(first)).await;
    shop.reserve(user, one_of(first)).await;
    shop.advance(MINUTE);
    assert_eq!((shop.expire().await, shop.stall().await), (1, 1));
    shop.advance(MINUTE);
    assert_eq!(shop.recover().await, 1);
    shop.reserve_and_pay(user, one_of(second)).await;
    shop.advance(MINUTE);
    assert_eq!(shop.stall().await, 1);
    let held = shop.reserve_and_pay(user, with_coupon(both, &pieces[1])).await;
    let mut tx = shop.db().begin().await.unwrap();
    shop::recovery::store::write_tries(&mut tx, &[(held, TryError::Broken)], shop.now()).await.unwrap();
    tx.commit().await.unwrap();
    let reason = "제안".to_owned();
    let asked = AdjustmentRequest { key: named_key("adjusted"), amount: Won::new(-500_000), reason };
    adjust_wallet(shop, &boss, user, &asked).await.unwrap();
    let mut tx = shop.db().begin().await.unwrap();
    shop::user::store::write_block(&mut tx, user, shop.now().after(MINUTE), shop.now()).await.unwrap();
    tx.commit().await.unwrap();
    begin_enrolment(shop, &boss).await.unwrap();
    let Standing::Begun { secret } = find_standing(shop, boss.id()).await.unwrap() else { panic!("not begun") };
    confirm_enrolment(shop, &boss, &code_at(&secret, shop.now())).await.unwrap();
    add_notes(shop, &boss, &[held], "전화로 알렸습니다 🎵").await.unwrap();
    shop.reserve(user, one_of(first)).await;
    fire_an_alert(shop, user).await;
    keep_files(shop, boss.id()).await;
    // So that a counter stands further on than its rows.
    shop.arrange("DELETE FROM mail_queue WHERE id = 3").await;
    for table in FILLED {
        assert!(shop.count(table).await > 0, "{table} is empty");
    }
    (bought, refused)
}

/// A picture of the first product, and a file that waits to be imported.
async fn keep_files(shop: &TestShop, by: UserId) {
    let sql = Sql::new(
        "INSERT INTO product_images (product_id, digest, small_digest, position, media_type, width, height, \
         small_width, small_height, created_at, small_bytes, bytes) \
         SELECT MIN(id), ?, ?, 0, 'image/png', 1200, 900, 400, 300, ?, ?, ? FROM products",
    )
    .bind([1_u8; 32])
    .bind([2_u8; 32])
    .bind(shop.now())
    .bind([0_u8, 255, 10])
    .bind([255_u8, 0]);
    shop.db().execute(sql).await.unwrap();
    let sql = Sql::new("INSERT INTO product_drafts (operator_id, product_id, created_at, texts) VALUES (?, 0, ?, ?)")
        .bind(by)
        .bind(shop.now())
        .bind("{\"summary\":\"긴 글 🎵\"}");
    shop.db().execute(sql).await.unwrap();
    let sql = Sql::new("INSERT INTO product_imports (digest, operator_id, created_at, bytes) VALUES (?, ?, ?, ?)")
        .bind([3_u8; 32])
        .bind(by)
        .bind(shop.now())
        .bind([0_u8, 1, 2]);
    shop.db().execute(sql).await.unwrap();
}

/// An alert that fires, which somebody is to be told of, beside another that is silenced.
async fn fire_an_alert(shop: &TestShop, by: UserId) {
    shop::verify::job::verify_until(shop, std::future::pending()).await.unwrap();
    shop.tally().add(Count::Payments, 20);
    shop.tally().add(Count::PaymentsFailed, 20);
    watch_alerts(shop, &Sketch::from_bytes(&[7; 16])).await.unwrap();
    let mut tx = shop.db().begin().await.unwrap();
    let (name, reason) = (AlertName::OutboxLag, "중개인을 고치는 중".to_owned());
    let silence = Silence { id: 0, name, until: shop.now().after(DAY), by, reason, created_at: shop.now() };
    shop::alert::store::write_silence(&mut tx, &silence).await.unwrap();
    tx.commit().await.unwrap();
}

async fn export(db: &Db) -> String {
    let mut file = Vec::new();
    export_shop(db, &mut file).await.unwrap();
    String::from_utf8(file).unwrap()
}

async fn import(db: &Db, file: &str) -> Result<u64, TransferRefusal> {
    match import_shop(db, Cursor::new(file.as_bytes().to_vec())).await {
        Ok(counts) => Ok(counts.into_iter().map(|(_, rows)| rows).sum()),
        Err(TransferError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("a fault: {error}"),
    }
}

/// No row but those of the migrations.
async fn assert_empty(shop: &TestShop) {
    for table in FILLED.into_iter().filter(|table| *table != "job_marks") {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }
    assert_eq!(shop.count("job_marks").await, 1);
}

/// The same file with another digest, as somebody who means it would write it.
fn sealed(lines: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let rows = lines.iter().filter(|line| line.starts_with('[')).count();
    let digest: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{text}{{\"end\":{{\"rows\":{rows},\"sha256\":\"{digest}\"}}}}\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shop_goes_from_sqlite_to_mariadb_and_back_and_loses_nothing() {
    let first = open_empty(Engine::Sqlite).await;
    let (bought, refused) = fill(&first).await;
    let file = export(first.db()).await;
    let (second, third) = (open_empty(Engine::MySql).await, open_empty(Engine::Sqlite).await);
    let rows = import(second.db(), &file).await.unwrap();
    verify(&second).await;
    let again = export(second.db()).await;
    assert_eq!(import(third.db(), &again).await.unwrap(), rows);
    verify(&third).await;
    for (name, other) in [("on MariaDB", &again), ("back on SQLite", &export(third.db()).await)] {
        for (ours, theirs) in file.lines().zip(other.lines()) {
            assert_eq!(ours, theirs, "{name}");
        }
        assert_eq!(file.len(), other.len(), "{name}");
    }

    // Each goes on where the first stood still.
    for shop in [&second, &third] {
        shop.clock.advance(first.now().since(shop.now()));
        let user = check_login(shop, EMAIL, PASSWORD).await.unwrap().id;
        let replayed = shop.place_as(user, bought.clone(), named_key("bought")).await.unwrap();
        let original = first.place_as(user, bought.clone(), named_key("bought")).await.unwrap();
        assert_eq!(replayed, original);
        assert_eq!(word(&shop.place_as(user, refused.clone(), named_key("refused")).await), "price_changed");
        assert_eq!(
            charge_wallet(shop, user, Won::new(100_000), named_key("charge")).await.unwrap(),
            charge_wallet(&first, user, Won::new(100_000), named_key("charge")).await.unwrap()
        );
        refusal(charge_wallet(shop, user, Won::new(100_000), named_key("too-much")).await);
        assert_eq!(shop.piece(user, &code("HELD")).await, Some(UserCouponState::Held));
        shop.advance(MINUTE + MINUTE);
        assert_eq!((shop.expire().await, shop.stall().await), (1, 1));
        shop.advance(MINUTE);
        assert_eq!(recover_pending(shop).await.unwrap(), 2);
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM orders WHERE status = 'PENDING'").await, 0);
        // The letter that was deleted had the number 3; no other gets it.
        let next = shop.shopper(1_000).await;
        assert_eq!(next.get(), 4);
        shop.place(next, one_of(shop.product(500, 1).await)).await.unwrap();
        assert_eq!(shop.figure("SELECT MAX(id) AS n FROM mail_queue").await, 4);
        verify(shop).await;
    }
    for shop in [first, second, third] {
        shop.finish().await;
    }
}

on_both_engines! {
    async fn a_file_that_is_cut_or_changed_leaves_the_database_empty(shop) {
        let source = open_empty(Engine::Sqlite).await;
        fill(&source).await;
        let file = export(source.db()).await;
        let lines: Vec<&str> = file.lines().collect();
        let end = lines.len();
        for (name, cut) in [
            ("in the middle", &file[..file.len() / 2]),
            ("at a line's end", &file[..file.len() / 2 + file[file.len() / 2..].find('\n').unwrap() + 1]),
            ("before the last line", &file[..file.trim_end().rfind('\n').unwrap() + 1]),
            ("in the last byte", file.trim_end()),
        ] {
            assert!(matches!(import(shop.db(), cut).await, Err(TransferRefusal::CutOff { .. })), "{name}");
        }
        let charged = lines.iter().position(|line| line.contains("CHARGE")).unwrap();
        let richer = file.replacen("100000", "900000", 1);
        assert!(matches!(import(shop.db(), &richer).await, Err(TransferRefusal::Damaged { .. })));
        let without = [&lines[..charged], &lines[charged + 1..]].concat().join("\n") + "\n";
        assert!(matches!(import(shop.db(), &without).await, Err(TransferRefusal::Damaged { .. })));
        for other in ["", "sku,category\n", "{\"damda_export\":1}\n"] {
            assert_eq!(import(shop.db(), other).await, Err(TransferRefusal::NotAnExport));
        }
        // Whoever also writes a new digest meets the schema: a row twice, an order that cost nothing, a stranger.
        let twice = [&lines[..=charged], &lines[charged..end - 1]].concat();
        assert!(matches!(import(shop.db(), &sealed(&twice)).await, Err(TransferRefusal::Unfit { .. })));
        let sealed_without = |what: &str, instead: &str| {
            let changed: Vec<String> = lines[..end - 1].iter().map(|line| line.replace(what, instead)).collect();
            sealed(&changed.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(matches!(import(shop.db(), &sealed_without("\"CHARGE\"", "\"GIFT\"")).await, Err(TransferRefusal::Unfit { .. })));
        let newer = sealed_without("\"schema\":", "\"schema\":1");
        assert!(matches!(import(shop.db(), &newer).await, Err(TransferRefusal::FileVersion { .. })));
        let other = sealed_without("balance_after", "balance_then");
        let table = "point_transactions".to_owned();
        assert_eq!(import(shop.db(), &other).await, Err(TransferRefusal::OtherTable { table }));
        assert_empty(shop).await;
        // After all of that the good file still fits.
        import(shop.db(), &file).await.unwrap();
        source.finish().await;
    }

    async fn an_import_goes_into_an_empty_database_only(shop) {
        let file = export(shop.db()).await;
        shop.product(1_000, 1).await;
        let refused = import(shop.db(), &file).await;
        assert_eq!(refused, Err(TransferRefusal::NotEmpty { table: "products".to_owned() }));
        assert_eq!(shop.count("products").await, 1);
    }

    async fn an_export_is_of_one_moment_while_the_shop_goes_on(shop) {
        let users = shop.shoppers(8, 1_000_000).await;
        let product = shop.product(1_000, 10_000).await;
        let files = at_once(9, |index| {
            let (own, user): (shop::Shop, _) = ((**shop).clone(), users.get(index).copied());
            async move {
                let mut files = Vec::new();
                for _ in 0..8 {
                    match user {
                        Some(user) => {
                            let placed = place_order(&own, user, one_of(product), key()).await;
                            assert_eq!(placed.unwrap().status, OrderStatus::Completed);
                        }
                        None => files.push(export(own.db()).await),
                    }
                }
                files
            }
        })
        .await;
        for file in files.into_iter().flatten() {
            let copy = shop_on(Engine::Sqlite).await;
            import(copy.db(), &file).await.unwrap();
            copy.finish().await; // which verifies
        }
    }
}
