//! The few things that move by themselves. An island is compiled to wasm, gets its texts as props, and
//! degrades to the HTML it is made of: nothing here is needed to buy.

mod quantity_select;
mod settling;
mod submit_once;

pub use quantity_select::QuantitySelect;
pub use settling::Settling;
pub use submit_once::SubmitOnce;

/// Wakes the islands of the page. Calling it from the wasm entry also keeps them in the binary.
#[cfg(feature = "hydrate")]
pub fn wake() {
    leptos::mount::hydrate_islands();
}

/// The page holds an island, so it needs the scripts that wake it. A page without one sends none at all.
#[cfg(feature = "ssr")]
fn note_island() {
    if let Some(seen) = leptos::prelude::use_context::<IslandsSeen>() {
        seen.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

#[cfg(not(feature = "ssr"))]
fn note_island() {}

/// Whether any island was written into the page so far.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, Default)]
pub struct IslandsSeen(std::sync::Arc<std::sync::atomic::AtomicBool>);

#[cfg(feature = "ssr")]
impl IslandsSeen {
    pub fn any(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}
