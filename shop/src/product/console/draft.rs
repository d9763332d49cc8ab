//! The long texts of a product's form that was refused: a cookie has no room for them until the form is shown again,
//! and nobody should have to type them twice.

use super::store;
use crate::database::retried;
use crate::error::Error;
use crate::id::ProductId;
use crate::operator::{Operator, Permission};
use crate::shop::Shop;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long the texts are kept.
const KEPT: Duration = Duration::from_secs(3_600);

/// As they were typed: of any length and form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongTexts {
    pub summary: String,
    pub summary_en: String,
    pub description: String,
    pub description_en: String,
}

/// Keeps what this operator typed of a product, or of a new one, in the place of what was kept of it before.
///
/// # Errors
/// `Forbidden`.
pub async fn keep_texts(
    shop: &Shop,
    by: &Operator,
    product: Option<ProductId>,
    texts: &LongTexts,
) -> Result<(), Error> {
    by.must(Permission::EditProducts)?;
    retried(|| async {
        let now = shop.now();
        let mut tx = shop.db().begin().await?;
        store::forget_drafts(&mut tx, now.before(KEPT)).await?;
        store::write_draft(&mut tx, by.id(), product, texts, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// What this operator typed within the last hour.
///
/// # Errors
/// `Forbidden`.
pub async fn find_texts(shop: &Shop, by: &Operator, product: Option<ProductId>) -> Result<Option<LongTexts>, Error> {
    by.must(Permission::EditProducts)?;
    Ok(store::find_draft(shop.db(), by.id(), product, shop.now().before(KEPT)).await?)
}
