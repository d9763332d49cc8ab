//! Browser sessions in the database. The id given here is already a digest: who reads the table cannot
//! log in with it. What a session holds is the caller's business.

use crate::database::{Db, Sql, dialect};
use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;

/// Stores a session, new or not.
pub async fn save_session(
    db: &Db,
    id: [u8; 32],
    user: Option<UserId>,
    data: &[u8],
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let sql = Sql::new("INSERT INTO sessions (id, user_id, data, expires_at) VALUES (?, ?, ?, ?)")
        .then(dialect::replace_session(db.engine()))
        .bind(id)
        .bind(user.map(UserId::get))
        .bind(data)
        .bind(expires_at);
    db.execute(sql).await.map(drop)
}

/// What a session that has not expired holds.
pub async fn find_session(db: &Db, id: [u8; 32], now: Timestamp) -> Result<Option<Vec<u8>>, Fault> {
    let sql = Sql::new("SELECT data FROM sessions WHERE id = ? AND expires_at > ?").bind(id).bind(now);
    db.fetch_optional(sql).await?.map(|row| row.bytes("data")).transpose()
}

pub async fn delete_session(db: &Db, id: [u8; 32]) -> Result<(), Fault> {
    db.execute(Sql::new("DELETE FROM sessions WHERE id = ?").bind(id)).await.map(drop)
}

/// Gives how many were dropped.
pub async fn delete_expired_sessions(db: &Db, now: Timestamp) -> Result<u64, Fault> {
    db.execute(Sql::new("DELETE FROM sessions WHERE expires_at <= ?").bind(now)).await
}
