//! Operators: what each role may do, who makes one, and the log that nobody rewrites.

use crate::support::*;
use shop::id::UserId;
use shop::operator::audit;
use shop::operator::service::{find_operator, list_operators, set_operator_role};
use shop::operator::store::AuditFilter;
use shop::operator::{By, Operator, OperatorRole, Permission};
use shop::page::{Page, PageLimit};
use shop::user::closing::{CloseRequest, close_account};
use shop::user::service::{create_operator, find_user, freeze_user};
use shop::{Error, Shop};
use std::sync::Arc;
use tokio::sync::Barrier;

const PASSWORD: &str = "correct horse 1";
const HERE: &str = "203.0.113.7";

/// Somebody with this role, who asks from [`HERE`].
async fn operator(shop: &TestShop, email: &str, role: OperatorRole) -> Operator {
    let user = create_operator(shop, email, "운영자", PASSWORD, role).await.unwrap();
    find_operator(shop, &user, HERE).await.unwrap().expect("an operator")
}

async fn role_of(shop: &TestShop, id: UserId) -> Option<OperatorRole> {
    let user = find_user(shop, id).await.unwrap().expect("an account");
    find_operator(shop, &user, HERE).await.unwrap().map(|operator| operator.role())
}

on_both_engines! {

    async fn each_operator_may_what_their_role_says_and_a_shopper_nothing(shop) {
        for role in OperatorRole::ALL {
            let one = operator(shop, &format!("{}@example.com", role.as_str()), role).await;
            for permission in Permission::ALL {
                assert_eq!(one.must(permission).is_ok(), role.may(permission), "{role:?} {permission:?}");
            }
            let seen = list_operators(shop, &one, &Page::default()).await;
            assert_eq!(seen.is_ok(), role.may(Permission::ManageOperators), "{role:?}");
            let log = audit::list(shop, &one, &AuditFilter::default(), &Page::default()).await;
            assert_eq!(log.is_ok(), role.may(Permission::SeeAuditLog), "{role:?}");
            let other = shop.shopper(1_000).await;
            let made = set_operator_role(shop, By::Operator(&one), other, Some(OperatorRole::Viewer)).await;
            assert_eq!(made.is_ok(), role.may(Permission::ManageOperators), "{role:?}");
        }
        let shopper = find_user(shop, shop.shopper(1_000).await).await.unwrap().unwrap();
        assert!(find_operator(shop, &shopper, HERE).await.unwrap().is_none());
    }

    async fn a_change_of_role_is_logged_with_who_what_and_from_where(shop) {
        let boss = operator(shop, "boss@example.com", OperatorRole::Owner).await;
        let other = shop.shopper(1_000).await;
        set_operator_role(shop, By::Operator(&boss), other, Some(OperatorRole::Support)).await.unwrap();
        set_operator_role(shop, By::Operator(&boss), other, Some(OperatorRole::Support)).await.unwrap();
        assert_eq!(role_of(shop, other).await, Some(OperatorRole::Support));
        set_operator_role(shop, By::CommandLine, other, None).await.unwrap();
        assert_eq!(role_of(shop, other).await, None);

        let page = Page::first(PageLimit::new(2).unwrap());
        let newest = audit::list(shop, &boss, &AuditFilter::default(), &page).await.unwrap();
        let told: Vec<_> = newest
            .items
            .iter()
            .map(|row| (row.operator_id, row.address.as_str(), row.act.as_str(), row.after.clone().unwrap_or_default()))
            .collect();
        let expected = [
            (None, "", "operator.role_changed", r#"{"role":"shopper"}"#.to_owned()),
            (Some(boss.id()), HERE, "operator.role_changed", r#"{"role":"support"}"#.to_owned()),
        ];
        assert_eq!(told, expected);
        let next = Page { cursor: newest.next_cursor, ..page };
        let first = audit::list(shop, &boss, &AuditFilter::default(), &next).await.unwrap();
        assert_eq!(first.items.iter().map(|row| row.act.as_str()).collect::<Vec<_>>(), ["operator.made"]);
        assert_eq!(first.next_cursor, None);

        let only = |filter: AuditFilter| {
            let (shop, boss) = (&shop, &boss);
            async move { audit::list(shop, boss, &filter, &Page::default()).await.unwrap().items.len() }
        };
        assert_eq!(only(AuditFilter { operator: Some(boss.id()), ..AuditFilter::default() }).await, 1);
        assert_eq!(only(AuditFilter { act: Some("operator.made".to_owned()), ..AuditFilter::default() }).await, 1);
        let subject = Some(("user".to_owned(), other.to_string()));
        assert_eq!(only(AuditFilter { subject, ..AuditFilter::default() }).await, 2);
    }

    async fn nobody_rewrites_the_log(shop) {
        operator(shop, "boss@example.com", OperatorRole::Owner).await;
        for sql in ["UPDATE audit_log SET act = 'nothing'", "DELETE FROM audit_log"] {
            let refused = shop.refusal_of(sql).await;
            assert!(refused.contains("insert-only"), "{sql}: {refused}");
        }
        assert_eq!(shop.count("audit_log").await, 1);
    }

    async fn the_last_owner_can_neither_go_nor_be_taken_away(shop) {
        let boss = operator(shop, "boss@example.com", OperatorRole::Owner).await;
        operator(shop, "manager@example.com", OperatorRole::Manager).await;
        for wanted in [None, Some(OperatorRole::Manager)] {
            let refused = set_operator_role(shop, By::Operator(&boss), boss.id(), wanted).await;
            assert!(matches!(refused, Err(Error::LastOwner)), "{wanted:?}: {refused:?}");
        }
        assert!(matches!(freeze_user(shop, "boss@example.com").await, Err(Error::LastOwner)));
        let close = CloseRequest { password: PASSWORD.to_owned(), forfeited: None };
        assert!(matches!(close_account(shop, boss.id(), &close).await, Err(Error::LastOwner)));
        assert_eq!(role_of(shop, boss.id()).await, Some(OperatorRole::Owner));

        let other = operator(shop, "other@example.com", OperatorRole::Owner).await;
        freeze_user(shop, "other@example.com").await.unwrap();
        let refused = set_operator_role(shop, By::Operator(&boss), boss.id(), None).await;
        assert!(matches!(refused, Err(Error::LastOwner)), "a frozen owner makes nobody an operator");
        shop::user::service::unfreeze_user(shop, "other@example.com").await.unwrap();
        set_operator_role(shop, By::Operator(&other), boss.id(), None).await.unwrap();
        assert_eq!(role_of(shop, boss.id()).await, None);
    }

    async fn of_two_owners_who_take_each_other_away_at_once_one_stays(shop) {
        for turn in 0..10 {
            let one = operator(shop, &format!("one{turn}@example.com"), OperatorRole::Owner).await;
            let other = operator(shop, &format!("other{turn}@example.com"), OperatorRole::Owner).await;
            let barrier = Arc::new(Barrier::new(2));
            let take_away = |by: Operator, whom: UserId| {
                let (shop, barrier) = (Shop::clone(shop), barrier.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    set_operator_role(&shop, By::Operator(&by), whom, None).await
                })
            };
            let (first, second) =
                (take_away(one.clone(), other.id()), take_away(other.clone(), one.id()));
            let ended = [first.await.unwrap(), second.await.unwrap()];
            assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1, "{ended:?}");
            let left = if ended[0].is_ok() { &one } else { &other };
            // So that the next two are alone.
            let next = operator(shop, &format!("next{turn}@example.com"), OperatorRole::Owner).await;
            set_operator_role(shop, By::Operator(&next), left.id(), None).await.unwrap();
            shop.arrange(&format!("UPDATE operators SET role = 'viewer' WHERE user_id = {}", next.id())).await;
        }
    }

    async fn an_operator_whom_an_older_program_made_may_only_look(shop) {
        let boss = operator(shop, "boss@example.com", OperatorRole::Owner).await;
        shop.arrange(&format!("DELETE FROM operators WHERE user_id = {}", boss.id())).await;
        assert_eq!(role_of(shop, boss.id()).await, Some(OperatorRole::Viewer));
    }
}
