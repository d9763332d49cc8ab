//! All coupon campaigns: to come, running, sold out, stopped, over.

use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, Pager, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::Error;
use shop::coupon::Coupon;
use shop::coupon::console::model::{CampaignFilter, CampaignStanding};
use shop::coupon::console::service::list_campaigns;
use shop::error::FieldProblem;
use shop::operator::Permission;
use shop::page::{Page, PageLimit, Slice};

const PATH: &str = "/admin/coupons";

#[component]
pub fn ConsoleCouponsPage() -> impl IntoView {
    page(coupons())
}

async fn coupons() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Coupons.permission()).await?;
    let query = Query::of_request();
    let standing = query
        .get("state")
        .map(|text| CampaignStanding::from_text(text).ok_or_else(|| Error::invalid("state", FieldProblem::Malformed)));
    let filter = CampaignFilter { text: query.get("q").map(str::to_owned), standing: standing.transpose()? };
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let found = list_campaigns(&shop(), &operator, &filter, &asked).await?;
    let lang = Visit::begin().await.lang;
    let new = operator.may(Permission::EditCoupons).then(|| {
        view! { <p class="row console-actions"><a class="button button-primary" href="/admin/coupons/new">{t!(lang, "goods-new-coupon")}</a></p> }
    });
    let (filters, list) = (filters(lang, &query), list(lang, found, &query));
    Ok(view! {
        <ConsoleFrame operator part=Part::Coupons title=t!(lang, "console-coupons") lead=t!(lang, "goods-coupons-lead")>
            {new}
            {filters}
            {list}
        </ConsoleFrame>
    }
    .into_any())
}

fn filters(lang: Lang, query: &Query) -> AnyView {
    let chosen = query.get("state").map(str::to_owned);
    let standings = CampaignStanding::ALL
        .into_iter()
        .map(|one| {
            let word = one.as_str();
            view! { <option value=word selected=chosen.as_deref() == Some(word)>{standing_name(lang, one)}</option> }
        })
        .collect_view();
    let text = query.get("q").unwrap_or_default().to_owned();
    view! {
        <form class="console-search" method="get" action=PATH>
            <div class="field">
                <label class="field-label" for="q">{t!(lang, "goods-coupon-text")}</label>
                <input class="field-input field-small" id="q" name="q" type="text" value=text maxlength="100" autocomplete="off"/>
            </div>
            <div class="field">
                <label class="field-label" for="state">{t!(lang, "console-status")}</label>
                <select class="field-select field-small" id="state" name="state">
                    <option value="">{t!(lang, "console-any")}</option>
                    {standings}
                </select>
            </div>
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

fn list(lang: Lang, found: Slice<(Coupon, CampaignStanding)>, query: &Query) -> AnyView {
    let path = |cursor: Option<&str>| {
        path_with(PATH, &[("q", query.get("q")), ("state", query.get("state")), ("cursor", cursor)])
    };
    if found.items.is_empty() {
        return empty(lang);
    }
    let first = query.get("cursor").map(|_| path(None));
    let next = found.next_cursor.as_deref().map(|cursor| path(Some(cursor)));
    let rows = found.items.into_iter().map(|(coupon, standing)| row(lang, &coupon, standing)).collect_view();
    view! {
        <ul class="console-list">{rows}</ul>
        <Pager next first more=t!(lang, "console-more")/>
    }
    .into_any()
}

fn row(lang: Lang, coupon: &Coupon, standing: CampaignStanding) -> AnyView {
    let pieces = t!(
        lang,
        "goods-pieces-line",
        issued = grouped(coupon.issued_quantity),
        total = grouped(coupon.total_quantity),
        used = grouped(coupon.used_quantity)
    );
    view! {
        <li class="console-row">
            <div>
                <a class="link console-link" href=format!("{PATH}/{}", coupon.code)>{coupon.code.to_string()}</a>
                " "{standing_badge(lang, standing)}
                <p><bdi>{words::coupon_name(lang, coupon)}</bdi></p>
                <p class="faint">{pieces}</p>
                <p class="faint"><When moment=coupon.starts_at/>" – "<When moment=coupon.ends_at/></p>
            </div>
            <p class="order-amount">{words::discount(coupon.discount)}</p>
        </li>
    }
    .into_any()
}

pub(super) fn standing_name(lang: Lang, standing: CampaignStanding) -> String {
    match standing {
        CampaignStanding::Upcoming => t!(lang, "goods-upcoming"),
        CampaignStanding::Running => t!(lang, "goods-running"),
        CampaignStanding::SoldOut => t!(lang, "goods-all-issued"),
        CampaignStanding::Stopped => t!(lang, "goods-stopped"),
        CampaignStanding::Finished => t!(lang, "goods-finished"),
    }
}

pub(super) fn standing_badge(lang: Lang, standing: CampaignStanding) -> AnyView {
    let state = match standing {
        CampaignStanding::Upcoming => "PENDING",
        CampaignStanding::Running => "RUNNING",
        CampaignStanding::SoldOut => "SOLD_OUT",
        CampaignStanding::Stopped => "FAILED",
        CampaignStanding::Finished => "FINISHED",
    };
    view! { <span class="badge" data-state=state>{standing_name(lang, standing)}</span> }.into_any()
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::Search title=t!(lang, "goods-none-title") text=t!(lang, "goods-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href=PATH>{t!(lang, "goods-all-coupons")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
