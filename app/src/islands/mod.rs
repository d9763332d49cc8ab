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
