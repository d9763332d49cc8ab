//! The wasm entry: wakes the islands that the server rendered. Everything else of a page stays as HTML.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    app::islands::wake();
}
