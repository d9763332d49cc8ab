//! The pages' addresses.

use crate::fleet::Fleet;

pub async fn pages_open_and_private_ones_ask_who_it_is(shop: &Fleet) {
    let product = shop.product(1_000, 5).await;
    let reader = shop.visitor.with_header("accept", "text/html");
    let show = format!("/products/{product}");
    for path in ["/", "/products", &show, "/cart", "/coupons", "/login", "/register"] {
        for (asked, told) in [("ko", "ko"), ("en", "en"), ("fr", "ko")] {
            let page = reader.with_header("accept-language", asked).get(path).await.expect(200);
            assert!(page.header("content-type").starts_with("text/html"), "{path}");
            assert!(page.text.contains(&format!("<html lang=\"{told}\"")), "{path} {asked}");
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
            assert_ne!(page.header("referrer-policy"), "", "{path}");
        }
    }
    for path in ["/checkout", "/orders", "/orders/1", "/wallet", "/account", "/admin"] {
        let asked = reader.get(path).await.expect(303);
        let next = path.replace('/', "%2F");
        assert_eq!(asked.header("location"), format!("/login?next={next}"));
    }
    reader.get("/no-such-page").await.expect(404);
}
