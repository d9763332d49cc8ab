//! What is for sale: saving, finding, listing, searching, and what sells.

use crate::support::*;
use shop::Won;
use shop::id::ProductId;
use shop::page::{Page, PageLimit};
use shop::product::service::{SavedProducts, find_product, find_products, list_products, save_products};
use shop::product::{Category, PopularProduct, Product, ProductDraft, ProductQuery, ProductSort};
use shop::stats::service::list_popular;
use std::collections::BTreeSet;

fn named(name: &str) -> ProductDraft {
    ProductDraft { name: name.to_owned(), ..draft(1_000, 5) }
}

fn search(text: &str) -> ProductQuery {
    ProductQuery { text: Some(text.to_owned()), ..ProductQuery::default() }
}

async fn names_found(shop: &TestShop, text: &str) -> Vec<String> {
    let found = list_products(shop, &search(text)).await.unwrap();
    found.items.into_iter().map(|product| product.name).collect()
}

/// Every product of a list in pages of `limit`.
async fn list_all(shop: &TestShop, query: &ProductQuery, limit: i64) -> Vec<Product> {
    let mut all = Vec::new();
    let mut page = Page::first(PageLimit::new(limit).unwrap());
    loop {
        let slice = list_products(shop, &ProductQuery { page: page.clone(), ..query.clone() }).await.unwrap();
        assert!(slice.items.len() <= page.limit.rows());
        all.extend(slice.items);
        page.cursor = slice.next_cursor;
        if page.cursor.is_none() {
            return all;
        }
        assert!(all.len() < 1_000, "the list never ends");
    }
}

on_both_engines! {
    async fn saving_adds_and_changes_products_and_moves_stock_by_supplies(shop) {
        let first = ProductDraft { sku: "A".to_owned(), name: "책 🎵".to_owned(), ..draft(12_900, 10) };
        let second = ProductDraft { sku: "B".to_owned(), ..draft(5_000, 0) };
        let saved = save_products(shop, vec![first.clone(), second.clone()]).await.unwrap();
        assert_eq!(saved, SavedProducts { added: 2, updated: 0 });
        let id = shop.product_of("A").await;
        let product = find_product(shop, id).await.unwrap().unwrap();
        assert_eq!(
            (product.name.as_str(), product.price, product.category),
            ("책 🎵", Won::new(12_900), Category::Ebook)
        );
        assert_eq!((product.total_stock, product.reserved_stock, product.available_stock), (10, 0, 10));

        let up = ProductDraft { total_stock: 25, name: "새 이름".to_owned(), ..first.clone() };
        let saved = save_products(shop, vec![up, ProductDraft { sku: "C".to_owned(), ..draft(100, 1) }]).await.unwrap();
        assert_eq!(saved, SavedProducts { added: 1, updated: 1 });
        assert_eq!(shop.stock(id).await, (25, 0));
        verify(shop).await;
        let down = ProductDraft { total_stock: 3, is_active: false, ..first };
        for _ in 0..2 {
            // The second time nothing changes, and that is no fault.
            assert_eq!(save_products(shop, vec![down.clone()]).await.unwrap(), SavedProducts { added: 0, updated: 1 });
            assert_eq!(shop.stock(id).await, (3, 0));
        }
        assert_eq!(find_product(shop, id).await.unwrap(), None, "it is no longer sold");
        let supplies = shop.figure(&format!("SELECT COUNT(*) AS n FROM stock_supplies WHERE product_id = {id}")).await;
        assert_eq!(supplies, 3, "ten in, fifteen in, twenty-two out; no change is no supply");
    }

    async fn a_stock_below_what_is_reserved_is_refused_and_nothing_of_the_file_is_kept(shop) {
        let user = shop.shopper(100_000).await;
        let held = ProductDraft { sku: "HELD".to_owned(), ..draft(1_000, 10) };
        let product = shop.save(held.clone()).await;
        shop.reserve(user, order_request(&[(product, 4)])).await;
        let low = ProductDraft { total_stock: 3, price: Won::new(2_000), ..held.clone() };
        let outcome = save_products(shop, vec![ProductDraft { sku: "NEW".to_owned(), ..draft(100, 1) }, low]).await;
        assert_eq!(wrong_fields(outcome), ["products[1].stock"]);
        assert_eq!((shop.count("products").await, shop.stock(product).await), (1, (10, 4)));
        assert_eq!(find_product(shop, product).await.unwrap().unwrap().price, Won::new(1_000));

        save_products(shop, vec![ProductDraft { total_stock: 4, ..held }]).await.unwrap();
        assert_eq!(shop.stock(product).await, (4, 4));
    }

    async fn every_bad_draft_is_named_and_none_is_saved(shop) {
        let drafts = vec![
            draft(1_000, 1),
            ProductDraft { price: Won::new(50), total_stock: -1, ..draft(100, 1) },
            ProductDraft { sku: "TWICE".to_owned(), ..draft(100, 1) },
            ProductDraft { sku: "TWICE".to_owned(), name: " ".to_owned(), ..draft(100, 1) },
        ];
        let fields = wrong_fields(save_products(shop, drafts).await);
        assert_eq!(fields, ["products[1].price", "products[1].stock", "products[3].name", "products[3].sku"]);
        assert_eq!(shop.count("products").await, 0);
    }

    async fn a_thousand_products_are_saved_in_one_go(shop) {
        let drafts: Vec<ProductDraft> = (0..1_000).map(|_| draft(1_000, 7)).collect();
        assert_eq!(save_products(shop, drafts.clone()).await.unwrap(), SavedProducts { added: 1_000, updated: 0 });
        assert_eq!(shop.figure("SELECT CAST(SUM(total_stock) AS SIGNED INTEGER) AS n FROM products").await, 7_000);
    }

    async fn a_search_is_a_literal_substring(shop) {
        let names = [
            "100% 할인",
            "a_b",
            "axb",
            "안녕!",
            "back\\slash",
            "it's",
            "say \"hi\"",
            "🎵 music",
            "🎨 art",
            "평범한 책",
        ];
        for name in names {
            shop.save(named(name)).await;
        }
        let table: [(&str, &[&str]); 17] = [
            ("%", &["100% 할인"]),
            ("0%", &["100% 할인"]),
            ("_", &["a_b"]),
            ("a_b", &["a_b"]),
            ("!", &["안녕!"]),
            ("!%", &[]),
            ("\\", &["back\\slash"]),
            ("k\\s", &["back\\slash"]),
            ("\\%", &[]),
            ("'", &["it's"]),
            ("' OR '1'='1", &[]),
            ("\"hi\"", &["say \"hi\""]),
            ("🎵", &["🎵 music"]),
            ("🎨", &["🎨 art"]),
            ("🎹", &[]),
            ("범한", &["평범한 책"]),
            ("평범한책", &[]),
        ];
        for (text, found) in table {
            assert_eq!(names_found(shop, text).await, found, "{text}");
        }
        assert_eq!(names_found(shop, "").await.len(), names.len());
        assert_eq!(wrong_fields(list_products(shop, &search(&"가".repeat(101))).await), ["q"]);
        assert!(list_products(shop, &search(&"가".repeat(100))).await.unwrap().items.is_empty());
    }

    async fn a_search_takes_capitals_for_small_letters_and_accents_for_themselves(shop) {
        for name in ["Rust Book", "café", "CAFÉ NOIR", "cafe"] {
            shop.save(named(name)).await;
        }
        assert_eq!(names_found(shop, "rUST b").await, ["Rust Book"]);
        assert_eq!(names_found(shop, "cafe").await, ["cafe"], "an accent is another letter");
        assert!(names_found(shop, "CAFÉ").await.contains(&"CAFÉ NOIR".to_owned()), "a name is found as it is written");
        assert!(names_found(shop, "café").await.contains(&"café".to_owned()));
    }

    async fn a_search_looks_at_names_summaries_and_makers_of_active_products(shop) {
        let blank =
            || ProductDraft { name: "x".to_owned(), name_en: "x".to_owned(), creator: "x".to_owned(), ..draft(100, 1) };
        let text = "바늘";
        for draft in [
            ProductDraft { name: format!("1 {text}"), ..blank() },
            ProductDraft { name_en: format!("2 {text}"), ..blank() },
            ProductDraft { summary: format!("3 {text}"), ..blank() },
            ProductDraft { summary_en: format!("4 {text}"), ..blank() },
            ProductDraft { creator: format!("5 {text}"), ..blank() },
            ProductDraft { description: format!("6 {text}"), ..blank() },
            ProductDraft { name: format!("7 {text}"), is_active: false, ..blank() },
        ] {
            shop.save(draft).await;
        }
        assert_eq!(names_found(shop, text).await.len(), 5);
    }

    async fn every_sort_shows_every_product_once_whatever_the_page(shop) {
        let user = shop.shopper(1_000_000).await;
        let mut ids = Vec::new();
        for index in 0..23 {
            let category = if index % 3 == 2 { Category::Font } else { Category::Ebook };
            ids.push(shop.save(ProductDraft { category, ..draft(1_000 * (1 + index % 4), 100) }).await);
        }
        for (index, quantity) in [(3, 2), (5, 2), (8, 9), (13, 1)] {
            shop.place(user, order_request(&[(ids[index], quantity)])).await.unwrap();
        }
        let everything: BTreeSet<ProductId> = ids.iter().copied().collect();
        for sort in ProductSort::ALL {
            let query = ProductQuery { sort, ..ProductQuery::default() };
            let whole = list_all(shop, &query, 100).await;
            for limit in [1, 4, 23] {
                assert_eq!(list_all(shop, &query, limit).await, whole, "{sort:?} by {limit}");
            }
            assert_eq!(whole.iter().map(|product| product.id).collect::<BTreeSet<_>>(), everything, "{sort:?}");
            let keys: Vec<(i64, i64)> = whole
                .iter()
                .map(|product| match sort {
                    ProductSort::Newest => (0, -product.id.get()),
                    ProductSort::PriceAsc => (product.price.get(), -product.id.get()),
                    ProductSort::PriceDesc => (-product.price.get(), -product.id.get()),
                    ProductSort::Popular => (product.total_stock - 100, -product.id.get()),
                })
                .collect();
            assert!(keys.is_sorted(), "{sort:?}: {keys:?}");
            for category in [Category::Ebook, Category::Font] {
                let of_it: Vec<Product> = whole.iter().filter(|one| one.category == category).cloned().collect();
                let query = ProductQuery { category: Some(category), ..query.clone() };
                assert_eq!(list_all(shop, &query, 3).await, of_it, "{sort:?} of {category:?}");
            }
        }
    }

    async fn a_list_takes_only_its_own_cursors(shop) {
        for cursor in ["", "x", "1", "1.", ".1", "1.x", "99999999999999999999.1", "1.1' OR 1=1"] {
            let page = Page { cursor: Some(cursor.to_owned()), ..Page::default() };
            let outcome = list_products(shop, &ProductQuery { page, ..ProductQuery::default() }).await;
            assert_eq!(wrong_fields(outcome), ["cursor"], "{cursor}");
        }
    }

    async fn a_category_and_a_handful_of_ids_show_active_products_only(shop) {
        let font = shop.save(ProductDraft { category: Category::Font, ..draft(100, 1) }).await;
        let ebook = shop.product(100, 1).await;
        let gone = shop.save(ProductDraft { category: Category::Font, is_active: false, ..draft(100, 1) }).await;
        let query = ProductQuery { category: Some(Category::Font), ..ProductQuery::default() };
        let listed: Vec<ProductId> = list_products(shop, &query).await.unwrap().items.iter().map(|p| p.id).collect();
        assert_eq!(listed, [font]);
        let asked = [gone, ebook, ProductId::new(404), font, font];
        let found: Vec<ProductId> = find_products(shop, &asked).await.unwrap().iter().map(|p| p.id).collect();
        assert_eq!(found, [font, ebook]);
        assert_eq!(find_products(shop, &[]).await.unwrap(), []);
    }

    async fn popular_is_what_sold_most_over_the_asked_days(shop) {
        let user = shop.shopper(1_000_000).await;
        let (ebook, font) = (
            shop.product(1_000, 100).await,
            shop.save(ProductDraft { category: Category::Font, ..draft(1_000, 100) }).await,
        );
        let unsold = shop.product(1_000, 100).await;
        let popular = async |days, category| {
            let listed = list_popular(shop, days, category, 10).await.unwrap();
            listed.into_iter().map(|popular| (popular.product.id, popular.quantity_sold)).collect::<Vec<_>>()
        };
        assert_eq!(popular(3, None).await, []);
        shop.place(user, order_request(&[(ebook, 2), (font, 3)])).await.unwrap();
        shop.advance(HOUR);
        shop.place(user, order_request(&[(ebook, 2)])).await.unwrap();
        // A refused, an unfinished and a failed order sell nothing.
        shop.place(user, expecting(one_of(unsold), 1)).await.unwrap_err();
        shop.reserve_and_pay(user, order_request(&[(unsold, 9)])).await;
        assert_eq!(popular(3, None).await, [(ebook, 4), (font, 3)]);
        assert_eq!(popular(3, Some(Category::Font)).await, [(font, 3)]);
        assert_eq!(list_popular(shop, 3, None, 1).await.unwrap().len(), 1);
        // Buckets are whole hours: the first sale leaves the three days in its own hour, the second an hour later.
        shop.advance(3 * DAY - HOUR);
        assert_eq!(popular(3, None).await, [(ebook, 4), (font, 3)]);
        shop.advance(HOUR);
        assert_eq!(popular(3, None).await, [(ebook, 2)]);
        assert_eq!(popular(4, None).await, [(ebook, 4), (font, 3)]);
        shop.advance(HOUR);
        assert_eq!(popular(3, None).await, []);
        for days in [0, -1, 31] {
            assert_eq!(wrong_fields(list_popular(shop, days, None, 10).await), ["days"]);
        }
    }

    async fn a_ranking_is_a_moment_old_but_never_its_prices_and_stock(shop) {
        let user = shop.shopper(1_000_000).await;
        let draft = draft(1_000, 100);
        let (sold, later) = (shop.save(draft.clone()).await, shop.product(1_000, 100).await);
        let popular = async || {
            let listed = list_popular(shop, 3, None, 10).await.unwrap();
            let facts = |popular: &PopularProduct| {
                let product = &popular.product;
                (product.id, popular.quantity_sold, product.price.get(), product.available_stock)
            };
            listed.iter().map(facts).collect::<Vec<_>>()
        };
        shop.place(user, order_request(&[(sold, 2)])).await.unwrap();
        assert_eq!(popular().await, [(sold, 2, 1_000, 98)]);
        shop.place(user, order_request(&[(sold, 1), (later, 4)])).await.unwrap();
        shop.save(ProductDraft { price: Won::new(2_000), total_stock: 50, ..draft.clone() }).await;
        assert_eq!(popular().await, [(sold, 2, 2_000, 50)]);
        shop.save(ProductDraft { is_active: false, ..draft }).await;
        assert_eq!(popular().await, []);
        shop.advance(SECOND);
        assert_eq!(popular().await, [(later, 4, 1_000, 96)]);
    }
}
