//! A file of products: chosen, tried dry with every bad line named, and imported.

use super::entry::{Asks, Entry};
use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Notice, NoticeKind, Owner, Sum};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, import_text, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::operator::Permission;
use shop::product::console::import::{DryRun, try_file};
use shop::product::console::plan::ImportPlan;
use shop::product::import::{ImportProblem, MOST_LINES};

/// So many of each kind are shown; the file has the others.
const MOST_SHOWN: usize = 100;
/// The longest name of a column that is shown: a file that is none may have any.
const MOST_COLUMN_CHARS: usize = 60;

#[component]
pub fn ProductImportPage() -> impl IntoView {
    page(choose())
}

async fn choose() -> Result<AnyView, Stop> {
    let operator = require_operator(Permission::EditProducts).await?;
    let lang = Visit::begin().await.lang;
    let form = upload(lang);
    Ok(view! {
        <ConsoleFrame operator part=Part::Products title=t!(lang, "import-title") lead=t!(lang, "import-lead")>
            <div class="stack">
                {form}
                <p class="faint">{t!(lang, "import-columns")}</p>
                <p><a class="link console-link" href="/admin/products.csv" download>{t!(lang, "goods-export")}</a></p>
            </div>
        </ConsoleFrame>
    }
    .into_any())
}

fn upload(lang: Lang) -> AnyView {
    let asks = Asks { required: true, ..Asks::default() };
    let most = i64::try_from(MOST_LINES).unwrap_or(i64::MAX);
    let hint = t!(lang, "import-file-hint", most = grouped(most));
    view! {
        <form class="form" method="post" action="/fn/admin_upload_products" enctype="multipart/form-data">
            <Owner/>
            {Entry::new("import", "file", t!(lang, "import-file"), "", asks).hinting(hint).file(".csv,text/csv")}
            <button class="button button-primary" type="submit">{t!(lang, "import-try")}</button>
        </form>
    }
    .into_any()
}

#[component]
pub fn ProductDryRunPage() -> impl IntoView {
    let digest = use_params_map().read_untracked().get("digest").unwrap_or_default();
    page(dry_run(digest))
}

async fn dry_run(digest: String) -> Result<AnyView, Stop> {
    let operator = require_operator(Permission::EditProducts).await?;
    let DryRun { plan, seen } = try_file(&shop(), &operator, &digest).await?.ok_or(Stop::NotFound)?;
    let lang = Visit::begin().await.lang;
    let (verdict, sums, details) = (verdict(lang, &plan, digest, seen), sums(lang, &plan), details(lang, &plan));
    Ok(view! {
        <ConsoleFrame operator part=Part::Products title=t!(lang, "import-dry-run") lead=t!(lang, "import-dry-run-lead")>
            <section class="stack">
                {sums}
                {verdict}
            </section>
            {details}
            <p><a class="link console-link" href="/admin/products/import">{t!(lang, "import-another")}</a></p>
        </ConsoleFrame>
    }
    .into_any())
}

fn count(length: usize) -> String {
    grouped(i64::try_from(length).unwrap_or(i64::MAX))
}

fn sums(lang: Lang, plan: &ImportPlan) -> AnyView {
    view! {
        <dl class="summary-rows">
            <Sum label=t!(lang, "import-made") amount=count(plan.made.len())/>
            <Sum label=t!(lang, "import-edited") amount=count(plan.edited.len())/>
            <Sum label=t!(lang, "import-moved") amount=count(plan.moved.len())/>
            <Sum label=t!(lang, "import-unchanged") amount=count(plan.unchanged)/>
            <Sum label=t!(lang, "import-wrong") amount=count(plan.problems.len())/>
        </dl>
    }
    .into_any()
}

/// Whether it can be done, and the button that does it.
fn verdict(lang: Lang, plan: &ImportPlan, digest: String, seen: String) -> AnyView {
    if !plan.problems.is_empty() {
        let (title, text) = (t!(lang, "import-refused"), t!(lang, "import-refused-text"));
        return view! { <Notice kind=NoticeKind::Danger title text/> }.into_any();
    }
    if plan.is_empty() {
        let (title, text) = (t!(lang, "import-nothing"), t!(lang, "import-nothing-text"));
        return view! { <Notice kind=NoticeKind::Info title text/> }.into_any();
    }
    view! {
        <form class="form" method="post" action="/fn/admin_import_products">
            <Owner/>
            <input type="hidden" name="digest" value=digest/>
            <input type="hidden" name="seen" value=seen/>
            <p class="muted">{t!(lang, "import-do-text")}</p>
            <button class="button button-primary" type="submit">{t!(lang, "import-do")}</button>
        </form>
    }
    .into_any()
}

fn details(lang: Lang, plan: &ImportPlan) -> AnyView {
    let wrong: Vec<AnyView> = plan.problems.iter().take(MOST_SHOWN).map(|one| problem(lang, one)).collect();
    let made = plan.made.iter().take(MOST_SHOWN).map(|draft| {
        let stock = t!(lang, "import-with-stock", stock = grouped(draft.total_stock));
        line(draft.sku.clone(), format!("{} · {} · {stock}", draft.name, draft.price))
    });
    let edited = plan.edited.iter().take(MOST_SHOWN).map(|edit| line(edit.draft.sku.clone(), edit.columns.join(", ")));
    let moved = plan.moved.iter().take(MOST_SHOWN).map(|one| {
        let sign = if one.to > one.from { "+" } else { "" };
        let (from, to, by) = (grouped(one.from), grouped(one.to), grouped(one.to - one.from));
        line(one.sku.clone(), format!("{from} → {to} ({sign}{by})"))
    });
    view! {
        {part(lang, t!(lang, "import-wrong"), plan.problems.len(), wrong)}
        {part(lang, t!(lang, "import-made"), plan.made.len(), made.collect())}
        {part(lang, t!(lang, "import-edited"), plan.edited.len(), edited.collect())}
        {part(lang, t!(lang, "import-moved"), plan.moved.len(), moved.collect())}
    }
    .into_any()
}

/// One kind of what the file comes to, unless there is none of it.
fn part(lang: Lang, title: String, all: usize, rows: Vec<AnyView>) -> Option<AnyView> {
    if all == 0 {
        return None;
    }
    let more = all.checked_sub(rows.len()).filter(|more| *more > 0);
    let more = more.map(|more| view! { <p class="faint">{t!(lang, "import-more", count = count(more))}</p> });
    Some(
        view! {
            <section class="section stack">
                <h2 class="section-title">{title}</h2>
                <ul class="console-list">{rows}</ul>
                {more}
            </section>
        }
        .into_any(),
    )
}

fn line(sku: String, text: String) -> AnyView {
    view! {
        <li class="console-row">
            <div>
                <code class="console-facts">{sku}</code>
                <p class="faint"><bdi class="console-facts">{text}</bdi></p>
            </div>
        </li>
    }
    .into_any()
}

fn problem(lang: Lang, problem: &ImportProblem) -> AnyView {
    let number = i64::try_from(problem.line).unwrap_or(i64::MAX);
    let errors = problem
        .errors
        .iter()
        .map(|error| {
            let column: String = error.field.chars().take(MOST_COLUMN_CHARS).collect();
            let column = (column != "line").then(|| {
                view! { <span class="faint">{t!(lang, "import-column")}" "</span><code class="console-facts"><bdi>{column}</bdi></code>": " }
            });
            view! { <p>{column}{import_text(lang, problem.line, error)}</p> }
        })
        .collect_view();
    view! {
        <li class="console-row">
            <div>
                <strong>{t!(lang, "import-line", line = grouped(number))}</strong>
                {errors}
            </div>
        </li>
    }
    .into_any()
}
