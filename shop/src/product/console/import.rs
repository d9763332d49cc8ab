//! A file of products in an operator's hands: kept, tried dry, and done in one transaction or not at all. The dry run
//! and the import decide by the same plan, each from what is there at its own moment; what would now be done otherwise
//! than the operator read is not done.

use super::plan::{ImportPlan, PlannedEdit, decide_import};
use super::store;
use crate::database::{Tx, is_duplicate, retried};
use crate::digest::{parse_digest, write_digest};
use crate::error::{Error, Fault, FieldProblem};
use crate::id::ProductId;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::product::import::{Reading, read_lines};
use crate::product::store as products;
use crate::product::{Product, ProductDraft};
use crate::shop::Shop;
use crate::time::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// The largest file that is taken.
pub const MOST_IMPORT_BYTES: usize = 5 * 1024 * 1024;
/// A file that nobody imports is forgotten after this.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// The reason of what an import moves.
const REASON: &str = "import";

/// A kept file and what it would do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    pub plan: ImportPlan,
    /// Stands for the plan: whoever imports says that they read this one.
    pub seen: String,
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    pub made: usize,
    pub edited: usize,
    pub moved: usize,
}

/// Keeps a file for its dry run. Gives the name it is kept under: its SHA-256.
///
/// # Errors
/// `Forbidden`; `Invalid` on `file`: empty or too large.
pub async fn keep_file(shop: &Shop, by: &Operator, file: &[u8]) -> Result<String, Error> {
    by.must(Permission::EditProducts)?;
    if file.is_empty() {
        return Err(Error::invalid("file", FieldProblem::Required));
    }
    if file.len() > MOST_IMPORT_BYTES {
        let most = i64::try_from(MOST_IMPORT_BYTES).unwrap_or(i64::MAX);
        return Err(Error::invalid("file", FieldProblem::TooLarge { most }));
    }
    let digest: [u8; 32] = Sha256::digest(file).into();
    retried(|| async {
        let now = shop.now();
        let mut tx = shop.db().begin().await?;
        store::forget_files(&mut tx, now.before(KEPT)).await?;
        // One that is sent again is kept from now on.
        store::forget_file(&mut tx, digest).await?;
        match store::write_file(&mut tx, digest, by.id(), file, now).await {
            Ok(()) => Ok(tx.commit().await?),
            // Another keeps the same at this moment.
            Err(fault) if is_duplicate(&fault) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    })
    .await?;
    Ok(write_digest(&digest))
}

/// What a kept file would do now; `None` when there is no such file, or no longer.
///
/// # Errors
/// `Forbidden`.
pub async fn try_file(shop: &Shop, by: &Operator, name: &str) -> Result<Option<DryRun>, Error> {
    by.must(Permission::EditProducts)?;
    let Some(digest) = parse_digest(name) else { return Ok(None) };
    let Some(file) = store::find_file(shop.db(), digest).await? else { return Ok(None) };
    let reading = read_lines(&file);
    let mut present = HashMap::new();
    for chunk in skus_of(&reading).chunks(AT_ONCE) {
        present.extend(store::find_by_sku(shop.db(), chunk).await?);
    }
    let plan = decide_import(reading, &present);
    Ok(Some(DryRun { seen: digest_of_plan(&plan, &present), plan }))
}

/// Products that one statement looks up.
const AT_ONCE: usize = 1_000;

fn skus_of(reading: &Reading) -> Vec<String> {
    reading.lines.iter().map(|line| line.draft.sku.clone()).collect()
}

/// Stands for what would be done. Of a stock it is what it becomes, not what it was: a sale between the dry run and the
/// import is no reason to ask again.
fn digest_of_plan(plan: &ImportPlan, present: &HashMap<String, Product>) -> String {
    let mut hash = Sha256::new();
    for draft in &plan.made {
        hash.update(format!("made {}\n", draft.sku));
    }
    for edit in &plan.edited {
        let before = present.get(&edit.draft.sku).map(super::service::digest_of).unwrap_or_default();
        let is_active = present.get(&edit.draft.sku).is_some_and(|product| product.is_active);
        hash.update(format!("edited {} {before} {is_active}\n", edit.id));
    }
    for moved in &plan.moved {
        hash.update(format!("moved {} {}\n", moved.id, moved.to));
    }
    for problem in &plan.problems {
        hash.update(format!("wrong {}\n", problem.line));
    }
    write_digest(&hash.finalize().into())
}

/// Does what a kept file says, all or nothing, and forgets the file. `seen` is of the [`DryRun`] that the operator read.
///
/// # Errors
/// `Forbidden`; `NotFound`: no such file, or no longer; `ChangedMeanwhile`: it would do something else by now;
/// `Invalid` on `file`: a line is wrong.
pub async fn import_file(shop: &Shop, by: &Operator, name: &str, seen: &str) -> Result<Imported, Error> {
    by.must(Permission::EditProducts)?;
    let digest = parse_digest(name).ok_or(Error::NotFound)?;
    let file = store::find_file(shop.db(), digest).await?.ok_or(Error::NotFound)?;
    let reading = read_lines(&file);
    retried(|| import_read(shop, by, digest, reading.clone(), seen)).await
}

async fn import_read(
    shop: &Shop,
    by: &Operator,
    digest: [u8; 32],
    reading: Reading,
    seen: &str,
) -> Result<Imported, Error> {
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    let skus = skus_of(&reading);
    // All of them by one statement, so that they are locked in id order.
    let present = store::lock_by_sku(&mut tx, &skus).await?;
    let plan = decide_import(reading, &present);
    if !plan.problems.is_empty() {
        return Err(Error::invalid("file", FieldProblem::Malformed));
    }
    if digest_of_plan(&plan, &present) != seen {
        return Err(Error::ChangedMeanwhile);
    }
    // Whoever sends the form twice finds it gone: it is done once.
    if store::forget_file(&mut tx, digest).await? == 0 {
        return Err(Error::NotFound);
    }
    let imported = Imported { made: plan.made.len(), edited: plan.edited.len(), moved: plan.moved.len() };
    write_plan(&mut tx, by, &plan, now).await?;
    let file = write_digest(&digest);
    let after = json!({ "made": imported.made, "edited": imported.edited, "moved": imported.moved });
    let entry = Entry { after: Some(after), ..Entry::new(Act::ProductsImported, Subject::ProductFile(file)) };
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(imported)
}

async fn write_plan(tx: &mut Tx, by: &Operator, plan: &ImportPlan, now: Timestamp) -> Result<(), Fault> {
    let new: Vec<&ProductDraft> = plan.made.iter().collect();
    products::write_new_products(tx, &new, now).await?;
    for PlannedEdit { id, draft, .. } in &plan.edited {
        products::write_product(tx, *id, draft).await?;
    }
    let mut supplies: Vec<(ProductId, i64)> =
        plan.moved.iter().map(|moved| (moved.id, moved.to - moved.from)).collect();
    let skus: Vec<&str> = new.iter().map(|draft| draft.sku.as_str()).collect();
    let rows = products::lock_skus(tx, &skus).await?;
    for draft in new.into_iter().filter(|draft| draft.total_stock > 0) {
        let row = rows.get(&draft.sku).ok_or_else(|| Fault::Broken(format!("product {} is gone", draft.sku)))?;
        supplies.push((row.id, draft.total_stock));
    }
    supplies.sort_unstable();
    products::write_supplies(tx, &supplies, REASON, Some(by.id()), now).await
}
