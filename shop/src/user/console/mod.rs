//! Accounts as operators see them: found by what is known of them ([`search`]), each with what answers "where did my
//! money go?" ([`detail`]): what the wallet holds, every posting with its cause, what still waits. All of it is about a
//! person, so all of it takes who may see people; each look at one is a row of the log. Nothing here changes anything.

pub mod detail;
pub mod model;
pub mod search;
mod store;
