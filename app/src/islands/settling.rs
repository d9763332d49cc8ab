//! The order page that settles itself: it looks again after a while, until the server no longer renders
//! this island because nothing more will happen. Without JavaScript the page refreshes itself.

use leptos::prelude::*;
use std::time::Duration;

#[island]
pub fn Settling(
    /// When to look again.
    wait_ms: u32,
) -> impl IntoView {
    super::note_island();
    Effect::new(move |_| {
        set_timeout(
            || {
                // A failed reload leaves the page as it is; its own link still works.
                let _ = window().location().reload();
            },
            Duration::from_millis(u64::from(wait_ms)),
        );
    });
}
