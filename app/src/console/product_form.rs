//! What a product says and costs, as a form: for a new one and for one that is edited.

use super::entry::{Asks, Entry};
use crate::flash::Note;
use crate::text::{Lang, t, words};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::Error;
use shop::id::ProductId;
use shop::operator::{Operator, Permission};
use shop::product::console::draft::{LongTexts, find_texts};
use shop::product::rules::{MOST_PRICE, MOST_STOCK, PRICE_STEP};
use shop::product::{Category, Product};

/// The form's name in the flash.
pub(super) const FORM: &str = "product";

/// The long texts that this operator typed into the form that was refused just now. Not those that were typed over
/// what another changed meanwhile: the page shows that.
pub(super) async fn find_typed(by: &Operator, product: Option<ProductId>) -> Result<Option<LongTexts>, Error> {
    let visit = Visit::current();
    let flash = &visit.flash;
    if flash.form != FORM || flash.note == Some(Note::ChangedMeanwhile) || !by.may(Permission::EditProducts) {
        return Ok(None);
    }
    find_texts(&shop(), by, product).await
}

/// Everything that may be edited; no product: a new one.
pub(super) fn terms(lang: Lang, product: Option<&Product>, typed: Option<LongTexts>) -> AnyView {
    let said = |pick: fn(&Product) -> &str| product.map(pick).unwrap_or_default().to_owned();
    let texts = typed.unwrap_or_else(|| LongTexts {
        summary: said(|one| &one.summary),
        summary_en: said(|one| &one.summary_en),
        description: said(|one| &one.description),
        description_en: said(|one| &one.description_en),
    });
    let text = |name, label, value: String, most: i64, required| {
        Entry::new(FORM, name, label, value, Asks { required, most_chars: Some(most), ..Asks::default() })
    };
    let price = product.map(|product| product.price.get().to_string()).unwrap_or_default();
    let category = product.map_or(Category::Ebook, |product| product.category);
    let categories = Category::ALL.into_iter().map(|one| (one.as_str(), words::category(lang, one))).collect();
    let in_steps = Asks {
        required: true,
        least: Some(PRICE_STEP),
        most: Some(MOST_PRICE),
        step: Some(PRICE_STEP),
        ..Asks::default()
    };
    let file = Asks { most_chars: Some(100), pattern: Some("[A-Za-z0-9_\\-][A-Za-z0-9_.\\-]*"), ..Asks::default() };
    view! {
        {text("name", t!(lang, "goods-name"), said(|one| &one.name), 200, true).line("text")}
        {text("name_en", t!(lang, "goods-name-en"), said(|one| &one.name_en), 200, false).line("text")}
        {Entry::new(FORM, "category", t!(lang, "goods-category"), category.as_str(), Asks::default()).choice(categories)}
        {Entry::new(FORM, "price", t!(lang, "goods-price"), price, in_steps).hinting(t!(lang, "goods-price-hint")).line("number")}
        {text("creator", t!(lang, "goods-creator"), said(|one| &one.creator), 100, false).line("text")}
        {text("summary", t!(lang, "goods-summary"), texts.summary, 300, false).line("text")}
        {text("summary_en", t!(lang, "goods-summary-en"), texts.summary_en, 300, false).line("text")}
        {text("description", t!(lang, "goods-description"), texts.description, 10_000, false).lines(6)}
        {text("description_en", t!(lang, "goods-description-en"), texts.description_en, 10_000, false).lines(6)}
        {Entry::new(FORM, "cover", t!(lang, "goods-cover"), said(|one| &one.cover), file).hinting(t!(lang, "goods-cover-hint")).line("text")}
    }
    .into_any()
}

/// What only a new product is asked for.
pub(super) fn first_facts(lang: Lang) -> AnyView {
    let sku = Asks { required: true, most_chars: Some(64), pattern: Some("[A-Za-z0-9_.\\-]+"), ..Asks::default() };
    let pieces = Asks { required: true, least: Some(0), most: Some(MOST_STOCK), ..Asks::default() };
    let states = vec![("yes", t!(lang, "goods-sell-now")), ("no", t!(lang, "goods-sell-later"))];
    view! {
        {Entry::new(FORM, "sku", t!(lang, "goods-sku"), "", sku).hinting(t!(lang, "goods-sku-hint")).line("text")}
        {Entry::new(FORM, "stock", t!(lang, "goods-first-stock"), "0", pieces).line("number")}
        {Entry::new(FORM, "for_sale", t!(lang, "goods-when"), "yes", Asks::default()).choice(states)}
    }
    .into_any()
}
