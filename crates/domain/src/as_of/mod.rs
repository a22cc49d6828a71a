//! Who could use what at a past instant: what is stored now, with the entries of the audit log since then undone, the newest
//! first.

#[cfg(not(target_arch = "wasm32"))]
mod difference;
#[cfg(not(target_arch = "wasm32"))]
mod look;
mod query;
#[cfg(not(target_arch = "wasm32"))]
mod undo;
mod view;

#[cfg(not(target_arch = "wasm32"))]
pub use difference::differences;
#[cfg(not(target_arch = "wasm32"))]
pub use look::{Look, Order};
pub use query::AsOfQuery;
#[cfg(not(target_arch = "wasm32"))]
pub use undo::{Before, Gap, Kept, PastDeed, PastMember, PastProvider, PastTeam, Standing, UNDONE};
pub use view::{AsOfDifference, AsOfFound, AsOfPage, AsOfProvider, AsOfRow, AsOfSource, Moment};
