//! What ends a token or a session, on the API and on the pages; closed, frozen and renamed people; forgotten
//! passwords.

use crate::sessions::Browser;
use crate::support::{Client, House, PASSWORD, fresh, without_limits};
use serde_json::json;
use server::config::MailSettings;
use server::mail::Post;
use shop::Settings;
use shop::id::UserId;
use shop::operator::service::set_operator_role;
use shop::operator::{By, OperatorRole};
use shop::user::service as users;
use std::time::Duration;

/// A person with a browser and an API token.
struct Person {
    email: String,
    browser: Browser,
    api: Client,
}

impl Person {
    async fn of(house: &House) -> Self {
        let mut browser = Browser::of(house);
        let email = browser.register().await;
        let api = house.visitor().with_token(&token_of(house, &email, PASSWORD).await);
        let person = Self { email, browser, api };
        person.api.get("/api/v1/me").await.expect(200);
        person
    }

    async fn id(&self) -> UserId {
        UserId::new(self.api.get("/api/v1/me").await.expect(200).body["id"].as_i64().expect("an id"))
    }

    /// Both must be over within five seconds (SPEC reading 15).
    async fn expect_out(&mut self, why: &str) {
        let over = async {
            while self.api.get("/api/v1/me").await.status == 200 || self.browser.is_known().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), over).await.unwrap_or_else(|_| panic!("{why} ended nothing"));
        self.api.get("/api/v1/me").await.problem(401, "unauthorized");
    }
}

async fn token_of(house: &House, email: &str, password: &str) -> String {
    let login = json!({"email": email, "password": password});
    let answer = house.visitor().post("/api/v1/auth/login", &login).await.expect(200);
    answer.body["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_new_password_a_freeze_and_a_new_role_end_tokens_and_sessions() {
    for house in House::on_each_engine().await {
        let mut changed = Person::of(&house).await;
        let mut elsewhere = Browser::of(&house);
        elsewhere.log_in(&changed.email, PASSWORD).await;
        let fields = [("current_password", PASSWORD), ("new_password", "another password")];
        elsewhere.post("/fn/change_password", &fields).await;
        changed.expect_out("a new password").await;
        assert!(elsewhere.is_known().await, "who changed it stays");

        let mut frozen = Person::of(&house).await;
        users::freeze_user(&house.shop, &frozen.email).await.unwrap();
        frozen.expect_out("a freeze").await;

        let mut raised = Person::of(&house).await;
        make_operator(&house, raised.id().await).await;
        raised.expect_out("a new role").await;
        let again = house.visitor().with_token(&token_of(&house, &raised.email, PASSWORD).await);
        assert_eq!(again.get("/api/v1/me").await.expect(200).body["role"], "operator");
        house.close().await;
    }
}

#[tokio::test]
async fn a_frozen_person_reads_why_with_the_right_password_only() {
    let house = House::open().await;
    let mut person = Person::of(&house).await;
    users::freeze_user(&house.shop, &person.email).await.unwrap();
    let login = |password: &str| json!({"email": person.email, "password": password});
    let path = "/api/v1/auth/login";
    let right = house.visitor().with_header("accept-language", "en").post(path, &login(PASSWORD)).await;
    let right = right.problem(403, "forbidden");
    assert!(right.body["detail"].as_str().unwrap().contains("suspended"), "{}", right.text);
    house.visitor().post(path, &login("wrong password")).await.problem(401, "invalid_credentials");

    assert_eq!(person.browser.log_in(&person.email, PASSWORD).await, "/login?next=%2Fwallet");
    let page = person.browser.get("/login").await.expect(200);
    assert!(page.text.contains("운영자가 이 계정을 멈춰 두었습니다"), "{}", page.text);
    person.browser.log_in(&person.email, "wrong password").await;
    let page = person.browser.get("/login").await.expect(200);
    assert!(!page.text.contains("멈춰 두었습니다") && page.text.contains("비밀번호가 맞지 않습니다"));

    users::unfreeze_user(&house.shop, &person.email).await.unwrap();
    house.visitor().post(path, &login(PASSWORD)).await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn to_anybody_but_an_operator_the_console_is_not_there() {
    let house = House::open().await;
    let stranger = Browser::of(&house).get("/admin").await.expect(303);
    assert_eq!(stranger.header("location"), "/login?next=%2Fadmin");
    let mut person = Person::of(&house).await;
    let (console, nothing) = (person.browser.get("/admin").await, person.browser.get("/no-such-page").await);
    assert_eq!((console.status, nothing.status), (404, 404));
    make_operator(&house, person.id().await).await;
    person.expect_out("a new role").await;
    person.browser.log_in(&person.email, PASSWORD).await;
    person.browser.get("/admin").await.expect(200);
    house.close().await;
}

async fn make_operator(house: &House, id: UserId) {
    set_operator_role(&house.shop, By::CommandLine, id, Some(OperatorRole::Viewer)).await.expect("another role");
}

#[tokio::test]
async fn nobody_makes_an_operator_of_themselves() {
    let house = House::open().await;
    let body = json!({"email": "kim@test.example", "name": "a", "password": PASSWORD, "role": "operator"});
    house.visitor().post("/api/v1/auth/register", &body).await.invalid("role");
    let mut browser = Browser::of(&house);
    let fields = [
        ("name", "a"),
        ("email", "kim@test.example"),
        ("password", PASSWORD),
        ("age_confirmed", "yes"),
        ("role", "operator"),
        ("auth_version", "9"),
    ];
    browser.post("/fn/register", &fields).await;
    browser.post("/fn/rename_account", &[("name", "b"), ("role", "operator"), ("email", "lee@test.example")]).await;
    let token = token_of(&house, "kim@test.example", PASSWORD).await;
    let me = house.visitor().with_token(&token).get("/api/v1/me").await.expect(200);
    assert_eq!((&me.body["role"], &me.body["name"]), (&json!("shopper"), &json!("b")));
    house.close().await;
}

#[tokio::test]
async fn the_api_registers_with_or_without_a_word_about_age_but_nobody_too_young() {
    let house = House::open().await;
    let register = |age: serde_json::Value| {
        let mut body = json!({"email": format!("{}@test.example", fresh("dami")), "name": "a", "password": PASSWORD});
        if !age.is_null() {
            body["age_confirmed"] = age;
        }
        body
    };
    let path = "/api/v1/auth/register";
    house.visitor().post(path, &register(json!(null))).await.expect(201);
    house.visitor().post(path, &register(json!(true))).await.expect(201);
    house.visitor().post(path, &register(json!(false))).await.invalid("age_confirmed");
    house.visitor().post(path, &register(json!("yes"))).await.invalid("age_confirmed");
    assert_eq!(users::count_users(&house.shop).await.unwrap(), 2);
    house.close().await;
}

#[tokio::test]
async fn the_page_registers_nobody_who_has_not_ticked_their_age() {
    let house = House::open().await;
    let mut browser = Browser::of(&house);
    let fields = [("name", "김담이"), ("email", "kim@test.example"), ("password", PASSWORD)];
    for age in ["", "no", "on"] {
        let fields: Vec<_> = fields.into_iter().chain([("age_confirmed", age)]).collect();
        assert_eq!(browser.post("/fn/register", &fields).await, "/register?next=%2F");
        let page = browser.get("/register").await.expect(200);
        assert!(page.text.contains("만 14세 이상만 가입할 수 있습니다"), "{age}");
    }
    assert_eq!(users::count_users(&house.shop).await.unwrap(), 0);
    house.close().await;
}

#[tokio::test]
async fn a_person_is_renamed_and_speaks_another_language_and_stays_logged_in() {
    let house = House::open().await;
    let mut person = Person::of(&house).await;
    assert_eq!(person.browser.post("/fn/rename_account", &[("name", " 이새이름 ")]).await, "/account");
    assert_eq!(person.api.get("/api/v1/me").await.expect(200).body["name"], "이새이름");
    person.browser.post("/fn/rename_account", &[("name", "")]).await;
    assert_eq!(person.api.get("/api/v1/me").await.expect(200).body["name"], "이새이름");
    person.browser.post("/fn/set_language", &[("lang", "en"), ("next", "/account")]).await;
    let user = users::find_user(&house.shop, person.id().await).await.unwrap().unwrap();
    assert_eq!(user.lang.as_str(), "en");
    person.browser.post("/fn/set_language", &[("lang", "fr"), ("next", "/account")]).await;
    let user = users::find_user(&house.shop, user.id).await.unwrap().unwrap();
    assert_eq!(user.lang.as_str(), "en", "an unknown language changes nothing");
    assert!(person.browser.is_known().await);
    house.close().await;
}

#[tokio::test]
async fn an_account_closes_by_its_page_and_its_address_is_free() {
    for house in House::on_each_engine().await {
        let mut person = Person::of(&house).await;
        person.api.charge(5_000).await.expect(201);
        let page = person.browser.get("/account/close").await.expect(200);
        assert!(page.text.contains("₩5,000") && page.text.contains("name=\"forfeited\""), "{}", page.text);
        let tries: [&[(&str, &str)]; 4] = [
            &[("password", "wrong password"), ("forfeited", "yes"), ("balance", "5000")],
            &[("password", PASSWORD), ("balance", "5000")],
            &[("password", PASSWORD), ("forfeited", "yes"), ("balance", "4000")],
            &[("password", PASSWORD), ("forfeited", "yes"), ("balance", "all")],
        ];
        for fields in tries {
            assert_eq!(person.browser.post("/fn/close_account", fields).await, "/account/close", "{fields:?}");
            assert!(person.browser.is_known().await, "{fields:?}");
        }
        let fields = [("password", PASSWORD), ("forfeited", "yes"), ("balance", "5000")];
        assert_eq!(person.browser.post("/fn/close_account", &fields).await, "/");
        person.expect_out("closing").await;
        let login = json!({"email": person.email, "password": PASSWORD});
        house.visitor().post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
        house.verify().await;
        let again = json!({"email": person.email, "name": "b", "password": PASSWORD});
        let heir = house.visitor().post("/api/v1/auth/register", &again).await.expect(201);
        let heir = house.visitor().with_token(heir.body["access_token"].as_str().unwrap());
        assert_eq!(heir.balance().await, 0);
        house.close().await;
    }
}

#[tokio::test]
async fn a_stranger_closes_changes_and_renames_nothing() {
    let house = House::open().await;
    let mut stranger = Browser::of(&house);
    for (path, page) in [
        ("/fn/close_account", "/account/close"),
        ("/fn/rename_account", "/account"),
        ("/fn/change_password", "/account"),
    ] {
        let leads_to = stranger.post(path, &[("password", PASSWORD), ("name", "x")]).await;
        assert_eq!(leads_to, format!("/login?next={}", page.replace('/', "%2F")), "{path}");
    }
    assert_eq!(stranger.get("/account/close").await.expect(303).header("location"), "/login?next=%2Faccount%2Fclose");
    house.close().await;
}

/// What the page says: around it are nonces, which are new every time.
fn main_of(page: &str) -> &str {
    let (_, rest) = page.split_once("<main").expect("a main part");
    rest.split_once("</main>").expect("its end").0
}

/// The text of the one letter in the folder, which is taken out.
fn take_letter(folder: &std::path::Path) -> String {
    let files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let raw = std::fs::read_to_string(&files[0]).expect("text");
    std::fs::remove_file(&files[0]).expect("it goes");
    let body: String = raw
        .split("\r\n\r\n")
        .nth(2)
        .expect("its plain part")
        .split("--")
        .next()
        .expect("its end")
        .split_whitespace()
        .collect();
    use base64::Engine;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(body).expect("a part of the letter"))
        .expect("a part of the letter")
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    let house = House::open_with_settings(Settings { mail_on: true, ..without_limits() }).await;
    let folder = house.folder.path().join("letters");
    let settings = MailSettings::parse(Some(&format!("file:{}", folder.display())), Some("a@shop.test"));
    let post = Post::open(&settings.unwrap().unwrap(), "http://shop.test").unwrap();
    let mut person = Person::of(&house).await;
    post.send_due(&house.shop).await.unwrap();
    take_letter(&folder);

    let mut stranger = Browser::of(&house);
    let mut said = Vec::new();
    for email in [person.email.as_str(), "nobody@test.example"] {
        assert_eq!(stranger.post("/fn/forgot_password", &[("email", email)]).await, "/forgot-password");
        let page = stranger.get("/forgot-password").await.expect(200);
        said.push(main_of(&page.text).to_owned());
    }
    assert!(said[0].contains("메일을 확인해 주세요") && said[0] == said[1], "known and unknown read the same");
    assert_eq!(post.send_due(&house.shop).await.unwrap(), 1);
    let text = take_letter(&folder);
    let link = text.lines().find_map(|line| line.strip_prefix("http://shop.test")).expect("a link").to_owned();
    let token = link.split('=').nth(1).expect("a token").to_owned();

    let page = stranger.get(&link).await.expect(200);
    assert!(page.text.contains("name=\"new_password\"") && page.header("cache-control") == "no-store");
    let leads_to = stranger.post("/fn/reset_password", &[("token", &token), ("new_password", "short")]).await;
    assert_eq!(leads_to, link);
    assert!(stranger.get(&link).await.text.contains("비밀번호는 8자 이상이어야 합니다"));
    let fields = [("token", token.as_str()), ("new_password", "a new password")];
    assert_eq!(stranger.post("/fn/reset_password", &fields).await, "/login");
    person.expect_out("a reset").await;
    token_of(&house, &person.email, "a new password").await;
    assert_eq!(stranger.post("/fn/reset_password", &fields).await, link);
    assert!(stranger.get(&link).await.text.contains("이미 쓴 링크입니다"));
    assert!(stranger.get("/reset-password?token=nonsense").await.text.contains("쓸 수 없는 링크입니다"));
    assert!(stranger.get("/reset-password").await.text.contains("쓸 수 없는 링크입니다"));
    post.send_due(&house.shop).await.unwrap();
    assert!(take_letter(&folder).contains("비밀번호가 바뀌었"));
    house.close().await;
}

#[tokio::test]
async fn without_mail_the_page_says_whom_to_ask() {
    let house = House::open().await;
    let mut stranger = Browser::of(&house);
    let page = stranger.get("/forgot-password").await.expect(200);
    assert!(page.text.contains("상점 운영자에게") && !page.text.contains("/fn/forgot_password"));
    stranger.post("/fn/forgot_password", &[("email", "kim@test.example")]).await;
    let page = stranger.get("/forgot-password").await.expect(200);
    assert!(page.text.contains("상점 운영자에게"));
    house.close().await;
}

#[tokio::test]
async fn links_are_limited_by_address_and_by_account() {
    let two = Some(shop::ports::Limit { count: 2, window: Duration::from_secs(3_600) });
    let settings = Settings { mail_on: true, reset_limit: two, ..without_limits() };
    let house = House::open_with(settings, crate::support::NO_JOBS, "http://shop.test", "127.0.0.1").await;
    let ask = async |from: &str, email: &str| {
        let visitor = house.visitor().with_header("accept", "text/html").with_header("x-forwarded-for", from);
        let request = visitor.request(reqwest::Method::POST, "/fn/forgot_password").form(&[("email", email)]);
        let answer = crate::support::Answer::of(request).await.expect(303);
        answer.headers.get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().contains("reset_asked"))
    };
    assert!(ask("203.0.113.1", "a@test.example").await && ask("203.0.113.1", "b@test.example").await);
    assert!(!ask("203.0.113.1", "nonsense").await);
    assert!(!ask("203.0.113.1", "c@test.example").await, "the address has asked twice");
    assert!(ask("203.0.113.2", "a@test.example").await);
    assert!(!ask("203.0.113.3", "A@test.example").await, "the account was asked for twice");
    house.close().await;
}
