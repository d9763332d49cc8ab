//! The frame of the console's pages: which parts there are for this operator, and where one is.

use super::role_name;
use crate::components::{Frame, Here};
use crate::text::{Lang, t};
use crate::visit::Visit;
use leptos::prelude::*;
use shop::operator::{Operator, Permission};

/// A part of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Overview,
    Recovery,
    Orders,
    Alerts,
    Audit,
    Operators,
    Products,
    Coupons,
}

impl Part {
    const ALL: [Part; 8] = [
        Part::Overview,
        Part::Recovery,
        Part::Orders,
        Part::Products,
        Part::Coupons,
        Part::Alerts,
        Part::Audit,
        Part::Operators,
    ];

    fn path(self) -> &'static str {
        match self {
            Part::Overview => "/admin",
            Part::Recovery => "/admin/recovery",
            Part::Orders => "/admin/orders",
            Part::Alerts => "/admin/alerts",
            Part::Audit => "/admin/audit",
            Part::Operators => "/admin/operators",
            Part::Products => "/admin/products",
            Part::Coupons => "/admin/coupons",
        }
    }

    fn name(self, lang: Lang) -> String {
        match self {
            Part::Overview => t!(lang, "console-overview"),
            Part::Recovery => t!(lang, "console-recovery"),
            Part::Orders => t!(lang, "console-orders"),
            Part::Alerts => t!(lang, "console-alerts"),
            Part::Audit => t!(lang, "console-audit"),
            Part::Operators => t!(lang, "console-operators"),
            Part::Products => t!(lang, "console-products"),
            Part::Coupons => t!(lang, "console-coupons"),
        }
    }

    /// Who sees it.
    pub fn permission(self) -> Permission {
        match self {
            Part::Overview | Part::Recovery | Part::Orders | Part::Alerts => Permission::SeeConsole,
            Part::Audit => Permission::SeeAuditLog,
            Part::Operators => Permission::ManageOperators,
            Part::Products | Part::Coupons => Permission::SeeConsole,
        }
    }
}

#[component]
pub fn ConsoleFrame(
    operator: Operator,
    part: Part,
    title: String,
    #[prop(optional, into)] lead: String,
    children: Children,
) -> impl IntoView {
    let lang = Visit::current().lang;
    let links = Part::ALL
        .into_iter()
        .filter(|one| operator.may(one.permission()))
        .map(|one| {
            let current = (one == part).then_some("page");
            view! { <a class="chip" href=one.path() aria-current=current>{one.name(lang)}</a> " " }
        })
        .collect_view();
    let role =
        t!(lang, "console-you-are", name = operator.user().name.clone(), role = role_name(lang, operator.role()));
    view! {
        <Frame title=title.clone() here=Here::Account heading=title lead private=true>
            <nav class="chips console-parts" aria-label=t!(lang, "console-parts")>{links}</nav>
            {children()}
            <p class="faint console-you">{role}</p>
        </Frame>
    }
    .into_any()
}
