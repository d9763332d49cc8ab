//! New goods as an Atom feed (RFC 4287), in Korean, or in English at `?lang=en`.

use super::{public, xml};
use crate::problem::Problem;
use crate::state::Web;
use app::text::{Lang, feeds, words};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use shop::Timestamp;
use shop::page::{Page, PageLimit};
use shop::product::{Product, ProductQuery, service as products};

/// A shop with nothing in it was last changed when time began.
const NEVER: Timestamp = Timestamp::from_millis(0);
const MOST_ENTRIES: i64 = 30;

pub async fn show(State(web): State<Web>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let lang = Lang::from_query(query.as_deref()).unwrap_or_default();
    let newest = ProductQuery {
        page: Page::first(PageLimit::new(MOST_ENTRIES).unwrap_or(PageLimit::DEFAULT)),
        ..ProductQuery::default()
    };
    let newest = products::list_products(&web.shop, &newest).await?.items;
    Ok(public("application/atom+xml; charset=utf-8", feed(&web, lang, &newest)))
}

fn feed(web: &Web, lang: Lang, products: &[Product]) -> String {
    let (base, suffix) = (xml::escape(web.public_url.as_str()), if lang == Lang::En { "?lang=en" } else { "" });
    let updated = products.iter().map(|product| product.created_at).max().unwrap_or(NEVER).rfc3339();
    let entries: String = products.iter().map(|product| entry(&base, suffix, lang, product)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{code}\">\n\
         <id>{base}/feed.xml{suffix}</id>\n<title>{title}</title>\n<subtitle>{subtitle}</subtitle>\n\
         <updated>{updated}</updated>\n<author><name>{author}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{base}/feed.xml{suffix}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{base}/products{suffix}\"/>\n\
         {entries}</feed>\n",
        code = lang.code(),
        title = xml::escape(&feeds::title(lang)),
        subtitle = xml::escape(&feeds::subtitle(lang)),
        author = xml::escape(&feeds::author(lang)),
    )
}

fn entry(base: &str, suffix: &str, lang: Lang, product: &Product) -> String {
    let at = product.created_at.rfc3339();
    let maker = match product.creator.as_str() {
        "" => String::new(),
        name => format!("<author><name>{}</name></author>\n", xml::escape(name)),
    };
    let picture = product.picture.map(|picture| {
        let (path, kind) = (picture.large.path(), picture.media_type.as_str());
        format!("<link rel=\"enclosure\" type=\"{kind}\" href=\"{base}{path}\"/>\n")
    });
    let picture = picture.unwrap_or_default();
    // The id stays what it is in whatever language the feed is read.
    format!(
        "<entry>\n<id>{base}/products/{id}</id>\n<title>{name}</title>\n<updated>{at}</updated>\n\
         <published>{at}</published>\n{maker}<category term=\"{term}\" label=\"{label}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{base}/products/{id}{suffix}\"/>\n\
         {picture}<summary>{summary}</summary>\n</entry>\n",
        id = product.id,
        name = xml::escape(&words::product_name(lang, product)),
        term = product.category.as_str(),
        label = xml::escape(&words::category(lang, product.category)),
        summary = xml::escape(&feeds::entry(lang, product)),
    )
}
