//! The second factor of an operator: set up, its recovery codes once, and taken away again. It works without scripts:
//! the picture is SVG from the server, and the secret stands beside it for typing.

use crate::auth::{address_of_caller, require_user, take_recovery_codes};
use crate::components::{Field, Frame, Here, Notice, NoticeKind, Owner};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, legal, shop};
use leptos::prelude::*;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use shop::second_factor::codes::enrolment_uri;
use shop::second_factor::service::{Standing, find_owner, find_standing, secret_text};
use shop::user::User;

#[component]
pub fn SecondFactorPage() -> impl IntoView {
    page(second_factor())
}

async fn second_factor() -> Result<AnyView, Stop> {
    let user = require_user()?;
    // To a shopper the page does not exist.
    find_owner(&shop(), &user, &address_of_caller()).await?;
    let standing = find_standing(&shop(), user.id).await?;
    let codes = take_recovery_codes(user.id).await?;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "second-factor-title");
    let part = match standing {
        Standing::Missing => missing(lang),
        Standing::Begun { secret } => begun(lang, &user, &secret),
        Standing::Confirmed { recovery_codes_left } => confirmed(lang, recovery_codes_left),
    };
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-reading" private=true>
            <div class="stack stack-wide">
                {codes.map(|codes| recovery_codes(lang, codes))}
                {part}
            </div>
        </Frame>
    }
    .into_any())
}

fn missing(lang: Lang) -> AnyView {
    let is_required = shop().settings().require_second_factor.then(|| {
        view! { <Notice kind=NoticeKind::Warning title=t!(lang, "second-factor-required") text=t!(lang, "second-factor-required-text")/> }
    });
    view! {
        {is_required}
        <section class="card stack">
            <p>{t!(lang, "second-factor-text")}</p>
            <form method="post" action="/fn/begin_second_factor">
                <Owner/>
                <button class="button button-primary">{t!(lang, "second-factor-begin")}</button>
            </form>
        </section>
    }
    .into_any()
}

fn begun(lang: Lang, user: &User, secret: &[u8]) -> AnyView {
    let uri = enrolment_uri(&issuer(), &user.email, secret);
    let picture = picture_of(&uri).map(|svg| {
        view! { <div class="second-factor-picture" role="img" aria-label=t!(lang, "second-factor-picture") inner_html=svg></div> }
    });
    view! {
        <section class="card stack">
            <p>{t!(lang, "second-factor-scan")}</p>
            {picture}
            <p class="muted">{t!(lang, "second-factor-secret")}</p>
            <p><code class="console-facts second-factor-secret">{secret_text(secret)}</code></p>
            <form class="form" method="post" action="/fn/confirm_second_factor">
                <Owner/>
                <Field form="second-factor" name="code" label=t!(lang, "field-code") autocomplete="one-time-code" hint=t!(lang, "second-factor-code-hint")/>
                <button class="button button-primary">{t!(lang, "second-factor-confirm")}</button>
            </form>
            <form method="post" action="/fn/begin_second_factor">
                <Owner/>
                <button class="button button-secondary">{t!(lang, "second-factor-anew")}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Whose code it is, in the list of an app.
fn issuer() -> String {
    let name = legal().seller(Lang::default()).name.clone();
    if name.is_empty() { "Damda".to_owned() } else { name }
}

/// Black on white whatever the theme: cameras want it so.
fn picture_of(uri: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(uri, EcLevel::M).ok()?;
    let svg = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    // Without its XML declaration, which HTML does not know.
    svg.find("<svg").map(|start| svg[start..].to_owned())
}

fn recovery_codes(lang: Lang, codes: Vec<String>) -> AnyView {
    let rows =
        codes.into_iter().map(|code| view! { <li><code class="console-facts">{code}</code></li> }).collect_view();
    view! {
        <section class="card stack">
            <h2 class="card-title">{t!(lang, "recovery-codes-title")}</h2>
            <p>{t!(lang, "recovery-codes-text")}</p>
            <ol class="recovery-codes">{rows}</ol>
        </section>
    }
    .into_any()
}

fn confirmed(lang: Lang, left: i64) -> AnyView {
    let few = (left <= 3).then(|| {
        view! { <Notice kind=NoticeKind::Warning title=t!(lang, "recovery-codes-few") text=t!(lang, "recovery-codes-few-text")/> }
    });
    view! {
        {few}
        <section class="card stack">
            <p>{t!(lang, "second-factor-on")}</p>
            <p class="muted">{t!(lang, "recovery-codes-left", count = left)}</p>
            <form class="form" method="post" action="/fn/renew_recovery_codes">
                <Owner/>
                <Field form="second-factor" name="code" label=t!(lang, "field-code") autocomplete="one-time-code" hint=t!(lang, "login-code-hint")/>
                <p class="muted">{t!(lang, "recovery-codes-renew-text")}</p>
                <div class="row">
                    <button class="button button-secondary">{t!(lang, "recovery-codes-renew")}</button>
                    <button class="button button-secondary" formaction="/fn/remove_second_factor">
                        {t!(lang, "second-factor-remove")}
                    </button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
