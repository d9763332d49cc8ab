//! Fills the shop in one transaction: all of it, or nothing.

use super::{COUPON, COUPON_PERCENT, COUPON_PIECES, PLENTIFUL_PRODUCTS, PLENTY, PRICE, SCARCE, store};
use crate::adjustment::store::write_adjustments;
use crate::adjustment::{Adjustment, AdjustmentState};
use crate::coupon::store::write_coupon;
use crate::coupon::{CouponCode, Discount, NewCoupon};
use crate::database::Tx;
use crate::error::{Error, Fault};
use crate::id::{ProductId, UserId};
use crate::money::Won;
use crate::product::store as products;
use crate::product::{Category, ProductDraft};
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::user::password::hash_password;
use crate::wallet::PostingType;
use crate::wallet::rules::WALLET_LIMIT;
use crate::wallet::store::{NewPosting, write_postings};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// Wallets filled by one statement.
const WALLETS_AT_ONCE: usize = 512;

/// Fills an empty shop; gives its shoppers in order, or `None` when it was not empty and nothing was done.
///
/// All accounts share the hash of one `password`, because ten thousand hashes would take minutes; who calls
/// makes it up and forgets it, so that nobody logs in as them.
///
/// # Errors
/// A fault when the database would number the products otherwise than from 1.
pub async fn fill_shop(shop: &Shop, shoppers: u32, password: &str) -> Result<Option<Vec<UserId>>, Error> {
    let password_hash = hash_password(password, shop.random_bytes()).await?.ok_or(Error::Busy)?;
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    if store::count_everything(&mut tx).await? > 0 {
        return Ok(None);
    }
    write_goods(&mut tx, now).await?;
    write_coupon(&mut tx, &scarce_coupon(now)?).await?;
    let users = store::write_shoppers(&mut tx, shoppers, &password_hash, now).await?;
    fill_wallets(shop, &mut tx, &users, now).await?;
    tx.commit().await?;
    Ok(Some(users))
}

pub(super) async fn fill_wallets(shop: &Shop, tx: &mut Tx, users: &[UserId], now: Timestamp) -> Result<(), Error> {
    for users in users.chunks(WALLETS_AT_ONCE) {
        let postings: Vec<NewPosting> = users.iter().map(|user| full_wallet(shop, *user)).collect();
        write_postings(tx, &postings, now).await?;
        let adjustments: Vec<Adjustment> = postings.iter().map(|posting| adjustment_of(shop, posting, now)).collect();
        write_adjustments(tx, &adjustments).await?;
    }
    Ok(())
}

async fn write_goods(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    let drafts: Vec<ProductDraft> = (1..=PLENTIFUL_PRODUCTS + 1).map(draft).collect();
    products::write_new_products(tx, &drafts.iter().collect::<Vec<_>>(), now).await?;
    let skus: Vec<&str> = drafts.iter().map(|draft| draft.sku.as_str()).collect();
    let rows = products::lock_skus(tx, &skus).await?;
    let mut supplies = Vec::with_capacity(drafts.len());
    for (number, draft) in (1..).zip(&drafts) {
        let id = rows.get(&draft.sku).map(|row| row.id);
        if id != Some(ProductId::new(number)) {
            let text = "the database has numbered products before, so they would not be 1 to 101: make a new one";
            return Err(Fault::Other(text.to_owned()).into());
        }
        supplies.push((ProductId::new(number), draft.total_stock));
    }
    Ok(products::write_supplies(tx, &supplies, "load test", None, now).await?)
}

fn draft(number: i64) -> ProductDraft {
    let is_scarce = number > PLENTIFUL_PRODUCTS;
    let categories = Category::ALL;
    let turn = usize::try_from(number).unwrap_or(0) % categories.len();
    ProductDraft {
        sku: format!("LOAD-{number:03}"),
        category: categories[turn],
        name: format!("부하 시험 상품 {number:03}"),
        name_en: format!("Load test product {number:03}"),
        creator: "담다".to_owned(),
        summary: "부하 시험을 위한 디지털 상품".to_owned(),
        summary_en: "A digital good for load tests".to_owned(),
        description: "부하 시험 동안 팔리는 상품입니다. 실제로 받는 것은 없습니다.".to_owned(),
        description_en: "Sold during load tests. Nothing is delivered.".to_owned(),
        cover: String::new(),
        price: Won::new(PRICE),
        total_stock: if is_scarce { SCARCE } else { PLENTY },
        is_active: true,
    }
}

fn scarce_coupon(now: Timestamp) -> Result<NewCoupon, Error> {
    Ok(NewCoupon {
        code: CouponCode::parse(COUPON)?,
        name: "선착순 100명 10% 할인".to_owned(),
        name_en: "First hundred: 10% off".to_owned(),
        discount: Discount::Rate(COUPON_PERCENT),
        minimum_amount: Won::ZERO,
        total_quantity: COUPON_PIECES,
        starts_at: now.before(DAY),
        ends_at: now.after(30 * DAY),
    })
}

/// On the word of the command line.
fn adjustment_of(shop: &Shop, posting: &NewPosting, now: Timestamp) -> Adjustment {
    Adjustment {
        id: shop.mint_adjustment_id(),
        user_id: posting.user_id,
        operator_id: None,
        amount: posting.amount,
        reason: "load test".to_owned(),
        state: AdjustmentState::Applied,
        created_at: now,
        decided_by: None,
        decided_at: Some(now),
        posting_id: Some(posting.id),
    }
}

/// An adjustment: no charge may be so large.
fn full_wallet(shop: &Shop, user: UserId) -> NewPosting {
    NewPosting {
        id: shop.mint_posting_id(),
        user_id: user,
        kind: PostingType::Adjustment,
        amount: WALLET_LIMIT,
        balance_after: WALLET_LIMIT,
        order_id: None,
    }
}
