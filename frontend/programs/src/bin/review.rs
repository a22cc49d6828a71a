//! The browser's program of the pages of what is brought in, asked for and written down.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use app::program::{Build, Program, start};
use wasm_bindgen::prelude::wasm_bindgen;

struct Review;

impl Build for Review {
    const PROGRAM: Option<Program> = Some(Program::Review);
}

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    start::<Review>();
}

fn main() {}
