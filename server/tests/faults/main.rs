//! What machines and people do to a server: the real binary, killed, cut off from its database, without room on its disk,
//! and asked for more than it can do.
//!
//! `script/faults` runs these longer than `script/test` does.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bodies;
mod database_away;
mod disk_full;
mod killed;
mod neighbours;
mod organization;
mod process;
mod sign_ins;
mod silent;
mod unwritable;

/// Whether to take the time that only `script/faults` has.
fn thorough() -> bool {
    std::env::var_os("GATEHOUSE_FAULTS").is_some()
}
