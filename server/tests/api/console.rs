//! The console over HTTP: who may see and do what. Each page and form is tried by a stranger, a shopper and every role
//! of operators.

use crate::sessions::Browser;
use crate::support::{Client, House, PASSWORD};
use serde_json::json;
use shop::database::Sql;
use shop::operator::{OperatorRole, Permission};
use shop::user::service::{create_operator, find_user_by_email};
use std::collections::BTreeSet;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// Every page of the console, and what seeing it takes.
const PAGES: [(&str, Permission); 11] = [
    ("/admin", Permission::SeeConsole),
    ("/admin/recovery", Permission::SeeConsole),
    ("/admin/orders", Permission::SeeConsole),
    ("/admin/alerts", Permission::SeeConsole),
    ("/admin/customers", Permission::SeePeople),
    ("/admin/popular", Permission::SeeConsole),
    ("/admin/events", Permission::SeeConsole),
    ("/admin/operators", Permission::ManageOperators),
    ("/admin/audit", Permission::SeeAuditLog),
    ("/admin/products", Permission::SeeConsole),
    ("/admin/coupons", Permission::SeeConsole),
];

/// Pages of one thing each, with one that there is not.
const PAGES_OF_ONE: [(&str, &str, Permission); 6] = [
    ("/admin/orders/:id", "/admin/orders/01890000-0000-7000-8000-000000000000", Permission::SeeConsole),
    ("/admin/customers/:id", "/admin/customers/999999999", Permission::SeePeople),
    ("/admin/operators/:id", "/admin/operators/999999999", Permission::ManageOperators),
    ("/admin/products/:id", "/admin/products/999999999", Permission::SeeConsole),
    ("/admin/products/import/:digest", "/admin/products/import/00", Permission::EditProducts),
    ("/admin/coupons/:code", "/admin/coupons/NOSUCH", Permission::SeeConsole),
];
/// Pages that others lead to.
const PAGES_FURTHER: [(&str, Permission); 4] = [
    ("/admin/adjustments", Permission::AdjustWallets),
    ("/admin/products/new", Permission::EditProducts),
    ("/admin/products/import", Permission::EditProducts),
    ("/admin/coupons/new", Permission::EditCoupons),
];
/// Every form of the console, and what sending it takes.
const FORMS: [(&str, Permission); 25] = [
    ("admin_set_role", Permission::ManageOperators),
    ("admin_recover", Permission::RecoverOrders),
    ("admin_add_notes", Permission::NoteOrders),
    ("admin_refund", Permission::RefundOrders),
    ("admin_silence", Permission::SilenceAlerts),
    ("admin_adjust_wallet", Permission::AdjustWallets),
    ("admin_decide_adjustment", Permission::AdjustWallets),
    ("admin_freeze", Permission::FreezePeople),
    ("admin_unfreeze", Permission::FreezePeople),
    ("admin_end_block", Permission::FreezePeople),
    ("admin_end_session", Permission::ManageOperators),
    ("admin_sign_out", Permission::ManageOperators),
    ("admin_create_product", Permission::EditProducts),
    ("admin_edit_product", Permission::EditProducts),
    ("admin_sell_product", Permission::EditProducts),
    ("admin_adjust_stock", Permission::EditProducts),
    ("admin_upload_products", Permission::EditProducts),
    ("admin_import_products", Permission::EditProducts),
    ("admin_add_image", Permission::EditProducts),
    ("admin_move_image", Permission::EditProducts),
    ("admin_remove_image", Permission::EditProducts),
    ("admin_create_coupon", Permission::EditCoupons),
    ("admin_edit_coupon", Permission::EditCoupons),
    ("admin_run_coupon", Permission::EditCoupons),
    ("admin_replay", Permission::ReplayEvents),
];
/// What the console's pages fetch by themselves; `dashboard.rs` tries it.
const FETCHED: [&str; 2] = ["admin_dashboard", "admin_campaign"];

pub fn address_of(role: OperatorRole) -> String {
    format!("{}@test.example", role.as_str())
}

/// A browser in which an operator with this role is logged in; their account is made.
pub async fn operator(house: &House, role: OperatorRole) -> Browser {
    create_operator(&house.shop, &address_of(role), "운영자", PASSWORD, role).await.expect("an operator");
    let mut browser = Browser::of(house);
    browser.log_in(&address_of(role), PASSWORD).await;
    browser
}

async fn role_of(house: &House, email: &str) -> String {
    let user = find_user_by_email(&house.shop, email).await.expect("a database").expect("an account");
    let operator = shop::operator::service::find_operator(&house.shop, &user, "").await.expect("a database");
    operator.map_or("none".to_owned(), |operator| operator.role().as_str().to_owned())
}

#[tokio::test]
async fn each_page_of_the_console_is_there_for_those_who_may_see_it_and_for_nobody_else() {
    let house = House::open().await;
    for (page, permission) in PAGES {
        let stranger = Browser::of(&house).get(page).await.expect(303);
        assert!(stranger.header("location").starts_with("/login?next="), "{page}");
        for role in OperatorRole::ALL {
            if find_user_by_email(&house.shop, &address_of(role)).await.unwrap().is_none() {
                create_operator(&house.shop, &address_of(role), "운영자", PASSWORD, role).await.unwrap();
            }
            let mut browser = Browser::of(&house);
            browser.log_in(&address_of(role), PASSWORD).await;
            let answer = browser.get(page).await;
            assert_eq!(answer.status, if role.may(permission) { 200 } else { 403 }, "{page} for a {}", role.as_str());
            if role.may(permission) {
                assert_eq!(answer.header("cache-control"), "no-store", "{page}");
            }
        }
    }
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    for (page, _) in PAGES {
        assert_eq!(shopper.get(page).await.status, 404, "{page} for a shopper");
    }
    house.close().await;
}

/// What stands between `before` and the next `"` wherever it occurs in these files of the app.
fn named_in_app(files: &[&str], before: &str) -> BTreeSet<String> {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
    let texts = files.iter().map(|file| std::fs::read_to_string(source.join(file)).expect("a source file"));
    let text = texts.collect::<String>();
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

#[test]
fn no_page_and_no_form_of_the_console_is_missing_here() {
    let pages = named_in_app(&["shell.rs"], "path!(\"/admin");
    let listed = PAGES.iter().map(|(page, _)| *page).chain(PAGES_OF_ONE.iter().map(|(page, ..)| *page));
    let listed = listed.chain(PAGES_FURTHER.iter().map(|(page, _)| *page));
    assert_eq!(pages, listed.map(|page| page["/admin".len()..].to_owned()).collect());
    let files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src/api"))
        .expect("the server functions")
        .map(|file| format!("api/{}", file.expect("a file").file_name().to_string_lossy()))
        .collect();
    let forms = named_in_app(&files.iter().map(String::as_str).collect::<Vec<_>>(), "endpoint = \"admin_");
    let listed = FORMS.iter().map(|(form, _)| *form).chain(FETCHED);
    assert_eq!(forms, listed.map(|form| form["admin_".len()..].to_owned()).collect());
}

#[tokio::test]
async fn each_form_of_the_console_is_refused_to_whoever_may_not_send_it() {
    let house = House::open().await;
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    let mut operators = Vec::new();
    for role in OperatorRole::ALL {
        operators.push((role, operator(&house, role).await));
    }
    for (form, permission) in FORMS {
        let path = format!("/fn/{form}");
        let led = Browser::of(&house).post(&path, &[]).await;
        assert!(led.starts_with("/login?next="), "{form} by a stranger leads to {led}");
        assert_eq!(shopper.post(&path, &[]).await, "/admin", "{form} by a shopper, for whom that is not there");
        for (role, browser) in &mut operators {
            let led = browser.post(&path, &[]).await;
            let is_refused = browser.get(&led).await.text.contains("할 수 없는 일");
            assert_eq!(is_refused, !role.may(permission), "{form} by a {} leads to {led}", role.as_str());
        }
    }
    for (_, page, permission) in PAGES_OF_ONE {
        assert_eq!(shopper.get(page).await.status, 404, "{page} for a shopper");
        for (role, browser) in &mut operators {
            let status = if role.may(permission) { 404 } else { 403 };
            assert_eq!(browser.get(page).await.status, status, "{page} for a {}", role.as_str());
        }
    }
    for (page, permission) in PAGES_FURTHER {
        assert_eq!(shopper.get(page).await.status, 404, "{page} for a shopper");
        for (role, browser) in &mut operators {
            let status = if role.may(permission) { 200 } else { 403 };
            assert_eq!(browser.get(page).await.status, status, "{page} for a {}", role.as_str());
        }
    }
    house.close().await;
}

#[tokio::test]
async fn the_console_links_to_what_an_operator_may_see_and_to_nothing_else() {
    let house = House::open().await;
    for role in OperatorRole::ALL {
        let page = operator(&house, role).await.get("/admin").await.expect(200);
        for (path, permission) in PAGES {
            let is_linked = page.text.contains(&format!("href=\"{path}\""));
            assert_eq!(is_linked, role.may(permission), "{path} for a {}", role.as_str());
        }
    }
    house.close().await;
}

#[tokio::test]
async fn only_an_owner_makes_operators_whoever_posts_the_form() {
    for house in House::on_each_engine().await {
        let mut shopper = Browser::of(&house);
        let email = shopper.register().await;
        let fields = [("email", email.as_str()), ("role", "owner")];
        let led = shopper.post("/fn/admin_set_role", &fields).await;
        assert_eq!(led, "/admin", "which does not exist for them");
        let led = Browser::of(&house).post("/fn/admin_set_role", &fields).await;
        assert!(led.starts_with("/login?next="), "{led}");
        for role in [OperatorRole::Viewer, OperatorRole::Support, OperatorRole::Manager] {
            let led = operator(&house, role).await.post("/fn/admin_set_role", &fields).await;
            assert_eq!(led, "/admin", "where a {} reads that it is not theirs to do", role.as_str());
            assert_eq!(role_of(&house, &email).await, "none", "by a {}", role.as_str());
        }
        let mut owner = operator(&house, OperatorRole::Owner).await;
        owner.post("/fn/admin_set_role", &[("email", &email), ("role", "root")]).await;
        assert_eq!(role_of(&house, &email).await, "none", "there is no such role");
        owner.post("/fn/admin_set_role", &[("email", "nobody@test.example"), ("role", "owner")]).await;
        let led = owner.post("/fn/admin_set_role", &[("email", &email.to_uppercase()), ("role", "support")]).await;
        assert_eq!(led, "/admin/operators");
        assert_eq!(role_of(&house, &email).await, "support");
        let log = owner.get("/admin/audit").await.expect(200);
        assert!(log.text.contains("support"), "{}", log.text);

        let itself = address_of(OperatorRole::Owner);
        owner.post("/fn/admin_set_role", &[("email", &itself), ("role", "none")]).await;
        let page = owner.get("/admin/operators").await.expect(200);
        assert!(page.text.contains("마지막 소유자"), "the last owner reads why they stay");
        house.close().await;
    }
}

pub async fn email_of(shopper: &Client) -> String {
    shopper.get("/api/v1/me").await.expect(200).body["email"].as_str().expect("an address").to_owned()
}

/// An order whose confirmation failed, and its shopper.
async fn stuck_order(house: &House) -> (String, Client) {
    let shopper = house.shopper_with(50_000).await;
    let product = house.product(12_300, 10).await;
    let break_it = "CREATE TRIGGER broken BEFORE INSERT ON sales_buckets BEGIN SELECT RAISE(ABORT, 'broken'); END";
    house.shop.db().execute(Sql::new(break_it)).await.expect("a trigger");
    let order = shopper.buy(product, 1).await.expect(202);
    house.shop.db().execute(Sql::new("DROP TRIGGER broken")).await.expect("no trigger");
    (order.id(), shopper)
}

#[tokio::test]
async fn a_stuck_order_is_seen_noted_and_recovered_by_hand_and_its_whole_story_is_there() {
    let house = House::open().await;
    let (id, shopper) = stuck_order(&house).await;
    let mut support = operator(&house, OperatorRole::Support).await;
    let queue = support.get("/admin/recovery").await.expect(200);
    assert!(queue.text.contains(&id) && queue.text.contains("확정하지 못함"), "{}", queue.text);
    assert!(!queue.text.contains(&email_of(&shopper).await), "whom nobody asked to see");

    let fields = [("ids[]", id.as_str()), ("text", "은행에 물어봄\n<b>"), ("page", "/admin/recovery")];
    assert_eq!(support.post("/fn/admin_add_notes", &fields).await, "/admin/recovery");
    assert_eq!(support.post("/fn/admin_recover", &fields).await, "/admin/recovery");
    let early = support.get("/admin/recovery").await.expect(200);
    assert!(early.text.contains("아직 때가 아님 1건"), "a minute has not passed: {}", early.text);
    assert_eq!(shopper.balance().await, 50_000 - 12_300);

    house.clock.advance(MINUTE);
    support.post("/fn/admin_recover", &fields).await;
    let done = support.get("/admin/recovery").await.expect(200);
    assert!(done.text.contains("복구 1건") && !done.text.contains(&format!("value=\"{id}\"")), "{}", done.text);
    assert_eq!(shopper.balance().await, 50_000);

    let page = support.get(&format!("/admin/orders/{id}")).await.expect(200);
    for told in ["은행에 물어봄", "1개 잡아 둠", "1개 풀림", "남은 잔액 ₩50,000", "주문을 직접 복구", "order.failed"]
    {
        assert!(page.text.contains(told), "{told} is not told: {}", page.text);
    }
    assert!(!page.text.contains("은행에 물어봄\n<b>"), "a note is text");
    assert!(!page.text.contains(&email_of(&shopper).await));
    let person = support.get(&format!("/admin/orders/{id}?people=1")).await.expect(200);
    assert!(person.text.contains(&email_of(&shopper).await));
    let found = support.get(&format!("/admin/orders?id={id}&status=FAILED")).await.expect(200);
    assert!(found.text.contains(&id), "{}", found.text);
    for nonsense in ["id=1", "status=LOST", "product=x", "from=yesterday", "cursor=x"] {
        support.get(&format!("/admin/orders?{nonsense}")).await.expect(422);
    }
    support.get("/admin/orders/01890000-0000-7000-8000-000000000000").await.expect(404);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn who_may_only_look_sees_nobody_and_changes_nothing() {
    let house = House::open().await;
    let (id, shopper) = stuck_order(&house).await;
    house.clock.advance(MINUTE);
    let mut viewer = operator(&house, OperatorRole::Viewer).await;
    let fields = [("ids[]", id.as_str()), ("text", "메모")];
    for form in ["/fn/admin_recover", "/fn/admin_add_notes"] {
        assert_eq!(viewer.post(form, &fields).await, "/admin", "where they read that it is not theirs to do");
    }
    for page in ["/admin/recovery", "/admin/orders", &format!("/admin/orders/{id}")] {
        let seen = viewer.get(page).await.expect(200);
        assert!(!seen.text.contains("/fn/admin_"), "{page} has a form of theirs: {}", seen.text);
        viewer.get(&format!("{page}?people=1")).await.expect(403);
    }
    viewer.get(&format!("/admin/orders?email={}", email_of(&shopper).await)).await.expect(403);
    let mut stranger = Browser::of(&house);
    stranger.register().await;
    for form in ["/fn/admin_recover", "/fn/admin_add_notes"] {
        assert_eq!(stranger.post(form, &fields).await, "/admin", "which does not exist for them");
    }
    assert_eq!(shopper.balance().await, 50_000 - 12_300);
    house.verify().await;
    house.close().await;
}

/// What a form of a page holds in a field that nobody sees.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split('"').next().expect("its value").to_owned()
}

#[tokio::test]
async fn an_operator_gives_one_piece_back_and_then_the_rest_and_the_same_form_twice_gives_once() {
    for house in House::on_each_engine().await {
        let (book, font) = (house.product(12_300, 10).await, house.product(50_000, 3).await);
        let shopper = house.shopper_with(100_000).await;
        let body = json!({"items": [{"product_id": book, "quantity": 2}, {"product_id": font, "quantity": 1}]});
        let id = shopper.order(&body).await.expect(201).id();
        let path = format!("/admin/orders/{id}");
        let mut manager = operator(&house, OperatorRole::Manager).await;
        let page = manager.get(&path).await.expect(200).text;
        assert!(page.contains("2개 · ₩24,600") && page.contains("모두 환불하기: ₩74,600"), "{page}");

        let (piece, key) = (format!("{book}:1"), hidden(&page, "request_id"));
        let fields = [
            ("id", id.as_str()),
            ("page", path.as_str()),
            ("pieces[]", piece.as_str()),
            ("pieces[]", ""),
            ("reason", "찢어진 파일"),
            ("request_id", key.as_str()),
        ];
        for _ in 0..2 {
            assert_eq!(manager.post("/fn/admin_refund", &fields).await, path);
            let page = manager.get(&path).await.expect(200).text;
            assert!(page.contains("₩12,300 환불했습니다") && page.contains("찢어진 파일"), "{page}");
            assert_eq!(shopper.balance().await, 100_000 - 74_600 + 12_300);
        }
        let rest = [("id", id.as_str()), ("page", &path), ("whole", "1"), ("reason", "모두"), ("request_id", "rest")];
        manager.post("/fn/admin_refund", &rest).await;
        let page = manager.get(&path).await.expect(200).text;
        assert!(page.contains("₩62,300 환불했습니다") && page.contains("이미 모두 환불했습니다"), "{page}");
        assert_eq!(shopper.balance().await, 100_000);
        let log = manager.get("/admin/audit?act=order.refunded").await.expect(200).text;
        assert!(log.contains("찢어진 파일") && log.contains("62300"), "{log}");
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_refund_that_makes_no_sense_gives_nothing_back_and_says_why() {
    let house = House::open().await;
    let book = house.product(12_300, 10).await;
    let shopper = house.shopper_with(50_000).await;
    let id = shopper.buy(book, 2).await.expect(201).id();
    let path = format!("/admin/orders/{id}");
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let (good, many, other) = (format!("{book}:1"), format!("{book}:3"), "999999:1".to_owned());
    let table = [
        (id.as_str(), "", "까닭", "고르지 않았습니다"),
        (id.as_str(), good.as_str(), " ", "까닭을 적어 주세요"),
        (id.as_str(), many.as_str(), "까닭", "2개까지 환불할 수 있습니다"),
        (id.as_str(), other.as_str(), "까닭", "그런 상품이 없습니다"),
        (id.as_str(), "x:y", "까닭", "형식에 맞지 않"),
        ("nonsense", good.as_str(), "까닭", "형식에 맞지 않"),
        ("01890000-0000-7000-8000-000000000000", good.as_str(), "까닭", "읽지 못했"),
    ];
    for (order, pieces, reason, said) in table {
        let fields = [("id", order), ("page", &path), ("pieces", pieces), ("reason", reason), ("request_id", "once")];
        assert_eq!(manager.post("/fn/admin_refund", &fields).await, path);
        let page = manager.get(&path).await.expect(200).text;
        assert!(page.contains(said), "{pieces} of {order} because {reason}: {page}");
        if reason.trim().len() > 1 {
            assert!(page.contains(&format!("value=\"{reason}\"")), "what was typed is lost: {page}");
        }
    }
    for role in [OperatorRole::Viewer, OperatorRole::Support] {
        let mut other = operator(&house, role).await;
        let fields = [("id", id.as_str()), ("whole", "1"), ("reason", "까닭"), ("request_id", "theirs")];
        assert_eq!(other.post("/fn/admin_refund", &fields).await, "/admin", "a {}", role.as_str());
        assert!(!other.get(&path).await.expect(200).text.contains("/fn/admin_refund"), "a {}", role.as_str());
    }
    assert_eq!(shopper.balance().await, 50_000 - 24_600);
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn an_alert_is_silenced_with_a_reason_and_told_again_by_those_who_may() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let silence = |hours, reason| [("name", "payment_failures"), ("hours", hours), ("reason", reason)];
    for (hours, reason, said) in
        [("4", "", "까닭을 적어 주세요"), ("x", "까닭", "형식에 맞지 않"), ("9999", "까닭", "형식에 맞지 않")]
    {
        assert_eq!(manager.post("/fn/admin_silence", &silence(hours, reason)).await, "/admin/alerts");
        let page = manager.get("/admin/alerts").await.expect(200).text;
        assert!(page.contains(said) && !page.contains("까지 알리지 않음"), "{hours} hours because {reason}: {page}");
    }
    for role in [OperatorRole::Viewer, OperatorRole::Support] {
        let mut other = operator(&house, role).await;
        assert_eq!(other.post("/fn/admin_silence", &silence("4", "조용히")).await, "/admin", "a {}", role.as_str());
        assert!(!other.get("/admin/alerts").await.expect(200).text.contains("/fn/admin_silence"));
    }
    manager.post("/fn/admin_silence", &silence("4", "점검 <b>중</b>")).await;
    let page = manager.get("/admin/alerts").await.expect(200).text;
    assert!(page.contains("까지 알리지 않음") && page.contains("점검 &lt;b&gt;중"), "{page}");
    manager.post("/fn/admin_silence", &silence("0", "")).await;
    let page = manager.get("/admin/alerts").await.expect(200).text;
    assert!(!page.contains("까지 알리지 않음"), "{page}");
    let log = manager.get("/admin/audit").await.expect(200).text;
    assert!(log.contains("경보를 끔") && log.contains("경보를 다시 켬"), "{log}");
    house.close().await;
}
