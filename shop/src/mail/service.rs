//! Sending what waits.

use super::model::{LetterFacts, LetterKind};
use super::rules::{decide_given_up, decide_next_try, decide_too_late};
use super::store::{self, QueuedLetter};
use crate::error::{Error, Fault};
use crate::order::{Order, store as orders};
use crate::ports::{Letter, Mailer};
use crate::shop::Shop;
use crate::user::{User, reset, store as users};
use crate::watch;

/// Letters looked at in one go.
const BATCH: i64 = 32;

/// Sends every letter that is due; gives how many went out. Each is claimed before it is written, so that
/// any number of processes may send at once. Ends at the first letter that does not go out, which is then
/// due later: a mail server that is down is asked once a turn, not once a letter.
///
/// # Errors
/// The database's, and those of `write`. A letter that does not go out is no error: it is tried again, and
/// given up with a line in the log.
pub async fn send_due_letters(
    shop: &Shop,
    mailer: &dyn Mailer,
    write: &(dyn Fn(&LetterFacts) -> Result<Letter, Fault> + Send + Sync),
) -> Result<u64, Error> {
    let mut sent = 0;
    loop {
        let due = store::list_due(shop.db(), shop.now(), BATCH).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for letter in due {
            match send_letter(shop, mailer, write, &letter).await? {
                Outcome::Sent => sent += 1,
                Outcome::Dropped => {}
                Outcome::NotSent => return Ok(sent),
            }
        }
    }
}

/// Tells the figures how many letters wait.
pub async fn watch_letters(shop: &Shop) -> Result<(), Fault> {
    watch::letters_wait(store::count_letters(shop.db()).await?);
    Ok(())
}

enum Outcome {
    Sent,
    /// Nobody is to get it, or another process has it.
    Dropped,
    NotSent,
}

async fn send_letter(
    shop: &Shop,
    mailer: &dyn Mailer,
    write: &(dyn Fn(&LetterFacts) -> Result<Letter, Fault> + Send + Sync),
    queued: &QueuedLetter,
) -> Result<Outcome, Error> {
    let (now, tries) = (shop.now(), queued.tries + 1);
    if !store::claim_letter(shop.db(), queued, decide_next_try(tries, now)).await? {
        return Ok(Outcome::Dropped);
    }
    let (letter, kind) = (queued.id, queued.kind.as_str());
    if decide_too_late(queued.kind, queued.created_at, now) {
        tracing::warn!(letter, kind, "a letter waited too long and is given up");
        store::delete_letter(shop.db(), queued.id).await?;
        return Ok(Outcome::Dropped);
    }
    let Some(facts) = gather_facts(shop, queued).await? else {
        store::delete_letter(shop.db(), queued.id).await?;
        return Ok(Outcome::Dropped);
    };
    match mailer.send(&write(&facts)?).await {
        Ok(()) => {
            store::delete_letter(shop.db(), queued.id).await?;
            Ok(Outcome::Sent)
        }
        Err(reason) if decide_given_up(tries) => {
            tracing::error!(letter, kind, tries, %reason, "a letter could not be sent and is given up");
            store::delete_letter(shop.db(), queued.id).await?;
            Ok(Outcome::NotSent)
        }
        Err(reason) => {
            tracing::warn!(letter, kind, tries, %reason, "a letter could not be sent, it is tried again later");
            Ok(Outcome::NotSent)
        }
    }
}

/// What the letter is about now; `None` when there is nobody to get it any more.
async fn gather_facts(shop: &Shop, queued: &QueuedLetter) -> Result<Option<LetterFacts>, Error> {
    let Some(user) = find_recipient(shop, queued).await? else { return Ok(None) };
    Ok(match queued.kind {
        LetterKind::Welcome => Some(LetterFacts::Welcome { user }),
        LetterKind::PasswordChanged => Some(LetterFacts::PasswordChanged { user, changed_at: queued.created_at }),
        LetterKind::PasswordReset => {
            let (token, expires_at) = reset::mint_token(shop, user.id).await?;
            Some(LetterFacts::PasswordReset { user, token, expires_at })
        }
        LetterKind::OrderCompleted => {
            find_order(shop, queued).await?.map(|order| LetterFacts::OrderCompleted { user, order })
        }
        LetterKind::OrderRefunded => {
            find_order(shop, queued).await?.map(|order| LetterFacts::OrderRefunded { user, order })
        }
    })
}

async fn find_order(shop: &Shop, queued: &QueuedLetter) -> Result<Option<Order>, Error> {
    let Some(id) = queued.order_id else { return Ok(None) };
    Ok(orders::find_order(shop.db(), id).await?)
}

async fn find_recipient(shop: &Shop, queued: &QueuedLetter) -> Result<Option<User>, Error> {
    let row = match (queued.user_id, &queued.address) {
        (Some(id), _) => users::find_user(shop.db(), id).await?,
        (None, Some(key)) => users::find_user_by_email(shop.db(), key).await?,
        (None, None) => None,
    };
    Ok(row.map(|row| row.user))
}
