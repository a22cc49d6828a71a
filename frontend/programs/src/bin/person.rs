//! The browser's program of one person's pages.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use app::program::{Build, Program, start};
use wasm_bindgen::prelude::wasm_bindgen;

struct Person;

impl Build for Person {
    const PROGRAM: Option<Program> = Some(Program::Person);
}

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    start::<Person>();
}

fn main() {}
