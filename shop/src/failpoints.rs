//! Places where the tests make the shop fail, by name: before, at and after every commit, and wherever else a
//! process may die with half of something done. They do something only in a build with the feature `failpoints`,
//! which only builds of tests have (a dev-dependency of `shop` on itself turns it on); everywhere else [`reach`] is
//! nothing at all.
//!
//! What happens at a point is said in the `fail` crate's words, by the variable `FAILPOINTS` or by [`armed::set`]:
//! `pay.commit=20*off->1*return(kill)->off` lets twenty batches pass and kills the process before the commit of
//! the next. `server/tests/crash` goes through all of them.

use crate::error::Fault;

macro_rules! points {
    ($($(#[doc = $doc:literal])* $point:ident = $name:literal,)*) => {
        /// One place. `begin` is before a stage has read or written anything, `commit` is when all is written and
        /// nothing committed, `committed` is when nobody has been told yet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Point { $($(#[doc = $doc])* $point,)* }

        impl Point {
            pub const ALL: &[Point] = &[$(Point::$point,)*];

            /// How `FAILPOINTS` names it.
            pub fn name(self) -> &'static str {
                match self { $(Point::$point => $name,)* }
            }
        }
    };
}

points! {
    ReserveBegin = "reserve.begin",
    ReserveCommit = "reserve.commit",
    ReserveCommitted = "reserve.committed",
    PayBegin = "pay.begin",
    PayCommit = "pay.commit",
    PayCommitted = "pay.committed",
    ConfirmBegin = "confirm.begin",
    ConfirmCommit = "confirm.commit",
    ConfirmCommitted = "confirm.committed",
    PendBegin = "pend.begin",
    PendCommit = "pend.commit",
    PendCommitted = "pend.committed",
    /// A piece is taken at the gate and not stored yet.
    ClaimGate = "claim.gate",
    ClaimBegin = "claim.begin",
    ClaimCommit = "claim.commit",
    ClaimCommitted = "claim.committed",
    ChargeBegin = "charge.begin",
    ChargeCommit = "charge.commit",
    ChargeCommitted = "charge.committed",
    ExpireBegin = "expire.begin",
    ExpireCommit = "expire.commit",
    ExpireCommitted = "expire.committed",
    StallBegin = "stall.begin",
    StallCommit = "stall.commit",
    StallCommitted = "stall.committed",
    RecoverBegin = "recover.begin",
    RecoverCommit = "recover.commit",
    RecoverCommitted = "recover.committed",
    /// All is done, the locks are still held.
    RecoverUnlock = "recover.unlock",
    /// The lock is taken and events wait.
    RelayLocked = "relay.locked",
    /// The log has confirmed events that are not marked as sent.
    RelaySent = "relay.sent",
    RelayCommit = "relay.commit",
    RelayMarked = "relay.marked",
    /// Before each cut of a table.
    MonthsCut = "months.cut",
    /// All are made, the lock is still held.
    MonthsDone = "months.done",
}

/// The three points of one transaction.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    pub begin: Point,
    pub commit: Point,
    pub committed: Point,
}

impl Stage {
    pub const EXPIRE: Stage =
        Stage { begin: Point::ExpireBegin, commit: Point::ExpireCommit, committed: Point::ExpireCommitted };
    pub const RECOVER: Stage =
        Stage { begin: Point::RecoverBegin, commit: Point::RecoverCommit, committed: Point::RecoverCommitted };
}

/// Goes on, in every build but that of the tests.
///
/// # Errors
/// What the tests ask for.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
#[expect(clippy::unused_async, reason = "with the feature it waits")]
pub async fn reach(_: Point) -> Result<(), Fault> {
    Ok(())
}

/// Reads nothing, in every build but that of the tests.
#[cfg(not(feature = "failpoints"))]
pub fn arm_from_environment() {}

#[cfg(feature = "failpoints")]
pub use armed::{arm_from_environment, reach};

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!("a shop with `failpoints` can be told to fail: no optimised build may have it");

/// What a build of the tests has.
#[cfg(feature = "failpoints")]
pub mod armed {
    use super::{Fault, Point};
    use crate::database::broken_connection;
    use rustix::process::{Signal, getpid, kill_process};
    use std::collections::HashMap;
    use std::sync::{LazyLock, OnceLock};
    use std::time::Duration;
    use tokio::sync::watch;

    /// What may happen at a point.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Action {
        /// `error`: something refused.
        Error,
        /// `uncertain`: the connection broke at the commit.
        Uncertain,
        /// `away`: the database does not answer.
        Away,
        /// `panic`: a bug of ours.
        Panic,
        /// `kill`: the process is gone at once, as by `kill -9`.
        Kill,
        /// `halt`: this task never goes on, as if the process were gone; for tests that have only one process.
        Halt,
        /// `hold`: this task goes on when the point is set anew.
        Hold,
        /// `delay:MS`: it takes that long.
        Delay(Duration),
    }

    impl Action {
        fn parse(text: &str) -> Option<Self> {
            Some(match text.split_once(':').unwrap_or((text, "")) {
                ("error", "") => Action::Error,
                ("uncertain", "") => Action::Uncertain,
                ("away", "") => Action::Away,
                ("panic", "") => Action::Panic,
                ("kill", "") => Action::Kill,
                ("halt", "") => Action::Halt,
                ("hold", "") => Action::Hold,
                ("delay", millis) => Action::Delay(Duration::from_millis(millis.parse().ok()?)),
                _ => return None,
            })
        }
    }

    /// Does what the tests ask for at this point.
    ///
    /// # Errors
    /// What the tests ask for.
    pub async fn reach(point: Point) -> Result<(), Fault> {
        let Some(action) = action_at(point) else { return Ok(()) };
        // Tests look for this line to know that the point was reached.
        tracing::warn!(point = point.name(), ?action, "a failpoint acts");
        match action {
            Action::Error => Err(Fault::Other(format!("the failpoint {} fails", point.name()))),
            Action::Uncertain => Err(Fault::Uncertain(broken_connection())),
            Action::Away => Err(broken_connection().into()),
            Action::Panic => panic!("the failpoint {} panics", point.name()),
            Action::Kill => {
                let _ = kill_process(getpid(), Signal::KILL);
                std::future::pending().await
            }
            Action::Halt => std::future::pending().await,
            Action::Hold => {
                wait_at(point).await;
                Ok(())
            }
            Action::Delay(delay) => {
                tokio::time::sleep(delay).await;
                Ok(())
            }
        }
    }

    fn action_at(point: Point) -> Option<Action> {
        fail::fail_point!(point.name(), |text| {
            let text = text.unwrap_or_default();
            Some(Action::parse(&text).unwrap_or_else(|| panic!("{} knows no {text:?}", point.name())))
        });
        None
    }

    /// Who is held at a point, and how often it was set: one that is set anew lets them go.
    #[derive(Clone, Copy, Default)]
    struct Gate {
        held: usize,
        times_set: u64,
    }

    static GATES: LazyLock<watch::Sender<HashMap<Point, Gate>>> = LazyLock::new(|| watch::Sender::new(HashMap::new()));

    fn gate_of(gates: &HashMap<Point, Gate>, point: Point) -> Gate {
        gates.get(&point).copied().unwrap_or_default()
    }

    fn open_gate(point: Point) {
        GATES.send_modify(|gates| {
            let gate = gates.entry(point).or_default();
            *gate = Gate { held: 0, times_set: gate.times_set + 1 };
        });
    }

    /// Waits without keeping a thread, or nobody might be left to see that an answer has come.
    async fn wait_at(point: Point) {
        let mut gates = GATES.subscribe();
        let times_set = gate_of(&gates.borrow(), point).times_set;
        GATES.send_modify(|gates| gates.entry(point).or_default().held += 1);
        let _ = gates.wait_for(|gates| gate_of(gates, point).times_set != times_set).await;
    }

    /// Waits until somebody is held at the point.
    pub async fn until_held(point: Point) {
        let mut gates = GATES.subscribe();
        let _ = gates.wait_for(|gates| gate_of(gates, point).held > 0).await;
    }

    /// From now on this happens at the point, in this whole process: `1*return(error)->off`, or `off`. Whoever is held
    /// there goes on.
    pub fn set(point: Point, actions: &str) {
        fail::cfg(point.name(), actions).unwrap_or_else(|error| panic!("{} = {actions}: {error}", point.name()));
        open_gate(point);
    }

    /// From now on nothing happens anywhere.
    pub fn clear() {
        for point in Point::ALL {
            fail::remove(point.name());
            open_gate(*point);
        }
    }

    /// Takes what `FAILPOINTS` says, for as long as the process lives.
    ///
    /// # Panics
    /// When it names a point that is not there, or cannot be read: a test that fails nothing proves nothing.
    pub fn arm_from_environment() {
        static ARMED: OnceLock<()> = OnceLock::new();
        ARMED.get_or_init(|| {
            let said = std::env::var("FAILPOINTS").unwrap_or_default();
            for step in said.split(';').filter(|step| !step.trim().is_empty()) {
                let (name, actions) = step.split_once('=').unwrap_or((step, ""));
                let point = Point::ALL.iter().find(|point| point.name() == name.trim());
                set(*point.unwrap_or_else(|| panic!("FAILPOINTS names {name:?}, which is no failpoint")), actions);
            }
        });
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_action_is_read_as_it_is_written() {
            let table = [
                ("error", Some(Action::Error)),
                ("delay:250", Some(Action::Delay(Duration::from_millis(250)))),
                ("delay:", None),
                ("delay", None),
                ("kill:now", None),
                ("", None),
            ];
            for (text, action) in table {
                assert_eq!(Action::parse(text), action, "{text}");
            }
        }

        #[test]
        fn no_two_points_share_a_name() {
            let mut names: Vec<_> = Point::ALL.iter().map(|point| point.name()).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Point::ALL.len());
        }
    }
}
