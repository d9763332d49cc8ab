//! What is wrong with the database itself, where that is why it said no, and what its owner can do. Everybody who
//! writes such a fault to the log says the sentence with it, since [`Fault`](crate::Fault) does.

use sqlx::error::DatabaseError;

/// Why no statement of this kind can work, whoever's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no room left to write.
    Full,
    /// Nobody lets us write.
    ReadOnly,
    /// The system failed to write or to read: a broken disk, a quota, a limit on the size of files.
    Failing,
    /// The file cannot be opened.
    Closed,
    /// What is in the file is not, or no longer, a database.
    Damaged,
}

impl Trouble {
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        let sqlx::Error::Database(error) = error else { return None };
        match error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            Some(mysql) => Self::of_mysql(mysql.number()),
            None => Self::of_sqlite(&**error),
        }
    }

    /// By SQLite's primary codes, which are the low byte of the extended ones.
    fn of_sqlite(error: &dyn DatabaseError) -> Option<Self> {
        let code: u32 = error.code()?.parse().ok()?;
        match code & 0xff {
            8 => Some(Self::ReadOnly),
            10 => Some(Self::Failing),
            11 | 26 => Some(Self::Damaged),
            13 => Some(Self::Full),
            14 => Some(Self::Closed),
            _ => None,
        }
    }

    /// 1021 disk full, 1114 table full; 1290 an option of the server and 1836 its mode, both of which say read-only.
    fn of_mysql(number: u16) -> Option<Self> {
        match number {
            1021 | 1114 => Some(Self::Full),
            1290 | 1836 => Some(Self::ReadOnly),
            _ => None,
        }
    }

    /// What to do, as one clause.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Full => {
                "free some space on the disk that holds the database: nothing was lost, and the shop goes on by itself"
            }
            Self::ReadOnly => {
                "let the shop's account write the database's file and its folder (or the server: it is read-only), and \
                 mount its disk for writing: nothing was lost"
            }
            Self::Failing => {
                "look at the disk that holds the database: its health, quotas and limits on the size of files, and whether \
                 it is mounted for writing"
            }
            Self::Closed => {
                "check that the database's file and its folder are there and that the shop's account may read and write them"
            }
            Self::Damaged => {
                "the file is damaged, or is no database of a shop: stop the shop, keep the file, and restore the last backup \
                 as docs/backup.md says"
            }
        }
    }
}
