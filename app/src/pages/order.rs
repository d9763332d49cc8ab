//! One order: what became of it, step by step, and what it cost. While something will still happen it
//! looks again by itself.

use super::checkout::{charge_plan, checkout_path};
use crate::auth::require_user;
use crate::cart::Cart;
use crate::components::{
    ConsentRecord, Cover, Frame, Here, Icon, IconName, Notice, NoticeKind, OrderLine, OrderNumber, OrderTimeline, Sum,
    Total, When,
};
use crate::islands::{MOST_LOOKS, Settling};
use crate::stop::{Stop, page};
use crate::text::errors::missing_amount;
use crate::text::receipt::has_receipt;
use crate::text::{Lang, moment, refusal_text, t, words};
use crate::visit::{Query, Visit, here, new_request_id, path_with, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::id::{OrderId, ProductId};
use shop::order::{Order, OrderStatus};
use shop::product::Product;
use shop::{Refusal, Timestamp, Won};

#[component]
pub fn OrderPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id");
    page(order(id))
}

async fn order(id: Option<String>) -> Result<AnyView, Stop> {
    let user = require_user()?;
    let id: OrderId = id.and_then(|id| id.parse().ok()).ok_or(Stop::NotFound)?;
    let order = shop::order::service::find_order(&shop(), user.id, id).await?.ok_or(Stop::NotFound)?;
    let ids: Vec<ProductId> = order.items.iter().map(|item| item.product_id).collect();
    let products = shop::product::service::find_products(&shop(), &ids).await?;
    let lang = Visit::begin().await.lang;
    let pieces: i64 = order.items.iter().map(|item| item.quantity).sum();
    let title = order_title(lang, order.status);
    Ok(view! {
        <Frame title=title.clone() here=Here::Orders private=true>
            <a class="back-link" href="/orders">
                <Icon name=IconName::ChevronLeft class="icon icon-small"/>
                {t!(lang, "orders-title")}
            </a>
            <header class="order-head">
                <div>
                    <span class="badge" data-state=order.status.as_str()>{words::order_status(lang, order.status)}</span>
                </div>
                <h1 class="page-title">{title}</h1>
                <p class="faint"><When moment=order.created_at/></p>
                <p class="faint">{t!(lang, "order-number")}" "<OrderNumber id=order.id/></p>
            </header>
            {notice(lang, &order, &products).map(|notice| view! { <div class="stack page-head">{notice}</div> })}
            <div class="desk">
                <div class="stack stack-wide">
                    <section>
                        <h2 class="card-title">{t!(lang, "order-progress")}</h2>
                        <OrderTimeline order=order.clone() recovery_delay=shop().settings().recovery_delay/>
                    </section>
                    <section>
                        <h2 class="card-title">{t!(lang, "order-items", count = pieces)}</h2>
                        <ul class="lines">{lines(lang, &order, &products)}</ul>
                    </section>
                </div>
                <aside class="desk-aside summary" aria-label=t!(lang, "order-amounts")>
                    {sums(lang, &order)}
                    {has_receipt(order.status).then(|| view! {
                        <a class="link receipt-link" href=format!("/orders/{}/receipt", order.id)>{t!(lang, "receipt-show")}</a>
                    })}
                    {order.consent_notice.clone().map(|notice| view! {
                        <ConsentRecord notice moment=order.created_at/>
                    })}
                </aside>
            </div>
            {settling(&order)}
        </Frame>
    }
    .into_any())
}

fn order_title(lang: Lang, status: OrderStatus) -> String {
    match status {
        OrderStatus::Reserved | OrderStatus::Paid => t!(lang, "order-title-running"),
        OrderStatus::Completed => t!(lang, "order-title-completed"),
        OrderStatus::Rejected => t!(lang, "order-title-rejected"),
        OrderStatus::Expired => t!(lang, "order-title-expired"),
        OrderStatus::Pending => t!(lang, "order-title-pending"),
        OrderStatus::Failed => t!(lang, "order-title-failed"),
        OrderStatus::PartiallyRefunded => t!(lang, "order-title-partially-refunded"),
        OrderStatus::Refunded => t!(lang, "order-title-refunded"),
    }
}

/// What the order's state means for the shopper, and what to do.
fn notice(lang: Lang, order: &Order, products: &[Product]) -> Option<AnyView> {
    let again = move || view! { <a class="button button-secondary" href=here()>{t!(lang, "order-look-again")}</a> };
    let amount = order.final_amount.to_string();
    let buy_again = buy_again(lang, order, products);
    let home = move || view! { <a class="button button-secondary" href="/">{t!(lang, "go-home")}</a> };
    Some(match order.status {
        OrderStatus::Reserved | OrderStatus::Paid => view! {
            <Notice kind=NoticeKind::Info title=t!(lang, "order-running") text=t!(lang, "order-running-text") role="status">
                {again()}
            </Notice>
        }
        .into_any(),
        OrderStatus::Pending => {
            let moment = moment::short(lang, recovery_moment(order));
            let text = match (order.paid_at, &order.coupon_code) {
                (None, _) => t!(lang, "order-pending-unpaid-text", moment = moment),
                (Some(_), None) => t!(lang, "order-pending-paid-text", moment = moment, amount = amount),
                (Some(_), Some(_)) => t!(lang, "order-pending-coupon-text", moment = moment, amount = amount),
            };
            view! {
                <Notice kind=NoticeKind::Warning title=t!(lang, "order-pending") text role="status">{again()}</Notice>
            }
            .into_any()
        }
        OrderStatus::Failed => {
            let title = if order.paid_at.is_some() {
                t!(lang, "order-failed-paid", amount = amount)
            } else {
                t!(lang, "order-failed-unpaid")
            };
            let text = match (order.paid_at, &order.coupon_code) {
                (Some(_), Some(_)) => t!(lang, "order-failed-coupon-text"),
                _ => t!(lang, "order-failed-text"),
            };
            view! {
                <Notice kind=NoticeKind::Info title text>
                    {buy_again}
                    <a class="button button-secondary" href="/wallet">{t!(lang, "go-wallet")}</a>
                </Notice>
            }
            .into_any()
        }
        OrderStatus::Expired => view! {
            <Notice kind=NoticeKind::Info title=t!(lang, "order-expired") text=t!(lang, "order-expired-text")>
                {buy_again}
                {home()}
            </Notice>
        }
        .into_any(),
        OrderStatus::Rejected => {
            let text = order.refusal.as_ref().map(|refusal| refusal_text(lang, refusal)).unwrap_or_default();
            let charge = order.refusal.as_ref().and_then(|refusal| charge_what_lacks(lang, refusal));
            view! {
                <Notice kind=NoticeKind::Danger title=t!(lang, "refused-no-money") text>
                    {charge}
                    {buy_again}
                    {home()}
                </Notice>
            }
            .into_any()
        }
        OrderStatus::Completed => view! {
            <div class="onward page-head">
                <a class="button button-secondary" href="/products">{t!(lang, "go-products")}</a>
                " "
                <a class="button button-secondary" href="/wallet">{t!(lang, "go-wallet")}</a>
            </div>
        }
        .into_any(),
        OrderStatus::PartiallyRefunded | OrderStatus::Refunded => return None,
    })
}

/// The way to buy the same once more, as far as it is still there; with a new request, and without the
/// coupon, which is chosen anew.
fn buy_again(lang: Lang, order: &Order, products: &[Product]) -> Option<AnyView> {
    let mut lines = Cart::default();
    for item in &order.items {
        let left =
            products.iter().find(|product| product.id == item.product_id).map_or(0, |found| found.available_stock);
        // Part of an order that fitted fits.
        let _ = lines.change(item.product_id, item.quantity.min(left));
    }
    let asked: i64 = order.items.iter().map(|item| item.quantity).sum();
    let text = match lines.pieces() {
        0 => return None,
        pieces if pieces < asked => t!(lang, "order-take-rest", count = pieces),
        _ => t!(lang, "order-again"),
    };
    let path = checkout_path(Some((&lines, &new_request_id())), None);
    Some(view! { <a class="button button-secondary" href=path>{text}</a> }.into_any())
}

/// The way to charge what the wallet lacked.
fn charge_what_lacks(lang: Lang, refusal: &Refusal) -> Option<AnyView> {
    let Refusal::InsufficientBalance { balance, needed } = refusal else { return None };
    let (amount, _) = charge_plan(missing_amount(*balance, *needed));
    let path = format!("/wallet?amount={}#charge", amount.get());
    Some(view! { <a class="button button-primary" href=path>{t!(lang, "go-charge")}</a> }.into_any())
}

fn recovery_moment(order: &Order) -> Timestamp {
    order.pending_at.unwrap_or(order.created_at).after(shop().settings().recovery_delay)
}

fn lines(lang: Lang, order: &Order, products: &[Product]) -> impl IntoView + use<> {
    order
        .items
        .iter()
        .map(|item| {
            let product = products.iter().find(|product| product.id == item.product_id).cloned();
            let cover = match product {
                Some(product) => view! { <Cover product class="product-cover line-cover"/> }.into_any(),
                None => view! { <span class="product-cover line-cover"></span> }.into_any(),
            };
            let refunded = order.refunds.as_ref().and_then(|refunds| refunds.lines.get(&item.product_id));
            let note = refunded
                .map(|pieces| t!(lang, "line-refunded", count = pieces.quantity, amount = pieces.amount.to_string()));
            view! {
                <OrderLine
                    product_id=item.product_id
                    name=words::item_name(lang, item)
                    unit_price=item.unit_price
                    quantity=item.quantity
                    amount=item.amount
                    cover
                    note
                />
            }
        })
        .collect_view()
}

fn sums(lang: Lang, order: &Order) -> AnyView {
    let discount = (order.discount_amount != Won::ZERO).then(|| {
        let label = match &order.coupon_code {
            Some(code) => t!(lang, "sum-discount-coupon", code = code.to_string()),
            None => t!(lang, "sum-discount"),
        };
        view! { <Sum label amount=order.discount_amount.negated().to_string() class="amount-discount"/> }
    });
    let paid = order.paid_at.is_some();
    let total = match order.status {
        OrderStatus::Pending if paid => t!(lang, "sum-coming-back"),
        OrderStatus::Failed if paid => t!(lang, "sum-given-back"),
        _ if paid => t!(lang, "sum-paid"),
        _ => t!(lang, "sum-not-paid"),
    };
    view! {
        <h2 class="summary-title">{t!(lang, "order-amounts")}</h2>
        <dl class="summary-rows">
            <Sum label=t!(lang, "sum-items") amount=order.total_amount.to_string()/>
            {discount}
            <Total label=total amount=order.final_amount.to_string()/>
            {refund_sums(lang, order)}
        </dl>
    }
    .into_any()
}

/// Below the total, because it is not part of it.
fn refund_sums(lang: Lang, order: &Order) -> Option<AnyView> {
    let refunds = order.refunds.as_ref()?;
    let owed = refunds.owed.is_positive().then(|| {
        view! { <Sum label=t!(lang, "sum-refund-waits") amount=refunds.owed.to_string()/> }
    });
    Some(view! { <Sum label=t!(lang, "sum-refunded") amount=refunds.amount.to_string()/> {owed} }.into_any())
}

/// Looks again: soon while the order runs, and about when recovery is due.
fn settling(order: &Order) -> Option<AnyView> {
    const SOON_MS: u32 = 1_500;
    const LONG_MS: u32 = 15_000;
    if !order.status.is_unfinished() {
        return None;
    }
    let wait_ms = match order.status {
        OrderStatus::Pending => {
            let left = recovery_moment(order).since(shop().now()).as_millis();
            u32::try_from(left).unwrap_or(LONG_MS).clamp(SOON_MS * 2, LONG_MS)
        }
        _ => SOON_MS,
    };
    let wait_ms = i32::try_from(wait_ms).unwrap_or(i32::MAX);
    let path = path_with("/fn/order_state", &[("id", Some(&order.id.to_string()))]);
    Some(
        view! {
            <Settling path state=order.status.as_str().to_owned() wait_ms/>
            {refresh(order, wait_ms).map(|content| view! {
                <noscript><meta http-equiv="refresh" content=content/></noscript>
            })}
        }
        .into_any(),
    )
}

/// The same without scripts: the page loads itself anew, counting how often it has.
fn refresh(order: &Order, wait_ms: i32) -> Option<String> {
    let looks: u32 = Query::of_request().get("look").and_then(|look| look.parse().ok()).unwrap_or(0);
    let seconds = (wait_ms + 999) / 1_000;
    (looks < MOST_LOOKS).then(|| format!("{seconds};url=/orders/{}?look={}", order.id, looks + 1))
}
