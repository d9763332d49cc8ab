//! The one checker: every invariant of money, stock and coupons, summed up from the rows. Tests, load runs,
//! backups, operators and [`job`] run the same. It only reads, in one transaction that sees one moment, so that it
//! is exact while the shop sells, and nobody waits for it.

pub mod job;
mod store;

use crate::database::Db;
use crate::error::Fault;
use std::fmt;

/// One invariant, the figure it sums up to, and every row that breaks it (the first hundred).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub figure: String,
    pub broken: Vec<String>,
    /// By how much those rows are off together, where that is one figure.
    pub gap: Option<Gap>,
}

/// How much is too much or too little, all of it added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub amount: i64,
    pub unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Won,
    Pieces,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Won => "won",
            Unit::Pieces if self.amount == 1 => "piece",
            Unit::Pieces => "pieces",
        };
        write!(f, "{} {unit}", self.amount)
    }
}

impl Check {
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Checks everything. The shop holds when every check does.
pub async fn verify_shop(db: &Db) -> Result<Vec<Check>, Fault> {
    let mut tx = db.begin_reading().await?;
    store::run_checks(&mut tx).await
}
