//! What every request meets: shapes, sizes, addresses, languages, headers, other sites.

use crate::support::{Answer, Client, House, NO_JOBS, fresh, without_limits};
use reqwest::Method;
use serde_json::json;

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn a_body_that_is_no_json_is_malformed_and_nothing_changes() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let order = format!(r#"{{"items": [{{"product_id": {product}, "quantity": 1}}]}}"#);
    let deep = format!(r#"{{"items": {}"#, "[".repeat(200_000));
    let not_utf8 = [order.as_bytes(), b"\xff"].concat();
    let utf16: Vec<u8> = order.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let table: [&[u8]; 8] =
        [b"", b"not json", b"{\"items\":", b"items=1", &not_utf8, &utf16, b"{\"amount\": NaN}", b"{'amount': 1000}"];
    for path in ["/api/v1/orders", "/api/v1/wallet/charges", "/api/v1/auth/login", "/api/v1/auth/register"] {
        for bytes in table {
            shopper.post_bytes(path, JSON, bytes).await.problem(400, "malformed_request");
        }
        shopper.post_bytes(path, JSON, deep.as_bytes()).await.problem(400, "malformed_request");
    }
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn a_body_of_another_type_or_size_is_refused() {
    let house = House::open().await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    for path in ["/api/v1/orders", "/api/v1/wallet/charges", "/api/v1/auth/login"] {
        for content_type in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("application/xml"),
            Some("jsonish"),
        ] {
            shopper.post_bytes(path, content_type, br#"{"amount": 1000}"#).await.problem(415, "unsupported_media_type");
        }
        let big = format!(r#"{{"amount": 1000, "x": "{}"}}"#, "x".repeat(1_048_576));
        shopper.post_bytes(path, JSON, big.as_bytes()).await.problem(413, "payload_too_large");
    }
    assert_eq!(shopper.facts().await, before);
    let fits = format!(r#"{{"amount": 1000{}}}"#, " ".repeat(1_000_000));
    shopper
        .post_bytes("/api/v1/wallet/charges", Some("application/json; charset=utf-8"), fits.as_bytes())
        .await
        .expect(201);
    house.close().await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let house = House::open().await;
    let visitor = house.visitor();
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/me",
        "/api/v1/nothing",
        "/api/v1/products/",
        "/api/v1/orders/1/2",
    ] {
        let answer = visitor.get(path).await;
        assert!(answer.text.starts_with('{'), "{path} is a page");
        answer.problem(404, "not_found");
    }
    let table = [
        (Method::DELETE, "/api/v1/products", "GET,HEAD"),
        (Method::PUT, "/api/v1/orders", "GET,HEAD,POST"),
        (Method::GET, "/api/v1/auth/login", "POST"),
        (Method::GET, "/api/v1/wallet/charges", "POST"),
        (Method::POST, "/api/v1/me", "GET,HEAD"),
        (Method::OPTIONS, "/api/v1/me", "GET,HEAD"),
    ];
    for (method, path, allow) in table {
        let answer = Answer::of(visitor.request(method, path)).await.problem(405, "method_not_allowed");
        let mut allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{path}");
    }
    let head = Answer::of(visitor.request(Method::HEAD, "/api/v1/products")).await.expect(200);
    assert_eq!(head.text, "");
    house.close().await;
}

#[tokio::test]
async fn a_problem_is_told_in_the_language_that_was_asked_for() {
    let house = House::open().await;
    for path in ["/api/v1/me", "/api/v1/nothing", "/api/v1/products?sort=best"] {
        let tell = async |language: &str| {
            let answer = house.visitor().with_header("accept-language", language).get(path).await;
            (answer.body["detail"].as_str().unwrap().to_owned(), answer.header("content-language").to_owned())
        };
        let korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        for language in ["ko-KR,ko;q=0.9", "fr", "*"] {
            let (detail, told) = tell(language).await;
            assert!(korean(&detail) && told == "ko", "{path} {language}: {detail}");
        }
        let (detail, told) = tell("en-US,en;q=0.9,ko;q=0.8").await;
        assert!(!korean(&detail) && told == "en", "{path}: {detail}");
    }
    house.close().await;
}

#[tokio::test]
async fn every_answer_has_a_fresh_trace_id_that_strangers_cannot_choose() {
    let house = House::open().await;
    let chosen = "0123456789abcdef0123456789abcdef";
    let visitor = house.visitor().with_header("x-request-id", chosen);
    let mut seen = std::collections::HashSet::new();
    for path in ["/api/v1/products", "/api/v1/nothing", "/healthz", "/readyz", "/"] {
        let id = visitor.get(path).await.header("x-request-id").to_owned();
        assert!(id.len() == 32 && id != chosen, "{path}: {id}");
        assert!(seen.insert(id));
    }
    let proxied = House::open_with(without_limits(), NO_JOBS, "http://shop.test", "127.0.0.1").await;
    let id = proxied.visitor().with_header("x-request-id", chosen).get("/healthz").await;
    assert_eq!(id.header("x-request-id"), chosen);
    proxied.close().await;
    house.close().await;
}

#[tokio::test]
async fn a_living_shop_says_so() {
    let house = House::open().await;
    let health = house.visitor().get("/healthz").await.expect(200);
    assert_eq!(health.header("cache-control"), "no-store");
    let ready = house.visitor().get("/readyz").await.expect(200);
    assert_eq!(ready.body["failing"], json!([]));
    house.close().await;
}

#[tokio::test]
async fn a_shop_without_its_database_names_it_and_tells_nothing_else() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    house.shop.db().close().await;
    let unready = house.visitor().get("/readyz").await.expect(503);
    assert_eq!(unready.body["failing"], json!(["database"]));
    house.visitor().get("/healthz").await.expect(200);
    let answer = shopper.get("/api/v1/wallet").await.problem(503, "service_unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    for word in ["sqlite", "sqlx", "SELECT", "pool", "Pool"] {
        assert!(!answer.text.contains(word), "{}", answer.text);
    }
}

#[tokio::test]
async fn pages_carry_their_security_headers() {
    let plain = House::open().await;
    let page = plain.visitor().with_header("accept", "text/html").get("/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'nonce-",
        "'wasm-unsafe-eval'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("strict-dynamic"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert!(page.header("permissions-policy").contains("camera=()"));
    assert_eq!(page.header("strict-transport-security"), "");
    let again = plain.visitor().with_header("accept", "text/html").get("/").await;
    assert_ne!(again.header("content-security-policy"), policy, "a nonce is used once");
    plain.close().await;

    let secure = House::open_with(without_limits(), NO_JOBS, "https://shop.test", "").await;
    let page = secure.visitor().with_header("accept", "text/html").get("/").await;
    assert!(page.header("strict-transport-security").starts_with("max-age="));
    secure.close().await;
}

#[tokio::test]
async fn every_answer_tells_a_browser_to_be_careful() {
    let house = House::open_with(without_limits(), NO_JOBS, "https://shop.test", "").await;
    let visitor = house.visitor();
    let ask = |method: Method, path: &'static str| Answer::of(visitor.request(method, path));
    let answers = [
        ("page", ask(Method::GET, "/products").await, 200),
        ("no page", ask(Method::GET, "/nothing").await, 404),
        ("redirect", ask(Method::GET, "/wallet").await, 303),
        ("API", ask(Method::GET, "/api/v1/products").await, 200),
        ("problem", ask(Method::GET, "/api/v1/me").await, 401),
        ("no API", ask(Method::GET, "/api/nothing").await, 404),
        ("health", ask(Method::GET, "/healthz").await, 200),
        ("text", ask(Method::GET, "/robots.txt").await, 200),
        ("method", ask(Method::TRACE, "/").await, 405),
        ("panic", panicked(&house).await, 500),
    ];
    for (what, answer, status) in answers {
        assert_eq!(answer.status, status, "{what}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{what}");
    }
    house.close().await;
}

async fn panicked(house: &House) -> Answer {
    at_the_edge(house, axum::routing::get(async || -> String { panic!("a test of what becomes of it") }), "ko").await
}

/// What the edge answers a browser for a handler that does what none of ours does when it is asked to.
pub async fn at_the_edge(house: &House, handler: axum::routing::MethodRouter, language: &str) -> Answer {
    let app = axum::Router::new()
        .route("/", handler)
        .layer(axum::middleware::from_fn_with_state(house.web.clone(), server::edge::observe));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("its address"));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let browser = Client::to(vec![base]).with_header("accept", "text/html").with_header("accept-language", language);
    let answer = browser.get("/").await;
    serving.abort();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_its_head_however_long_it_took() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let paths = ["/".to_owned(), format!("/products/{product}"), "/products/999".to_owned(), "/nothing".to_owned()];
    for path in paths.iter().cycle().take(40) {
        let page = house.visitor().with_header("accept", "text/html").get(path).await;
        for part in ["<title>", "name=\"description\"", "</html>"] {
            assert!(page.text.contains(part), "{path} lacks {part}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn the_api_is_data_and_never_a_page() {
    let house = House::open().await;
    let answer = house.visitor().get("/api/v1/products").await.expect(200);
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-cache", "what is everybody's may be kept and asked about");
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(answer.header("set-cookie"), "");
    house.close().await;
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_and_changes_nothing() {
    let house = House::open().await;
    let email = format!("{}@test.example", fresh("dami"));
    let form = format!("name=a&email={email}&password=correct+horse+9&age_confirmed=yes");
    let post = |headers: &[(&'static str, &str)]| {
        let visitor = headers.iter().fold(house.visitor(), |visitor, (name, value)| visitor.with_header(name, value));
        Answer::of(
            visitor
                .request(Method::POST, "/fn/register")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .body(form.clone()),
        )
    };
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://other.shop.test")],
    ] {
        assert_eq!(post(headers).await.status, 403, "{headers:?}");
    }
    assert_eq!(shop::user::service::count_users(&house.shop).await.unwrap(), 0);
    let own = post(&[("origin", "http://shop.test"), ("sec-fetch-site", "cross-site")]).await;
    assert!((300..400).contains(&own.status), "{} {}", own.status, own.text);
    assert_eq!(shop::user::service::count_users(&house.shop).await.unwrap(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let house = House::open().await;
    let request = house
        .visitor()
        .request(Method::POST, "/fn/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("email={}", "x".repeat(300_000)));
    assert_eq!(Answer::of(request).await.status, 413);
    house.close().await;
}
