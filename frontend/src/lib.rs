//! The browser's part with every page in it, for working on it. What is shipped is in `programs`.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use app::program::{EveryPage, start};
use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    start::<EveryPage>();
}
