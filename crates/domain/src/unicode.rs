//! What needs the tables of Unicode. They are the largest thing this crate could bring along, and every browser has
//! them already, so there its own are used; the server, which decides, has the tables of the crates named below.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod tables;

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{decompose, host_to_ascii, is_mark, nfc};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tables::{decompose, host_to_ascii, is_mark, nfc};

/// What a host name may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostRules {
    /// Letters, digits and inner hyphens, as in an address for mail. Lengths are the caller's to check.
    Mail,
    /// Whatever a URL may hold, which includes the underscore.
    Url,
}
