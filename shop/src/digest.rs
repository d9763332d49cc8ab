//! Digests of 32 bytes as forms and addresses carry them: in hexadecimal.

/// 64 small digits.
pub fn write_digest(digest: &[u8; 32]) -> String {
    hex::encode(digest)
}

/// `None` unless it is one.
pub fn parse_digest(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}
