//! Customers over HTTP: what support reads of a wallet, and what each role may do about it, whoever posts the form.

use crate::console::{address_of, email_of, operator};
use crate::sessions::Browser;
use crate::support::{Client, House, fresh};
use shop::adjustment::service::list_proposals;
use shop::operator::service::find_operator;
use shop::operator::{OperatorRole, Permission};
use shop::page::Page;
use shop::user::service::find_user_by_email;

async fn number_of(shopper: &Client) -> String {
    shopper.get("/api/v1/me").await.expect(200).body["id"].to_string()
}

#[tokio::test]
async fn support_answers_where_the_money_went_by_reading_one_page() {
    let house = House::open().await;
    let shopper = house.shopper_with(50_000).await;
    let (id, product) = (number_of(&shopper).await, house.product(12_300, 10).await);
    let order = shopper.buy(product, 2).await.expect(201).id();
    let mut support = operator(&house, OperatorRole::Support).await;
    let email = email_of(&shopper).await;
    let list = support.get("/admin/customers").await.expect(200);
    assert!(!list.text.contains(&email), "whom nobody asked to see");
    let found = support.get(&format!("/admin/customers?email={}", &email[..email.len() - 4])).await.expect(200);
    assert!(found.text.contains(&email) && found.text.contains(&format!("/admin/customers/{id}")), "{}", found.text);
    let page = support.get(&format!("/admin/customers/{id}")).await.expect(200);
    let told = [&email, "₩25,400", "-₩24,600", "+₩50,000", "고객이 충전", &format!("/admin/orders/{order}")];
    for told in told {
        assert!(page.text.contains(told), "{told} is not told: {}", page.text);
    }
    assert!(!page.text.contains("/fn/admin_adjust_wallet"), "which is no support's to do");
    let orders = support.get(&format!("/admin/orders?user={id}")).await.expect(200);
    assert!(orders.text.contains(&order), "{}", orders.text);
    for nonsense in ["id=x", "state=lost", "cursor=x"] {
        support.get(&format!("/admin/customers?{nonsense}")).await.expect(422);
    }
    for nobody in ["0", "x", "99999999"] {
        support.get(&format!("/admin/customers/{nobody}")).await.expect(404);
    }
    let mut viewer = operator(&house, OperatorRole::Viewer).await;
    for page in [&format!("/admin/customers/{id}"), &format!("/admin/orders?user={id}"), "/admin/adjustments"] {
        viewer.get(page).await.expect(403);
    }
    support.get("/admin/adjustments").await.expect(403);
    let mut stranger = Browser::of(&house);
    stranger.register().await;
    for page in [&format!("/admin/customers/{id}"), "/admin/adjustments"] {
        stranger.get(page).await.expect(404);
    }
    house.verify().await;
    house.close().await;
}

#[tokio::test]
async fn each_form_about_a_customer_is_done_for_those_who_may_and_for_nobody_else() {
    for house in House::on_each_engine().await {
        let shopper = house.shopper_with(50_000).await;
        let id = number_of(&shopper).await;
        let forms = [
            ("/fn/admin_adjust_wallet", Permission::AdjustWallets),
            ("/fn/admin_decide_adjustment", Permission::AdjustWallets),
            ("/fn/admin_freeze", Permission::FreezePeople),
            ("/fn/admin_unfreeze", Permission::FreezePeople),
            ("/fn/admin_end_block", Permission::FreezePeople),
        ];
        let page = format!("/admin/customers/{id}");
        for role in OperatorRole::ALL {
            let mut browser = operator(&house, role).await;
            for (form, permission) in forms {
                let key = fresh("adjust");
                let fields = [
                    ("user", id.as_str()),
                    ("way", "up"),
                    ("amount", "1,000"),
                    ("reason", "시험"),
                    ("request_id", &key),
                    ("page", &page),
                ];
                let led = browser.post(form, &fields).await;
                let expected = if role.may(permission) { page.as_str() } else { "/admin" };
                assert_eq!(led, expected, "{form} by a {}", role.as_str());
            }
        }
        // A freeze ends the token; whoever was let in again logs in anew.
        let user = find_user_by_email(&house.shop, &address_of(OperatorRole::Owner)).await.unwrap().unwrap();
        let owner = find_operator(&house.shop, &user, "").await.unwrap().unwrap();
        let id = id.parse().map(shop::id::UserId::new).unwrap();
        let seen = shop::user::console::detail::find_customer(&house.shop, &owner, id).await.unwrap().unwrap();
        assert_eq!((seen.wallet.balance.get(), seen.frozen_at), (52_000, None), "by a manager and an owner");
        shopper.get("/api/v1/me").await.problem(401, "unauthorized");
        let mut stranger = Browser::of(&house);
        stranger.register().await;
        for (form, _) in forms {
            assert_eq!(stranger.post(form, &[("user", "1")]).await, "/admin", "which does not exist for them");
            let led = Browser::of(&house).post(form, &[("user", "1")]).await;
            assert!(led.starts_with("/login?next="), "{led}");
        }
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_large_adjustment_is_proposed_by_one_and_approved_by_another() {
    let house = House::open().await;
    let shopper = house.shopper_with(50_000).await;
    let id = number_of(&shopper).await;
    let page = format!("/admin/customers/{id}");
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let fields = [
        ("user", id.as_str()),
        ("way", "up"),
        ("amount", "300,000"),
        ("reason", "보상\n<b>"),
        ("request_id", "one-request"),
    ];
    for _ in 0..2 {
        assert_eq!(manager.post("/fn/admin_adjust_wallet", &fields).await, page);
    }
    let said = manager.get(&page).await.expect(200).text;
    assert!(said.contains("승인을 기다립니다") && said.contains("+₩300,000") && !said.contains("<b>"), "{said}");
    assert!(said.contains("거두기") && !said.contains("value=\"approve\""), "nobody approves their own: {said}");
    assert_eq!(shopper.balance().await, 50_000);

    let mut owner = operator(&house, OperatorRole::Owner).await;
    let waiting = owner.get("/admin/adjustments").await.expect(200).text;
    assert!(waiting.contains("value=\"approve\""), "{waiting}");
    let user = find_user_by_email(&house.shop, &address_of(OperatorRole::Owner)).await.unwrap().unwrap();
    let by = find_operator(&house.shop, &user, "").await.unwrap().unwrap();
    let proposals = list_proposals(&house.shop, &by, &Page::default()).await.unwrap().items;
    assert_eq!(proposals.len(), 1, "sent twice, it is one");
    let proposal = proposals[0].id.to_string();
    let decide = [("id", proposal.as_str()), ("decision", "approve")];
    manager.post("/fn/admin_decide_adjustment", &decide).await;
    let said = manager.get("/admin/adjustments").await.expect(200).text;
    assert!(said.contains("자기 제안은 승인할 수 없습니다."), "{said}");
    assert_eq!(owner.post("/fn/admin_decide_adjustment", &decide).await, "/admin/adjustments");
    assert_eq!(shopper.balance().await, 350_000);
    let statement = shopper.get("/api/v1/wallet/transactions?limit=1").await.expect(200);
    assert_eq!(
        (&statement.items()[0]["type"], &statement.items()[0]["amount"]),
        (&"ADJUSTMENT".into(), &300_000.into())
    );

    let fields =
        [("user", id.as_str()), ("way", "down"), ("amount", "999,999"), ("reason", "회수"), ("request_id", "two")];
    manager.post("/fn/admin_adjust_wallet", &fields).await;
    let said = manager.get(&page).await.expect(200).text;
    assert!(said.contains("지갑에 ₩350,000밖에 없습니다."), "{said}");
    assert!(said.contains("value=\"999,999\"") && said.contains(">회수</textarea>"), "what was typed stays: {said}");
    house.verify().await;
    house.close().await;
}
