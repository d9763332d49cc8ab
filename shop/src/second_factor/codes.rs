//! What a code is: six digits made of a secret and the half minute (RFC 6238 with SHA-1, which every app knows), or a
//! recovery code of 80 random bits. Nothing here reads a clock or rolls a die.

use crate::id::UserId;
use crate::time::Timestamp;
use ring::hmac;
use sha2::{Digest, Sha256};

/// Bytes of a secret (RFC 4226 §4: 160 bits).
pub const SECRET_BYTES: usize = 20;
/// Recovery codes somebody is given.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of a recovery code: too many to be guessed, so that a plain hash keeps them.
pub const RECOVERY_BYTES: usize = 10;
const STEP_MILLIS: i64 = 30_000;
/// Clocks of phones are off: a code counts one step before and after its own.
const DRIFT_STEPS: i64 = 1;
const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;

/// What somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedCode {
    /// Of an app.
    App(u32),
    /// A recovery code, as its bytes.
    Recovery([u8; RECOVERY_BYTES]),
}

impl TypedCode {
    /// `None` for what is no code. Spaces and hyphens are how people write them.
    pub fn parse(text: &str) -> Option<Self> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect();
        if bare.len() == DIGITS && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            return bare.parse().ok().map(TypedCode::App);
        }
        let bytes = read_base32(&bare)?;
        bytes.try_into().ok().map(TypedCode::Recovery)
    }
}

/// The code of a step.
fn code_of(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0xf);
    let part = bytes.iter().skip(offset).take(4).fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
    (part & 0x7fff_ffff) % MODULUS
}

/// The code of a moment, as an app shows it.
pub fn code_at(secret: &[u8], now: Timestamp) -> String {
    format!("{:06}", code_of(secret, step_of(now)))
}

fn step_of(now: Timestamp) -> i64 {
    now.millis().div_euclid(STEP_MILLIS)
}

/// Which step a code is of, if it counts now; never one that is not after `last`, which was taken.
pub fn find_step(secret: &[u8], code: u32, now: Timestamp, last: i64) -> Option<i64> {
    let present = step_of(now);
    (present - DRIFT_STEPS..=present + DRIFT_STEPS).find(|step| *step > last && code_of(secret, *step) == code)
}

/// How a recovery code is written: four times four letters and digits.
pub fn write_recovery(code: &[u8; RECOVERY_BYTES]) -> String {
    let text = write_base32(code).to_ascii_lowercase();
    let groups: Vec<String> = text.chars().collect::<Vec<_>>().chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// How a recovery code is kept.
pub fn digest_of(owner: UserId, code: &[u8; RECOVERY_BYTES]) -> [u8; 32] {
    Sha256::new().chain_update(owner.get().to_be_bytes()).chain_update(code).finalize().into()
}

/// What an app reads from the picture: whose secret it is, and the secret.
pub fn enrolment_uri(issuer: &str, email: &str, secret: &[u8]) -> String {
    let (issuer, email) = (percent(issuer), percent(email));
    format!("otpauth://totp/{issuer}:{email}?secret={}&issuer={issuer}", write_base32(secret))
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 without padding, as apps take it.
pub fn write_base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let number = (0..5).fold(0u64, |number, at| (number << 8) | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        for at in 0..letters {
            let index = usize::try_from((number >> (35 - 5 * at)) & 31).unwrap_or(0);
            text.push(char::from(BASE32[index]));
        }
    }
    text
}

/// `None` for anything else.
pub fn read_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut number, mut bits) = (Vec::new(), 0u64, 0);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        number = (number << 5) | u64::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((number >> bits) & 0xff).ok()?);
            number &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; 20] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, SHA-1, the last six of its eight digits.
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in table {
            assert_eq!(code_at(SECRET, at(seconds)), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_a_step_early_and_late_and_never_twice() {
        let code = code_of(SECRET, 1_000);
        for (seconds, counts) in [(29_940, false), (29_970, true), (30_000, true), (30_059, true), (30_060, false)] {
            assert_eq!(find_step(SECRET, code, at(seconds), 0).is_some(), counts, "{seconds}");
        }
        assert_eq!(find_step(SECRET, code, at(30_000), 0), Some(1_000));
        assert_eq!(find_step(SECRET, code, at(30_000), 1_000), None);
        assert_eq!(find_step(SECRET, code_of(SECRET, 999), at(30_000), 1_000), None, "nor one before it");
    }

    #[test]
    fn a_typed_code_is_read_as_people_write_it() {
        let recovery = [7u8; RECOVERY_BYTES];
        let written = write_recovery(&recovery);
        assert_eq!((written.len(), written.matches('-').count()), (19, 3));
        let table = [
            ("287082", Some(TypedCode::App(287_082))),
            (" 005 924 ", Some(TypedCode::App(5_924))),
            (written.as_str(), Some(TypedCode::Recovery(recovery))),
            (&written.to_uppercase().replace('-', " "), Some(TypedCode::Recovery(recovery))),
            ("", None),
            ("28708", None),
            ("2870822", None),
            ("٢٨٧٠٨٢", None),
            ("abcd-efgh", None),
            (&"a".repeat(100_000), None),
        ];
        for (text, code) in table {
            assert_eq!(TypedCode::parse(text), code, "{}", text.chars().take(40).collect::<String>());
        }
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(write_base32(bytes.as_bytes()), text);
            assert_eq!(read_base32(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(read_base32("M1"), None);
    }

    #[test]
    fn an_enrolment_names_the_shop_the_account_and_the_secret() {
        let uri = enrolment_uri("담다", "a+b@c.co", SECRET);
        let shop = "%EB%8B%B4%EB%8B%A4";
        assert_eq!(
            uri,
            format!("otpauth://totp/{shop}:a%2Bb%40c.co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer={shop}")
        );
    }
}
