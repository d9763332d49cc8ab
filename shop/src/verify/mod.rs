//! The one checker: every invariant of money, stock and coupons, summed up from the rows. Tests, load runs
//! and operators run the same; it only reads, and one moment's snapshot is enough for it to be exact.

mod store;

use crate::database::Db;
use crate::error::Fault;

/// One invariant, the figure it sums up to, and every row that breaks it (the first hundred).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub figure: String,
    pub broken: Vec<String>,
}

impl Check {
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Checks everything. The shop holds when every check does.
pub async fn verify_shop(db: &Db) -> Result<Vec<Check>, Fault> {
    store::run_checks(db).await
}
