//! The map of the shop: an index, a part with the pages there always are, and parts with the products, each
//! part a fixed range of ids, so that no part ever holds more than the 50,000 addresses the format allows.
//! Parts are the index's own path with a query, because a map may only name what lies below its own path.

use super::{public, xml};
use crate::problem::Problem;
use crate::state::Web;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use shop::Timestamp;
use shop::product::{Category, service as products};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";
const XML: &str = "application/xml; charset=utf-8";

pub async fn show(State(web): State<Web>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    match query.as_deref() {
        None | Some("") => index(&web).await,
        Some("part=pages") => Ok(pages(&web)),
        Some(query) => {
            let number = query.strip_prefix("part=").and_then(|number| number.parse().ok());
            part(&web, number.ok_or_else(Problem::not_found)?).await
        }
    }
}

async fn index(web: &Web) -> Result<Response, Problem> {
    let parts = products::count_parts(&web.shop).await?;
    let names = std::iter::once("pages".to_owned()).chain((1..=parts).map(|part| part.to_string()));
    let parts: String = names
        .map(|name| format!("<sitemap><loc>{}</loc></sitemap>\n", address(web, &format!("/sitemap.xml?part={name}"))))
        .collect();
    Ok(public(XML, format!("{HEAD}<sitemapindex {SPACE}>\n{parts}</sitemapindex>\n")))
}

fn pages(web: &Web) -> Response {
    let fixed = ["/", "/products", "/coupons", "/terms", "/privacy", "/refunds"].map(str::to_owned);
    let categories = Category::ALL.map(|category| format!("/products?category={}", category.as_str()));
    let entries: String = fixed.iter().chain(&categories).map(|path| entry(web, path, None)).collect();
    public(XML, urlset(&entries))
}

async fn part(web: &Web, part: i64) -> Result<Response, Problem> {
    let found = products::list_part(&web.shop, part).await?;
    if found.is_empty() {
        return Err(Problem::not_found());
    }
    let entries: String =
        found.into_iter().map(|(id, arrived)| entry(web, &format!("/products/{id}"), Some(arrived))).collect();
    Ok(public(XML, urlset(&entries)))
}

fn urlset(entries: &str) -> String {
    format!("{HEAD}<urlset {SPACE}>\n{entries}</urlset>\n")
}

fn entry(web: &Web, path: &str, changed: Option<Timestamp>) -> String {
    let changed = changed.map(|moment| format!("<lastmod>{}</lastmod>", moment.rfc3339())).unwrap_or_default();
    format!("<url><loc>{}</loc>{changed}</url>\n", address(web, path))
}

fn address(web: &Web, path: &str) -> String {
    xml::escape(&format!("{}{path}", web.public_url))
}
