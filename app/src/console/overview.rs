//! The operators' first page: how much there is, and the ways on. To anybody else it does not exist.

use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::Sum;
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::page::{Page, PageLimit};
use shop::product::{Product, ProductQuery};

#[component]
pub fn OverviewPage() -> impl IntoView {
    page(overview())
}

async fn overview() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Overview.permission()).await?;
    let users = shop::user::service::count_users(&shop()).await?;
    let products = Products::count().await?;
    let lang = Visit::begin().await.lang;
    let lead = t!(lang, "admin-lead", name = operator.user().name.clone());
    Ok(view! {
        <ConsoleFrame operator part=Part::Overview title=t!(lang, "admin-title") lead>
            <section class="summary" aria-label=t!(lang, "admin-counts")>
                <dl class="summary-rows">
                    <Sum label=t!(lang, "admin-users") amount=grouped(users)/>
                    <Sum label=t!(lang, "admin-products") amount=products.for_sale(lang)/>
                    <Sum label=t!(lang, "admin-sold-out") amount=products.sold_out(lang)/>
                </dl>
            </section>
            <nav class="section stack" aria-label=t!(lang, "admin-links")>
                <a class="link" href="/products">{t!(lang, "admin-see-products")}</a>
                <a class="link" href="/coupons">{t!(lang, "admin-see-coupons")}</a>
                <a class="link" href="/readyz">{t!(lang, "admin-see-health")}</a>
            </nav>
        </ConsoleFrame>
    }
    .into_any())
}

/// Products for sale, counted as far as a bounded number of pages goes.
struct Products {
    seen: usize,
    sold_out: usize,
    /// There are more than were counted.
    more: bool,
}

impl Products {
    const MOST_PAGES: usize = 10;

    async fn count() -> Result<Self, Stop> {
        let limit = PageLimit::new(i64::from(PageLimit::MOST)).unwrap_or(PageLimit::DEFAULT);
        let mut query = ProductQuery { page: Page::first(limit), ..ProductQuery::default() };
        let mut counted = Self { seen: 0, sold_out: 0, more: false };
        for _ in 0..Self::MOST_PAGES {
            let found = shop::product::service::list_products(&shop(), &query).await?;
            counted.add(&found.items);
            counted.more = found.next_cursor.is_some();
            query.page.cursor = found.next_cursor;
            if !counted.more {
                break;
            }
        }
        Ok(counted)
    }

    fn add(&mut self, products: &[Product]) {
        self.seen += products.len();
        self.sold_out += products.iter().filter(|product| product.available_stock < 1).count();
    }

    fn for_sale(&self, lang: Lang) -> String {
        self.said(lang, self.seen)
    }

    fn sold_out(&self, lang: Lang) -> String {
        self.said(lang, self.sold_out)
    }

    fn said(&self, lang: Lang, count: usize) -> String {
        let count = grouped(i64::try_from(count).unwrap_or(i64::MAX));
        if self.more { t!(lang, "admin-at-least", count = count) } else { count }
    }
}
