//! Browsers: forms, cookies, and when a session ends.

use crate::support::{Answer, Client, DAY, House, NO_JOBS, PASSWORD, fresh, without_limits};
use reqwest::Method;
use shop::Settings;
use shop::operator::OperatorRole;
use shop::ports::Limit;
use shop::user::service::find_user_by_email;
use std::collections::BTreeMap;
use std::time::Duration;

/// A browser without JavaScript: it posts forms and keeps cookies, that of the session by itself.
pub struct Browser {
    client: Client,
    cookie: Option<String>,
    others: BTreeMap<String, String>,
}

impl Browser {
    pub fn of(house: &House) -> Self {
        Self { client: house.visitor().with_header("accept", "text/html"), cookie: None, others: BTreeMap::new() }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let others = self.others.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = self.cookie.iter().cloned().chain(others).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let answer = Answer::of(request).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            if pair.contains("damda=") {
                self.cookie = if pair.ends_with('=') { None } else { Some(pair) };
            } else if let Some((name, value)) = pair.split_once('=') {
                match value {
                    "" => self.others.remove(name),
                    _ => self.others.insert(name.to_owned(), value.to_owned()),
                };
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.client.request(Method::GET, path)).await
    }

    /// Posts a form and gives where it leads.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let request = self.client.request(Method::POST, path).form(fields);
        let answer = self.send(request).await.expect(303);
        answer.header("location").to_owned()
    }

    /// Posts a form with a file and gives where it leads.
    pub async fn post_file(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> String {
        self.try_file(path, fields, file).await.expect(303).header("location").to_owned()
    }

    /// Posts a form with a file.
    pub async fn try_file(&mut self, path: &str, fields: &[(&str, &str)], (name, bytes): (&str, &[u8])) -> Answer {
        const EDGE: &str = "an-edge-that-no-file-holds";
        let mut body = Vec::new();
        for (field, value) in fields {
            let part = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        // The name and type of a file are its sender's to say, and nobody's to believe.
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"../x.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{EDGE}--\r\n").into_bytes());
        let request = self.client.request(Method::POST, path).body(body);
        self.send(request.header("content-type", format!("multipart/form-data; boundary={EDGE}"))).await
    }

    pub async fn register(&mut self) -> String {
        let email = format!("{}@test.example", fresh("dami"));
        let fields = [
            ("name", "김담이"),
            ("email", email.as_str()),
            ("password", PASSWORD),
            ("age_confirmed", "yes"),
            ("next", "/"),
        ];
        assert_eq!(self.post("/fn/register", &fields).await, "/");
        email
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> String {
        self.post("/fn/login", &[("email", email), ("password", password), ("next", "/wallet")]).await
    }

    /// Whether private pages open.
    pub async fn is_known(&mut self) -> bool {
        self.get("/wallet").await.status == 200
    }
}

fn session_cookie(answer: &Answer) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    cookies.into_iter().find(|cookie| cookie.contains("damda=")).map(str::to_owned)
}

#[tokio::test]
async fn a_person_registers_leaves_and_comes_back() {
    for house in House::on_each_engine().await {
        let mut browser = Browser::of(&house);
        let stranger = browser.get("/wallet").await.expect(303);
        assert_eq!(stranger.header("location"), "/login?next=%2Fwallet");
        let email = browser.register().await;
        assert!(browser.is_known().await);
        browser.post("/fn/logout", &[]).await;
        assert!(!browser.is_known().await);
        assert_eq!(browser.log_in(&email, PASSWORD).await, "/wallet");
        assert!(browser.is_known().await);
        house.close().await;
    }
}

#[tokio::test]
async fn a_visitor_gets_no_session_cookie() {
    let house = House::open().await;
    for path in ["/", "/products", "/login", "/nothing"] {
        let page = house.visitor().with_header("accept", "text/html").get(path).await;
        assert_eq!(session_cookie(&page), None, "{path}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_form_does_nothing_for_an_account_it_was_not_written_for() {
    let house = House::open().await;
    let mut browser = Browser::of(&house);
    browser.register().await;
    let page = browser.get("/wallet").await.text;
    let owner = page.split_once("name=\"owner\" value=\"").expect("the form says whose it is").1;
    let owner = owner.split_once('"').expect("a value").0.to_owned();
    let stranger = (owner.parse::<i64>().expect("an id") + 1).to_string();
    for (owner, balance) in [
        (stranger.as_str(), "₩0"),
        ("nonsense", "₩0"),
        ("' OR 1=1", "₩0"),
        (owner.as_str(), "₩1,000"),
        // A form that names nobody is its sender's.
        ("", "₩2,000"),
    ] {
        let key = fresh("charge");
        let fields = [("amount", "1000"), ("request_id", key.as_str()), ("next", "/wallet"), ("owner", owner)];
        assert_eq!(browser.post("/fn/charge_wallet", &fields).await, "/wallet", "{owner}");
        let page = browser.get("/wallet").await.text;
        assert!(page.contains(&format!("<p class=\"balance\">{balance}</p>")), "{owner}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_browser_that_comes_from_here_without_cookies_is_told_that_it_keeps_none() {
    const SENTENCE: &str = "브라우저가 쿠키를 받지 않는";
    let house = House::open().await;
    let table = [
        (Some("http://{host}/login"), None, true),
        (Some("http://{host}/login"), Some("cookies=kept"), false),
        (Some("https://elsewhere.example/"), None, false),
        (Some("nonsense"), None, false),
        (None, None, false),
    ];
    for (referer, cookie, told) in table {
        let mut request = house.visitor().with_header("accept", "text/html").request(Method::GET, "/cart");
        let host = request.try_clone().and_then(|request| request.build().ok()).expect("a request");
        let host = host.url().authority().to_owned();
        if let Some(referer) = referer {
            request = request.header("referer", referer.replace("{host}", &host));
        }
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let answer = Answer::of(request).await.expect(200);
        assert_eq!(answer.text.contains(SENTENCE), told, "{referer:?} {cookie:?}");
        let given = answer.headers.get_all("set-cookie").iter().any(|set| set.as_bytes().starts_with(b"cookies=kept"));
        assert_eq!(given, cookie.is_none(), "{referer:?} {cookie:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_session_cookie_is_kept_from_scripts_and_other_sites() {
    for (public_url, name, secure) in
        [("http://shop.test", "damda=", false), ("https://shop.test", "__Host-damda=", true)]
    {
        let house = House::open_with(without_limits(), NO_JOBS, public_url, "").await;
        let email = format!("{}@test.example", fresh("dami"));
        let fields = [("name", "a"), ("email", email.as_str()), ("password", PASSWORD), ("age_confirmed", "yes")];
        let visitor = house.visitor().with_header("accept", "text/html");
        let answer = Answer::of(visitor.request(Method::POST, "/fn/register").form(&fields)).await.expect(303);
        let cookie = session_cookie(&answer).expect("a session cookie");
        assert!(cookie.starts_with(name), "{cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        house.close().await;
    }
}

#[tokio::test]
async fn a_login_begins_a_new_session_even_over_an_old_one() {
    let house = House::open().await;
    let mut browser = Browser::of(&house);
    let email = browser.register().await;
    let first = browser.cookie.clone().expect("a session");
    browser.log_in(&email, PASSWORD).await;
    let second = browser.cookie.clone().expect("a session");
    assert_ne!(first, second);
    let mut thief = Browser { cookie: Some(first), ..Browser::of(&house) };
    assert!(!thief.is_known().await, "the old session is over");
    // A session id that nobody gave out is not taken on.
    let mut planted = Browser { cookie: Some("damda=AAAAAAAAAAAAAAAAAAAAAA".to_owned()), ..Browser::of(&house) };
    planted.log_in(&email, PASSWORD).await;
    assert_ne!(planted.cookie.as_deref(), Some("damda=AAAAAAAAAAAAAAAAAAAAAA"));
    assert!(planted.is_known().await);
    house.close().await;
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let house = House::open().await;
    let (mut here, mut there) = (Browser::of(&house), Browser::of(&house));
    let email = here.register().await;
    there.log_in(&email, PASSWORD).await;
    assert!(there.is_known().await);
    let fields = [("current_password", PASSWORD), ("new_password", "another password")];
    here.post("/fn/change_password", &fields).await;
    assert!(here.is_known().await);
    let mut waited = Duration::ZERO;
    while there.is_known().await {
        assert!(waited < Duration::from_secs(5), "the other session still counts after 5 seconds");
        tokio::time::sleep(Duration::from_millis(200)).await;
        waited += Duration::from_millis(200);
    }
    house.close().await;
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_and_fourteen_days_longer() {
    let house = House::open().await;
    let mut browser = Browser::of(&house);
    browser.register().await;
    let again = browser.get("/wallet").await;
    assert_eq!(session_cookie(&again), None, "a visit is written down once an hour");
    house.clock.advance(13 * DAY);
    let touched = browser.get("/wallet").await.expect(200);
    assert!(session_cookie(&touched).is_some(), "a visit of another day is written down");
    house.clock.advance(13 * DAY);
    assert!(browser.is_known().await);
    house.clock.advance(14 * DAY);
    assert!(!browser.is_known().await);
    house.close().await;
}

#[tokio::test]
async fn a_session_ends_ninety_days_after_its_login_however_often_it_is_used() {
    let house = House::open().await;
    let mut browser = Browser::of(&house);
    let email = browser.register().await;
    for day in (10..90).step_by(10) {
        house.clock.advance(10 * DAY);
        assert!(browser.is_known().await, "day {day}");
    }
    house.clock.advance(10 * DAY);
    assert!(!browser.is_known().await);
    browser.log_in(&email, PASSWORD).await;
    assert!(browser.is_known().await, "a new login begins anew");
    house.close().await;
}

#[tokio::test]
async fn an_owner_gets_in_where_they_have_been_before_while_strangers_fail_on_purpose() {
    let house = House::open_with_settings(Settings { failure_limit: Some(5), ..without_limits() }).await;
    let mut own = Browser::of(&house);
    let email = own.register().await;
    own.post("/fn/logout", &[]).await;
    let wrong = serde_json::json!({"email": email, "password": "wrong password"});
    for _ in 0..5 {
        house.visitor().post("/api/v1/auth/login", &wrong).await.problem(401, "invalid_credentials");
    }
    house.visitor().post("/api/v1/auth/login", &wrong).await.problem(429, "temporarily_blocked");
    // Neither a browser that was never here, nor one with another's or a made-up device.
    let mut other = Browser::of(&house);
    other.register().await;
    let device = own.others.get("device").expect("it is remembered").clone();
    let forged = device.replacen(|c: char| c.is_ascii_digit(), "9", 1);
    for cookie in [None, other.others.get("device").cloned(), Some(forged), Some("..".to_owned())] {
        let mut stranger = Browser::of(&house);
        stranger.others.extend(cookie.iter().map(|cookie| ("device".to_owned(), cookie.clone())));
        assert!(stranger.log_in(&email, PASSWORD).await.starts_with("/login"), "{cookie:?}");
    }
    assert_eq!(own.log_in(&email, PASSWORD).await, "/wallet");
    assert!(own.is_known().await);
    assert_eq!(own.others.get("device"), Some(&device), "it stays the same device");
    house.close().await;
}

#[tokio::test]
async fn with_https_no_neighbour_plants_a_cookie_that_speaks_or_remembers() {
    let house = House::open_with(without_limits(), NO_JOBS, "https://shop.test", "").await;
    let visitor = house.visitor().with_header("accept", "text/html").with_header("accept-language", "en");
    let fields = [("email", "a@test.example"), ("password", "wrong password")];
    let answer = Answer::of(visitor.request(Method::POST, "/fn/login").form(&fields)).await.expect(303);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-flash=") && cookie.contains("; Secure"), "{cookie}");
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
    let pair = cookie.split(';').next().expect("a pair");
    const SAID: &str = "class=\"notice notice-";
    let told = visitor.with_header("cookie", pair).get("/login").await.expect(200);
    assert!(told.text.contains(SAID), "{}", told.text);
    let planted = visitor.with_header("cookie", pair.trim_start_matches("__Host-")).get("/login").await.expect(200);
    assert!(!planted.text.contains(SAID), "{}", planted.text);
    house.close().await;
}

#[tokio::test]
async fn forms_and_the_api_count_logins_of_an_address_together() {
    let settings =
        Settings { login_limit: Some(Limit { count: 3, window: Duration::from_secs(60) }), ..without_limits() };
    let house = House::open_with_settings(settings).await;
    let mut browser = Browser::of(&house);
    let wrong = serde_json::json!({"email": "a@test.example", "password": "wrong password"});
    house.visitor().post("/api/v1/auth/login", &wrong).await.problem(401, "invalid_credentials");
    browser.log_in("a@test.example", "wrong password").await;
    browser.log_in("a@test.example", "wrong password").await;
    house.visitor().post("/api/v1/auth/login", &wrong).await.problem(429, "rate_limited");
    let leads_to = browser.log_in("a@test.example", "wrong password").await;
    assert!(leads_to.starts_with("/login"), "{leads_to}");
    house.close().await;
}

#[tokio::test]
async fn nobody_gets_in_with_a_mangled_cookie() {
    let house = House::open().await;
    let mut browser = Browser::of(&house);
    browser.register().await;
    let good = browser.cookie.clone().expect("a session");
    for cookie in [
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        "damda=".to_owned(),
        "damda=%00".to_owned(),
        good.to_lowercase(),
    ] {
        let mut other = Browser { cookie: Some(cookie.clone()), ..Browser::of(&house) };
        let page = other.get("/wallet").await;
        assert_eq!(page.status, 303, "{cookie}");
    }
    house.close().await;
}

/// The digests of the sessions that a page offers to end.
fn endable(page: &str) -> Vec<String> {
    let after = page.split("name=\"session\" value=\"").skip(1);
    after.map(|rest| rest.split_once('"').expect("a value").0.to_owned()).collect()
}

#[tokio::test]
async fn its_owner_sees_every_session_of_an_account_and_ends_one_or_all_others() {
    for house in House::on_each_engine().await {
        let (mut here, mut there, mut third) = (Browser::of(&house), Browser::of(&house), Browser::of(&house));
        let email = here.register().await;
        there.log_in(&email, PASSWORD).await;
        third.log_in(&email, PASSWORD).await;
        let page = here.get("/account").await.expect(200).text;
        assert!(page.contains("이 브라우저") && page.contains("127.0.0.1"), "{page}");
        let others = endable(&page);
        assert_eq!(others.len(), 2, "this one is left by logging out");
        let mut stranger = Browser::of(&house);
        stranger.register().await;
        stranger.post("/fn/end_session", &[("session", &others[0])]).await;
        assert!(there.is_known().await && third.is_known().await, "nobody ends another's");
        here.post("/fn/end_session", &[("session", &others[0])]).await;
        assert!(here.is_known().await);
        assert_eq!([there.is_known().await, third.is_known().await].iter().filter(|known| **known).count(), 1);
        here.post("/fn/end_session", &[("session", "nonsense")]).await;
        here.post("/fn/end_other_sessions", &[]).await;
        assert!(here.is_known().await && !there.is_known().await && !third.is_known().await);
        assert!(endable(&here.get("/account").await.expect(200).text).is_empty());
        house.close().await;
    }
}

#[tokio::test]
async fn an_owner_ends_sessions_of_other_operators_and_nobody_else_does() {
    let house = House::open().await;
    let mut owner = crate::console::operator(&house, OperatorRole::Owner).await;
    let mut support = crate::console::operator(&house, OperatorRole::Support).await;
    let user = find_user_by_email(&house.shop, "support@test.example").await.expect("a database").expect("an account");
    let (id, page) = (user.id.to_string(), format!("/admin/operators/{}", user.id));
    support.get(&page).await.expect(403);
    let seen = owner.get(&page).await.expect(200).text;
    assert!(seen.contains("support@test.example"), "{seen}");
    let sessions = endable(&seen);
    assert_eq!(sessions.len(), 1);
    let fields = [("user", id.as_str()), ("session", sessions[0].as_str())];
    assert_eq!(support.post("/fn/admin_end_session", &fields).await, "/admin", "which is not theirs to do");
    assert!(support.is_known().await);
    assert_eq!(owner.post("/fn/admin_end_session", &fields).await, page);
    assert!(!support.is_known().await);
    support.log_in("support@test.example", PASSWORD).await;
    owner.post("/fn/admin_sign_out", &fields).await;
    assert!(!support.is_known().await);
    let log = owner.get("/admin/audit?act=operator.session_ended").await.expect(200).text;
    assert!(log.contains("세션 종료"), "{log}");
    let mut shopper = Browser::of(&house);
    let email = shopper.register().await;
    let shopper = find_user_by_email(&house.shop, &email).await.expect("a database").expect("an account").id;
    owner.get(&format!("/admin/operators/{shopper}")).await.expect(404);
    house.close().await;
}
