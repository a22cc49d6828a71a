//! The way out to providers, for the gateway, Chat and "Test connection" alike.
//!
//! `address` decides whom a connection may go to and `connect` makes it, `api` how each kind of provider is spoken to (a file for each), `models`
//! reads which models one lists, and `error` what one says when it refuses.

pub mod address;
pub mod api;
pub mod connect;
pub mod error;
pub(crate) mod models;
