//! The frame around every page of one organization.

use leptos::prelude::*;
use leptos_router::components::Outlet;

/// Side bar, switcher and the page itself.
#[component]
pub fn OrganizationFrame() -> impl IntoView {
    view! { <main><Outlet /></main> }
}

/// `/o/{org}`: sends each role to where its work is.
#[component]
pub fn OrganizationHome() -> impl IntoView {
    view! { <h1>"Home"</h1> }
}
