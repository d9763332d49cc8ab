//! Looking around.

use crate::fleet::{Fleet, Goods, order_of, unique};
use serde_json::json;

const PRODUCTS: &str = "/api/v1/products";
const POPULAR: &str = "/api/v1/products/popular";

pub async fn a_product_shows_its_price_and_stock(shop: &Fleet) {
    let id = shop.product(12_900, 7).await;
    let shown = shop.visitor.get(&format!("{PRODUCTS}/{id}")).await.expect(200);
    let product = shop.as_documented("get", "/api/v1/products/{id}", shown).body;
    assert_eq!((&product["id"], &product["price"]), (&json!(id), &json!(12_900)));
    let stock = ["total_stock", "reserved_stock", "available_stock"].map(|name| product[name].clone());
    assert_eq!(stock, [7, 0, 7].map(|count| json!(count)));
    assert!(product["name"].is_string() && product["created_at"].as_str().expect("a time").ends_with('Z'));
}

pub async fn a_list_is_walked_to_its_end_without_gaps_or_repeats(shop: &Fleet) {
    let mark = unique("WALK");
    let skus: Vec<String> = (1..=7).map(|number| format!("{mark}-{number}")).collect();
    let goods: Vec<Goods<'_>> =
        skus.iter().zip(1..).map(|(sku, number)| Goods { sku, price: number * 100, stock: 5 }).collect();
    let all = shop.import(&goods).await;
    for sort in ["newest", "price_asc", "price_desc", "popular"] {
        let mut seen = Vec::new();
        let first = format!("{PRODUCTS}?q={mark}&sort={sort}&limit=3");
        let mut path = first.clone();
        loop {
            let page = shop.as_documented("get", PRODUCTS, shop.visitor.get(&path).await.expect(200));
            assert!(page.items().len() <= 3);
            seen.extend(page.items().iter().map(|product| product["id"].as_i64().expect("an id")));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("{first}&cursor={cursor}");
        }
        match sort {
            "price_asc" => assert_eq!(seen, all),
            "popular" => {
                seen.sort_unstable();
                assert_eq!(seen, all);
            }
            _ => assert_eq!(seen, all.iter().rev().copied().collect::<Vec<_>>(), "{sort}"),
        }
    }
    let plain = shop.visitor.get(PRODUCTS).await.expect(200);
    assert_eq!(plain.items().len(), 24, "a page has 24 unless asked otherwise");
}

pub async fn a_search_is_a_literal_substring(shop: &Fleet) {
    let mark = unique("X");
    let skus = [format!("{mark}_a"), format!("{mark}-b")];
    shop.import(&[Goods { sku: &skus[0], price: 100, stock: 1 }, Goods { sku: &skus[1], price: 100, stock: 1 }]).await;
    let found = async |query: &str| {
        let list = shop.visitor.get(&format!("{PRODUCTS}?{query}")).await.expect(200);
        list.items().iter().map(|product| product["sku"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("q={mark}_")).await, [skus[0].as_str()], "an underscore is no wildcard");
    for nothing in [format!("q={mark}%25"), "q=%27%20OR%201=1%20--".to_owned(), format!("q={mark}&category=font")] {
        assert!(found(&nothing).await.is_empty(), "{nothing}");
    }
    assert_eq!(found(&format!("q={mark}&category=ebook")).await.len(), 2);
}

pub async fn what_is_not_for_sale_is_not_found(shop: &Fleet) {
    for id in ["999999", "0", "-1", "abc", "1.0", "99999999999999999999"] {
        let answer = shop.visitor.get(&format!("{PRODUCTS}/{id}")).await.problem(404, "not_found");
        shop.as_documented("get", "/api/v1/products/{id}", answer);
    }
}

pub async fn what_sold_most_comes_first(shop: &Fleet) {
    let product = shop.product(100, 1_000).await;
    let shopper = shop.shopper_with(10_000).await;
    for _ in 0..4 {
        let body = json!({"items": [{"product_id": product, "quantity": 10}]});
        shopper.post_with_key("/api/v1/orders", &unique("key"), &body).await.expect(201);
    }
    let popular = shop.visitor.get(&format!("{POPULAR}?days=3&limit=100")).await.expect(200);
    let popular = shop.as_documented("get", POPULAR, popular);
    let sold: Vec<i64> = popular.items().iter().map(|item| item["quantity_sold"].as_i64().expect("a count")).collect();
    assert!(sold.is_sorted_by(|one, next| one >= next), "{sold:?}");
    // A list that is kept for a moment may not know the last orders yet.
    let mine = popular.items().iter().find(|item| item["product_id"] == product);
    assert!(mine.is_none_or(|item| item["quantity_sold"].as_i64() <= Some(40)), "{mine:?}");
    assert_eq!(shop.stock(product).await, (960, 0));
    shopper.post_with_key("/api/v1/orders", &unique("key"), &order_of(&[product])).await.expect(201);
}

pub async fn an_unknown_parameter_or_value_is_refused_by_name(shop: &Fleet) {
    let public = [
        ("/products?sort=best", "sort"),
        ("/products?category=shoes", "category"),
        ("/products?limit=0", "limit"),
        ("/products?limit=101", "limit"),
        ("/products?limit=1&limit=2", "limit"),
        ("/products?cursor=nonsense", "cursor"),
        ("/products?colour=red", "colour"),
        ("/products/popular?days=0", "days"),
        ("/products/popular?days=x", "days"),
        ("/coupons?limit=0", "limit"),
    ];
    let private = [
        ("/orders?status=DONE", "status"),
        ("/orders?cursor=%00", "cursor"),
        ("/wallet/transactions?limit=1000", "limit"),
        ("/me/coupons?x=1", "x"),
    ];
    let shopper = shop.shopper_with(0).await;
    for (who, table) in [(&shop.visitor, &public[..]), (&shopper, &private)] {
        for (path, field) in table {
            let answer = who.get(&format!("/api/v1{path}")).await.invalid(field);
            let path = path.split('?').next().expect("a path");
            shop.as_documented("get", &format!("/api/v1{path}"), answer);
        }
    }
}
