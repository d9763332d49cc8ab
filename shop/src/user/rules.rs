//! What an e-mail, a name and a password may be (API.md: name 1–100, password 8–128).

use crate::error::{FieldError, FieldProblem};

pub const LEAST_PASSWORD: i64 = 8;
pub const MOST_PASSWORD: i64 = 128;
pub const MOST_NAME: i64 = 100;
/// The longest address a mail server takes (RFC 5321 §4.5.3.1.3 less the brackets).
pub const MOST_EMAIL: i64 = 254;
/// From this age on a person consents to their data being kept without a parent (Korea's Personal
/// Information Protection Act, article 22-2).
pub const LEAST_AGE: i64 = 14;

/// Something before and after one `@`, a dot in the domain, no spaces or control characters.
pub fn email_problem(email: &str) -> Option<FieldProblem> {
    if email.is_empty() {
        return Some(FieldProblem::Required);
    }
    if characters(email) > MOST_EMAIL {
        return Some(FieldProblem::TooLong { most: MOST_EMAIL });
    }
    let good = email.split_once('@').is_some_and(|(local, domain)| {
        (1..=64).contains(&local.chars().count())
            && !domain.contains('@')
            && domain.contains('.')
            && domain
                .split('.')
                .all(|label| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'))
            && domain.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.')
            && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>[\\]".contains(c))
    });
    (!good).then_some(FieldProblem::Malformed)
}

pub fn name_problem(name: &str) -> Option<FieldProblem> {
    let name = name.trim();
    if name.chars().all(is_invisible) {
        Some(FieldProblem::Required)
    } else if characters(name) > MOST_NAME {
        Some(FieldProblem::TooLong { most: MOST_NAME })
    } else if name.chars().any(char::is_control) {
        Some(FieldProblem::Malformed)
    } else {
        None
    }
}

pub fn password_problem(password: &str) -> Option<FieldProblem> {
    let length = characters(password);
    if length == 0 {
        Some(FieldProblem::Required)
    } else if length < LEAST_PASSWORD {
        Some(FieldProblem::TooShort { least: LEAST_PASSWORD })
    } else if length > MOST_PASSWORD {
        Some(FieldProblem::TooLong { most: MOST_PASSWORD })
    } else {
        None
    }
}

/// Everything wrong with a registration; empty when it is good.
pub fn find_registration_problems(email: &str, name: &str, password: &str) -> Vec<FieldError> {
    [("email", email_problem(email)), ("name", name_problem(name)), ("password", password_problem(password))]
        .into_iter()
        .filter_map(|(field, problem)| problem.map(|problem| FieldError::new(field, problem)))
        .collect()
}

/// What no reader sees: spaces, Unicode's Default_Ignorable_Code_Point (the Hangul fillers among them, with
/// which people make blank names) and the blank Braille pattern.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_a_name_and_a_domain() {
        let table = [
            ("a@b.co", true),
            ("dam.da+1@예시.한국", true),
            ("", false),
            ("a", false),
            ("a@b", false),
            ("@b.co", false),
            ("a@@b.co", false),
            ("a@b..co", false),
            ("a b@c.co", false),
            ("a@b.co\r\nBcc: x@y.zz", false),
            ("<a@b.co>", false),
        ];
        for (email, good) in table {
            assert_eq!(email_problem(email).is_none(), good, "{email:?}");
        }
        assert!(email_problem(&format!("{}@b.co", "a".repeat(300))).is_some());
    }

    #[test]
    fn a_password_is_8_to_128_characters_not_bytes() {
        let table = [("", false), ("1234567", false), ("12345678", true), ("비밀번호여덟글자", true)];
        for (password, good) in table {
            assert_eq!(password_problem(password).is_none(), good, "{password}");
        }
        assert!(password_problem(&"가".repeat(128)).is_none());
        assert!(password_problem(&"가".repeat(129)).is_some());
    }

    #[test]
    fn a_name_is_one_to_a_hundred_visible_characters() {
        assert!(name_problem("담다").is_none());
        assert!(name_problem("👩\u{200d}💻").is_none());
        for blank in ["", " \t ", "\u{200b}\u{200b}", "\u{3164}", "\u{2800} \u{feff}", "\u{202e}"] {
            assert_eq!(name_problem(blank), Some(FieldProblem::Required), "{blank:?}");
        }
        assert!(name_problem("a\u{1b}[31m").is_some());
        assert!(name_problem(&"a".repeat(101)).is_some());
    }
}
