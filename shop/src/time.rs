//! Time is an argument. Rules and stores get a [`Timestamp`]; only [`Clock`](crate::ports::Clock) makes one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, UtcOffset};

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

    /// The start of the slot of this length that this falls in; slots are counted from 1970 on.
    pub fn slot_start(self, length: Duration) -> Timestamp {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX).max(1);
        Timestamp(self.0.div_euclid(length) * length)
    }

    /// The UTC month this falls in.
    pub fn month(self) -> Month {
        let date = self.utc().date();
        Month(date.year() * MONTHS_A_YEAR + i32::from(u8::from(date.month())) - 1)
    }

    /// `2026-11-23T05:35:17.123Z`
    pub fn rfc3339(self) -> String {
        self.utc().format(&Rfc3339).expect("a date of four-digit years has an RFC 3339 form")
    }

    /// The moment on the clocks of Seoul, which keeps no summer time. What is the year 10000 there is out of range.
    pub fn in_seoul(self) -> OffsetDateTime {
        let seoul = UtcOffset::from_hms(9, 0, 0).expect("nine hours is an offset");
        self.utc().checked_to_offset(seoul).unwrap_or_else(|| OffsetDateTime::UNIX_EPOCH.to_offset(seoul))
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

const MONTHS_A_YEAR: i32 = 12;

/// A month in UTC, by which the large tables are cut; counted from the year 0. Written `202611`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// This many months later, or earlier.
    pub fn plus(self, months: i32) -> Month {
        Month(self.0.saturating_add(months))
    }

    /// This month and every later one up to and with `last`.
    pub fn up_to(self, last: Month) -> impl Iterator<Item = Month> {
        (self.0..=last.0).map(Month)
    }

    /// Its first millisecond; months outside the years 0 to 9999 (a broken clock) begin with the epoch.
    pub fn start(self) -> Timestamp {
        let (year, index) = (self.0.div_euclid(MONTHS_A_YEAR), self.0.rem_euclid(MONTHS_A_YEAR));
        let first = u8::try_from(index + 1)
            .ok()
            .and_then(|month| time::Month::try_from(month).ok())
            .and_then(|month| Date::from_calendar_date(year, month, 1).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH.date());
        Timestamp(first.midnight().assume_utc().unix_timestamp() * 1_000)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.0.div_euclid(MONTHS_A_YEAR), self.0.rem_euclid(MONTHS_A_YEAR) + 1)
    }
}

impl FromStr for Month {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number: i32 = if text.len() == 6 { text.parse().map_err(|_| ())? } else { return Err(()) };
        let (year, month) = (number / 100, number % 100);
        if number < 0 || !(1..=MONTHS_A_YEAR).contains(&month) {
            return Err(());
        }
        Ok(Month(year * MONTHS_A_YEAR + month - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_in_utc() {
        let table = [
            ("2026-11-30T23:59:59.999Z", "202611", "2026-11-01T00:00:00Z"),
            ("2026-12-01T00:00:00Z", "202612", "2026-12-01T00:00:00Z"),
            ("2026-12-31T23:59:59.999Z", "202612", "2026-12-01T00:00:00Z"),
            ("2027-01-01T00:00:00Z", "202701", "2027-01-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "202802", "2028-02-01T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "197001", "1970-01-01T00:00:00Z"),
        ];
        for (moment, name, start) in table {
            let moment = OffsetDateTime::parse(moment, &Rfc3339).unwrap();
            let moment = Timestamp::from_millis(i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap());
            assert_eq!((moment.month().to_string().as_str(), moment.month().start().rfc3339().as_str()), (name, start));
            assert_eq!(name.parse(), Ok(moment.month()));
        }
    }

    #[test]
    fn months_follow_each_other_across_a_year() {
        let november: Month = "202611".parse().unwrap();
        let names: Vec<String> = november.up_to(november.plus(3)).map(|month| month.to_string()).collect();
        assert_eq!(names, ["202611", "202612", "202701", "202702"]);
        assert_eq!(november.up_to(november.plus(-1)).count(), 0);
    }

    #[test]
    fn what_is_no_month_is_none() {
        for text in ["", "2026", "202613", "202600", "-20261", "2026-1", "later"] {
            assert_eq!(text.parse::<Month>(), Err(()), "{text}");
        }
    }

    #[test]
    fn every_timestamp_has_a_moment_in_seoul() {
        for millis in [i64::MIN, -1, 0, 253_402_300_799_999, i64::MAX] {
            assert_eq!(Timestamp::from_millis(millis).in_seoul().offset().whole_hours(), 9, "{millis}");
        }
    }

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
