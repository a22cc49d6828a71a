//! The browser's program of the pages on which administrators set things up.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use app::program::{Build, Program, start};
use wasm_bindgen::prelude::wasm_bindgen;

struct Manage;

impl Build for Manage {
    const PROGRAM: Option<Program> = Some(Program::Manage);
}

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    start::<Manage>();
}

fn main() {}
