//! There is no such page, or not for this person; the two look alike.

use crate::components::{Empty, Found, Frame, Here, IconName};
use crate::stop::{Stop, page};
use crate::text::t;
use crate::visit::{Visit, set_status};
use http::StatusCode;
use leptos::prelude::*;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    page(async { Ok::<_, Stop>(view().await) })
}

pub async fn view() -> AnyView {
    set_status(StatusCode::NOT_FOUND);
    let lang = Visit::begin().await.lang;
    view! {
        <Frame title=t!(lang, "not-found-short") here=Here::Elsewhere found=Found::hidden()>
            <Empty icon=IconName::Search title=t!(lang, "not-found-title") text=t!(lang, "not-found-text") is_heading=true>
                <div class="empty-action">
                    <a class="button button-primary" href="/">{t!(lang, "go-home")}</a>
                    <a class="button button-secondary" href="/products">{t!(lang, "go-products")}</a>
                </div>
            </Empty>
        </Frame>
    }
    .into_any()
}
