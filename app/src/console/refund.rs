//! Giving an order back: what was so far, and the form that gives more of it. Each choice says its exact amount, because
//! shares of an odd discount differ by a won from piece to piece.

use crate::components::{Notice, NoticeKind, Owner, When};
use crate::text::errors::refund_refusal_text;
use crate::text::{Lang, t};
use crate::visit::{Visit, new_request_id};
use leptos::prelude::*;
use shop::Won;
use shop::refund::{Refund, RefundReason, Refundable, RefundableLine};

/// The part of an order's page that is about giving back; nothing for an order that was never sold.
pub(super) fn refunds(lang: Lang, order: Refundable) -> Option<AnyView> {
    if !order.status.was_sold() {
        return None;
    }
    let so_far = order.refunds.iter().map(|refund| so_far(lang, refund, &order)).collect_view();
    let so_far = (!order.refunds.is_empty()).then(|| view! { <ul class="console-list">{so_far}</ul> });
    let more = match &order.refusal {
        Some(refusal) => view! { <p class="muted">{refund_refusal_text(lang, refusal)}</p> }.into_any(),
        None => form(lang, &order),
    };
    Some(
        view! {
            <section class="card section stack">
                <h2 class="card-title">{t!(lang, "refund-title")}</h2>
                {so_far}
                {more}
            </section>
        }
        .into_any(),
    )
}

/// One refund: how much of what, why, who, and whether the wallet has it.
fn so_far(lang: Lang, refund: &Refund, order: &Refundable) -> AnyView {
    let pieces = refund.lines.iter().map(|given| {
        let line = order.lines.iter().find(|line| line.product_id == given.product_id);
        let name = line.map_or_else(|| given.product_id.to_string(), |line| name_of(lang, line));
        t!(lang, "refund-of-line", name = name, count = given.quantity)
    });
    let pieces = pieces.collect::<Vec<_>>().join(", ");
    let by = t!(lang, "refund-by", id = refund.operator_id.to_string(), reason = refund.reason.clone());
    let waits = refund.credited_at.is_none().then(|| {
        view! { " "<span class="badge" data-state="PENDING">{t!(lang, "refund-is-owed")}</span> }
    });
    let coupon = refund.coupon_returned.then(|| view! { <p class="faint">{t!(lang, "refund-freed-coupon")}</p> });
    view! {
        <li class="console-row">
            <div>
                <strong>{refund.amount.to_string()}</strong>{waits}
                <p><bdi>{pieces}</bdi></p>
                <p class="faint"><bdi>{by}</bdi></p>
                {coupon}
            </div>
            <When moment=refund.created_at class="faint"/>
        </li>
    }
    .into_any()
}

fn form(lang: Lang, order: &Refundable) -> AnyView {
    let (id, page) = (order.order_id.to_string(), format!("/admin/orders/{}", order.order_id));
    let rows = order.lines.iter().filter(|line| !line.left.is_empty()).map(|line| choice(lang, line)).collect_view();
    let coupon = order.coupon_code.as_ref().filter(|_| order.returns_coupon);
    let facts = [
        coupon.map(|code| t!(lang, "refund-frees-coupon", code = code.to_string())),
        order.would_wait.then(|| t!(lang, "refund-would-wait")),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>();
    let facts = (!facts.is_empty()).then(|| {
        view! { <Notice kind=NoticeKind::Info title=facts.join(" ") text=String::new()/> }
    });
    let most = RefundReason::MOST_CHARS;
    let typed = Visit::current().flash.value("refund", "reason").map(str::to_owned);
    view! {
        <form class="stack" method="post" action="/fn/admin_refund">
            <Owner/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="page" value=page/>
            <input type="hidden" name="request_id" value=new_request_id()/>
            <p class="muted">{t!(lang, "refund-text")}</p>
            {rows}
            {facts}
            <div class="field">
                <label class="field-label" for="reason">{t!(lang, "refund-reason")}</label>
                <input class="field-input" id="reason" name="reason" maxlength=most required value=typed/>
            </div>
            <div class="row">
                <button class="button button-secondary" type="submit">{t!(lang, "refund-chosen")}</button>
                <button class="button button-danger" type="submit" name="whole" value="1">
                    {t!(lang, "refund-whole", amount = order.left_amount.to_string())}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// How many pieces of one line, each number with what it would give back.
fn choice(lang: Lang, line: &RefundableLine) -> AnyView {
    let field = format!("pieces-{}", line.product_id);
    let mut sum = Won::ZERO;
    let options = line.left.iter().zip(1_i64..).map(|(share, count)| {
        sum = sum.plus(*share).unwrap_or(sum);
        let text = t!(lang, "refund-pieces", count = count, amount = sum.to_string());
        view! { <option value=format!("{}:{count}", line.product_id)>{text}</option> }
    });
    let options = options.collect_view();
    view! {
        <div class="field">
            <label class="field-label" for=field.clone()><bdi>{name_of(lang, line)}</bdi></label>
            <select class="field-select" id=field name="pieces[]">
                <option value="">{t!(lang, "refund-none")}</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

fn name_of(lang: Lang, line: &RefundableLine) -> String {
    lang.pick(&line.name, &line.name_en).to_owned()
}
