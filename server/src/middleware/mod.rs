//! What happens to every request before a handler sees it.

pub mod client;
pub mod database;
pub mod functions;
pub mod gate;
pub mod headers;
pub mod requests;
pub mod same_origin;
