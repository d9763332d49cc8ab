//! The order page that settles itself: it asks what has become of the order and shows the page anew only
//! when that has changed, so that nobody is read the same page again and again. It looks a bounded number
//! of times. Without JavaScript the page refreshes itself.

use super::wire::{fetch_json, reload, sleep, until_seen};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How often it looks, at most.
pub const MOST_LOOKS: u32 = 40;

#[island]
pub fn Settling(
    /// Where the order's present state can be read.
    path: String,
    /// The state the page shows.
    state: String,
    /// When to look first.
    wait_ms: i32,
) -> impl IntoView {
    super::note_island();
    Effect::new(move |_| {
        const LATEST_MS: i32 = 20_000;
        let (path, state) = (path.clone(), state.clone());
        spawn_local(async move {
            let mut wait_ms = wait_ms;
            for _ in 0..MOST_LOOKS {
                sleep(wait_ms).await;
                until_seen().await;
                let now = fetch_json(&path).await.and_then(|answer| answer.as_string());
                if now.is_some_and(|now| now != state) {
                    reload();
                    return;
                }
                wait_ms = (wait_ms + wait_ms / 2).min(LATEST_MS);
            }
        });
    });
}
