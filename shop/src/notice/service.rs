//! What callers ask of notices.

use super::model::{Notice, NoticeDigest};
use super::store;
use crate::database::retried;
use crate::error::Error;
use crate::shop::Shop;

/// A notice as the owner wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeText<'a> {
    pub name: &'a str,
    pub lang: &'a str,
    pub body: &'a str,
}

/// Keeps these notices, those that are new; any number of instances may do so at once. An order may only
/// name a notice that is kept, so this comes before the first sale.
pub async fn keep_notices(shop: &Shop, notices: &[NoticeText<'_>]) -> Result<(), Error> {
    retried(|| keep_new(shop, notices)).await
}

async fn keep_new(shop: &Shop, notices: &[NoticeText<'_>]) -> Result<(), Error> {
    let digests: Vec<NoticeDigest> =
        notices.iter().map(|notice| NoticeDigest::of(notice.name, notice.lang, notice.body)).collect();
    let mut tx = shop.db().begin().await?;
    let kept = store::list_kept(&mut tx, &digests.iter().collect::<Vec<_>>()).await?;
    let new: Vec<_> = digests
        .iter()
        .zip(notices)
        .filter(|(digest, _)| !kept.contains(digest))
        .map(|(digest, notice)| (digest, notice.name, notice.lang, notice.body))
        .collect();
    store::write_notices(&mut tx, &new, shop.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// A notice as it was shown, whatever is shown now.
pub async fn find_notice(shop: &Shop, digest: &NoticeDigest) -> Result<Option<Notice>, Error> {
    Ok(store::find_notice(shop.db(), digest).await?)
}
