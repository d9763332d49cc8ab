//! Accounts and their browser sessions in the database.

use super::model::{Role, User};
use crate::database::{Db, Row, Sql, Tx, dialect};
use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;

const USER_COLUMNS: &str = "SELECT id, email, name, role, password_hash, auth_version, created_at FROM users WHERE ";

/// An account with what its password is checked against.
#[derive(Clone)]
pub struct UserRow {
    pub user: User,
    pub password_hash: String,
}

fn user_of(row: &Row) -> Result<UserRow, Fault> {
    let user = User {
        id: UserId::new(row.int("id")?),
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.parsed("role", Role::from_text)?,
        auth_version: row.int("auth_version")?,
        created_at: row.time("created_at")?,
    };
    Ok(UserRow { user, password_hash: row.text("password_hash")? })
}

pub async fn find_user(db: &Db, id: UserId) -> Result<Option<UserRow>, Fault> {
    let sql = Sql::new(USER_COLUMNS).then("id = ?").bind(id);
    db.fetch_optional(sql).await?.as_ref().map(user_of).transpose()
}

/// By the canonical form of the address.
pub async fn find_user_by_email(db: &Db, email_key: &str) -> Result<Option<UserRow>, Fault> {
    let sql = Sql::new(USER_COLUMNS).then("email_key = ?").bind(email_key);
    db.fetch_optional(sql).await?.as_ref().map(user_of).transpose()
}

pub async fn count_users(db: &Db) -> Result<i64, Fault> {
    let row = db.fetch_optional(Sql::new("SELECT COUNT(*) AS users FROM users")).await?;
    row.map_or(Ok(0), |row| row.int("users"))
}

/// A person to be stored; their password is already hashed.
pub struct NewUserRow<'a> {
    pub email: &'a str,
    pub email_key: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
}

pub async fn write_user(tx: &mut Tx, new: &NewUserRow<'_>, now: Timestamp) -> Result<UserId, Fault> {
    let sql = Sql::new(
        "INSERT INTO users (email, email_key, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(new.email)
    .bind(new.email_key)
    .bind(new.name)
    .bind(new.role.as_str())
    .bind(new.password_hash)
    .bind(now);
    tx.execute_exactly(1, "the new account", sql).await?;
    tx.last_inserted_id().await.map(UserId::new)
}

/// Sets a new password and ends everything that was issued for the old one.
pub async fn write_password(tx: &mut Tx, id: UserId, password_hash: &str) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE users SET password_hash = ?, auth_version = auth_version + 1 WHERE id = ?")
        .bind(password_hash)
        .bind(id);
    tx.execute_exactly(1, "the account whose password changes", sql).await?;
    let sql = Sql::new("DELETE FROM sessions WHERE user_id = ?").bind(id);
    tx.execute(sql).await.map(drop)
}

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
