//! The Gatehouse web application: rendered by the server, brought to life in the browser.

pub mod api;
pub mod browser;
pub mod components;
pub mod forms;
pub mod pages;
mod shell;

pub use shell::{App, shell};
