//! The frame of every page: bars above and below, heading, what the last form left to say, and scripts only
//! when an island is there to be woken.

use super::head::{Found, PageFacts, PageHead};
use super::{Footer, Notes, Tabbar, Topbar};
use crate::text::t;
use crate::visit::{Visit, set_caching};
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// Which part of the shop a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    Home,
    Products,
    Coupons,
    Orders,
    Wallet,
    Cart,
    Account,
    Elsewhere,
}

impl Here {
    /// `aria-current` of a link to `part`.
    pub fn current(self, part: Here) -> Option<&'static str> {
        (self == part).then_some("page")
    }
}

/// A page in its frame. A private one is kept by nobody.
#[component]
pub fn Frame(
    title: String,
    here: Here,
    /// The page's heading, unless the page brings its own.
    #[prop(optional, into)]
    heading: String,
    #[prop(optional, into)] lead: String,
    /// `page-reading` or `page-form` for narrow pages.
    #[prop(optional)]
    class: &'static str,
    #[prop(optional)] private: bool,
    #[prop(optional, into)] description: String,
    /// What search engines and social sites may know.
    #[prop(optional)]
    found: Found,
    children: Children,
) -> impl IntoView {
    let visit = Visit::current();
    let said = visit.flash != Default::default();
    set_caching(private || visit.user.is_some() || said);
    let lead = (!lead.is_empty()).then(|| view! { <p class="page-lead">{lead}</p> });
    let head = (!heading.is_empty())
        .then(|| view! { <header class="page-head"><h1 class="page-title">{heading}</h1>{lead}</header> });
    let description = if description.is_empty() { t!(visit.lang, "shop-description") } else { description };
    let content = children();
    // Written before it is asked whether anything here moves.
    let topbar = view! { <Topbar here/> }.into_any();
    let notes = view! { <Notes/> }.into_any();
    let options = use_context::<LeptosOptions>().filter(|_| visit.islands.any());
    let title = format!("{title} · {}", t!(visit.lang, "brand"));
    let facts = if private { Vec::new() } else { found.facts.clone() };
    view! {
        <Title text=escape_title(&title)/>
        <Meta name="description" content=description.clone()/>
        <PageHead lang=visit.lang title description private found/>
        <a class="skip-link" href="#main">{t!(visit.lang, "skip-to-content")}</a>
        {topbar}
        <main class=format!("page {class}").trim_end().to_owned() id="main">
            {head}
            {notes}
            {content}
        </main>
        <Footer/>
        <Tabbar here/>
        <PageFacts facts/>
        {options.map(|options| view! { <HydrationScripts options islands=true/> })}
    }
    .into_any()
}

/// What stands in `<title>`: leptos_meta writes it as it is, and a product may be called `</title>`.
fn escape_title(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_title() {
        assert_eq!(escape_title("</title><b> &lt; · 담다"), "&lt;/title>&lt;b> &amp;lt; · 담다");
    }
}
