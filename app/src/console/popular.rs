//! What sells over three days, by pieces or by won, of everything or one category, and whether that is more than over
//! the three days before.

use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Empty, IconName};
use crate::stop::{Stop, page};
use crate::text::alerts::figure_text;
use crate::text::{Lang, grouped, moment, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::alert::Unit;
use shop::error::FieldProblem;
use shop::product::Category;
use shop::stats::popular::{RankBy, RankedProduct, rank_products};
use shop::{Error, Won};

const PATH: &str = "/admin/popular";

#[component]
pub fn ConsolePopularPage() -> impl IntoView {
    page(popular())
}

async fn popular() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Popular.permission()).await?;
    let query = Query::of_request();
    let unknown = |field: &str| Error::invalid(field, FieldProblem::Unknown);
    let by =
        query.get("by").map_or(Ok(RankBy::default()), |text| RankBy::from_text(text).ok_or_else(|| unknown("by")))?;
    let category = query.get("category").map(|text| Category::from_text(text).ok_or_else(|| unknown("category")));
    let category = category.transpose()?;
    let kept = rank_products(&shop(), &operator, by, category).await?;
    let lang = Visit::begin().await.lang;
    let counted = t!(lang, "goods-as-of", clock = moment::clock_in_seoul(lang, kept.counted_at));
    let list = if kept.ranking.is_empty() { empty(lang) } else { list(lang, by, kept.ranking) };
    Ok(view! {
        <ConsoleFrame operator part=Part::Popular title=t!(lang, "console-popular") lead=t!(lang, "popular-console-lead")>
            {ways(lang, by, category)}
            {list}
            <p class="faint">{counted}</p>
        </ConsoleFrame>
    }
    .into_any())
}

fn ways(lang: Lang, by: RankBy, category: Option<Category>) -> AnyView {
    let path = |by: RankBy, category: Option<Category>| {
        path_with(PATH, &[("by", Some(by.as_str())), ("category", category.map(Category::as_str))])
    };
    let bys = RankBy::ALL.map(|one| {
        let current = (one == by).then_some("true");
        view! { <a class="chip" href=path(one, category) aria-current=current>{by_name(lang, one)}</a> " " }
    });
    let categories = [None].into_iter().chain(Category::ALL.map(Some)).map(|one| {
        let name = one.map_or_else(|| t!(lang, "popular-everything"), |one| words::category(lang, one));
        let current = (one == category).then_some("true");
        view! { <a class="chip" href=path(by, one) aria-current=current>{name}</a> " " }
    });
    view! {
        <nav class="chips dashboard-spans" aria-label=t!(lang, "popular-by")>{bys.collect_view()}</nav>
        <nav class="chips dashboard-spans" aria-label=t!(lang, "popular-category")>{categories.collect_view()}</nav>
    }
    .into_any()
}

fn by_name(lang: Lang, by: RankBy) -> String {
    match by {
        RankBy::Quantity => t!(lang, "popular-by-quantity"),
        RankBy::Sales => t!(lang, "popular-by-sales"),
    }
}

fn list(lang: Lang, by: RankBy, ranked: Vec<RankedProduct>) -> AnyView {
    let rows = ranked.into_iter().enumerate().map(|(index, one)| row(lang, by, index + 1, one)).collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t!(lang, "console-popular")>
            <table class="table console-table">
                <thead>
                    <tr>
                        <th class="table-number" scope="col">{t!(lang, "popular-place")}</th>
                        <th scope="col">{t!(lang, "popular-product")}</th>
                        <th class="table-number" scope="col">{t!(lang, "popular-by-quantity")}</th>
                        <th class="table-number" scope="col">{t!(lang, "popular-by-sales")}</th>
                        <th scope="col">{t!(lang, "popular-trend")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(lang: Lang, by: RankBy, place: usize, one: RankedProduct) -> AnyView {
    let trend = trend(lang, one.trend(by));
    let name = lang.pick(&one.name, if one.name_en.is_empty() { &one.name } else { &one.name_en }).to_owned();
    view! {
        <tr>
            <td class="table-number">{place}</td>
            <th scope="row">
                <a class="link console-link" href=format!("/admin/products/{}", one.id)><bdi>{name}</bdi></a>
                <br/><span class="faint">{words::category(lang, one.category)}</span>
            </th>
            <td class="table-number">{grouped(one.sold.quantity)}</td>
            <td class="table-number">{Won::new(one.sold.amount).to_string()}</td>
            <td>{trend}</td>
        </tr>
    }
    .into_any()
}

/// More, less, the same, or nothing to compare with.
fn trend(lang: Lang, trend: Option<i64>) -> String {
    let percent = |trend: i64| figure_text(lang, Unit::MilliPercent, trend.abs());
    match trend {
        None => t!(lang, "popular-new"),
        Some(0) => t!(lang, "popular-same"),
        Some(more) if more > 0 => t!(lang, "popular-more", percent = percent(more)),
        Some(less) => t!(lang, "popular-less", percent = percent(less)),
    }
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::PackageOpen title=t!(lang, "popular-none-title") text=t!(lang, "popular-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href=PATH>{t!(lang, "popular-everything")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
