//! One posting of a wallet's statement, with the order it belongs to.

use super::When;
use crate::text::{t, words};
use crate::visit::lang;
use leptos::prelude::*;
use shop::order::OrderItem;
use shop::wallet::Posting;

#[component]
pub fn StatementRow(
    posting: Posting,
    /// What the order of the posting bought.
    #[prop(optional)]
    items: Vec<OrderItem>,
) -> impl IntoView {
    let lang = lang();
    let what = words::posting(lang, posting.kind);
    let what = match posting.order_id {
        Some(order) => view! {
            <a class="statement-link" href=format!("/orders/{order}")>
                {what}" "
                <bdi class="statement-order">{words::order_name(lang, &items)}</bdi>
            </a>
        }
        .into_any(),
        None => what.into_any(),
    };
    let (class, plus) =
        if posting.amount.is_positive() { ("statement-amount amount-in", "+") } else { ("statement-amount", "") };
    view! {
        <li class="statement-row">
            <p class="statement-what">{what}</p>
            <p class=class>{plus}{posting.amount.to_string()}</p>
            <When moment=posting.created_at class="statement-when"/>
            <p class="statement-after">{t!(lang, "statement-after", balance = posting.balance_after.to_string())}</p>
        </li>
    }
    .into_any()
}
