//! The Gatehouse server: configuration, router, middleware, and the plain HTTP routes beside the web application.
// The type of a view is the nesting of everything in it, which an optimizing build follows to its end.
#![recursion_limit = "256"]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

pub mod changes;
pub mod chat;
pub mod config;
pub mod cookies;
pub mod download;
mod events;
pub mod find;
pub mod forms;
pub mod health;
mod kept;
pub mod logging;
pub mod metrics;
pub mod middleware;
pub mod router;
pub mod sample;
pub mod scim;
pub mod serve;
pub mod site;
pub mod state;
