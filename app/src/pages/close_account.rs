//! Closing one's account: what stays, what goes, and what would be lost, before the password is asked for.

use crate::auth::require_user;
use crate::components::{Field, Frame, Here, Icon, IconName, Notice, NoticeKind, Tick};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::user::closing::{CloseOutlook, find_close_outlook};

#[component]
pub fn CloseAccountPage() -> impl IntoView {
    page(close_account())
}

async fn close_account() -> Result<AnyView, Stop> {
    let user = require_user()?;
    let outlook = find_close_outlook(&shop(), user.id).await?;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "close-title");
    let body =
        if outlook.unfinished > 0 { unfinished(lang, outlook.unfinished) } else { form(lang, user.email, outlook) };
    Ok(view! {
        <Frame title=title.clone() here=Here::Account class="page-form" private=true>
            <a class="back-link" href="/account">
                <Icon name=IconName::ChevronLeft class="icon icon-small"/>
                {t!(lang, "account-title")}
            </a>
            <header class="page-head"><h1 class="page-title">{title}</h1></header>
            <div class="stack stack-wide">
                {consequences(lang)}
                {body}
            </div>
        </Frame>
    }
    .into_any())
}

fn consequences(lang: Lang) -> AnyView {
    view! {
        <section>
            <h2 class="card-title">{t!(lang, "close-goes")}</h2>
            <ul class="plain-list">
                <li>{t!(lang, "close-goes-person")}</li>
                <li>{t!(lang, "close-goes-access")}</li>
                <li>{t!(lang, "close-goes-coupons")}</li>
            </ul>
        </section>
        <section>
            <h2 class="card-title">{t!(lang, "close-stays")}</h2>
            <ul class="plain-list">
                <li>{t!(lang, "close-stays-orders")}</li>
                <li>{t!(lang, "close-stays-email")}</li>
            </ul>
        </section>
    }
    .into_any()
}

fn unfinished(lang: Lang, count: i64) -> AnyView {
    view! {
        <Notice
            kind=NoticeKind::Warning
            title=t!(lang, "note-orders-unfinished")
            text=t!(lang, "error-orders-unfinished", count = count)
        >
            <a class="button button-secondary" href="/orders">{t!(lang, "go-orders")}</a>
        </Notice>
    }
    .into_any()
}

/// The hidden amount is what was shown, with refunds that wait: should it change meanwhile, nothing is closed.
fn form(lang: Lang, email: String, outlook: CloseOutlook) -> AnyView {
    let lost = outlook.lost();
    let owed = outlook.owed.is_positive().then(|| {
        view! { <p class="faint">{t!(lang, "close-owed", amount = outlook.owed.to_string())}</p> }
    });
    let forfeit = lost.is_positive().then(|| {
        let amount = lost.to_string();
        view! {
            <Notice
                kind=NoticeKind::Warning
                title=t!(lang, "close-balance", amount = amount.clone())
                text=t!(lang, "close-balance-text")
            />
            {owed}
            <input type="hidden" name="balance" value=lost.get()/>
            <Tick form="close" name="forfeited" label=t!(lang, "close-forfeit", amount = amount)/>
        }
    });
    view! {
        <form class="form" method="post" action="/fn/close_account">
            {forfeit}
            <input type="text" name="username" autocomplete="username" value=email readonly hidden/>
            <Field
                form="close"
                name="password"
                label=t!(lang, "field-current-password")
                kind="password"
                autocomplete="current-password"
            />
            <button class="button button-danger button-large button-wide">{t!(lang, "close-button")}</button>
            <p class="faint">{t!(lang, "close-final")}</p>
        </form>
    }
    .into_any()
}
