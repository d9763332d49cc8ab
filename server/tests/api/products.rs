//! Listing, finding and looking at products.

use crate::support::{House, draft};
use serde_json::json;
use shop::product::{Category, ProductDraft};

#[tokio::test]
async fn a_product_shows_its_price_and_stock() {
    let house = House::open().await;
    let id = house.product(12_900, 7).await;
    let product = house.visitor().get(&format!("/api/v1/products/{id}")).await.expect(200).body;
    assert_eq!(product["id"], id);
    assert_eq!((&product["price"], &product["total_stock"]), (&json!(12_900), &json!(7)));
    assert_eq!((&product["reserved_stock"], &product["available_stock"]), (&json!(0), &json!(7)));
    assert_eq!(product["category"], "ebook");
    assert!(product["name"].is_string() && product["description"].is_string());
    assert!(product["created_at"].as_str().unwrap().ends_with('Z'));
    house.close().await;
}

#[tokio::test]
async fn a_list_is_paged_to_its_end_without_gaps_or_repeats() {
    for house in House::on_each_engine().await {
        let mut all = Vec::new();
        for price in 1..=7 {
            all.push(house.product(price * 100, 5).await);
        }
        for sort in ["newest", "price_asc", "price_desc", "popular"] {
            let mut seen = Vec::new();
            let mut path = format!("/api/v1/products?sort={sort}&limit=3");
            loop {
                let page = house.visitor().get(&path).await.expect(200);
                assert!(page.items().len() <= 3);
                seen.extend(page.items().iter().map(|product| product["id"].as_i64().unwrap()));
                let Some(cursor) = page.body["next_cursor"].as_str() else { break };
                path = format!("/api/v1/products?sort={sort}&limit=3&cursor={cursor}");
            }
            let mut sorted = seen.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, all, "{sort}");
            match sort {
                "price_asc" => assert_eq!(seen, all),
                "price_desc" | "newest" => assert_eq!(seen, all.iter().rev().copied().collect::<Vec<_>>()),
                _ => {}
            }
        }
        house.close().await;
    }
}

#[tokio::test]
async fn a_search_is_literal() {
    for house in House::on_each_engine().await {
        let named = |sku: &str, name: &str| ProductDraft { name: name.to_owned(), ..draft(sku, 100, 1) };
        house.save(named("P-1", "100% 코튼")).await;
        house.save(named("P-2", "100원 코튼")).await;
        house.save(named("P-3", "밑_줄")).await;
        house.save(ProductDraft { category: Category::Font, ..named("P-4", "느낌표! 글꼴") }).await;
        let table = [
            ("q=100%25", vec!["P-1"]),
            ("q=%EC%BD%94%ED%8A%BC", vec!["P-1", "P-2"]),
            ("q=_", vec!["P-3"]),
            ("q=!", vec!["P-4"]),
            ("q=%27%20OR%201=1%20--", vec![]),
            ("category=font", vec!["P-4"]),
            ("q=", vec!["P-1", "P-2", "P-3", "P-4"]),
        ];
        for (query, skus) in table {
            let found = house.visitor().get(&format!("/api/v1/products?{query}")).await.expect(200);
            let mut found: Vec<&str> = found.items().iter().map(|product| product["sku"].as_str().unwrap()).collect();
            found.sort_unstable();
            assert_eq!(found, skus, "{query}");
        }
        house.close().await;
    }
}

#[tokio::test]
async fn an_unknown_parameter_or_value_is_refused_by_name() {
    let house = House::open().await;
    let table = [
        ("/products?sort=best", "sort"),
        ("/products?category=shoes", "category"),
        ("/products?limit=0", "limit"),
        ("/products?limit=101", "limit"),
        ("/products?limit=many", "limit"),
        ("/products?limit=1&limit=2", "limit"),
        ("/products?cursor=nonsense", "cursor"),
        ("/products?colour=red", "colour"),
        ("/products/popular?days=0", "days"),
        ("/products/popular?days=31", "days"),
        ("/products/popular?days=x", "days"),
        ("/coupons?limit=0", "limit"),
    ];
    for (path, field) in table {
        house.visitor().get(&format!("/api/v1{path}")).await.invalid(field);
    }
    let shopper = house.shopper().await;
    for (path, field) in [
        ("/orders?status=DONE", "status"),
        ("/orders?cursor=%00", "cursor"),
        ("/wallet/transactions?limit=1000", "limit"),
        ("/me/coupons?x=1", "x"),
    ] {
        shopper.get(&format!("/api/v1{path}")).await.invalid(field);
    }
    house.close().await;
}

#[tokio::test]
async fn what_is_not_for_sale_is_not_found() {
    let house = House::open().await;
    house.save(ProductDraft { is_active: false, ..draft("HIDDEN", 100, 1) }).await;
    for id in ["1", "999", "0", "-1", "abc", "1.0", "01", "+1", "99999999999999999999", "%31%00", "%FF"] {
        house.visitor().get(&format!("/api/v1/products/{id}")).await.problem(404, "not_found");
    }
    assert!(house.visitor().get("/api/v1/products").await.expect(200).items().is_empty());
    house.close().await;
}

#[tokio::test]
async fn what_sells_most_comes_first() {
    for house in House::on_each_engine().await {
        let (quiet, loud) = (house.product(1_000, 50).await, house.product(1_000, 50).await);
        let shopper = house.shopper_with(100_000).await;
        shopper.buy(quiet, 1).await.expect(201);
        shopper.buy(loud, 5).await.expect(201);
        let popular = house.visitor().get("/api/v1/products/popular?days=3&limit=10").await.expect(200);
        let sold: Vec<_> = popular
            .items()
            .iter()
            .map(|item| (item["product_id"].as_i64().unwrap(), item["quantity_sold"].as_i64().unwrap()))
            .collect();
        assert_eq!(sold[..2], [(loud, 5), (quiet, 1)]);
        assert!(popular.items()[0]["name"].is_string());
        house.close().await;
    }
}
