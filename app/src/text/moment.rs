//! Moments as people read them: on the clocks of Seoul, the zone named. The machine's form goes into
//! `<time datetime>`.

use super::{Lang, t};
use shop::Timestamp;
use time::PrimitiveDateTime;
use time::macros::{format_description, offset};

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
    let text = t!(
        lang,
        "moment-short",
        month = i64::from(u8::from(local.month())),
        day = i64::from(local.day()),
        clock = clock(moment)
    );
    joined(lang, text)
}

/// Keeps the particle that follows a Korean moment on its line: `(KST)` is no place to break before `부터`.
fn joined(lang: Lang, text: String) -> String {
    const WORD_JOINER: char = '\u{2060}';
    match lang {
        Lang::Ko => format!("{text}{WORD_JOINER}"),
        Lang::En => text,
    }
}

/// `14:35:17 (KST)`
pub fn clock_in_seoul(lang: Lang, moment: Timestamp) -> String {
    joined(lang, t!(lang, "moment-clock", clock = clock_seconds(moment)))
}

/// As [`short`], with the year when it is another than now's.
pub fn near(lang: Lang, moment: Timestamp, now: Timestamp) -> String {
    if moment.in_seoul().year() == now.in_seoul().year() {
        short(lang, moment)
    } else {
        joined(lang, full(lang, moment))
    }
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

/// As a field of a form holds it, in Seoul: `2026-11-23T14:35`.
pub fn field(moment: Timestamp) -> String {
    let local = moment.in_seoul();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        local.year(),
        u8::from(local.month()),
        local.day(),
        local.hour(),
        local.minute()
    )
}

/// What such a field says.
pub fn parse_field(text: &str) -> Option<Timestamp> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let local = PrimitiveDateTime::parse(text.trim(), format).ok()?;
    let nanos = local.assume_offset(offset!(+9)).unix_timestamp_nanos();
    i64::try_from(nanos / 1_000_000).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_seouls_and_says_so() {
        let moment = Timestamp::from_millis(1_795_412_117_123);
        assert_eq!(full(Lang::Ko, moment), "2026년 11월 23일 14:35\u{a0}(KST)");
        assert_eq!(full(Lang::En, moment), "23 Nov 2026, 14:35\u{a0}(KST)");
        assert_eq!(short(Lang::Ko, moment), "11월 23일 14:35\u{a0}(KST)\u{2060}");
        assert_eq!(short(Lang::En, moment), "23 Nov, 14:35\u{a0}(KST)");
        assert_eq!(clock_seconds(moment), "14:35:17");
    }

    #[test]
    fn another_year_is_named() {
        let now = Timestamp::from_millis(1_795_412_117_123);
        let days = |days: u64| now.after(std::time::Duration::from_secs(days * 86_400));
        assert_eq!(near(Lang::Ko, days(7), now), "11월 30일 14:35\u{a0}(KST)\u{2060}");
        assert_eq!(near(Lang::Ko, days(60), now), "2027년 1월 22일 14:35\u{a0}(KST)\u{2060}");
    }

    #[test]
    fn a_field_reads_back_as_it_was_written_to_the_minute() {
        let moment = Timestamp::from_millis(1_795_412_117_123);
        let text = field(moment);
        assert_eq!(parse_field(&text).map(field), Some(text.clone()));
        assert!(text.ends_with("T14:35"), "{text}");
        for text in ["", "2026-11-23", "2026-13-01T00:00", "2026-11-23T24:00", "23.11.2026 14:35"] {
            assert_eq!(parse_field(text), None, "{text}");
        }
    }
}
