//! Who sells: what Articles 10 and 13 of the Act on the Consumer Protection in Electronic Commerce ask a
//! shop to show on its first page.

use crate::text::{Lang, t};

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

impl SellerLine {
    /// The language of the value, where it is not the page's: names of Korean owners are Korean.
    pub fn lang(&self, page: Lang) -> Option<&'static str> {
        let is_korean = self.value.chars().any(|c| ('가'..='힣').contains(&c));
        (page != Lang::Ko && is_korean).then_some(Lang::Ko.code())
    }
}

impl Seller {
    /// Nobody, recognisably.
    pub fn example(lang: Lang) -> Self {
        let pick = |ko: &str, en: &str| lang.pick(ko, en).to_owned();
        Self {
            name: pick("담다 (예시 상점)", "Damda (an example)"),
            representative: pick("홍길동 (예시)", "Jane Doe (an example)"),
            business_number: pick("000-00-00000 (예시)", "000-00-00000 (an example)"),
            mail_order_number: pick("제0000-서울예시-0000호 (예시)", "0000-Seoul-0000 (an example)"),
            address: pick("서울특별시 예시구 예시로 1 (예시)", "1 Example Street, Seoul (an example)"),
            phone: pick("02-000-0000 (예시)", "02-000-0000 (an example)"),
            email: "seller@damda.example".to_owned(),
            hosting: pick("이 컴퓨터 (예시)", "this computer (an example)"),
            privacy_officer: pick("홍길동 (예시)", "Jane Doe (an example)"),
            is_example: true,
        }
    }

    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// What is known, in the order the law lists it.
    pub fn lines(&self, lang: Lang) -> Vec<SellerLine> {
        let lines = [
            (t!(lang, "seller-name"), &self.name),
            (t!(lang, "seller-representative"), &self.representative),
            (t!(lang, "seller-business-number"), &self.business_number),
            (t!(lang, "seller-mail-order-number"), &self.mail_order_number),
            (t!(lang, "seller-address"), &self.address),
            (t!(lang, "seller-phone"), &self.phone),
            (t!(lang, "seller-email"), &self.email),
            (t!(lang, "seller-hosting"), &self.hosting),
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
        let officer = if self.privacy_officer.is_empty() { &self.representative } else { &self.privacy_officer };
        [
            ("{seller_name}", &self.name),
            ("{seller_representative}", &self.representative),
            ("{seller_business_number}", &self.business_number),
            ("{seller_mail_order_number}", &self.mail_order_number),
            ("{seller_address}", &self.address),
            ("{seller_phone}", &self.phone),
            ("{seller_email}", &self.email),
            ("{seller_hosting}", &self.hosting),
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
        assert_eq!(Seller::example(Lang::Ko).registry_url(), None);
    }

    #[test]
    fn a_detail_is_no_markdown() {
        let seller = Seller { name: "*담다* [x](y) <b>".to_owned(), ..Seller::default() };
        assert_eq!(seller.fill_in("{seller_name}", Lang::Ko), "\\*담다\\* \\[x\\]\\(y\\) \\<b\\>");
        assert!(!seller.fill_in("{seller_phone}", Lang::Ko).is_empty());
    }
}
