//! What MariaDB gives up for another's sake is tried again, so often and no more; what an instance holds that
//! stopped in mid-transaction is freed.

use crate::support::*;
use shop::database::{Engine, Sql, retried};
use shop::id::UserId;
use shop::order::service::place_order;
use shop::{Error, Fault, Shop};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Barrier;

fn lock_wallet(user: UserId) -> Sql {
    Sql::new("SELECT balance FROM wallets WHERE user_id = ? FOR UPDATE").bind(user)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadlock_costs_one_of_two_transactions_another_try() {
    let shop = shop_on(Engine::MySql).await;
    let users = shop.shoppers(2, 1_000).await;
    let (tries, both_hold_one) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
    let done = at_once(2, |index| {
        let (own, users, tries, barrier) = ((*shop).clone(), users.clone(), tries.clone(), both_hold_one.clone());
        async move {
            let mut is_first = true;
            retried(|| {
                let waits = std::mem::take(&mut is_first);
                let (own, users, tries, barrier) = (own.clone(), users.clone(), tries.clone(), barrier.clone());
                async move {
                    tries.fetch_add(1, Ordering::SeqCst);
                    let mut tx = own.db().begin().await?;
                    tx.fetch_all(lock_wallet(users[index])).await?;
                    if waits {
                        barrier.wait().await;
                    }
                    tx.fetch_all(lock_wallet(users[1 - index])).await?;
                    tx.commit().await?;
                    Ok(())
                }
            })
            .await
        }
    })
    .await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(tries.load(Ordering::SeqCst), 3, "one of the two was tried twice");
    shop.finish().await;
}

/// Tries a statement that MariaDB refuses with this number again and again; gives how often.
async fn tries_at(shop: &Shop, number: u16, state: &str) -> usize {
    let tries = AtomicUsize::new(0);
    let refused: Result<(), Error> = retried(|| async {
        tries.fetch_add(1, Ordering::SeqCst);
        let mut tx = shop.db().begin().await?;
        let text = format!("SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'said by the test'");
        tx.run_script(Box::leak(text.into_boxed_str())).await?;
        Ok(())
    })
    .await;
    assert!(matches!(refused, Err(Error::Fault(Fault::Database(_)))), "{number}: {refused:?}");
    tries.into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_database_gives_up_is_tried_six_times_and_anything_else_once() {
    let shop = shop_on(Engine::MySql).await;
    for (number, state, expected) in [
        (1213, "40001", 6),
        (1205, "HY000", 6),
        (1020, "HY000", 6),
        (1412, "HY000", 6),
        (1062, "23000", 6),
        (1644, "45000", 1),
        (1048, "23000", 1),
        (1142, "42000", 1),
    ] {
        assert_eq!(tries_at(&shop, number, state).await, expected, "{number}");
    }
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_connection_costs_a_transaction_another_try_and_a_commit_in_doubt_none() {
    let shop = shop_on(Engine::MySql).await;
    let user = shop.shopper(1_000).await;
    let kill = async |tx: &mut shop::database::Tx| {
        let id =
            tx.fetch_optional(Sql::new("SELECT CAST(CONNECTION_ID() AS SIGNED INTEGER) AS id")).await.unwrap().unwrap();
        let id = id.int("id").unwrap();
        run_script(shop.db(), &format!("KILL {id}")).await;
    };
    let tries = AtomicUsize::new(0);
    let balance = retried(|| async {
        let is_first = tries.fetch_add(1, Ordering::SeqCst) == 0;
        let mut tx = shop.db().begin().await?;
        tx.fetch_all(lock_wallet(user)).await?;
        if is_first {
            kill(&mut tx).await;
        }
        let row = tx.fetch_optional(lock_wallet(user)).await?;
        tx.commit().await?;
        Ok(row.unwrap().int("balance").unwrap())
    })
    .await;
    assert_eq!((balance.unwrap(), tries.into_inner()), (1_000, 2));

    let tries = AtomicUsize::new(0);
    let doubt: Result<(), Error> = retried(|| async {
        tries.fetch_add(1, Ordering::SeqCst);
        let mut tx = shop.db().begin().await?;
        tx.fetch_all(lock_wallet(user)).await?;
        kill(&mut tx).await;
        tx.commit().await?;
        Ok(())
    })
    .await;
    assert!(matches!(doubt, Err(Error::Fault(Fault::Uncertain(_)))), "{doubt:?}");
    assert_eq!(tries.into_inner(), 1);
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_instance_that_stops_in_mid_transaction_loses_its_locks_and_the_sale_goes_on() {
    let shop = shop_on(Engine::MySql).await;
    let (user, product) = (shop.shopper(10_000).await, shop.product(1_000, 10).await);
    let mut frozen = shop.db().begin().await.unwrap();
    let hold = "UPDATE products SET reserved_stock = reserved_stock + 1 WHERE id = ?";
    assert_eq!(frozen.execute(Sql::new(hold).bind(product)).await.unwrap(), 1);
    assert_eq!(word(&place_order(&shop, user, one_of(product), key()).await), "COMPLETED");
    assert_eq!(shop.stock(product).await, (9, 0), "what was not committed is gone");
    assert!(frozen.commit().await.is_err(), "and cannot come back");
    shop.finish().await;
}
