//! What letters look like: one layout, as text and as HTML, for all of them. The words are the catalogue's
//! (`app::text::letters`).

use app::text::Lang;
use app::text::alerts::alert_letter_words;
use app::text::letters::{LetterWords, letter_words, test_words};
use askama::Template;
use shop::alert::Notice;
use shop::mail::LetterFacts;
use shop::ports::Letter;
use shop::{Fault, Timestamp};

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextLetter<'a> {
    words: &'a LetterWords,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlLetter<'a> {
    words: &'a LetterWords,
}

/// Writes a letter in the language of its recipient. Links lead to `public_url`, an origin.
///
/// # Errors
/// Only when a template breaks.
pub fn write_letter(facts: &LetterFacts, public_url: &str, now: Timestamp) -> Result<Letter, Fault> {
    let user = facts.user();
    render(letter_words(user.lang.into(), facts, public_url), &user.name, &user.email, now)
}

/// A notice of an alert as a letter.
pub fn write_alert_letter(
    notice: &Notice,
    lang: Lang,
    address: &str,
    public_url: &str,
    now: Timestamp,
) -> Result<Letter, Fault> {
    render(alert_letter_words(lang, notice, public_url), "", address, now)
}

/// A letter that says that it arrived.
pub fn write_test_letter(lang: Lang, address: &str, public_url: &str, now: Timestamp) -> Result<Letter, Fault> {
    render(test_words(lang, public_url), "", address, now)
}

fn render(words: LetterWords, name: &str, address: &str, now: Timestamp) -> Result<Letter, Fault> {
    let broken = |error| Fault::Other(format!("a letter's template: {error}"));
    Ok(Letter {
        name: name.to_owned(),
        address: address.to_owned(),
        text: TextLetter { words: &words }.render().map_err(broken)?,
        html: HtmlLetter { words: &words }.render().map_err(broken)?,
        subject: words.subject,
        written_at: now,
    })
}

#[cfg(test)]
#[path = "letters_tests.rs"]
mod tests;
