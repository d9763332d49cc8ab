//! Who sells: what Articles 10 and 13 of the Act on the Consumer Protection in Electronic Commerce ask a
//! shop to show on its first page.

use crate::text::{Lang, t};
use std::borrow::Cow;

/// The seller's details, each blank where the owner has not given it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seller {
    pub name: String,
    pub representative: String,
    pub business_number: String,
    pub mail_order_number: String,
    pub address: String,
    pub phone: String,
    pub email: String,
    /// Whose machines the shop runs on.
    pub hosting: String,
    /// Who answers for personal data; the representative where nobody else is named.
    pub privacy_officer: String,
    /// The demo's: nobody's.
    pub is_example: bool,
}

/// One detail as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SellerLine {
    pub label: String,
    pub value: String,
}

impl Seller {
    /// Nobody, recognisably.
    pub fn example() -> Self {
        Self::example_in(Lang::Ko)
    }

    /// A seller's details are what they are in every language; nobody's can be read in each.
    fn example_in(lang: Lang) -> Self {
        let text = str::to_owned;
        if lang == Lang::En {
            return Self {
                name: text("Damda (example shop)"),
                representative: text("Hong Gildong (example)"),
                business_number: text("000-00-00000 (example)"),
                mail_order_number: text("0000-Seoul-0000 (example)"),
                address: text("1 Example-ro, Example-gu, Seoul (example)"),
                phone: text("02-000-0000 (example)"),
                email: text("seller@damda.example"),
                hosting: text("this computer (example)"),
                privacy_officer: text("Hong Gildong (example)"),
                is_example: true,
            };
        }
        Self {
            name: text("담다 (예시 상점)"),
            representative: text("홍길동 (예시)"),
            business_number: text("000-00-00000 (예시)"),
            mail_order_number: text("제0000-서울예시-0000호 (예시)"),
            address: text("서울특별시 예시구 예시로 1 (예시)"),
            phone: text("02-000-0000 (예시)"),
            email: text("seller@damda.example"),
            hosting: text("이 컴퓨터 (예시)"),
            privacy_officer: text("홍길동 (예시)"),
            is_example: true,
        }
    }

    fn read_in(&self, lang: Lang) -> Cow<'_, Self> {
        if self.is_example { Cow::Owned(Self::example_in(lang)) } else { Cow::Borrowed(self) }
    }

    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// What is known, in the order the law lists it.
    pub fn lines(&self, lang: Lang) -> Vec<SellerLine> {
        let seller = self.read_in(lang);
        let lines = [
            (t!(lang, "seller-name"), &seller.name),
            (t!(lang, "seller-representative"), &seller.representative),
            (t!(lang, "seller-business-number"), &seller.business_number),
            (t!(lang, "seller-mail-order-number"), &seller.mail_order_number),
            (t!(lang, "seller-address"), &seller.address),
            (t!(lang, "seller-phone"), &seller.phone),
            (t!(lang, "seller-email"), &seller.email),
            (t!(lang, "seller-hosting"), &seller.hosting),
        ];
        lines
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| SellerLine { label, value: value.clone() })
            .collect()
    }

    /// Where the Fair Trade Commission says who this is; for a whole business number only.
    pub fn registry_url(&self) -> Option<String> {
        let digits: String = self.business_number.chars().filter(|c| *c != '-').collect();
        let whole = digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
        (whole && !self.is_example).then(|| format!("https://www.ftc.go.kr/bizCommPop.do?wrkr_no={digits}"))
    }

    /// Puts the details where a text names them, as plain text; what is missing says so.
    pub(super) fn fill_in(&self, text: &str, lang: Lang) -> String {
        let seller = self.read_in(lang);
        let officer = if seller.privacy_officer.is_empty() { &seller.representative } else { &seller.privacy_officer };
        [
            ("{seller_name}", &seller.name),
            ("{seller_representative}", &seller.representative),
            ("{seller_business_number}", &seller.business_number),
            ("{seller_mail_order_number}", &seller.mail_order_number),
            ("{seller_address}", &seller.address),
            ("{seller_phone}", &seller.phone),
            ("{seller_email}", &seller.email),
            ("{seller_hosting}", &seller.hosting),
            ("{seller_privacy_officer}", officer),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (name, value)| {
            let value = if value.is_empty() { t!(lang, "seller-missing") } else { value.clone() };
            text.replace(name, &escape(&value))
        })
    }
}

/// Every character of Markdown stands for itself.
fn escape(text: &str) -> String {
    text.chars().flat_map(|c| [c.is_ascii_punctuation().then_some('\\'), Some(c)]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_shown() {
        let seller = Seller { name: "담다".to_owned(), phone: "02-1".to_owned(), ..Seller::default() };
        let shown: Vec<String> = seller.lines(Lang::Ko).into_iter().map(|line| line.value).collect();
        assert_eq!(shown, ["담다", "02-1"]);
        assert!(Seller::default().lines(Lang::En).is_empty());
    }

    #[test]
    fn the_registry_knows_whole_numbers_of_real_sellers() {
        let of = |number: &str| Seller { business_number: number.to_owned(), ..Seller::default() }.registry_url();
        assert!(of("123-45-67890").is_some_and(|url| url.ends_with("wrkr_no=1234567890")));
        assert_eq!(of("123-45-6789"), None);
        assert_eq!(of("\"><script>"), None);
        assert_eq!(Seller::example().registry_url(), None);
    }

    #[test]
    fn a_detail_is_no_markdown() {
        let seller = Seller { name: "*담다* [x](y) <b>".to_owned(), ..Seller::default() };
        assert_eq!(seller.fill_in("{seller_name}", Lang::Ko), "\\*담다\\* \\[x\\]\\(y\\) \\<b\\>");
        assert!(!seller.fill_in("{seller_phone}", Lang::Ko).is_empty());
    }
}
