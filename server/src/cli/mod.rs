//! What the binary can do beside serving.

pub mod audit;
pub mod backup;
pub mod keys;
