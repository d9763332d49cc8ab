//! What others find a page by: its one address, its other language, a picture and a description for links
//! to it, and facts for search engines. Pages nobody else may see have none of it.

use crate::text::{Lang, t};
use crate::visit::{SiteInfo, here, path_with};
use leptos::prelude::*;
use leptos_meta::{Link, Meta};
use serde_json::{Value, json};
use shop::product::Product;
use shop::product::images::Picture;

/// What a page is to others, beyond title and description.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The part of its query that makes it another page, in the order of the canonical address.
    pub query: Vec<(&'static str, Option<String>)>,
    /// A page that is not worth finding: a search, an error.
    pub hidden: bool,
    /// `product`; a website's page unless said.
    pub kind: Option<&'static str>,
    /// Path of a picture that social sites can show.
    pub picture: Option<String>,
    /// Facts for search engines (JSON-LD).
    pub facts: Vec<Value>,
}

impl Found {
    /// Not worth finding.
    pub fn hidden() -> Self {
        Self { hidden: true, ..Self::default() }
    }
}

/// The address of a page in a language: Korean has the plain one.
fn address(site: &SiteInfo, path: &str, query: &[(&'static str, Option<String>)], lang: Option<Lang>) -> String {
    let mut pairs: Vec<(&str, Option<&str>)> = query.iter().map(|(name, value)| (*name, value.as_deref())).collect();
    pairs.push(("lang", lang.filter(|lang| *lang != Lang::default()).map(Lang::code)));
    format!("{}{}", site.public_url, path_with(path, &pairs))
}

/// The picture of links to the shop, and of products whose cover social sites cannot show.
const SHOP_PICTURE: &str = "/og.png";

/// A cover as a picture for links: social sites show no SVG.
pub fn picture_of(product: &Product) -> Option<String> {
    if let Some(picture) = &product.picture {
        return Some(picture.large.path());
    }
    let raster = [".png", ".jpg", ".jpeg", ".webp"].iter().any(|end| product.cover.to_ascii_lowercase().ends_with(end));
    raster.then(|| format!("/covers/{}", product.cover))
}

#[component]
pub fn PageHead(lang: Lang, title: String, description: String, private: bool, found: Found) -> impl IntoView {
    let Some(site) = use_context::<SiteInfo>() else { return ().into_any() };
    if private || found.hidden {
        return view! { <Meta name="robots" content="noindex"/> }.into_any();
    }
    let here = here();
    let path = here.split('?').next().unwrap_or("/").to_owned();
    let in_lang = |lang: Option<Lang>| address(&site, &path, &found.query, lang);
    let own = in_lang(Some(lang));
    let other = if lang == Lang::Ko { "en_US" } else { "ko_KR" };
    let locale = if lang == Lang::Ko { "ko_KR" } else { "en_US" };
    let size = found.picture.is_none().then(|| {
        view! { <Meta property="og:image:width" content="1200"/><Meta property="og:image:height" content="630"/> }
    });
    let picture = format!("{}{}", site.public_url, found.picture.as_deref().unwrap_or(SHOP_PICTURE));
    let feed = if lang == Lang::En { "/feed.xml?lang=en" } else { "/feed.xml" };
    view! {
        <Link rel="canonical" href=own.clone()/>
        <Link rel="alternate" hreflang="ko" href=in_lang(Some(Lang::Ko))/>
        <Link rel="alternate" hreflang="en" href=in_lang(Some(Lang::En))/>
        <Link rel="alternate" hreflang="x-default" href=in_lang(None)/>
        <Link rel="alternate" type_="application/atom+xml" title=t!(lang, "feed-title") href=feed/>
        <Meta property="og:type" content=found.kind.unwrap_or("website")/>
        <Meta property="og:site_name" content=t!(lang, "brand")/>
        <Meta property="og:title" content=title/>
        <Meta property="og:description" content=description/>
        <Meta property="og:url" content=own/>
        <Meta property="og:image" content=picture/>
        {size}
        <Meta property="og:locale" content=locale/>
        <Meta property="og:locale:alternate" content=other/>
        <Meta name="twitter:card" content="summary_large_image"/>
    }
    .into_any()
}

/// Facts as data blocks. They are no scripts, so no policy about scripts is asked; their text holds no
/// character that could end the block.
#[component]
pub fn PageFacts(facts: Vec<Value>) -> impl IntoView {
    facts
        .iter()
        .map(|facts| view! { <script type="application/ld+json" inner_html=data_block(facts)></script> })
        .collect_view()
}

/// JSON that stays data wherever HTML puts it.
pub fn data_block(facts: &Value) -> String {
    facts
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// The shop as a whole, for its first page.
pub fn shop_facts(lang: Lang) -> Vec<Value> {
    let Some(site) = use_context::<SiteInfo>() else { return Vec::new() };
    vec![json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": t!(lang, "brand"),
        "url": format!("{}/", site.public_url),
        "inLanguage": lang.code(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": { "@type": "EntryPoint", "urlTemplate": format!("{}/products?q={{search_term_string}}", site.public_url) },
            "query-input": "required name=search_term_string",
        },
    })]
}

/// A product and its offer, as true as the page itself.
pub fn product_facts(lang: Lang, product: &Product, pictures: &[Picture]) -> Vec<Value> {
    let Some(site) = use_context::<SiteInfo>() else { return Vec::new() };
    let url = address(&site, &format!("/products/{}", product.id), &[], Some(lang));
    let drawn = match product.cover.as_str() {
        "" => SHOP_PICTURE.to_owned(),
        cover => format!("/covers/{cover}"),
    };
    let shown = if pictures.is_empty() { vec![drawn] } else { pictures.iter().map(|one| one.large.path()).collect() };
    let images: Vec<String> = shown.into_iter().map(|path| format!("{}{path}", site.public_url)).collect();
    let availability = if product.available_stock > 0 { "InStock" } else { "OutOfStock" };
    let mut facts = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": lang.pick(&product.name, &product.name_en),
        "sku": product.sku,
        "category": crate::text::words::category(lang, product.category),
        "image": images,
        "url": url,
        "offers": {
            "@type": "Offer",
            "url": url,
            "price": product.price.get(),
            "priceCurrency": "KRW",
            "availability": format!("https://schema.org/{availability}"),
            "itemCondition": "https://schema.org/NewCondition",
        },
    });
    let summary = lang.pick(&product.summary, &product.summary_en);
    if !summary.is_empty() {
        facts["description"] = json!(summary);
    }
    if !product.creator.is_empty() {
        facts["brand"] = json!({ "@type": "Brand", "name": product.creator });
    }
    vec![facts, way_to(lang, &site, product)]
}

/// Home, category, product.
fn way_to(lang: Lang, site: &SiteInfo, product: &Product) -> Value {
    let category = vec![("category", Some(product.category.as_str().to_owned()))];
    let steps = [
        (t!(lang, "brand"), address(site, "/", &[], Some(lang))),
        (crate::text::words::category(lang, product.category), address(site, "/products", &category, Some(lang))),
        (
            lang.pick(&product.name, &product.name_en).to_owned(),
            address(site, &format!("/products/{}", product.id), &[], Some(lang)),
        ),
    ];
    let steps: Vec<Value> = (1..)
        .zip(steps)
        .map(|(place, (name, url))| json!({ "@type": "ListItem", "position": place, "name": name, "item": url }))
        .collect();
    json!({ "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": steps })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> SiteInfo {
        SiteInfo { public_url: "https://shop.example".into(), is_demo: false, legal: Default::default() }
    }

    #[test]
    fn a_page_has_one_address_in_each_language() {
        let query = [("category", Some("font".to_owned())), ("cursor", None)];
        let of = |lang| address(&site(), "/products", &query, lang);
        assert_eq!(of(None), "https://shop.example/products?category=font");
        assert_eq!(of(Some(Lang::Ko)), of(None));
        assert_eq!(of(Some(Lang::En)), "https://shop.example/products?category=font&lang=en");
    }

    #[test]
    fn no_name_ends_a_data_block() {
        let hostile = json!({ "name": "</script><script>alert(1)</script><!-- & \u{2028} \"" });
        let block = data_block(&hostile);
        assert!(!block.contains(['<', '>', '&', '\u{2028}']), "{block}");
        assert_eq!(serde_json::from_str::<Value>(&block).unwrap(), hostile);
    }
}
