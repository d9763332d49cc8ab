//! Passwords: argon2id, off the async threads, and only so many at once, because each hash takes 19 MiB
//! and some 20 ms of a core.

use crate::error::Fault;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// How many passwords are hashed at once in one process: half of the processors, so that a crowd at the login leaves
/// the others to who is buying. More would take more memory and be no sooner done.
static AT_ONCE: LazyLock<usize> =
    LazyLock::new(|| (std::thread::available_parallelism().map_or(1, usize::from) / 2).clamp(1, MOST_AT_ONCE));
const MOST_AT_ONCE: usize = 8;
/// How many may wait for their turn, which is some five seconds' work for one processor; beyond it a login is told to
/// come back.
const MOST_WAITING: usize = 256;

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(*AT_ONCE));
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(*AT_ONCE + MOST_WAITING));

/// What an unknown account's password is checked against, so that it takes as long as a known one's.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody", &[7; 16]).unwrap_or_default());

/// OWASP's recommended least cost for argon2id: 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19 * 1024, 2, 1, None).expect("the costs are in range"),
    )
}

fn hash_now(password: &str, salt: &[u8; 16]) -> Result<String, Fault> {
    let broken = |error| Fault::Other(format!("password hash: {error}"));
    let salt = SaltString::encode_b64(salt).map_err(broken)?;
    Ok(hasher().hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())
}

/// Hashes a password with fresh salt; `None` when too many wait already.
pub async fn hash_password(password: &str, salt: [u8; 16]) -> Result<Option<String>, Fault> {
    let password = password.to_owned();
    in_turn(move || hash_now(&password, &salt)).await
}

/// Whether this is the password behind the hash; without a hash it takes as long and says no. `None` when
/// too many wait already.
pub async fn check_password(password: &str, hash: Option<String>) -> Result<Option<bool>, Fault> {
    let password = password.to_owned();
    in_turn(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed =
            PasswordHash::new(&hash).map_err(|error| Fault::Broken(format!("a stored password hash: {error}")))?;
        Ok(hasher().verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<Option<T>, Fault> {
    let Ok(_place) = PLACES.try_acquire() else { return Ok(None) };
    let _turn = TURNS.acquire().await.map_err(|_| Fault::Other("password turns are closed".to_owned()))?;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Fault::Other(format!("password work: {error}")))?.map(Some)
}
