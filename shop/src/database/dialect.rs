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

/// Neither engine knows the other's function for the id it just counted.
pub fn last_inserted_id(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT last_insert_rowid() AS id",
        Engine::MySql => "SELECT CAST(LAST_INSERT_ID() AS SIGNED INTEGER) AS id",
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
