//! What operators write about orders, for one another. A note stays as it was written.

use super::rules::check_note;
use super::store;
use crate::database::retried;
use crate::error::{Error, FieldProblem};
use crate::id::OrderId;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::recovery::by_hand::check_named;
use crate::shop::Shop;

/// Writes the same note to each of these orders, to all of them or to none.
///
/// # Errors
/// `Forbidden`; `Invalid` naming `text`, or `ids` when they are none, too many, or name an order that there is not.
pub async fn add_notes(shop: &Shop, operator: &Operator, ids: &[OrderId], text: &str) -> Result<(), Error> {
    operator.must(Permission::NoteOrders)?;
    let (ids, body) = (check_named(ids)?, check_note(text)?);
    retried(|| async {
        let mut tx = shop.db().begin().await?;
        // An order that is there stays, so that no lock is needed.
        if store::find_ids(&mut tx, &ids).await?.len() < ids.len() {
            return Err(Error::invalid("ids", FieldProblem::Unknown));
        }
        let now = shop.now();
        store::write_notes(&mut tx, operator.id(), &ids, &body, now).await?;
        let noted: Vec<Entry> = ids.iter().map(|id| Entry::new(Act::OrderNoted, Subject::Order(*id))).collect();
        audit::write(&mut tx, operator, &noted, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}
