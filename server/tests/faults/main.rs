//! What the machine does to a server: the real binary, killed, cut off from its database, without room on its disk.
//!
//! `script/faults` runs these longer than `script/test` does.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod database_away;
mod disk_full;
mod killed;
mod process;

/// Whether to take the time that only `script/faults` has.
fn thorough() -> bool {
    std::env::var_os("GATEHOUSE_FAULTS").is_some()
}
