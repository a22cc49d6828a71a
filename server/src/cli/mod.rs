//! What the binary can do beside serving.

pub mod backup;
pub mod keys;
