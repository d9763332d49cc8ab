//! Silencing an alert for a time: it is judged and shown as ever, and nobody is told of it.

use super::model::{AlertName, Silence};
use super::rules::check_silence;
use super::store;
use crate::error::Error;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::shop::Shop;
use crate::time::Timestamp;
use serde_json::json;

/// Silences an alert until then; an earlier silence of it ends now, whichever lasts longer.
///
/// # Errors
/// `Forbidden`; `Invalid` on `until` and `reason`.
pub async fn silence(
    shop: &Shop,
    by: &Operator,
    name: AlertName,
    until: Timestamp,
    reason: &str,
) -> Result<Silence, Error> {
    by.must(Permission::SilenceAlerts)?;
    let now = shop.now();
    let errors = check_silence(until, reason, now);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let silence = Silence { id: 0, name, until, by: by.id(), reason: reason.trim().to_owned(), created_at: now };
    let mut tx = shop.db().begin().await?;
    store::end_silences(&mut tx, name, now).await?;
    let id = store::write_silence(&mut tx, &silence).await?;
    let entry = Entry {
        after: Some(json!({ "until": until.rfc3339() })),
        ..Entry::new(Act::AlertSilenced, Subject::Alert(name)).because(&silence.reason)
    };
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(Silence { id, ..silence })
}

/// Ends the silence of an alert; nothing happens where there is none.
///
/// # Errors
/// `Forbidden`.
pub async fn end_silence(shop: &Shop, by: &Operator, name: AlertName) -> Result<(), Error> {
    by.must(Permission::SilenceAlerts)?;
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    if store::end_silences(&mut tx, name, now).await? == 0 {
        return Ok(());
    }
    audit::write(&mut tx, by, &[Entry::new(Act::SilenceEnded, Subject::Alert(name))], now).await?;
    tx.commit().await?;
    Ok(())
}
