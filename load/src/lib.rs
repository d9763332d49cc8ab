//! A load tool for a shop that `damda seed --load` filled: many shoppers who buy, claim and look around at
//! once over HTTP, how long each waited, and whether the shop still adds up afterwards.
//!
//! With a number of clients it is a closed loop: each waits for its answer before it asks again, so a slow
//! shop is asked less. With a rate it is an open loop: requests are due at fixed moments whatever the shop
//! does, and how long one took counts from the moment it was due, also when nobody was free to send it.
//! Otherwise a shop that stands still for a second would show one slow request instead of thousands.
//!
//! [`overload`] is for more than a machine can serve. It all knows the shop by its public API alone. Read [`run`]
//! first.

#![expect(clippy::disallowed_methods, reason = "a load tool measures by the machine's clock")]

use std::io::Write;
use std::process::ExitCode;

pub mod check;
pub mod connection;
pub mod crowd;
pub mod facts;
pub mod machine;
pub mod nuisance;
pub mod overload;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod tally;
pub mod verify;

/// Runs a load program of this name: 0 when everything held, 1 when something did not, 3 when it could not be tried.
pub fn exit_code_of(name: &str, work: impl Future<Output = anyhow::Result<bool>>) -> ExitCode {
    // One thread: the shop needs the others.
    let done = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(work));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{name}: {error:#}");
            ExitCode::from(3)
        }
    }
}
