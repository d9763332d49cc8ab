//! The few texts that must differ between the engines, each with its reason.

use super::Engine;

/// Adding to a row that may not be there yet has no portable form.
pub fn add_to_sales_bucket(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            " ON CONFLICT (hour_start, product_id) DO UPDATE SET \
             quantity = quantity + excluded.quantity, amount = amount + excluded.amount"
        }
        Engine::MySql => {
            " ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity), amount = amount + VALUES(amount)"
        }
    }
}

/// Adding to a row that may not be there yet, again.
pub fn add_to_pairs(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            " ON CONFLICT (product_id, other_id) DO UPDATE SET order_count = order_count + excluded.order_count"
        }
        Engine::MySql => " ON DUPLICATE KEY UPDATE order_count = order_count + VALUES(order_count)",
    }
}

/// Adding to a row that may not be there yet, a third time.
pub fn add_to_tries(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            " ON CONFLICT (order_id) DO UPDATE SET \
             tries = tries + 1, last_error = excluded.last_error, last_at = excluded.last_at"
        }
        Engine::MySql => {
            " ON DUPLICATE KEY UPDATE tries = tries + 1, last_error = VALUES(last_error), last_at = VALUES(last_at)"
        }
    }
}

/// Adding to a row that may not be there yet, a fourth time.
pub fn add_to_minute(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => " ON CONFLICT (minute_start, shard, figure) DO UPDATE SET amount = amount + excluded.amount",
        Engine::MySql => " ON DUPLICATE KEY UPDATE amount = amount + VALUES(amount)",
    }
}

/// Raising a row that may not be there yet: the greater of two has two names, too.
pub fn raise_minute(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            " ON CONFLICT (minute_start, shard, figure) DO UPDATE SET amount = MAX(amount, excluded.amount)"
        }
        Engine::MySql => " ON DUPLICATE KEY UPDATE amount = GREATEST(amount, VALUES(amount))",
    }
}

/// Leaving a row as it is when it is there: what a shop without
/// [`Guard::RequestClaim`](crate::guards::Guard::RequestClaim) does with a request id.
pub fn keep_first_request(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => " ON CONFLICT (user_id, scope, request_id) DO NOTHING",
        Engine::MySql => " ON DUPLICATE KEY UPDATE user_id = VALUES(user_id)",
    }
}

/// Replacing a session's data, whether it is there or not, has no portable form.
pub fn replace_session(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            " ON CONFLICT (id) DO UPDATE SET \
             user_id = excluded.user_id, data = excluded.data, expires_at = excluded.expires_at"
        }
        Engine::MySql => {
            " ON DUPLICATE KEY UPDATE user_id = VALUES(user_id), data = VALUES(data), expires_at = VALUES(expires_at)"
        }
    }
}

/// What sorts after every character that is not it: SQLite compares bytes, MySQL by a collation to which all characters
/// beyond the first plane are alike, and less than the last one within it.
pub fn last_character(engine: Engine) -> char {
    match engine {
        Engine::Sqlite => '\u{10ffff}',
        Engine::MySql => '\u{ffff}',
    }
}

/// Neither engine knows the other's function for the id it just counted.
pub fn last_inserted_id(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT last_insert_rowid() AS id",
        Engine::MySql => "SELECT CAST(LAST_INSERT_ID() AS SIGNED INTEGER) AS id",
    }
}

/// A test for `count` rows of values. To MariaDB one list costs a third of as many tests joined by OR; SQLite would
/// read the whole table for the list, and looks each row up for the tests.
pub fn is_one_of<const N: usize>(engine: Engine, columns: [&str; N], count: usize) -> String {
    match engine {
        Engine::Sqlite => {
            let row = columns.map(|column| format!("{column} = ?")).join(" AND ");
            format!("({})", vec![format!("({row})"); count].join(" OR "))
        }
        Engine::MySql => {
            let row = format!("({})", ["?"; N].join(", "));
            format!("({}) IN ({})", columns.join(", "), vec![row; count].join(", "))
        }
    }
}

/// The database's clock in epoch milliseconds, which no function of both tells.
pub fn current_time(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now",
        Engine::MySql => "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED INTEGER) AS now",
    }
}

/// A literal substring, ASCII capitals taken for small letters. Under MySQL's own collations an accent does
/// not count and every emoji is every other, so it compares characters there.
pub fn contains(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!("{column} LIKE ? ESCAPE '!'"),
        Engine::MySql => format!("LOWER({column}) COLLATE utf8mb4_bin LIKE LOWER(?) ESCAPE '!'"),
    }
}

/// SQLite's readers see one moment by themselves; MySQL's transactions are set to see what is committed. It
/// locks nothing, so MariaDB (what is a comment to MySQL) lets it wait for whoever takes what it reads.
pub const BEGIN_MYSQL_SNAPSHOT: &str = "SET SESSION innodb_lock_wait_timeout = DEFAULT /*M!100300 , idle_transaction_timeout = 0 */; \
     SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT";

/// The same among the connections that serve: what it sets ends with its transaction.
pub const BEGIN_MYSQL_READING: &str =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Table, column, type, and the column's place in the primary key or 0, in no order.
pub fn every_column(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT m.name AS table_name, c.name AS column_name, LOWER(c.type) AS type_name, c.pk + 0 AS key_part \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
        }
        Engine::MySql => {
            "SELECT c.table_name AS table_name, c.column_name AS column_name, CAST(c.data_type AS CHAR) AS type_name, \
             CAST(COALESCE(k.ordinal_position, 0) AS SIGNED INTEGER) AS key_part \
             FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage k \
             ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name \
             AND k.constraint_name = 'PRIMARY' \
             WHERE c.table_schema = DATABASE()"
        }
    }
}

/// Each table's next id. MySQL 8 would otherwise answer with yesterday's figures.
pub fn every_counter(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT name AS table_name, seq + 1 AS next_id FROM sqlite_sequence ORDER BY name",
        Engine::MySql => {
            "SELECT /*+ SET_VAR(information_schema_stats_expiry = 0) */ table_name AS table_name, \
             CAST(auto_increment AS SIGNED INTEGER) AS next_id FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND auto_increment > 1 ORDER BY table_name"
        }
    }
}

/// Statements that make `next_id` the next. MySQL takes no values here.
pub fn set_counter(engine: Engine, table: &str, next_id: i64) -> Vec<String> {
    match engine {
        Engine::Sqlite => vec![
            format!("DELETE FROM sqlite_sequence WHERE name = '{table}'"),
            format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {next_id} - 1)"),
        ],
        Engine::MySql => vec![format!("ALTER TABLE {table} AUTO_INCREMENT = {next_id}")],
    }
}
