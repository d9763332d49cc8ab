//! A notice and the name it is known by.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The SHA-256 of a notice in 64 small hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeDigest(String);

impl NoticeDigest {
    /// `None` unless it is 64 small hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// Of a notice with this name, language and text: another word is another notice.
    #[cfg(feature = "server")]
    pub fn of(name: &str, lang: &str, body: &str) -> Self {
        use sha2::{Digest, Sha256};
        Self(hex::encode(Sha256::digest(format!("{name}\n{lang}\n{body}"))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NoticeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub digest: NoticeDigest,
    /// What it is about, `withdrawal`.
    pub name: String,
    /// Its language, `ko` or `en`.
    pub lang: String,
    /// Markdown.
    pub body: String,
    /// Since when it is shown.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_small_hexadecimal_digits() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(NoticeDigest::parse(&good).map(|digest| digest.to_string()), Some(good.clone()));
        for wrong in ["", "abc", &good.to_uppercase(), &format!("{good}0"), &good.replace('0', "/")] {
            assert_eq!(NoticeDigest::parse(wrong), None, "{wrong}");
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn every_part_of_a_notice_counts() {
        let digests =
            [("a", "ko", "x"), ("b", "ko", "x"), ("a", "en", "x"), ("a", "ko", "y")].map(|(name, lang, body)| {
                let digest = NoticeDigest::of(name, lang, body);
                assert_eq!(NoticeDigest::parse(digest.as_str()), Some(digest.clone()));
                digest
            });
        assert_eq!(std::collections::BTreeSet::from(digests).len(), 4);
    }
}
