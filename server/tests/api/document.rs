//! The API's document: complete, true, and its examples work.

use crate::support::schema::Document;
use crate::support::{Answer, Client, House, fresh};
use regex::Regex;
use reqwest::Method;
use serde_json::{Value, json};
use server::problem::CODES;
use server::rest::openapi::document;
use server::{router, seed};
use std::collections::BTreeSet;

/// Under `/api`, but for people: the page that shows the document, and its files.
const FOR_PEOPLE: [&str; 5] = ["/api", "/api/", "/api/docs", "/api/docs/", "/api/docs/{file}"];

/// Every operation: method, path, description.
fn operations(document: &Document) -> Vec<(String, String, &Value)> {
    let paths = document.0["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    });
    operations.collect()
}

fn codes_of(operation: &Value) -> BTreeSet<(String, String)> {
    let responses = operation["responses"].as_object().expect("responses");
    let codes = responses.iter().flat_map(|(status, response)| {
        let schema = &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"];
        let codes = schema["enum"].as_array().into_iter().flatten();
        codes.map(|code| (code.as_str().expect("a code").to_owned(), status.clone()))
    });
    codes.collect()
}

#[tokio::test]
async fn the_document_and_the_router_name_the_same_addresses() {
    let house = House::open().await;
    let known = format!("{:?}", router::router(house.web.clone()));
    let address = Regex::new(r#""(/api[^"]*|/healthz|/readyz)""#).unwrap();
    let nested = |path: &str| path.contains("__private__axum");
    let routed: BTreeSet<String> = address
        .captures_iter(&known)
        .map(|found| found[1].to_owned())
        .filter(|path| !nested(path) && !FOR_PEOPLE.contains(&path.as_str()))
        .collect();
    let document = Document(document());
    let described: BTreeSet<String> = operations(&document).into_iter().map(|(_, path, _)| path).collect();
    assert_eq!(routed, described);
    assert_eq!(described.len(), 17, "a route was added or taken away: count it here");
    for people in FOR_PEOPLE {
        assert!(known.contains(&format!("\"{people}\"")), "{people} is no longer there");
    }
    house.close().await;
}

#[tokio::test]
async fn every_address_takes_the_documented_methods_and_no_other() {
    let house = House::open().await;
    let document = Document(document());
    for (path, methods) in document.0["paths"].as_object().expect("paths") {
        if !path.starts_with("/api/v1") {
            continue;
        }
        let mut described: BTreeSet<String> =
            methods.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
        if described.contains("GET") {
            described.insert("HEAD".to_owned());
        }
        let address = path.replace("{id}", "1").replace("{code}", "ABC");
        for method in ["BREW", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
            let answer = Answer::of(house.visitor().request(method.parse().unwrap(), &address)).await;
            let answer = answer.problem(405, "method_not_allowed");
            let allowed: BTreeSet<String> =
                answer.header("allow").split(',').map(|name| name.trim().to_owned()).collect();
            assert_eq!(allowed, described, "{method} {path}");
        }
    }
    house.close().await;
}

#[test]
fn the_documented_codes_are_those_of_the_program_with_their_status() {
    let document = Document(document());
    let known: BTreeSet<(String, String)> =
        CODES.iter().map(|(code, status)| ((*code).to_owned(), status.as_str().to_owned())).collect();
    let mut told: BTreeSet<(String, String)> =
        operations(&document).iter().flat_map(|(_, _, operation)| codes_of(operation)).collect();
    // No operation can answer this: it is what an address answers that has no such operation.
    told.insert(("method_not_allowed".to_owned(), "405".to_owned()));
    assert_eq!(told, known);
    let listed: BTreeSet<&str> = document.0["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(listed, CODES.iter().map(|(code, _)| *code).collect());
}

#[test]
fn the_document_is_openapi_3_1_and_hangs_together() {
    let document = Document(document());
    assert!(document.0["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document.0["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let reference = Regex::new(r##""\$ref":"([^"]+)""##).unwrap();
    let text = document.0.to_string();
    let mut count = 0;
    for found in reference.captures_iter(&text) {
        document.resolved(&json!({"$ref": &found[1]}));
        count += 1;
    }
    assert!(count > 50);
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("a name");
        assert!(names.insert(name.to_owned()), "{name} is there twice");
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{method} {path}");
        assert!(operation["security"].is_array(), "{method} {path} does not say whether it needs a token");
        let private = codes_of(operation).iter().any(|(code, _)| code == "unauthorized");
        assert_eq!(operation["security"].to_string().contains("bearer"), private, "{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["headers"]["x-request-id"].is_object(), "{method} {path} {status}");
        }
    }
}

#[test]
fn every_example_in_the_document_fits_its_schema() {
    let document = Document(document());
    let mut count = 0;
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap().values();
        let bodies = responses.chain([&operation["requestBody"]]);
        for content in bodies.filter_map(|body| body["content"].as_object()).flat_map(|content| content.values()) {
            let several = content["examples"].as_object().into_iter().flat_map(|all| all.values());
            let examples = several.map(|example| &example["value"]).chain(content.get("example"));
            for example in examples {
                assert_eq!(document.differences(&content["schema"], example), [""; 0], "{method} {path}");
                count += 1;
            }
        }
        if operation.get("requestBody").is_some() {
            assert!(examples_of(operation)[0].is_some(), "{method} {path} lacks an example");
        }
    }
    assert!(count > 90, "{count}");
}

/// The bodies that an operation gives as examples; one of nothing when it takes none.
fn examples_of(operation: &Value) -> Vec<Option<Value>> {
    let content = &operation["requestBody"]["content"]["application/json"];
    let several = content["examples"].as_object().into_iter().flat_map(|all| all.values());
    let examples: Vec<_> =
        several.map(|example| &example["value"]).chain(content.get("example")).cloned().map(Some).collect();
    if examples.is_empty() { vec![None] } else { examples }
}

/// The address with the examples of its parameters: all of them, and none but those in the path.
fn addresses(document: &Document, path: &str, operation: &Value, order: &str) -> Vec<String> {
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    let example = |parameter: &Value| {
        let schema = document.resolved(&parameter["schema"]);
        let shown = parameter.get("example").or_else(|| schema["examples"].get(0));
        let shown = shown.or_else(|| schema.get("default")).or_else(|| schema["enum"].get(0));
        shown.map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
    };
    let mut address = path.to_owned();
    for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
        let name = parameter["name"].as_str().expect("a name");
        let value = example(parameter).unwrap_or_else(|| order.to_owned());
        address = address.replace(&format!("{{{name}}}"), &value);
    }
    let queries: Vec<String> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| {
            let name = parameter["name"].as_str().expect("a name");
            let value = example(parameter).unwrap_or_else(|| panic!("{path}: {name} has no example"));
            format!("{name}={}", percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC))
        })
        .collect();
    if queries.is_empty() { vec![address] } else { vec![address.clone(), format!("{address}?{}", queries.join("&"))] }
}

/// The demo's shopper, by the document's own example of logging in.
async fn demo_shopper(house: &House) -> Client {
    let login = json!({"email": seed::SHOPPER.email, "password": seed::SHOPPER.password});
    let answer = house.visitor().post("/api/v1/auth/login", &login).await.expect(200);
    house.visitor().with_token(answer.body["access_token"].as_str().expect("a token"))
}

#[tokio::test]
async fn every_request_example_works_in_the_demo_shop_and_is_answered_as_documented() {
    let house = House::open().await;
    seed::seed_demo(&house.shop).await.unwrap();
    let document = Document(house.visitor().get("/api/openapi.json").await.expect(200).body);
    let shopper = demo_shopper(&house).await;
    let order = shopper.buy(1, 1).await.expect(201).id();
    let mut asked = operations(&document);
    // The coupon is claimed before an order pays with it.
    asked.sort_by_key(|(_, path, _)| path.ends_with("/orders"));
    let mut count = 0;
    for (method, path, operation) in asked {
        let method: Method = method.parse().unwrap();
        for address in addresses(&document, &path, operation, &order) {
            for body in examples_of(operation) {
                let request = shopper.request(method.clone(), &address).header("Idempotency-Key", fresh("example"));
                let answer = Answer::of(match &body {
                    Some(body) => request.json(body),
                    None => request,
                })
                .await;
                let context = format!("{method} {address} {body:?}: {}", answer.text);
                let success = operation["responses"].as_object().unwrap().keys().next().unwrap();
                assert_eq!(&answer.status.to_string(), success, "{context}");
                let word = method.as_str().to_lowercase();
                let schema = document.response_schema(&word, &path, answer.status, answer.header("content-type"));
                let schema = schema.unwrap_or_else(|| panic!("its content type is not documented: {context}"));
                let mut found = document.differences(schema, &answer.body);
                if path == "/api/openapi.json" {
                    found.retain(|difference| !difference.ends_with("is not in the document"));
                }
                assert_eq!(found, [""; 0], "{context}");
                count += 1;
            }
        }
    }
    assert!(count >= 22, "{count}");
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn refusals_are_answered_as_documented() {
    let house = House::open().await;
    seed::seed_demo(&house.shop).await.unwrap();
    let document = Document(document());
    let (visitor, shopper) = (house.visitor(), demo_shopper(&house).await);
    let poor = house.shopper().await;
    let line = json!({"items": [{"product_id": 1, "quantity": 10}]});
    let wrong = json!({"items": [{"product_id": 1, "quantity": 11}], "colour": 1});
    let login = json!({"email": "nobody@test.example", "password": "wrong password"});
    let mut answers = vec![
        ("/api/v1/me", "get", visitor.get("/api/v1/me").await),
        ("/api/v1/orders", "post", visitor.order(&line).await),
        ("/api/v1/orders", "post", shopper.order(&wrong).await),
        ("/api/v1/orders", "post", shopper.order(&json!({"items": [{"product_id": 999_999, "quantity": 1}]})).await),
        ("/api/v1/orders", "post", poor.order(&line).await),
        ("/api/v1/orders", "post", shopper.post("/api/v1/orders", &line).await),
        ("/api/v1/products", "get", visitor.get("/api/v1/products?sort=best&limit=0").await),
        ("/api/v1/products/{id}", "get", visitor.get("/api/v1/products/999999").await),
        ("/api/v1/auth/login", "post", visitor.post("/api/v1/auth/login", &login).await),
        ("/api/v1/coupons/{code}/claims", "post", shopper.claim("AUTUMN15").await),
        ("/api/v1/coupons/{code}/claims", "post", shopper.claim("NOSUCHCODE").await),
        ("/api/v1/wallet/charges", "post", shopper.charge(1_005).await),
    ];
    let sold_out = visitor.get("/api/v1/products?limit=100").await.expect(200);
    let sold_out = sold_out.items().iter().find(|product| product["available_stock"] == 0).unwrap()["id"].as_i64();
    answers.push(("/api/v1/orders", "post", shopper.buy(sold_out.unwrap(), 1).await));
    let priced = json!({"items": [{"product_id": 1, "quantity": 1}], "expected_amount": 1});
    let changed = shopper.order(&priced).await;
    let refused = changed.body["order_id"].as_str().unwrap().to_owned();
    answers.push(("/api/v1/orders", "post", changed));
    answers.push(("/api/v1/orders/{id}", "get", shopper.get(&format!("/api/v1/orders/{refused}")).await));
    let mut seen = BTreeSet::new();
    for (path, method, answer) in answers {
        let schema = document.response_schema(method, path, answer.status, answer.header("content-type"));
        let schema = schema.unwrap_or_else(|| panic!("{method} {path}: {} is not documented", answer.status));
        assert_eq!(document.differences(schema, &answer.body), [""; 0], "{method} {path}: {}", answer.text);
        seen.extend(answer.body["code"].as_str().map(ToOwned::to_owned));
    }
    assert!(seen.len() >= 9, "{seen:?}");
    house.close().await;
}

#[tokio::test]
async fn the_document_is_kept_by_whoever_has_it() {
    let house = House::open().await;
    let first = house.visitor().get("/api/openapi.json").await.expect(200);
    assert_eq!(first.header("content-type"), "application/json");
    let again = house.visitor().with_header("if-none-match", first.header("etag"));
    assert_eq!(again.get("/api/openapi.json").await.expect(304).text, "");
    house.close().await;
}

#[tokio::test]
async fn the_page_for_people_is_whole_within_this_shop() {
    let house = House::open().await;
    let visitor = house.visitor();
    let part = Regex::new(r#"(?:src|href)="([^"]+)""#).unwrap();
    for path in ["/api/docs", "/api/docs/"] {
        let page = visitor.get(path).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let parts: Vec<&str> = part.captures_iter(&page.text).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(parts.len() >= 6, "{}", page.text);
        for part in parts {
            assert!(part.starts_with("/api/docs/"), "{part} is of another site");
            let file = visitor.request(Method::GET, part).send().await.unwrap();
            assert_eq!(file.status(), 200, "{part}");
            assert!(!file.bytes().await.unwrap().is_empty());
        }
    }
    let script = visitor.get("/api/docs/swagger-initializer.js").await.expect(200);
    assert!(script.text.contains("/api/openapi.json") && !script.text.contains("http"), "{}", script.text);
    for path in ["/api/docs/nothing.js", "/api/docs/index.html", "/api/docs/..%2fopenapi.json"] {
        visitor.get(path).await.problem(404, "not_found");
    }
    house.close().await;
}
