//! Sealing: what the shop must be able to read again, and nobody who only has the database. ChaCha20-Poly1305 under a
//! key made from the shop's signing key; whose it is goes into the seal, so that no row opens as another's.

use crate::id::UserId;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// The key of the seals. It prints as nothing.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// The key of a shop with this secret. Another secret opens none of its seals.
    pub fn of_secret(secret: &[u8]) -> Self {
        Self(Sha256::new().chain_update("damda second factor\n").chain_update(secret).finalize().into())
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.0).expect("the key has the length of the cipher's");
        LessSafeKey::new(key)
    }

    /// `nonce` is random, each time anew.
    pub fn seal(&self, owner: UserId, text: &[u8], nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let mut sealed = text.to_vec();
        let whose = Aad::from(owner.get().to_be_bytes());
        self.cipher()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), whose, &mut sealed)
            .expect("a few bytes are not too many for the cipher");
        [nonce.as_slice(), &sealed].concat()
    }

    /// `None` when it was sealed under another key, for somebody else, or changed since.
    pub fn open(&self, owner: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let text = self.cipher().open_in_place(nonce, Aad::from(owner.get().to_be_bytes()), &mut rest).ok()?;
        Some(text.to_vec())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_owner_under_its_key_and_for_nobody_else() {
        let (key, owner) = (SealKey::of_secret(b"one"), UserId::new(7));
        let sealed = key.seal(owner, b"secret", [9; NONCE_LEN]);
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(key.open(owner, &sealed).as_deref(), Some(b"secret".as_slice()));
        assert_eq!(key.open(UserId::new(8), &sealed), None);
        assert_eq!(SealKey::of_secret(b"other").open(owner, &sealed), None);
        let mut changed = sealed.clone();
        changed[13] ^= 1;
        assert_eq!(key.open(owner, &changed), None);
        assert_eq!(key.open(owner, &sealed[..5]), None);
        assert_eq!(format!("{key:?}"), "…");
    }
}
