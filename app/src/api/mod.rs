//! Server functions: the browser's API. Each says who is asking, calls one use case and answers.

#![allow(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments, whose fields cannot carry documentation"
)]

pub mod as_of;
pub mod audit;
pub mod budgets;
pub mod bulk;
pub mod chat;
pub mod compare;
mod error;
pub mod invitations;
mod json;
pub mod keys;
pub mod members;
pub mod prices;
pub mod providers;
pub mod request_log;
pub mod requests;
pub mod reviews;
pub mod scim;
pub mod session;
pub mod settings;
pub mod sign_on;
pub mod spend;
pub mod teams;
pub mod templates;
pub mod unused;
#[cfg(feature = "ssr")]
pub mod who;

pub use error::{ApiError, ApiResult};
