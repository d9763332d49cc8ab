//! The console over HTTP: who may see and do what. Each page and form is tried by a stranger, a shopper and every role
//! of operators.

use crate::sessions::Browser;
use crate::support::{House, PASSWORD};
use shop::operator::{OperatorRole, Permission};
use shop::user::service::{create_operator, find_user_by_email};

/// Every page of the console, and what seeing it takes.
const PAGES: [(&str, Permission); 3] = [
    ("/admin", Permission::SeeConsole),
    ("/admin/operators", Permission::ManageOperators),
    ("/admin/audit", Permission::SeeAuditLog),
];

fn address_of(role: OperatorRole) -> String {
    format!("{}@test.example", role.as_str())
}

/// A browser in which an operator with this role is logged in; their account is made.
async fn operator(house: &House, role: OperatorRole) -> Browser {
    create_operator(&house.shop, &address_of(role), "운영자", PASSWORD, role).await.expect("an operator");
    let mut browser = Browser::of(house);
    browser.log_in(&address_of(role), PASSWORD).await;
    browser
}

async fn role_of(house: &House, email: &str) -> String {
    let user = find_user_by_email(&house.shop, email).await.expect("a database").expect("an account");
    let operator = shop::operator::service::find_operator(&house.shop, &user, "").await.expect("a database");
    operator.map_or("none".to_owned(), |operator| operator.role().as_str().to_owned())
}

#[tokio::test]
async fn each_page_of_the_console_is_there_for_those_who_may_see_it_and_for_nobody_else() {
    let house = House::open().await;
    for (page, permission) in PAGES {
        let stranger = Browser::of(&house).get(page).await.expect(303);
        assert!(stranger.header("location").starts_with("/login?next="), "{page}");
        for role in OperatorRole::ALL {
            if find_user_by_email(&house.shop, &address_of(role)).await.unwrap().is_none() {
                create_operator(&house.shop, &address_of(role), "운영자", PASSWORD, role).await.unwrap();
            }
            let mut browser = Browser::of(&house);
            browser.log_in(&address_of(role), PASSWORD).await;
            let answer = browser.get(page).await;
            assert_eq!(answer.status, if role.may(permission) { 200 } else { 403 }, "{page} for a {}", role.as_str());
            if role.may(permission) {
                assert_eq!(answer.header("cache-control"), "no-store", "{page}");
            }
        }
    }
    let mut shopper = Browser::of(&house);
    shopper.register().await;
    for (page, _) in PAGES {
        assert_eq!(shopper.get(page).await.status, 404, "{page} for a shopper");
    }
    house.close().await;
}

#[tokio::test]
async fn the_console_links_to_what_an_operator_may_see_and_to_nothing_else() {
    let house = House::open().await;
    for role in OperatorRole::ALL {
        let page = operator(&house, role).await.get("/admin").await.expect(200);
        for (path, permission) in PAGES {
            let is_linked = page.text.contains(&format!("href=\"{path}\""));
            assert_eq!(is_linked, role.may(permission), "{path} for a {}", role.as_str());
        }
    }
    house.close().await;
}

#[tokio::test]
async fn only_an_owner_makes_operators_whoever_posts_the_form() {
    for house in House::on_each_engine().await {
        let mut shopper = Browser::of(&house);
        let email = shopper.register().await;
        let fields = [("email", email.as_str()), ("role", "owner")];
        let led = shopper.post("/fn/admin_set_role", &fields).await;
        assert_eq!(led, "/admin", "which does not exist for them");
        let led = Browser::of(&house).post("/fn/admin_set_role", &fields).await;
        assert!(led.starts_with("/login?next="), "{led}");
        for role in [OperatorRole::Viewer, OperatorRole::Support, OperatorRole::Manager] {
            let led = operator(&house, role).await.post("/fn/admin_set_role", &fields).await;
            assert_eq!(led, "/admin", "where a {} reads that it is not theirs to do", role.as_str());
            assert_eq!(role_of(&house, &email).await, "none", "by a {}", role.as_str());
        }
        let mut owner = operator(&house, OperatorRole::Owner).await;
        owner.post("/fn/admin_set_role", &[("email", &email), ("role", "root")]).await;
        assert_eq!(role_of(&house, &email).await, "none", "there is no such role");
        owner.post("/fn/admin_set_role", &[("email", "nobody@test.example"), ("role", "owner")]).await;
        let led = owner.post("/fn/admin_set_role", &[("email", &email.to_uppercase()), ("role", "support")]).await;
        assert_eq!(led, "/admin/operators");
        assert_eq!(role_of(&house, &email).await, "support");
        let log = owner.get("/admin/audit").await.expect(200);
        assert!(log.text.contains("support"), "{}", log.text);

        let itself = address_of(OperatorRole::Owner);
        owner.post("/fn/admin_set_role", &[("email", &itself), ("role", "none")]).await;
        let page = owner.get("/admin/operators").await.expect(200);
        assert!(page.text.contains("마지막 소유자"), "the last owner reads why they stay");
        house.close().await;
    }
}
