//! What the binary can do beside serving.

pub mod keys;
