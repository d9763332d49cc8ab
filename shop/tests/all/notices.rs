//! What a shopper agreed to, kept word for word.

use crate::support::*;
use shop::notice::NoticeDigest;
use shop::notice::service::{NoticeText, find_notice, keep_notices};
use shop::order::{OrderRequest, OrderStatus};

const KO: NoticeText<'static> =
    NoticeText { name: "withdrawal", lang: "ko", body: "철회할 수 없습니다 🎵 <b>" };
const EN: NoticeText<'static> = NoticeText { name: "withdrawal", lang: "en", body: "You cannot withdraw." };

fn digest_of(notice: NoticeText<'_>) -> NoticeDigest {
    NoticeDigest::of(notice.name, notice.lang, notice.body)
}

fn agreeing(request: OrderRequest, notice: NoticeText<'_>) -> OrderRequest {
    OrderRequest { consent_notice: Some(digest_of(notice)), ..request }
}

on_both_engines! {
    async fn a_notice_is_kept_once_and_reads_back_as_it_was_written(shop) {
        keep_notices(shop, &[KO]).await.unwrap();
        shop.advance(HOUR);
        keep_notices(shop, &[KO, EN]).await.unwrap();
        assert_eq!(shop.count("notices").await, 2);
        let kept = find_notice(shop, &digest_of(KO)).await.unwrap().unwrap();
        assert_eq!((kept.name.as_str(), kept.lang.as_str(), kept.body.as_str()), (KO.name, KO.lang, KO.body));
        assert_eq!(kept.created_at, START);
        let unknown = NoticeDigest::of("withdrawal", "ko", "another");
        assert_eq!(find_notice(shop, &unknown).await.unwrap(), None);
    }

    async fn several_instances_may_keep_the_same_notice_at_once(shop) {
        let other = shop.another().await;
        let outcomes = at_once(6, |index| {
            let shop = if index % 2 == 0 { shop::Shop::clone(shop) } else { other.clone() };
            async move { keep_notices(&shop, &[KO, EN]).await.is_ok() }
        })
        .await;
        assert_eq!(outcomes, [true; 6]);
        assert_eq!(shop.count("notices").await, 2);
    }

    async fn an_order_keeps_which_notice_was_agreed_to(shop) {
        keep_notices(shop, &[KO, EN]).await.unwrap();
        let (user, product) = (shop.shopper(50_000).await, shop.product(1_000, 9).await);
        let agreed = shop.place(user, agreeing(one_of(product), KO)).await.unwrap();
        assert_eq!(agreed.consent_notice, Some(digest_of(KO)));
        assert_eq!(shop.order(agreed.id).await, agreed, "what was answered is what is stored");
        let silent = shop.place(user, one_of(product)).await.unwrap();
        assert_eq!(shop.order(silent.id).await.consent_notice, None);
    }

    async fn a_refused_order_keeps_it_too(shop) {
        let (poor, product) = (shop.shopper(0).await, shop.product(1_000, 9).await);
        refusal(shop.place(poor, agreeing(one_of(product), KO)).await);
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM orders WHERE consent_notice IS NOT NULL").await, 1);
    }

    async fn a_repeat_is_the_same_request_whatever_the_wording_but_not_without_consent(shop) {
        let (user, product) = (shop.shopper(50_000).await, shop.product(1_000, 9).await);
        let key = named_key("once");
        let first = shop.place_as(user, agreeing(one_of(product), KO), key.clone()).await.unwrap();
        let again = shop.place_as(user, agreeing(one_of(product), EN), key.clone()).await.unwrap();
        assert_eq!((again.id, again.consent_notice), (first.id, Some(digest_of(KO))));
        let without = shop.place_as(user, one_of(product), key).await;
        assert_eq!(word(&without), "idempotency_key_reused");
        assert_eq!(shop.count("orders").await, 1);
    }

    async fn neither_a_notice_nor_a_consent_can_be_changed(shop) {
        keep_notices(shop, &[KO]).await.unwrap();
        let (user, product) = (shop.shopper(50_000).await, shop.product(1_000, 9).await);
        let order = shop.place(user, agreeing(one_of(product), KO)).await.unwrap();
        assert_eq!(order.status, OrderStatus::Completed);
        shop.place(user, one_of(product)).await.unwrap();
        let table = [
            ("UPDATE orders SET consent_notice = NULL WHERE consent_notice IS NOT NULL", "only the status"),
            ("UPDATE orders SET consent_notice = 'x' WHERE consent_notice IS NULL", "only the status"),
            ("UPDATE notices SET body = 'other words'", "insert-only"),
            ("DELETE FROM notices", "insert-only"),
        ];
        for (sql, said) in table {
            let refused = shop.refusal_of(sql).await;
            assert!(refused.contains(said), "{sql}: {refused}");
        }
    }
}
