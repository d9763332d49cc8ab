//! The second factor over HTTP: set up on a page, asked for by the login of pages and of the API, and never skipped.

use crate::sessions::Browser;
use crate::support::{House, PASSWORD, without_limits};
use serde_json::json;
use shop::Settings;
use shop::operator::OperatorRole;
use shop::second_factor::codes::{code_at, read_base32};
use shop::user::service::create_operator;
use std::time::Duration;

const BOSS: &str = "boss@test.example";
const PAGE: &str = "/account/second-factor";
const STEP: Duration = Duration::from_secs(30);

async fn boss(house: &House) -> Browser {
    create_operator(&house.shop, BOSS, "사장", PASSWORD, OperatorRole::Owner).await.expect("an operator");
    let mut browser = Browser::of(house);
    browser.log_in(BOSS, PASSWORD).await;
    browser
}

/// What stands between two texts of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("{before} is not in {page}")).1;
    rest.split_once(after).expect("an end").0
}

/// Begins to set it up; gives the secret as the page shows it for typing.
async fn begin(browser: &mut Browser) -> Vec<u8> {
    assert_eq!(browser.post("/fn/begin_second_factor", &[]).await, PAGE);
    let page = browser.get(PAGE).await.expect(200).text;
    assert!(page.contains("<svg"), "{page}");
    let secret = between(&page, "second-factor-secret\">", "<");
    read_base32(&secret.replace(' ', "")).expect("base32")
}

#[tokio::test]
async fn an_operator_sets_it_up_and_logs_in_by_two_steps_from_then_on() {
    for house in House::on_each_engine().await {
        let mut here = boss(&house).await;
        let mut there = Browser::of(&house);
        there.log_in(BOSS, PASSWORD).await;
        let token = house.visitor().post("/api/v1/auth/login", &json!({"email": BOSS, "password": PASSWORD})).await;
        assert!(token.expect(200).body["access_token"].is_string(), "it is not asked for yet");
        let secret = begin(&mut here).await;
        here.post("/fn/confirm_second_factor", &[("code", "000000")]).await;
        let wrong = here.get(PAGE).await.expect(200).text;
        assert!(wrong.contains("맞지 않거나 이미 쓴 코드입니다"), "{wrong}");
        let code = code_at(&secret, house.shop.now());
        assert_eq!(here.post("/fn/confirm_second_factor", &[("code", &code)]).await, PAGE);
        let shown = here.get(PAGE).await.expect(200).text;
        let list = between(&shown, "recovery-codes\">", "</ol>");
        assert_eq!(list.matches("<li").count(), 10, "{shown}");
        let recovery = between(list, "<code class=\"console-facts\">", "<").to_owned();
        let again = here.get(PAGE).await.expect(200).text;
        assert!(!again.contains(&recovery) && again.contains("복구 코드 10개 남음"), "shown once: {again}");
        assert!(!there.is_known().await, "a session that had no code is over");

        assert_eq!(there.log_in(BOSS, PASSWORD).await, "/login/code?next=%2Fwallet");
        there.get("/admin").await.expect(303);
        assert!(!there.is_known().await, "the password alone opens nothing");
        there.get("/login/code?next=%2Fwallet").await.expect(200);
        let used = there.post("/fn/login_code", &[("code", &code), ("next", "/wallet")]).await;
        assert_eq!(used, "/login/code?next=%2Fwallet", "a code counts once");
        house.clock.advance(STEP);
        let next = code_at(&secret, house.shop.now());
        assert_eq!(there.post("/fn/login_code", &[("code", &next), ("next", "/wallet")]).await, "/wallet");
        there.get("/admin").await.expect(200);
        let mut third = Browser::of(&house);
        third.log_in(BOSS, PASSWORD).await;
        assert_eq!(third.post("/fn/login_code", &[("code", &recovery), ("next", "//evil.example")]).await, "/");
        third.get("/admin").await.expect(200);

        let mut late = Browser::of(&house);
        late.log_in(BOSS, PASSWORD).await;
        house.clock.advance(Duration::from_secs(601));
        let led = late.post("/fn/login_code", &[("code", &code_at(&secret, house.shop.now()))]).await;
        assert!(led.starts_with("/login?next="), "after ten minutes the password is asked for again: {led}");
        late.get("/login/code").await.expect(303);
        let led = Browser::of(&house).post("/fn/login_code", &[("code", &next)]).await;
        assert!(led.starts_with("/login?next="), "{led}");
        house.close().await;
    }
}

#[tokio::test]
async fn the_api_hands_out_no_token_without_the_code() {
    let house = House::open().await;
    let mut browser = boss(&house).await;
    let secret = begin(&mut browser).await;
    browser.post("/fn/confirm_second_factor", &[("code", &code_at(&secret, house.shop.now()))]).await;
    house.clock.advance(STEP);
    let visitor = house.visitor();
    let log_in = async |body: serde_json::Value| visitor.post("/api/v1/auth/login", &body).await;
    let refused = log_in(json!({"email": BOSS, "password": PASSWORD})).await.problem(401, "second_factor_required");
    assert!(refused.body.get("access_token").is_none() && refused.body.get("user").is_none(), "{}", refused.text);
    log_in(json!({"email": BOSS, "password": "wrong horse 1"})).await.problem(401, "invalid_credentials");
    for code in ["000000", "", "nonsense"] {
        let wrong = log_in(json!({"email": BOSS, "password": PASSWORD, "code": code})).await;
        wrong.problem(401, "invalid_credentials");
    }
    let code = code_at(&secret, house.shop.now());
    let body = json!({"email": BOSS, "password": PASSWORD, "code": code});
    let opened = log_in(body.clone()).await.expect(200);
    assert_eq!(opened.body["user"]["role"], "operator");
    log_in(body).await.problem(401, "invalid_credentials");
    house.close().await;
}

#[tokio::test]
async fn a_shop_that_asks_for_it_lets_operators_without_one_set_it_up_and_do_nothing_else() {
    let house = House::open_with_settings(Settings { require_second_factor: true, ..without_limits() }).await;
    let mut browser = boss(&house).await;
    for page in ["/admin", "/admin/orders", "/admin/operators"] {
        assert_eq!(browser.get(page).await.expect(303).header("location"), PAGE, "{page}");
    }
    let fields = [("email", BOSS), ("role", "none")];
    assert_eq!(browser.post("/fn/admin_set_role", &fields).await, "/admin");
    let page = browser.get(PAGE).await.expect(200).text;
    assert!(page.contains("2단계 인증을 요구합니다"), "{page}");
    let secret = begin(&mut browser).await;
    browser.post("/fn/confirm_second_factor", &[("code", &code_at(&secret, house.shop.now()))]).await;
    browser.get("/admin").await.expect(200);
    house.clock.advance(STEP);
    browser.post("/fn/remove_second_factor", &[("code", &code_at(&secret, house.shop.now()))]).await;
    assert_eq!(browser.get("/admin").await.expect(303).header("location"), PAGE);
    house.close().await;
}

#[tokio::test]
async fn to_a_shopper_there_is_no_second_factor() {
    let house = House::open().await;
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    shopper.get(PAGE).await.expect(404);
    for form in
        ["/fn/begin_second_factor", "/fn/confirm_second_factor", "/fn/remove_second_factor", "/fn/renew_recovery_codes"]
    {
        assert_eq!(shopper.post(form, &[("code", "000000")]).await, PAGE, "{form}");
    }
    house.close().await;
}
