//! The owner's texts: terms, privacy, withdrawal and refunds; and a notice as an order keeps it.

use crate::components::{Frame, Here, Icon, IconName, When};
use crate::legal::{Document, DocumentKind, markdown};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, legal, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::notice::NoticeDigest;

#[component]
pub fn TermsPage() -> impl IntoView {
    page(document(DocumentKind::Terms))
}

#[component]
pub fn PrivacyPage() -> impl IntoView {
    page(document(DocumentKind::Privacy))
}

#[component]
pub fn RefundsPage() -> impl IntoView {
    page(document(DocumentKind::Refunds))
}

/// What a text is called where it does not say so itself.
pub fn document_name(lang: Lang, kind: DocumentKind) -> String {
    match kind {
        DocumentKind::Terms => t!(lang, "legal-terms"),
        DocumentKind::Privacy => t!(lang, "legal-privacy"),
        DocumentKind::Refunds => t!(lang, "legal-refunds"),
        DocumentKind::Withdrawal => t!(lang, "legal-withdrawal"),
    }
}

async fn document(kind: DocumentKind) -> Result<AnyView, Stop> {
    let legal = legal();
    let lang = Visit::begin().await.lang;
    let document = legal.document(kind, lang).ok_or(Stop::NotFound)?.clone();
    let title = document.title.clone().unwrap_or_else(|| document_name(lang, kind));
    let example = legal.seller(lang).is_example.then(|| view! { <p class="faint">{t!(lang, "legal-example")}</p> });
    let Document { updated, contents, html, .. } = document;
    let contents = (contents.len() > 3).then(|| {
        let parts = contents
            .into_iter()
            .map(|part| view! { <li><a class="link" href=format!("#{}", part.id)>{part.text}</a></li> })
            .collect_view();
        view! {
            <nav class="document-contents" aria-label=t!(lang, "legal-contents")><ul>{parts}</ul></nav>
        }
    });
    Ok(view! {
        <Frame
            title=title.clone()
            here=Here::Elsewhere
            heading=title
            class="page-reading"
            description=t!(lang, "legal-description", name = document_name(lang, kind))
        >
            <div class="stack page-head">
                {updated.map(|date| view! { <p class="faint">{t!(lang, "legal-updated", date = date)}</p> })}
                {example}
                {contents}
            </div>
            <div class="prose document" inner_html=html></div>
        </Frame>
    }
    .into_any())
}

/// What somebody agreed to, word for word. Says nothing of who did.
#[component]
pub fn NoticePage() -> impl IntoView {
    let digest = use_params_map().read_untracked().get("digest");
    page(notice(digest))
}

async fn notice(digest: Option<String>) -> Result<AnyView, Stop> {
    let digest = digest.as_deref().and_then(NoticeDigest::parse).ok_or(Stop::NotFound)?;
    let notice = shop::notice::service::find_notice(&shop(), &digest).await?.ok_or(Stop::NotFound)?;
    let rendered = markdown::render(&notice.body)
        .map_err(|problem| shop::Fault::Broken(format!("notice {digest}, line {}: {}", problem.line, problem.what)))
        .map_err(shop::Error::from)?;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "notice-title");
    Ok(view! {
        <Frame title=title.clone() here=Here::Elsewhere heading=title class="page-reading" private=true>
            <a class="back-link" href="/orders">
                <Icon name=IconName::ChevronLeft class="icon icon-small"/>
                {t!(lang, "orders-title")}
            </a>
            <p class="faint page-head">{t!(lang, "notice-since")}" "<When moment=notice.created_at/></p>
            <div class="prose document" lang=notice.lang inner_html=rendered.html></div>
        </Frame>
    }
    .into_any())
}
