//! Many accounts and wallets at once. Only for a shop that is empty.

use crate::database::{Sql, Tx, insert_rows};
use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;
use crate::user::Role;

/// How much there is of everything that a filled shop must not have before.
pub async fn count_everything(tx: &mut Tx) -> Result<i64, Fault> {
    let mut rows = 0;
    for table in ["users", "products", "coupons", "orders", "point_transactions", "requests"] {
        let sql = Sql::new(format!("SELECT COUNT(*) AS n FROM {table}"));
        rows += tx.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("n"))?;
    }
    Ok(rows)
}

/// Shoppers with an empty wallet each, all under one password hash; gives their ids in order.
pub async fn write_shoppers(
    tx: &mut Tx,
    count: u32,
    password_hash: &str,
    now: Timestamp,
) -> Result<Vec<UserId>, Fault> {
    let rows = (1..=count)
        .map(|number| {
            let email = format!("load-{number}@damda.example");
            vec![
                email.as_str().into(),
                email.as_str().into(),
                format!("손님 {number}").into(),
                Role::Shopper.as_str().into(),
                password_hash.into(),
                now.into(),
            ]
        })
        .collect();
    insert_rows(tx, "INSERT INTO users (email, email_key, name, role, password_hash, created_at)", rows, "").await?;
    let ids = tx.fetch_all(Sql::new("SELECT id FROM users ORDER BY id")).await?;
    let ids = ids.iter().map(|row| row.int("id").map(UserId::new)).collect::<Result<Vec<_>, _>>()?;
    let wallets = ids.iter().map(|id| vec![(*id).into(), 0i64.into()]).collect();
    insert_rows(tx, "INSERT INTO wallets (user_id, balance)", wallets, "").await?;
    Ok(ids)
}
