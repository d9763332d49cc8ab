//! The bar under the thumb on phones.

use super::{Here, Icon, IconName};
use crate::text::t;
use crate::visit::lang;
use leptos::prelude::*;

#[component]
pub fn Tabbar(here: Here) -> impl IntoView {
    let lang = lang();
    let tabs = [
        (Here::Home, "/", IconName::House, t!(lang, "nav-home")),
        (Here::Products, "/products", IconName::LayoutGrid, t!(lang, "nav-products")),
        (Here::Coupons, "/coupons", IconName::TicketPercent, t!(lang, "nav-coupons")),
        (Here::Orders, "/orders", IconName::ReceiptText, t!(lang, "nav-orders")),
        (Here::Wallet, "/wallet", IconName::Wallet, t!(lang, "nav-wallet")),
    ];
    let links = tabs
        .into_iter()
        .map(|(part, path, icon, text)| {
            view! {
                <a class="tabbar-link" href=path aria-current=here.current(part)>
                    <Icon name=icon/>
                    <span>{text}</span>
                </a>
                " "
            }
        })
        .collect_view();
    view! { <nav class="tabbar" aria-label=t!(lang, "nav-tabs")>{links}</nav> }.into_any()
}
