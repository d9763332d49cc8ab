//! What the law asks a Korean shop to show: who sells, on which terms, what becomes of personal data, and
//! that digital goods cannot be given back once provided. The texts are the owner's: templates are built
//! in, files of the same names override them, and `{seller_…}` in either becomes the owner's details.
//! Everything is read once at the start; a text that cannot be shown safely stops it.
//!
//! [`seller`] is who sells, [`markdown`] turns text into a page.

pub mod markdown;
pub mod seller;

pub use seller::Seller;

use crate::text::Lang;
use markdown::{Heading, MarkdownProblem};
use shop::notice::NoticeDigest;
use shop::notice::service::NoticeText;

/// A text of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    Terms,
    Privacy,
    Refunds,
    /// The short notice beside the pay button.
    Withdrawal,
}

impl DocumentKind {
    pub const ALL: [DocumentKind; 4] = [Self::Terms, Self::Privacy, Self::Refunds, Self::Withdrawal];

    /// As paths and file names have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
            Self::Refunds => "refunds",
            Self::Withdrawal => "withdrawal",
        }
    }

    fn template(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Terms, Lang::Ko) => include_str!("../../legal/terms.ko.md"),
            (Self::Terms, Lang::En) => include_str!("../../legal/terms.en.md"),
            (Self::Privacy, Lang::Ko) => include_str!("../../legal/privacy.ko.md"),
            (Self::Privacy, Lang::En) => include_str!("../../legal/privacy.en.md"),
            (Self::Refunds, Lang::Ko) => include_str!("../../legal/refunds.ko.md"),
            (Self::Refunds, Lang::En) => include_str!("../../legal/refunds.en.md"),
            (Self::Withdrawal, Lang::Ko) => include_str!("../../legal/withdrawal.ko.md"),
            (Self::Withdrawal, Lang::En) => include_str!("../../legal/withdrawal.en.md"),
        }
    }
}

/// `terms.ko.md`
pub fn file_name(kind: DocumentKind, lang: Lang) -> String {
    format!("{}.{}.md", kind.as_str(), lang.code())
}

/// Every name a file of the owner's may have.
pub fn file_names() -> impl Iterator<Item = String> {
    DocumentKind::ALL.into_iter().flat_map(|kind| Lang::ALL.map(|lang| file_name(kind, lang)))
}

/// A page of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    kind: DocumentKind,
    lang: Lang,
    /// Its first heading.
    pub title: Option<String>,
    /// `2026-11-23`, as the text says of itself.
    pub updated: Option<String>,
    /// Its parts, for a list of contents.
    pub contents: Vec<Heading>,
    pub html: String,
    /// Markdown, the seller's details filled in.
    body: String,
}

/// Why a text cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentProblem {
    /// `terms.ko.md`
    pub file: String,
    pub problem: MarkdownProblem,
}

impl Document {
    fn read(kind: DocumentKind, lang: Lang, text: &str, seller: &Seller) -> Result<Self, DocumentProblem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let broken = |problem| DocumentProblem { file: file_name(kind, lang), problem };
        let (updated, text) = markdown::split_date(text).map_err(broken)?;
        let body = seller.fill_in(text, lang);
        let rendered = markdown::render(&body).map_err(broken)?;
        Ok(Self {
            kind,
            lang,
            title: rendered.title,
            updated,
            contents: rendered.contents,
            html: rendered.html,
            body: body.trim().to_owned(),
        })
    }
}

/// The notice a shopper agrees to before paying, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    lang: Lang,
    /// The short text beside the pay button.
    pub html: String,
    /// What is kept with an order: the short text and the page it leads to.
    body: String,
    pub digest: NoticeDigest,
}

impl Withdrawal {
    pub const NAME: &str = "withdrawal";

    fn of(short: &Document, policy: &Document) -> Self {
        let body = format!("{}\n\n---\n\n{}\n", short.body, policy.body);
        let digest = NoticeDigest::of(Self::NAME, short.lang.code(), &body);
        Self { lang: short.lang, html: short.html.clone(), body, digest }
    }
}

/// Everything of it.
#[derive(Clone, Debug)]
pub struct Legal {
    /// In Korean and in English; an owner's is the same in both.
    sellers: [Seller; 2],
    documents: Vec<Document>,
    withdrawals: [Withdrawal; 2],
}

impl Legal {
    /// `find` gives the owner's own text of a file name, where there is one.
    ///
    /// # Errors
    /// The first text that cannot be shown.
    pub fn read(seller: Seller, find: impl Fn(&str) -> Option<String>) -> Result<Self, DocumentProblem> {
        let sellers = match seller.is_example {
            true => Lang::ALL.map(Seller::example),
            false => [seller.clone(), seller],
        };
        let read = |kind: DocumentKind, lang: Lang| {
            let own = find(&file_name(kind, lang));
            let text = own.as_deref().unwrap_or(kind.template(lang));
            Document::read(kind, lang, text, in_lang(&sellers, lang))
        };
        let mut documents = Vec::new();
        for lang in Lang::ALL {
            for kind in [DocumentKind::Terms, DocumentKind::Privacy, DocumentKind::Refunds] {
                documents.push(read(kind, lang)?);
            }
        }
        let withdrawal = |lang: Lang| {
            let short = read(DocumentKind::Withdrawal, lang)?;
            Ok(Withdrawal::of(&short, &read(DocumentKind::Refunds, lang)?))
        };
        let withdrawals = [withdrawal(Lang::Ko)?, withdrawal(Lang::En)?];
        Ok(Self { sellers, documents, withdrawals })
    }

    /// Who sells, as a reader of this language is told.
    pub fn seller(&self, lang: Lang) -> &Seller {
        in_lang(&self.sellers, lang)
    }

    /// A page of text; `None` for the notice, which is no page.
    pub fn document(&self, kind: DocumentKind, lang: Lang) -> Option<&Document> {
        self.documents.iter().find(|document| document.kind == kind && document.lang == lang)
    }

    /// The notice that is shown now.
    pub fn withdrawal(&self, lang: Lang) -> &Withdrawal {
        in_lang(&self.withdrawals, lang)
    }

    /// The digest a form sent, if it is of a notice that is shown now.
    pub fn present_notice(&self, digest: &str) -> Option<&NoticeDigest> {
        self.withdrawals.iter().map(|notice| &notice.digest).find(|present| present.as_str() == digest)
    }

    /// What must be kept before an order can name it.
    pub fn notice_texts(&self) -> [NoticeText<'_>; 2] {
        [&self.withdrawals[0], &self.withdrawals[1]].map(|notice| NoticeText {
            name: Withdrawal::NAME,
            lang: notice.lang.code(),
            body: &notice.body,
        })
    }
}

/// Of two in the order of [`Lang::ALL`].
fn in_lang<T>(both: &[T; 2], lang: Lang) -> &T {
    match lang {
        Lang::Ko => &both[0],
        Lang::En => &both[1],
    }
}

/// The templates, of a seller who has not said who they are.
impl Default for Legal {
    fn default() -> Self {
        Self::read(Seller::default(), |_| None).expect("the templates are sound: a test reads them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seller() -> Seller {
        Seller {
            name: "담다 <b>상점</b> *굵게*".to_owned(),
            email: "help@shop.example".to_owned(),
            ..Seller::default()
        }
    }

    #[test]
    fn every_template_is_a_page_with_the_sellers_name_in_it() {
        let legal = Legal::read(seller(), |_| None).unwrap();
        for lang in Lang::ALL {
            for kind in [DocumentKind::Terms, DocumentKind::Privacy, DocumentKind::Refunds] {
                let document = legal.document(kind, lang).unwrap();
                assert!(document.title.is_some() && document.updated.is_some(), "{kind:?} {lang:?}");
                assert!(document.contents.len() > 5, "{kind:?} {lang:?}");
                assert!(!document.html.contains("{seller"), "{kind:?} {lang:?}");
                assert!(!document.html.contains("<b>") && !document.html.contains("<em>굵게"), "{kind:?} {lang:?}");
            }
            let terms = legal.document(DocumentKind::Terms, lang).unwrap();
            assert!(terms.html.contains("담다 &lt;b&gt;상점&lt;/b&gt; *굵게*"), "{}", terms.html);
            assert!(legal.document(DocumentKind::Refunds, lang).unwrap().html.contains("help@shop.example"));
            assert!(legal.document(DocumentKind::Withdrawal, lang).is_none());
        }
    }

    #[test]
    fn the_owners_text_takes_the_templates_place() {
        let own = |name: &str| (name == "terms.en.md").then(|| "# Ours\n\n## One\n\nBy {seller_email}.".to_owned());
        let legal = Legal::read(seller(), own).unwrap();
        let terms = legal.document(DocumentKind::Terms, Lang::En).unwrap();
        assert_eq!((terms.title.as_deref(), terms.updated.as_deref()), (Some("Ours"), None));
        assert!(terms.html.contains("By help@shop.example."));
        assert_eq!(legal.document(DocumentKind::Terms, Lang::Ko).unwrap().title.as_deref(), Some("이용약관"));
    }

    #[test]
    fn a_text_with_html_in_it_is_refused_by_name_and_line() {
        let own = |name: &str| (name == "privacy.ko.md").then(|| "# 처리방침\n\n글 <script>x</script>".to_owned());
        let refused = Legal::read(seller(), own).unwrap_err();
        assert_eq!(refused.file, "privacy.ko.md");
        assert_eq!(refused.problem.line, 3);
    }

    #[test]
    fn a_notice_is_present_only_while_it_is_shown() {
        let before = Legal::default();
        let digest = before.withdrawal(Lang::En).digest.clone();
        assert_eq!(before.present_notice(digest.as_str()), Some(&digest));
        assert_eq!(before.present_notice(""), None);
        let own = |name: &str| (name == "refunds.en.md").then(|| "# Refunds\n\nOther words.".to_owned());
        let after = Legal::read(Seller::default(), own).unwrap();
        assert_eq!(after.present_notice(digest.as_str()), None, "what the notice leads to is part of it");
        assert_eq!(after.withdrawal(Lang::Ko).digest, before.withdrawal(Lang::Ko).digest);
    }
}
