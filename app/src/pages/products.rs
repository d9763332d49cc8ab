//! The list of products: search, categories, order, page by page.

use super::home::empty_shop;
use crate::components::{Empty, Found, Frame, Here, IconName, Pager, ProductGrid, SearchField, Section};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, isolated, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::page::{Page, PageLimit, Slice};
use shop::product::service::Matches;
use shop::product::{Category, Product, ProductQuery, ProductSort};
use shop::stats::POPULAR_DAYS;
use shop::{Error, FieldProblem};

/// How many products the first screen shows: two on a phone, a row on a desktop.
const IN_SIGHT: usize = 4;

#[component]
pub fn ProductsPage() -> impl IntoView {
    page(products())
}

async fn products() -> Result<AnyView, Stop> {
    let asked = Asked::of_query(&Query::of_request())?;
    let found = shop::product::service::list_products(&shop(), &asked.product_query()).await?;
    if found.items.is_empty() && asked == Asked::default() {
        return Ok(empty_shop().await);
    }
    let matches = shop::product::service::count_products(&shop(), &asked.product_query()).await?;
    let instead = if found.items.is_empty() { popular_instead().await? } else { Vec::new() };
    let lang = Visit::begin().await.lang;
    let heading = asked.category.map_or_else(|| t!(lang, "products-title"), |category| words::category(lang, category));
    let result =
        if found.items.is_empty() { nothing(lang, &asked, instead) } else { grid(lang, &asked, found, matches) };
    Ok(view! {
        <Frame
            title=asked.title(lang)
            here=Here::Products
            heading
            description=asked.description(lang)
            found=asked.found()
        >
            {filter(lang, &asked)}
            {chips(lang, &asked)}
            {result}
        </Frame>
    }
    .into_any())
}

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    text: Option<String>,
    category: Option<Category>,
    sort: ProductSort,
    cursor: Option<String>,
}

impl Asked {
    const MOST_TEXT_CHARS: usize = 100;

    /// # Errors
    /// A category or sort that does not exist.
    fn of_query(query: &Query) -> Result<Self, Stop> {
        let unknown = |field: &str| Stop::Failed(Error::invalid(field, FieldProblem::Unknown));
        let category = match query.get("category") {
            Some(word) => Some(Category::from_text(word).ok_or_else(|| unknown("category"))?),
            None => None,
        };
        let sort = match query.get("sort") {
            Some(word) => ProductSort::from_text(word).ok_or_else(|| unknown("sort"))?,
            None => ProductSort::default(),
        };
        let text = query.get("q").map(|text| text.chars().take(Self::MOST_TEXT_CHARS).collect());
        Ok(Self { text, category, sort, cursor: query.get("cursor").map(str::to_owned) })
    }

    fn product_query(&self) -> ProductQuery {
        let page = Page { limit: PageLimit::DEFAULT, cursor: self.cursor.clone() };
        ProductQuery { text: self.text.clone(), category: self.category, sort: self.sort, page }
    }

    /// What the page is called among others: what it lists, and that it goes on.
    fn title(&self, lang: Lang) -> String {
        let category = self.category.map(|category| words::category(lang, category));
        let what = match (&self.text, category) {
            (None, None) => t!(lang, "products-title"),
            (None, Some(category)) => t!(lang, "products-title-category", category = category),
            (Some(text), None) => t!(lang, "products-title-search", text = text.clone()),
            (Some(text), Some(category)) => {
                t!(lang, "products-title-search-category", text = text.clone(), category = category)
            }
        };
        let sorted = match self.sort == ProductSort::default() {
            true => what,
            false => format!("{what} – {}", words::sort(lang, self.sort)),
        };
        if self.cursor.is_some() { t!(lang, "products-title-next", title = sorted) } else { sorted }
    }

    fn description(&self, lang: Lang) -> String {
        match self.category {
            Some(category) => {
                t!(lang, "products-description-category", category = words::category(lang, category))
            }
            None => t!(lang, "products-description"),
        }
    }

    /// A search and a later page are not worth finding; another order of the same products is no other page.
    fn found(&self) -> Found {
        let category = self.category.map(|category| category.as_str().to_owned());
        Found {
            query: vec![("category", category)],
            hidden: self.text.is_some() || self.cursor.is_some(),
            ..Found::default()
        }
    }

    /// The address of the same question with another category and place.
    fn path(&self, category: Option<Category>, cursor: Option<&str>) -> String {
        let sort = (self.sort != ProductSort::default()).then(|| self.sort.as_str());
        let category = category.map(Category::as_str);
        path_with(
            "/products",
            &[("q", self.text.as_deref()), ("category", category), ("sort", sort), ("cursor", cursor)],
        )
    }
}

fn filter(lang: Lang, asked: &Asked) -> AnyView {
    let sorts = [ProductSort::Newest, ProductSort::Popular, ProductSort::PriceAsc, ProductSort::PriceDesc];
    let sorts = sorts
        .into_iter()
        .map(
            |sort| view! { <option value=sort.as_str() selected=sort == asked.sort>{words::sort(lang, sort)}</option> },
        )
        .collect_view();
    let find = t!(lang, "search-by-name");
    let category = asked.category.map(|category| {
        view! { <input type="hidden" name="category" value=category.as_str()/> }
    });
    view! {
        <div class="product-filter">
            <form class="product-filter-form" method="get" action="/products" role="search" aria-label=t!(lang, "search-products")>
                {category}
                <SearchField
                    list="page-found"
                    class="field-input field-small"
                    label=find
                    value=asked.text.clone().unwrap_or_default()
                />
                <select class="field-select field-small" name="sort" aria-label=t!(lang, "sort-label")>{sorts}</select>
                <button class="button button-secondary">{t!(lang, "search-button")}</button>
            </form>
        </div>
    }
    .into_any()
}

fn chips(lang: Lang, asked: &Asked) -> AnyView {
    let all = (None, t!(lang, "category-all"));
    let chips = std::iter::once(all)
        .chain(Category::ALL.into_iter().map(|category| (Some(category), words::category(lang, category))))
        .map(|(category, text)| {
            let current = (category == asked.category).then_some("true");
            view! { <a class="chip" href=asked.path(category, None) aria-current=current>{text}</a>" " }
        })
        .collect_view();
    view! { <nav class="chips" aria-label=t!(lang, "categories-label")>{chips}</nav> }.into_any()
}

/// What sells, for who found nothing.
async fn popular_instead() -> Result<Vec<Product>, Stop> {
    const MOST: usize = 4;
    let popular = shop::stats::service::list_popular(&shop(), POPULAR_DAYS, None, MOST).await?;
    Ok(popular.into_iter().map(|popular| popular.product).collect())
}

fn grid(lang: Lang, asked: &Asked, found: Slice<Product>, matches: Matches) -> AnyView {
    let sort = words::sort(lang, asked.sort);
    let count = match matches {
        Matches::Exactly(count) => t!(lang, "products-count", count = count),
        Matches::MoreThan(count) => t!(lang, "products-more-than", count = grouped(count)),
    };
    let said = match &asked.text {
        Some(text) => t!(lang, "products-found", text = isolated(text), count = count, sort = sort),
        None => t!(lang, "products-shown", count = count, sort = sort),
    };
    let next = found.next_cursor.map(|cursor| asked.path(asked.category, Some(&cursor)));
    let first = asked.cursor.as_ref().map(|_| asked.path(asked.category, None));
    view! {
        <p class="result-count">{said}</p>
        <ProductGrid products=found.items in_sight=IN_SIGHT/>
        <Pager next first more=t!(lang, "products-more")/>
    }
    .into_any()
}

fn nothing(lang: Lang, asked: &Asked, instead: Vec<Product>) -> AnyView {
    let title = match &asked.text {
        Some(text) => t!(lang, "products-none-title", text = isolated(text)),
        None => t!(lang, "products-none-here-title"),
    };
    view! {
        <Empty icon=IconName::Search title text=t!(lang, "products-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href="/products">{t!(lang, "products-show-all")}</a>
            </div>
        </Empty>
        {(!instead.is_empty()).then(|| view! {
            <Section title=t!(lang, "home-popular")><ProductGrid products=instead/></Section>
        })}
    }
    .into_any()
}
