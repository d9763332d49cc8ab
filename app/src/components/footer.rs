//! The foot of every page: what the shop is, and the choice of language and brightness.

use super::SellerDetails;
use crate::text::{Lang, t};
use crate::visit::{SiteInfo, Theme, here, here_in_any_language, lang};
use leptos::prelude::*;

#[component]
pub fn Footer() -> impl IntoView {
    let lang = lang();
    let is_demo = use_context::<SiteInfo>().is_some_and(|site| site.is_demo);
    view! {
        <footer class="footer">
            <div class="footer-inner">
                <div>
                    <p>{t!(lang, "footer-line")}</p>
                    {is_demo.then(|| view! { <p>{t!(lang, "footer-demo")}</p> })}
                </div>
                <div class="footer-choices">
                    <form class="footer-choice" method="post" action="/fn/set_language" aria-label=t!(lang, "choice-language")>
                        <input type="hidden" name="next" value=here_in_any_language()/>
                        <Choice name="lang" value="ko" text="한국어".to_owned() chosen=lang == Lang::Ko lang="ko"/>
                        <Choice name="lang" value="en" text="English".to_owned() chosen=lang == Lang::En lang="en"/>
                    </form>
                    <ThemeChoice/>
                </div>
                <SellerDetails/>
            </div>
        </footer>
    }
    .into_any()
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let lang = lang();
    let theme = Theme::of_request();
    view! {
        <form class="footer-choice" method="post" action="/fn/set_theme" aria-label=t!(lang, "choice-theme")>
            <input type="hidden" name="next" value=here()/>
            <Choice name="theme" value="auto" text=t!(lang, "theme-auto") chosen=theme.is_none()/>
            <Choice name="theme" value="light" text=t!(lang, "theme-light") chosen=theme == Some(Theme::Light)/>
            <Choice name="theme" value="dark" text=t!(lang, "theme-dark") chosen=theme == Some(Theme::Dark)/>
        </form>
    }
}

#[component]
fn Choice(
    name: &'static str,
    value: &'static str,
    text: String,
    chosen: bool,
    #[prop(optional)] lang: Option<&'static str>,
) -> impl IntoView {
    view! {
        <button class="footer-option" name=name value=value lang=lang aria-pressed=if chosen { "true" } else { "false" }>
            {text}
        </button>
    }
}
