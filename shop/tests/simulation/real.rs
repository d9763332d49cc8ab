//! The shop under test, asked in the model's words and answering in them. Users, products and coupons are counted by
//! the database from one; orders by the order in which they were placed.

use crate::asks::{ChargeAsk, ClaimAsk, CouponDraft, Job, Kind, OrderAsk, ProductDraft, RefundAsk};
use crate::model::Went;
use futures::future::join_all;
use shop::coupon::service::{claim_coupon, create_coupon, list_claimed};
use shop::coupon::{CouponCode, Discount, NewCoupon};
use shop::database::{Sql, outbox};
use shop::id::{OrderId, ProductId, UserId};
use shop::operator::OperatorRole;
use shop::operator::service::find_operator;
use shop::order::checkout::ReserveCommand;
use shop::order::stages::{self, Confirmed, OrderJob, Paid, ReserveJob, Reserved};
use shop::order::{Lines, Order, OrderRequest, service as orders};
use shop::page::{Page, PageLimit, Slice};
use shop::product::Category;
use shop::refund::service::{RefundRequest, refund_order};
use shop::refund::{RefundLines, RefundReason, RefundRefusal};
use shop::request::{Request, RequestKey, Scope};
use shop::user::store::NewUserRow;
use shop::user::{Language, Role};
use shop::wallet::PostingType;
use shop::wallet::service::{charge_wallet, list_postings};
use shop::wallet::store::NewPosting;
use shop::{Error, Refusal, Shop, Timestamp, Won};
use std::cell::RefCell;

/// The answers that were given, also to those whose process died over the others.
pub type Told = RefCell<Vec<Option<String>>>;

fn number_of(id: i64) -> usize {
    usize::try_from(id - 1).expect("ids are counted from one")
}

fn id_of(number: usize) -> i64 {
    i64::try_from(number + 1).expect("a count fits 64 bits")
}

fn user_id(user: usize) -> UserId {
    UserId::new(id_of(user))
}

fn code_of(coupon: usize) -> CouponCode {
    CouponCode::parse(&format!("COUPON-{coupon}")).expect("a good code")
}

fn key_of(key: u32) -> RequestKey {
    RequestKey::parse(&key.to_string()).expect("a good key")
}

fn request_of(ask: &OrderAsk) -> Result<OrderRequest, Error> {
    let lines = ask.lines.iter().map(|(product, quantity)| (ProductId::new(id_of(*product)), *quantity));
    Ok(OrderRequest {
        lines: Lines::new(lines)?,
        coupon_code: ask.coupon.map(code_of),
        expected_amount: ask.expected.map(Won::new),
        consent_notice: None,
    })
}

/// What a shopper is told when it did not work.
fn say_error(error: &Error) -> String {
    match error {
        Error::Refused { refusal, .. } => say_refusal(refusal),
        Error::RateLimited { retry_after } | Error::Blocked { retry_after } => {
            format!("{} for {}", error.code(), retry_after.as_millis())
        }
        error => error.code().to_owned(),
    }
}

fn say_refusal(refusal: &Refusal) -> String {
    let code = refusal.code();
    match refusal {
        Refusal::InsufficientStock { product_id, requested, available } => {
            format!("{code} of {}: {requested} of {available}", number_of(product_id.get()))
        }
        Refusal::InsufficientBalance { balance, needed } => format!("{code} {} of {}", balance.get(), needed.get()),
        Refusal::BalanceLimitExceeded { balance, unfinished, .. } => {
            format!("{code} {}+{}", balance.get(), unfinished.get())
        }
        Refusal::CouponNotApplicable { reason } => {
            let reason = serde_json::to_value(reason).expect("a reason has a word");
            format!("{code} {}", reason.as_str().unwrap_or_default())
        }
        Refusal::PriceChanged { expected, actual } => format!("{code} {} to {}", expected.get(), actual.get()),
        Refusal::CouponSoldOut | Refusal::CouponAlreadyClaimed => code.to_owned(),
    }
}

fn say_order(placed: &Result<Order, Error>) -> String {
    let say = |order: &Order| {
        let (total, discount) = (order.total_amount.get(), order.discount_amount.get());
        format!("{} {total}-{discount}={}", order.status, order.final_amount.get())
    };
    placed.as_ref().map_or_else(say_error, say)
}

async fn place(shop: &Shop, ask: &OrderAsk) -> Result<Order, Error> {
    orders::place_order(shop, user_id(ask.user), request_of(ask)?, key_of(ask.key)).await
}

/// Asks all of it at once; each answer is kept as soon as it is given.
async fn at_once<A>(asks: &[A], told: &Told, ask: impl AsyncFn(&A) -> String) {
    let ask = &ask;
    join_all(asks.iter().enumerate().map(|(number, asked)| async move {
        let answer = ask(asked).await;
        told.borrow_mut()[number] = Some(answer);
    }))
    .await;
}

pub async fn place_all(shop: &Shop, asks: &[OrderAsk], told: &Told) {
    at_once(asks, told, async |ask: &OrderAsk| say_order(&place(shop, ask).await)).await;
}

pub async fn charge_all(shop: &Shop, asks: &[ChargeAsk], told: &Told) {
    at_once(asks, told, async |ask: &ChargeAsk| charge(shop, *ask).await).await;
}

pub async fn charge(shop: &Shop, ask: ChargeAsk) -> String {
    let charged = charge_wallet(shop, user_id(ask.user), Won::new(ask.amount), key_of(ask.key)).await;
    charged
        .as_ref()
        .map_or_else(say_error, |charge| format!("charged {}, holds {}", charge.amount.get(), charge.balance.get()))
}

pub async fn claim_all(shop: &Shop, asks: &[ClaimAsk], told: &Told) {
    at_once(asks, told, async |ask: &ClaimAsk| claim(shop, *ask).await).await;
}

pub async fn claim(shop: &Shop, ask: ClaimAsk) -> String {
    let claimed = claim_coupon(shop, user_id(ask.user), &code_of(ask.coupon)).await;
    claimed.as_ref().map_or_else(say_error, |_| "claimed".to_owned())
}

/// Three different requests at once.
pub async fn mixed(shop: &Shop, order: &OrderAsk, charge_ask: ChargeAsk, claim_ask: ClaimAsk) -> [String; 3] {
    let (placed, charged, claimed) = tokio::join!(place(shop, order), charge(shop, charge_ask), claim(shop, claim_ask));
    [say_order(&placed), charged, claimed]
}

pub async fn find_placed(shop: &Shop, ask: &OrderAsk) -> Option<String> {
    let request = match request_of(ask) {
        Ok(request) => request,
        Err(error) => return Some(say_error(&error)),
    };
    let placed = orders::find_placed(shop, user_id(ask.user), &request, key_of(ask.key)).await;
    placed.transpose().map(|placed| say_order(&placed))
}

/// The ids of all orders, in the order in which they were placed.
pub async fn order_ids(shop: &Shop) -> Vec<OrderId> {
    let rows = shop.db().fetch_all(Sql::new("SELECT id FROM orders ORDER BY id")).await.expect("orders can be read");
    rows.iter().map(|row| row.id("id", OrderId::from_bytes).expect("an id")).collect()
}

/// The reserving stage alone.
pub async fn reserve(shop: &Shop, asks: &[OrderAsk]) -> Result<Vec<String>, Error> {
    let job = |ask: &OrderAsk| {
        let request = request_of(ask)?;
        let user_id = user_id(ask.user);
        Ok(ReserveJob {
            id: shop.mint_order_id(),
            request: Request::new(user_id, Scope::Order, key_of(ask.key), "a body of the stages"),
            command: ReserveCommand {
                user_id,
                lines: request.lines,
                coupon_code: request.coupon_code,
                expected_amount: request.expected_amount,
            },
            consent_notice: None,
            trace: None,
        })
    };
    let jobs = asks.iter().map(job).collect::<Result<Vec<_>, Error>>()?;
    let answers = stages::reserve(shop, &jobs).await?;
    let ids = order_ids(shop).await;
    let say = |answer: Result<Reserved, Error>| match answer {
        Ok(Reserved::Seen(row)) => {
            let place = ids.iter().position(|id| id.bytes().as_slice() == row.subject_id.as_slice());
            place.map_or_else(|| "seen none".to_owned(), |place| format!("seen {place}"))
        }
        Ok(Reserved::New(order)) => match &order.refusal {
            Some(refusal) => say_refusal(refusal),
            None => say_order(&Ok(*order)),
        },
        Err(error) => say_error(&error),
    };
    Ok(answers.into_iter().map(say).collect())
}

async fn jobs_of(shop: &Shop, places: &[usize]) -> Vec<OrderJob> {
    let ids = order_ids(shop).await;
    places.iter().map(|place| OrderJob { id: ids[*place], trace: None }).collect()
}

/// The paying stage alone.
pub async fn pay(shop: &Shop, places: &[usize]) -> Result<Vec<String>, Error> {
    let say = |answer: Result<Paid, Error>| match answer {
        Ok(Paid::Paid(_)) => "PAID".to_owned(),
        Ok(Paid::Rejected(refusal, _)) => say_refusal(&refusal),
        Ok(Paid::Expired(_)) => "EXPIRED".to_owned(),
        Ok(Paid::Moved(status)) => format!("moved to {status}"),
        Err(error) => say_error(&error),
    };
    Ok(stages::pay(shop, &jobs_of(shop, places).await).await?.into_iter().map(say).collect())
}

/// The confirming stage alone.
pub async fn confirm(shop: &Shop, places: &[usize]) -> Result<Vec<String>, Error> {
    let say = |answer: Result<Confirmed, Error>| match answer {
        Ok(Confirmed::Completed(_)) => "COMPLETED".to_owned(),
        Ok(Confirmed::Moved(status)) => format!("moved to {status}"),
        Err(error) => say_error(&error),
    };
    Ok(stages::confirm(shop, &jobs_of(shop, places).await).await?.into_iter().map(say).collect())
}

/// How far these requests went, as the rows say.
pub async fn how_far(shop: &Shop, asks: &[OrderAsk]) -> Vec<Went> {
    let mut far = Vec::with_capacity(asks.len());
    for ask in asks {
        let sql = Sql::new(
            "SELECT o.status, o.paid_at FROM requests r JOIN orders o ON o.id = r.subject_id \
             WHERE r.user_id = ? AND r.scope = 'order' AND r.request_id = ?",
        );
        let sql = sql.bind(user_id(ask.user)).bind(key_of(ask.key).as_str().as_bytes());
        let row = shop.db().fetch_optional(sql).await.expect("orders can be read");
        far.push(row.map_or(Went::Nowhere, |row| {
            let is_paid = row.maybe_int("paid_at").expect("a time").is_some();
            match row.text("status").expect("a status").as_str() {
                "RESERVED" => Went::ToReserved,
                "PAID" => Went::ToPaid,
                "PENDING" if is_paid => Went::ToPendingPaid,
                "PENDING" => Went::ToPendingUnpaid,
                _ => Went::ToTheEnd,
            }
        }));
    }
    far
}

/// Whether each of these charges was stored, credited or refused.
pub async fn are_charged(shop: &Shop, asks: &[ChargeAsk]) -> Vec<bool> {
    let mut stored = Vec::with_capacity(asks.len());
    for ask in asks {
        let sql = Sql::new("SELECT 1 AS n FROM requests WHERE user_id = ? AND scope = 'charge' AND request_id = ?");
        let sql = sql.bind(user_id(ask.user)).bind(key_of(ask.key).as_str().as_bytes());
        stored.push(shop.db().fetch_optional(sql).await.expect("requests can be read").is_some());
    }
    stored
}

pub async fn is_claimed(shop: &Shop, ask: ClaimAsk) -> bool {
    let sql = Sql::new("SELECT 1 AS n FROM user_coupons WHERE user_id = ? AND coupon_id = ?");
    let sql = sql.bind(user_id(ask.user)).bind(id_of(ask.coupon));
    shop.db().fetch_optional(sql).await.expect("pieces can be read").is_some()
}

/// The words of every order's status, in the order in which they were placed.
pub async fn statuses(shop: &Shop) -> Vec<String> {
    let sql = Sql::new("SELECT status FROM orders ORDER BY id");
    let rows = shop.db().fetch_all(sql).await.expect("orders can be read");
    rows.iter().map(|row| row.text("status").expect("a status")).collect()
}

/// Events that wait in the outbox, and all of its rows.
pub async fn outbox_rows(shop: &Shop) -> (usize, usize) {
    let sql = Sql::new("SELECT COUNT(*) - COUNT(sent_at) AS waiting, COUNT(*) AS kept FROM outbox");
    let row = shop.db().fetch_optional(sql).await.expect("the outbox can be read").expect("a count is a row");
    let count = |column| usize::try_from(row.int(column).expect("a count")).expect("a count");
    (count("waiting"), count("kept"))
}

pub async fn run(shop: &Shop, job: Job) -> Result<u64, Error> {
    match job {
        Job::Expire => shop::recovery::service::expire_reservations(shop).await,
        Job::Stall => shop::recovery::service::stall_paid_orders(shop).await,
        Job::Recover => shop::recovery::service::recover_pending(shop).await,
    }
}

pub async fn relay(shop: &Shop) -> String {
    outbox::relay(shop).await.as_ref().map_or_else(say_error, |sent| format!("{sent} sent"))
}

pub async fn save_product(shop: &Shop, product: usize, draft: ProductDraft) -> &'static str {
    let draft = shop::product::ProductDraft {
        sku: format!("SKU-{product}"),
        category: Category::Ebook,
        name: "책".to_owned(),
        name_en: "Book".to_owned(),
        creator: String::new(),
        summary: String::new(),
        summary_en: String::new(),
        description: String::new(),
        description_en: String::new(),
        cover: String::new(),
        price: Won::new(draft.price),
        total_stock: draft.total,
        is_active: draft.is_active,
    };
    let saved = shop::product::service::save_products(shop, vec![draft]).await;
    saved.as_ref().map_or_else(Error::code, |_| "ok")
}

pub async fn make_coupon(shop: &Shop, coupon: usize, draft: CouponDraft) -> &'static str {
    let new = NewCoupon {
        code: code_of(coupon),
        name: "쿠폰".to_owned(),
        name_en: "Coupon".to_owned(),
        discount: match draft.kind {
            Kind::Rate => Discount::Rate(draft.value),
            Kind::Fixed => Discount::Fixed(Won::new(draft.value)),
        },
        minimum_amount: Won::new(draft.minimum),
        total_quantity: draft.total,
        starts_at: Timestamp::from_millis(draft.starts),
        ends_at: Timestamp::from_millis(draft.ends),
    };
    create_coupon(shop, new).await.as_ref().map_or_else(Error::code, |_| "ok")
}

/// As an operator does it until there is a service for it.
pub async fn stop_coupon(shop: &Shop, coupon: usize) {
    let sql = Sql::new("UPDATE coupons SET is_active = 0 WHERE id = ?").bind(id_of(coupon));
    shop.db().execute(sql).await.expect("a coupon can be stopped");
}

/// Shoppers without passwords: nobody logs in as them.
pub async fn make_user(shop: &Shop, user: usize, balance: i64) {
    let mut tx = shop.db().begin().await.expect("a transaction begins");
    let email = format!("shopper{user}@example.com");
    let row = NewUserRow {
        email: &email,
        email_key: &email,
        name: "담다",
        role: Role::Shopper,
        lang: Language::Ko,
        password_hash: "-",
        age_confirmed_at: None,
    };
    let user = shop::user::store::write_user(&mut tx, &row, shop.now()).await.expect("a user can be written");
    shop::wallet::store::write_wallet(&mut tx, user).await.expect("a wallet can be written");
    let posting = NewPosting {
        id: shop.mint_posting_id(),
        user_id: user,
        kind: PostingType::Charge,
        amount: Won::new(balance),
        balance_after: Won::new(balance),
        order_id: None,
    };
    if balance > 0 {
        shop::wallet::store::write_postings(&mut tx, &[posting], shop.now()).await.expect("a posting can be written");
    }
    tx.commit().await.expect("the user is committed");
}

/// Somebody who shops like everybody and gives others their orders back.
pub async fn make_operator(shop: &Shop, user: usize) {
    make_user(shop, user, 0).await;
    let mut tx = shop.db().begin().await.expect("a transaction begins");
    let id = user_id(user);
    shop::user::store::write_role(&mut tx, id, Role::Operator).await.expect("a role can be written");
    let role = Some(OperatorRole::Manager);
    shop::operator::store::write_role(&mut tx, id, role, shop.now()).await.expect("a role can be written");
    tx.commit().await.expect("the operator is committed");
}

pub async fn refund(shop: &Shop, operator: usize, ask: &RefundAsk) -> String {
    let user = shop::user::service::find_user(shop, user_id(operator)).await.expect("accounts can be read");
    let by = find_operator(shop, &user.expect("an account"), "").await.expect("roles can be read");
    let order = order_ids(shop).await.get(ask.order).copied().unwrap_or_else(|| shop.mint_order_id());
    let lines = match &ask.lines {
        None => RefundLines::Whole,
        Some(lines) => {
            let lines = lines.iter().map(|(product, quantity)| (ProductId::new(id_of(*product)), *quantity));
            RefundLines::Of(Lines::new(lines).expect("good lines"))
        }
    };
    let reason = RefundReason::parse("because").expect("a reason");
    let request = RefundRequest { key: key_of(ask.key), lines, reason };
    match refund_order(shop, &by.expect("an operator"), order, &request).await {
        Ok(refund) => format!("refund {}: {}, coupon {}", refund.number, refund.amount.get(), refund.coupon_returned),
        Err(Error::RefundRefused(refusal)) => match refusal {
            RefundRefusal::NotRefundable { status } => format!("is {status}"),
            RefundRefusal::NotInOrder { product_id } => format!("no {} in it", number_of(product_id.get())),
            RefundRefusal::TooMany { product_id, asked, left } => {
                format!("{asked} of {}, {left} left", number_of(product_id.get()))
            }
            RefundRefusal::OwnOrder => "own order".to_owned(),
            RefundRefusal::AccountClosed => "account closed".to_owned(),
        },
        Err(error) => say_error(&error),
    }
}

/// All pages of a list, each so long, one after another.
async fn read_all<T>(page: i64, read: impl AsyncFn(Page) -> Result<Slice<T>, Error>) -> Vec<T> {
    let limit = PageLimit::new(page).expect("a good length");
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let slice = read(Page { limit, cursor }).await.expect("a list can be read");
        items.extend(slice.items);
        cursor = slice.next_cursor;
        if cursor.is_none() {
            return items;
        }
    }
}

/// A shopper's ledger, newest first.
pub async fn ledger(shop: &Shop, user: usize, page: i64) -> String {
    let ids = order_ids(shop).await;
    let postings = read_all(page, async |page| list_postings(shop, user_id(user), &page).await).await;
    let say = |posting: &shop::wallet::Posting| {
        let order = posting.order_id.and_then(|order| ids.iter().position(|id| *id == order));
        let order = order.map_or_else(|| "-".to_owned(), |order| order.to_string());
        let (amount, after) = (posting.amount.get(), posting.balance_after.get());
        format!("{} {amount} to {after} order {order}", posting.kind.as_str())
    };
    postings.iter().map(say).collect::<Vec<_>>().join("\n")
}

/// A shopper's orders, newest first.
pub async fn orders_of(shop: &Shop, user: usize, page: i64) -> String {
    let ids = order_ids(shop).await;
    let mine = read_all(page, async |page| orders::list_orders(shop, user_id(user), None, &page).await).await;
    let say = |order: &shop::order::OrderSummary| {
        let place = ids.iter().position(|id| *id == order.id).expect("an order that is there");
        let (total, discount) = (order.total_amount.get(), order.discount_amount.get());
        format!("{place} {} {total}-{discount}={}", order.status, order.final_amount.get())
    };
    mine.iter().map(say).collect::<Vec<_>>().join("\n")
}

/// A shopper's coupons as they see them, by their number.
pub async fn coupons_of(shop: &Shop, user: usize, page: i64) -> String {
    let mine = read_all(page, async |page| list_claimed(shop, user_id(user), &page).await).await;
    let mut mine: Vec<(usize, String)> =
        mine.iter().map(|claimed| (number_of(claimed.coupon.id.get()), format!("{:?}", claimed.state))).collect();
    mine.sort();
    mine.iter().map(|(coupon, state)| format!("{coupon} {state}")).collect::<Vec<_>>().join("\n")
}

pub async fn popular(shop: &Shop) -> String {
    let popular = shop::stats::service::list_popular(shop, 3, None, 100).await.expect("a ranking can be read");
    let say = |popular: &shop::product::PopularProduct| {
        format!("{} of {}", popular.quantity_sold, number_of(popular.product.id.get()))
    };
    popular.iter().map(say).collect::<Vec<_>>().join(", ")
}

/// Counts what was bought together, and says it.
pub async fn pairs(shop: &Shop) -> String {
    shop::stats::pairs::count_pairs(shop).await.expect("pairs can be counted");
    let sql = Sql::new("SELECT product_id, other_id, order_count FROM product_pairs ORDER BY product_id, other_id");
    let rows = shop.db().fetch_all(sql).await.expect("pairs can be read");
    let figure = |row: &shop::database::Row, column| row.int(column).expect("a figure");
    let say = |row: &shop::database::Row| {
        let (one, other) = (number_of(figure(row, "product_id")), number_of(figure(row, "other_id")));
        format!("{one} {other} {}", figure(row, "order_count"))
    };
    rows.iter().map(say).collect::<Vec<_>>().join("\n")
}

/// Every fact of the database in the model's words.
pub async fn picture(shop: &Shop) -> String {
    let rows = shop.db().fetch_all(Sql::new(crate::model::PICTURE)).await.expect("the shop can be read");
    let mut text = String::with_capacity(8_192);
    for row in rows {
        if let Some(facts) = row.maybe_text("facts").expect("a text") {
            text.push_str(&facts);
            text.push('\n');
        }
    }
    text
}
