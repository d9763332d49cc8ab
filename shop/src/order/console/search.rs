//! Finding orders of anybody. Whatever is asked for, a page costs a bounded look at one index: where that index does not
//! hold all that is asked, a page looks at so many candidates and no more, and may end early with a cursor to go on from.

use super::model::{FoundOrder, Note, OrderFacts};
use super::store::{self, Narrowing};
use crate::database::Db;
use crate::error::{Error, FieldProblem};
use crate::id::{OrderId, ProductId, UserId};
use crate::operator::people::{People, Person, ShownPeople, show_people};
use crate::operator::{Operator, Permission};
use crate::order::store::list_items;
use crate::order::{Order, OrderStatus};
use crate::page::{Page, Slice};
use crate::ports::LockHolder;
use crate::recovery::queue::find_holder;
use crate::recovery::rules::{RecoverySnapshot, decide_next_try, decide_standing};
use crate::recovery::store::read_tries;
use crate::recovery::{NextTry, Tries};
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::user::service::email_key;
use crate::user::store::find_user_by_email;
use serde::Serialize;
use std::time::Duration;

/// Candidates that one page looks at, at most.
const WINDOW: i64 = 4_096;
/// Candidates whose rows are read by one statement.
const CHUNK: usize = 512;
/// An order's id is made a moment before the order is placed, by a clock that may have been set since: where a time is
/// looked for among ids, it is looked for a day further at both ends.
const IDS_ARE_WITHIN: Duration = Duration::from_secs(24 * 3_600);

/// Which orders to find: those that are all of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub id: Option<OrderId>,
    /// Of this account; for those who may see people.
    pub user: Option<UserId>,
    /// The whole address of their shopper, however it is capitalised.
    pub email: Option<String>,
    pub product: Option<ProductId>,
    pub status: Option<OrderStatus>,
    /// Placed at this moment or later.
    pub from: Option<Timestamp>,
    /// Placed before this moment.
    pub until: Option<Timestamp>,
}

/// Finds orders, newest first. A page may hold fewer than its limit, or none, and still have a cursor: then there is
/// more to look through. Looking for an address is a look at a person, and so is asking to be shown people.
///
/// # Errors
/// `Forbidden`, also for who may not see people and looks for one; `Invalid` for a time that ends before it begins and
/// for a cursor of another search.
pub async fn list_orders(
    shop: &Shop,
    operator: &Operator,
    filter: &OrderFilter,
    people: People,
    page: &Page,
) -> Result<Slice<FoundOrder>, Error> {
    operator.must(Permission::SeeConsole)?;
    if filter.from.zip(filter.until).is_some_and(|(from, until)| from >= until) {
        return Err(Error::invalid("until", FieldProblem::Mismatch));
    }
    if filter.user.is_some() {
        operator.must(Permission::SeePeople)?;
    }
    let mut narrowing = Narrowing {
        user: filter.user,
        product: filter.product,
        status: filter.status,
        from: filter.from,
        until: filter.until,
    };
    let mut shown = None;
    if let Some(email) = &filter.email {
        operator.must(Permission::SeePeople)?;
        let Some(row) = find_user_by_email(shop.db(), &email_key(email)).await? else { return Ok(nothing()) };
        shown = Some(show_people(shop, operator, People::Shown, [row.user.id]).await?);
        if filter.user.is_some_and(|user| user != row.user.id) {
            return Ok(nothing());
        }
        narrowing.user = Some(row.user.id);
    }
    let slice = match filter.id {
        Some(id) => {
            let found = store::find_narrowed(shop.db(), &[id], &narrowing).await?;
            Slice { items: found.into_values().collect(), next_cursor: None }
        }
        None => list_narrowed(shop.db(), &narrowing, page).await?,
    };
    let shown = match shown {
        Some(shown) => shown,
        None => show_people(shop, operator, people, slice.items.iter().map(|order| order.user_id)).await?,
    };
    dress(shop.db(), slice, &shown).await
}

fn nothing<T>() -> Slice<T> {
    Slice { items: Vec::new(), next_cursor: None }
}

/// Gives each order its lines and, where it may be seen, its shopper's address.
async fn dress(db: &Db, slice: Slice<Order>, shown: &ShownPeople) -> Result<Slice<FoundOrder>, Error> {
    let ids: Vec<OrderId> = slice.items.iter().map(|order| order.id).collect();
    if ids.is_empty() {
        return Ok(Slice { items: Vec::new(), next_cursor: slice.next_cursor });
    }
    let mut items = list_items(db, &ids).await?;
    Ok(slice.map(|order| FoundOrder {
        email: shown.email_of(order.user_id),
        order: Order { items: items.remove(&order.id).unwrap_or_default(), ..order },
    }))
}

/// The index that is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ByTime,
    OfUser(UserId),
    WithProduct(ProductId),
}

/// Where a page ended: on the walk by time with the moment, else the id alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    at: Option<Timestamp>,
    id: OrderId,
}

impl Place {
    fn cursor(self) -> String {
        self.at.map_or_else(|| self.id.to_string(), |at| format!("{}.{}", at.millis(), self.id))
    }

    fn parse(cursor: &str) -> Option<Self> {
        match cursor.split_once('.') {
            Some((at, id)) => Some(Self { at: Some(Timestamp::from_millis(at.parse().ok()?)), id: id.parse().ok()? }),
            None => Some(Self { at: None, id: cursor.parse().ok()? }),
        }
    }
}

impl Narrowing {
    fn is_of_status_or_time(&self) -> bool {
        self.status.is_some() || self.from.is_some() || self.until.is_some()
    }
}

impl Way {
    /// A page goes on along the way that its cursor was made on.
    async fn choose(db: &Db, narrowing: &Narrowing, after: Option<Place>) -> Result<Self, Error> {
        let is_by_time = after.map(|place| place.at.is_some());
        let (way, is_right) = match (narrowing.user, narrowing.product) {
            (Some(user), _) => (Way::OfUser(user), is_by_time != Some(true)),
            (None, None) => (Way::ByTime, is_by_time != Some(false)),
            (None, Some(product)) if !narrowing.is_of_status_or_time() => {
                (Way::WithProduct(product), is_by_time != Some(true))
            }
            (None, Some(product)) => {
                let is_rare = match is_by_time {
                    Some(is_by_time) => is_by_time,
                    // Few orders are looked through for a product sooner than a product's many for a status.
                    None => store::count_by_time(db, narrowing, WINDOW).await? < WINDOW,
                };
                (if is_rare { Way::ByTime } else { Way::WithProduct(product) }, true)
            }
        };
        if is_right { Ok(way) } else { Err(Error::invalid("cursor", FieldProblem::Malformed)) }
    }

    /// Whether every candidate on this way is as narrowed down already.
    fn answers(self, narrowing: &Narrowing) -> bool {
        match self {
            Way::ByTime => narrowing.product.is_none(),
            Way::OfUser(_) => narrowing.product.is_none() && !narrowing.is_of_status_or_time(),
            Way::WithProduct(_) => !narrowing.is_of_status_or_time(),
        }
    }

    /// What a candidate may turn out not to be: whose order it is and which products it has stays as it was found.
    fn left_of(self, narrowing: &Narrowing) -> Narrowing {
        match self {
            Way::ByTime => *narrowing,
            Way::OfUser(_) => Narrowing { user: None, ..*narrowing },
            Way::WithProduct(_) => Narrowing { product: None, ..*narrowing },
        }
    }

    async fn list(self, db: &Db, narrowing: &Narrowing, after: Option<Place>, most: i64) -> Result<Vec<Place>, Error> {
        let by_id = |ids: Vec<OrderId>| ids.into_iter().map(|id| Place { at: None, id }).collect();
        let last = after.map(|place| place.id);
        Ok(match self {
            Way::ByTime => {
                let after = after.and_then(|place| Some((place.at?, place.id)));
                let found = store::list_ids_by_time(db, narrowing, after, most).await?;
                found.into_iter().map(|(at, id)| Place { at: Some(at), id }).collect()
            }
            Way::OfUser(user) => by_id(store::list_ids_of_user(db, user, last, most).await?),
            Way::WithProduct(product) => {
                let least_at = |moment| OrderId::new(moment, [0; 10]);
                let least = narrowing.from.map(|from| least_at(from.before(IDS_ARE_WITHIN)));
                let end = narrowing.until.map(|until| least_at(until.after(IDS_ARE_WITHIN)));
                let before = match (last, end) {
                    (Some(last), Some(end)) => Some(last.min(end)),
                    (last, end) => last.or(end),
                };
                by_id(store::list_ids_with_product(db, product, (least, before), most).await?)
            }
        })
    }
}

/// Walks one index and keeps what is as narrowed down. Two statements where the index knows all of that, else up to ten.
async fn list_narrowed(db: &Db, narrowing: &Narrowing, page: &Page) -> Result<Slice<Order>, Error> {
    let malformed = || Error::invalid("cursor", FieldProblem::Malformed);
    let after = page.cursor.as_deref().map(|cursor| Place::parse(cursor).ok_or_else(malformed)).transpose()?;
    let way = Way::choose(db, narrowing, after).await?;
    let most = if way.answers(narrowing) { page.limit.rows_and_one() } else { WINDOW };
    let candidates = way.list(db, narrowing, after, most).await?;
    let left = way.left_of(narrowing);
    let mut found: Vec<(Place, Order)> = Vec::new();
    for chunk in candidates.chunks(CHUNK) {
        let ids: Vec<OrderId> = chunk.iter().map(|place| place.id).collect();
        let mut orders = store::find_narrowed(db, &ids, &left).await?;
        found.extend(chunk.iter().filter_map(|place| Some((*place, orders.remove(&place.id)?))));
        if found.len() > page.limit.rows() {
            break;
        }
    }
    let is_more_found = found.len() > page.limit.rows();
    found.truncate(page.limit.rows());
    let place = if is_more_found {
        found.last().map(|(place, _)| *place)
    } else if i64::try_from(candidates.len()).is_ok_and(|seen| seen == most) {
        candidates.last().copied()
    } else {
        None
    };
    Ok(Slice { items: found.into_iter().map(|(_, order)| order).collect(), next_cursor: place.map(Place::cursor) })
}

/// One order with all that an operator sees of it at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderDetail {
    pub facts: OrderFacts,
    /// Only for those who may see people, and asked to; `None` too when the account is closed.
    pub person: Option<Person>,
    pub tries: Option<Tries>,
    pub next_try: Option<NextTry>,
    pub holder: Option<LockHolder>,
    /// Only for those who may see people: notes may name them.
    pub notes: Vec<Note>,
}

/// Anybody's order, in detail. Eight statements at most, and a look at the gate.
///
/// # Errors
/// `Forbidden`, also for who asks for people and may not see them.
pub async fn find_order_for(
    shop: &Shop,
    operator: &Operator,
    id: OrderId,
    people: People,
) -> Result<Option<OrderDetail>, Error> {
    operator.must(Permission::SeeConsole)?;
    let mut tx = shop.db().begin_reading().await?;
    let Some(facts) = store::read_facts(&mut tx, id).await? else { return Ok(None) };
    let tries = read_tries(&mut tx, id).await?;
    let sees_people = operator.may(Permission::SeePeople);
    let notes = if sees_people { store::read_notes(&mut tx, id).await? } else { Vec::new() };
    tx.commit().await?;
    let mut shown = show_people(shop, operator, people, [facts.order.user_id]).await?;
    let holder = if facts.order.status.is_unfinished() { find_holder(shop, id).await } else { None };
    let settings = shop.settings();
    let snapshot = snapshot_of(&facts.order);
    let standing = decide_standing(&snapshot, settings.reservation_ttl, settings.recovery_delay, shop.now());
    Ok(Some(OrderDetail {
        person: shown.take(facts.order.user_id),
        next_try: decide_next_try(standing, holder.as_ref().map(|holder| holder.until)),
        facts,
        tries,
        holder,
        notes,
    }))
}

fn snapshot_of(order: &Order) -> RecoverySnapshot {
    RecoverySnapshot {
        status: order.status,
        final_amount: order.final_amount,
        created_at: order.created_at,
        paid_at: order.paid_at,
        pending_at: order.pending_at,
        holds_coupon: false,
        lines: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_says_on_which_way_it_was_made() {
        let id = OrderId::new(Timestamp::from_millis(1_795_412_117_123), [7; 10]);
        for place in [Place { at: None, id }, Place { at: Some(Timestamp::from_millis(-5)), id }] {
            assert_eq!(Place::parse(&place.cursor()), Some(place));
        }
        for text in ["", ".", "x", "1.x", "x.1", &format!(".{id}"), &format!("1.{id}.")] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
