//! Unfinished orders whose time lies ahead of the clock. Those whose time is over are in `order/store.rs`.

use crate::database::{Db, Sql};
use crate::error::Fault;
use crate::id::OrderId;
use crate::order::OrderStatus;
use crate::time::Timestamp;

/// Ids of orders that came into a status after `after`, as its clock says.
pub async fn list_ahead(db: &Db, status: OrderStatus, after: Timestamp, most: i64) -> Result<Vec<OrderId>, Fault> {
    let since = match status {
        OrderStatus::Paid => "paid_at",
        OrderStatus::Pending => "pending_at",
        _ => "created_at",
    };
    let sql = Sql::new("SELECT id FROM orders WHERE status = ? AND ")
        .then(since)
        .then(" > ? ORDER BY created_at LIMIT ?")
        .bind(status)
        .bind(after)
        .bind(most);
    db.fetch_all(sql).await?.iter().map(|row| row.id("id", OrderId::from_bytes)).collect()
}
