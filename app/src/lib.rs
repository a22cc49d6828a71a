//! The Gatehouse web application: rendered by the server, brought to life in the browser.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

pub mod api;
pub mod browser;
pub mod components;
pub mod forms;
pub mod pages;
pub mod program;
mod shell;

pub use shell::{app, shell};
