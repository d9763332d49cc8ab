//! Any order of anybody: found by its number, its shopper, a product, a state, a time.

use super::frame::{ConsoleFrame, Part};
use super::recovery::{people_box, people_of};
use super::{found_list, order_link};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Query, Visit, shop};
use leptos::prelude::*;
use shop::error::FieldProblem;
use shop::id::{ProductId, UserId};
use shop::operator::{Operator, Permission};
use shop::order::OrderStatus;
use shop::order::console::model::FoundOrder;
use shop::order::console::search::{OrderFilter, list_orders};
use shop::page::{Page, PageLimit};
use shop::{Error, Timestamp};
use time::macros::{format_description, offset};
use time::{Date, Duration, Time};

const PATH: &str = "/admin/orders";
/// What the address of a search may say, besides its cursor.
const FIELDS: [&str; 8] = ["id", "user", "email", "product", "status", "from", "until", "people"];

#[component]
pub fn ConsoleOrdersPage() -> impl IntoView {
    page(orders())
}

async fn orders() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Orders.permission()).await?;
    let query = Query::of_request();
    let filter = filter_of(&query)?;
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let found = list_orders(&shop(), &operator, &filter, people_of(&query), &asked).await?;
    let lang = Visit::begin().await.lang;
    let filters = filters(lang, &operator, &query);
    let list = found_list(lang, (PATH, &FIELDS), &query, found, row, empty);
    Ok(view! {
        <ConsoleFrame operator part=Part::Orders title=t!(lang, "console-orders") lead=t!(lang, "orders-lead")>
            {filters}
            {list}
        </ConsoleFrame>
    }
    .into_any())
}

fn filter_of(query: &Query) -> Result<OrderFilter, Error> {
    let malformed = |field: &'static str| move || Error::invalid(field, FieldProblem::Malformed);
    let day =
        |name: &'static str| query.get(name).map(|text| start_of_day(text).ok_or_else(malformed(name))).transpose();
    let status = query.get("status").map(|text| text.parse().ok().ok_or_else(malformed("status")));
    let product = query.get("product").map(|text| text.parse().map(ProductId::new).map_err(|_| malformed("product")()));
    let id = query.get("id").map(|text| text.parse().map_err(|_| malformed("id")()));
    let user = query.get("user").map(|text| text.parse().map(UserId::new).map_err(|_| malformed("user")()));
    Ok(OrderFilter {
        id: id.transpose()?,
        user: user.transpose()?,
        email: query.get("email").map(str::to_owned),
        product: product.transpose()?,
        status: status.transpose()?,
        from: day("from")?,
        // The last day is in it.
        until: day("until")?.map(|start| start.after(Duration::DAY.unsigned_abs())),
    })
}

/// The midnight in Seoul with which a day begins: `2026-11-26`.
fn start_of_day(text: &str) -> Option<Timestamp> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
    let midnight = day.with_time(Time::MIDNIGHT).assume_offset(offset!(+9));
    i64::try_from(midnight.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp::from_millis)
}

fn filters(lang: Lang, operator: &Operator, query: &Query) -> AnyView {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let field = |name: &'static str, label: String, kind: &'static str| {
        view! {
            <div class="field">
                <label class="field-label" for=name>{label}</label>
                <input class="field-input field-small" id=name name=name type=kind value=value(name) autocomplete="off"/>
            </div>
        }
        .into_any()
    };
    let chosen = value("status");
    let statuses = OrderStatus::ALL
        .into_iter()
        .map(|status| {
            let word = status.as_str();
            view! { <option value=word selected=chosen == word>{words::order_status(lang, status)}</option> }
        })
        .collect_view();
    let may_see_people = operator.may(Permission::SeePeople);
    let email = may_see_people.then(|| field("email", t!(lang, "field-email"), "email"));
    let user = may_see_people.then(|| field("user", t!(lang, "customers-number"), "text"));
    view! {
        <form class="console-search" method="get" action=PATH>
            {field("id", t!(lang, "orders-number"), "text")}
            {email}
            {user}
            {field("product", t!(lang, "orders-product"), "text")}
            <div class="field">
                <label class="field-label" for="status">{t!(lang, "console-status")}</label>
                <select class="field-select field-small" id="status" name="status">
                    <option value="">{t!(lang, "console-any")}</option>
                    {statuses}
                </select>
            </div>
            {field("from", t!(lang, "orders-from"), "date")}
            {field("until", t!(lang, "orders-until"), "date")}
            {people_box(lang, operator, query)}
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

fn row(lang: Lang, one: FoundOrder) -> AnyView {
    let FoundOrder { order, email } = one;
    view! {
        <li class="console-row">
            <div>
                {order_link(order.id)}
                " "<span class="badge" data-state=order.status.as_str()>{words::order_status(lang, order.status)}</span>
                <p><bdi>{words::order_name(lang, &order.items)}</bdi></p>
                <p class="faint"><When moment=order.created_at/></p>
                {email.map(|email| view! { <p>{email}</p> })}
            </div>
            <p class="order-amount">{order.final_amount.to_string()}</p>
        </li>
    }
    .into_any()
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::Search title=t!(lang, "orders-none-title") text=t!(lang, "orders-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href=PATH>{t!(lang, "orders-all")}</a>
            </div>
        </Empty>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_seoul() {
        let start = start_of_day("2026-11-26").expect("a day");
        assert_eq!(start.rfc3339(), "2026-11-25T15:00:00Z");
        for text in ["", "26.11.2026", "2026-13-01", "2026-11-26T00:00", "99999-01-01"] {
            assert_eq!(start_of_day(text), None, "{text}");
        }
    }
}
