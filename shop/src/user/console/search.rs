//! Finding accounts. Whatever is asked for, a page costs a bounded look at one index: where that index does not hold all
//! that is asked, a page looks at so many candidates and no more, and may end early with a cursor to go on from. A
//! cursor names an account by its number, never by what is known of it.

use super::model::{CustomerState, FoundCustomer};
use super::store::{self, CustomerRow, Place};
use crate::error::{Error, FieldProblem};
use crate::id::UserId;
use crate::limits::failures_of;
use crate::operator::people::{People, show_people};
use crate::operator::{Operator, Permission};
use crate::page::{Page, Slice};
use crate::shop::Shop;
use crate::user::service::email_key;

/// Candidates that one page looks at, at most.
const WINDOW: i64 = 1_024;

/// Which accounts to find: those that are all of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    pub id: Option<UserId>,
    /// What their address begins with, however it is capitalised; the whole of it finds one.
    pub email: Option<String>,
    /// What their name begins with.
    pub name: Option<String>,
    pub state: Option<CustomerState>,
}

/// The index that is walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The newest account first.
    ById,
    ByEmail(String),
    ByName(String),
    /// Whoever was frozen last, first.
    Frozen,
    Closed,
    /// Whoever is blocked longest, first.
    Blocked,
}

impl Way {
    fn choose(filter: &CustomerFilter) -> Self {
        match (&filter.email, &filter.name, filter.state) {
            (Some(email), _, _) => Way::ByEmail(email_key(email)),
            (None, Some(name), _) => Way::ByName(name.trim().to_owned()),
            (None, None, Some(CustomerState::Frozen)) => Way::Frozen,
            (None, None, Some(CustomerState::Closed)) => Way::Closed,
            (None, None, Some(CustomerState::Blocked)) => Way::Blocked,
            (None, None, Some(CustomerState::Active) | None) => Way::ById,
        }
    }

    /// Whether every candidate on this way is as it should be already.
    fn answers(&self, filter: &CustomerFilter) -> bool {
        match self {
            Way::ById | Way::ByName(_) => filter.state.is_none(),
            Way::ByEmail(_) => filter.state.is_none() && filter.name.is_none(),
            // A few may be dropped: frozen accounts that were closed since, blocks that the gate knows to be over.
            Way::Frozen | Way::Closed | Way::Blocked => true,
        }
    }
}

/// Finds accounts. A page may hold fewer than its limit, or none, and still have a cursor. Looking for an address or a
/// name is a look at everybody it finds, and so is asking to be shown people.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn list_customers(
    shop: &Shop,
    operator: &Operator,
    filter: &CustomerFilter,
    people: People,
    page: &Page,
) -> Result<Slice<FoundCustomer>, Error> {
    operator.must(Permission::SeePeople)?;
    let slice = match filter.id {
        Some(id) => {
            let found = store::find_customer(shop.db(), id).await?;
            Slice { items: narrowed(shop, filter, found.into_iter().collect()).await?, next_cursor: None }
        }
        None => walk(shop, filter, page).await?,
    };
    let is_asked = filter.email.is_some() || filter.name.is_some();
    let people = if is_asked { People::Shown } else { people };
    let mut shown = show_people(shop, operator, people, slice.items.iter().map(|(row, _)| row.id)).await?;
    Ok(slice.map(|(row, state)| FoundCustomer {
        id: row.id,
        state,
        role: row.role,
        created_at: row.created_at,
        person: shown.take(row.id),
    }))
}

/// Two statements, and a look at the gate for each who was blocked.
async fn walk(shop: &Shop, filter: &CustomerFilter, page: &Page) -> Result<Slice<(CustomerRow, CustomerState)>, Error> {
    let way = Way::choose(filter);
    let after = match page.parsed_cursor::<i64>()? {
        Some(id) => Some(find_place(shop, UserId::new(id)).await?),
        None => None,
    };
    let most = if way.answers(filter) { page.limit.rows_and_one() } else { WINDOW };
    let candidates = store::list_customers(shop.db(), &way, after.as_ref(), most, shop.now()).await?;
    let last_seen =
        candidates.last().map(|row| row.id).filter(|_| i64::try_from(candidates.len()).is_ok_and(|seen| seen == most));
    let mut found = narrowed(shop, filter, candidates).await?;
    let is_more_found = found.len() > page.limit.rows();
    found.truncate(page.limit.rows());
    let place = if is_more_found { found.last().map(|(row, _)| row.id) } else { last_seen };
    Ok(Slice { items: found, next_cursor: place.map(|id| id.to_string()) })
}

async fn find_place(shop: &Shop, id: UserId) -> Result<Place, Error> {
    let place = store::find_place(shop.db(), id).await?;
    place.ok_or_else(|| Error::invalid("cursor", FieldProblem::Unknown))
}

/// Those of the candidates that are all that is asked for, each with how it stands.
async fn narrowed(
    shop: &Shop,
    filter: &CustomerFilter,
    candidates: Vec<CustomerRow>,
) -> Result<Vec<(CustomerRow, CustomerState)>, Error> {
    let mut kept = Vec::new();
    for row in candidates.into_iter().filter(|row| is_named(filter, row)) {
        let state = find_state(shop, &row).await?;
        if filter.state.is_none_or(|wanted| wanted == state) {
            kept.push((row, state));
        }
    }
    Ok(kept)
}

/// How an account stands now. The gate knows whether a block that was noted still holds.
pub(super) async fn find_state(shop: &Shop, row: &CustomerRow) -> Result<CustomerState, Error> {
    let now = shop.now();
    let is_noted = row.until.is_some_and(|until| until > now);
    let is_blocked = is_noted && shop.ports().gate.find_block(&failures_of(row.id), now).await?.is_some();
    Ok(CustomerState::of(row.closed_at, row.frozen_at, is_blocked))
}

/// A closed account has no address and no name to be found by.
fn is_named(filter: &CustomerFilter, row: &CustomerRow) -> bool {
    let begins = |wanted: &Option<String>, is: fn(&str, &str) -> bool, has: &str| {
        wanted.as_deref().is_none_or(|wanted| row.closed_at.is_none() && is(has, wanted))
    };
    begins(&filter.email, |has, wanted| has.starts_with(&email_key(wanted)), &row.email_key)
        && begins(&filter.name, |has, wanted| has.to_lowercase().starts_with(&wanted.trim().to_lowercase()), &row.name)
}
