//! The few things that move by themselves. An island is compiled to wasm, gets its texts as props, and
//! degrades to the HTML it is made of: nothing here is needed to buy.

mod cart_link;
mod countdown;
mod coupon_left;
mod live_part;
mod quantity_select;
mod search_box;
mod settling;
mod stock_left;
mod submit_once;
#[cfg(feature = "hydrate")]
mod times;
mod wire;

pub use cart_link::CartLink;
pub use countdown::Countdown;
pub use coupon_left::CouponLeft;
pub use live_part::LivePart;
pub use quantity_select::QuantitySelect;
pub use search_box::SearchBox;
pub use settling::{MOST_LOOKS, Settling};
pub use stock_left::StockLeft;
pub use submit_once::SubmitOnce;

/// The texts of an island, in the order it names them. One list and not a field each: every field of an
/// island's props costs the bundle twice, to be written and to be read.
pub type Words = Vec<String>;

/// The texts by name; what is missing is blank.
fn spread<const COUNT: usize>(words: Words) -> [String; COUNT] {
    let mut words = words.into_iter();
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

/// Wakes the islands of the page. Calling it from the wasm entry also keeps them in the binary.
#[cfg(feature = "hydrate")]
pub fn wake() {
    leptos::mount::hydrate_islands();
    times::localise();
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
