//! The browser's entry point.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]

use leptos::prelude::set_timeout;
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        app::browser::page::show_crash_notice();
    }));
    app::browser::details::close_on_leave();
    app::browser::unsaved::ask_before_leaving(app::program::is_elsewhere);
    app::browser::navigation::load_elsewhere(app::program::is_elsewhere);
    leptos::mount::hydrate_body(app::App);
    // Parts that waited for their data come to life in the tasks that follow; then the page answers to everything.
    set_timeout(app::browser::page::mark_hydrated, Duration::ZERO);
}
