//! The bar above every page: brand, ways through the shop, search, wallet, cart and account.

use super::{Here, Icon, IconName, SearchField};
use crate::islands::CartLink;
use crate::text::t;
use crate::visit::Visit;
use leptos::prelude::*;

#[component]
pub fn Topbar(here: Here) -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let find = t!(lang, "search-label");
    view! {
        <header class="topbar">
            <div class="topbar-inner">
                <a class="brand" href="/">
                    <BrandMark/>
                    <span>{t!(lang, "brand")}</span>
                </a>
                <nav class="topbar-nav" aria-label=t!(lang, "nav-main")>
                    <a class="topbar-link" href="/products" aria-current=here.current(Here::Products)>
                        {t!(lang, "nav-products")}
                    </a>
                    " "
                    <a class="topbar-link" href="/coupons" aria-current=here.current(Here::Coupons)>
                        {t!(lang, "nav-coupons")}
                    </a>
                    " "
                    <a class="topbar-link" href="/orders" aria-current=here.current(Here::Orders)>
                        {t!(lang, "nav-orders")}
                    </a>
                </nav>
                <form class="topbar-search" action="/products" role="search" aria-label=t!(lang, "search-whole-shop")>
                    <SearchField list="topbar-found" label=find.clone()/>
                </form>
                <div class="topbar-actions">
                    <a class="topbar-action topbar-narrow" href="/products">
                        <span class="sr-only">{find}</span>
                        <Icon name=IconName::Search/>
                    </a>
                    " "
                    <WalletAction here/>
                    " "
                    <CartAction here/>
                    " "
                    <AccountAction here/>
                </div>
            </div>
        </header>
    }
    .into_any()
}

#[component]
fn BrandMark() -> impl IntoView {
    view! {
        <svg class="brand-mark" viewBox="0 0 26 26" fill="none" aria-hidden="true">
            <path d="M3 11v3a10 10 0 0 0 20 0v-3" stroke="currentColor" stroke-width="4" stroke-linecap="round"></path>
            <circle cx="13" cy="6.5" r="4" fill="currentColor"></circle>
        </svg>
    }
}

#[component]
fn WalletAction(here: Here) -> impl IntoView {
    let visit = Visit::current();
    visit.balance.map(|balance| {
        view! {
            <a class="topbar-action topbar-wide" href="/wallet" aria-current=here.current(Here::Wallet)>
                <Icon name=IconName::Wallet/>
                <span>
                    <span class="sr-only">{t!(visit.lang, "nav-balance")}" "</span>
                    {balance.to_string()}
                </span>
            </a>
        }
    })
}

#[component]
fn CartAction(here: Here) -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let pieces = visit.cart.pieces();
    let label = if pieces > 0 { t!(lang, "nav-cart-holding", count = pieces) } else { t!(lang, "nav-cart") };
    let words =
        vec![t!(lang, "nav-cart"), t!(lang, "nav-cart-holding", count = 1), t!(lang, "nav-cart-holding", count = "#")];
    view! {
        <CartLink words>
            <a class="topbar-action cart-link" href="/cart" aria-current=here.current(Here::Cart) aria-label=label>
                <Icon name=IconName::ShoppingBag/>
                // For who sees text alone; others hear the label.
                <span class="sr-only">{t!(lang, "nav-cart")}" "</span>
                <span class="cart-count" aria-hidden="true" hidden={pieces == 0}>{(pieces > 0).then_some(pieces)}</span>
            </a>
        </CartLink>
    }
}

#[component]
fn AccountAction(here: Here) -> impl IntoView {
    let visit = Visit::current();
    let current = here.current(Here::Account);
    match visit.user {
        Some(_) => view! {
            <a class="topbar-action" href="/account" aria-current=current>
                <span class="sr-only">{t!(visit.lang, "nav-account")}</span>
                <Icon name=IconName::CircleUserRound/>
            </a>
        }
        .into_any(),
        None => view! {
            <a class="topbar-action" href="/login" aria-current=current>{t!(visit.lang, "nav-login")}</a>
        }
        .into_any(),
    }
}
