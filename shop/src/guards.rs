//! The guards that keep a race from being lost, by name, so that each can be taken out to prove that the
//! race tests bite. They are taken out only in a build with the feature `loose-guards`, which no release has:
//! there every guard is a constant `true` and the question costs nothing. `scripts/bite.sh` asks it.

/// One guard. What stands behind it is where [`is_on`] is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A guarded UPDATE checks how many rows it met.
    RowCount,
    /// UNIQUE and PRIMARY KEY of pieces, request ids and causes of postings, in the schema of the tests.
    UniqueKeys,
    /// Rows are locked by id, not as they come.
    SortedLocks,
    /// MySQL reads what is committed, not what was when the transaction began.
    ReadCommitted,
    /// The gate counts a coupon in one step: one script in Redis, one lock in the process.
    CouponStep,
    /// A request id is claimed in the transaction that does what it asks.
    RequestClaim,
    /// A paid order holds its coupon.
    HeldStep,
    /// A charge leaves the room that owed refunds wait for.
    OwedRoom,
}

impl Guard {
    pub const ALL: [Guard; 8] = [
        Guard::RowCount,
        Guard::UniqueKeys,
        Guard::SortedLocks,
        Guard::ReadCommitted,
        Guard::CouponStep,
        Guard::RequestClaim,
        Guard::HeldStep,
        Guard::OwedRoom,
    ];

    /// How `DAMDA_WITHOUT_GUARD` names it.
    pub fn name(self) -> &'static str {
        match self {
            Guard::RowCount => "row-count",
            Guard::UniqueKeys => "unique-keys",
            Guard::SortedLocks => "sorted-locks",
            Guard::ReadCommitted => "read-committed",
            Guard::CouponStep => "coupon-step",
            Guard::RequestClaim => "request-claim",
            Guard::HeldStep => "held-step",
            Guard::OwedRoom => "owed-room",
        }
    }
}

/// Whether this guard stands: always, but in a build made to show what happens without it.
#[cfg(not(feature = "loose-guards"))]
pub const fn is_on(_: Guard) -> bool {
    true
}

/// Whether this guard stands: all do but the one that `DAMDA_WITHOUT_GUARD` names.
#[cfg(feature = "loose-guards")]
pub fn is_on(guard: Guard) -> bool {
    static REMOVED: std::sync::OnceLock<Option<Guard>> = std::sync::OnceLock::new();
    let removed = REMOVED.get_or_init(|| {
        let name = std::env::var("DAMDA_WITHOUT_GUARD").ok().filter(|name| !name.is_empty())?;
        let guard = Guard::ALL.into_iter().find(|guard| guard.name() == name);
        Some(guard.unwrap_or_else(|| panic!("DAMDA_WITHOUT_GUARD names {name}, which is no guard")))
    });
    *removed != Some(guard)
}

#[cfg(all(feature = "loose-guards", not(debug_assertions)))]
compile_error!("a shop with `loose-guards` can lose money: no optimised build may have it");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_takes_out_every_guard() {
        let script = include_str!("../../scripts/bite.sh");
        for guard in Guard::ALL {
            assert!(script.contains(&format!("  \"{}|", guard.name())), "{} is not in scripts/bite.sh", guard.name());
        }
    }

    #[test]
    fn every_guard_is_on_unless_it_is_taken_out_on_purpose() {
        if cfg!(not(feature = "loose-guards")) {
            assert!(Guard::ALL.into_iter().all(is_on));
        }
    }
}
