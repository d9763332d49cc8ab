//! What a Korean shop must show, and the consent it must ask for.

use crate::support::browser::Browser;
use crate::support::{House, fresh};
use serde_json::json;

/// The value of a form's field as the page has it.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
    let tag = &page[page[..at].rfind('<').expect("a tag")..];
    let tag = &tag[..tag.find('>').expect("its end")];
    tag.split_once("value=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or("")
}

#[tokio::test]
async fn terms_privacy_and_refunds_are_pages_in_both_languages() {
    let house = House::open().await;
    for path in ["/terms", "/privacy", "/refunds"] {
        let ko = Browser::speaking(&house, "ko").get(path).await.expect(200);
        let en = Browser::speaking(&house, "en").get(path).await.expect(200);
        assert!(ko.text.contains("전자상거래") || ko.text.contains("개인정보"), "{path}");
        assert!(en.text.contains("The Korean text decides"), "{path}");
        assert!(ko.text.contains("id=\"part-1\"") && ko.text.contains("href=\"#part-1\""), "{path}");
        assert!(ko.text.contains("2026-11-23"), "{path}");
        assert_eq!(ko.text.matches("<h1").count(), 1, "{path}");
    }
    let home = Browser::of(&house).get("/").await.expect(200);
    for path in ["/terms", "/privacy", "/refunds"] {
        assert!(home.text.contains(&format!("href=\"{path}\"")), "{path} is not on the first page");
    }
    house.close().await;
}

#[tokio::test]
async fn an_order_without_consent_is_not_placed_and_the_page_says_so_beside_the_tick() {
    for house in House::on_each_engine().await {
        let product = house.product(1_000, 10).await;
        let mut browser = Browser::of(&house);
        let member = browser.log_in_with(&house, 10_000).await;
        let checkout = format!("/checkout?items={product}%3A2");
        let page = browser.get(&checkout).await.expect(200);
        let (amount, request, notice) =
            (field(&page.text, "expected_amount"), field(&page.text, "request_id"), field(&page.text, "consent"));
        let items = format!("{product}:2");
        let fields = |consent: &'static str| {
            [
                ("items", items.as_str()),
                ("expected_amount", amount),
                ("request_id", request),
                ("source", "direct"),
                ("consent", consent),
            ]
        };
        let before = member.facts().await;
        let forged: &'static str = "0000000000000000000000000000000000000000000000000000000000000000";
        for consent in ["", "on", forged] {
            let next = browser.post("/fn/place_order", &fields(consent)).await;
            assert!(next.starts_with("/checkout?"), "{consent}: {next}");
            assert!(next.contains(request), "nothing was placed, so the request id stays");
            let page = browser.get(&next).await.expect(200).text;
            assert!(page.contains("id=\"consent-error\"") && page.contains("aria-invalid=\"true\""), "{consent}");
            assert_eq!(field(&page, "items"), items);
        }
        assert_eq!(member.facts().await, before);

        let mut with_consent = fields("");
        with_consent[4].1 = notice;
        let order = browser.post("/fn/place_order", &with_consent).await;
        assert!(order.starts_with("/orders/"), "{order}");
        let shown = browser.get(&order).await.expect(200).text;
        assert!(shown.contains(&format!("/notices/{notice}")), "the order does not say what was agreed to");
        let text = browser.get(&format!("/notices/{notice}")).await.expect(200).text;
        assert!(text.contains("제17조"), "{text}");
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_tick_is_kept_through_a_refusal_and_never_made() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let mut browser = Browser::of(&house);
    browser.log_in_with(&house, 10_000).await;
    let page = browser.get(&format!("/checkout?items={product}%3A1")).await.expect(200).text;
    let tick = |page: &str| {
        let at = page.find("name=\"consent\"").expect("a tick");
        let tag = &page[page[..at].rfind('<').expect("a tag")..];
        tag[..tag.find('>').expect("its end")].contains(" checked")
    };
    assert!(!tick(&page));
    let items = format!("{product}:1");
    let fields = [
        ("items", items.as_str()),
        ("expected_amount", "900"),
        ("request_id", field(&page, "request_id")),
        ("source", "direct"),
        ("consent", field(&page, "consent")),
    ];
    let next = browser.post("/fn/place_order", &fields).await;
    assert!(tick(&browser.get(&next).await.expect(200).text));
    house.close().await;
}

#[tokio::test]
async fn a_program_may_send_the_consent_of_its_shopper() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let shopper = house.shopper_with(10_000).await;
    let body = |consent: serde_json::Value| json!({"items": [{"product_id": product, "quantity": 1}], "withdrawal_consent": consent});
    let ko = shopper.order(&body(json!(true))).await.expect(201);
    let en = shopper.with_header("accept-language", "en").order(&body(json!(true))).await.expect(201);
    for (answer, word) in [(&ko, "단순 변심"), (&en, "changed your mind")] {
        let digest = answer.body["consent_notice"].as_str().expect("a digest");
        let notice = Browser::of(&house).get(&format!("/notices/{digest}")).await.expect(200);
        assert!(notice.text.contains(word), "{word}");
        let order = shopper.get(&format!("/api/v1/orders/{}", answer.id())).await.expect(200);
        assert_eq!(order.body["consent_notice"], digest);
    }
    for silent in [json!(false), json!(null)] {
        assert_eq!(shopper.order(&body(silent)).await.expect(201).body["consent_notice"], json!(null));
    }
    shopper.order(&body(json!("yes"))).await.invalid("withdrawal_consent");
    let key = fresh("key");
    shopper.post_with_key("/api/v1/orders", &key, &body(json!(true))).await.expect(201);
    shopper.post_with_key("/api/v1/orders", &key, &body(json!(false))).await.problem(422, "idempotency_key_reused");
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn a_notice_that_was_never_shown_is_not_there() {
    let house = House::open().await;
    for digest in ["x", "..%2f..%2fterms", &"0".repeat(64)] {
        Browser::of(&house).get(&format!("/notices/{digest}")).await.expect(404);
    }
    house.close().await;
}
