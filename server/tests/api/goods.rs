//! Products and coupons by the console's pages and forms: what a manager makes a shopper buys, what they stop a shopper
//! cannot claim, and whoever may only look changes nothing.

use crate::console::operator;
use crate::sessions::Browser;
use crate::support::{House, fresh};
use serde_json::json;
use shop::coupon::Discount;
use shop::operator::OperatorRole;

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}: {page}"));
    let rest = page[at..].split_once("value=\"").expect("a value").1;
    rest.split_once('"').expect("an end").0.to_owned()
}

fn product_fields<'a>(sku: &'a str, price: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("sku", sku),
        ("stock", "3"),
        ("for_sale", "yes"),
        ("category", "ebook"),
        ("name", "새벽 책"),
        ("name_en", "Dawn"),
        ("price", price),
        ("description", "첫 줄\r\n둘째 줄 </textarea><b>"),
    ]
}

#[tokio::test]
async fn a_manager_makes_a_product_that_shoppers_buy_edits_it_and_retires_it() {
    for house in House::on_each_engine().await {
        let mut manager = operator(&house, OperatorRole::Manager).await;
        let sku = fresh("SKU");
        assert_eq!(
            manager.post("/fn/admin_create_product", &product_fields(&sku, "12,350")).await,
            "/admin/products/new"
        );
        let page = manager.get("/admin/products/new").await.expect(200);
        assert!(page.text.contains("100 단위") && page.text.contains(&sku), "it says why and keeps: {}", page.text);
        let led = manager.post("/fn/admin_create_product", &product_fields(&sku, "12,300")).await;
        let id: i64 = led.strip_prefix("/admin/products/").expect("its page").parse().expect("an id");
        assert_eq!(
            manager.post("/fn/admin_create_product", &product_fields(&sku, "12300")).await,
            "/admin/products/new"
        );
        assert!(manager.get("/admin/products/new").await.expect(200).text.contains("이미 쓰고 있는 상품 코드"));

        let shopper = house.shopper_with(100_000).await;
        shopper.buy(id, 1).await.expect(201);
        let first = manager.get(&led).await.expect(200);
        assert!(first.text.contains("둘째 줄 &lt;/textarea&gt;&lt;b&gt;"), "a description is text: {}", first.text);
        let (id_text, seen) = (id.to_string(), hidden(&first.text, "seen"));
        let mut edit = product_fields(&sku, "15000");
        edit.extend([("id", id_text.as_str()), ("seen", seen.as_str())]);
        assert_eq!(manager.post("/fn/admin_edit_product", &edit).await, led);
        let body = json!({"items": [{"product_id": id, "quantity": 1}], "expected_amount": 12_300});
        shopper.order(&body).await.problem(409, "price_changed");
        let mut late = product_fields(&sku, "9000");
        late.extend([("id", id_text.as_str()), ("seen", seen.as_str())]);
        manager.post("/fn/admin_edit_product", &late).await;
        let page = manager.get(&led).await.expect(200);
        assert!(page.text.contains("그사이 바뀌어") && page.text.contains("₩15,000"), "{}", page.text);

        let last_seen = hidden(&page.text, "last_seen");
        let take = |pieces| {
            vec![
                ("id", id_text.as_str()),
                ("way", "out"),
                ("pieces_moved", pieces),
                ("reason", "찢어짐"),
                ("last_seen", last_seen.as_str()),
            ]
        };
        manager.post("/fn/admin_adjust_stock", &take("3")).await;
        let page = manager.get(&led).await.expect(200);
        assert!(page.text.contains("2개까지만"), "two are left: {}", page.text);
        manager.post("/fn/admin_adjust_stock", &take("1")).await;
        manager.post("/fn/admin_adjust_stock", &take("1")).await;
        assert!(manager.get(&led).await.expect(200).text.contains("두 번 보냈습니다"));
        let shown = house.visitor().get(&format!("/api/v1/products/{id}")).await.expect(200).body;
        assert_eq!((&shown["available_stock"], &shown["price"]), (&json!(1), &json!(15_000)));

        assert_eq!(manager.post("/fn/admin_sell_product", &[("id", &id_text), ("for_sale", "no")]).await, led);
        house.visitor().get(&format!("/api/v1/products/{id}")).await.problem(404, "not_found");
        let retired = manager.get(&format!("/admin/products?state=retired&q={sku}")).await.expect(200);
        assert!(retired.text.contains("새벽 책"));
        let log = manager.get(&format!("/admin/audit?subject=product:{id}")).await.expect(200);
        for told in ["상품을 만듦", "상품을 고침", "price: 12300 → 15000", "stock: 2 → 1", "찢어짐", "상품을 내림"]
        {
            assert!(log.text.contains(told), "{told} is not told: {}", log.text);
        }
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_manager_plans_a_coupon_and_stops_it_and_no_instance_issues_another_piece() {
    for house in House::on_each_engine().await {
        let mut manager = operator(&house, OperatorRole::Manager).await;
        let code = fresh("SALE").to_uppercase();
        let plan = |value| {
            vec![
                ("code", code.as_str()),
                ("name", "새벽 쿠폰"),
                ("kind", "rate"),
                ("discount_value", value),
                ("minimum_amount", "0"),
                ("total_quantity", "5"),
                ("starts_at", "2020-01-01T00:00"),
                ("ends_at", "2099-01-01T00:00"),
            ]
        };
        assert_eq!(manager.post("/fn/admin_create_coupon", &plan("100")).await, "/admin/coupons/new");
        let page = manager.get("/admin/coupons/new").await.expect(200);
        assert!(page.text.contains("99") && page.text.contains("새벽 쿠폰"), "{}", page.text);
        let led = manager.post("/fn/admin_create_coupon", &plan("10")).await;
        assert_eq!(led, format!("/admin/coupons/{code}"));
        let holder = house.shopper_with(50_000).await;
        holder.claim(&code).await.expect(201);

        let page = manager.get(&led).await.expect(200);
        let seen = hidden(&page.text, "seen");
        let mut edit = plan("20");
        edit.push(("seen", seen.as_str()));
        manager.post("/fn/admin_edit_coupon", &edit).await;
        assert!(manager.get(&led).await.expect(200).text.contains("이미 받은 사람이 있어"), "it is settled");

        assert_eq!(manager.post("/fn/admin_run_coupon", &[("code", &code), ("running", "no")]).await, led);
        let late = house.shopper().await;
        let refused = late.claim(&code).await;
        refused.problem(409, "coupon_not_applicable");
        let offers = house.visitor().get("/api/v1/coupons").await.expect(200);
        assert!(offers.items().iter().all(|offer| offer["code"] != json!(code)), "it is not for the taking");
        let shelf = Browser::of(&house).get("/coupons").await.expect(200);
        assert!(shelf.text.contains("운영자가 멈춘 쿠폰입니다"), "it says so: {}", shelf.text);
        let stopped = manager.get("/admin/coupons?state=stopped").await.expect(200);
        assert!(stopped.text.contains(&code));
        manager.post("/fn/admin_run_coupon", &[("code", &code), ("running", "yes")]).await;
        late.claim(&code).await.expect(201);
        let page = manager.get(&led).await.expect(200);
        assert!(page.text.contains("진행 중"), "{}", page.text);
        let log = manager.get(&format!("/admin/audit?subject=coupon:{code}")).await.expect(200);
        for told in ["쿠폰을 만듦", "쿠폰을 멈춤", "쿠폰을 다시 시작함"] {
            assert!(log.text.contains(told), "{told} is not told: {}", log.text);
        }
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn each_form_of_goods_is_refused_to_everybody_below_a_manager() {
    let house = House::open().await;
    let product = house.product(1_000, 5).await.to_string();
    let code = house.coupon(Discount::Rate(10), 5).await;
    let moved = [("id", product.as_str()), ("way", "in"), ("pieces_moved", "1"), ("reason", "x"), ("last_seen", "1")];
    let forms: [(&str, &[(&str, &str)]); 7] = [
        (
            "/fn/admin_create_product",
            &[("sku", "NEW-1"), ("name", "x"), ("category", "ebook"), ("price", "100"), ("stock", "1")],
        ),
        ("/fn/admin_edit_product", &[("id", &product), ("name", "x"), ("category", "ebook"), ("price", "100")]),
        ("/fn/admin_sell_product", &[("id", &product), ("for_sale", "no")]),
        ("/fn/admin_adjust_stock", &moved),
        ("/fn/admin_create_coupon", &[("code", "NEW-1"), ("name", "x")]),
        ("/fn/admin_edit_coupon", &[("code", &code), ("name", "x")]),
        ("/fn/admin_run_coupon", &[("code", &code), ("running", "no")]),
    ];
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    for role in [OperatorRole::Viewer, OperatorRole::Support] {
        let mut browser = operator(&house, role).await;
        for (form, fields) in forms {
            assert_eq!(browser.post(form, fields).await, "/admin", "{form} by a {}", role.as_str());
        }
        for page in ["/admin/products/new", "/admin/coupons/new"] {
            assert_eq!(browser.get(page).await.status, 403, "{page} for a {}", role.as_str());
        }
        let page = browser.get(&format!("/admin/products/{product}")).await.expect(200);
        assert!(!page.text.contains("action=\"/fn/admin_"), "who may not act is offered nothing: {}", page.text);
        let page = browser.get(&format!("/admin/coupons/{code}")).await.expect(200);
        assert!(!page.text.contains("action=\"/fn/admin_"), "{}", page.text);
    }
    for (form, fields) in forms {
        assert_eq!(shopper.post(form, fields).await, "/admin", "which does not exist for them");
        assert!(Browser::of(&house).post(form, fields).await.starts_with("/login?next="), "{form}");
    }
    for page in ["/admin/products/new", "/admin/coupons/new"] {
        assert_eq!(shopper.get(page).await.status, 404, "{page}");
    }
    let shown = house.visitor().get(&format!("/api/v1/products/{product}")).await.expect(200).body;
    assert_eq!((&shown["available_stock"], &shown["price"]), (&json!(5), &json!(1_000)));
    house.shopper().await.claim(&code).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn both_descriptions_may_be_as_long_as_the_rules_allow() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let (sku, long, too_long) = (fresh("SKU"), "🙂".repeat(10_000), "🙂".repeat(10_001));
    let mut fields = product_fields(&sku, "1000");
    fields.retain(|(name, _)| *name != "description");
    let with = |description| [fields.clone(), vec![("description", description), ("description_en", &*long)]].concat();
    assert_eq!(manager.post("/fn/admin_create_product", &with(&too_long)).await, "/admin/products/new");
    let page = manager.get("/admin/products/new").await.expect(200);
    assert!(page.text.contains("field-error"));
    assert!(page.text.contains(&too_long) && page.text.matches(&long).count() == 2, "what was typed is there again");
    let led = manager.post("/fn/admin_create_product", &with(&long)).await;
    let page = manager.get(&led).await.expect(200);
    assert_eq!(page.text.matches(&long).count(), 2, "both are in the form as they were typed");
    house.close().await;
}

#[tokio::test]
async fn what_was_typed_into_a_refused_form_is_there_again_for_who_typed_it() {
    for house in House::on_each_engine().await {
        let mut manager = operator(&house, OperatorRole::Manager).await;
        let sku = fresh("SKU");
        let led = manager.post("/fn/admin_create_product", &product_fields(&sku, "1000")).await;
        let id = led.strip_prefix("/admin/products/").expect("its page").to_owned();
        let seen = hidden(&manager.get(&led).await.expect(200).text, "seen");
        let edit = |price, description, seen| {
            let mut fields = product_fields(&sku, price);
            fields.retain(|(name, _)| *name != "description");
            fields.extend([("description", description), ("summary", "짧게 <b>"), ("id", &*id), ("seen", seen)]);
            fields
        };
        assert_eq!(manager.post("/fn/admin_edit_product", &edit("150", "오래 쓴 글", &seen)).await, led);
        let page = manager.get(&led).await.expect(200).text;
        assert!(page.contains("오래 쓴 글") && page.contains("짧게 &lt;b&gt;") && page.contains("100 단위"), "{page}");
        let mut other = operator(&house, OperatorRole::Owner).await;
        for page in [manager.get(&led).await, manager.get("/admin/products/new").await, other.get(&led).await] {
            assert!(!page.expect(200).text.contains("오래 쓴 글"), "once, of this product, and for nobody else");
        }
        assert_eq!(manager.post("/fn/admin_edit_product", &edit("1500", "다 된 글", &seen)).await, led);
        assert_eq!(manager.post("/fn/admin_edit_product", &edit("1600", "늦은 글", &seen)).await, led);
        let page = manager.get(&led).await.expect(200).text;
        assert!(page.contains("다 된 글") && !page.contains("오래 쓴 글"), "what is there now: {page}");
        house.close().await;
    }
}

#[tokio::test]
async fn the_products_are_a_file_for_operators_that_reads_back() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let sku = fresh("SKU");
    let mut fields = product_fields(&sku, "1000");
    fields.retain(|(name, _)| *name != "name_en");
    fields.push(("name_en", "=HYPERLINK(A1)"));
    manager.post("/fn/admin_create_product", &fields).await;
    let file = operator(&house, OperatorRole::Viewer).await.get("/admin/products.csv").await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.text.contains("'=HYPERLINK(A1)"), "{}", file.text);
    let drafts = shop::product::import::read_products(file.text.as_bytes()).expect("it reads back");
    assert_eq!((drafts.len(), drafts[0].name_en.as_str(), drafts[0].total_stock), (1, "=HYPERLINK(A1)", 3));
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    assert_eq!(shopper.get("/admin/products.csv").await.status, 404);
    assert_eq!(Browser::of(&house).get("/admin/products.csv").await.status, 303);
    house.close().await;
}

#[tokio::test]
async fn nonsense_in_the_address_or_a_form_is_told_and_changes_nothing() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    for nonsense in ["state=lost", "category=cars", "cursor=x"] {
        manager.get(&format!("/admin/products?{nonsense}")).await.expect(422);
    }
    for nonsense in ["state=lost", "cursor=x"] {
        manager.get(&format!("/admin/coupons?{nonsense}")).await.expect(422);
    }
    for page in ["/admin/products/0", "/admin/products/x", "/admin/coupons/NOBODY", "/admin/coupons/x"] {
        manager.get(page).await.expect(404);
    }
    for form in
        ["create_product", "edit_product", "sell_product", "adjust_stock", "create_coupon", "edit_coupon", "run_coupon"]
    {
        let led = manager.post(&format!("/fn/admin_{form}"), &[]).await;
        assert!(led.starts_with("/admin/products") || led.starts_with("/admin/coupons"), "{form} leads to {led}");
        let page = manager.get(&led).await.expect(200);
        assert!(
            page.text.contains("field-error") || page.text.contains("role=\"alert\""),
            "{form} says why: {}",
            page.text
        );
    }
    assert_eq!(house.visitor().get("/api/v1/products").await.expect(200).items().len(), 0);
    house.close().await;
}
