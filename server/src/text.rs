//! Sentences that only HTTP needs; what the shop itself says no to is worded by the pages' catalogue, so
//! that a refusal reads the same on a page and in the API.

use http::{HeaderMap, header};
use shop::error::{CouponReason, FieldError, FieldProblem, Refusal};

/// The language an answer is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    Ko,
    En,
}

impl Lang {
    /// The best of `Accept-Language`; Korean when it names neither.
    pub fn of_request(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut best = (Self::default(), 0.0);
        for range in text.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>).unwrap_or(0.0);
            let lang = match tag.trim().split('-').next().unwrap_or("").to_ascii_lowercase().as_str() {
                "ko" | "*" => Self::Ko,
                "en" => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    fn pick<'a>(self, ko: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ko => ko,
            Self::En => en,
        }
    }
}

/// The sentence for a code that only the HTTP side gives.
pub fn http_text(lang: Lang, code: &str) -> &'static str {
    match code {
        "malformed_request" => lang.pick(
            "요청을 읽을 수 없습니다. 본문이 UTF-8로 쓴 올바른 JSON인지 확인해 주세요.",
            "The request cannot be read. Check that its body is valid JSON in UTF-8.",
        ),
        "unauthorized" => lang.pick(
            "로그인이 필요합니다. 유효한 액세스 토큰을 함께 보내 주세요.",
            "Please sign in: send a valid access token with the request.",
        ),
        "forbidden" => lang.pick("이 요청은 허용되지 않습니다.", "This request is not allowed."),
        "not_found" => {
            lang.pick("찾으시는 것이 없습니다. 주소를 확인해 주세요.", "There is nothing here. Check the address.")
        }
        "method_not_allowed" => lang.pick(
            "이 주소에서는 쓸 수 없는 메서드입니다. Allow 헤더에 있는 메서드를 써 주세요.",
            "This address does not take that method. Use one of the Allow header.",
        ),
        "unsupported_media_type" => lang.pick(
            "본문은 JSON이어야 합니다. Content-Type: application/json 으로 보내 주세요.",
            "The body must be JSON. Send it with Content-Type: application/json.",
        ),
        "payload_too_large" => lang.pick(
            "보내신 내용이 너무 큽니다. 줄여서 다시 보내 주세요.",
            "The request is too large. Send a smaller one.",
        ),
        "idempotency_key_missing" => lang.pick(
            "요청 번호가 없습니다. Idempotency-Key 헤더에 새 번호를 넣어 주세요.",
            "The request id is missing. Put a fresh one into the Idempotency-Key header.",
        ),
        "service_unavailable" => lang.pick(
            "지금은 요청이 몰려 처리하지 못했습니다. 잠시 뒤 다시 시도해 주세요.",
            "We could not handle this right now. Please try again in a moment.",
        ),
        _ => lang.pick(
            "저희 쪽에 문제가 생겼습니다. 잠시 뒤 다시 시도해 주세요.",
            "Something went wrong on our side. Please try again in a moment.",
        ),
    }
}

/// The sentence for what the shop says no to.
pub fn error_text(lang: Lang, error: &shop::Error) -> String {
    use shop::Error;
    match error {
        Error::Invalid(errors) => match errors.first() {
            Some(first) => format!("{}: {}", first.field, field_text(lang, first)),
            None => lang.pick("입력한 값을 확인해 주세요.", "Check what you entered.").to_owned(),
        },
        Error::Refused { refusal, .. } => refusal_text(lang, refusal),
        Error::OrderFailed(_) => lang
            .pick("처리하지 못해 모두 돌려드린 주문입니다.", "This order failed and was given back in full.")
            .to_owned(),
        Error::OrderExpired(_) => {
            lang.pick("시간 안에 결제되지 않아 끝난 주문입니다.", "This order expired unpaid.").to_owned()
        }
        Error::EmailTaken => lang.pick("이미 가입된 이메일입니다.", "This e-mail is already registered.").to_owned(),
        Error::InvalidCredentials => {
            lang.pick("이메일이나 비밀번호가 맞지 않습니다.", "E-mail or password is wrong.").to_owned()
        }
        Error::RequestInProgress => {
            lang.pick("같은 요청을 처리하고 있습니다.", "The same request is still running.").to_owned()
        }
        Error::RequestReused => lang
            .pick("이 요청 번호는 다른 요청에 쓰였습니다.", "This request id was used for another request.")
            .to_owned(),
        Error::RateLimited { retry_after } | Error::Blocked { retry_after } => {
            let seconds = retry_after.as_secs_f64().ceil();
            match lang {
                Lang::Ko => format!("요청이 너무 잦습니다. {seconds}초 뒤에 다시 시도해 주세요."),
                Lang::En => format!("Too many requests. Please try again in {seconds} seconds."),
            }
        }
        other => http_text(lang, other.code()).to_owned(),
    }
}

fn refusal_text(lang: Lang, refusal: &Refusal) -> String {
    match (lang, refusal) {
        (Lang::Ko, Refusal::InsufficientStock { available, .. }) => {
            format!("재고가 부족합니다. {available}개 남았습니다.")
        }
        (Lang::En, Refusal::InsufficientStock { available, .. }) => format!("Not enough in stock: {available} left."),
        (Lang::Ko, Refusal::InsufficientBalance { balance, needed }) => {
            format!("잔액 {balance}으로는 {needed}을 낼 수 없습니다.")
        }
        (Lang::En, Refusal::InsufficientBalance { balance, needed }) => {
            format!("{needed} is needed and the wallet holds {balance}.")
        }
        (Lang::Ko, Refusal::BalanceLimitExceeded { limit, .. }) => format!("지갑에는 {limit}까지 담을 수 있습니다."),
        (Lang::En, Refusal::BalanceLimitExceeded { limit, .. }) => format!("A wallet holds at most {limit}."),
        (_, Refusal::CouponSoldOut) => lang.pick("쿠폰이 모두 나갔습니다.", "All coupons are gone.").to_owned(),
        (_, Refusal::CouponAlreadyClaimed) => {
            lang.pick("이미 받은 쿠폰입니다.", "You already have this coupon.").to_owned()
        }
        (_, Refusal::CouponNotApplicable { reason }) => coupon_text(lang, *reason).to_owned(),
        (Lang::Ko, Refusal::PriceChanged { actual, .. }) => format!("금액이 {actual}으로 바뀌었습니다."),
        (Lang::En, Refusal::PriceChanged { actual, .. }) => format!("The price is now {actual}."),
    }
}

fn coupon_text(lang: Lang, reason: CouponReason) -> &'static str {
    match reason {
        CouponReason::Unknown => lang.pick("없는 쿠폰입니다.", "There is no such coupon."),
        CouponReason::NotClaimed => lang.pick("받지 않은 쿠폰입니다.", "You have not claimed this coupon."),
        CouponReason::InUse => lang.pick("다른 주문에 쓰고 있는 쿠폰입니다.", "Another order holds this coupon."),
        CouponReason::Used => lang.pick("이미 쓴 쿠폰입니다.", "This coupon was used."),
        CouponReason::NotBegun => lang.pick("아직 시작하지 않은 쿠폰입니다.", "This coupon has not begun."),
        CouponReason::Expired => lang.pick("기간이 끝난 쿠폰입니다.", "This coupon has ended."),
        CouponReason::Stopped => lang.pick("중지된 쿠폰입니다.", "This coupon was stopped."),
        CouponReason::BelowMinimum => {
            lang.pick("주문 금액이 쿠폰의 최소 금액보다 적습니다.", "The order is below this coupon's least amount.")
        }
        CouponReason::NothingLeft => {
            lang.pick("이 쿠폰을 쓰면 낼 금액이 남지 않습니다.", "This coupon would leave nothing to pay.")
        }
    }
}

/// The sentence for one wrong field.
pub fn field_text(lang: Lang, error: &FieldError) -> String {
    match (lang, &error.problem) {
        (_, FieldProblem::Required) => lang.pick("꼭 있어야 합니다.", "It is required.").to_owned(),
        (_, FieldProblem::Malformed) => {
            lang.pick("올바른 형식이 아닙니다.", "It does not have the right form.").to_owned()
        }
        (Lang::Ko, FieldProblem::TooShort { least }) => format!("{least}자 이상이어야 합니다."),
        (Lang::En, FieldProblem::TooShort { least }) => format!("It needs at least {least} characters."),
        (Lang::Ko, FieldProblem::TooLong { most }) => format!("{most}자 이하여야 합니다."),
        (Lang::En, FieldProblem::TooLong { most }) => format!("It takes at most {most} characters."),
        (Lang::Ko, FieldProblem::TooSmall { least }) => format!("{least} 이상이어야 합니다."),
        (Lang::En, FieldProblem::TooSmall { least }) => format!("It must be at least {least}."),
        (Lang::Ko, FieldProblem::TooLarge { most }) => format!("{most} 이하여야 합니다."),
        (Lang::En, FieldProblem::TooLarge { most }) => format!("It must be at most {most}."),
        (Lang::Ko, FieldProblem::NotAStep { step }) => format!("{step} 단위여야 합니다."),
        (Lang::En, FieldProblem::NotAStep { step }) => format!("It must be a multiple of {step}."),
        (_, FieldProblem::Unknown) => {
            lang.pick("없거나 판매하지 않습니다.", "It does not exist or is not for sale.").to_owned()
        }
        (_, FieldProblem::Mismatch) => lang.pick("서로 다릅니다.", "The two do not agree.").to_owned(),
        (_, FieldProblem::WrongPassword) => lang.pick("비밀번호가 맞지 않습니다.", "The password is wrong.").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_best_that_was_asked_for() {
        let table = [
            ("", Lang::Ko),
            ("en", Lang::En),
            ("en-US,en;q=0.9", Lang::En),
            ("ko-KR,ko;q=0.9,en;q=0.8", Lang::Ko),
            ("en;q=0.3, ko;q=0.8", Lang::Ko),
            ("fr, en;q=0.1", Lang::En),
            ("fr", Lang::Ko),
            ("en;q=0", Lang::Ko),
            ("*", Lang::Ko),
            ("en;q=nonsense", Lang::Ko),
        ];
        for (header, lang) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Lang::of_request(&headers), lang, "{header}");
        }
    }
}
