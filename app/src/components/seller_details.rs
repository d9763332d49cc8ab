//! Who sells, and the owner's texts, at the foot of every page.

use crate::legal::DocumentKind;
use crate::pages::document_name;
use crate::text::t;
use crate::visit::{lang, legal};
use leptos::prelude::*;

#[component]
pub fn SellerDetails() -> impl IntoView {
    let lang = lang();
    let legal = legal();
    let seller = legal.seller(lang);
    let texts = [DocumentKind::Terms, DocumentKind::Privacy, DocumentKind::Refunds]
        .map(|kind| {
            let class = if kind == DocumentKind::Privacy { "footer-link footer-link-strong" } else { "footer-link" };
            view! { <a class=class href=format!("/{}", kind.as_str())>{document_name(lang, kind)}</a>" " }
        })
        .collect_view();
    let details = seller
        .lines(lang)
        .into_iter()
        .map(|line| {
            let code = line.lang(lang);
            view! { <div><dt>{line.label}</dt>" "<dd lang=code>{line.value}</dd></div> }
        })
        .collect_view();
    let registry = seller.registry_url().map(|url| {
        view! { <a class="footer-link" href=url rel="noopener" target="_blank">{t!(lang, "seller-registry")}</a> }
    });
    view! {
        <div class="footer-seller">
            <nav class="footer-links" aria-label=t!(lang, "legal-links")>{texts}{registry}</nav>
            {seller.is_example.then(|| view! { <p>{t!(lang, "seller-example")}</p> })}
            {(!seller.is_blank()).then(|| view! { <dl class="footer-details">{details}</dl> })}
        </div>
    }
    .into_any()
}
