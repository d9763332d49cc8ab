//! Sentences that only the HTTP side needs. What the shop itself says no to is worded by the catalogue of
//! `app`, so that a refusal reads the same on a page and in the API.

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

/// The sentence for a code that only HTTP gives.
pub fn http_text(lang: Lang, code: &str) -> &'static str {
    let (ko, en) = match code {
        "malformed_request" => (
            "요청을 읽을 수 없습니다. 본문이 UTF-8로 쓴 올바른 JSON인지 확인해 주세요.",
            "The request cannot be read. Check that its body is valid JSON in UTF-8.",
        ),
        "unauthorized" => (
            "로그인이 필요합니다. 유효한 액세스 토큰을 함께 보내 주세요.",
            "Please sign in: send a valid access token with the request.",
        ),
        "method_not_allowed" => (
            "이 주소에서는 쓸 수 없는 메서드입니다. Allow 헤더에 있는 메서드를 써 주세요.",
            "This address does not take that method. Use one of those in the Allow header.",
        ),
        "unsupported_media_type" => (
            "본문은 JSON이어야 합니다. Content-Type: application/json 으로 보내 주세요.",
            "The body must be JSON. Send it with Content-Type: application/json.",
        ),
        "request_timeout" => (
            "요청이 제시간에 다 도착하지 않았습니다. 다시 보내 주세요.",
            "The request did not arrive in time. Please send it again.",
        ),
        "payload_too_large" => {
            ("보내신 내용이 너무 큽니다. 줄여서 다시 보내 주세요.", "What you sent is too large. Please send less.")
        }
        "idempotency_key_missing" => (
            "요청 번호가 없습니다. Idempotency-Key 헤더에 새 번호를 넣어 주세요.",
            "The request id is missing. Put a fresh one into the Idempotency-Key header.",
        ),
        _ => (
            "저희 쪽에 문제가 생겼습니다. 잠시 뒤 다시 시도해 주세요.",
            "Something went wrong on our side. Please try again in a moment.",
        ),
    };
    match lang {
        Lang::Ko => ko,
        Lang::En => en,
    }
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
