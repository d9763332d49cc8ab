//! Browser sessions in the database. The id given here is already a digest: who reads the table cannot
//! log in with it. What a session holds is the caller's business. The statements are `store.rs`'s.

pub use super::store::{delete_expired_sessions, delete_session, find_session, save_session};
