//! The frame around every page of one organization.

mod sidebar;

use super::auth::{AuthCard, answer_with_status};
use super::not_found::NotFoundPage;
use crate::api::session::viewer;
use crate::components::{Busy, LoadFailed};
use domain::organization::{Me, OrganizationLink, Viewer};
use domain::{MemberId, MemberStatus, ProblemCode, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::location::Url;
use sidebar::Sidebar;

/// The signed-in person within the organization of the URL. Pages are only shown inside the frame, which provides it;
/// anywhere else it is somebody who may do nothing.
pub fn use_viewer() -> Viewer {
    use_context::<Viewer>().unwrap_or_else(|| Viewer {
        me: Me {
            name: String::new(),
            email: String::new(),
            organizations: Vec::new(),
        },
        organization: OrganizationLink {
            slug: String::new(),
            name: String::new(),
            role: Role::Member,
        },
        member: MemberId(0),
        status: MemberStatus::Active,
    })
}

/// Finds out who is looking, and shows the page only to those who may see it.
#[component]
pub fn OrganizationFrame() -> impl IntoView {
    let params = use_params_map();
    let location = use_location();
    let slug = Memo::new(move |_| params.read().get("org").unwrap_or_default());
    let person = Resource::new_blocking(move || slug.get(), viewer);
    let sign_in = move || {
        let mut here = location.pathname.get_untracked();
        let search = location.search.get_untracked();
        if !search.is_empty() {
            here = format!("{here}?{search}");
        }
        format!("/login?next={}", Url::escape(&here))
    };

    view! {
        <Transition fallback=|| view! { <AuthCard title="Gatehouse"><Busy /></AuthCard> }>
            {move || Suspend::new(async move {
                match person.await {
                    Ok(viewer) => view! { <Frame viewer /> }.into_any(),
                    Err(error) if error.0.code == ProblemCode::Unauthenticated => {
                        view! { <Redirect path=sign_in() /> }.into_any()
                    }
                    Err(error) if error.0.code == ProblemCode::NotFound => view! { <NotFoundPage /> }.into_any(),
                    Err(error) => {
                        answer_with_status(error.0.code.http_status());
                        view! {
                            <AuthCard title="This organization could not be opened">
                                <LoadFailed problem=error.0 retry=move |()| person.refetch() />
                            </AuthCard>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Frame(viewer: Viewer) -> impl IntoView {
    provide_context(viewer.clone());
    let admin_side = viewer.organization.role.reads_admin_side();
    view! {
        <div class="frame">
            <a class="skip" href="#main" rel="external">"Skip to the content"</a>
            <Sidebar viewer=viewer.clone() />
            <main id="main" class="page" tabindex="-1">
                {if admin_side {
                    view! { <Outlet /> }.into_any()
                } else {
                    view! { <MemberHome viewer /> }.into_any()
                }}
            </main>
        </div>
    }
}

/// What somebody with the role `member` sees of an organization.
#[component]
fn MemberHome(viewer: Viewer) -> impl IntoView {
    let home = format!("/o/{}", viewer.organization.slug);
    let path = use_location().pathname.get_untracked();
    let asked_for_more = path.trim_end_matches('/') != home;
    if asked_for_more {
        answer_with_status(ProblemCode::Forbidden.http_status());
    }
    view! {
        <Title text=viewer.organization.name.clone() />
        <div class="page-head">
            <h1>{viewer.organization.name}</h1>
        </div>
        <div class="prose">
            {asked_for_more
                .then(|| view! { <p>"The page you asked for is for owners, admins and auditors of this organization."</p> })}
            <p>
                "You are a member here. Who may use which AI provider is decided by its owners and admins; ask one of them when you need access to a provider."
            </p>
            <p>
                <a href="/account">"Your account"</a>
                " has your name, your password and your organizations."
            </p>
        </div>
    }
}

/// `/o/{org}`: the work of everybody who gets here is in AI Access.
#[component]
pub fn OrganizationHome() -> impl IntoView {
    view! { <Redirect path=format!("/o/{}/access", use_viewer().organization.slug) /> }
}
