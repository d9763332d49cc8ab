//! Whole requests to a whole shop in this process: the real router on a SQLite file, limits as they are. An input is up
//! to four requests with a line `---` between, each a line `METHOD PATH`, headers, an empty line, and a body. Whatever
//! is asked, the answer is the page or the "no" it should be, never a fault, and the books add up.
//!
//! `$TOKEN` stands for a shopper's access token, `$SESSION` for the value of their session's cookie, `$ORDER` for the
//! id of an order of theirs, `$NOTICE` for the notice to agree to, `$USER` for their account's id.

use super::markup::check_html;
use app::legal::Legal;
use app::text::Lang;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use serde_json::{Value, json};
use server::address::TrustedProxies;
use server::config::PublicUrl;
use server::problem::CODES;
use server::rest::cors::Origins;
use server::rest::extract::Parameters;
use server::router::router;
use server::secret::Secret;
use server::serve::close_shop;
use server::state::{Parts, Web};
use server::token::Tokens;
use shop::coupon::{CouponCode, Discount, NewCoupon};
use shop::database::Db;
use shop::notice::service::keep_notices;
use shop::ports::{Limit, Ports, TestClock};
use shop::product::{Category, ProductDraft};
use shop::verify::verify_shop;
use shop::{Settings, Shop, Timestamp, Won};
use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};
use tower::ServiceExt;
use url::Url;

const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_000);
const DAY: Duration = Duration::from_secs(86_400);
const PUBLIC_URL: &str = "https://shop.test";
const MOST_REQUESTS: usize = 4;
/// A shop is as old as this before a new one takes its place, so that neither its file nor its time runs out.
const MOST_ANSWERS: u32 = 5_000;
/// Its books are looked at this often.
const VERIFIED_EVERY: u32 = 500;

thread_local! {
    static HOUSE: RefCell<Option<House>> = const { RefCell::new(None) };
}

pub fn check(bytes: &[u8]) {
    HOUSE.with_borrow_mut(|house| {
        if house.as_mut().is_some_and(|house| house.answers >= MOST_ANSWERS || !house.keeps_session())
            && let Some(old) = house.take()
        {
            old.close();
        }
        house.get_or_insert_with(House::open).try_all(bytes);
    });
}

/// A shop with a few things in it, and a shopper who has bought one.
struct House {
    runtime: Runtime,
    router: Router,
    shop: Shop,
    clock: Arc<TestClock>,
    marks: Vec<(&'static str, String)>,
    answers: u32,
    /// An input took the session, by a login or a logout.
    is_session_taken: bool,
    _folder: TempDir,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl House {
    fn open() -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(TestClock::at(NOW));
        let (shop, web) = runtime.block_on(open_shop(&folder, clock.clone()));
        let router = router(web);
        let mut house = Self {
            runtime,
            router,
            shop,
            clock,
            marks: Vec::new(),
            answers: 0,
            is_session_taken: false,
            _folder: folder,
        };
        house.move_in();
        house
    }

    fn move_in(&mut self) {
        let body = json!({"email": "dami@shop.test", "name": "김담이", "password": "correct horse 9"}).to_string();
        let registered = self.ask_json("POST /api/v1/auth/register", "", &body);
        let token = registered["access_token"].as_str().expect("a token").to_owned();
        let member = format!("authorization: Bearer {token}\n");
        self.ask_json(
            "POST /api/v1/wallet/charges",
            &format!("{member}idempotency-key: first-charge\n"),
            "{\"amount\":100000}",
        );
        let order = "{\"items\":[{\"product_id\":1,\"quantity\":1}]}";
        let order = self.ask_json("POST /api/v1/orders", &format!("{member}idempotency-key: first-order\n"), order);
        let session = self.log_in().expect("a session");
        self.marks = vec![
            ("$TOKEN", token),
            ("$SESSION", session),
            ("$ORDER", order["id"].as_str().expect("an order").to_owned()),
            ("$NOTICE", Legal::default().withdrawal(Lang::Ko).digest.as_str().to_owned()),
            ("$USER", registered["user"]["id"].to_string()),
        ];
    }

    /// The value of a fresh session's cookie. A minute later, when logins are let in again.
    fn log_in(&mut self) -> Option<String> {
        self.clock.advance(Duration::from_secs(60));
        let form = "email=dami%40shop.test&password=correct+horse+9&next=%2F";
        let request = format!("POST /fn/login\ncontent-type: application/x-www-form-urlencoded\n\n{form}");
        let login = self.ask(request.as_bytes())?;
        self.is_session_taken = false;
        let mut cookies = login.headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let session = cookies.find_map(|cookie| cookie.strip_prefix("__Host-damda="))?;
        session.split(';').next().map(str::to_owned)
    }

    /// Whether there is a session to go on with.
    fn keeps_session(&mut self) -> bool {
        if self.is_session_taken {
            let Some(session) = self.log_in() else { return false };
            self.marks.retain(|(mark, _)| *mark != "$SESSION");
            self.marks.push(("$SESSION", session));
        }
        true
    }

    fn ask_json(&mut self, line: &str, headers: &str, body: &str) -> Value {
        let request = format!("{line}\ncontent-type: application/json\n{headers}\n{body}");
        let answer = self.ask(request.as_bytes()).expect("a request");
        assert!(answer.status.is_success(), "{line}: {} {}", answer.status, answer.json());
        answer.json()
    }

    fn try_all(&mut self, bytes: &[u8]) {
        let bytes = self.with_marks(bytes);
        for request in split(&bytes, b"\n---\n").into_iter().take(MOST_REQUESTS) {
            self.ask(request);
            if self.answers.is_multiple_of(VERIFIED_EVERY) {
                self.verify();
            }
        }
    }

    fn with_marks(&self, bytes: &[u8]) -> Vec<u8> {
        let replaced =
            |bytes: Vec<u8>, (mark, text): &(&str, String)| split(&bytes, mark.as_bytes()).join(text.as_bytes());
        self.marks.iter().fold(bytes.to_vec(), replaced)
    }

    /// Asks and looks at the answer. `None` for what no server would have taken for a request.
    fn ask(&mut self, bytes: &[u8]) -> Option<Answer> {
        let request = read_request(bytes)?;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        self.clock.advance(Duration::from_secs(1));
        self.answers += 1;
        let answer = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole answer");
            Answer { status: parts.status, headers: parts.headers, body }
        });
        check_answer(&method, &uri, &answer);
        let mut cookies = answer.headers.get_all(header::SET_COOKIE).iter();
        self.is_session_taken |= cookies.any(|cookie| cookie.as_bytes().starts_with(b"__Host-damda="));
        Some(answer)
    }

    fn verify(&self) {
        let checks = self.runtime.block_on(verify_shop(self.shop.db())).expect("a check of everything");
        for check in checks {
            assert!(check.holds(), "{}: {} {:?}", check.name, check.figure, check.broken);
        }
    }

    fn close(self) {
        self.verify();
        self.runtime.block_on(close_shop(&self.shop));
    }
}

async fn open_shop(folder: &TempDir, clock: Arc<TestClock>) -> (Shop, Web) {
    let db = Db::open(&format!("sqlite://{}", folder.path().join("damda.db").display())).await.expect("a database");
    db.migrate().await.expect("a schema");
    // A login costs 20 ms, which would be all that is tried.
    let login_limit = Some(Limit { count: 2, window: Duration::from_secs(60) });
    let settings =
        Settings { login_limit, claim_limit: None, failure_limit: None, mail_on: true, ..Settings::default() };
    let shop = Shop::open(db, Ports::local(clock), settings);
    let drafts =
        ["하나", "둘 100%", "셋_<b>", "넷!"].iter().zip(1..).map(|(name, number)| draft(name, number)).collect();
    shop::product::service::save_products(&shop, drafts).await.expect("products");
    for (code, discount) in [("WELCOME10", Discount::Rate(10)), ("MINUS-500", Discount::Fixed(Won::new(500)))] {
        shop::coupon::service::create_coupon(&shop, coupon(code, discount)).await.expect("a coupon");
    }
    let legal = Legal::default();
    keep_notices(&shop, &legal.notice_texts()).await.expect("kept notices");
    let web = Web::from(Parts {
        shop: shop.clone(),
        tokens: Tokens::new(&Secret::new("a key of this very shop, 32 bytes"), DAY),
        public_url: Arc::new(PublicUrl::parse(PUBLIC_URL).expect("an origin")),
        proxies: Arc::new(TrustedProxies::parse("127.0.0.1").expect("networks")),
        services: Arc::new([]),
        watch: server::watch::Watch::default(),
        cors: Arc::new(Origins::parse("https://friend.example").expect("origins")),
        is_demo: false,
        legal: Arc::new(legal),
        is_in_maintenance: false,
    });
    (shop, web)
}

fn draft(name: &str, number: i64) -> ProductDraft {
    ProductDraft {
        sku: format!("SKU-{number}"),
        category: if number % 2 == 0 { Category::Font } else { Category::Ebook },
        name: name.to_owned(),
        name_en: format!("Book {number}"),
        creator: "담다".to_owned(),
        summary: "요약".to_owned(),
        summary_en: String::new(),
        description: "설명".to_owned(),
        description_en: String::new(),
        cover: String::new(),
        price: Won::new(number * 1_000),
        total_stock: if number == 4 { 0 } else { 1_000 },
        is_active: true,
    }
}

fn coupon(code: &str, discount: Discount) -> NewCoupon {
    NewCoupon {
        code: CouponCode::parse(code).expect("a code"),
        name: "시험 쿠폰".to_owned(),
        name_en: "Test coupon".to_owned(),
        discount,
        minimum_amount: Won::ZERO,
        total_quantity: 100,
        starts_at: NOW.before(DAY),
        ends_at: NOW.after(DAY * 365),
    }
}

fn split<'a>(bytes: &'a [u8], between: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(between.len()).position(|window| window == between) {
        parts.push(&rest[..at]);
        rest = &rest[at + between.len()..];
    }
    parts.push(rest);
    parts
}

/// As the server takes it off the wire, the body's length being what it is.
fn read_request(bytes: &[u8]) -> Option<Request<Body>> {
    let (head, body) = bytes
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = std::str::from_utf8(lines.next()?).ok()?;
    let (method, uri) = line.split_once(' ')?;
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = uri.parse::<Uri>().ok()?;
    request.headers_mut().insert(header::CONTENT_LENGTH, body.len().into());
    for line in lines.take(50) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]).ok();
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok();
        let Some((name, value)) = name.zip(value) else { continue };
        // What the server itself answers for, and what would hide the answer from us.
        if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::ACCEPT_ENCODING].contains(&name) {
            request.headers_mut().append(name, value);
        }
    }
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000))));
    Some(request)
}

fn check_answer(method: &Method, uri: &Uri, answer: &Answer) {
    let bad = |what: &str| -> ! {
        panic!(
            "{what}: {method} {uri} was answered {} {:?}\n{}",
            answer.status,
            answer.headers,
            String::from_utf8_lossy(&answer.body)
        )
    };
    if answer.status.is_server_error() {
        bad("a fault");
    }
    for name in
        [header::CONTENT_SECURITY_POLICY, header::X_CONTENT_TYPE_OPTIONS, HeaderName::from_static("x-request-id")]
    {
        if !answer.headers.contains_key(&name) {
            bad(&format!("no {name}"));
        }
    }
    let kind = answer.header(header::CONTENT_TYPE);
    let is_page = kind.starts_with("text/html");
    if method != Method::HEAD {
        if kind == "application/problem+json" {
            check_problem(answer).unwrap_or_else(|| bad("a problem that is none of ours"));
        } else if kind == "application/json" && serde_json::from_slice::<Value>(&answer.body).is_err() {
            bad("JSON that is none");
        } else if is_page && !uri.path().starts_with("/api/docs") {
            let html = std::str::from_utf8(&answer.body).unwrap_or_else(|_| bad("no UTF-8"));
            check_html(html);
        }
        let is_no = answer.status.is_client_error();
        if is_no && kind != "application/problem+json" && !(is_page && answer.body.starts_with(b"<!DOCTYPE html>")) {
            bad("a no that does not say why");
        }
    }
    check_way_on(answer).unwrap_or_else(|| bad("a way out of the shop"));
    check_cookies(answer).unwrap_or_else(|| bad("a cookie that is none of ours"));
    check_search(uri, answer).unwrap_or_else(|| bad("something else was found"));
}

fn check_problem(answer: &Answer) -> Option<()> {
    let told = answer.json();
    let code = told["code"].as_str()?;
    let is_known = CODES.iter().any(|(known, status)| *known == code && *status == answer.status);
    let names_it = told["trace_id"] == answer.header(HeaderName::from_static("x-request-id"));
    (is_known && names_it && told["status"] == answer.status.as_u16()).then_some(())
}

/// Where a browser goes from here is a page of the shop.
fn check_way_on(answer: &Answer) -> Option<()> {
    let base = Url::parse(PUBLIC_URL).ok()?;
    let Some(location) = answer.headers.get(header::LOCATION) else { return Some(()) };
    let to = base.join(location.to_str().ok()?).ok()?;
    (to.origin() == base.origin()).then_some(())
}

fn check_cookies(answer: &Answer) -> Option<()> {
    const OURS: [&str; 8] =
        ["cart", "lang", "theme", "__Host-damda", "__Host-flash", "__Host-cookies", "__Host-device", "__Host-seen"];
    for cookie in answer.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().ok()?;
        let (name, _) = cookie.split_once('=')?;
        let is_ours = OURS.contains(&name) && cookie.contains("; Path=/") && cookie.contains("; Secure");
        if !is_ours || cookie.len() > 4_096 {
            return None;
        }
    }
    Some(())
}

/// A search finds what holds the words, taken literally.
fn check_search(uri: &Uri, answer: &Answer) -> Option<()> {
    if uri.path() != "/api/v1/products" || answer.status != StatusCode::OK {
        return Some(());
    }
    let words = Parameters::read(uri.query().unwrap_or_default()).ok()?.text("q", 100).unwrap_or_default();
    let words = words.trim().to_ascii_lowercase();
    let holds = |item: &Value| {
        let texts =
            ["name", "name_en", "summary", "summary_en", "creator"].map(|name| item[name].as_str().unwrap_or_default());
        texts.iter().any(|text| text.to_ascii_lowercase().contains(&words))
    };
    answer.json()["items"].as_array().is_none_or(|items| items.iter().all(holds)).then_some(())
}
