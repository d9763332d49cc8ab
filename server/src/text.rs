//! Which language an answer is in. What it says is worded by the catalogue of `app`, so that a refusal reads the same on
//! a page and in the API.

use app::cookies::find_in;
use app::text::Lang;
use http::{HeaderMap, Uri, header};

/// What a program asks for: `Accept-Language`, else Korean. The API reads no cookies.
pub fn lang_of_program(headers: &HeaderMap) -> Lang {
    Lang::from_request(None, accepted(headers))
}

/// What a person chose, else what their browser asks for, else Korean.
pub fn lang_of_person(headers: &HeaderMap) -> Lang {
    Lang::from_request(find_in(headers, Lang::COOKIE), accepted(headers))
}

/// What the address names, before any choice; else as [`lang_of_person`].
pub fn lang_of_page(uri: &Uri, headers: &HeaderMap) -> Lang {
    Lang::from_query(uri.query()).unwrap_or_else(|| lang_of_person(headers))
}

fn accepted(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_a_choice_and_a_program_a_header() {
        let headers = |cookie: &str, accept: &str| {
            HeaderMap::from_iter([
                (header::COOKIE, cookie.parse().unwrap()),
                (header::ACCEPT_LANGUAGE, accept.parse().unwrap()),
            ])
        };
        let table = [
            ("a=b; lang=en", "ko", Lang::En, Lang::Ko),
            ("lang=xx", "en", Lang::En, Lang::En),
            ("language=en", "", Lang::Ko, Lang::Ko),
        ];
        for (cookie, accept, person, program) in table {
            assert_eq!(lang_of_person(&headers(cookie, accept)), person, "{cookie} {accept}");
            assert_eq!(lang_of_program(&headers(cookie, accept)), program, "{cookie} {accept}");
        }
    }
}
