//! A shop that has sold for a month, as `damda seed --large` fills it.

use crate::support::*;
use shop::load::history::{Filled, fill_with_history};

const ORDERS: u32 = 1_500;

on_both_engines! {
    async fn a_month_of_orders_is_what_the_shop_would_have_sold(shop) {
        let clock = &shop.clock;
        let mut heard = 0;
        let filled = fill_with_history(shop, clock, ORDERS, "a password nobody has", |orders| heard = orders);
        let Filled { orders, completed, rejected, given_up } = filled.await.unwrap().expect("an empty shop");
        assert_eq!((orders, heard), (ORDERS, ORDERS));
        assert_eq!(completed + rejected + given_up, ORDERS);
        assert!(completed > ORDERS * 9 / 10 && rejected > 0 && given_up > ORDERS / 50, "{completed} {rejected} {given_up}");
        let of = async |status: &str| {
            shop.figure(&format!("SELECT COUNT(*) AS n FROM orders WHERE status IN ({status})")).await
        };
        assert_eq!(of("'COMPLETED'").await, i64::from(completed));
        assert_eq!(of("'EXPIRED', 'FAILED'").await, i64::from(given_up));
        assert_eq!(of("'RESERVED', 'PAID', 'PENDING'").await, 0, "nothing is under way");
        let days = "SELECT CAST((MAX(created_at) - MIN(created_at)) / 86400000 AS SIGNED INTEGER) AS n FROM orders";
        assert!((20..=30).contains(&shop.figure(days).await), "spread over a month");
        assert_eq!(fill_with_history(shop, clock, ORDERS, "another", |_| ()).await.unwrap(), None, "only an empty one");
        verify(shop).await;
    }
}
