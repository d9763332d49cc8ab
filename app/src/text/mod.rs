//! Everything a person reads, in Korean and English, from `i18n/{ko,en}/app.ftl`. A key that is missing
//! there does not compile. Nothing here decides anything: it turns values of the shop into sentences.
//!
//! [`errors`] says every "no" of the shop (pages and the REST API alike), [`letters`] and [`alerts`] what letters and notices say,
//! [`moment`] says when, [`words`] names states and kinds.

pub mod alerts;
pub mod errors;
pub mod feeds;
pub mod letters;
pub mod moment;
pub mod problems;
pub mod receipt;
pub mod words;

pub use errors::{error_text, field_text, http_text, import_text, refusal_text};

use i18n_embed::LanguageLoader;
use i18n_embed::fluent::FluentLanguageLoader;
use rust_embed::RustEmbed;
use shop::user::Language;
use std::sync::LazyLock;

/// A text of the catalogue: `t!(lang, "cart-title")`, `t!(lang, "stock-left", count = 3)`.
#[macro_export]
macro_rules! t {
    ($lang:expr, $($text:tt)+) => {
        ::i18n_embed_fl::fl!($lang.catalogue(), $($text)+)
    };
}
pub use crate::t;

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ko => Language::Ko,
            Lang::En => Language::En,
        }
    }
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Ko => Lang::Ko,
            Language::En => Lang::En,
        }
    }
}

/// The languages the shop speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    #[default]
    Ko,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Ko, Lang::En];
    /// The cookie that keeps a choice.
    pub const COOKIE: &str = "lang";

    /// As `<html lang>` and the cookie write it.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Ko => "ko",
            Lang::En => "en",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "ko" => Some(Lang::Ko),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// What an address names by `lang=`: for this view only, before any choice.
    pub fn from_query(query: Option<&str>) -> Option<Self> {
        query?.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Self::from_code)
    }

    /// A choice kept in the cookie, else what the browser asks for, else Korean.
    pub fn from_request(cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        cookie.and_then(Self::from_code).or_else(|| accept_language.and_then(Self::from_accepted)).unwrap_or_default()
    }

    /// The most wanted language of an `Accept-Language` header that we speak.
    fn from_accepted(header: &str) -> Option<Self> {
        const MOST_RANGES: usize = 20;
        let mut best: Option<(Lang, f32)> = None;
        for range in header.split(',').take(MOST_RANGES) {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(0.0);
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            let Some(lang) = Self::from_code(&primary) else { continue };
            if weight > best.map_or(0.0, |(_, heaviest)| heaviest) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }

    /// The catalogue of this language; use [`t!`].
    pub fn catalogue(self) -> &'static FluentLanguageLoader {
        static KO: LazyLock<FluentLanguageLoader> = LazyLock::new(|| load(Lang::Ko));
        static EN: LazyLock<FluentLanguageLoader> = LazyLock::new(|| load(Lang::En));
        match self {
            Lang::Ko => &KO,
            Lang::En => &EN,
        }
    }

    /// The English text for English readers where there is one, else the Korean.
    pub fn pick<'a>(self, ko: &'a str, en: &'a str) -> &'a str {
        if self == Lang::En && !en.is_empty() { en } else { ko }
    }
}

#[derive(RustEmbed)]
#[folder = "i18n/"]
struct Catalogues;

fn load(lang: Lang) -> FluentLanguageLoader {
    let id: i18n_embed::unic_langid::LanguageIdentifier = lang.code().parse().expect("a language code of ours");
    let loader = FluentLanguageLoader::new("app", id.clone());
    loader.load_languages(&Catalogues, &[id]).expect("the catalogues are compiled in");
    loader.set_use_isolating(false);
    loader
}

/// A text of somebody else's, for a sentence of ours: whatever direction it runs in, and whatever marks for
/// that it leaves open, the rest of the sentence reads as written.
pub fn isolated(text: &str) -> String {
    const STEERING: [char; 9] =
        ['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];
    let runs_left = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
            || matches!(c, '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    if !text.chars().any(|c| runs_left(c) || STEERING.contains(&c)) {
        return text.to_owned();
    }
    let bare: String = text.chars().filter(|c| !STEERING.contains(c)).collect();
    format!("\u{2068}{bare}\u{2069}")
}

/// `12,345`
pub fn grouped(count: i64) -> String {
    shop::Won::new(count).to_string().replace('₩', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Key → the names of its arguments.
    fn entries(catalogue: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key = String::new();
        for line in catalogue.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                key = name.to_owned();
                assert!(entries.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice");
            }
            for part in line.split('$').skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                entries.entry(key.clone()).or_default().insert(name);
            }
        }
        entries
    }

    #[test]
    fn both_catalogues_hold_the_same_keys_with_the_same_arguments() {
        let ko = entries(include_str!("../../i18n/ko/app.ftl"));
        let en = entries(include_str!("../../i18n/en/app.ftl"));
        assert!(ko.len() > 100);
        for (key, arguments) in &ko {
            assert_eq!(en.get(key), Some(arguments), "{key}");
        }
        for key in en.keys() {
            assert!(ko.contains_key(key), "{key} is only in English");
        }
    }

    #[test]
    fn both_catalogues_are_sound() {
        for lang in [Lang::Ko, Lang::En] {
            let text = match lang {
                Lang::Ko => include_str!("../../i18n/ko/app.ftl"),
                Lang::En => include_str!("../../i18n/en/app.ftl"),
            };
            let parsed = fluent_bundle::FluentResource::try_new(text.to_owned());
            assert!(parsed.is_ok(), "{lang:?}: {:?}", parsed.err().map(|(_, errors)| errors));
            for key in entries(text).keys() {
                assert!(lang.catalogue().has(key), "{lang:?} {key}");
            }
        }
    }

    #[test]
    fn a_language_is_the_choice_then_the_browsers_then_korean() {
        let table = [
            (None, None, Lang::Ko),
            (Some("en"), Some("ko"), Lang::En),
            (Some("ko"), Some("en"), Lang::Ko),
            (Some("xx"), Some("en-US,en;q=0.9"), Lang::En),
            (None, Some("en-US,en;q=0.9,ko;q=0.8"), Lang::En),
            (None, Some("fr;q=1, ko;q=0.3, en;q=0.2"), Lang::Ko),
            (None, Some("ko-KR"), Lang::Ko),
            (None, Some("EN"), Lang::En),
            (None, Some("en;q=0"), Lang::Ko),
            (None, Some("en;q=abc"), Lang::Ko),
            (None, Some("*"), Lang::Ko),
            (None, Some(",,;;q=,"), Lang::Ko),
        ];
        for (cookie, header, lang) in table {
            assert_eq!(Lang::from_request(cookie, header), lang, "{cookie:?} {header:?}");
        }
    }

    #[test]
    fn an_address_may_name_a_language() {
        let table = [
            (None, None),
            (Some("lang=en"), Some(Lang::En)),
            (Some("q=x&lang=ko&lang=en"), Some(Lang::Ko)),
            (Some("lang=fr"), None),
            (Some("slang=en"), None),
            (Some("lang"), None),
        ];
        for (query, lang) in table {
            assert_eq!(Lang::from_query(query), lang, "{query:?}");
        }
    }

    #[test]
    fn english_readers_get_english_names_where_there_are_some() {
        assert_eq!(Lang::En.pick("책", "Book"), "Book");
        assert_eq!(Lang::En.pick("책", ""), "책");
        assert_eq!(Lang::Ko.pick("책", "Book"), "책");
    }

    #[test]
    fn text_that_runs_the_other_way_stays_among_itself() {
        let table = [
            ("김담다 <b>", "김담다 <b>"),
            ("שלום", "\u{2068}שלום\u{2069}"),
            ("a\u{202e}b", "\u{2068}ab\u{2069}"),
            ("a\u{2069}\u{202e}b", "\u{2068}ab\u{2069}"),
            ("", ""),
        ];
        for (text, shown) in table {
            assert_eq!(isolated(text), shown);
        }
    }

    #[test]
    fn counts_are_grouped_in_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_284_000), "1,284,000");
    }
}
