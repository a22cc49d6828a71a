//! The OpenAI-compatible gateway, and the engine that Chat shares with it.
//!
//! A request goes: API key (`api_key`) → access rule (`services::snapshot`) → limits of the key (`rates`, `load`) → provider
//! (`upstream`, `connect`, `reuse`, `forward`) → answer, passed on as it comes (`stream`, `sse`) for as long as it
//! may (`permit`) → account (`measure`,
//! `meter`).
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod api_key;
mod astray;
mod chat;
mod connect;
mod cors;
mod decode;
mod forward;
mod large;
mod limits;
mod linger;
mod load;
mod measure;
mod meter;
mod permit;
mod provider_refusal;
mod rates;
mod refusal;
mod request_body;
mod reuse;
mod routes;
mod sse;
mod stream;
mod upstream;
mod usage;
mod wire;

pub use api_key::api_key;
pub use astray::programs_astray;
pub use chat::ChatStream;
pub use cors::Origins;
pub use forward::Engine;
pub use limits::{BODY_BYTES, Limits};
pub use linger::linger;
pub use refusal::Refusal;
pub use routes::{paths, router};
