//! The cart with its prices and stock of this moment.

use crate::auth::current_user;
use crate::cart::Cart;
use crate::components::{Cover, Empty, Frame, Here, Icon, IconName, Notice, NoticeKind, Sum, Total};
use crate::islands::QuantitySelect;
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::Refusal;
use shop::id::ProductId;
use shop::order::model::MOST_OF_ONE_PRODUCT;
use shop::order::{Quote, QuoteProblem, QuotedLine};

#[component]
pub fn CartPage() -> impl IntoView {
    page(cart())
}

async fn cart() -> Result<AnyView, Stop> {
    let cart = Cart::of_request();
    if cart.is_empty() {
        return Ok(empty().await);
    }
    let viewer = current_user().map(|user| user.id);
    let quote = shop::order::service::quote_order(&shop(), viewer, cart.lines(), None).await?;
    let lang = Visit::begin().await.lang;
    let gone = gone_lines(&quote);
    let ready = gone.is_empty() && quote.lines.iter().all(|line| short_of(&quote, line.product.id).is_none());
    let lines = quote.lines.iter().map(|line| line_view(lang, &quote, line)).collect_view();
    let gone = gone.into_iter().map(|id| gone_view(lang, id)).collect_view();
    Ok(view! {
        <Frame title=t!(lang, "cart-title") here=Here::Cart heading=t!(lang, "cart-title") private=true>
            <div class="desk">
                <ul class="lines">{lines}{gone}</ul>
                <aside class="desk-aside summary" aria-label=t!(lang, "sum-label")>
                    {sums(lang, &quote, ready)}
                </aside>
            </div>
        </Frame>
    }
    .into_any())
}

fn sums(lang: Lang, quote: &Quote, ready: bool) -> AnyView {
    let pieces: i64 = quote.lines.iter().map(|line| line.quantity).sum();
    let total = quote.total_amount.to_string();
    let button = if ready {
        view! {
            <a class="button button-primary button-large button-wide" href="/checkout">
                {t!(lang, "cart-order", amount = total.clone())}
            </a>
        }
        .into_any()
    } else {
        view! {
            <button class="button button-large button-wide" disabled aria-describedby="cart-reason">
                {t!(lang, "cart-order", amount = total.clone())}
            </button>
            <p class="button-reason" id="cart-reason">{t!(lang, "cart-not-ready")}</p>
        }
        .into_any()
    };
    view! {
        <dl class="summary-rows">
            <Sum label=t!(lang, "sum-products", count = pieces) amount=total.clone()/>
            <Total label=t!(lang, "sum-total") amount=total/>
        </dl>
        <p class="faint">{t!(lang, "cart-coupon-later")}</p>
        <div class="pay-bar">{button}</div>
    }
    .into_any()
}

fn line_view(lang: Lang, quote: &Quote, line: &QuotedLine) -> AnyView {
    let QuotedLine { product, quantity, amount } = line.clone();
    let name = words::product_name(lang, &product);
    let left = (product.available_stock <= MOST_OF_ONE_PRODUCT && product.available_stock > 0)
        .then(|| format!(" · {}", t!(lang, "stock-left", count = product.available_stock)));
    let short = short_of(quote, product.id).map(|available| {
        let text =
            if available > 0 { t!(lang, "cart-line-short", count = available) } else { t!(lang, "cart-line-sold-out") };
        view! { <div class="line-detail"><Notice kind=NoticeKind::Warning title=text/></div> }
    });
    view! {
        <li class="line">
            <Cover product=product.clone() class="product-cover line-cover"/>
            <p class="line-name"><a href=format!("/products/{}", product.id)><bdi>{name.clone()}</bdi></a></p>
            <p class="line-amount">{amount.to_string()}</p>
            <p class="line-detail">{t!(lang, "line-each", price = product.price.to_string())}{left}</p>
            <div class="line-actions">
                {quantity_form(lang, product.id, &name, quantity, product.available_stock)}
                {remove_form(lang, product.id, &name)}
            </div>
            {short}
        </li>
    }
    .into_any()
}

/// Offers 1…what is left, and what is in the cart now.
fn quantity_form(lang: Lang, id: ProductId, name: &str, quantity: i64, available: i64) -> Option<AnyView> {
    let most = available.clamp(0, MOST_OF_ONE_PRODUCT).max(quantity);
    let choices: Vec<String> = (1..=most).map(|count| t!(lang, "pieces", count = count)).collect();
    let chosen = u32::try_from(quantity).ok()?;
    let label = t!(lang, "quantity-of", name = name.to_owned());
    let change = t!(lang, "quantity-change-of", name = name.to_owned());
    let form = view! {
        <form class="line-quantity" method="post" action="/fn/set_cart_line">
            <input type="hidden" name="product_id" value=id.to_string()/>
            <QuantitySelect label choices chosen/>
            <button class="button button-secondary" aria-label=change>{t!(lang, "quantity-change")}</button>
        </form>
    };
    (available > 0).then(|| form.into_any())
}

fn remove_form(lang: Lang, id: ProductId, name: &str) -> AnyView {
    view! {
        <form method="post" action="/fn/set_cart_line">
            <input type="hidden" name="product_id" value=id.to_string()/>
            <input type="hidden" name="quantity" value="0"/>
            <button class="button button-quiet" aria-label=t!(lang, "cart-remove-name", name = name.to_owned())>
                <Icon name=IconName::Trash2/>
                {t!(lang, "cart-remove")}
            </button>
        </form>
    }
    .into_any()
}

/// A product that is no longer sold: all that can be done is to take it out.
fn gone_view(lang: Lang, id: ProductId) -> AnyView {
    let name = t!(lang, "cart-gone-name", id = id.to_string());
    view! {
        <li class="line">
            <span class="product-cover line-cover"></span>
            <p class="line-name">{name.clone()}</p>
            <p class="line-detail">{t!(lang, "cart-gone")}</p>
            <div class="line-actions">{remove_form(lang, id, &name)}</div>
        </li>
    }
    .into_any()
}

fn gone_lines(quote: &Quote) -> Vec<ProductId> {
    quote
        .problems
        .iter()
        .filter_map(|problem| match problem {
            QuoteProblem::NotForSale { product_ids } => Some(product_ids.clone()),
            QuoteProblem::Refused { .. } => None,
        })
        .flatten()
        .collect()
}

/// How many are left of a product of which the cart holds more.
fn short_of(quote: &Quote, id: ProductId) -> Option<i64> {
    quote.problems.iter().find_map(|problem| match problem {
        QuoteProblem::Refused { refusal: Refusal::InsufficientStock { product_id, available, .. } }
            if *product_id == id =>
        {
            Some((*available).max(0))
        }
        _ => None,
    })
}

async fn empty() -> AnyView {
    let lang = Visit::begin().await.lang;
    view! {
        <Frame title=t!(lang, "cart-title") here=Here::Cart heading=t!(lang, "cart-title") private=true>
            <Empty icon=IconName::ShoppingBag title=t!(lang, "cart-empty-title") text=t!(lang, "cart-empty-text")>
                <div class="empty-action">
                    <a class="button button-primary" href="/products">{t!(lang, "go-products")}</a>
                </div>
            </Empty>
        </Frame>
    }
    .into_any()
}
