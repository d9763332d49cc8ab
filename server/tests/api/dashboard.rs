//! The dashboard over HTTP: what it tells after real orders, and to whom.

use crate::sessions::Browser;
use crate::support::{House, PASSWORD};
use shop::Won;
use shop::coupon::Discount;
use shop::operator::OperatorRole;
use shop::user::service::create_operator;

async fn viewer(house: &House) -> Browser {
    let email = "viewer@test.example";
    create_operator(&house.shop, email, "운영자", PASSWORD, OperatorRole::Viewer).await.expect("an operator");
    let mut browser = Browser::of(house);
    browser.log_in(email, PASSWORD).await;
    browser
}

/// The figure under this label.
fn figure(page: &str, label: &str) -> String {
    let after = page.split_once(&format!(">{label}</dt>")).unwrap_or_else(|| panic!("{label} is not told: {page}")).1;
    let figure = after.split_once("<dd").and_then(|(_, rest)| rest.split_once('>')).map(|(_, rest)| rest);
    figure.and_then(|rest| rest.split('<').next()).expect("a figure").to_owned()
}

#[tokio::test]
async fn the_dashboard_tells_of_every_order_to_the_unit() {
    for house in House::on_each_engine().await {
        let (rich, poor) = (house.shopper_with(50_000).await, house.shopper_with(1_000).await);
        let product = house.product(12_300, 10).await;
        for _ in 0..3 {
            rich.buy(product, 1).await.expect(201);
        }
        poor.buy(product, 1).await.expect(409);
        let mut viewer = viewer(&house).await;
        for over in ["15m", "1h", "24h", "3d"] {
            let page = viewer.get(&format!("/admin?over={over}")).await.expect(200).text;
            for (label, told) in [
                ("들어온 주문", "4"),
                ("완료", "3"),
                ("거절", "1"),
                ("– 잔액 부족", "1"),
                ("성공한 결제", "3"),
                ("거절된 결제", "1"),
                ("실패한 결제", "0"),
                ("판매", "₩36,900"),
            ] {
                assert_eq!(figure(&page, label), told, "{label} over {over}");
            }
            assert!(
                page.contains("<svg") && !page.contains("style=\""),
                "charts, and no style that the policy forbids"
            );
        }
        viewer.get("/admin?over=1y").await.expect(422);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn the_parts_that_are_asked_for_again_are_there_for_operators_alone() {
    let house = House::open().await;
    let campaign = format!("/fn/admin_campaign?code={}", house.coupon(Discount::Fixed(Won::new(1_000)), 7).await);
    let parts = [("/fn/admin_dashboard?over=15m", "들어온 주문"), (campaign.as_str(), "남은 수량")];
    let mut viewer = viewer(&house).await;
    for (part, word) in parts {
        let told = viewer.get(part).await;
        assert_eq!((told.status, told.header("cache-control")), (200, "no-store"));
        assert!(told.text.contains(word), "{}", told.text);
    }
    for nonsense in ["/fn/admin_dashboard?over=luck", "/fn/admin_campaign?code=NOSUCH", "/fn/admin_campaign?code=%20"] {
        assert_eq!(viewer.get(nonsense).await.text, "\"\"", "{nonsense}");
    }
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    for mut nobody in [shopper, Browser::of(&house)] {
        for (part, _) in parts {
            assert_eq!(nobody.get(part).await.text, "\"\"", "{part}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn popular_products_are_ranked_by_pieces_and_by_won() {
    let house = House::open().await;
    let shopper = house.shopper_with(100_000).await;
    let (cheap, dear) = (house.product(1_000, 20).await, house.product(20_000, 20).await);
    shopper.buy(cheap, 3).await.expect(201);
    shopper.buy(dear, 1).await.expect(201);
    let mut viewer = viewer(&house).await;
    let place = |page: &str, product: i64| page.find(&format!("href=\"/admin/products/{product}\"")).expect("a row");
    let by_pieces = viewer.get("/admin/popular").await.expect(200).text;
    assert!(place(&by_pieces, cheap) < place(&by_pieces, dear));
    let by_won = viewer.get("/admin/popular?by=sales").await.expect(200).text;
    assert!(place(&by_won, dear) < place(&by_won, cheap) && by_won.contains("₩20,000"), "{by_won}");
    assert!(by_won.contains("새로 팔림"), "there was nothing before");
    for nonsense in ["by=luck", "category=shoes"] {
        viewer.get(&format!("/admin/popular?{nonsense}")).await.expect(422);
    }
    house.close().await;
}

#[tokio::test]
async fn events_are_listed_and_where_nobody_listens_none_is_sent_once_more() {
    let house = House::open().await;
    let shopper = house.shopper_with(100_000).await;
    let product = house.product(1_000, 20).await;
    let id = shopper.buy(product, 1).await.expect(201).id();
    let mut viewer = viewer(&house).await;
    let page = viewer.get(&format!("/admin/events?order={id}&kind=order.paid&sent=yes")).await.expect(200).text;
    assert!(page.contains("듣는 곳이 없습니다") && page.contains(&id), "{page}");
    assert!(!page.contains("/fn/admin_replay"), "there is nothing to send it to");
    assert!(!page.contains("보냄"), "and nothing was sent");
    for nonsense in ["order=1", "kind=order.lost", "sent=perhaps", "cursor=x"] {
        viewer.get(&format!("/admin/events?{nonsense}")).await.expect(422);
    }
    let fields = [("events[]", "1"), ("reason", "why")];
    assert_eq!(viewer.post("/fn/admin_replay", &fields).await, "/admin", "where they read that it is not theirs to do");
    let mut manager = Browser::of(&house);
    create_operator(&house.shop, "manager@test.example", "운영자", PASSWORD, OperatorRole::Manager).await.expect("one");
    manager.log_in("manager@test.example", PASSWORD).await;
    assert_eq!(manager.post("/fn/admin_replay", &fields).await, "/admin/events");
    let log = manager.get("/admin/audit?act=events.replayed").await.expect(200).text;
    assert!(!log.contains("outbox:events"), "nothing was done");
    house.close().await;
}
