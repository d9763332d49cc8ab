//! Browsers in which the owner of an account has logged in before. A cookie says whose device it is, under a seal
//! that only the server can make. It opens nothing: it only makes failed logins count for this device by itself, so
//! that a stranger who fails on purpose does not keep the owner out (SPEC reading 9).

use crate::cookies::{LONG_SECONDS, find_cookie, keep_cookie};
use crate::visit::shop;
use leptos::prelude::use_context;
use shop::id::UserId;
use shop::user::service::KnownDevice;
use std::fmt;
use std::sync::Arc;

const COOKIE: &str = "device";

/// Makes the seal of a text. The server puts it into the context of each request.
#[derive(Clone)]
pub struct Seal(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Seal {
    /// `make` gives the same text the same seal, one that nobody else can make, of letters, digits, `-` and `_`.
    pub fn new(make: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// The cookie of a device.
    pub fn write(&self, device: &KnownDevice) -> String {
        let text = format!("{}.{}", device.owner, device.id);
        format!("{text}.{}", (self.0)(&text))
    }

    /// Whose device a cookie names, if the seal is ours.
    pub fn read(&self, cookie: &str) -> Option<KnownDevice> {
        const MOST_BYTES: usize = 200;
        let (text, seal) = Some(cookie).filter(|cookie| cookie.len() <= MOST_BYTES)?.rsplit_once('.')?;
        let (owner, id) = text.split_once('.')?;
        let is_ours = !seal.is_empty() && is_same(&(self.0)(text), seal);
        is_ours.then(|| Some(KnownDevice { owner: owner.parse::<UserId>().ok()?, id: id.to_owned() })).flatten()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

/// Looks at every byte, wherever the first difference is.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |found, (one, other)| found | (one ^ other));
    one.len() == other.len() && differences == 0
}

/// Whose device this browser is.
pub fn find_device() -> Option<KnownDevice> {
    use_context::<Seal>()?.read(&find_cookie(COOKIE)?)
}

/// The owner of this account has just logged in here.
pub fn keep_device(owner: UserId) {
    let Some(seal) = use_context::<Seal>() else { return };
    let known = find_device().filter(|device| device.owner == owner);
    let device = known.unwrap_or_else(|| KnownDevice {
        owner,
        id: shop().random_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect(),
    });
    keep_cookie(COOKIE, &seal.write(&device), LONG_SECONDS);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> KnownDevice {
        KnownDevice { owner: UserId::new(7), id: "0123abcd".to_owned() }
    }

    /// No seal at all, but enough to tell texts apart.
    fn seal(key: usize) -> Seal {
        Seal::new(move |text| format!("{}-{}", text.len() * key, text.bytes().map(usize::from).sum::<usize>() * key))
    }

    #[test]
    fn a_device_reads_back_under_its_own_seal_only() {
        let cookie = seal(3).write(&device());
        assert_eq!(seal(3).read(&cookie), Some(device()));
        assert_eq!(seal(4).read(&cookie), None);
        let other_owner = cookie.replacen('7', "8", 1);
        for forged in ["", ".", "..", "7.0123abcd", "7.0123abcd.", &other_owner, &cookie[..cookie.len() - 1]] {
            assert_eq!(seal(3).read(forged), None, "{forged}");
        }
        assert_eq!(seal(3).read(&format!("7.{}.x", "a".repeat(300))), None);
    }
}
