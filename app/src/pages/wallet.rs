//! The wallet: its balance, the way to charge it, and its statement.

use crate::auth::require_user;
use crate::components::{ChargeForm, Empty, Frame, Here, IconName, Notice, NoticeKind, Pager, StatementRow};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::Won;
use shop::id::OrderId;
use shop::order::OrderItem;
use shop::page::{Page, PageLimit, Slice};
use shop::refund::OwedRefund;
use shop::refund::service::list_owed;
use shop::wallet::rules::check_charge_amount;
use shop::wallet::{Posting, Wallet};
use std::collections::HashMap;

/// Amounts offered as links that fill the field.
const PRESETS: [i64; 5] = [1_000, 5_000, 10_000, 50_000, 100_000];

#[component]
pub fn WalletPage() -> impl IntoView {
    page(wallet())
}

async fn wallet() -> Result<AnyView, Stop> {
    let user = require_user()?;
    let query = Query::of_request();
    let cursor = query.get("cursor").map(str::to_owned);
    let asked = Page { limit: PageLimit::DEFAULT, cursor: cursor.clone() };
    let wallet = shop::wallet::service::find_wallet(&shop(), user.id).await?;
    let owed = if wallet.owed.is_positive() { list_owed(&shop(), user.id).await? } else { Vec::new() };
    let postings = shop::wallet::service::list_postings(&shop(), user.id, &asked).await?;
    let orders: Vec<OrderId> = postings.items.iter().filter_map(|posting| posting.order_id).collect();
    let bought = shop::order::service::list_lines(&shop(), &orders).await?;
    let preset = query.get("amount").and_then(|amount| amount.parse().ok()).map(Won::new);
    let preset = preset.filter(|amount| check_charge_amount(*amount).is_ok());
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "wallet-title");
    Ok(view! {
        <Frame title=title.clone() here=Here::Wallet heading=title private=true>
            <div class="desk wallet">
                {balance(lang, wallet, owed)}
                <aside class="desk-aside wallet-charge">{charge(lang, preset)}</aside>
                <section>
                    <h2 class="card-title">{t!(lang, "statement-title")}</h2>
                    {statement(lang, postings, bought, cursor.is_some())}
                </section>
            </div>
        </Frame>
    }
    .into_any())
}

fn balance(lang: Lang, wallet: Wallet, owed: Vec<OwedRefund>) -> AnyView {
    view! {
        <section class="wallet-balance">
            <h2 class="field-label muted">{t!(lang, "wallet-balance")}</h2>
            <p class="balance">{wallet.balance.to_string()}</p>
            <p class="faint">{t!(lang, "wallet-limit", limit = wallet.limit.to_string())}</p>
            {(!owed.is_empty()).then(|| waiting(lang, wallet.owed, owed))}
        </section>
    }
    .into_any()
}

/// Refunds that come as soon as there is room, each with its order.
fn waiting(lang: Lang, amount: Won, owed: Vec<OwedRefund>) -> AnyView {
    let rows = owed
        .into_iter()
        .map(|refund| {
            let text = t!(lang, "wallet-owed-order", amount = refund.amount.to_string());
            view! { <li><a class="link" href=format!("/orders/{}", refund.order_id)>{text}</a></li> }
        })
        .collect_view();
    view! {
        <Notice
            kind=NoticeKind::Info
            title=t!(lang, "wallet-owed", amount = amount.to_string())
            text=t!(lang, "wallet-owed-text")
        >
            <ul class="plain-list">{rows}</ul>
        </Notice>
    }
    .into_any()
}

fn charge(lang: Lang, preset: Option<Won>) -> AnyView {
    if !shop().settings().charges_open {
        return view! { <Notice kind=NoticeKind::Info title=t!(lang, "note-charges-closed")/> }.into_any();
    }
    let above = view! { <h2 class="card-title">{t!(lang, "charge-title")}</h2> }.into_any();
    view! {
        <ChargeForm
            suggested=preset
            next="/wallet".to_owned()
            hint=t!(lang, "charge-hint")
            button=t!(lang, "charge-button")
            above
        >
            {presets(lang, preset)}
        </ChargeForm>
    }
    .into_any()
}

fn presets(lang: Lang, chosen: Option<Won>) -> AnyView {
    let links = PRESETS
        .into_iter()
        .map(|amount| {
            let current = (chosen == Some(Won::new(amount))).then_some("true");
            let name = t!(lang, "charge-preset-name", amount = Won::new(amount).to_string());
            view! {
                <a class="preset" href=format!("/wallet?amount={amount}#charge") aria-current=current aria-label=name>
                    {short_amount(lang, amount)}
                </a>
                " "
            }
        })
        .collect_view();
    view! { <div class="presets" role="group" aria-label=t!(lang, "charge-presets")>{links}</div> }.into_any()
}

/// `1만` or `10k`: five of them fit a phone.
fn short_amount(lang: Lang, amount: i64) -> String {
    match lang {
        Lang::Ko if amount >= 10_000 => format!("{}만", amount / 10_000),
        Lang::Ko => format!("{}천", amount / 1_000),
        Lang::En => format!("{}k", grouped(amount / 1_000)),
    }
}

fn statement(
    lang: Lang,
    postings: Slice<Posting>,
    bought: HashMap<OrderId, Vec<OrderItem>>,
    is_later: bool,
) -> AnyView {
    if postings.items.is_empty() {
        return view! {
            <Empty icon=IconName::Wallet title=t!(lang, "statement-empty-title") text=t!(lang, "statement-empty-text")>
                ""
            </Empty>
        }
        .into_any();
    }
    let row = |posting: Posting| {
        let items = posting.order_id.and_then(|order| bought.get(&order).cloned()).unwrap_or_default();
        view! { <StatementRow posting items/> }
    };
    let rows = postings.items.into_iter().map(row).collect_view();
    let next = postings.next_cursor.map(|cursor| path_with("/wallet", &[("cursor", Some(&cursor))]));
    let first = is_later.then(|| "/wallet".to_owned());
    view! {
        <ul class="statement">{rows}</ul>
        <Pager next first more=t!(lang, "statement-more")/>
    }
    .into_any()
}
