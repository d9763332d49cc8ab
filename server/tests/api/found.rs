//! How others find the shop: one address a page, facts that are true, maps and feeds that are well formed,
//! whatever a product is called.

use crate::support::browser::Browser;
use crate::support::{House, draft};
use serde_json::Value;
use shop::product::ProductDraft;
use std::time::Duration;

const HOSTILE: &str = "</title></script><script>alert(1)</script>\"'&<!--\u{202e}🎵 ]]>";

fn hostile(sku: &str, stock: i64) -> ProductDraft {
    ProductDraft {
        name: format!("{HOSTILE}{sku}"),
        name_en: format!("EN {HOSTILE}{sku}"),
        summary: HOSTILE.to_owned(),
        summary_en: HOSTILE.to_owned(),
        creator: HOSTILE.to_owned(),
        ..draft(sku, 12_900, stock)
    }
}

async fn save(house: &House, draft: ProductDraft) -> i64 {
    let sku = draft.sku.clone();
    shop::product::service::save_products(&house.shop, vec![draft]).await.expect("a good product");
    let found = house.visitor().get("/api/v1/products?limit=100").await.expect(200);
    let product = found.items().iter().find(|product| product["sku"] == sku.as_str()).cloned();
    product.expect("it is there")["id"].as_i64().expect("an id")
}

/// `href` of the first `<link>` with these attributes in it.
fn link(page: &str, attributes: &[&str]) -> Option<String> {
    page.split("<link ").skip(1).map(|rest| rest.split('>').next().unwrap_or("")).find_map(|tag| {
        let all = attributes.iter().all(|attribute| tag.contains(attribute));
        let href = tag.split("href=\"").nth(1)?.split('"').next()?;
        all.then(|| href.replace("&amp;", "&"))
    })
}

fn meta<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let tags = page.split("<meta ").skip(1).map(|rest| rest.split('>').next().unwrap_or(""));
    tags.into_iter().find(|tag| tag.contains(&format!("\"{name}\"")))?.split("content=\"").nth(1)?.split('"').next()
}

/// The data blocks of a page, read as a browser would find their ends.
fn facts(page: &str) -> Vec<Value> {
    page.split("<script type=\"application/ld+json\">")
        .skip(1)
        .map(|rest| rest.split("</script").next().expect("an end"))
        .map(|block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}")))
        .collect()
}

/// Every tag is closed by its own, and no character is one that XML does not know.
#[track_caller]
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a declaration");
    for (index, part) in body.split('<').enumerate() {
        if index == 0 {
            continue;
        }
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {part}"));
        assert!(!text.contains(['>', '\u{1b}', '\u{0}']), "{text}");
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap_or("");
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "{entity}");
        }
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().expect("a name")),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn every_public_page_has_one_address_in_each_language_and_a_picture() {
    let house = House::open().await;
    let product = house.product(1_000, 5).await;
    let product_path = format!("/products/{product}");
    let table = [
        ("/", "/"),
        ("/?popular=font&utm_source=x", "/"),
        ("/products", "/products"),
        ("/products?sort=price_asc&category=ebook&lang=ko", "/products?category=ebook"),
        (&format!("{product_path}?from=mail"), &product_path),
        ("/coupons", "/coupons"),
        ("/terms", "/terms"),
    ];
    for (asked, canonical) in table {
        let plain = format!("http://shop.test{canonical}");
        let english = format!("{plain}{}lang=en", if canonical.contains('?') { "&" } else { "?" });
        for (lang, own) in [("ko", &plain), ("en", &english)] {
            // A query that names a language wins over what the browser asks for.
            let page = Browser::speaking(&house, lang)
                .get(&asked.replace("lang=ko", &format!("lang={lang}")))
                .await
                .expect(200)
                .text;
            assert_eq!(link(&page, &["rel=\"canonical\""]).as_ref(), Some(own), "{asked} {lang}");
            assert_eq!(link(&page, &["hreflang=\"ko\""]).as_ref(), Some(&plain), "{asked}");
            assert_eq!(link(&page, &["hreflang=\"en\""]).as_ref(), Some(&english), "{asked}");
            assert_eq!(link(&page, &["hreflang=\"x-default\""]).as_ref(), Some(&plain), "{asked}");
            assert_eq!(meta(&page, "og:image"), Some("http://shop.test/og.png"), "{asked}");
            assert_eq!(meta(&page, "robots"), None, "{asked}");
            assert!(meta(&page, "description").is_some_and(|text| !text.is_empty()), "{asked}");
            assert!(meta(&page, "og:title").is_some_and(|title| title.ends_with("담다") || title.ends_with("Damda")));
        }
    }
    house.close().await;
}

#[tokio::test]
async fn titles_and_descriptions_tell_the_lists_apart() {
    let house = House::open().await;
    house.product(1_000, 5).await;
    let mut titles = std::collections::BTreeSet::new();
    let paths = [
        "/",
        "/products",
        "/products?category=ebook",
        "/products?category=font",
        "/products?q=x",
        "/products?category=font&q=x",
        "/products?sort=popular",
    ];
    for path in paths {
        let page = Browser::speaking(&house, "ko").get(path).await.expect(200).text;
        let title =
            page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).expect("a title").to_owned();
        assert!(titles.insert(title.clone()), "{path}: {title}");
    }
    house.close().await;
}

#[tokio::test]
async fn what_is_private_a_search_or_an_error_is_not_to_be_found() {
    let house = House::open().await;
    house.product(1_000, 5).await;
    let mut browser = Browser::of(&house);
    browser.log_in_with(&house, 1_000).await;
    for (path, status) in [
        ("/wallet", 200),
        ("/orders", 200),
        ("/account", 200),
        ("/cart", 200),
        ("/products?q=x", 200),
        ("/no-such-page", 404),
        ("/products?sort=cheap", 422),
    ] {
        let page = browser.get(path).await.expect(status);
        assert_eq!(meta(&page.text, "robots"), Some("noindex"), "{path}");
        assert_eq!(link(&page.text, &["rel=\"canonical\""]), None, "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_products_facts_are_true_and_cannot_break_out() {
    let house = House::open().await;
    let (left, gone) = (save(&house, hostile("LEFT", 3)).await, save(&house, hostile("GONE", 0)).await);
    for (id, sku, availability) in [(left, "LEFT", "InStock"), (gone, "GONE", "OutOfStock")] {
        for (lang, name) in [("ko", format!("{HOSTILE}{sku}")), ("en", format!("EN {HOSTILE}{sku}"))] {
            let page = Browser::speaking(&house, lang).get(&format!("/products/{id}")).await.expect(200).text;
            assert!(!page.contains("<script>alert") && !page.contains("</title></script>"), "{page}");
            let facts = facts(&page);
            assert_eq!(facts.len(), 2, "a product and the way to it");
            assert_eq!(facts[0]["@type"], "Product");
            assert_eq!(facts[0]["name"], name.as_str());
            let offer = &facts[0]["offers"];
            assert_eq!((&offer["price"], &offer["priceCurrency"]), (&Value::from(12_900), &Value::from("KRW")));
            assert_eq!(offer["availability"], format!("https://schema.org/{availability}"));
            assert_eq!(facts[1]["@type"], "BreadcrumbList");
            assert_eq!(facts[1]["itemListElement"][2]["name"], name.as_str());
            assert_eq!(facts[0]["url"].as_str(), link(&page, &["rel=\"canonical\""]).as_deref());
        }
    }
    let shopper = house.shopper_with(50_000).await;
    shopper.buy(left, 3).await.expect(201);
    let page = Browser::of(&house).get(&format!("/products/{left}")).await.expect(200).text;
    assert_eq!(facts(&page)[0]["offers"]["availability"], "https://schema.org/OutOfStock");
    house.close().await;
}

#[tokio::test]
async fn a_products_own_picture_is_shown_where_social_sites_can_show_it() {
    let house = House::open().await;
    for (cover, picture) in [("book.png", "/covers/book.png"), ("book.svg", "/og.png"), ("", "/og.png")] {
        let sku = format!("COVER-{}", cover.replace('.', "-"));
        let id = save(&house, ProductDraft { cover: cover.to_owned(), ..draft(&sku, 1_000, 1) }).await;
        let page = Browser::of(&house).get(&format!("/products/{id}")).await.expect(200).text;
        assert_eq!(meta(&page, "og:image"), Some(format!("http://shop.test{picture}").as_str()), "{cover}");
    }
    house.close().await;
}

#[tokio::test]
async fn the_map_names_every_product_and_page_once() {
    for house in House::on_each_engine().await {
        let empty = house.visitor().get("/sitemap.xml").await.expect(200);
        well_formed(&empty.text);
        assert_eq!(empty.text.matches("<loc>").count(), 1);
        let (first, second) = (save(&house, hostile("A", 1)).await, save(&house, hostile("B", 0)).await);
        let index = house.visitor().get("/sitemap.xml").await.expect(200);
        well_formed(&index.text);
        assert!(index.header("content-type").starts_with("application/xml"));
        assert!(index.text.contains("<loc>http://shop.test/sitemap.xml?part=1</loc>"), "{}", index.text);
        let part = house.visitor().get("/sitemap.xml?part=1").await.expect(200);
        well_formed(&part.text);
        for id in [first, second] {
            assert!(
                part.text.contains(&format!("<loc>http://shop.test/products/{id}</loc><lastmod>20")),
                "{}",
                part.text
            );
        }
        assert_eq!(part.text.matches("<url>").count(), 2);
        let pages = house.visitor().get("/sitemap.xml?part=pages").await.expect(200);
        well_formed(&pages.text);
        for path in ["/", "/products", "/products?category=font", "/terms"] {
            assert!(pages.text.contains(&format!("<loc>http://shop.test{path}</loc>")), "{path}");
        }
        for nonsense in ["part=0", "part=2", "part=-1", "part=x", "part=99999999999999999999", "x"] {
            house.visitor().get(&format!("/sitemap.xml?{nonsense}")).await.problem(404, "not_found");
        }
        house.close().await;
    }
}

#[tokio::test]
async fn the_feed_is_well_formed_in_both_languages_whatever_products_are_called() {
    let house = House::open().await;
    let empty = house.visitor().get("/feed.xml").await.expect(200);
    well_formed(&empty.text);
    let id = save(&house, hostile("FEED", 1)).await;
    for (path, lang, name) in [("/feed.xml", "ko", HOSTILE), ("/feed.xml?lang=en", "en", "EN </title>")] {
        let feed = house.visitor().with_header("accept-language", "en").get(path).await.expect(200);
        assert!(feed.header("content-type").starts_with("application/atom+xml"));
        well_formed(&feed.text);
        let escaped = name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
        for part in [
            format!("xml:lang=\"{lang}\""),
            format!("<id>http://shop.test/products/{id}</id>"),
            format!("<title>{escaped}"),
            "rel=\"self\"".to_owned(),
            "<updated>20".to_owned(),
        ] {
            assert!(feed.text.contains(&part), "{part}: {}", feed.text);
        }
    }
    // What is new comes first, and what is not for sale not at all.
    house.clock.advance(Duration::from_secs(1));
    let later = save(&house, draft("LATER", 1_000, 1)).await;
    let gone = save(&house, draft("GONE", 1_000, 1)).await;
    let taken_away = ProductDraft { is_active: false, ..draft("GONE", 1_000, 1) };
    shop::product::service::save_products(&house.shop, vec![taken_away]).await.expect("saved");
    let feed = house.visitor().get("/feed.xml").await.expect(200).text;
    let place = |product: i64| feed.find(&format!("<id>http://shop.test/products/{product}</id>"));
    assert!(place(later) < place(id) && place(later).is_some() && place(gone).is_none(), "{feed}");
    house.close().await;
}

#[tokio::test]
async fn robots_are_told_what_is_private_and_where_the_map_is() {
    let house = House::open().await;
    let robots = house.visitor().get("/robots.txt").await.expect(200);
    assert!(robots.header("content-type").starts_with("text/plain"));
    for path in ["/account", "/admin", "/api", "/cart", "/checkout", "/login", "/orders", "/wallet"] {
        assert!(robots.text.lines().any(|line| line == format!("Disallow: {path}")), "{path}");
    }
    assert!(robots.text.contains("Sitemap: http://shop.test/sitemap.xml"));
    let manifest = house.visitor().get("/manifest.webmanifest").await.expect(200);
    assert_eq!((&manifest.body["name"], &manifest.body["start_url"]), (&Value::from("담다"), &Value::from("/")));
    house.close().await;
}

#[tokio::test]
async fn what_was_looked_at_is_remembered_by_the_browser_alone_until_it_is_cleared() {
    let house = House::open().await;
    let (one, other) = (house.product(1_000, 5).await, house.product(2_000, 5).await);
    let mut browser = Browser::of(&house);
    assert!(!browser.get("/").await.expect(200).text.contains("seen-title"));
    browser.get(&format!("/products/{one}")).await.expect(200);
    let page = browser.get(&format!("/products/{other}")).await.expect(200).text;
    let seen = page.split("id=\"seen-title\"").nth(1).expect("what was seen");
    let shows = |product: i64| seen.contains(&format!("href=\"/products/{product}\""));
    assert!(shows(one) && !shows(other));
    assert!(browser.get("/").await.expect(200).text.contains("seen-title"));
    assert_eq!(browser.cookies.get("seen").map(String::as_str), Some(format!("{other}.{one}").as_str()));
    assert_eq!(browser.post("/fn/forget_seen", &[("next", "/")]).await, "/");
    assert!(!browser.get("/").await.expect(200).text.contains("seen-title"));
    for forged in ["999999", "x", "-1", "1.1.1", "\"><script>"] {
        browser.cookies.insert("seen".to_owned(), forged.to_owned());
        let page = browser.get("/").await.expect(200).text;
        assert!(!page.contains("<script>"), "{forged}");
    }
    house.close().await;
}

#[tokio::test]
async fn who_finds_nothing_is_shown_what_sells() {
    let house = House::open().await;
    let product = house.product(1_000, 50).await;
    let shopper = house.shopper_with(10_000).await;
    let nothing = "/products?q=%EC%97%86%EB%8A%94%EA%B2%83";
    assert!(!Browser::of(&house).get(nothing).await.expect(200).text.contains(&format!("/products/{product}\"")));
    shopper.buy(product, 2).await.expect(201);
    // A ranking is a second old at most.
    house.clock.advance(Duration::from_secs(1));
    assert!(Browser::of(&house).get(nothing).await.expect(200).text.contains(&format!("/products/{product}\"")));
    let popular = Browser::of(&house).get("/?popular=ebook").await.expect(200).text;
    assert!(popular.contains("id=\"popular\""));
    for nonsense in ["font", "x", "%ff"] {
        Browser::of(&house).get(&format!("/?popular={nonsense}")).await.expect(200);
    }
    house.close().await;
}
