//! The withdrawal notice: the tick beside the pay button, and what an order keeps of it.

use super::{FieldError, When};
use crate::text::t;
use crate::visit::{Visit, lang, legal};
use leptos::prelude::*;
use shop::Timestamp;
use shop::notice::NoticeDigest;

/// The field of the pay form; its value is the digest of the notice that is shown.
pub const CONSENT_FIELD: &str = "consent";

/// The notice in full, and the tick that the law asks for before digital goods are sold. Ticked only by
/// the shopper: a tick is kept through a refusal, never made.
#[component]
pub fn ConsentTick(
    /// The form it belongs to, as the flash names it.
    form: &'static str,
) -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let legal = legal();
    let notice = legal.withdrawal(lang);
    let digest = notice.digest.to_string();
    let was_ticked = visit.flash.value(form, CONSENT_FIELD) == Some(digest.as_str());
    let is_missing = visit.flash.error(form, CONSENT_FIELD).is_some();
    let error =
        is_missing.then(|| view! { <FieldError field=CONSENT_FIELD>{t!(lang, "consent-missing")}</FieldError> });
    let described_by = if is_missing { "consent-error consent-text" } else { "consent-text" };
    view! {
        <div class="consent">
            <div class="consent-text" id="consent-text" inner_html=notice.html.clone()></div>
            <label class="consent-tick">
                <input
                    type="checkbox"
                    id=CONSENT_FIELD
                    name=CONSENT_FIELD
                    value=digest
                    checked=was_ticked
                    aria-invalid=is_missing.then_some("true")
                    aria-describedby=described_by
                    required
                />
                <span>{t!(lang, "consent-label")}</span>
            </label>
            {error}
            <a class="link consent-more" href="/refunds" target="_blank" rel="noopener">{t!(lang, "consent-more")}</a>
        </div>
    }
    .into_any()
}

/// That the shopper of an order agreed, when, and the way to the very text.
#[component]
pub fn ConsentRecord(
    notice: NoticeDigest,
    /// When the order was placed, which is when the shopper agreed.
    moment: Timestamp,
) -> impl IntoView {
    let lang = lang();
    view! {
        <p class="faint consent-record">
            {t!(lang, "consent-given")}" · "<When moment=moment/>" · "
            <a class="link" href=format!("/notices/{notice}")>{t!(lang, "consent-show")}</a>
        </p>
    }
    .into_any()
}
