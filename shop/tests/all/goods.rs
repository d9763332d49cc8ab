//! Products and coupons in operators' hands: what may change while orders and claims come in at the same moment, that
//! nobody overwrites what they have not seen, and that every act is in the log.

use crate::support::*;
use shop::coupon::console::model::{CampaignFilter, CampaignStanding, CampaignTerms};
use shop::coupon::console::service::{create_campaign, edit_campaign, find_campaign, list_campaigns, set_running};
use shop::coupon::service::claim_coupon;
use shop::coupon::{Discount, UserCouponState};
use shop::error::CouponReason;
use shop::id::ProductId;
use shop::operator::store::AuditFilter;
use shop::operator::{Operator, OperatorRole, audit};
use shop::order::service::place_order;
use shop::page::{Page, PageLimit};
use shop::product::console::draft::{LongTexts, find_texts, keep_texts};
use shop::product::console::model::{ProductDetail, ProductFilter, ProductStanding};
use shop::product::console::service::{
    Adjustment, adjust_stock, create_product, edit_product, find_product, list_products, set_for_sale,
};
use shop::product::{Category, ProductDraft};
use shop::{Error, FieldProblem, Refusal, Shop, Timestamp, Won};

async fn detail(shop: &Shop, operator: &Operator, id: ProductId) -> ProductDetail {
    find_product(shop, operator, id, &Page::default()).await.unwrap().expect("there is such a product")
}

/// As the form of the console would send it back, unchanged.
fn draft_of(detail: &ProductDetail) -> ProductDraft {
    let product = detail.product.clone();
    ProductDraft {
        sku: product.sku,
        category: product.category,
        name: product.name,
        name_en: product.name_en,
        creator: product.creator,
        summary: product.summary,
        summary_en: product.summary_en,
        description: product.description,
        description_en: product.description_en,
        cover: product.cover,
        price: product.price,
        total_stock: product.total_stock,
        is_active: product.is_active,
    }
}

async fn move_stock(shop: &Shop, by: &Operator, id: ProductId, quantity: i64) -> Result<i64, Error> {
    let last_seen = detail(shop, by, id).await.last_movement;
    adjust_stock(shop, by, id, &Adjustment { quantity, reason: "세어 보니".to_owned(), last_seen }).await
}

/// What was done, newest first: act and subject.
async fn acts(shop: &Shop, operator: &Operator) -> Vec<(String, String)> {
    let log = audit::list(shop, operator, &AuditFilter::default(), &Page::default()).await.unwrap();
    log.items.into_iter().map(|row| (row.act, format!("{}:{}", row.subject_kind, row.subject_id))).collect()
}

fn terms(discount: Discount, total: i64, starts_at: Timestamp, ends_at: Timestamp) -> CampaignTerms {
    CampaignTerms {
        name: "쿠폰".to_owned(),
        name_en: "Coupon".to_owned(),
        discount,
        minimum_amount: Won::ZERO,
        total_quantity: total,
        starts_at,
        ends_at,
    }
}

on_both_engines! {
    async fn a_product_is_made_edited_moved_and_retired_and_each_act_is_logged(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let id = create_product(shop, &manager, draft(1_000, 5)).await.unwrap();
        let made = detail(shop, &manager, id).await;
        assert_eq!((made.came_in, made.taken_out, made.sold, made.movements.items.len()), (5, 0, 0, 1));
        assert_eq!(made.movements.items[0].operator_id, Some(manager.id()));

        let wanted = ProductDraft { price: Won::new(1_200), description: "긴 글".repeat(3_000), ..draft_of(&made) };
        edit_product(shop, &manager, id, wanted.clone(), &made.seen).await.unwrap();
        edit_product(shop, &manager, id, wanted, &made.seen).await.expect("the same form sent twice changes nothing");
        assert_eq!(detail(shop, &manager, id).await.product.price, Won::new(1_200));

        assert_eq!(move_stock(shop, &manager, id, 7).await.unwrap(), 12);
        assert_eq!(move_stock(shop, &manager, id, -2).await.unwrap(), 10);
        let buyer = shop.shopper(10_000).await;
        shop.place(buyer, order_request(&[(id, 3)])).await.unwrap();
        let moved = detail(shop, &manager, id).await;
        assert_eq!((moved.came_in, moved.taken_out, moved.sold, moved.product.total_stock), (12, 2, 3, 7));
        let quantities: Vec<i64> = moved.movements.items.iter().map(|movement| movement.quantity).collect();
        assert_eq!(quantities, [-2, 7, 5], "newest first");

        set_for_sale(shop, &manager, id, false).await.unwrap();
        assert!(matches!(shop.place(buyer, one_of(id)).await, Err(Error::Invalid(_))), "it is not for sale");
        set_for_sale(shop, &manager, id, true).await.unwrap();
        shop.place(buyer, one_of(id)).await.unwrap();
        let subject = format!("product:{id}");
        let done = ["activated", "retired", "stock_adjusted", "stock_adjusted", "edited", "made"];
        let logged = done.map(|act| (format!("product.{act}"), subject.clone()));
        assert_eq!(acts(shop, &manager).await, logged);
        verify(shop).await;
    }

    async fn what_is_wrong_with_a_product_is_named_and_nothing_is_stored(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let taken = draft(1_000, 1);
        let id = create_product(shop, &manager, taken.clone()).await.unwrap();
        assert_eq!(wrong_fields(create_product(shop, &manager, taken).await), ["sku"]);
        let bad = ProductDraft { price: Won::new(1_050), name: String::new(), ..draft(1_000, 1) };
        assert_eq!(wrong_fields(create_product(shop, &manager, bad).await), ["price", "name"]);
        let seen = detail(shop, &manager, id).await;
        let bad = ProductDraft { price: Won::new(0), ..draft_of(&seen) };
        assert_eq!(wrong_fields(edit_product(shop, &manager, id, bad, &seen.seen).await), ["price"]);
        for quantity in [0, -2, i64::MIN, i64::MAX] {
            assert_eq!(wrong_fields(move_stock(shop, &manager, id, quantity).await), ["pieces_moved"], "{quantity}");
        }
        let silent = Adjustment { quantity: 1, reason: " ".to_owned(), last_seen: seen.last_movement };
        assert_eq!(wrong_fields(adjust_stock(shop, &manager, id, &silent).await), ["reason"]);
        let unknown = ProductId::new(999_999);
        assert!(matches!(set_for_sale(shop, &manager, unknown, false).await, Err(Error::NotFound)));
        assert_eq!((shop.count("products").await, shop.stock(id).await), (1, (1, 0)));
        assert_eq!(acts(shop, &manager).await.len(), 1, "only the making was done");
    }

    async fn an_edit_never_overwrites_what_its_operator_has_not_seen(shop) {
        let (one, other) = (shop.operator(OperatorRole::Manager).await, shop.operator(OperatorRole::Owner).await);
        let id = create_product(shop, &one, draft(1_000, 5)).await.unwrap();
        let seen = detail(shop, &one, id).await;
        let dearer = ProductDraft { price: Won::new(2_000), ..draft_of(&seen) };
        edit_product(shop, &one, id, dearer, &seen.seen).await.unwrap();
        let renamed = ProductDraft { name: "다른 이름".to_owned(), ..draft_of(&seen) };
        let refused = edit_product(shop, &other, id, renamed, &seen.seen).await;
        assert!(matches!(refused, Err(Error::ChangedMeanwhile)), "{refused:?}");
        let now = detail(shop, &one, id).await;
        assert_eq!((now.product.price, now.product.name.as_str()), (Won::new(2_000), "책"));
        // A sale is no edit.
        shop.place(shop.shopper(10_000).await, one_of(id)).await.unwrap();
        let renamed = ProductDraft { name: "다른 이름".to_owned(), ..draft_of(&now) };
        edit_product(shop, &other, id, renamed, &now.seen).await.unwrap();

        let twice = Adjustment { quantity: 3, reason: "입고".to_owned(), last_seen: now.last_movement };
        adjust_stock(shop, &one, id, &twice).await.unwrap();
        assert!(matches!(adjust_stock(shop, &one, id, &twice).await, Err(Error::ChangedMeanwhile)), "sent twice");
        assert_eq!(shop.stock(id).await, (7, 0));
    }

    async fn who_saw_the_old_price_reads_that_it_changed(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let user = shop.shopper(10_000).await;
        let id = create_product(shop, &manager, draft(1_000, 5)).await.unwrap();
        let under_way = shop.reserve(user, one_of(id)).await;
        let seen = detail(shop, &manager, id).await;
        let dearer = ProductDraft { price: Won::new(1_500), ..draft_of(&seen) };
        edit_product(shop, &manager, id, dearer, &seen.seen).await.unwrap();
        let refused = refusal(shop.place(user, expecting(one_of(id), 1_000)).await);
        assert_eq!(refused, Refusal::PriceChanged { expected: Won::new(1_000), actual: Won::new(1_500) });
        assert_eq!(shop.order(under_way).await.final_amount, Won::new(1_000), "an order keeps what it was placed at");
    }

    async fn products_are_found_by_text_category_and_standing_and_paged(shop) {
        let viewer = shop.operator(OperatorRole::Viewer).await;
        let manager = shop.operator(OperatorRole::Manager).await;
        let music = ProductDraft { category: Category::Music, name: "봄 노래 100%".to_owned(), ..draft(1_000, 3) };
        let retired = ProductDraft { is_active: false, ..draft(1_000, 3) };
        let mut ids = Vec::new();
        for new in [draft(1_000, 3), draft(1_000, 0), retired.clone(), music] {
            ids.push(create_product(shop, &manager, new).await.unwrap());
        }
        let find = async |filter: ProductFilter| {
            let found = list_products(shop, &viewer, &filter, &Page::default()).await.unwrap();
            found.items.into_iter().map(|product| product.id).collect::<Vec<_>>()
        };
        let text = |text: &str| ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() };
        let of = |standing| ProductFilter { standing: Some(standing), ..ProductFilter::default() };
        assert_eq!(find(ProductFilter::default()).await, [ids[3], ids[2], ids[1], ids[0]]);
        assert_eq!(find(of(ProductStanding::ForSale)).await, [ids[3], ids[0]]);
        assert_eq!(find(of(ProductStanding::SoldOut)).await, [ids[1]]);
        assert_eq!(find(of(ProductStanding::Retired)).await, [ids[2]]);
        assert_eq!(find(text("노래 100%")).await, [ids[3]]);
        assert_eq!(find(text("100_")).await, []);
        assert_eq!(find(text(&retired.sku.to_lowercase())).await, [ids[2]]);
        let category = ProductFilter { category: Some(Category::Music), ..ProductFilter::default() };
        assert_eq!(find(category).await, [ids[3]]);
        let mut page = Page::first(PageLimit::new(3).unwrap());
        let first = list_products(shop, &viewer, &ProductFilter::default(), &page).await.unwrap();
        page.cursor = first.next_cursor;
        let rest = list_products(shop, &viewer, &ProductFilter::default(), &page).await.unwrap();
        assert_eq!((first.items.len(), rest.items.len(), rest.next_cursor), (3, 1, None));
    }

    async fn who_may_not_edit_goods_changes_nothing(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let id = create_product(shop, &manager, draft(1_000, 5)).await.unwrap();
        let coupon = shop.coupon("KEEP", TEN_PERCENT, 5).await;
        let (seen, campaign) = (
            detail(shop, &manager, id).await,
            find_campaign(shop, &manager, &coupon).await.unwrap().expect("there is such a campaign"),
        );
        let before = acts(shop, &manager).await;
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let who = shop.operator(role).await;
            assert_eq!(detail(shop, &who, id).await.product, seen.product, "looking is for everybody");
            let other = CampaignTerms { total_quantity: 9, ..CampaignTerms::of(&campaign.coupon) };
            let refused = [
                create_product(shop, &who, draft(1_000, 1)).await.map(drop),
                edit_product(shop, &who, id, draft(2_000, 1), &seen.seen).await,
                set_for_sale(shop, &who, id, false).await,
                move_stock(shop, &who, id, 1).await.map(drop),
                create_campaign(shop, &who, code("NEW"), other.clone()).await.map(drop),
                edit_campaign(shop, &who, &coupon, &other, &campaign.seen).await,
                set_running(shop, &who, &coupon, false).await,
            ];
            for (index, refused) in refused.into_iter().enumerate() {
                assert!(matches!(refused, Err(Error::Forbidden)), "{index} by a {}: {refused:?}", role.as_str());
            }
        }
        assert_eq!(acts(shop, &manager).await, before);
        assert_eq!(shop.stock(id).await, (5, 0));
    }

    async fn a_stopped_coupon_is_neither_claimed_nor_used_until_it_is_started_again(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let (holder, late) = (shop.shopper(10_000).await, shop.shopper(10_000).await);
        let product = shop.product(1_000, 5).await;
        let coupon = shop.coupon("STOPPED", TEN_PERCENT, 5).await;
        shop.claim(holder, &coupon).await;
        set_running(shop, &manager, &coupon, false).await.unwrap();
        let stopped = Refusal::CouponNotApplicable { reason: CouponReason::Stopped };
        assert_eq!(refusal(claim_coupon(shop, late, &coupon).await), stopped);
        assert_eq!(refusal(shop.place(holder, with_coupon(one_of(product), &coupon)).await), stopped);
        assert_eq!(shop.piece(holder, &coupon).await, Some(UserCouponState::Issued), "it stays theirs");
        let campaign = find_campaign(shop, &manager, &coupon).await.unwrap().unwrap();
        assert_eq!((campaign.standing, campaign.coupon.issued_quantity), (CampaignStanding::Stopped, 1));

        set_running(shop, &manager, &coupon, true).await.unwrap();
        shop.claim(late, &coupon).await;
        let order = shop.place(holder, with_coupon(one_of(product), &coupon)).await.unwrap();
        assert_eq!(order.final_amount, Won::new(900));
        let subject = format!("coupon:{coupon}");
        let logged = ["coupon.started", "coupon.stopped"].map(|act| (act.to_owned(), subject.clone()));
        assert_eq!(acts(shop, &manager).await, logged);
        let campaign = find_campaign(shop, &manager, &coupon).await.unwrap().unwrap();
        let figures = campaign.figures;
        assert_eq!((figures.discount_given, figures.paid_with_it), (Won::new(100), Won::new(900)));
        assert_eq!((figures.claims_in_ten_seconds, figures.claims_in_a_minute, figures.in_use), (2, 2, 0));
        shop.advance(30 * SECOND);
        let campaign = find_campaign(shop, &manager, &coupon).await.unwrap().unwrap();
        assert_eq!((campaign.figures.claims_in_ten_seconds, campaign.figures.claims_in_a_minute), (0, 2));
        verify(shop).await;
    }

    async fn an_order_that_holds_a_piece_comes_through_a_stop(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let coupon = shop.coupon("HELD", TEN_PERCENT, 5).await;
        shop.claim(user, &coupon).await;
        let order = shop.reserve_and_pay(user, with_coupon(one_of(product), &coupon)).await;
        set_running(shop, &manager, &coupon, false).await.unwrap();
        assert_eq!(find_campaign(shop, &manager, &coupon).await.unwrap().unwrap().figures.in_use, 1);
        shop.confirm(order).await;
        assert_eq!(shop.piece(user, &coupon).await, Some(UserCouponState::Used));
        verify(shop).await;
    }

    async fn a_campaign_changes_as_far_as_what_shoppers_hold_allows(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let planned = terms(TEN_PERCENT, 2, shop.now(), shop.now().after(HOUR));
        let coupon = code("PLANNED");
        create_campaign(shop, &manager, coupon.clone(), planned.clone()).await.unwrap();
        let again = create_campaign(shop, &manager, coupon.clone(), planned.clone()).await;
        assert_eq!(wrong_fields(again), ["code"]);
        let over = terms(TEN_PERCENT, 2, shop.now().before(HOUR), shop.now());
        assert_eq!(wrong_fields(create_campaign(shop, &manager, code("OVER"), over).await), ["ends_at"]);
        for _ in 0..2 {
            shop.claim(shop.shopper(0).await, &coupon).await;
        }
        let seen = find_campaign(shop, &manager, &coupon).await.unwrap().unwrap();
        assert_eq!(seen.standing, CampaignStanding::SoldOut);
        let edit = async |wanted: CampaignTerms| edit_campaign(shop, &manager, &coupon, &wanted, &seen.seen).await;
        assert_eq!(wrong_fields(edit(CampaignTerms { total_quantity: 1, ..planned.clone() }).await), ["total_quantity"]);
        let other = CampaignTerms { discount: Discount::Rate(20), ..planned.clone() };
        assert_eq!(wrong_fields(edit(other).await), ["discount_value"]);
        edit(CampaignTerms { total_quantity: 3, ..planned.clone() }).await.unwrap();
        let refused = edit(CampaignTerms { total_quantity: 4, ..planned.clone() }).await;
        assert!(matches!(refused, Err(Error::ChangedMeanwhile)), "{refused:?}");
        shop.claim(shop.shopper(0).await, &coupon).await;
        let late = refusal(claim_coupon(shop, shop.shopper(0).await, &coupon).await);
        assert_eq!(late, Refusal::CouponSoldOut);
        assert_eq!(shop.issued(&coupon).await, (3, 0));
        verify(shop).await;
    }

    async fn campaigns_are_found_by_text_and_standing(shop) {
        let viewer = shop.operator(OperatorRole::Viewer).await;
        let manager = shop.operator(OperatorRole::Manager).await;
        let now = shop.now();
        let table = [
            ("RUNS", terms(TEN_PERCENT, 5, now, now.after(HOUR)), CampaignStanding::Running),
            ("COMES", terms(TEN_PERCENT, 5, now.after(MINUTE), now.after(HOUR)), CampaignStanding::Upcoming),
            ("GONE", terms(TEN_PERCENT, 1, now, now.after(HOUR)), CampaignStanding::SoldOut),
            ("HALTED", terms(TEN_PERCENT, 5, now, now.after(HOUR)), CampaignStanding::Stopped),
            ("OVER", terms(TEN_PERCENT, 5, now, now.after(SECOND)), CampaignStanding::Finished),
        ];
        for (text, terms, _) in &table {
            create_campaign(shop, &manager, code(text), terms.clone()).await.unwrap();
        }
        shop.claim(shop.shopper(0).await, &code("GONE")).await;
        set_running(shop, &manager, &code("HALTED"), false).await.unwrap();
        shop.advance(SECOND);
        for (text, _, standing) in &table {
            let filter = CampaignFilter { standing: Some(*standing), ..CampaignFilter::default() };
            let found = list_campaigns(shop, &viewer, &filter, &Page::default()).await.unwrap().items;
            let found: Vec<_> = found.iter().map(|(coupon, standing)| (coupon.code.as_str(), *standing)).collect();
            assert_eq!(found, [(*text, *standing)]);
        }
        let filter = CampaignFilter { text: Some("alt".to_owned()), ..CampaignFilter::default() };
        let found = list_campaigns(shop, &viewer, &filter, &Page::default()).await.unwrap().items;
        assert_eq!(found.len(), 1, "by a part of its code, however it is capitalised");
        let all = list_campaigns(shop, &viewer, &CampaignFilter::default(), &Page::default()).await.unwrap().items;
        assert_eq!(all.len(), 5);
    }

    async fn refused_texts_are_kept_for_an_hour_for_who_typed_them_and_of_which_product(shop) {
        let (manager, owner) = (shop.operator(OperatorRole::Manager).await, shop.operator(OperatorRole::Owner).await);
        let product = Some(shop.product(1_000, 5).await);
        let typed = |text: &str| LongTexts { description: format!("{text} 🎵\r\n\0'"), ..LongTexts::default() };
        keep_texts(shop, &manager, product, &typed("first")).await.unwrap();
        keep_texts(shop, &manager, product, &typed("second")).await.unwrap();
        keep_texts(shop, &manager, None, &typed("new")).await.unwrap();
        let find = async |by, product| find_texts(shop, by, product).await.unwrap();
        assert_eq!(find(&manager, product).await, Some(typed("second")));
        assert_eq!(find(&manager, None).await, Some(typed("new")));
        assert_eq!(find(&owner, product).await, None);
        let viewer = shop.operator(OperatorRole::Viewer).await;
        assert!(matches!(keep_texts(shop, &viewer, None, &typed("x")).await, Err(Error::Forbidden)));
        assert!(matches!(find_texts(shop, &viewer, None).await, Err(Error::Forbidden)));
        shop.advance(HOUR + SECOND);
        assert_eq!(find(&manager, product).await, None);
        keep_texts(shop, &owner, None, &typed("owner's")).await.unwrap();
        assert_eq!(shop.count("product_drafts").await, 1, "the others are forgotten");
    }
}

by_one_and_by_three! {
    async fn a_removal_never_takes_what_an_order_holds(shop, shops) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let product = shop.product(1_000, 60).await;
        let users = shop.shoppers(48, 10_000).await;
        let outcomes = at_once(64, |index| {
            let (own, manager) = (shops.at(index), manager.clone());
            let user = users.get(index).copied();
            async move {
                match user {
                    Some(user) => word(&place_order(&own, user, one_of(product), key()).await).to_owned(),
                    // Sixteen removals of two pieces; each tells what it could not do.
                    None => loop {
                        match move_stock(&own, &manager, product, -2).await {
                            Ok(_) => break "removed".to_owned(),
                            // Another removal came first; this one looks again.
                            Err(Error::ChangedMeanwhile) => {}
                            Err(Error::Invalid(errors)) => {
                                let problem = &errors[0].problem;
                                assert!(matches!(problem, FieldProblem::TooLarge { most: 0..=1 }), "{errors:?}");
                                break "held".to_owned();
                            }
                            Err(error) => panic!("a fault: {error}"),
                        }
                    },
                }
            }
        })
        .await;
        let tally = tally(outcomes.iter().map(String::as_str));
        let count = |word: &str| i64::try_from(tally.get(word).copied().unwrap_or_default()).unwrap();
        assert!(count("removed") >= 1, "{tally:?}");
        assert_eq!(count("COMPLETED") + count("insufficient_stock"), 48, "{tally:?}");
        let left = 60 - count("COMPLETED") - 2 * count("removed");
        assert_eq!(shop.stock(product).await, (left, 0), "{tally:?}");
        verify(shop).await;
    }

    async fn no_piece_is_issued_after_a_stop_has_been_answered(shop, shops) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let coupon = shop.coupon("RUSH", TEN_PERCENT, 1_000).await;
        let users = shop.shoppers(63, 0).await;
        let outcomes = at_once(64, |index| {
            let (own, manager, coupon) = (shops.at(index), manager.clone(), coupon.clone());
            let user = users.get(index).copied();
            async move {
                match user {
                    Some(user) => claim_coupon(&own, user, &coupon).await.map(drop),
                    None => set_running(&own, &manager, &coupon, false).await,
                }
            }
        })
        .await;
        assert!(outcomes[63].is_ok(), "{:?}", outcomes[63]);
        let (issued, _) = shop.issued(&coupon).await;
        let claimed = outcomes[..63].iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(issued, i64::try_from(claimed).unwrap(), "who was told so has a piece, and nobody else");
        for outcome in outcomes.into_iter().take(63).filter(Result::is_err) {
            let reason = CouponReason::Stopped;
            assert_eq!(refusal(outcome), Refusal::CouponNotApplicable { reason });
        }
        for index in 0..3 {
            let late = claim_coupon(&shops.at(index), shop.shopper(0).await, &coupon).await;
            assert!(matches!(late, Err(Error::Refused { .. })), "{late:?}");
        }
        assert_eq!(shop.issued(&coupon).await.0, issued);
        // What the gate counted for claims that found the coupon stopped is free again.
        set_running(shop, &manager, &coupon, true).await.unwrap();
        shop.claim(shop.shopper(0).await, &coupon).await;
        verify(shop).await;
    }

    async fn a_total_never_falls_below_what_is_being_claimed(shop, shops) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let coupon = shop.coupon("SHRINK", TEN_PERCENT, 40).await;
        let seen = find_campaign(shop, &manager, &coupon).await.unwrap().unwrap();
        let wanted = CampaignTerms { total_quantity: 20, ..CampaignTerms::of(&seen.coupon) };
        let users = shop.shoppers(63, 0).await;
        let outcomes = at_once(64, |index| {
            let (own, manager, coupon) = (shops.at(index), manager.clone(), coupon.clone());
            let (wanted, seen) = (wanted.clone(), seen.seen.clone());
            let user = users.get(index).copied();
            async move {
                match user {
                    Some(user) => claim_coupon(&own, user, &coupon).await.map(drop),
                    None => edit_campaign(&own, &manager, &coupon, &wanted, &seen).await,
                }
            }
        })
        .await;
        let (issued, _) = shop.issued(&coupon).await;
        let claimed = outcomes[..63].iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(issued, i64::try_from(claimed).unwrap());
        match &outcomes[63] {
            Ok(()) => assert_eq!(issued, 20, "the twentieth was the last"),
            Err(Error::Invalid(errors)) => {
                assert!(matches!(errors[0].problem, FieldProblem::TooSmall { least } if least > 20 && least <= 40));
                assert_eq!(issued, 40);
            }
            Err(error) => panic!("a fault: {error}"),
        }
        verify(shop).await;
    }
}
