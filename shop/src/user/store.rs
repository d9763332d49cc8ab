//! Accounts and their browser sessions in the database.

use super::model::{Language, Role, User};
use crate::database::{Db, Row, Sql, Tx, dialect};
use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;

/// A closed account is found by nothing.
const OPEN_USERS: &str = "SELECT id, email, name, role, lang, password_hash, auth_version, frozen_at, created_at \
                          FROM users WHERE closed_at IS NULL AND ";

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
        lang: row.parsed("lang", Language::from_text)?,
        auth_version: row.int("auth_version")?,
        frozen_at: row.maybe_time("frozen_at")?,
        created_at: row.time("created_at")?,
    };
    Ok(UserRow { user, password_hash: row.text("password_hash")? })
}

pub async fn find_user(db: &Db, id: UserId) -> Result<Option<UserRow>, Fault> {
    Ok(find_users(db, &[id]).await?.pop())
}

/// Those of these accounts that are open, in no order. One statement.
pub async fn find_users(db: &Db, ids: &[UserId]) -> Result<Vec<UserRow>, Fault> {
    let sql = Sql::new(OPEN_USERS).then("id IN ").list(ids.iter().copied());
    db.fetch_all(sql).await?.iter().map(user_of).collect()
}

/// By the canonical form of the address.
pub async fn find_user_by_email(db: &Db, email_key: &str) -> Result<Option<UserRow>, Fault> {
    let sql = Sql::new(OPEN_USERS).then("email_key = ?").bind(email_key);
    db.fetch_optional(sql).await?.as_ref().map(user_of).transpose()
}

pub async fn count_users(db: &Db) -> Result<i64, Fault> {
    let row = db.fetch_optional(Sql::new("SELECT COUNT(*) AS users FROM users WHERE closed_at IS NULL")).await?;
    row.map_or(Ok(0), |row| row.int("users"))
}

/// A person to be stored; their password is already hashed.
pub struct NewUserRow<'a> {
    pub email: &'a str,
    pub email_key: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub lang: Language,
    pub password_hash: &'a str,
    pub age_confirmed_at: Option<Timestamp>,
}

pub async fn write_user(tx: &mut Tx, new: &NewUserRow<'_>, now: Timestamp) -> Result<UserId, Fault> {
    let sql = Sql::new(
        "INSERT INTO users (email, email_key, name, role, lang, password_hash, age_confirmed_at, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.email)
    .bind(new.email_key)
    .bind(new.name)
    .bind(new.role.as_str())
    .bind(new.lang.as_str())
    .bind(new.password_hash)
    .bind(new.age_confirmed_at.map(Timestamp::millis))
    .bind(now);
    tx.execute_exactly(1, "the new account", sql).await?;
    tx.last_inserted_id().await.map(UserId::new)
}

/// Sets a new password and ends everything that was issued for the old one, links to reset it included.
pub async fn write_password(tx: &mut Tx, id: UserId, password_hash: &str, now: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE users SET password_hash = ?, auth_version = auth_version + 1 WHERE id = ?")
        .bind(password_hash)
        .bind(id);
    tx.execute_exactly(1, "the account whose password changes", sql).await?;
    let sql =
        Sql::new("UPDATE password_resets SET used_at = ? WHERE user_id = ? AND used_at IS NULL").bind(now).bind(id);
    tx.execute(sql).await?;
    delete_sessions_of(tx, id).await
}

/// Sets a new name.
pub async fn write_name(tx: &mut Tx, id: UserId, name: &str) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE users SET name = ? WHERE id = ? AND closed_at IS NULL").bind(name).bind(id);
    tx.execute_exactly(1, "the account that is renamed", sql).await
}

/// Keeps which language this person reads.
pub async fn write_lang(tx: &mut Tx, id: UserId, lang: Language) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE users SET lang = ? WHERE id = ? AND closed_at IS NULL").bind(lang.as_str()).bind(id);
    tx.execute_exactly(1, "the account whose language changes", sql).await
}

/// Keeps a person out from `frozen_at` on, or lets them in again; either way what was issued before is over.
pub async fn write_frozen(tx: &mut Tx, id: UserId, frozen_at: Option<Timestamp>) -> Result<(), Fault> {
    let sql =
        Sql::new("UPDATE users SET frozen_at = ?, auth_version = auth_version + 1 WHERE id = ? AND closed_at IS NULL")
            .bind(frozen_at.map(Timestamp::millis))
            .bind(id);
    tx.execute_exactly(1, "the account whose standing changes", sql).await?;
    delete_sessions_of(tx, id).await
}

/// Gives an account another role; what was issued for the old one is over.
pub async fn write_role(tx: &mut Tx, id: UserId, role: Role) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE users SET role = ?, auth_version = auth_version + 1 WHERE id = ? AND closed_at IS NULL")
        .bind(role.as_str())
        .bind(id);
    tx.execute_exactly(1, "the account whose role changes", sql).await?;
    delete_sessions_of(tx, id).await
}

/// Removes the person from an account, for good. The row stays, nameless, because orders, postings and
/// coupons point to it; its key holds no `@`, so that nobody's address is ever it. Five statements.
pub async fn write_closed(tx: &mut Tx, id: UserId, now: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new(
        "UPDATE users SET email = '', email_key = ?, name = '', password_hash = '', age_confirmed_at = NULL, \
         closed_at = ?, auth_version = auth_version + 1 WHERE id = ? AND closed_at IS NULL",
    )
    .bind(format!("closed:{id}"))
    .bind(now)
    .bind(id);
    tx.execute_exactly(1, "the account that is closed", sql).await?;
    tx.execute(Sql::new("DELETE FROM password_resets WHERE user_id = ?").bind(id)).await?;
    tx.execute(Sql::new("DELETE FROM recovery_codes WHERE user_id = ?").bind(id)).await?;
    tx.execute(Sql::new("DELETE FROM second_factors WHERE user_id = ?").bind(id)).await?;
    delete_sessions_of(tx, id).await
}

/// Whether somebody is kept out, and whether they are still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingRow {
    pub frozen_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
}

/// An account's standing under lock: whoever freezes or closes it waits. `None` when there is no such account.
pub async fn lock_standing(tx: &mut Tx, id: UserId) -> Result<Option<StandingRow>, Fault> {
    let sql = Sql::new("SELECT frozen_at, closed_at FROM users WHERE id = ? FOR UPDATE").bind(id);
    let Some(row) = tx.fetch_optional(sql).await? else { return Ok(None) };
    Ok(Some(StandingRow { frozen_at: row.maybe_time("frozen_at")?, closed_at: row.maybe_time("closed_at")? }))
}

/// Notes that a shopper is kept from ordering and claiming, in place of the time before. Two statements.
pub async fn write_block(tx: &mut Tx, id: UserId, until: Timestamp, now: Timestamp) -> Result<(), Fault> {
    delete_block(tx, id).await?;
    let sql = Sql::new("INSERT INTO shopper_blocks (user_id, created_at, until) VALUES (?, ?, ?)")
        .bind(id)
        .bind(now)
        .bind(until);
    tx.execute_exactly(1, "the block", sql).await
}

pub async fn delete_block(tx: &mut Tx, id: UserId) -> Result<(), Fault> {
    tx.execute(Sql::new("DELETE FROM shopper_blocks WHERE user_id = ?").bind(id)).await.map(drop)
}

/// Ends everything that was issued for this account; it stays as it is otherwise.
pub async fn write_signed_out(tx: &mut Tx, id: UserId) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE users SET auth_version = auth_version + 1 WHERE id = ? AND closed_at IS NULL").bind(id);
    tx.execute_exactly(1, "the account that is signed out", sql).await?;
    delete_sessions_of(tx, id).await
}

async fn delete_sessions_of(tx: &mut Tx, id: UserId) -> Result<(), Fault> {
    tx.execute(Sql::new("DELETE FROM sessions WHERE user_id = ?").bind(id)).await.map(drop)
}

/// A link to set a new password, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetRow {
    pub user_id: UserId,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

pub async fn write_reset(
    tx: &mut Tx,
    digest: [u8; 32],
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let sql = Sql::new("INSERT INTO password_resets (digest, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)")
        .bind(digest)
        .bind(user)
        .bind(now)
        .bind(expires_at);
    tx.execute_exactly(1, "the new link", sql).await
}

pub async fn find_reset(db: &Db, digest: [u8; 32]) -> Result<Option<ResetRow>, Fault> {
    let sql = Sql::new("SELECT user_id, expires_at, used_at FROM password_resets WHERE digest = ?").bind(digest);
    let Some(row) = db.fetch_optional(sql).await? else { return Ok(None) };
    Ok(Some(ResetRow {
        user_id: UserId::new(row.int("user_id")?),
        expires_at: row.time("expires_at")?,
        used_at: row.maybe_time("used_at")?,
    }))
}

/// Uses a link up; whether it was still good.
pub async fn use_reset(tx: &mut Tx, digest: [u8; 32], now: Timestamp) -> Result<bool, Fault> {
    let sql =
        Sql::new("UPDATE password_resets SET used_at = ? WHERE digest = ? AND used_at IS NULL AND expires_at > ?")
            .bind(now)
            .bind(digest)
            .bind(now);
    tx.execute(sql).await.map(|rows| rows == 1)
}

/// Drops links that ended before this moment; gives how many.
pub async fn delete_old_resets(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(Sql::new("DELETE FROM password_resets WHERE expires_at <= ?").bind(before)).await
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

/// Stores what a session holds now, if it is still there; whether it is. One that was ended meanwhile stays ended.
pub async fn update_session(
    db: &Db,
    id: [u8; 32],
    user: Option<UserId>,
    data: &[u8],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, Fault> {
    let sql = Sql::new("UPDATE sessions SET user_id = ?, data = ?, expires_at = ?, seen_at = ? WHERE id = ?")
        .bind(user.map(UserId::get))
        .bind(data)
        .bind(expires_at)
        .bind(now)
        .bind(id);
    db.execute(sql).await.map(|rows| rows == 1)
}

/// What is known of where a session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionOrigin<'a> {
    pub address: Option<&'a str>,
    /// What kind of browser it says to be.
    pub browser: Option<&'a str>,
}

/// Notes when and where a session began.
pub async fn write_origin(db: &Db, id: [u8; 32], origin: SessionOrigin<'_>, now: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE sessions SET begun_at = ?, seen_at = ?, address = ?, browser = ? WHERE id = ?")
        .bind(now)
        .bind(now)
        .bind(origin.address.map(str::to_owned))
        .bind(origin.browser.map(str::to_owned))
        .bind(id);
    db.execute(sql).await.map(drop)
}

/// A session as its owner sees it. What an older program began has no past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSession {
    /// The digest of its id, which opens nothing.
    pub digest: [u8; 32],
    pub begun_at: Option<Timestamp>,
    /// To the hour.
    pub seen_at: Option<Timestamp>,
    pub address: Option<String>,
    pub browser: Option<String>,
}

/// Somebody's sessions, the one that was used last first.
pub async fn list_sessions(db: &Db, user: UserId, most: i64, now: Timestamp) -> Result<Vec<KnownSession>, Fault> {
    let sql = Sql::new(
        "SELECT id, begun_at, seen_at, address, browser FROM sessions WHERE user_id = ? AND expires_at > ? \
         ORDER BY COALESCE(seen_at, 0) DESC, id LIMIT ?",
    )
    .bind(user)
    .bind(now)
    .bind(most);
    let known_of = |row: &Row| {
        Ok(KnownSession {
            digest: row.id("id", |bytes| bytes.try_into().ok())?,
            begun_at: row.maybe_time("begun_at")?,
            seen_at: row.maybe_time("seen_at")?,
            address: row.maybe_text("address")?,
            browser: row.maybe_text("browser")?,
        })
    };
    db.fetch_all(sql).await?.iter().map(known_of).collect()
}

/// Removes a session of this account; whether there was one.
pub async fn delete_session_of(tx: &mut Tx, user: UserId, id: [u8; 32]) -> Result<bool, Fault> {
    let sql = Sql::new("DELETE FROM sessions WHERE id = ? AND user_id = ?").bind(id).bind(user);
    tx.execute(sql).await.map(|rows| rows == 1)
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
