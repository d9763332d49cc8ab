//! Time is an argument. Rules and stores get a [`Timestamp`]; only [`Clock`](crate::ports::Clock) makes one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Milliseconds since 1970-01-01 UTC, as the database keeps them. On the wire: RFC 3339 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This long after; stays at the end of time rather than wrapping.
    pub fn after(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(millis_of(duration)))
    }

    /// This long before; stays at the beginning of time rather than wrapping.
    pub fn before(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(millis_of(duration)))
    }

    /// How long from `earlier` to now; zero when `earlier` lies ahead.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The start of the UTC hour this falls in: the key of a sales bucket.
    pub fn hour_start(self) -> Timestamp {
        const HOUR_MS: i64 = 3_600_000;
        Timestamp(self.0.div_euclid(HOUR_MS) * HOUR_MS)
    }

    /// `2026-11-23T05:35:17.123Z`
    pub fn rfc3339(self) -> String {
        self.utc().format(&Rfc3339).expect("a date of four-digit years has an RFC 3339 form")
    }

    /// The moment on the clocks of Seoul, which keeps no summer time.
    pub fn in_seoul(self) -> OffsetDateTime {
        self.utc().to_offset(UtcOffset::from_hms(9, 0, 0).expect("nine hours is an offset"))
    }

    /// Out-of-range moments (a broken clock) read as the epoch.
    pub fn utc(self) -> OffsetDateTime {
        const LAST_MS: i64 = 253_402_300_799_999;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0.clamp(0, LAST_MS)) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map(Timestamp).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_as_rfc3339_and_in_seoul() {
        let moment = Timestamp::from_millis(1_795_412_117_123);
        assert_eq!(moment.rfc3339(), "2026-11-23T05:35:17.123Z");
        assert_eq!(moment.in_seoul().hour(), 14);
        assert_eq!(moment.hour_start().rfc3339(), "2026-11-23T05:00:00Z");
    }

    #[test]
    fn durations_never_wrap() {
        assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Duration::ZERO);
        assert_eq!(Timestamp::from_millis(i64::MAX).after(Duration::from_secs(1)).millis(), i64::MAX);
        assert_eq!(Timestamp::from_millis(i64::MAX).utc().year(), 9999);
    }
}
