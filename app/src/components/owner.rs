//! Whose form it is. A form that acts for an account carries it, so that it never acts for another one that
//! has logged in since in another tab; see [`form_owner`](crate::onward::form_owner).

use crate::visit::Visit;
use leptos::prelude::*;

#[component]
pub fn Owner() -> impl IntoView {
    let owner = Visit::current().user.as_ref().map(|user| user.id.to_string());
    owner.map(|owner| view! { <input type="hidden" name="owner" value=owner/> })
}
