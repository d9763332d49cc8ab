//! Adjusting wallets by hand: a little at once, more by two, nothing of one's own, and every won in the ledger. What is
//! decided is the rules' own test; here it meets the database, and operators who race.

use crate::support::*;
use shop::adjustment::service::{
    AdjustmentRequest, adjust_wallet, approve_adjustment, decline_adjustment, list_proposals,
};
use shop::adjustment::{Adjustment, AdjustmentRefusal, AdjustmentState};
use shop::id::UserId;
use shop::operator::service::set_operator_role;
use shop::operator::{By, Operator, OperatorRole};
use shop::page::{Page, PageLimit};
use shop::refund::RefundLines;
use shop::refund::service::refund_order;
use shop::user::closing::{CloseRequest, close_account};
use shop::user::service::register_user;
use shop::user::standing::freeze_person;
use shop::user::{Language, NewUser};
use shop::wallet::PostingType;
use shop::wallet::service::{charge_wallet, list_postings};
use shop::{Error, Shop, Won};

const PASSWORD: &str = "correct horse 1";

fn request(amount: i64) -> AdjustmentRequest {
    AdjustmentRequest { key: key(), amount: Won::new(amount), reason: "전화로 확인".to_owned() }
}

async fn adjust(shop: &Shop, by: &Operator, user: UserId, amount: i64) -> Result<Adjustment, Error> {
    adjust_wallet(shop, by, user, &request(amount)).await
}

/// What became of it, in a word.
fn word_of(outcome: &Result<Adjustment, Error>) -> &'static str {
    outcome.as_ref().map_or_else(Error::code, |made| made.state.as_str())
}

/// The refusal, or a panic that says what came instead.
fn refusal_of(outcome: Result<Adjustment, Error>) -> AdjustmentRefusal {
    match outcome {
        Err(Error::AdjustmentRefused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn managers(shop: &TestShop) -> (Operator, Operator) {
    (shop.operator(OperatorRole::Manager).await, shop.operator(OperatorRole::Manager).await)
}

on_both_engines! {
    async fn a_little_is_adjusted_at_once_up_and_down_and_is_a_line_of_the_ledger(shop) {
        let user = shop.shopper(5_000).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let up = adjust(shop, &by, user, 1_234).await.unwrap();
        assert_eq!((up.state, up.operator_id, up.decided_by), (AdjustmentState::Applied, Some(by.id()), None));
        let down = adjust(shop, &by, user, -6_000).await.unwrap();
        assert_eq!((down.state, shop.balance(user).await), (AdjustmentState::Applied, 234));
        let ledger = list_postings(shop, user, &Page::default()).await.unwrap().items;
        let told: Vec<_> = ledger.iter().map(|one| (one.kind, one.amount.get(), one.balance_after.get())).collect();
        let adjustment = PostingType::Adjustment;
        assert_eq!(told, [(adjustment, -6_000, 234), (adjustment, 1_234, 6_234), (PostingType::Charge, 5_000, 5_000)]);
        let log = "SELECT COUNT(*) AS n FROM audit_log WHERE act = 'balance.adjusted' AND reason = '전화로 확인'";
        assert_eq!(shop.figure(log).await, 2);
        let not_enough = AdjustmentRefusal::NotEnough { balance: Won::new(234) };
        assert_eq!(refusal_of(adjust(shop, &by, user, -235).await), not_enough);
        for (amount, reason) in [(0, "a"), (1_000, " "), (10_000_001, "a")] {
            let asked = AdjustmentRequest { reason: reason.to_owned(), ..request(amount) };
            let refused = adjust_wallet(shop, &by, user, &asked).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        let nobody = adjust(shop, &by, UserId::new(999_999), 1_000).await;
        assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
    }

    async fn only_who_may_adjusts_and_nobody_their_own_wallet(shop) {
        let user = shop.shopper(5_000).await;
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let by = shop.operator(role).await;
            assert!(matches!(adjust(shop, &by, user, 100).await, Err(Error::Forbidden)), "{role:?}");
            assert!(matches!(list_proposals(shop, &by, &Page::default()).await, Err(Error::Forbidden)), "{role:?}");
        }
        let (by, other) = managers(shop).await;
        assert_eq!(refusal_of(adjust(shop, &by, by.id(), 100).await), AdjustmentRefusal::OwnWallet);
        assert_eq!(word_of(&adjust(shop, &other, by.id(), 100).await), "APPLIED");
        // A proposal for one's own wallet is another's to approve.
        let third = shop.operator(OperatorRole::Owner).await;
        let proposal = adjust(shop, &third, by.id(), 500_000).await.unwrap();
        assert_eq!(refusal_of(approve_adjustment(shop, &by, proposal.id).await), AdjustmentRefusal::OwnWallet);
        // Whoever was a manager when the page was written and is none now.
        set_operator_role(shop, By::CommandLine, by.id(), Some(OperatorRole::Support)).await.unwrap();
        assert!(matches!(adjust(shop, &by, user, 100).await, Err(Error::Forbidden)));
        assert_eq!(shop.balance(user).await, 5_000);
    }

    async fn what_passes_the_limit_within_a_day_waits_for_a_second_operator(shop) {
        let (one, two) = (shop.shopper(500_000).await, shop.shopper(0).await);
        let (by, other) = managers(shop).await;
        assert_eq!(word_of(&adjust(shop, &by, one, 60_000).await), "APPLIED");
        assert_eq!(word_of(&adjust(shop, &other, one, 40_001).await), "PROPOSED", "the wallet's sum");
        assert_eq!(word_of(&adjust(shop, &other, one, -40_001).await), "PROPOSED", "whatever its sign");
        assert_eq!(word_of(&adjust(shop, &by, two, 40_001).await), "PROPOSED", "the operator's sum");
        assert_eq!(word_of(&adjust(shop, &by, two, 40_000).await), "APPLIED");
        assert_eq!((shop.balance(one).await, shop.balance(two).await), (560_000, 40_000));
        shop.advance(DAY);
        assert_eq!(word_of(&adjust(shop, &by, one, 100_000).await), "APPLIED", "a day later the sums are new");

        let page = Page::first(PageLimit::new(2).unwrap());
        shop.advance(SECOND);
        assert!(list_proposals(shop, &by, &page).await.unwrap().items.is_empty(), "they are over");
        let (small, large) =
            (adjust(shop, &by, two, 200_000).await.unwrap(), adjust(shop, &by, two, 300_000).await.unwrap());
        adjust(shop, &by, two, 400_000).await.unwrap();
        let listed = list_proposals(shop, &other, &page).await.unwrap();
        let rest = list_proposals(shop, &other, &Page { cursor: listed.next_cursor, ..page }).await.unwrap();
        assert_eq!((listed.items.len(), listed.items[1].id, rest.items[0].id), (2, large.id, small.id));
        assert_eq!(rest.next_cursor, None);
    }

    async fn another_operator_approves_or_declines_a_proposal_once(shop) {
        let user = shop.shopper(0).await;
        let (by, other) = managers(shop).await;
        let made = adjust(shop, &by, user, 500_000).await.unwrap();
        assert_eq!((made.state, shop.balance(user).await), (AdjustmentState::Proposed, 0));
        assert_eq!(refusal_of(approve_adjustment(shop, &by, made.id).await), AdjustmentRefusal::OwnProposal);
        let done = approve_adjustment(shop, &other, made.id).await.unwrap();
        assert_eq!((done.state, done.decided_by, shop.balance(user).await), (AdjustmentState::Applied, Some(other.id()), 500_000));
        assert_eq!(approve_adjustment(shop, &other, made.id).await.unwrap(), done, "a second press");
        let decided = AdjustmentRefusal::Decided { state: AdjustmentState::Applied };
        assert_eq!(refusal_of(decline_adjustment(shop, &other, made.id).await), decided);
        let third = shop.operator(OperatorRole::Owner).await;
        assert_eq!(refusal_of(approve_adjustment(shop, &third, made.id).await), decided);

        let mistaken = adjust(shop, &by, user, -400_000).await.unwrap();
        decline_adjustment(shop, &by, mistaken.id).await.unwrap();
        let declined = AdjustmentRefusal::Decided { state: AdjustmentState::Declined };
        assert_eq!(refusal_of(approve_adjustment(shop, &other, mistaken.id).await), declined);
        let late = adjust(shop, &by, user, 200_000).await.unwrap();
        shop.advance(DAY);
        assert_eq!(refusal_of(approve_adjustment(shop, &other, late.id).await), AdjustmentRefusal::Over);
        assert_eq!(shop.balance(user).await, 500_000);
        let acts = "SELECT COUNT(*) AS n FROM audit_log WHERE act LIKE 'balance.%'";
        assert_eq!(shop.figure(acts).await, 5);
    }

    async fn what_changed_since_a_proposal_is_looked_at_when_it_is_approved(shop) {
        let (by, other) = managers(shop).await;
        let frozen = shop.shopper(900_000).await;
        let proposal = adjust(shop, &by, frozen, 500_000).await.unwrap();
        freeze_person(shop, &by, frozen, "도난 신고").await.unwrap();
        assert_eq!(refusal_of(approve_adjustment(shop, &other, proposal.id).await), AdjustmentRefusal::AccountFrozen);
        assert_eq!(refusal_of(adjust(shop, &by, frozen, 100).await), AdjustmentRefusal::AccountFrozen);

        let new = NewUser {
            email: "leaver@example.com".to_owned(),
            name: "떠난 이".to_owned(),
            password: PASSWORD.to_owned(),
            lang: Language::Ko,
            age_confirmed: true,
        };
        let closed = register_user(shop, new).await.unwrap().id;
        let proposal = adjust(shop, &by, closed, 500_000).await.unwrap();
        let close = CloseRequest { password: PASSWORD.to_owned(), forfeited: None };
        close_account(shop, closed, &close).await.unwrap();
        assert_eq!(refusal_of(approve_adjustment(shop, &other, proposal.id).await), AdjustmentRefusal::AccountClosed);
        assert_eq!(refusal_of(adjust(shop, &by, closed, 100).await), AdjustmentRefusal::AccountClosed);

        let spender = shop.shopper(900_000).await;
        let proposal = adjust(shop, &by, spender, -800_000).await.unwrap();
        let product = shop.product(200_000, 1).await;
        shop.place(spender, one_of(product)).await.unwrap();
        let left = AdjustmentRefusal::NotEnough { balance: Won::new(700_000) };
        assert_eq!(refusal_of(approve_adjustment(shop, &other, proposal.id).await), left);
        assert_eq!(shop.balance(spender).await, 700_000);
    }

    async fn an_adjustment_leaves_room_for_what_may_come_back(shop) {
        let user = shop.shopper(10_000_000).await;
        let (dear, other) = (shop.product(300_000, 1).await, shop.product(200_000, 1).await);
        let sold = shop.place(user, one_of(dear)).await.unwrap().id;
        shop.reserve_and_pay(user, one_of(other)).await;
        for _ in 0..3 {
            charge_wallet(shop, user, Won::new(100_000), key()).await.unwrap();
        }
        let by = shop.operator(OperatorRole::Manager).await;
        refund_order(shop, &by, sold, &refund_request(RefundLines::Whole)).await.unwrap();
        let (balance, coming_back, limit) = (Won::new(9_800_000), Won::new(500_000), Won::new(10_000_000));
        let no_room = AdjustmentRefusal::NoRoom { balance, coming_back, limit };
        assert_eq!(refusal_of(adjust(shop, &by, user, 1).await), no_room);
        assert_eq!(word_of(&adjust(shop, &by, user, -100_000).await), "APPLIED", "what makes room is welcome");
    }

    async fn the_same_request_again_is_the_same_adjustment_and_another_under_its_id_is_none(shop) {
        let user = shop.shopper(0).await;
        let (by, other) = managers(shop).await;
        let once = request(1_000);
        let made = adjust_wallet(shop, &by, user, &once).await.unwrap();
        assert_eq!(adjust_wallet(shop, &by, user, &once).await.unwrap(), made);
        for changed in [
            AdjustmentRequest { amount: Won::new(-1_000), ..once.clone() },
            AdjustmentRequest { reason: "다른 사유".to_owned(), ..once.clone() },
        ] {
            assert!(matches!(adjust_wallet(shop, &by, user, &changed).await, Err(Error::RequestReused)));
        }
        adjust_wallet(shop, &other, user, &once).await.unwrap();
        assert_eq!(shop.balance(user).await, 2_000, "request ids are each operator's own");
    }

    async fn nobody_rewrites_an_adjustment(shop) {
        let user = shop.shopper(0).await;
        let (by, _) = managers(shop).await;
        adjust(shop, &by, user, 1_000).await.unwrap();
        adjust(shop, &by, user, 500_000).await.unwrap();
        let table = [
            ("UPDATE wallet_adjustments SET amount = 2 WHERE state = 'PROPOSED'", "only its decision is written later"),
            ("UPDATE wallet_adjustments SET state = 'DECLINED', decided_by = 1 WHERE state = 'APPLIED'", "decided once"),
            ("DELETE FROM wallet_adjustments", "never deleted"),
        ];
        for (sql, said) in table {
            let refused = shop.refusal_of(sql).await;
            assert!(refused.contains(said), "{sql}: {refused}");
        }
        let own = "UPDATE wallet_adjustments SET state = 'APPLIED', decided_at = 1, posting_id = id, \
                   decided_by = operator_id WHERE state = 'PROPOSED'";
        assert!(shop.refusal_of(own).await.contains("wallet_adjustments_second"));
    }
}

by_one_and_by_three! {
    async fn operators_who_approve_and_decline_one_proposal_at_once_move_the_money_once_or_never(shop, shops) {
        let user = shop.shopper(0).await;
        let (by, other) = managers(shop).await;
        let third = shop.operator(OperatorRole::Owner).await;
        for turn in 0..4 {
            let balance = shop.balance(user).await;
            let proposal = adjust(shop, &by, user, 500_000).await.unwrap().id;
            let outcomes = at_once(24, |index| {
                let (own, by) = (shops.at(index), [&other, &third, &by][index % 3].clone());
                async move {
                    if index % 6 < 3 || turn % 2 == 0 {
                        approve_adjustment(&own, &by, proposal).await
                    } else {
                        decline_adjustment(&own, &by, proposal).await
                    }
                }
            })
            .await;
            assert!(
                outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::AdjustmentRefused(_)))),
                "{outcomes:?}"
            );
            let states: Vec<_> = outcomes.iter().flatten().map(|done| (done.state, done.decided_by)).collect();
            assert!(!states.is_empty() && states.iter().all(|state| *state == states[0]), "{outcomes:?}");
            let moved = if states[0].0 == AdjustmentState::Applied { 500_000 } else { 0 };
            assert!(moved == 0 || states[0].1 != Some(by.id()));
            assert_eq!(shop.balance(user).await, balance + moved);
            verify(shop).await;
        }
    }

    // Each would be within the limit alone; by many tabs at once no more than the limit is moved by one alone.
    async fn one_operator_in_many_tabs_moves_no_more_than_the_limit_alone(shop, shops) {
        let users = shop.shoppers(8, 100_000).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let outcomes = at_once(16, |index| {
            let (own, by, user) = (shops.at(index), by.clone(), users[index % 8]);
            async move { adjust(&own, &by, user, if index % 2 == 0 { 30_000 } else { -30_000 }).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word_of)), [("APPLIED", 3), ("PROPOSED", 13)].into());
        verify(shop).await;
    }

    async fn many_operators_at_once_move_no_more_of_one_wallet_than_the_limit(shop, shops) {
        let user = shop.shopper(500_000).await;
        let mut operators = Vec::new();
        for _ in 0..8 {
            operators.push(shop.operator(OperatorRole::Manager).await);
        }
        let outcomes = at_once(16, |index| {
            let (own, by) = (shops.at(index), operators[index % 8].clone());
            async move { adjust(&own, &by, user, 30_000).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word_of)), [("APPLIED", 3), ("PROPOSED", 13)].into());
        assert_eq!(shop.balance(user).await, 590_000);
        verify(shop).await;
    }

    async fn one_adjustment_asked_for_32_times_is_done_once(shop, shops) {
        let user = shop.shopper(0).await;
        let (by, once) = (shop.operator(OperatorRole::Manager).await, request(7_000));
        let outcomes = at_once(32, |index| {
            let (own, by, once) = (shops.at(index), by.clone(), once.clone());
            async move { adjust_wallet(&own, &by, user, &once).await }
        })
        .await;
        assert!(outcomes.iter().all(|outcome| ["APPLIED", "request_in_progress"].contains(&word_of(outcome))), "{outcomes:?}");
        assert_eq!((shop.balance(user).await, shop.count("wallet_adjustments").await), (7_000, 1));
        verify(shop).await;
    }

    async fn adjustments_charges_and_payments_of_one_wallet_lose_no_won(shop, shops) {
        let user = shop.shopper(9_900_000).await;
        let product = shop.product(20_000, 100).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let outcomes = at_once(32, |index| {
            let (own, by) = (shops.at(index), by.clone());
            async move {
                match index % 4 {
                    0 => adjust(&own, &by, user, 9_000).await.map(|made| (made.state, made.amount.get())),
                    1 => adjust(&own, &by, user, -9_000).await.map(|made| (made.state, made.amount.get())),
                    2 => charge_wallet(&own, user, Won::new(50_000), key())
                        .await
                        .map(|charge| (AdjustmentState::Applied, charge.amount.get())),
                    _ => shop::order::service::place_order(&own, user, one_of(product), key())
                        .await
                        .map(|order| (AdjustmentState::Applied, -order.final_amount.get())),
                }
            }
        })
        .await;
        let expected = |outcome: &Result<_, Error>| {
            matches!(outcome, Ok(_) | Err(Error::Refused { .. } | Error::AdjustmentRefused(_)))
        };
        assert!(outcomes.iter().all(expected), "{outcomes:?}");
        let moved = |outcome: &(AdjustmentState, i64)| if outcome.0 == AdjustmentState::Applied { outcome.1 } else { 0 };
        let moved: i64 = outcomes.iter().flatten().map(moved).sum();
        assert_eq!(shop.balance(user).await, 9_900_000 + moved);
        verify(shop).await;
    }
}
