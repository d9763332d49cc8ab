//! What the last form left to say, above the page it led to.

use super::{Icon, IconName, Notice, NoticeKind};
use crate::flash::Note;
use crate::text::errors::{adjustment_refusal_text, image_refusal_text, refund_refusal_text};
use crate::text::{Lang, field_text, isolated, moment, refusal_text, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::Refusal;
use shop::id::ProductId;

#[component]
pub fn Notes() -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let cookies_off = visit
        .cookies_off
        .then(|| Said::new(NoticeKind::Warning, t!(lang, "cookies-off"), t!(lang, "cookies-off-text")));
    let said = visit.flash.note.clone().and_then(|note| said(&visit, note));
    let said: Vec<AnyView> = cookies_off.into_iter().chain(said).map(said_view).collect();
    (!said.is_empty()).then(|| view! { <div class="stack page-head">{said}</div> })
}

fn said_view(Said { kind, title, text, way_on }: Said) -> AnyView {
    let role = if kind == NoticeKind::Success || kind == NoticeKind::Info { "status" } else { "alert" };
    match way_on {
        Some(way_on) => view! { <Notice kind title text role>{way_on}</Notice> }.into_any(),
        None => view! { <Notice kind title text role/> }.into_any(),
    }
}

/// Puts back into the cart what was just taken out.
fn undo(lang: Lang, product_id: ProductId, quantity: i64) -> AnyView {
    view! {
        <form method="post" action="/fn/put_back">
            <input type="hidden" name="product_id" value=product_id.to_string()/>
            <input type="hidden" name="quantity" value=quantity.to_string()/>
            <button class="button button-secondary">
                <Icon name=IconName::RotateCcw/>
                {t!(lang, "cart-put-back")}
            </button>
        </form>
    }
    .into_any()
}

struct Said {
    kind: NoticeKind,
    title: String,
    text: String,
    way_on: Option<AnyView>,
}

impl Said {
    fn new(kind: NoticeKind, title: String, text: String) -> Self {
        Self { kind, title, text, way_on: None }
    }

    fn title(kind: NoticeKind, title: String) -> Self {
        Self::new(kind, title, String::new())
    }

    fn linking(mut self, path: &'static str, text: String) -> Self {
        self.way_on = Some(view! { <a class="button button-secondary" href=path>{text}</a> }.into_any());
        self
    }

    fn offering(mut self, way_on: AnyView) -> Self {
        self.way_on = Some(way_on);
        self
    }
}

/// `None` for what its own page says beside a field.
fn said(visit: &Visit, note: Note) -> Option<Said> {
    use NoticeKind::{Danger, Info, Success, Warning};
    let (lang, form) = (visit.lang, visit.flash.form.as_str());
    Some(match note {
        Note::EmailTaken => return None,
        Note::Welcome => Said::new(Success, t!(lang, "note-welcome"), t!(lang, "note-welcome-text"))
            .linking("/wallet", t!(lang, "go-charge")),
        Note::LoggedOut => Said::title(Info, t!(lang, "note-logged-out")),
        Note::LogInFirst => Said::new(Info, t!(lang, "note-log-in-first"), t!(lang, "note-log-in-first-text")),
        Note::PasswordChanged => {
            Said::new(Success, t!(lang, "note-password-changed"), t!(lang, "note-password-changed-text"))
        }
        Note::AddedToCart { quantity, .. } => {
            Said::title(Success, t!(lang, "note-added", count = quantity)).linking("/cart", t!(lang, "go-cart"))
        }
        Note::Removed { product_id, quantity, name, name_en } => {
            let name = match lang.pick(&name, &name_en) {
                "" => t!(lang, "cart-gone-name", id = product_id.to_string()),
                name => isolated(name),
            };
            Said::title(Info, t!(lang, "note-removed", name = name)).offering(undo(lang, product_id, quantity))
        }
        Note::PutBack => Said::title(Success, t!(lang, "note-put-back")),
        Note::OtherAccount => {
            let name = visit.user.as_ref().map(|user| isolated(&user.name)).unwrap_or_default();
            Said::new(Warning, t!(lang, "note-other-account"), t!(lang, "note-other-account-text", name = name))
        }
        Note::TooManyOfOne => {
            Said::new(Warning, t!(lang, "note-too-many-of-one"), t!(lang, "note-too-many-of-one-text"))
                .linking("/cart", t!(lang, "go-cart"))
        }
        Note::TooManyInAll => {
            Said::new(Warning, t!(lang, "note-too-many-in-all"), t!(lang, "note-too-many-in-all-text"))
                .linking("/cart", t!(lang, "go-cart"))
        }
        Note::Charged { amount } => Said::title(Success, t!(lang, "note-charged", amount = amount.to_string())),
        Note::Claimed { name, name_en } => {
            let name = isolated(lang.pick(&name, &name_en));
            Said::new(Success, t!(lang, "note-claimed"), t!(lang, "note-claimed-text", name = name))
        }
        Note::Refused { refusal } => Said::new(Danger, refused_title(lang, form), refused_text(lang, form, &refusal)),
        Note::AmountChanged => Said::new(Info, t!(lang, "note-amount-changed"), t!(lang, "note-amount-changed-text")),
        Note::InvalidCredentials => {
            Said::new(Danger, t!(lang, "error-invalid-credentials"), t!(lang, "note-invalid-credentials-text"))
                .linking("/forgot-password", t!(lang, "forgot-link"))
        }
        Note::RateLimited { until } => Said::new(
            Warning,
            t!(lang, "note-limited"),
            t!(lang, "note-limited-text", until = moment::clock_seconds(until)),
        ),
        Note::Blocked { until } => {
            let until = moment::near(lang, until, shop().now());
            let text = match form {
                "login" => t!(lang, "note-blocked-login-text", until = until),
                "login-code" | "second-factor" => t!(lang, "note-blocked-code-text", until = until),
                "password" | "close" => t!(lang, "note-blocked-password-text", until = until),
                _ => t!(lang, "note-blocked-text", until = until),
            };
            Said::new(Warning, t!(lang, "note-blocked"), text)
        }
        Note::Frozen => Said::new(Danger, t!(lang, "note-frozen"), t!(lang, "error-frozen")),
        Note::MailOff => Said::new(Warning, t!(lang, "note-mail-off"), t!(lang, "error-mail-off")),
        Note::NotAllowed => Said::new(Warning, t!(lang, "note-not-allowed"), t!(lang, "note-not-allowed-text")),
        Note::Wrong { problem } => Said::title(Warning, field_text(lang, &problem)),
        Note::RecoveredByHand { recovered, pending, not_due, elsewhere, finished, failed } => {
            let outcomes = [recovered, pending, not_due, elsewhere, finished, failed];
            let kind = if failed > 0 { Warning } else { Info };
            Said::new(kind, t!(lang, "note-recovered"), recovered_text(lang, outcomes))
        }
        Note::Refunded { amount, owed } => {
            let text = if owed { t!(lang, "refund-is-owed-text") } else { String::new() };
            Said::new(Success, t!(lang, "note-refunded", amount = amount.to_string()), text)
        }
        Note::Done => Said::title(Success, t!(lang, "note-done")),
        Note::LastOwner => Said::new(Warning, t!(lang, "note-last-owner"), t!(lang, "error-last-owner")),
        Note::OrdersUnfinished { count } => {
            Said::new(Warning, t!(lang, "note-orders-unfinished"), t!(lang, "error-orders-unfinished", count = count))
                .linking("/orders", t!(lang, "go-orders"))
        }
        Note::RefundRefused { refusal } => {
            Said::new(Danger, t!(lang, "note-refund-refused"), refund_refusal_text(lang, &refusal))
        }
        Note::AdjustmentRefused { refusal } => {
            Said::new(Danger, t!(lang, "note-adjustment-refused"), adjustment_refusal_text(lang, &refusal))
        }
        Note::AdjustmentProposed => {
            Said::new(Info, t!(lang, "note-adjustment-proposed"), t!(lang, "note-adjustment-proposed-text"))
        }
        Note::SessionEnded => Said::title(Success, t!(lang, "note-session-ended")),
        Note::RecoveryCodesRenewed => Said::title(Success, t!(lang, "note-recovery-codes-renewed")),
        Note::SecondFactorSet => {
            Said::new(Success, t!(lang, "note-second-factor-set"), t!(lang, "note-second-factor-set-text"))
        }
        Note::SecondFactorMissing => {
            Said::new(Warning, t!(lang, "second-factor-required"), t!(lang, "error-second-factor-missing"))
        }
        Note::ChangedMeanwhile => {
            Said::new(Warning, t!(lang, "note-changed-meanwhile"), t!(lang, "error-changed-meanwhile"))
        }
        Note::Imported { made, edited, moved } => {
            let [made, edited, moved] = [made, edited, moved].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
            let text = t!(lang, "note-imported-text", made = made, edited = edited, moved = moved);
            Said::new(Success, t!(lang, "note-imported"), text)
        }
        Note::ImageRefused { refusal } => {
            // The code is what somebody who helps asks for.
            let text = format!("{} ({})", image_refusal_text(lang, refusal), refusal.code());
            Said::new(Danger, t!(lang, "note-image-refused"), text)
        }
        Note::FileGone => Said::new(Warning, t!(lang, "note-file-gone"), t!(lang, "note-file-gone-text")),
        Note::ResetAsked => Said::new(Info, t!(lang, "note-reset-asked"), t!(lang, "note-reset-asked-text")),
        Note::PasswordReset => {
            Said::new(Success, t!(lang, "note-password-reset"), t!(lang, "note-password-reset-text"))
        }
        Note::Renamed => Said::title(Success, t!(lang, "note-renamed")),
        Note::LanguageKept => Said::title(Success, t!(lang, "note-language-kept")),
        Note::AccountClosed => Said::new(Info, t!(lang, "note-account-closed"), t!(lang, "note-account-closed-text")),
        Note::ChargesClosed => Said::title(Warning, t!(lang, "note-charges-closed")),
        Note::InProgress => Said::new(Info, t!(lang, "note-in-progress"), t!(lang, "error-in-progress"))
            .linking("/orders", t!(lang, "go-orders")),
        Note::Reused => Said::new(Warning, t!(lang, "note-reused"), t!(lang, "note-reused-text"))
            .linking("/orders", t!(lang, "go-orders")),
        Note::Busy => Said::new(Warning, t!(lang, "note-busy"), t!(lang, "error-busy")),
        Note::Malformed => Said::new(Danger, t!(lang, "note-malformed"), t!(lang, "note-malformed-text")),
        Note::Fault => Said::new(Danger, t!(lang, "note-fault"), t!(lang, "error-fault")),
    })
}

fn refused_title(lang: Lang, form: &str) -> String {
    match form {
        "order" => t!(lang, "refused-title-order"),
        "claim" => t!(lang, "refused-title-claim"),
        "charge" => t!(lang, "refused-title-charge"),
        _ => t!(lang, "refused-title"),
    }
}

fn refused_text(lang: Lang, form: &str, refusal: &Refusal) -> String {
    let text = refusal_text(lang, refusal);
    if form == "order" { format!("{text} {}", t!(lang, "refused-no-money")) } else { text }
}

/// How many orders came to what, without what none came to.
fn recovered_text(lang: Lang, outcomes: [usize; 6]) -> String {
    let [recovered, pending, not_due, elsewhere, finished, failed] =
        outcomes.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let told = [
        (recovered, t!(lang, "recovered-now", count = recovered)),
        (pending, t!(lang, "recovered-pending", count = pending)),
        (not_due, t!(lang, "recovered-not-due", count = not_due)),
        (elsewhere, t!(lang, "recovered-elsewhere", count = elsewhere)),
        (finished, t!(lang, "recovered-finished", count = finished)),
        (failed, t!(lang, "recovered-failed", count = failed)),
    ];
    told.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect::<Vec<_>>().join(" · ")
}
