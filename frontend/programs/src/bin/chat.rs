//! The browser's program of Chat.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use app::program::{Build, Program, start};
use wasm_bindgen::prelude::wasm_bindgen;

struct Chat;

impl Build for Chat {
    const PROGRAM: Option<Program> = Some(Program::Chat);
}

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    start::<Chat>();
}

fn main() {}
