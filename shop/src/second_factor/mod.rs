//! The second factor of operators: a code of the minute from an app on their phone (RFC 6238), or one of ten recovery
//! codes. [`codes`] says what a code is (pure), [`seal`] keeps the secrets behind them unreadable to who only has the
//! database, [`service`] enrols, asks and forgets. A code counts once.

pub mod codes;
pub mod seal;
pub mod service;
mod store;

pub use seal::SealKey;
