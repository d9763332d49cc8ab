//! Moments as people read them: on the clocks of Seoul, the zone named. The machine's form goes into
//! `<time datetime>`.

use super::{Lang, t};
use shop::Timestamp;

/// `2026년 11월 23일 14:35 (KST)`
pub fn full(lang: Lang, moment: Timestamp) -> String {
    let local = moment.in_seoul();
    t!(
        lang,
        "moment-full",
        year = i64::from(local.year()),
        month = i64::from(u8::from(local.month())),
        day = i64::from(local.day()),
        clock = clock(moment)
    )
}

/// `11월 23일 14:35 (KST)`: for what is close enough to need no year.
pub fn short(lang: Lang, moment: Timestamp) -> String {
    let local = moment.in_seoul();
    t!(
        lang,
        "moment-short",
        month = i64::from(u8::from(local.month())),
        day = i64::from(local.day()),
        clock = clock(moment)
    )
}

/// `14:35`
pub fn clock(moment: Timestamp) -> String {
    let local = moment.in_seoul();
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `14:35:03`
pub fn clock_seconds(moment: Timestamp) -> String {
    format!("{}:{:02}", clock(moment), moment.in_seoul().second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_seouls_and_says_so() {
        let moment = Timestamp::from_millis(1_795_412_117_123);
        assert_eq!(full(Lang::Ko, moment), "2026년 11월 23일 14:35 (KST)");
        assert_eq!(full(Lang::En, moment), "23 Nov 2026, 14:35 (KST)");
        assert_eq!(short(Lang::Ko, moment), "11월 23일 14:35 (KST)");
        assert_eq!(short(Lang::En, moment), "23 Nov, 14:35 (KST)");
        assert_eq!(clock_seconds(moment), "14:35:17");
    }
}
