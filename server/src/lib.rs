//! The Gatehouse server: configuration, router, middleware, and the plain HTTP routes beside the web application.

pub mod config;
pub mod cookies;
pub mod download;
pub mod forms;
pub mod middleware;
pub mod router;
pub mod state;
