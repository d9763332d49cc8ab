//! A shop that has sold for a month: as many orders as are asked for, a tenth as many shoppers, a hundredth as many
//! products. It goes through the stages that every order goes through, with a clock that is moved on between batches;
//! so each row is the shop's own, and whatever a stage counts is counted.

use super::service::fill_wallets;
use super::{PLENTY, store};
use crate::database::{Tx, outbox};
use crate::error::{Error, Fault};
use crate::id::{OrderId, ProductId, UserId};
use crate::money::Won;
use crate::order::checkout::ReserveCommand;
use crate::order::service::{canonical_text, mark_pending};
use crate::order::stages::{Confirmed, OrderJob, Paid, ReserveJob, Reserved, confirm, pay, reserve};
use crate::order::{Lines, OrderRequest, OrderStatus};
use crate::ports::{Clock, TestClock};
use crate::product::{Category, ProductDraft, store as products};
use crate::recovery::service::{expire_reservations, recover_pending};
use crate::request::{Request, RequestKey, Scope};
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::user::password::hash_password;
use std::time::Duration;

/// Orders placed at one moment, which go through each stage together.
const AT_ONCE: u32 = 256;
/// How far back the first order lies.
const MONTH: Duration = Duration::from_secs(30 * 86_400);
/// The last orders are this old, so that none of them is under way any more.
const AGO: Duration = Duration::from_secs(3_600);
/// Every so many batches what waited is given back, and old events are forgotten.
const JOBS_EVERY: u32 = 16;

/// How many orders came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub orders: u32,
    pub completed: u32,
    pub rejected: u32,
    /// Never paid, or left PENDING and given back since.
    pub given_up: u32,
}

/// Fills an empty shop, whose clock `clock` is; gives `None` when it was not empty and nothing was done. `told` hears
/// how many orders there are, now and then.
///
/// # Errors
/// A fault leaves a part behind: such a database is thrown away.
pub async fn fill_with_history(
    shop: &Shop,
    clock: &TestClock,
    orders: u32,
    password: &str,
    mut told: impl FnMut(u32),
) -> Result<Option<Filled>, Error> {
    let ends = clock.now().before(AGO);
    let begins = ends.before(MONTH);
    // Ids never go back, so nothing may be made before the first order.
    clock.set(begins);
    let Some(stock) = fill_shelves(shop, orders, password).await? else { return Ok(None) };
    let batches = orders.div_ceil(AT_ONCE);
    let step = MONTH / batches.max(1);
    let mut filled = Filled::default();
    for batch in 0..batches {
        clock.set(begins.after(step * batch));
        let first = batch * AT_ONCE;
        sell(shop, &stock, first..(first + AT_ONCE).min(orders), &mut filled).await?;
        if batch % JOBS_EVERY == JOBS_EVERY - 1 || batch + 1 == batches {
            let waits = shop.settings().recovery_delay.max(shop.settings().reservation_ttl);
            clock.set(begins.after(step * batch).after(waits));
            expire_reservations(shop).await?;
            recover_pending(shop).await?;
            outbox::relay(shop).await?;
            told(filled.orders);
        }
    }
    Ok(Some(filled))
}

/// Whom and what the orders are made of.
struct Stock {
    users: Vec<UserId>,
    products: i64,
}

async fn fill_shelves(shop: &Shop, orders: u32, password: &str) -> Result<Option<Stock>, Error> {
    let password_hash = hash_password(password, shop.random_bytes()).await?.ok_or(Error::Busy)?;
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    if store::count_everything(&mut tx).await? > 0 {
        return Ok(None);
    }
    let products = i64::from(orders / 100).max(1);
    write_goods(&mut tx, products, now).await?;
    let users = store::write_shoppers(&mut tx, (orders / 10).max(1), &password_hash, now).await?;
    let rich: Vec<UserId> = users.iter().copied().filter(|user| !is_poor(*user)).collect();
    fill_wallets(shop, &mut tx, &rich, now).await?;
    tx.commit().await?;
    Ok(Some(Stock { users, products }))
}

async fn write_goods(tx: &mut Tx, count: i64, now: Timestamp) -> Result<(), Error> {
    const DRAFTS_AT_ONCE: usize = 512;
    let numbers: Vec<i64> = (1..=count).collect();
    for numbers in numbers.chunks(DRAFTS_AT_ONCE) {
        let drafts: Vec<ProductDraft> = numbers.iter().copied().map(draft).collect();
        products::write_new_products(tx, &drafts.iter().collect::<Vec<_>>(), now).await?;
        let skus: Vec<&str> = drafts.iter().map(|draft| draft.sku.as_str()).collect();
        let rows = products::lock_skus(tx, &skus).await?;
        let are_numbered = |number: &i64| rows.values().any(|row| row.id == ProductId::new(*number));
        if !numbers.iter().take(1).all(are_numbered) {
            let text = "the database has numbered products before, so they would not begin at 1: make a new one";
            return Err(Fault::Other(text.to_owned()).into());
        }
        let supplies: Vec<(ProductId, i64)> = numbers.iter().map(|number| (ProductId::new(*number), PLENTY)).collect();
        products::write_supplies(tx, &supplies, "load test", None, now).await?;
    }
    Ok(())
}

fn draft(number: i64) -> ProductDraft {
    let categories = Category::ALL;
    let turn = usize::try_from(number).unwrap_or(0) % categories.len();
    ProductDraft {
        sku: format!("LARGE-{number:05}"),
        category: categories[turn],
        name: format!("많은 상품 가운데 {number:05}"),
        name_en: format!("One of many products {number:05}"),
        creator: "담다".to_owned(),
        summary: "큰 상점을 시험하기 위한 디지털 상품".to_owned(),
        summary_en: "A digital good to try a large shop with".to_owned(),
        description: "큰 상점에서 목록이 얼마나 빠른지 보기 위한 상품입니다.".to_owned(),
        description_en: "There to see how quick lists are in a large shop.".to_owned(),
        cover: String::new(),
        price: Won::new(1_000 + number % 50 * 100),
        total_stock: PLENTY,
        is_active: true,
    }
}

/// One shopper in a hundred never charged: their orders are refused.
fn is_poor(user: UserId) -> bool {
    user.get() % 100 == 7
}

/// Places these orders and takes them as far as each goes.
async fn sell(shop: &Shop, stock: &Stock, numbers: std::ops::Range<u32>, filled: &mut Filled) -> Result<(), Error> {
    let jobs = numbers.clone().map(|number| job(shop, stock, number)).collect::<Result<Vec<_>, _>>()?;
    let mut reserved = Vec::with_capacity(jobs.len());
    for (number, answer) in numbers.zip(reserve(shop, &jobs).await?) {
        filled.orders += 1;
        match answer? {
            Reserved::New(order) if order.status == OrderStatus::Reserved => reserved.push((number, order.id)),
            Reserved::New(_) => filled.rejected += 1,
            Reserved::Seen(_) => return Err(Fault::Broken("two orders with one request id".to_owned()).into()),
        }
    }
    let to_pay: Vec<_> = reserved.into_iter().filter(|(number, _)| End::of(*number) != End::Expires).collect();
    let mut paid = Vec::with_capacity(to_pay.len());
    for ((number, id), answer) in to_pay.iter().zip(pay(shop, &orders_of(&to_pay)).await?) {
        match answer? {
            Paid::Paid(_) => paid.push((*number, *id)),
            _ => filled.rejected += 1,
        }
    }
    let (to_confirm, stuck): (Vec<_>, Vec<_>) =
        paid.into_iter().partition(|(number, _)| End::of(*number) == End::Sells);
    for answer in confirm(shop, &orders_of(&to_confirm)).await? {
        match answer? {
            Confirmed::Completed(_) => filled.completed += 1,
            Confirmed::Moved(status) => return Err(Fault::Broken(format!("an order became {status}")).into()),
        }
    }
    let cause = Error::from(Fault::Other("left unfinished".to_owned()));
    for job in orders_of(&stuck) {
        mark_pending(shop, &job, "confirm", &cause).await?;
    }
    filled.given_up = filled.orders - filled.completed - filled.rejected;
    Ok(())
}

fn orders_of(orders: &[(u32, OrderId)]) -> Vec<OrderJob> {
    orders.iter().map(|(_, id)| OrderJob { id: *id, trace: None }).collect()
}

/// How far an order goes, if nothing refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Sells,
    /// It is never paid.
    Expires,
    /// It is paid, and its confirmation fails.
    Sticks,
}

impl End {
    /// Two in a hundred expire, one in a hundred is given back.
    fn of(number: u32) -> Self {
        match number % 100 {
            13 | 57 => End::Expires,
            91 => End::Sticks,
            _ => End::Sells,
        }
    }
}

/// The order with this number: one to three lines, and product 1 in every third order.
fn job(shop: &Shop, stock: &Stock, number: u32) -> Result<ReserveJob, Error> {
    let dice = mix(u64::from(number));
    let at = |shift: u32, below: i64| i64::try_from(dice >> shift & 0xffff).unwrap_or(0) % below;
    let user = usize::try_from(dice >> 8).unwrap_or(0) % stock.users.len();
    let hot = number.is_multiple_of(3).then_some((ProductId::new(1), 1));
    let others =
        (0..1 + number % 2).map(|line| (ProductId::new(1 + at(16 * (line + 1), stock.products)), 1 + at(4, 3)));
    let lines = Lines::new(hot.into_iter().chain(others))?;
    let request = OrderRequest { lines: lines.clone(), coupon_code: None, expected_amount: None, consent_notice: None };
    let user_id = stock.users[user];
    let key = RequestKey::parse(&format!("large-{number}"))?;
    Ok(ReserveJob {
        id: shop.mint_order_id(),
        request: Request::new(user_id, Scope::Order, key, &canonical_text(&request)),
        command: ReserveCommand { user_id, lines, coupon_code: None, expected_amount: None },
        consent_notice: None,
        trace: None,
    })
}

/// The same scattered number for the same number, so that two runs fill the same shop (the finalizer of SplitMix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
