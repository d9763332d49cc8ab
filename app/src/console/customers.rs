//! Shoppers, and operators as shoppers: found by their number, address, name or state. For those who may see people.

use super::found_list;
use super::frame::{ConsoleFrame, Part};
use super::recovery::{people_box, people_of};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit, shop};
use leptos::prelude::*;
use shop::Error;
use shop::error::FieldProblem;
use shop::id::UserId;
use shop::operator::{Operator, Permission};
use shop::page::{Page, PageLimit};
use shop::user::Role;
use shop::user::console::model::{CustomerState, FoundCustomer};
use shop::user::console::search::{CustomerFilter, list_customers};

const PATH: &str = "/admin/customers";
/// What the address of a search may say, besides its cursor.
const FIELDS: [&str; 5] = ["id", "email", "name", "state", "people"];

#[component]
pub fn CustomersPage() -> impl IntoView {
    page(customers())
}

async fn customers() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Customers.permission()).await?;
    let query = Query::of_request();
    let filter = filter_of(&query)?;
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let found = list_customers(&shop(), &operator, &filter, people_of(&query), &asked).await?;
    let lang = Visit::begin().await.lang;
    let filters = filters(lang, &operator, &query);
    let proposals = operator.may(Permission::AdjustWallets).then(|| {
        view! { <p><a class="link console-link" href="/admin/adjustments">{t!(lang, "adjustments-waiting")}</a></p> }
    });
    let list = found_list(lang, (PATH, &FIELDS), &query, found, row, empty);
    Ok(view! {
        <ConsoleFrame operator part=Part::Customers title=t!(lang, "console-customers") lead=t!(lang, "customers-lead")>
            {filters}
            {proposals}
            {list}
        </ConsoleFrame>
    }
    .into_any())
}

fn filter_of(query: &Query) -> Result<CustomerFilter, Error> {
    let malformed = |field: &'static str| Error::invalid(field, FieldProblem::Malformed);
    let id = query.get("id").map(|text| text.trim().parse().map(UserId::new).map_err(|_| malformed("id")));
    let state = query.get("state").map(|text| CustomerState::from_text(text).ok_or_else(|| malformed("state")));
    let text = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(CustomerFilter { id: id.transpose()?, email: text("email"), name: text("name"), state: state.transpose()? })
}

fn filters(lang: Lang, operator: &Operator, query: &Query) -> AnyView {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let field = |name: &'static str, label: String| {
        view! {
            <div class="field">
                <label class="field-label" for=name>{label}</label>
                <input class="field-input field-small" id=name name=name value=value(name) autocomplete="off"/>
            </div>
        }
        .into_any()
    };
    let chosen = value("state");
    let states = CustomerState::ALL
        .into_iter()
        .map(|state| {
            let word = state.as_str();
            view! { <option value=word selected=chosen == word>{state_name(lang, state)}</option> }
        })
        .collect_view();
    view! {
        <form class="console-search" method="get" action=PATH>
            {field("email", t!(lang, "customers-email"))}
            {field("name", t!(lang, "customers-name"))}
            {field("id", t!(lang, "customers-number"))}
            <div class="field">
                <label class="field-label" for="state">{t!(lang, "console-status")}</label>
                <select class="field-select field-small" id="state" name="state">
                    <option value="">{t!(lang, "console-any")}</option>
                    {states}
                </select>
            </div>
            {people_box(lang, operator, query)}
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

fn row(lang: Lang, one: FoundCustomer) -> AnyView {
    let name = t!(lang, "customer-number", id = one.id.to_string());
    let person = one.person.map(|person| view! { <p><bdi>{person.name}</bdi>" · "{person.email}</p> });
    let operator = (one.role == Role::Operator).then(|| view! { " · "{t!(lang, "customer-operator")} });
    view! {
        <li class="console-row">
            <div>
                <a class="link console-link" href=format!("{PATH}/{}", one.id)>{name}</a>
                " "{state_badge(lang, one.state)}
                {person}
                <p class="faint">{t!(lang, "customer-since")}" "<When moment=one.created_at/>{operator}</p>
            </div>
        </li>
    }
    .into_any()
}

/// How an account stands, in the colours of orders.
pub(super) fn state_badge(lang: Lang, state: CustomerState) -> AnyView {
    let colour = match state {
        CustomerState::Active => "COMPLETED",
        CustomerState::Frozen => "REJECTED",
        CustomerState::Blocked => "PENDING",
        CustomerState::Closed => "EXPIRED",
    };
    view! { <span class="badge" data-state=colour>{state_name(lang, state)}</span> }.into_any()
}

fn state_name(lang: Lang, state: CustomerState) -> String {
    match state {
        CustomerState::Active => t!(lang, "customer-active"),
        CustomerState::Frozen => t!(lang, "customer-frozen"),
        CustomerState::Blocked => t!(lang, "customer-blocked"),
        CustomerState::Closed => t!(lang, "customer-closed"),
    }
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::Search title=t!(lang, "customers-none-title") text=t!(lang, "orders-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href=PATH>{t!(lang, "customers-all")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
