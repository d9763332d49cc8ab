//! One account as operators see it, and its statement with the cause of each line.

use super::model::{CustomerDetail, PostingCause, StatementLine};
use super::search::find_state;
use super::store;
use crate::adjustment::store as adjustments;
use crate::coupon::service::list_claimed;
use crate::database::retried;
use crate::error::Error;
use crate::id::{OrderId, PostingId, UserId};
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::people::{People, show_people};
use crate::operator::{Operator, Permission};
use crate::page::{Page, PageLimit, Slice};
use crate::refund::service::list_owed;
use crate::refund::store as refunds;
use crate::shop::Shop;
use crate::user::standing::{Blocks, find_blocks};
use crate::user::store as users;
use crate::wallet::service::{find_wallet, list_postings};
use crate::wallet::{Posting, PostingType};
use std::collections::HashMap;

/// The newest of each kind that are shown at once.
const MOST_SHOWN: i64 = 20;

/// One account; `None` when there is none of this number. The look is logged before anything is seen.
///
/// # Errors
/// `Forbidden`.
pub async fn find_customer(shop: &Shop, operator: &Operator, id: UserId) -> Result<Option<CustomerDetail>, Error> {
    operator.must(Permission::SeePeople)?;
    let Some(row) = store::find_customer(shop.db(), id).await? else { return Ok(None) };
    let person = match row.closed_at {
        None => show_people(shop, operator, People::Shown, [id]).await?.take(id),
        Some(_) => {
            log_look(shop, operator, id).await?;
            None
        }
    };
    let blocks = match users::find_user(shop.db(), id).await? {
        Some(open) => find_blocks(shop, &open.user).await?,
        None => Blocks::default(),
    };
    let coupons = Page::first(PageLimit::new(MOST_SHOWN).unwrap_or(PageLimit::DEFAULT));
    Ok(Some(CustomerDetail {
        id,
        state: find_state(shop, &row).await?,
        role: row.role,
        lang: row.lang,
        created_at: row.created_at,
        frozen_at: row.frozen_at,
        closed_at: row.closed_at,
        person,
        blocks,
        wallet: find_wallet(shop, id).await?,
        owed: list_owed(shop, id).await?,
        adjustments: adjustments::list_of_owner(shop.db(), id, MOST_SHOWN).await?,
        coupons: list_claimed(shop, id, &coupons).await?.items,
        acts: store::list_acts(shop.db(), id, MOST_SHOWN).await?,
    }))
}

/// What a closed account's wallet did is its owner's still.
async fn log_look(shop: &Shop, operator: &Operator, id: UserId) -> Result<(), Error> {
    retried(|| async {
        let mut tx = shop.db().begin().await?;
        let look = Entry::new(Act::PersonSeen, Subject::User(id));
        audit::write(&mut tx, operator, &[look], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// A wallet's statement, newest first, each line with its cause. Five statements at most. The look at the account is
/// [`find_customer`]'s.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn list_statement(
    shop: &Shop,
    operator: &Operator,
    id: UserId,
    page: &Page,
) -> Result<Slice<StatementLine>, Error> {
    operator.must(Permission::SeePeople)?;
    let postings = list_postings(shop, id, page).await?;
    let mut causes = find_causes(shop, id, &postings.items).await?;
    Ok(postings.map(|posting| StatementLine { cause: causes.remove(&posting.id), posting }))
}

async fn find_causes(
    shop: &Shop,
    user: UserId,
    postings: &[Posting],
) -> Result<HashMap<PostingId, PostingCause>, Error> {
    let of_kind = |kind: PostingType| postings.iter().filter(move |posting| posting.kind == kind);
    let mut causes: HashMap<PostingId, PostingCause> = HashMap::new();
    for posting in postings {
        if let Some(id) = posting.order_id {
            causes.insert(posting.id, PostingCause::Order { id });
        } else if posting.kind == PostingType::Charge {
            causes.insert(posting.id, PostingCause::Charge);
        }
    }
    let refunded: Vec<OrderId> = of_kind(PostingType::Refund).filter_map(|posting| posting.order_id).collect();
    for refund in refunds::find_posted(shop.db(), &refunded).await? {
        let cause = PostingCause::Refund {
            id: refund.id,
            order_id: refund.order_id,
            number: refund.number,
            reason: refund.reason,
        };
        causes.entry(refund.posting_id).and_modify(|known| *known = cause);
    }
    let adjusted: Vec<PostingId> = of_kind(PostingType::Adjustment).map(|posting| posting.id).collect();
    for adjustment in adjustments::find_of_postings(shop.db(), user, &adjusted).await? {
        if let Some(posting) = adjustment.posting_id {
            causes.insert(posting, PostingCause::Adjustment(adjustment));
        }
    }
    Ok(causes)
}
