//! A titled part of a page.

use leptos::prelude::*;

#[component]
pub fn Section(
    title: String,
    /// To be linked to within the page.
    #[prop(optional, into)]
    id: Option<&'static str>,
    /// Where there is more: path and text.
    #[prop(optional, into)]
    more: Option<(&'static str, String)>,
    children: Children,
) -> impl IntoView {
    let more = more.map(|(path, text)| {
        let name = format!("{text}: {title}");
        view! { <a class="section-link" href=path aria-label=name>{text}</a> }
    });
    view! {
        <section class="section" id=id>
            <div class="section-head">
                <h2 class="section-title">{title}</h2>
                {more}
            </div>
            {children()}
        </section>
    }
    .into_any()
}
