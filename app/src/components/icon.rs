//! Icons from the one sprite.

use leptos::prelude::*;

/// Changes with the icons and is part of their address, so that browsers may keep them for ever.
pub const VERSION: u64 = fnv1a(include_bytes!("../../../public/icons.svg"));

/// The 64-bit FNV-1a hash (draft-eastlake-fnv): no protection, but it tells versions of a file apart while compiling.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut n = 0;
    while n < bytes.len() {
        hash = (hash ^ bytes[n] as u64).wrapping_mul(0x0100_0000_01b3);
        n += 1;
    }
    hash
}

/// A symbol of `/icons.svg`. It is decoration: what it stands beside, or the control's label, says the same in words.
#[component]
pub fn Icon(
    /// The symbol's id.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" width="16" height="16">
            <use href=format!("/icons.svg?{VERSION:x}#{name}") />
        </svg>
    }
}
