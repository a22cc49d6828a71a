//! The browser's program of the pages of what is used and what it costs.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use app::program::{Build, Program, start};
use wasm_bindgen::prelude::wasm_bindgen;

struct Spend;

impl Build for Spend {
    const PROGRAM: Option<Program> = Some(Program::Spend);
}

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    start::<Spend>();
}

fn main() {}
