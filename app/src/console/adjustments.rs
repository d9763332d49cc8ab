//! Adjustments of wallets that wait for a second operator.

use super::customer::{by_text, path_of};
use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, Owner, Pager, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::Won;
use shop::adjustment::rules::is_over;
use shop::adjustment::service::list_proposals;
use shop::adjustment::{Adjustment, AdjustmentState};
use shop::operator::{Operator, Permission};
use shop::page::{Page, PageLimit};

const PATH: &str = "/admin/adjustments";

#[component]
pub fn AdjustmentsPage() -> impl IntoView {
    page(adjustments())
}

async fn adjustments() -> Result<AnyView, Stop> {
    let operator = require_operator(Permission::AdjustWallets).await?;
    let cursor = Query::of_request().get("cursor").map(str::to_owned);
    let asked = Page { limit: PageLimit::DEFAULT, cursor: cursor.clone() };
    let found = list_proposals(&shop(), &operator, &asked).await?;
    let lang = Visit::begin().await.lang;
    let next = found.next_cursor.map(|cursor| path_with(PATH, &[("cursor", Some(&cursor))]));
    let first = cursor.map(|_| PATH.to_owned());
    let list = if found.items.is_empty() {
        view! {
            <Empty icon=IconName::CircleCheck title=t!(lang, "adjustments-none-title") text=t!(lang, "adjustments-none-text")>
                <div class="empty-action">
                    <a class="button button-secondary" href="/admin/customers">{t!(lang, "console-customers")}</a>
                </div>
            </Empty>
        }
        .into_any()
    } else {
        let rows = found.items.into_iter().map(|one| row(lang, &operator, &one)).collect_view();
        view! { <ul class="console-list">{rows}</ul> }.into_any()
    };
    Ok(view! {
        <ConsoleFrame operator part=Part::Customers title=t!(lang, "adjustments-waiting") lead=t!(lang, "adjustments-lead")>
            {list}
            <Pager next first more=t!(lang, "console-more")/>
        </ConsoleFrame>
    }
    .into_any())
}

fn row(lang: Lang, operator: &Operator, one: &Adjustment) -> AnyView {
    let name = t!(lang, "customer-number", id = one.user_id.to_string());
    view! {
        <li class="console-row">
            <div>
                <a class="link console-link" href=path_of(one.user_id)>{name}</a>
                <p>{one.reason.clone()}</p>
                <p class="faint">{by_text(lang, one.operator_id)}" · "<When moment=one.created_at/></p>
                {decision_forms(lang, operator, one, PATH.to_owned())}
            </div>
            <p class="order-amount">{amount_text(one.amount)}</p>
        </li>
    }
    .into_any()
}

/// `+₩1,000`, `-₩1,000`
pub(super) fn amount_text(amount: Won) -> String {
    if amount.is_positive() { format!("+{amount}") } else { amount.to_string() }
}

/// What a proposal is called: one that nobody decided in time is over.
pub(super) fn proposal_state(lang: Lang, one: &Adjustment) -> String {
    if is_over(one.created_at, shop().now()) { t!(lang, "proposal-over") } else { t!(lang, "proposal-waits") }
}

/// Approve and decline, for those who may; of one's own only to take it back.
pub(super) fn decision_forms(lang: Lang, operator: &Operator, one: &Adjustment, page: String) -> Option<AnyView> {
    let is_open = one.state == AdjustmentState::Proposed && !is_over(one.created_at, shop().now());
    if !is_open || !operator.may(Permission::AdjustWallets) {
        return None;
    }
    let is_own = one.operator_id == Some(operator.id());
    let decline = if is_own { t!(lang, "proposal-take-back") } else { t!(lang, "proposal-decline") };
    let approve = (!is_own && one.user_id != operator.id()).then(|| {
        view! { <button class="button button-primary" name="decision" value="approve">{t!(lang, "proposal-approve")}</button> }
    });
    Some(
        view! {
            <form class="row" method="post" action="/fn/admin_decide_adjustment">
                <Owner/>
                <input type="hidden" name="id" value=one.id.to_string()/>
                <input type="hidden" name="page" value=page/>
                {approve}
                <button class="button button-secondary" name="decision" value="decline">{decline}</button>
            </form>
        }
        .into_any(),
    )
}
