//! What nobody sends by accident: bodies without end, text that wants to be something else, bytes that are
//! no text. Each has one answer, and none changes anything.

use crate::support::{Answer, House, PASSWORD, fresh};
use reqwest::Method;
use serde_json::{Value, json};
use shop::coupon::Discount;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const POSTS: [&str; 4] = ["/api/v1/orders", "/api/v1/wallet/charges", "/api/v1/auth/login", "/api/v1/auth/register"];

/// An answer as it came over the wire.
struct Wire {
    status: u16,
    code: String,
}

impl Wire {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        // Past `100 Continue`, if the server asked to go on.
        let start = text.rfind("HTTP/1.1 ").unwrap_or_else(|| panic!("no answer: {text}"));
        let status = text[start + 9..start + 12].parse().expect("a status");
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let body: Value = body.find('{').and_then(|at| serde_json::from_str(&body[at..]).ok()).unwrap_or_default();
        Self { status, code: body["code"].as_str().unwrap_or("").to_owned() }
    }

    #[track_caller]
    fn problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code.as_str()), (status, code));
    }
}

/// Sends bytes as they are and reads until the server has had its say. A server that hangs up on the rest
/// of a request must have answered first.
async fn send(address: SocketAddr, pieces: impl Iterator<Item = Vec<u8>>) -> Wire {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut from, mut to) = stream.into_split();
    let reading = tokio::spawn(async move {
        let mut answer = Vec::new();
        let _ = from.read_to_end(&mut answer).await;
        answer
    });
    for piece in pieces {
        if reading.is_finished() || to.write_all(&piece).await.is_err() {
            break;
        }
    }
    let answer = timeout(Duration::from_secs(20), reading).await.expect("an answer in time").expect("no panic");
    Wire::of(&answer)
}

/// The head of a POST of JSON.
fn head(path: &str, token: &str, more: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\nidempotency-key: {}\r\n{more}\r\n",
        fresh("key")
    )
    .into_bytes()
}

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

/// So many pieces of 64 KiB, as chunks of a body without a length.
fn chunks(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
    std::iter::repeat_n(chunk, count)
}

#[tokio::test]
async fn ten_megabytes_are_too_large_with_and_without_their_length() {
    let house = House::open().await;
    let shopper = house.shopper_with(10_000).await;
    let (before, token) = (shopper.facts().await, shopper.token());
    for path in POSTS {
        let sized = head(path, &token, &format!("content-length: {TEN_MEGABYTES}\r\n"));
        let body = std::iter::repeat_n(vec![b' '; 65_536], TEN_MEGABYTES / 65_536);
        send(house.address, std::iter::once(sized).chain(body)).await.problem(413, "payload_too_large");
        let chunked = head(path, &token, "transfer-encoding: chunked\r\n");
        let body = chunks(TEN_MEGABYTES / 65_536).chain([b"0\r\n\r\n".to_vec()]);
        send(house.address, std::iter::once(chunked).chain(body)).await.problem(413, "payload_too_large");
        // Who asks first is not made to send it.
        let asking = head(path, &token, &format!("expect: 100-continue\r\ncontent-length: {TEN_MEGABYTES}\r\n"));
        send(house.address, std::iter::once(asking)).await.problem(413, "payload_too_large");
    }
    // The caller still comes before the body.
    let stranger = head("/api/v1/orders", "nonsense", &format!("content-length: {TEN_MEGABYTES}\r\n"));
    let body = std::iter::repeat_n(vec![b' '; 65_536], TEN_MEGABYTES / 65_536);
    send(house.address, std::iter::once(stranger).chain(body)).await.problem(401, "unauthorized");
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let house = House::open().await;
    let token = house.shopper().await.token();
    let endless = head("/api/v1/orders", &token, "transfer-encoding: chunked\r\n");
    // A gigabyte is as good as no end: the server must have had enough long before.
    send(house.address, std::iter::once(endless).chain(chunks(16_384))).await.problem(413, "payload_too_large");
    house.visitor().get("/healthz").await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up_in_time() {
    let house = House::open().await;
    let token = house.shopper().await.token();
    let trickle = async |path: &str| {
        let began = Instant::now();
        let mut bytes = head(path, &token, "content-length: 1000\r\n");
        bytes.extend_from_slice(b"{\"amount\": ");
        let answer = send(house.address, std::iter::once(bytes)).await;
        (answer, began.elapsed())
    };
    for (answer, took) in futures::future::join_all(POSTS.map(trickle)).await {
        answer.problem(408, "request_timeout");
        assert!((Duration::from_secs(9)..Duration::from_secs(15)).contains(&took), "{took:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn where_a_request_ends_is_never_in_doubt() {
    let house = House::open().await;
    let body = r#"{"email":"a@test.example","password":"wrong password"}"#;
    let refused = [
        "content-length: 3\r\ncontent-length: 4\r\n",
        "content-length: +3\r\n",
        "content-length: 0x3\r\n",
        "content-length : 3\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ];
    for more in refused {
        let bytes = [head("/api/v1/auth/login", "x", more), body.as_bytes().to_vec()];
        assert_eq!(send(house.address, bytes.into_iter()).await.status, 400, "{more:?}");
    }
    // Chunks count and a length beside them does not (RFC 9112 §6.3): what follows the last chunk is a request of
    // its own, whatever the length says.
    let chunked = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let next = "GET /api/v1/wallet HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
    let last = send(house.address, [chunked.into_bytes(), next.as_bytes().to_vec()].into_iter()).await;
    assert_eq!(last.status, 401, "the second request is answered for itself");
    house.close().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    let stream = TcpStream::connect(house.address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(&head("/api/v1/wallet/charges", &shopper.token(), "content-length: 16\r\n")).await.unwrap();
    to.write_all(b"{\"amount\": 1000").await.unwrap();
    to.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(5), from.read_to_end(&mut answer)).await.expect("an end");
    if !answer.is_empty() {
        assert_eq!(Wire::of(&answer).status, 400);
    }
    assert_eq!(shopper.balance().await, 0);
    house.close().await;
}

#[tokio::test]
async fn a_thousand_items_are_one_short_complaint() {
    let house = House::open().await;
    let product = house.product(100, 10).await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let of = |count: i64, item: fn(i64, i64) -> Value| -> Value {
        json!({"items": (0..count).map(|number| item(number, product)).collect::<Vec<_>>()})
    };
    let same = |_, product| json!({"product_id": product, "quantity": 1});
    let other = |number, _| json!({"product_id": number + 1, "quantity": 1});
    let wrong = |_, product| json!({"product_id": product, "quantity": 0});
    for body in [of(1_000, same), of(1_000, other), of(1_000, wrong), of(31, other), of(25_000, wrong)] {
        let answer = shopper.order(&body).await.invalid("items");
        assert!(answer.text.len() < 10_000, "{}", answer.text.len());
    }
    let nobody_reads_this: String = (0..3_000).map(|number| format!("p{number}=1&")).collect();
    let answer = shopper.get(&format!("/api/v1/products?{nobody_reads_this}")).await.invalid("p0");
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), server::problem::MOST_ERRORS);
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn json_a_hundred_thousand_deep_is_refused_and_the_shop_stands() {
    let house = House::open().await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let table = [
        (open.clone(), 400, "malformed_request"),
        (r#"{"a":"#.repeat(100_000), 400, "malformed_request"),
        (format!(r#"{{"items": {open}"#), 400, "malformed_request"),
        (format!("{open}{close}"), 422, "validation_failed"),
        (objects, 422, "validation_failed"),
        (format!(r#"{{"items": {open}{close}}}"#), 422, "validation_failed"),
        (format!(r#"{{"amount": {open}{close}}}"#), 422, "validation_failed"),
        (format!(r#"{{"email": {open}{close}}}"#), 422, "validation_failed"),
    ];
    for path in POSTS {
        for (body, status, code) in &table {
            shopper.post_bytes(path, Some("application/json"), body.as_bytes()).await.problem(*status, code);
        }
    }
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn a_value_of_another_kind_names_its_field() {
    let house = House::open().await;
    let product = house.product(100, 10).await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    let charges = [
        (r#"{"amount": 1000.0}"#, "amount"),
        (r#"{"amount": 1e4}"#, "amount"),
        (r#"{"amount": "1000"}"#, "amount"),
        (r#"{"amount": true}"#, "amount"),
        (r#"{"amount": null}"#, "amount"),
        (r#"{"amount": -1000}"#, "amount"),
        (r#"{"amount": -0}"#, "amount"),
        (r#"{"amount": 9223372036854775807}"#, "amount"),
        (r#"{"amount": 9223372036854775808}"#, "amount"),
        (r#"{"amount": -9223372036854775809}"#, "amount"),
        (r#"{"amount": 1e400}"#, "amount"),
        (r#"{"amount": 1000, "amount": 2000}"#, "amount"),
        (r#"{"amount": 1000, "Amount": 2000}"#, "Amount"),
        (r#"{"amount": 1000, "request_id": 7}"#, "request_id"),
        (r#"{}"#, "amount"),
        (r#"[1000, null]"#, "body"),
        (r#""amount""#, "body"),
    ];
    for (body, field) in charges {
        let answer = shopper.post_bytes("/api/v1/wallet/charges", Some("application/json"), body.as_bytes()).await;
        if body.contains("1e400") {
            // No 64 bits hold it, so it is no number of JSON that we can read.
            answer.problem(400, "malformed_request");
        } else {
            answer.invalid(field);
        }
    }
    let id = product;
    let orders = [
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": 1.5}}]}}"#), "items[0].quantity"),
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": "1"}}]}}"#), "items[0].quantity"),
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": -1}}]}}"#), "items[0].quantity"),
        (format!(r#"{{"items": [{{"product_id": {id}.0, "quantity": 1}}]}}"#), "items[0].product_id"),
        (format!(r#"{{"items": [[{id}, 1]]}}"#), "items[0]"),
        (format!(r#"{{"items": {{"product_id": {id}, "quantity": 1}}}}"#), "items"),
        (r#"{"items": [{"product_id": 99999999999999999999, "quantity": 1}]}"#.to_owned(), "items[0].product_id"),
        (r#"{"items": [{"product_id": -1, "quantity": 1}]}"#.to_owned(), "items"),
        (r#"{"items": null}"#.to_owned(), "items"),
        (r#"{"items": []}"#.to_owned(), "items"),
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": 1}}], "items": []}}"#), "items"),
        (format!(r#"{{"items": [{{"product_id": {id}, "product_id": 2, "quantity": 1}}]}}"#), "items[0].product_id"),
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": 1, "price": 1}}]}}"#), "items[0].price"),
        (
            format!(r#"{{"items": [{{"product_id": {id}, "quantity": 1}}], "expected_amount": 100.0}}"#),
            "expected_amount",
        ),
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": 1}}], "expected_amount": 0}}"#), "expected_amount"),
        (format!(r#"{{"items": [{{"product_id": {id}, "quantity": 1}}], "coupon_code": ["A"]}}"#), "coupon_code"),
    ];
    for (body, field) in orders {
        shopper.post_bytes("/api/v1/orders", Some("application/json"), body.as_bytes()).await.invalid(field);
    }
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn a_body_is_json_in_utf_8_unpacked_or_refused() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    let charge = br#"{"amount": 1000}"#;
    let table = [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/json;charset=\"UTF-8\"", 201),
        ("application/merge-patch+json", 201),
        ("application/json; charset=euc-kr", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json, text/plain", 415),
        ("text/json", 415),
        ("text/plain;application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
    ];
    for (content_type, status) in table {
        let answer = shopper.post_bytes("/api/v1/wallet/charges", Some(content_type), charge).await;
        assert_eq!(answer.status, status, "{content_type}: {}", answer.text);
        if status == 415 {
            answer.problem(415, "unsupported_media_type");
        }
    }
    for (encoding, status) in [("gzip", 415), ("br", 415), ("identity", 201)] {
        let packed = shopper.with_header("content-encoding", encoding);
        let answer = packed.post_bytes("/api/v1/wallet/charges", Some("application/json"), charge).await;
        assert_eq!(answer.status, status, "{encoding}: {}", answer.text);
    }
    let euc_kr = b"{\"email\": \"a@b.co\", \"name\": \"\xb1\xe8\", \"password\": \"correct horse 9\"}";
    house
        .visitor()
        .post_bytes("/api/v1/auth/register", Some("application/json"), euc_kr)
        .await
        .problem(400, "malformed_request");
    house.close().await;
}

#[tokio::test]
async fn bytes_that_are_no_text_have_an_answer_wherever_they_stand() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    for path in ["/api/v1/products/%FF", "/api/v1/products/%C3%28", "/api/v1/%FF", "/api/v1/orders"] {
        if path.ends_with("orders") {
            shopper.get(&format!("{path}/%ED%A0%80")).await.problem(404, "not_found");
        } else {
            house.visitor().get(path).await.problem(404, "not_found");
        }
    }
    shopper.claim("%FF%FE").await.problem(404, "not_found");
    for query in ["q=%FF", "q=a%C3%28", "%FF=1", "q=%ED%A0%80"] {
        house.visitor().get(&format!("/api/v1/products?{query}")).await.problem(400, "malformed_request");
    }
    let raw = async |name: &str, value: &[u8]| {
        let token = format!("authorization: Bearer {}\r\n", shopper.token());
        let own = if name == "authorization" { "" } else { &token };
        let kind = if name == "content-type" { "" } else { "content-type: application/json\r\n" };
        let start =
            format!("POST /api/v1/wallet/charges HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{own}{kind}{name}: ");
        let end = b"\r\ncontent-length: 16\r\n\r\n{\"amount\": 1000}";
        send(house.address, std::iter::once([start.as_bytes(), value, end].concat())).await
    };
    raw("authorization", b"Bearer \xff\xfe").await.problem(401, "unauthorized");
    raw("authorization", "Bearer 열쇠".as_bytes()).await.problem(401, "unauthorized");
    raw("idempotency-key", b"\xff\xfe").await.problem(422, "validation_failed");
    raw("content-type", b"application/json\xff").await.problem(415, "unsupported_media_type");
    raw("accept-language", b"\xff").await.problem(400, "idempotency_key_missing");
    raw("x-request-id", b"\xff").await.problem(400, "idempotency_key_missing");
    // What is no HTTP at all never reaches the shop.
    for line in [&b"GET /api/v1/products/\xff HTTP/1.1\r\n"[..], b"GET /api/v1/products?q=\x1b HTTP/1.1\r\n"] {
        let answer =
            send(house.address, std::iter::once([line, b"host: shop\r\nconnection: close\r\n\r\n"].concat())).await;
        assert!([400, 404].contains(&answer.status), "{}", answer.status);
    }
    raw("x-forwarded-for", b"1.1.1.1\0").await.problem(400, "");
    assert_eq!(shopper.balance().await, 0);
    house.close().await;
}

/// Text that elsewhere is a command, a wildcard, an end of something, or hard to see.
const STRANGE: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' OR '1'='1' --",
    "Robert'); DROP TABLE users;--",
    "100%",
    "밑_줄",
    r"back\slash\0\n",
    "{{7*7}} ${7*7} #{7*7}",
    "👩‍👩‍👧‍👦🇰🇷🏳️‍🌈",
    "שלום مرحبا",
    "\u{202e}gnirts desrever",
    "zero\u{200b}width\u{200d}joiner\u{feff}",
    "Ａ１ ﬁ ①",
    "가\u{1100}\u{1161}é e\u{301}",
];

#[tokio::test]
async fn strange_names_are_kept_as_they_were_given() {
    for house in House::on_each_engine().await {
        for name in STRANGE {
            let email = format!("{}@test.example", fresh("strange"));
            let body = json!({"email": email, "name": name, "password": PASSWORD});
            let registered = house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
            assert_eq!(registered.body["user"]["name"], name);
            let token = registered.body["access_token"].as_str().unwrap();
            let me = house.visitor().with_token(token).get("/api/v1/me").await.expect(200);
            assert_eq!((&me.body["name"], me.header("content-type")), (&json!(name), "application/json"));
        }
        let long = "가".repeat(10_000);
        for name in ["", "   ", "a\r\nb", "a\u{1b}[31m", "a\u{0}", "a\u{7f}", "a\u{85}b", long.as_str()] {
            let body = json!({"email": "a@test.example", "name": name, "password": PASSWORD});
            house.visitor().post("/api/v1/auth/register", &body).await.invalid("name");
        }
        let emails =
            ["a@b.co\r\nBcc: x@y.zz", "a\u{1b}@b.co", "<script>@b.co", "a b@c.co", "a@b.co\u{0}", "\"a\"@b.co", &long];
        for email in emails {
            let body = json!({"email": email, "name": "a", "password": PASSWORD});
            house.visitor().post("/api/v1/auth/register", &body).await.invalid("email");
            let login = json!({"email": email, "password": PASSWORD});
            house.visitor().post("/api/v1/auth/login", &login).await.problem(401, "invalid_credentials");
        }
        house.close().await;
    }
}

#[tokio::test]
async fn strange_searches_are_literal_and_find_what_is_named_so() {
    for house in House::on_each_engine().await {
        for (number, name) in STRANGE.iter().enumerate() {
            let sku = format!("STRANGE-{number}");
            let draft = shop::product::ProductDraft { name: (*name).to_owned(), ..crate::support::draft(&sku, 100, 1) };
            shop::product::service::save_products(&house.shop, vec![draft]).await.unwrap();
        }
        for (number, name) in STRANGE.iter().enumerate() {
            let q = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
            let found = house.visitor().get(&format!("/api/v1/products?q={q}")).await.expect(200);
            let skus: Vec<&str> = found.items().iter().filter_map(|product| product["sku"].as_str()).collect();
            assert!(skus.contains(&format!("STRANGE-{number}").as_str()), "{name:?} finds {skus:?}");
        }
        for q in ["%25%25", "__", "%5C%5C%5C", "%00", "%0D%0A", "%1B%5B31m", "%22", "!!"] {
            let found = house.visitor().get(&format!("/api/v1/products?q={q}")).await.expect(200);
            assert!(found.items().len() < STRANGE.len(), "{q} finds everything");
        }
        let search = async |q: String| {
            let request = format!("GET /api/v1/products?q={q} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
            send(house.address, std::iter::once(request.into_bytes())).await
        };
        search("a".repeat(10_000)).await.problem(422, "validation_failed");
        // 90,000 bytes of address: more than is read of any, so it never reaches the shop.
        search("%EA%B0%80".repeat(10_000)).await.problem(414, "");
        house.close().await;
    }
}

#[tokio::test]
async fn a_parameter_that_an_operation_does_not_know_is_refused_by_name() {
    let house = House::open().await;
    house.coupon(Discount::Rate(10), 5).await;
    let product = house.product(100, 10).await;
    let shopper = house.shopper_with(10_000).await;
    let before = shopper.facts().await;
    for path in ["/me", "/wallet", "/me/coupons", "/orders", "/coupons", "/products", "/products/popular"] {
        shopper.get(&format!("/api/v1{path}?colour=red")).await.invalid("colour");
    }
    shopper.get(&format!("/api/v1/products/{product}?colour=red")).await.invalid("colour");
    let claim = shopper.request(Method::POST, "/api/v1/coupons/ABC/claims?colour=red");
    Answer::of(claim).await.invalid("colour");
    for path in ["/orders", "/wallet/charges", "/auth/login", "/auth/register"] {
        let answer = shopper.post(&format!("/api/v1{path}?colour=red"), &json!({})).await;
        answer.invalid("colour");
    }
    assert_eq!(shopper.facts().await, before);
    house.close().await;
}

#[tokio::test]
async fn a_request_id_is_one_word_said_once() {
    let house = House::open().await;
    let shopper = house.shopper().await;
    let charge = async |keys: &[&str], body: Value| {
        let request = shopper.request(Method::POST, "/api/v1/wallet/charges").json(&body);
        Answer::of(keys.iter().fold(request, |request, key| request.header("Idempotency-Key", *key))).await
    };
    let amount = || json!({"amount": 1_000});
    let with = |key: Value| json!({"amount": 1_000, "request_id": key});
    let longest = "k".repeat(128);
    let first = charge(&[longest.as_str()], amount()).await.expect(201).body;
    assert_eq!(charge(&[longest.as_str(), longest.as_str()], amount()).await.expect(201).body, first);
    assert_eq!(charge(&[], with(json!(longest))).await.expect(201).body, first);
    charge(&[longest.as_str()], json!({"amount": 2_000})).await.problem(422, "idempotency_key_reused");
    charge(&[], amount()).await.problem(400, "idempotency_key_missing");
    charge(&["a", "b"], amount()).await.invalid("Idempotency-Key");
    charge(&["a"], with(json!("b"))).await.invalid("request_id");
    for key in ["", "a b", "a\tb", &"k".repeat(129)] {
        charge(&[key], amount()).await.invalid("Idempotency-Key");
        charge(&[], with(json!(key))).await.invalid("request_id");
    }
    for key in ["열쇠", "a\r\nb", "\u{1b}", "\u{0}"] {
        charge(&[], with(json!(key))).await.invalid("request_id");
    }
    charge(&[], with(json!(7))).await.invalid("request_id");
    // `null` is none, and a key is a key in either case of its letters.
    charge(&[], with(Value::Null)).await.problem(400, "idempotency_key_missing");
    charge(&["Key"], amount()).await.expect(201);
    charge(&["key"], amount()).await.expect(201);
    assert_eq!(shopper.balance().await, 3_000);
    // Somebody else's same word is another request, and so is the same word for an order.
    let other = house.shopper().await;
    other.post_with_key("/api/v1/wallet/charges", &longest, &amount()).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn other_peoples_orders_are_not_there() {
    let house = House::open().await;
    let product = house.product(100, 10).await;
    let (owner, other) = (house.shopper_with(10_000).await, house.shopper().await);
    let id = owner.buy(product, 1).await.expect(201).id();
    owner.get(&format!("/api/v1/orders/{id}")).await.expect(200);
    let strip = |answer: Answer| {
        let mut body = answer.problem(404, "not_found").body;
        body.as_object_mut().unwrap().remove("trace_id");
        body
    };
    let theirs = strip(other.get(&format!("/api/v1/orders/{id}")).await);
    let nobodys = strip(other.get("/api/v1/orders/018f8e3a-1111-7000-8000-000000000000").await);
    assert_eq!(theirs, nobodys);
    for same in
        [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}"), format!("{id}%00")]
    {
        owner.get(&format!("/api/v1/orders/{same}")).await.problem(404, "not_found");
    }
    assert!(other.get("/api/v1/orders").await.expect(200).items().is_empty());
    assert!(other.get("/api/v1/wallet/transactions").await.expect(200).items().is_empty());
    house.close().await;
}
