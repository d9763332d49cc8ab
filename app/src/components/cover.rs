//! A product's cover: the first of its pictures, or else the drawing it came with. Always 4:3, so that nothing jumps
//! while it loads.

use super::{Icon, IconName};
use leptos::prelude::*;
use shop::product::Product;
use shop::product::images::{Picture, Rendition};

#[component]
pub fn Cover(
    product: Product,
    #[prop(default = "product-cover")] class: &'static str,
    /// Blank where the name stands beside it.
    #[prop(optional, into)]
    alt: String,
    /// Not below the fold: load at once.
    #[prop(optional)]
    eager: bool,
) -> impl IntoView {
    let loading = if eager { "eager" } else { "lazy" };
    // The biggest thing in sight is asked for before scripts and icons.
    let priority = eager.then_some("high");
    let image = if let Some(picture) = product.picture {
        let (src, srcset) = (picture.small.path(), srcset_of(&picture));
        let (width, height) = (picture.large.width, picture.large.height);
        let sizes = sizes_of(class);
        view! {
            <img src=src srcset=srcset sizes=sizes alt=alt width=width height=height loading=loading fetchpriority=priority/>
        }
        .into_any()
    } else if product.cover.is_empty() {
        view! { <Icon name=IconName::Boxes class="icon icon-large"/> }.into_any()
    } else {
        let src = format!("/covers/{}", product.cover);
        view! { <img src=src alt=alt width="800" height="600" loading=loading fetchpriority=priority/> }.into_any()
    };
    view! { <span class=class>{image}</span> }.into_any()
}

/// Both sizes of a picture, for the browser to choose from.
fn srcset_of(picture: &Picture) -> String {
    let one = |rendition: &Rendition| format!("{} {}w", rendition.path(), rendition.width);
    format!("{}, {}", one(&picture.small), one(&picture.large))
}

/// How wide a cover of this class is shown (style/main.css).
fn sizes_of(class: &str) -> &'static str {
    if class.contains("line-cover") {
        "5rem"
    } else if class.contains("product-page-cover") {
        "(min-width: 64rem) 45rem, 100vw"
    } else {
        "(min-width: 64rem) 18rem, 50vw"
    }
}
