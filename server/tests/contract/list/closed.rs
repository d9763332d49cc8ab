//! `MAINTENANCE=on`.

use crate::fleet::Fleet;

pub async fn a_closed_shop_says_for_how_long(shop: &Fleet) {
    for path in ["/api/v1/products", "/api/v1/orders", "/api/v1/nothing"] {
        let answer = shop.visitor.get(path).await.problem(503, "service_unavailable");
        assert_eq!(answer.header("retry-after"), "600", "{path}");
    }
    let page = shop.visitor.with_header("accept", "text/html").get("/products").await.expect(503);
    assert!(page.header("content-type").starts_with("text/html"));
    shop.visitor.get("/healthz").await.expect(200);
    shop.visitor.get("/readyz").await.expect(200);
}
