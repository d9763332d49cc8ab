//! The checker on a schedule, inside the serving shop: what does not hold is told to the figures and to the log at
//! once, down to one won. It stops nothing: a shop that is off by a won goes on selling while its owner looks.

use super::{Check, verify_shop};
use crate::alert::service::note_broken;
use crate::error::{Error, caught};
use crate::shop::Shop;
use crate::watch::{self, Stopwatch, millis};
use std::time::Duration;

/// One instance checks at a time; one that dies over it holds the others up no longer than this.
const JOB_LOCK: Duration = Duration::from_secs(3_600);
const LOCK: &str = "job:verify";

/// Checks everything, unless another instance is at it; gives how many invariants do not hold. Ends early, and
/// checked nothing, when `stopped` is done: a large shop takes minutes, which its closing does not.
pub async fn verify_until(shop: &Shop, stopped: impl Future<Output = ()>) -> Result<u64, Error> {
    let gate = &shop.ports().gate;
    let Some(token) = gate.lock(LOCK, JOB_LOCK, shop.now()).await? else { return Ok(0) };
    let began = Stopwatch::start();
    let checked = tokio::select! {
        // A shop that closes begins no check, whose connection would be given back in the middle of its beginning.
        biased;
        () = stopped => None,
        checked = caught(async { Ok(verify_shop(shop.db()).await?) }) => Some(checked),
    };
    gate.unlock(&token).await?;
    match checked {
        None => Ok(0),
        Some(Ok(checks)) => {
            let broken = tell(shop, &checks, began);
            note_broken(shop, broken).await?;
            Ok(u64::try_from(broken).unwrap_or(u64::MAX))
        }
        Some(Err(error)) => {
            watch::verified("failed");
            Err(error)
        }
    }
}

fn tell(shop: &Shop, checks: &[Check], began: Stopwatch) -> usize {
    let broken: Vec<&Check> = checks.iter().filter(|check| !check.holds()).collect();
    watch::verified(if broken.is_empty() { "holds" } else { "broken" });
    watch::books_are(broken.len(), shop.now());
    for check in &broken {
        tracing::error!(
            invariant = check.name,
            off_by = %check.gap.map_or_else(|| "no one figure".to_owned(), |gap| gap.to_string()),
            rows = check.broken.len(),
            first = check.broken.first().map_or("", String::as_str),
            "the books do not add up: run `damda verify`, which names every row, and find out who wrote it"
        );
    }
    if broken.is_empty() {
        tracing::info!(invariants = checks.len(), duration_ms = millis(began.elapsed()), "the books add up");
    }
    broken.len()
}
