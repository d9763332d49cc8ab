//! A picture as it is stored and shown.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The SHA-256 of a picture's bytes; as text 64 small hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageDigest([u8; 32]);

impl ImageDigest {
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// `None` unless these are 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// `None` unless it is 64 small hexadecimal digits: a picture has one address.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for ImageDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a stored picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum MediaType {
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// Where something shines through.
    #[serde(rename = "image/png")]
    Png,
}

impl MediaType {
    pub const ALL: [MediaType; 2] = [MediaType::Jpeg, MediaType::Png];

    pub fn as_str(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media_type| media_type.as_str() == text)
    }
}

/// A picture in one size, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Rendition {
    pub digest: ImageDigest,
    pub width: i64,
    pub height: i64,
}

impl Rendition {
    /// Where the shop serves it.
    pub fn path(&self) -> String {
        format!("/images/{}", self.digest)
    }
}

/// A product's picture. It is called by the digest of its large size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Picture {
    pub large: Rendition,
    pub small: Rendition,
    pub media_type: MediaType,
}

/// Where a picture goes among its product's others. The first one is the cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    First,
    Earlier,
    Later,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::First, Way::Earlier, Way::Later];

    pub fn as_str(self) -> &'static str {
        match self {
            Way::First => "first",
            Way::Earlier => "earlier",
            Way::Later => "later",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == text)
    }
}

/// Why a picture was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "image", rename_all = "snake_case")]
pub enum ImageRefusal {
    /// No JPEG, PNG or WebP, whatever it is called.
    NotAnImage,
    /// Cut off, or broken otherwise.
    Damaged,
    TooManyBytes {
        most: i64,
    },
    TooManyPixels {
        most: i64,
    },
    /// The product has this picture.
    AlreadyThere,
    /// The product has as many as it may.
    TooMany {
        most: i64,
    },
}

impl ImageRefusal {
    /// What programs and people who ask for help name it by; it stays.
    pub fn code(self) -> &'static str {
        match self {
            ImageRefusal::NotAnImage => "image_not_an_image",
            ImageRefusal::Damaged => "image_damaged",
            ImageRefusal::TooManyBytes { .. } => "image_too_many_bytes",
            ImageRefusal::TooManyPixels { .. } => "image_too_many_pixels",
            ImageRefusal::AlreadyThere => "image_already_there",
            ImageRefusal::TooMany { .. } => "image_too_many",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_and_has_one_spelling() {
        let digest = ImageDigest::new(std::array::from_fn(|index| u8::try_from(index * 8).unwrap_or(0)));
        let text = digest.to_string();
        assert!(text.starts_with("0008101820") && text.len() == 64, "{text}");
        assert_eq!(ImageDigest::parse(&text), Some(digest));
        assert_eq!(ImageDigest::from_bytes(&digest.bytes()), Some(digest));
        for wrong in
            ["", "00", &text.to_uppercase(), &format!("{text}0"), &text.replace('0', "/"), &text.replace("00", "가")]
        {
            assert_eq!(ImageDigest::parse(wrong), None, "{wrong}");
        }
    }
}
