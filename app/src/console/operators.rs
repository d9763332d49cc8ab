//! Who is an operator, and what each may do. For owners.

use super::frame::{ConsoleFrame, Part};
use super::role_name;
use crate::auth::require_operator;
use crate::components::{Field, Owner, Pager, sentence_with};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::operator::OperatorRole;
use shop::operator::service::list_operators;
use shop::operator::store::OperatorRow;
use shop::page::{Page, PageLimit};

#[component]
pub fn OperatorsPage() -> impl IntoView {
    page(operators())
}

async fn operators() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Operators.permission()).await?;
    let cursor = Query::of_request().get("cursor").map(str::to_owned);
    let asked = Page { limit: PageLimit::DEFAULT, cursor: cursor.clone() };
    let found = list_operators(&shop(), &operator, &asked).await?;
    let lang = Visit::begin().await.lang;
    let rows = found.items.into_iter().map(|one| row(lang, one)).collect_view();
    let next = found.next_cursor.map(|cursor| path_with("/admin/operators", &[("cursor", Some(&cursor))]));
    let first = cursor.map(|_| "/admin/operators".to_owned());
    Ok(view! {
        <ConsoleFrame operator part=Part::Operators title=t!(lang, "operators-title") lead=t!(lang, "operators-lead")>
            <ul class="console-list">{rows}</ul>
            <Pager next first more=t!(lang, "console-more")/>
            {roles(lang)}
            {new_operator(lang)}
        </ConsoleFrame>
    }
    .into_any())
}

fn row(lang: Lang, one: OperatorRow) -> AnyView {
    let since = one.changed_at.map(|moment| {
        view! { <span class="faint">{sentence_with(moment, |when| t!(lang, "operators-since", when = when))}</span> }
    });
    let frozen = one
        .frozen_at
        .map(|_| view! { " "<span class="badge" data-state="REJECTED">{t!(lang, "operators-frozen")}</span> });
    let label = t!(lang, "operators-role-of", name = one.name.clone());
    view! {
        <li class="console-row">
            <div>
                <strong>{one.name}</strong>{frozen}<br/>
                {one.email.clone()}<br/>
                {since}
                <p><a class="link console-link" href=format!("/admin/operators/{}", one.id)>{t!(lang, "operators-sessions")}</a></p>
            </div>
            <form class="console-form" method="post" action="/fn/admin_set_role">
                <Owner/>
                <input type="hidden" name="email" value=one.email/>
                <select class="field-select field-small" name="role" aria-label=label>
                    {options(lang, Some(one.role))}
                    <option value="none">{t!(lang, "role-none")}</option>
                </select>
                <button class="button button-secondary" type="submit">{t!(lang, "operators-change")}</button>
            </form>
        </li>
    }
    .into_any()
}

fn options(lang: Lang, present: Option<OperatorRole>) -> AnyView {
    OperatorRole::ALL
        .into_iter()
        .map(|role| view! { <option value=role.as_str() selected=present == Some(role)>{role_name(lang, role)}</option> })
        .collect_view()
        .into_any()
}

/// What each role is for.
fn roles(lang: Lang) -> AnyView {
    let explained = OperatorRole::ALL.into_iter().map(|role| {
        let text = match role {
            OperatorRole::Viewer => t!(lang, "role-viewer-text"),
            OperatorRole::Support => t!(lang, "role-support-text"),
            OperatorRole::Manager => t!(lang, "role-manager-text"),
            OperatorRole::Owner => t!(lang, "role-owner-text"),
        };
        view! { <li><strong>{role_name(lang, role)}</strong>" — "{text}</li> }
    });
    view! {
        <section class="section">
            <h2 class="section-title">{t!(lang, "operators-roles")}</h2>
            <ul class="plain-list">{explained.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn new_operator(lang: Lang) -> AnyView {
    view! {
        <section class="card section">
            <h2 class="card-title">{t!(lang, "operators-new")}</h2>
            <form class="form" method="post" action="/fn/admin_set_role">
                <Owner/>
                <Field form="operator" name="email" label=t!(lang, "field-email") kind="email" autocomplete="off" hint=t!(lang, "operators-new-hint")/>
                <div class="field">
                    <label class="field-label" for="role">{t!(lang, "operators-role")}</label>
                    <select class="field-select" id="role" name="role">{options(lang, Some(OperatorRole::Viewer))}</select>
                </div>
                <button class="button button-primary" type="submit">{t!(lang, "operators-make")}</button>
            </form>
        </section>
    }
    .into_any()
}
