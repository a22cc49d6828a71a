//! Reusable parts. None of them calls the server.

pub mod crash;
pub mod theme;
