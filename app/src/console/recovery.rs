//! The recovery queue: orders that did not come through, why, and what happens to each next; and what an operator can
//! do about them, one or many at once.

use super::frame::{ConsoleFrame, Part};
use super::order_link;
use super::waiting::{cause_name, holder_text, next_try_text, tries_text};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, Owner, Pager, sentence_with};
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::Error;
use shop::error::FieldProblem;
use shop::operator::people::People;
use shop::operator::{Operator, Permission};
use shop::order::OrderStatus;
use shop::page::{Page, PageLimit, Slice};
use shop::recovery::QueueCause;
use shop::recovery::queue::{QueueFilter, QueuedOrder, list_queue};

const PATH: &str = "/admin/recovery";

#[component]
pub fn RecoveryPage() -> impl IntoView {
    page(recovery())
}

async fn recovery() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Recovery.permission()).await?;
    let query = Query::of_request();
    let (filter, people) = (filter_of(&query)?, people_of(&query));
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let found = list_queue(&shop(), &operator, filter, people, &asked).await?;
    let lang = Visit::begin().await.lang;
    let list = if found.items.is_empty() { empty(lang) } else { list(lang, &operator, found, &query) };
    let filters = filters(lang, &operator, &query);
    Ok(view! {
        <ConsoleFrame operator part=Part::Recovery title=t!(lang, "recovery-title") lead=t!(lang, "recovery-lead")>
            {filters}
            {list}
        </ConsoleFrame>
    }
    .into_any())
}

fn filter_of(query: &Query) -> Result<QueueFilter, Error> {
    let unknown = |field: &str| Error::invalid(field, FieldProblem::Unknown);
    let status = query.get("status").map(|text| text.parse().ok().ok_or_else(|| unknown("status")));
    let cause = query.get("cause").map(|text| QueueCause::from_text(text).ok_or_else(|| unknown("cause")));
    Ok(QueueFilter { status: status.transpose()?, cause: cause.transpose()? })
}

/// Whether the address asks for the people behind the orders.
pub(super) fn people_of(query: &Query) -> People {
    if query.get("people").is_some() { People::Shown } else { People::Hidden }
}

/// The box that asks for them, for those who may; each look is a row of the log.
pub(super) fn people_box(lang: Lang, operator: &Operator, query: &Query) -> Option<AnyView> {
    operator.may(Permission::SeePeople).then(|| {
        view! {
            <label class="row console-tick">
                <input class="tick-box" type="checkbox" name="people" value="1" checked=people_of(query) == People::Shown/>
                <span>{t!(lang, "console-people")}</span>
            </label>
        }
        .into_any()
    })
}

fn filters(lang: Lang, operator: &Operator, query: &Query) -> AnyView {
    let chosen = |name: &str, value: &str| query.get(name) == Some(value);
    let causes = QueueCause::ALL
        .into_iter()
        .map(|cause| {
            let word = cause.as_str();
            view! { <option value=word selected=chosen("cause", word)>{cause_name(lang, cause)}</option> }
        })
        .collect_view();
    let statuses = [OrderStatus::Reserved, OrderStatus::Paid, OrderStatus::Pending]
        .into_iter()
        .map(|status| {
            let word = status.as_str();
            view! { <option value=word selected=chosen("status", word)>{words::order_status(lang, status)}</option> }
        })
        .collect_view();
    view! {
        <form class="row console-filter" method="get" action=PATH>
            <label class="field-label" for="status">{t!(lang, "console-status")}</label>
            <select class="field-select field-small" id="status" name="status">
                <option value="">{t!(lang, "console-any")}</option>
                {statuses}
            </select>
            <label class="field-label" for="cause">{t!(lang, "recovery-cause")}</label>
            <select class="field-select field-small" id="cause" name="cause">
                <option value="">{t!(lang, "console-any")}</option>
                {causes}
            </select>
            {people_box(lang, operator, query)}
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

/// What waits.
fn list(lang: Lang, operator: &Operator, found: Slice<QueuedOrder>, query: &Query) -> AnyView {
    let path = |cursor: Option<&str>| {
        let same = ["status", "cause", "people"].map(|name| (name, query.get(name)));
        path_with(PATH, &[same[0], same[1], same[2], ("cursor", cursor)])
    };
    let first = query.get("cursor").map(|_| path(None));
    let next = found.next_cursor.as_deref().map(|cursor| path(Some(cursor)));
    let may_act = operator.may(Permission::RecoverOrders);
    let rows = found.items.into_iter().map(|one| row(lang, one, may_act)).collect_view();
    let rows = view! { <ul class="console-list">{rows}</ul> }.into_any();
    let list = if may_act { acting(lang, path(query.get("cursor")), rows) } else { rows };
    view! { {list}<Pager next first more=t!(lang, "console-more")/> }.into_any()
}

/// The list in a form: what is ticked is recovered, or noted.
fn acting(lang: Lang, here: String, rows: AnyView) -> AnyView {
    view! {
        <form method="post" action="/fn/admin_recover">
            <Owner/>
            <input type="hidden" name="page" value=here/>
            {rows}
            {actions(lang)}
        </form>
    }
    .into_any()
}

fn row(lang: Lang, one: QueuedOrder, may_act: bool) -> AnyView {
    let id = one.id.to_string();
    let label = t!(lang, "recovery-tick", id = id.clone());
    let tick = may_act.then(|| {
        view! {
            <label class="console-pick">
                <input class="tick-box" type="checkbox" name="ids[]" value=id.clone() aria-label=label/>
            </label>
        }
    });
    let facts = [
        Some(cause_name(lang, one.cause)),
        one.tries.map(|tries| tries_text(lang, tries)),
        one.holder.map(|holder| holder_text(lang, &holder)),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let since = sentence_with(one.since, |when| t!(lang, "recovery-since", when = when));
    view! {
        <li class="console-row">
            <div class="console-main">
                {tick}
                <div>
                    {order_link(one.id)}
                    " "<span class="badge" data-state=one.status.as_str()>{words::order_status(lang, one.status)}</span>
                    <p>{facts}</p>
                    <p class="faint">{since}{one.next_try.map(|next| view! { " · "{next_try_text(lang, next)} })}</p>
                    {one.email.map(|email| view! { <p>{email}</p> })}
                </div>
            </div>
            <p class="order-amount">{one.final_amount.to_string()}</p>
        </li>
    }
    .into_any()
}

fn actions(lang: Lang) -> AnyView {
    view! {
        <section class="card section stack">
            <h2 class="card-title">{t!(lang, "recovery-ticked")}</h2>
            <p class="muted">{t!(lang, "recovery-now-text")}</p>
            <button class="button button-primary" type="submit">{t!(lang, "recovery-now")}</button>
            <div class="field">
                <label class="field-label" for="text">{t!(lang, "console-note")}</label>
                <textarea class="field-input" id="text" name="text" rows="3" maxlength="1000"></textarea>
            </div>
            <button class="button button-secondary" type="submit" formaction="/fn/admin_add_notes">
                {t!(lang, "console-add-note")}
            </button>
        </section>
    }
    .into_any()
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::CircleCheck title=t!(lang, "recovery-empty-title") text=t!(lang, "recovery-empty-text")>
            <div class="empty-action">
                <a class="button button-secondary" href="/admin/orders">{t!(lang, "console-orders")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
