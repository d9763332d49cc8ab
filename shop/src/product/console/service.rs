//! What operators ask of products. Each change is one transaction that locks the product's row, which the stages of
//! orders lock too, decides, writes and logs: so a stock never falls below what orders hold at that moment.

use super::model::{ProductDetail, ProductFilter};
use super::store;
use crate::database::{Tx, is_duplicate, retried};
use crate::error::{Error, Fault, FieldProblem};
use crate::id::ProductId;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::service::check_reason;
use crate::operator::{Operator, Permission};
use crate::page::{Page, Slice};
use crate::product::export::write_products;
use crate::product::import::MOST_LINES;
use crate::product::model::{Product, ProductDraft};
use crate::product::rules::{MOST_STOCK, find_draft_problems};
use crate::product::service::MOST_SEARCH;
use crate::product::store as products;
use crate::shop::Shop;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The longest reason that is kept with a movement, in characters.
pub const MOST_MOVEMENT_REASON: i64 = 200;
/// The reason of a new product's first pieces.
const FIRST_PIECES: &str = "new product";

/// Products as asked, newest first.
///
/// # Errors
/// `Forbidden`; `Invalid` on `q` and `cursor`.
pub async fn list_products(
    shop: &Shop,
    operator: &Operator,
    filter: &ProductFilter,
    page: &Page,
) -> Result<Slice<Product>, Error> {
    operator.must(Permission::SeeConsole)?;
    let text = filter.text.as_deref().unwrap_or_default();
    if text.chars().count() > MOST_SEARCH {
        let most = i64::try_from(MOST_SEARCH).unwrap_or(i64::MAX);
        return Err(Error::invalid("q", FieldProblem::TooLong { most }));
    }
    if text.contains('\0') {
        // No text of a product holds one, and SQLite would take a pattern to end there.
        return Ok(Slice { items: Vec::new(), next_cursor: None });
    }
    store::list(shop.db(), filter, page).await
}

/// All products as a CSV file that can be imported again: a thousand products a statement.
///
/// # Errors
/// `Forbidden`; `Invalid` on `products`: more than one file may hold.
pub async fn export_products(shop: &Shop, operator: &Operator) -> Result<Vec<u8>, Error> {
    const AT_ONCE: i64 = 1_000;
    operator.must(Permission::SeeConsole)?;
    let (mut drafts, mut last) = (Vec::new(), ProductId::new(0));
    loop {
        let found = store::list_after(shop.db(), last, AT_ONCE).await?;
        let Some(newest) = found.last() else { return Ok(write_products(&drafts)?) };
        last = newest.id;
        drafts.extend(found.into_iter().map(draft_of));
        if drafts.len() > MOST_LINES {
            let most = i64::try_from(MOST_LINES).unwrap_or(i64::MAX);
            return Err(Error::invalid("products", FieldProblem::TooLarge { most }));
        }
    }
}

fn draft_of(product: Product) -> ProductDraft {
    ProductDraft {
        sku: product.sku,
        category: product.category,
        name: product.name,
        name_en: product.name_en,
        creator: product.creator,
        summary: product.summary,
        summary_en: product.summary_en,
        description: product.description,
        description_en: product.description_en,
        cover: product.cover,
        price: product.price,
        total_stock: product.total_stock,
        is_active: product.is_active,
    }
}

/// A product, for sale or not, with this page of its movements. Three statements.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn find_product(
    shop: &Shop,
    operator: &Operator,
    id: ProductId,
    page: &Page,
) -> Result<Option<ProductDetail>, Error> {
    operator.must(Permission::SeeConsole)?;
    // Before the product: what moves meanwhile makes the form say so, and is never overlooked.
    let (came_in, taken_out, last_movement) = store::sum_movements(shop.db(), id).await?;
    let Some(product) = store::find(shop.db(), id).await? else { return Ok(None) };
    let movements = store::list_movements(shop.db(), id, page).await?;
    Ok(Some(ProductDetail {
        seen: digest_of(&product),
        came_in,
        taken_out,
        sold: came_in - taken_out - product.total_stock,
        last_movement,
        movements,
        product,
    }))
}

/// Stands for what of a product may be edited: whoever edits another state than they saw is told so.
pub(super) fn digest_of(product: &Product) -> String {
    let mut hash = Sha256::new();
    for (name, value) in facts_of(product) {
        let text = value.to_string();
        hash.update(format!("{name}:{}:{text}\n", text.len()));
    }
    hex::encode(hash.finalize())
}

/// What of a product may be edited, by name.
fn facts_of(product: &Product) -> Vec<(&'static str, Value)> {
    vec![
        ("category", json!(product.category)),
        ("name", json!(product.name)),
        ("name_en", json!(product.name_en)),
        ("creator", json!(product.creator)),
        ("summary", json!(product.summary)),
        ("summary_en", json!(product.summary_en)),
        ("description", json!(product.description)),
        ("description_en", json!(product.description_en)),
        ("cover", json!(product.cover)),
        ("price", json!(product.price)),
    ]
}

/// As the log keeps it: a long text by its beginning, so that no row of the log is too long to be written.
fn for_the_log(value: Value) -> Value {
    const MOST_CHARS: usize = 300;
    match value {
        Value::String(text) => match text.char_indices().nth(MOST_CHARS) {
            Some((end, _)) => json!(format!("{}… ({} characters)", &text[..end], text.chars().count())),
            None => Value::String(text),
        },
        value => value,
    }
}

/// Makes a product; its first pieces come in as a supply.
///
/// # Errors
/// `Forbidden`; `Invalid` on what is wrong with the draft, and on `sku` when it is taken.
pub async fn create_product(shop: &Shop, by: &Operator, draft: ProductDraft) -> Result<ProductId, Error> {
    by.must(Permission::EditProducts)?;
    check_draft(&draft)?;
    retried(|| create_checked(shop, by, &draft)).await
}

fn check_draft(draft: &ProductDraft) -> Result<(), Error> {
    let problems = find_draft_problems(draft);
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

async fn create_checked(shop: &Shop, by: &Operator, draft: &ProductDraft) -> Result<ProductId, Error> {
    let now = shop.now();
    let taken = || Error::invalid("sku", FieldProblem::Mismatch);
    let mut tx = shop.db().begin().await?;
    if !products::lock_skus(&mut tx, &[&draft.sku]).await?.is_empty() {
        return Err(taken());
    }
    match products::write_new_products(&mut tx, &[draft], now).await {
        Ok(()) => {}
        // Another made it between the look and the write.
        Err(fault) if is_duplicate(&fault) => return Err(taken()),
        Err(fault) => return Err(fault.into()),
    }
    let rows = products::lock_skus(&mut tx, &[&draft.sku]).await?;
    let row = rows.get(&draft.sku).ok_or_else(|| Fault::Broken(format!("product {} is gone", draft.sku)))?;
    if draft.total_stock > 0 {
        products::write_supplies(&mut tx, &[(row.id, draft.total_stock)], FIRST_PIECES, Some(by.id()), now).await?;
    }
    let after = json!({
        "sku": draft.sku,
        "name": draft.name,
        "category": draft.category,
        "price": draft.price,
        "stock": draft.total_stock,
        "for_sale": draft.is_active,
    });
    let entry = Entry { after: Some(after), ..Entry::new(Act::ProductMade, Subject::Product(row.id)) };
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// Changes what a product says and costs; its sku, its stock and whether it is for sale stay. `seen` is of the
/// [`ProductDetail`] that the operator looked at. Orders that are under way keep the price they were placed at.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Invalid` on what is wrong; `ChangedMeanwhile`.
pub async fn edit_product(
    shop: &Shop,
    by: &Operator,
    id: ProductId,
    draft: ProductDraft,
    seen: &str,
) -> Result<(), Error> {
    by.must(Permission::EditProducts)?;
    retried(|| async {
        let (mut tx, product) = lock_product(shop, id).await?;
        let draft = ProductDraft {
            sku: product.sku.clone(),
            total_stock: product.total_stock,
            is_active: product.is_active,
            ..draft.clone()
        };
        check_draft(&draft)?;
        let edited = edited(&product, &draft);
        let (before, after) = difference(&product, &edited);
        if before.is_empty() {
            return Ok(());
        }
        if digest_of(&product) != seen {
            return Err(Error::ChangedMeanwhile);
        }
        products::write_product(&mut tx, id, &draft).await?;
        let entry = Entry::new(Act::ProductEdited, Subject::Product(id)).changing(before.into(), after.into());
        audit::write(&mut tx, by, &[entry], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

async fn lock_product(shop: &Shop, id: ProductId) -> Result<(Tx, Product), Error> {
    let mut tx = shop.db().begin().await?;
    let product = store::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    Ok((tx, product))
}

fn edited(product: &Product, draft: &ProductDraft) -> Product {
    Product {
        category: draft.category,
        name: draft.name.clone(),
        name_en: draft.name_en.clone(),
        creator: draft.creator.clone(),
        summary: draft.summary.clone(),
        summary_en: draft.summary_en.clone(),
        description: draft.description.clone(),
        description_en: draft.description_en.clone(),
        cover: draft.cover.clone(),
        price: draft.price,
        ..product.clone()
    }
}

/// What differs between two states, before and after.
fn difference(before: &Product, after: &Product) -> (Map<String, Value>, Map<String, Value>) {
    let (mut old, mut new) = (Map::new(), Map::new());
    for ((name, was), (_, is)) in facts_of(before).into_iter().zip(facts_of(after)) {
        if was != is {
            old.insert(name.to_owned(), for_the_log(was));
            new.insert(name.to_owned(), for_the_log(is));
        }
    }
    (old, new)
}

/// Puts a product up for sale, or retires it: then nobody finds it and no order of it is taken. Orders that are under
/// way come through.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn set_for_sale(shop: &Shop, by: &Operator, id: ProductId, wanted: bool) -> Result<(), Error> {
    by.must(Permission::EditProducts)?;
    retried(|| async {
        let (mut tx, product) = lock_product(shop, id).await?;
        if product.is_active == wanted {
            return Ok(());
        }
        products::write_is_active(&mut tx, id, wanted).await?;
        let act = if wanted { Act::ProductActivated } else { Act::ProductRetired };
        let fact = |is: bool| json!({ "for_sale": is });
        let entry = Entry::new(act, Subject::Product(id)).changing(fact(!wanted), fact(wanted));
        audit::write(&mut tx, by, &[entry], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Pieces that come in, or go out when `quantity` is below zero, and why. `last_seen` is the newest movement that the
/// operator saw: a form that is sent twice, or after another operator's, moves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub quantity: i64,
    pub reason: String,
    pub last_seen: i64,
}

/// Moves a product's stock. Gives the total that it has now.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Invalid` on `reason` and `pieces_moved` (`TooLarge`: no more can be taken out than no order
/// holds; or more than a product may have); `ChangedMeanwhile`.
pub async fn adjust_stock(shop: &Shop, by: &Operator, id: ProductId, wanted: &Adjustment) -> Result<i64, Error> {
    by.must(Permission::EditProducts)?;
    let reason = check_reason(&wanted.reason)?;
    if i64::try_from(reason.chars().count()).unwrap_or(i64::MAX) > MOST_MOVEMENT_REASON {
        return Err(Error::invalid("reason", FieldProblem::TooLong { most: MOST_MOVEMENT_REASON }));
    }
    retried(|| async {
        let (mut tx, product) = lock_product(shop, id).await?;
        if store::read_last_movement(&mut tx, id).await? != wanted.last_seen {
            return Err(Error::ChangedMeanwhile);
        }
        check_adjustment(&product, wanted.quantity)?;
        let now = shop.now();
        products::write_supplies(&mut tx, &[(id, wanted.quantity)], reason, Some(by.id()), now).await?;
        let total = product.total_stock + wanted.quantity;
        let entry = Entry::new(Act::StockAdjusted, Subject::Product(id))
            .changing(json!({ "stock": product.total_stock }), json!({ "stock": total }))
            .because(reason);
        audit::write(&mut tx, by, &[entry], now).await?;
        tx.commit().await?;
        Ok(total)
    })
    .await
}

fn check_adjustment(product: &Product, quantity: i64) -> Result<(), Error> {
    let too_many = |most| Error::invalid("pieces_moved", FieldProblem::TooLarge { most });
    if quantity == 0 {
        return Err(Error::invalid("pieces_moved", FieldProblem::TooSmall { least: 1 }));
    }
    if quantity < 0 && product.available_stock < quantity.saturating_neg() {
        return Err(too_many(product.available_stock));
    }
    if quantity > MOST_STOCK - product.total_stock {
        return Err(too_many(MOST_STOCK - product.total_stock));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_logged_by_its_beginning() {
        let long = for_the_log(json!("가".repeat(10_000)));
        let text = long.as_str().expect("a text");
        assert!(text.chars().count() < 350 && text.contains("10000"), "{text}");
        assert_eq!(for_the_log(json!(1_000)), json!(1_000));
        assert_eq!(for_the_log(json!("짧음")), json!("짧음"));
    }
}
