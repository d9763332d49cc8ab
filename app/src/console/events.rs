//! The shop's events: what waits to be sent and since when, what went out, and what is sent once more.

use super::frame::{ConsoleFrame, Part};
use super::order_link;
use crate::auth::require_operator;
use crate::components::{Empty, IconName, Notice, NoticeKind, Owner, Pager, Sum, When, sentence_with};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::Error;
use shop::error::FieldProblem;
use shop::event::service::{LONGEST_REASON, list_events, look_at_outbox};
use shop::event::{EventFilter, EventPlace, OutboxState, event_kinds};
use shop::operator::Permission;
use shop::page::{Page, PageLimit, Slice};

const PATH: &str = "/admin/events";
const FIELDS: [&str; 3] = ["order", "kind", "sent"];

#[component]
pub fn EventsPage() -> impl IntoView {
    page(events())
}

async fn events() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Events.permission()).await?;
    let query = Query::of_request();
    let filter = filter_of(&query)?;
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let state = look_at_outbox(&shop(), &operator).await?;
    let found = list_events(&shop(), &operator, &filter, &asked).await?;
    let lang = Visit::begin().await.lang;
    let may_replay = operator.may(Permission::ReplayEvents) && state.is_listened;
    let list = list(lang, found, &query, state.is_listened, may_replay);
    let span = may_replay.then(|| replay_span(lang));
    Ok(view! {
        <ConsoleFrame operator part=Part::Events title=t!(lang, "console-events") lead=t!(lang, "events-lead")>
            {outbox(lang, &state)}
            {filters(lang, &query, state.is_listened)}
            {list}
            {span}
        </ConsoleFrame>
    }
    .into_any())
}

fn filter_of(query: &Query) -> Result<EventFilter, Error> {
    let order =
        query.get("order").map(|text| text.parse().map_err(|_| Error::invalid("order", FieldProblem::Malformed)));
    let unknown = |field: &str| Error::invalid(field, FieldProblem::Unknown);
    let kind = query.get("kind").map(|text| event_kinds().find(|kind| kind == text).ok_or_else(|| unknown("kind")));
    let is_sent = query.get("sent").map(|text| match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(unknown("sent")),
    });
    Ok(EventFilter { order: order.transpose()?, kind: kind.transpose()?, is_sent: is_sent.transpose()? })
}

/// How the outbox stands; where nobody listens there is nothing that could wait.
fn outbox(lang: Lang, state: &OutboxState) -> AnyView {
    if !state.is_listened {
        let (title, text) = (t!(lang, "events-nobody-title"), t!(lang, "events-nobody-text"));
        return view! { <Notice kind=NoticeKind::Info title text/> }.into_any();
    }
    let moment = |label: String, at: Option<shop::Timestamp>| {
        at.map(|at| view! { <div class="summary-row"><dt>{label}</dt><dd><When moment=at/></dd></div> })
    };
    let error = state.last_error.clone().map(|(at, text)| {
        let when = sentence_with(at, move |when| t!(lang, "events-last-error", when = when));
        view! { <p class="faint">{when}": "<bdi>{text}</bdi></p> }
    });
    view! {
        <section class="summary section">
            <dl class="summary-rows">
                <Sum label=t!(lang, "events-waiting") amount=grouped(state.waiting)/>
                {moment(t!(lang, "events-oldest"), state.oldest)}
                {moment(t!(lang, "events-last-sent"), state.last_sent)}
            </dl>
            {error}
        </section>
    }
    .into_any()
}

fn filters(lang: Lang, query: &Query, is_listened: bool) -> AnyView {
    let chosen = |name: &str, value: &str| query.get(name) == Some(value);
    let kinds = event_kinds()
        .map(|kind| view! { <option value=kind.clone() selected=chosen("kind", &kind)>{kind.clone()}</option> })
        .collect_view();
    let order = query.get("order").unwrap_or_default().to_owned();
    let sent = is_listened.then(|| {
        view! {
            <div class="field">
                <label class="field-label" for="sent">{t!(lang, "events-sent")}</label>
                <select class="field-select field-small" id="sent" name="sent">
                    <option value="">{t!(lang, "console-any")}</option>
                    <option value="yes" selected=chosen("sent", "yes")>{t!(lang, "events-sent-yes")}</option>
                    <option value="no" selected=chosen("sent", "no")>{t!(lang, "events-sent-no")}</option>
                </select>
            </div>
        }
    });
    view! {
        <form class="console-search section" method="get" action=PATH>
            <div class="field">
                <label class="field-label" for="order">{t!(lang, "orders-number")}</label>
                <input class="field-input field-small" id="order" name="order" value=order autocomplete="off"/>
            </div>
            <div class="field">
                <label class="field-label" for="kind">{t!(lang, "events-kind")}</label>
                <select class="field-select field-small" id="kind" name="kind">
                    <option value="">{t!(lang, "console-any")}</option>
                    {kinds}
                </select>
            </div>
            {sent}
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

fn list(lang: Lang, found: Slice<EventPlace>, query: &Query, is_listened: bool, may_replay: bool) -> AnyView {
    let path = |cursor: Option<&str>| {
        let mut pairs: Vec<(&str, Option<&str>)> = FIELDS.iter().map(|name| (*name, query.get(name))).collect();
        pairs.push(("cursor", cursor));
        path_with(PATH, &pairs)
    };
    let first = query.get("cursor").map(|_| path(None));
    let next = found.next_cursor.as_deref().map(|cursor| path(Some(cursor)));
    if found.items.is_empty() {
        let more = t!(lang, "orders-look-further");
        let empty = next.is_none().then(|| empty(lang));
        return view! { {empty}<Pager next first more/> }.into_any();
    }
    let here = path(query.get("cursor"));
    let rows = found.items.into_iter().map(|one| row(lang, one, is_listened, may_replay)).collect_view();
    let rows = view! { <ul class="console-list">{rows}</ul> }.into_any();
    let list = if may_replay { choosing(lang, here, rows) } else { rows };
    view! { {list}<Pager next first more=t!(lang, "console-more")/> }.into_any()
}

fn row(lang: Lang, one: EventPlace, is_listened: bool, may_replay: bool) -> AnyView {
    let sent = is_listened.then(|| {
        let (state, sent) = match one.sent_at {
            Some(_) => ("COMPLETED", t!(lang, "events-sent-yes")),
            None => ("PENDING", t!(lang, "events-sent-no")),
        };
        view! { " "<span class="badge" data-state=state>{sent}</span> }
    });
    let label = t!(lang, "events-choose", id = one.id.to_string());
    let tick = (may_replay && one.sent_at.is_some()).then(|| {
        view! {
            <label class="console-pick">
                <input class="tick-box" type="checkbox" name="events[]" value=one.place aria-label=label/>
            </label>
        }
    });
    let again = one.replayed_at.map(|at| {
        view! { <p class="faint">{sentence_with(at, move |when| t!(lang, "events-replayed", when = when))}</p> }
    });
    view! {
        <li class="console-row">
            <div class="console-main">
                {tick}
                <div>
                    <strong>{one.kind}</strong>
                    {sent}
                    <p>{order_link(one.order_id)}</p>
                    <p class="faint"><When moment=one.created_at/></p>
                    {again}
                </div>
            </div>
        </li>
    }
    .into_any()
}

fn reason(lang: Lang, id: &'static str) -> AnyView {
    let typed = Visit::current().flash.value("events", "reason").map(str::to_owned);
    view! {
        <div class="field">
            <label class="field-label" for=id>{t!(lang, "events-why")}</label>
            <input class="field-input" id=id name="reason" maxlength=LONGEST_REASON required value=typed/>
        </div>
    }
    .into_any()
}

/// The list in a form: what is ticked goes out once more.
fn choosing(lang: Lang, here: String, rows: AnyView) -> AnyView {
    view! {
        <form method="post" action="/fn/admin_replay">
            <Owner/>
            <input type="hidden" name="page" value=here/>
            {rows}
            <section class="card section stack">
                <h2 class="card-title">{t!(lang, "events-ticked")}</h2>
                <p class="muted">{t!(lang, "events-replay-text")}</p>
                {reason(lang, "why-ticked")}
                <button class="button button-primary" type="submit">{t!(lang, "events-replay")}</button>
            </section>
        </form>
    }
    .into_any()
}

/// What happened within a span of time goes out once more.
fn replay_span(lang: Lang) -> AnyView {
    let moment = |name: &'static str, label: String| {
        view! {
            <div class="field">
                <label class="field-label" for=name>{label}</label>
                <input class="field-input field-small" id=name name=name type="datetime-local" required/>
            </div>
        }
        .into_any()
    };
    view! {
        <form class="card section stack" method="post" action="/fn/admin_replay">
            <Owner/>
            <input type="hidden" name="page" value=PATH/>
            <h2 class="card-title">{t!(lang, "events-span")}</h2>
            <p class="muted">{t!(lang, "events-span-text")}</p>
            {moment("from", t!(lang, "events-from"))}
            {moment("until", t!(lang, "events-until"))}
            {reason(lang, "why-span")}
            <button class="button button-secondary" type="submit">{t!(lang, "events-replay-span")}</button>
        </form>
    }
    .into_any()
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::Search title=t!(lang, "events-none-title") text=t!(lang, "events-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href=PATH>{t!(lang, "events-all")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
