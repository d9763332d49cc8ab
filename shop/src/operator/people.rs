//! Personal data before operators' eyes: who may see it, and that each look is a row of the log. What is not asked for
//! is not shown, so that whoever only works through a list looks at nobody.

use super::audit::{self, Act, Entry, Subject};
use super::{Operator, Permission};
use crate::database::retried;
use crate::error::Error;
use crate::id::UserId;
use crate::shop::Shop;
use crate::user::store as users;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// Whether the people behind what is listed are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum People {
    #[default]
    Hidden,
    Shown,
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    pub email: String,
    pub name: String,
}

/// Those who are shown.
#[derive(Debug, Default)]
pub struct ShownPeople(HashMap<UserId, Person>);

impl ShownPeople {
    pub fn email_of(&self, user: UserId) -> Option<String> {
        self.0.get(&user).map(|person| person.email.clone())
    }

    pub fn take(&mut self, user: UserId) -> Option<Person> {
        self.0.remove(&user)
    }
}

/// Those of these users who have open accounts, a page of them at most, each with a row in the log that is written
/// before anybody sees them; nobody unless `people` says so.
///
/// # Errors
/// `Forbidden` for who asks and may not see people.
pub async fn show_people(
    shop: &Shop,
    operator: &Operator,
    people: People,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<ShownPeople, Error> {
    if people == People::Hidden {
        return Ok(ShownPeople::default());
    }
    operator.must(Permission::SeePeople)?;
    let ids: Vec<UserId> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Ok(ShownPeople::default());
    }
    let mut found = users::find_users(shop.db(), &ids).await?;
    found.sort_by_key(|row| row.user.id);
    let looks: Vec<Entry> = found.iter().map(|row| Entry::new(Act::PersonSeen, Subject::User(row.user.id))).collect();
    retried(|| async {
        let mut tx = shop.db().begin().await?;
        audit::write(&mut tx, operator, &looks, shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    let shown = found.into_iter().map(|row| (row.user.id, Person { email: row.user.email, name: row.user.name }));
    Ok(ShownPeople(shown.collect()))
}
