//! What things are called. Ids of users, products and coupons are counted by the database; ids of orders
//! and postings are UUIDv7 made here, so that their first 48 bits are the moment of creation and a table
//! can be cut into months by its id.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! counted_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

counted_id!(
    /// A person with an account: shopper or operator.
    UserId
);
counted_id!(
    /// One digital good.
    ProductId
);
counted_id!(
    /// One coupon campaign, of which many shoppers hold a piece.
    CouponId
);

macro_rules! dated_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A UUIDv7 of this moment; `random` fills its 74 free bits.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            pub const fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// When it was made: its first 48 bits.
            pub fn moment(self) -> Timestamp {
                const RANDOM_BITS: u32 = 80;
                Timestamp::from_millis(i64::try_from(self.0.as_u128() >> RANDOM_BITS).unwrap_or(i64::MAX))
            }

            /// `None` unless these are 16 bytes.
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}

dated_id!(
    /// An order, opaque to clients.
    OrderId
);
dated_id!(
    /// One line of the wallet ledger; the API calls it `transaction_id`.
    PostingId
);
dated_id!(
    /// One refund of an order, whole or in part.
    RefundId
);
dated_id!(
    /// One adjustment of a wallet by operators.
    AdjustmentId
);
dated_id!(
    /// One event of the outbox; consumers drop repeats by it.
    EventId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dated_id_begins_with_its_moment_and_is_version_7() {
        let id = OrderId::new(Timestamp::from_millis(0x0123_4567_89ab), [0xff; 10]);
        assert!(id.to_string().starts_with("01234567-89ab-7fff-bfff-"), "{id}");
        assert_eq!(OrderId::from_bytes(&id.bytes()), Some(id));
        assert_eq!(id.moment(), Timestamp::from_millis(0x0123_4567_89ab));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = PostingId::new(Timestamp::from_millis(1_000), [0xff; 10]);
        let late = PostingId::new(Timestamp::from_millis(1_001), [0; 10]);
        assert!(early < late);
    }
}
