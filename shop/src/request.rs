//! Request ids (SPEC reading 6): who asked what under which key, so that the same request is answered
//! again and never done again.

use crate::error::{Error, FieldProblem};
use crate::id::UserId;
use sha2::{Digest, Sha256};

/// A client's `requestId`: 1…128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(String);

impl RequestKey {
    /// # Errors
    /// `validation_failed` on `request_id`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let good = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text.to_owned())) } else { Err(Error::invalid("request_id", FieldProblem::Malformed)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which endpoint a request id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Order,
    Charge,
    /// Of an operator: the user of such a request is the operator.
    Refund,
    /// The same of an adjustment.
    Adjustment,
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Order => "order",
            Scope::Charge => "charge",
            Scope::Refund => "refund",
            Scope::Adjustment => "adjustment",
        }
    }
}

/// SHA-256 of what was asked, in a canonical form.
pub type BodyHash = [u8; 32];

/// One request under its id, with the hash of what it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub user_id: UserId,
    pub scope: Scope,
    pub key: RequestKey,
    pub body_hash: BodyHash,
}

impl Request {
    /// `body` is any canonical text of what is asked: equal for equal requests only.
    pub fn new(user_id: UserId, scope: Scope, key: RequestKey, body: &str) -> Self {
        Self { user_id, scope, key, body_hash: Sha256::digest(body.as_bytes()).into() }
    }

    /// What makes the id unique.
    pub fn claim(&self) -> (UserId, Scope, &RequestKey) {
        (self.user_id, self.scope, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_1_to_128_visible_ascii_characters() {
        let table = [("a", true), ("018f-…", false), ("", false), ("a b", false), ("a\n", false), ("~!", true)];
        for (key, good) in table {
            assert_eq!(RequestKey::parse(key).is_ok(), good, "{key:?}");
        }
        assert!(RequestKey::parse(&"k".repeat(128)).is_ok());
        assert!(RequestKey::parse(&"k".repeat(129)).is_err());
    }
}
