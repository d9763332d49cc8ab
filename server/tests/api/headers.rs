//! What the API says beside its bodies: limits, tags, packing, other origins; and what it never reads.

use crate::support::{Answer, Client, House, NO_JOBS, PASSWORD, fresh, without_limits};
use reqwest::Method;
use serde_json::{Value, json};
use server::files::is_file;
use shop::Settings;
use shop::coupon::Discount;
use shop::ports::Limit;
use std::time::Duration;

fn limit(count: u32, seconds: u64) -> Option<Limit> {
    Some(Limit { count, window: Duration::from_secs(seconds) })
}

/// Limit, remaining and reset, when they are there; the policy must go with them.
#[track_caller]
fn standing(answer: &Answer) -> Option<(u64, u64, u64)> {
    let number = |name: &str| answer.header(name).parse::<u64>().ok();
    let told = Some((number("ratelimit-limit")?, number("ratelimit-remaining")?, number("ratelimit-reset")?));
    assert!(answer.header("ratelimit-policy").starts_with(answer.header("ratelimit-limit")), "{answer:?}");
    told
}

#[tokio::test]
async fn every_counted_answer_tells_how_its_caller_stands() {
    let settings = Settings { claim_limit: limit(3, 60), ..without_limits() };
    let house = House::open_with_settings(settings).await;
    let code = house.coupon(Discount::Rate(10), 5).await;
    let shopper = house.shopper().await;
    let first = shopper.claim(&code).await.expect(201);
    assert_eq!(standing(&first), Some((3, 2, 60)));
    assert_eq!(first.header("ratelimit-policy"), "3;w=60");
    house.clock.advance(Duration::from_millis(10_200));
    let refused = shopper.claim(&code).await.problem(409, "coupon_already_claimed");
    let (count, left, reset) = standing(&refused).unwrap();
    assert!((count, left) == (3, 1) && (49..=50).contains(&reset), "{reset}");
    shopper.claim("NOSUCHCODE").await.problem(409, "coupon_not_applicable");
    let full = shopper.claim(&code).await.problem(429, "rate_limited");
    let (_, left, reset) = standing(&full).unwrap();
    assert_eq!((left, full.header("retry-after")), (0, reset.to_string().as_str()));
    // The seconds are rounded up: that much later it is true, whatever the milliseconds were.
    house.clock.advance(Duration::from_secs(reset));
    shopper.claim(&code).await.problem(409, "coupon_already_claimed");
    // What names no coupon is not counted and says nothing.
    assert_eq!(standing(&shopper.claim("A'B").await.problem(404, "not_found")), None);
    house.close().await;
}

#[tokio::test]
async fn retry_after_is_never_too_early() {
    let house = House::open_with_settings(Settings { order_limit: limit(1, 7), ..without_limits() }).await;
    let product = house.product(100, 100).await;
    let shopper = house.shopper_with(10_000).await;
    shopper.buy(product, 1).await.expect(201);
    for _ in 0..3 {
        let full = shopper.buy(product, 1).await.problem(429, "rate_limited");
        let seconds: u64 = full.header("retry-after").parse().unwrap();
        house.clock.advance(Duration::from_secs(seconds));
        let bought = shopper.buy(product, 1).await.expect(201);
        assert_eq!(standing(&bought), Some((1, 0, 7)));
    }
    house.close().await;
}

#[tokio::test]
async fn orders_logins_and_registrations_tell_their_limits_and_nothing_else_does() {
    let settings = Settings {
        order_limit: limit(5, 1),
        login_limit: limit(20, 60),
        register_limit: limit(10, 3_600),
        failure_limit: Some(2),
        ..without_limits()
    };
    let house = House::open_with_settings(settings).await;
    let visitor = house.visitor();
    let email = format!("{}@test.example", fresh("dami"));
    let body = json!({"email": email, "name": "a", "password": PASSWORD});
    let registered = visitor.post("/api/v1/auth/register", &body).await.expect(201);
    assert_eq!(standing(&registered), Some((10, 9, 3_600)));
    let taken = visitor.post("/api/v1/auth/register", &body).await.problem(409, "email_taken");
    assert_eq!(standing(&taken).map(|(count, left, _)| (count, left)), Some((10, 8)));
    let invalid = visitor.post("/api/v1/auth/register", &json!({"email": "x"})).await.problem(422, "validation_failed");
    assert_eq!(standing(&invalid), None, "a typing mistake costs nothing");

    let login = |password: &str| json!({"email": email, "password": password});
    for left in [19, 18] {
        let wrong = visitor.post("/api/v1/auth/login", &login("wrong password")).await;
        assert_eq!(standing(&wrong.problem(401, "invalid_credentials")).unwrap().1, left);
    }
    let blocked = visitor.post("/api/v1/auth/login", &login(PASSWORD)).await.problem(429, "temporarily_blocked");
    let (count, left, reset) = standing(&blocked).unwrap();
    assert_eq!((count, left, blocked.header("retry-after")), (20, 0, reset.to_string().as_str()));

    let product = house.product(100, 5).await;
    let shopper = visitor.with_token(registered.body["access_token"].as_str().unwrap());
    assert_eq!(standing(&shopper.charge(1_000).await.expect(201)), None);
    let (key, order) = (fresh("key"), json!({"items": [{"product_id": product, "quantity": 1}]}));
    let bought = shopper.post_with_key("/api/v1/orders", &key, &order).await.expect(201);
    assert_eq!(standing(&bought), Some((5, 4, 1)));
    let replayed = shopper.post_with_key("/api/v1/orders", &key, &order).await.expect(201);
    assert_eq!(standing(&replayed), None, "a replay costs nothing");
    for path in ["/api/v1/me", "/api/v1/wallet", "/api/v1/products", "/api/v1/orders"] {
        assert_eq!(standing(&shopper.get(path).await.expect(200)), None, "{path}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_blocked_shopper_is_told_until_when() {
    let settings = Settings { order_limit: limit(5, 1), failure_limit: Some(2), ..without_limits() };
    let house = House::open_with_settings(settings).await;
    let product = house.product(100, 5).await;
    let shopper = house.shopper().await;
    for _ in 0..2 {
        shopper.buy(product, 1).await.problem(409, "insufficient_balance");
    }
    let blocked = shopper.buy(product, 1).await.problem(429, "temporarily_blocked");
    let (count, left, reset) = standing(&blocked).unwrap();
    assert_eq!((count, left, blocked.header("retry-after")), (5, 0, reset.to_string().as_str()));
    assert!((590..=600).contains(&reset));
    house.close().await;
}

#[tokio::test]
async fn what_is_everybodys_is_not_sent_twice_until_it_changes() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let code = house.coupon(Discount::Rate(10), 5).await;
    let shopper = house.shopper_with(10_000).await;
    let paths = [
        "/api/v1/products?limit=5".to_owned(),
        format!("/api/v1/products/{product}"),
        "/api/v1/products/popular".to_owned(),
        "/api/v1/coupons".to_owned(),
    ];
    let ask = async |path: &str, known: &str| house.visitor().with_header("if-none-match", known).get(path).await;
    let mut tags = Vec::new();
    for path in &paths {
        let first = house.visitor().get(path).await.expect(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() > 20, "{path}: {tag}");
        assert_eq!(first.header("cache-control"), "no-cache", "{path}");
        for known in [tag.as_str(), "*", &format!("\"x\", {tag}"), tag.trim_start_matches("W/")] {
            let known = ask(path, known).await.expect(304);
            assert_eq!((known.text.as_str(), known.header("content-type")), ("", ""), "{path}");
            for name in ["etag", "cache-control", "vary"] {
                assert_eq!(known.header(name), first.header(name), "{path} {name}");
            }
            assert_ne!(known.header("x-request-id"), "");
        }
        for other in ["\"x\"", "nonsense", "W/\"\""] {
            assert_eq!(ask(path, other).await.expect(200).header("etag"), tag, "{path} {other}");
        }
        tags.push(tag);
    }
    shopper.buy(product, 1).await.expect(201);
    shopper.claim(&code).await.expect(201);
    // A ranking is a second old at most.
    house.clock.advance(Duration::from_secs(1));
    for (path, tag) in paths.iter().zip(&tags) {
        assert_ne!(ask(path, tag).await.expect(200).header("etag"), tag, "{path}");
    }
    // Problems have no tag, even when any would do.
    ask("/api/v1/products/999999", "*").await.problem(404, "not_found");
    ask("/api/v1/products?sort=best", "*").await.problem(422, "validation_failed");
    house.close().await;
}

#[tokio::test]
async fn what_is_somebodys_own_is_never_kept() {
    let house = House::open().await;
    house.coupon(Discount::Rate(10), 5).await;
    let shopper = house.shopper().await.with_header("if-none-match", "*");
    for path in ["/api/v1/coupons", "/api/v1/me", "/api/v1/wallet", "/api/v1/orders", "/api/v1/me/coupons"] {
        let own = shopper.get(path).await.expect(200);
        assert_eq!((own.header("cache-control"), own.header("etag")), ("no-store", ""), "{path}");
    }
    // A cache between must not answer one with the other's.
    for client in [&shopper, &house.visitor()] {
        assert!(client.get("/api/v1/coupons").await.expect(200).header("vary").contains("authorization"));
    }
    house.close().await;
}

/// Status, `content-encoding`, `vary`, ETag and the bytes as they came.
async fn packed(client: &Client, method: Method, path: &str, accepted: &str) -> (u16, String, String, String, Vec<u8>) {
    let request = client.request(method, path).header("accept-encoding", accepted);
    let response = request.send().await.expect("an answer");
    let text = |name: &str| {
        let values: Vec<&str> =
            response.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        values.join(", ")
    };
    let (status, encoding, vary, tag) =
        (response.status().as_u16(), text("content-encoding"), text("vary"), text("etag"));
    (status, encoding, vary, tag, response.bytes().await.expect("a body").to_vec())
}

#[tokio::test]
async fn large_answers_are_packed_and_small_and_empty_ones_are_not() {
    let house = House::open().await;
    for _ in 0..12 {
        house.product(1_000, 10).await;
    }
    let visitor = house.visitor();
    let list = "/api/v1/products?limit=12";
    let (_, none, vary, tag, plain) = packed(&visitor, Method::GET, list, "identity").await;
    assert_eq!((none.as_str(), vary.as_str()), ("", "accept-encoding"));
    for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0.5, br", "br"), ("zstd, gzip", "gzip")] {
        let (status, told, vary, same, bytes) = packed(&visitor, Method::GET, list, accepted).await;
        assert_eq!((status, told.as_str()), (200, encoding), "{accepted}");
        assert_eq!((vary.as_str(), &same), ("accept-encoding", &tag), "{accepted}");
        assert!(bytes.len() * 2 < plain.len(), "{accepted}: {} of {}", bytes.len(), plain.len());
    }
    let (_, encoding, _, _, bytes) = packed(&visitor, Method::GET, "/api/v1/products/999", "gzip").await;
    assert_eq!(encoding, "");
    assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
    let known = visitor.with_header("if-none-match", &tag);
    let (status, encoding, vary, _, bytes) = packed(&known, Method::GET, list, "gzip").await;
    assert_eq!((status, encoding.as_str(), vary.as_str(), bytes.len()), (304, "", "accept-encoding", 0));
    let (status, _, vary, same, bytes) = packed(&visitor, Method::HEAD, list, "gzip").await;
    assert_eq!((status, vary.as_str(), same, bytes.len()), (200, "accept-encoding", tag, 0));
    let (_, encoding, ..) = packed(&visitor, Method::GET, "/api/openapi.json", "br").await;
    assert_eq!(encoding, "br");
    house.close().await;
}

#[tokio::test]
async fn pages_and_what_they_need_are_packed_and_pictures_are_not() {
    let house = House::open().await;
    let browser = house.visitor().with_header("accept", "text/html");
    // The site's files are in the program when the site was there while it was built.
    let files = ["/pkg/damda.css", "/pkg/damda.js", "/pkg/damda.wasm"].into_iter().filter(|path| is_file(path));
    for path in ["/", "/products", "/no-such-page"].into_iter().chain(files) {
        let (_, none, _, _, plain) = packed(&browser, Method::GET, path, "identity").await;
        assert_eq!(none, "", "{path}");
        for encoding in ["gzip", "br"] {
            let (_, told, vary, _, bytes) = packed(&browser, Method::GET, path, encoding).await;
            assert_eq!(told, encoding, "{path}");
            assert!(vary.to_lowercase().contains("accept-encoding"), "{path}: {vary}");
            assert!(bytes.len() * 3 < plain.len() * 2, "{path}: {} of {}", bytes.len(), plain.len());
        }
    }
    if is_file("/og.png") {
        let (status, encoding, ..) = packed(&browser, Method::GET, "/og.png", "gzip, br").await;
        assert_eq!((status, encoding.as_str()), (200, ""));
    }
    house.close().await;
}

/// What a browser sends before it lets a page of `origin` post an order.
async fn preflight(house: &House, path: &str, origin: &str, method: &str) -> Answer {
    let visitor = house.visitor().with_header("origin", origin);
    let asking = visitor
        .with_header("access-control-request-method", method)
        .with_header("access-control-request-headers", "authorization,content-type,idempotency-key");
    Answer::of(asking.request(Method::OPTIONS, path)).await
}

#[tokio::test]
async fn pages_of_the_named_origins_may_read_the_api_and_no_others() {
    let house = House::open_to_pages_of("https://a.example, https://b.example:8443").await;
    let code = house.coupon(Discount::Rate(10), 5).await;
    for origin in ["https://a.example", "https://b.example:8443"] {
        let asked = preflight(&house, "/api/v1/orders", origin, "POST").await.expect(204);
        assert_eq!(asked.text, "");
        assert_eq!(asked.header("access-control-allow-origin"), origin);
        for (name, part) in [
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "authorization"),
            ("access-control-allow-headers", "idempotency-key"),
            ("access-control-max-age", "600"),
            ("vary", "origin"),
        ] {
            assert!(asked.header(name).contains(part), "{name} {part}");
        }
        assert_ne!(asked.header("x-request-id"), "");
        let page = house.visitor().with_header("origin", origin);
        let shopper = house.shopper().await.with_header("origin", origin);
        for answer in [
            page.get("/api/v1/products").await.expect(200),
            page.get("/api/v1/me").await.problem(401, "unauthorized"),
            page.get("/api/v1/nothing").await.problem(404, "not_found"),
            shopper.claim(&code).await.expect(201),
        ] {
            assert_eq!(answer.header("access-control-allow-origin"), origin);
            for name in ["x-request-id", "retry-after", "etag", "ratelimit-remaining", "location"] {
                assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
            }
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
    }
    for origin in
        ["https://evil.example", "http://a.example", "https://a.example.evil.example", "null", "https://A.example"]
    {
        preflight(&house, "/api/v1/orders", origin, "POST").await.problem(405, "method_not_allowed");
        let answer = house.visitor().with_header("origin", origin).get("/api/v1/products").await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        let varies = answer.headers.get_all("vary").iter().any(|value| value == "origin");
        assert!(varies, "a cache must not show this answer to a page that may");
    }
    // Pages are nobody's to read, whatever the API's setting.
    let page = house.visitor().with_header("origin", "https://a.example").get("/").await;
    assert_eq!(page.header("access-control-allow-origin"), "");
    house.close().await;
}

#[tokio::test]
async fn a_star_lets_every_page_read_and_nothing_lets_none() {
    let open = House::open_to_pages_of("*").await;
    let asked = preflight(&open, "/api/v1/orders", "https://any.example", "POST").await.expect(204);
    assert_eq!(asked.header("access-control-allow-origin"), "*");
    let answer = open.visitor().with_header("origin", "https://any.example").get("/api/v1/products").await.expect(200);
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("*", "accept-encoding"));
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    open.close().await;

    let closed = House::open().await;
    preflight(&closed, "/api/v1/orders", "https://any.example", "POST").await.problem(405, "method_not_allowed");
    let answer =
        closed.visitor().with_header("origin", "https://any.example").get("/api/v1/products").await.expect(200);
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{:?}", answer.headers);
    closed.close().await;
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let house = House::open().await;
    let product = house.product(1_000, 10).await;
    let shopper = house.shopper().await;
    let paths = ["/api/v1/products", "/api/v1/me", "/api/v1/wallet", "/healthz", "/readyz", "/api/v1/nothing"];
    let own = format!("/api/v1/products/{product}");
    for path in paths.into_iter().chain([own.as_str()]) {
        let (get, head) = (shopper.get(path).await, Answer::of(shopper.request(Method::HEAD, path)).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    Answer::of(shopper.request(Method::HEAD, "/api/v1/wallet/charges")).await.expect(405);
    house.close().await;
}

#[tokio::test]
async fn the_api_reads_no_cookie_and_sets_none() {
    let house = House::open_with(without_limits(), NO_JOBS, "http://shop.test", "").await;
    let email = format!("{}@test.example", fresh("dami"));
    let form = format!("name=a&email={email}&password=correct+horse+9&age_confirmed=yes");
    let registered = house
        .visitor()
        .request(Method::POST, "/fn/register")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("origin", "http://shop.test")
        .body(form);
    let registered = Answer::of(registered).await;
    let cookies = registered.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let session = cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.starts_with("damda="));
    let cookie = session.expect("the browser's side is logged in").to_owned();
    let browser = house.visitor().with_header("cookie", &format!("{cookie}; lang=en"));
    for path in ["/api/v1/me", "/api/v1/wallet", "/api/v1/orders"] {
        let refused = browser.get(path).await.problem(401, "unauthorized");
        assert_eq!((refused.header("content-language"), refused.header("set-cookie")), ("ko", ""), "{path}");
    }
    let charge = browser.charge(1_000).await.problem(401, "unauthorized");
    assert_eq!(charge.header("set-cookie"), "");
    assert_eq!(browser.get("/api/v1/coupons").await.expect(200).header("set-cookie"), "");
    house.close().await;
}
