//! One order with everything that ever happened to it, and what can be done about it.

use super::audit::{act_name, changes};
use super::frame::{ConsoleFrame, Part};
use super::recovery::people_of;
use super::refund::refunds;
use super::waiting::{cause_name, holder_text, next_try_text, tries_text};
use crate::auth::require_operator;
use crate::components::{Notice, NoticeKind, Owner, Sum, Total, When, sentence_with};
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Query, Visit, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::id::OrderId;
use shop::operator::{Operator, Permission};
use shop::order::Order;
use shop::order::console::history::find_order_history;
use shop::order::console::model::{CouponMovement, HistoryEntry, HistoryFact, StockMovement};
use shop::order::console::search::{OrderDetail, find_order_for};
use shop::refund::service::find_refundable;

#[component]
pub fn ConsoleOrderPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    page(order(id))
}

async fn order(id: String) -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Orders.permission()).await?;
    let id: OrderId = id.parse().map_err(|_| Stop::NotFound)?;
    let people = people_of(&Query::of_request());
    let detail = find_order_for(&shop(), &operator, id, people).await?.ok_or(Stop::NotFound)?;
    let history = find_order_history(&shop(), &operator, id).await?.ok_or(Stop::NotFound)?;
    let refundable = match operator.may(Permission::RefundOrders) {
        true => find_refundable(&shop(), &operator, id).await?,
        false => None,
    };
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "order-of-console");
    let refunds = refundable.and_then(|order| refunds(lang, order));
    let steps = history.into_iter().map(|entry| step(lang, entry)).collect_view();
    let (waits, who, acts) = (waits(lang, &detail), who(lang, &operator, &detail), acts(lang, &operator, &detail));
    let order = detail.facts.order;
    let (lines, sums, status) = (lines(lang, &order), sums(lang, &order), order.status);
    Ok(view! {
        <ConsoleFrame operator part=Part::Orders title>
            <p class="row">
                <code class="console-facts">{id.to_string()}</code>
                <span class="badge" data-state=status.as_str()>{words::order_status(lang, status)}</span>
            </p>
            {waits}
            {who}
            <section class="section" aria-label=t!(lang, "order-lines")>
                <ul class="console-list">{lines}</ul>
                {sums}
            </section>
            <section class="section">
                <h2 class="section-title">{t!(lang, "history-title")}</h2>
                <ol class="console-list">{steps}</ol>
            </section>
            {refunds}
            {acts}
        </ConsoleFrame>
    }
    .into_any())
}

/// Why it waits and what happens next, when it does.
fn waits(lang: Lang, detail: &OrderDetail) -> Option<AnyView> {
    let next = detail.next_try?;
    let cause = detail.facts.pending_cause.map(|cause| cause_name(lang, cause));
    let facts = [
        detail.tries.map(|tries| tries_text(lang, tries)),
        detail.holder.as_ref().map(|holder| holder_text(lang, holder)),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Some(
        view! {
            <Notice kind=NoticeKind::Warning title=cause.unwrap_or_else(|| t!(lang, "order-waits")) text=facts>
                <p>{next_try_text(lang, next)}</p>
            </Notice>
        }
        .into_any(),
    )
}

fn who(lang: Lang, operator: &Operator, detail: &OrderDetail) -> Option<AnyView> {
    if !operator.may(Permission::SeePeople) {
        return None;
    }
    let shown = match &detail.person {
        Some(person) => view! { <p><bdi>{person.name.clone()}</bdi>" · "{person.email.clone()}</p> }.into_any(),
        None => view! {
            <form method="get">
                <input type="hidden" name="people" value="1"/>
                <button class="button button-secondary" type="submit">{t!(lang, "order-show-person")}</button>
            </form>
        }
        .into_any(),
    };
    Some(view! { <section class="section" aria-label=t!(lang, "order-person")>{shown}</section> }.into_any())
}

fn lines(lang: Lang, order: &Order) -> AnyView {
    let rows = order.items.iter().map(|item| {
        let detail = t!(lang, "line-detail", price = item.unit_price.to_string(), count = item.quantity);
        view! {
            <li class="console-row">
                <div>
                    <a class="link console-link" href=format!("/products/{}", item.product_id)>
                        <bdi>{words::item_name(lang, item)}</bdi>
                    </a>
                    <p class="faint">{detail}</p>
                </div>
                <p class="order-amount">{item.amount.to_string()}</p>
            </li>
        }
    });
    rows.collect_view().into_any()
}

fn sums(lang: Lang, order: &Order) -> AnyView {
    let discount = order.discount_amount.is_positive().then(|| {
        let code = order.coupon_code.as_ref().map(ToString::to_string).unwrap_or_default();
        view! { <Sum label=t!(lang, "order-discount-by", code = code) amount=format!("-{}", order.discount_amount)/> }
    });
    view! {
        <dl class="summary-rows">
            <Sum label=t!(lang, "order-total") amount=order.total_amount.to_string()/>
            {discount}
            <Total label=t!(lang, "order-paid") amount=order.final_amount.to_string()/>
        </dl>
    }
    .into_any()
}

/// One thing that happened.
fn step(lang: Lang, entry: HistoryEntry) -> AnyView {
    let at = entry.at;
    let (what, more) = told(lang, entry.fact);
    view! {
        <li class="console-row">
            <div><strong>{what}</strong>{more.map(|more| view! { <p class="console-facts">{more}</p> })}</div>
            <When moment=at class="faint"/>
        </li>
    }
    .into_any()
}

/// What it was, and what there is to say about it.
fn told(lang: Lang, fact: HistoryFact) -> (String, Option<AnyView>) {
    match fact {
        HistoryFact::Became { status, cause, .. } => {
            let cause = cause.map(|cause| cause_name(lang, cause).into_any());
            (t!(lang, "history-became", status = words::order_status(lang, status)), cause)
        }
        HistoryFact::Stock { movement, product_id, quantity } => {
            let id = product_id.to_string();
            let what = match movement {
                StockMovement::Held => t!(lang, "history-stock-held", id = id, quantity = quantity),
                StockMovement::Out => t!(lang, "history-stock-out", id = id, quantity = quantity),
                StockMovement::Released => t!(lang, "history-stock-released", id = id, quantity = quantity),
            };
            (what, None)
        }
        HistoryFact::Coupon { movement, code } => {
            let code = code.map(|code| code.to_string()).unwrap_or_default();
            let what = match movement {
                CouponMovement::Held => t!(lang, "history-coupon-held", code = code),
                CouponMovement::Used => t!(lang, "history-coupon-used", code = code),
                CouponMovement::GivenBack => t!(lang, "history-coupon-back", code = code),
            };
            (what, None)
        }
        HistoryFact::Posting { posting } => {
            let after = t!(lang, "history-balance-after", balance = posting.balance_after.to_string());
            (format!("{} {}", words::posting(lang, posting.kind), posting.amount), Some(after.into_any()))
        }
        HistoryFact::Event { kind, sent_at, .. } => {
            let sent = match sent_at {
                Some(moment) => sentence_with(moment, |when| t!(lang, "history-event-sent", when = when)),
                None => t!(lang, "history-event-waits").into_any(),
            };
            (t!(lang, "history-event", kind = kind), Some(sent))
        }
        HistoryFact::TriesFailed { tries } => (tries_text(lang, tries), None),
        HistoryFact::Note { note } => {
            let title = t!(lang, "history-note", id = note.operator_id.to_string());
            (title, Some(view! { <span class="console-note">{note.body}</span> }.into_any()))
        }
        HistoryFact::Letter { kind, .. } => (t!(lang, "history-letter", kind = kind), None),
        HistoryFact::Act { act } => {
            let change = changes(act.before.as_deref(), act.after.as_deref()).join(", ");
            let told = [Some(change).filter(|change| !change.is_empty()), act.reason].into_iter().flatten();
            let told = told.collect::<Vec<_>>().join(" · ");
            (act_name(lang, &act.act), (!told.is_empty()).then(|| told.into_any()))
        }
    }
}

/// What this operator can do about it.
fn acts(lang: Lang, operator: &Operator, detail: &OrderDetail) -> AnyView {
    let order = &detail.facts.order;
    let (id, page) = (order.id.to_string(), format!("/admin/orders/{}", order.id));
    let recover = (order.status.is_unfinished() && operator.may(Permission::RecoverOrders)).then(|| {
        view! {
            <form class="card section stack" method="post" action="/fn/admin_recover">
                <Owner/>
                <input type="hidden" name="page" value=page.clone()/>
                <input type="hidden" name="ids[]" value=id.clone()/>
                <p class="muted">{t!(lang, "recovery-now-text")}</p>
                <button class="button button-primary" type="submit">{t!(lang, "recovery-now")}</button>
            </form>
        }
    });
    let note = operator.may(Permission::NoteOrders).then(|| {
        view! {
            <form class="card section stack" method="post" action="/fn/admin_add_notes">
                <Owner/>
                <input type="hidden" name="page" value=page.clone()/>
                <input type="hidden" name="ids[]" value=id.clone()/>
                <div class="field">
                    <label class="field-label" for="text">{t!(lang, "console-note")}</label>
                    <textarea class="field-input" id="text" name="text" rows="3" maxlength="1000" required></textarea>
                </div>
                <button class="button button-secondary" type="submit">{t!(lang, "console-add-note")}</button>
            </form>
        }
    });
    view! { {recover}{note} }.into_any()
}
