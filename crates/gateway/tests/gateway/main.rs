//! The gateway over real sockets, before a provider that misbehaves on command.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access_cases;
mod answers;
mod budgets;
mod cost_cases;
mod ending;
mod errors;
mod forwarding;
mod keys;
mod load;
mod models;
mod race;
mod refusals;
mod reuse;
mod streaming;
mod upstream;
mod usage;
mod world;
