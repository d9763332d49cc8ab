//! The list of products: search, categories, order, page by page.

use super::home::empty_shop;
use crate::components::{Empty, Frame, Here, Icon, IconName, Pager, ProductGrid};
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::page::{Page, PageLimit, Slice};
use shop::product::{Category, Product, ProductQuery, ProductSort};
use shop::{Error, FieldProblem};

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
    let lang = Visit::begin().await.lang;
    let heading = asked.category.map_or_else(|| t!(lang, "products-title"), |category| words::category(lang, category));
    let result = if found.items.is_empty() { nothing(lang, &asked) } else { grid(lang, &asked, found) };
    Ok(view! {
        <Frame title=heading.clone() here=Here::Products heading>
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
                <div class="search">
                    <Icon name=IconName::Search/>
                    <input
                        class="field-input field-small"
                        type="search"
                        name="q"
                        maxlength=Asked::MOST_TEXT_CHARS.to_string()
                        value=asked.text.clone()
                        aria-label=find.clone()
                        placeholder=find
                    />
                </div>
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

fn grid(lang: Lang, asked: &Asked, found: Slice<Product>) -> AnyView {
    let sort = words::sort(lang, asked.sort);
    let said = match &asked.text {
        Some(text) => t!(lang, "products-found", text = text.clone(), sort = sort),
        None => t!(lang, "products-shown", sort = sort),
    };
    let next = found.next_cursor.map(|cursor| asked.path(asked.category, Some(&cursor)));
    let first = asked.cursor.as_ref().map(|_| asked.path(asked.category, None));
    view! {
        <p class="result-count">{said}</p>
        <ProductGrid products=found.items/>
        <Pager next first more=t!(lang, "products-more")/>
    }
    .into_any()
}

fn nothing(lang: Lang, asked: &Asked) -> AnyView {
    let title = match &asked.text {
        Some(text) => t!(lang, "products-none-title", text = text.clone()),
        None => t!(lang, "products-none-here-title"),
    };
    view! {
        <Empty icon=IconName::Search title text=t!(lang, "products-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href="/products">{t!(lang, "products-show-all")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
