//! The guards alone: each race below the desks, or below the locks, where no other guard puts right what this
//! one lets pass. `scripts/bite.sh` takes them out one by one.

use crate::support::*;
use shop::coupon::store as coupons;
use shop::database::{is_duplicate, retried};
use shop::order::stages::{self, Paid, Reserved};
use shop::order::store::{self, StockMove};
use shop::ports::CouponAnswer;
use shop::{Error, Fault, Shop};

/// Who came too late for a guarded write, as opposed to a fault.
fn is_too_late(error: &Error) -> bool {
    matches!(error, Error::Fault(Fault::Broken(_)))
}

on_both_engines! {
    // Nobody has locked the row: the UPDATE's own condition, and the count of the rows it met, decide.
    async fn a_guarded_update_alone_gives_out_just_what_is_there(shop) {
        let product = shop.product(1_000, 10).await;
        let one = StockMove::from([(product, 1)]);
        let outcomes = at_once(64, |_| {
            let (own, one): (Shop, _) = ((**shop).clone(), one.clone());
            async move {
                retried(|| async {
                    let mut tx = own.db().begin().await?;
                    store::write_reserved(&mut tx, &one).await?;
                    Ok(tx.commit().await?)
                })
                .await
            }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(is_too_late), "{outcomes:?}");
        assert_eq!(shop.stock(product).await, (10, 10));
        let mut tx = shop.db().begin().await.unwrap();
        store::write_released(&mut tx, &StockMove::from([(product, 10)])).await.unwrap();
        tx.commit().await.unwrap();
        verify(shop).await;
    }

    // Nobody has locked the piece: the guarded UPDATE alone.
    async fn a_guarded_update_alone_lets_one_of_16_orders_hold_a_coupon(shop) {
        let user = shop.shopper(0).await;
        let code = shop.coupon("ONCE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let piece = shop.figure("SELECT id AS n FROM user_coupons").await;
        let outcomes = at_once(16, |_| {
            let own: Shop = (**shop).clone();
            async move {
                let order = own.mint_order_id();
                retried(|| async {
                    let mut tx = own.db().begin().await?;
                    coupons::write_held(&mut tx, &[(piece, order)]).await?;
                    Ok(tx.commit().await?)
                })
                .await
            }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(is_too_late), "{outcomes:?}");
        shop.arrange("UPDATE user_coupons SET status = 'ISSUED', order_id = NULL").await;
    }

    // Nobody has locked the coupon or looked for a piece: the key alone.
    async fn the_unique_key_alone_gives_one_shopper_one_piece(shop) {
        let user = shop.shopper(0).await;
        let code = shop.coupon("MINE", TEN_PERCENT, 100).await;
        let coupon = coupons::find_coupon(shop.db(), &code).await.unwrap().unwrap().id;
        let outcomes = at_once(16, |_| {
            let own: Shop = (**shop).clone();
            async move {
                let mut tx = own.db().begin().await?;
                coupons::write_claims(&mut tx, &[(user, coupon)], own.now()).await?;
                tx.commit().await
            }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        // MariaDB may give one up as a deadlock's victim; nobody else gets a piece by it.
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(refused.filter(|fault| is_duplicate(fault)).count() >= 1, "{outcomes:?}");
        assert_eq!(shop.issued(&code).await, (1, 0));
        verify(shop).await;
    }

    // The gate alone, before any database is asked.
    async fn the_gate_alone_lets_just_so_many_pass_as_there_are_pieces(shop) {
        let users = shop.shoppers(64, 0).await;
        for round in 0..16 {
            let (own, code): (Shop, _) = ((**shop).clone(), format!("GATE{round}"));
            own.ports().gate.set_issued(&code, 90).await.unwrap();
            let outcomes = at_once(64, |index| {
                let (own, code, user) = (own.clone(), code.clone(), users[index]);
                async move { own.ports().gate.take_coupon(&code, user, 100).await.unwrap() }
            })
            .await;
            let taken = outcomes.iter().filter(|answer| **answer == CouponAnswer::Taken).count();
            assert_eq!(taken, 10, "{outcomes:?}");
            assert!(outcomes.iter().all(|answer| [CouponAnswer::Taken, CouponAnswer::SoldOut].contains(answer)));
        }
    }

    // One instance after another holds the coupon of a paid order; none is confirmed yet.
    async fn a_paid_order_alone_holds_its_coupon_against_the_next(shop) {
        let other = shop.another().await;
        let user = shop.shopper(100_000).await;
        let product = shop.product(10_000, 10).await;
        let code = shop.coupon("ONCE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(shop.reserve(user, with_coupon(one_of(product), &code)).await);
        }
        let outcomes = at_once(8, |index| {
            let own: Shop = if index % 2 == 0 { (**shop).clone() } else { other.clone() };
            let id = ids[index];
            async move {
                let paid = retried(|| async { stages::pay(&own, &untraced(&[id])).await }).await;
                match paid.unwrap().pop().unwrap().unwrap() {
                    Paid::Paid(_) => "paid",
                    Paid::Rejected(refusal, _) => refusal.code(),
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
        assert_eq!(tally(outcomes), [("coupon_not_applicable", 7), ("paid", 1)].into());
        assert_eq!(shop.balance(user).await, 91_000);
        verify(shop).await;
    }

    // Not one transaction is given up, so none had to be tried again: every one takes its locks in one order.
    async fn lone_orders_of_the_same_products_from_either_end_never_deadlock(shop) {
        let shops = shop.instances(3).await;
        let users = shop.shoppers(96, 100_000).await;
        let mut products = Vec::new();
        for _ in 0..6 {
            products.push(shop.product(1_000, 1_000).await);
        }
        let lines: Vec<_> = products.iter().map(|product| (*product, 1)).collect();
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, order_request(&lines))).collect();
        let outcomes = at_once(96, |index| {
            let (own, job) = (shops.at(index), jobs[index].clone());
            async move {
                match stages::reserve(&own, &[job]).await?.pop().unwrap()? {
                    Reserved::New(order) => Ok::<_, Error>(order.status.as_str()),
                    Reserved::Seen(row) => panic!("{row:?}"),
                }
            }
        })
        .await;
        let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert!(refused.is_empty(), "{} of 96 were given up: {:?}", refused.len(), refused[0]);
        assert_eq!(shop.stock(products[0]).await, (1_000, 96));
        verify(shop).await;
    }
}
