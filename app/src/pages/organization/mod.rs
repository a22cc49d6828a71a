//! The frame around every page of one organization.

#[cfg(feature = "ssr")]
mod found;
mod palette;
mod sidebar;

#[cfg(feature = "ssr")]
pub use found::found;
pub use sidebar::SuspendedIn;

use super::auth::{AuthCard, answer_with_status};
use super::not_found::NotFoundPage;
use crate::api::session::viewer;
use crate::browser::navigation;
use crate::components::{Busy, LoadFailed};
use crate::forms::form_outcome;
use domain::organization::{Me, OrganizationLink, Viewer};
use domain::views::SavedView;
use domain::{MemberId, MemberStatus, Problem, ProblemCode, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::{use_location, use_params_map};
use palette::Palette;
use serde::{Deserialize, Serialize};
use sidebar::Sidebar;

/// The signed-in person within the organization of the URL. Pages are only shown inside the frame, which provides it;
/// anywhere else it is somebody who may do nothing.
pub fn use_viewer() -> Viewer {
    use_context::<Viewer>().unwrap_or_else(|| Viewer {
        me: Me {
            name: String::new(),
            email: String::new(),
            organizations: Vec::new(),
            home: None,
            suspended: Vec::new(),
        },
        organization: OrganizationLink {
            slug: String::new(),
            name: String::new(),
            role: Role::Member,
        },
        member: MemberId(0),
        status: MemberStatus::Active,
        waiting: 0,
        reviews: None,
        mail: false,
        views: Vec::new(),
    })
}

/// Who is looking at the organization in the address, or why nobody may. The server finds out before it begins to
/// render and puts this into the request's extensions: pages can then rely on it from their first line on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looking(pub Result<Viewer, Problem>);

/// What the server found out; nothing in the browser, unless it is taking over the server's page.
fn found_out() -> Option<Looking> {
    #[cfg(feature = "ssr")]
    return use_context::<axum::http::request::Parts>().and_then(|parts| parts.extensions.get().cloned());
    #[cfg(not(feature = "ssr"))]
    None
}

/// Shows the page only to those who may see it.
#[component]
pub fn OrganizationFrame() -> impl IntoView {
    let params = use_params_map();
    let location = use_location();
    let slug = Memo::new(move |_| params.read().get("org").unwrap_or_default());
    let first = slug.get_untracked();
    // Another organization is another world: nothing of this one's pages is carried over.
    Effect::new(move |_| {
        if *slug.read() != first {
            let (path, search) = (
                location.pathname.read_untracked(),
                location.search.read_untracked(),
            );
            navigation::leave_to(&format!("{}?{}", *path, *search));
        }
    });

    // The page is made here and not below a `Suspense`, which on the server would make it, and ask its questions, twice.
    match SharedValue::new(found_out).into_inner() {
        Some(Looking(found)) => view! { <FrameOrProblem found /> }.into_any(),
        None => view! { <FrameLater slug=slug.get_untracked() /> }.into_any(),
    }
}

/// Comes here from a page outside the frame, so it is still to be found out who is looking.
#[component]
fn FrameLater(slug: String) -> impl IntoView {
    let found = LocalResource::new(move || viewer(slug.clone()));
    view! {
        <Suspense fallback=|| view! { <AuthCard title="Gatehouse"><Busy /></AuthCard> }>
            {Suspend::new(async move {
                let found = found.await.map_err(|error| error.0);
                view! { <FrameOrProblem found /> }
            })}
        </Suspense>
    }
}

#[component]
fn FrameOrProblem(found: Result<Viewer, Problem>) -> impl IntoView {
    let problem = match found {
        Ok(viewer) => return view! { <Frame viewer /> }.into_any(),
        Err(problem) => problem,
    };
    match problem.code {
        ProblemCode::NotFound => view! { <NotFoundPage /> }.into_any(),
        ProblemCode::Unauthenticated => {
            let kept = [form_outcome("invite"), form_outcome("access-request")];
            if let Some(kept) = kept
                .into_iter()
                .map(|form| form.values)
                .find(|kept| !kept.is_empty())
            {
                return view! { <SendAgain kept /> }.into_any();
            }
            Effect::new(|_| navigation::to_sign_in());
            view! { <AuthCard title="Gatehouse"><p><a href="/login" rel="external">"Sign in"</a></p></AuthCard> }.into_any()
        }
        // Signed in, and one of its people.
        ProblemCode::Forbidden => {
            answer_with_status(problem.code.http_status());
            view! {
                <Title text="Access suspended" />
                <AuthCard title="Your access is suspended">
                    <p>{problem.message}</p>
                    <div class="row">
                        <a class="button" href="/" rel="external">"Go to the start page"</a>
                        <a class="button" href="/account" rel="external">"Account"</a>
                    </div>
                </AuthCard>
            }
            .into_any()
        }
        code => {
            answer_with_status(code.http_status());
            view! {
                <AuthCard title="This organization could not be opened">
                    <LoadFailed problem retry=|()| navigation::reload() />
                </AuthCard>
            }
            .into_any()
        }
    }
}

/// What a native form held when its session had ended, ready to be sent again to the same address.
#[component]
fn SendAgain(
    /// By field name.
    kept: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <Title text="Session ended" />
        <AuthCard title="Your session has ended">
            <p>"Sign in in a new tab, then send this again: nothing you entered is lost."</p>
            <form method="post" action=use_location().pathname.get_untracked() class="row">
                {kept
                    .into_iter()
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                    .collect_view()}
                <a class="button" href="/login" target="_blank">"Sign in in a new tab"</a>
                <button class="button primary" type="submit">"Send again"</button>
            </form>
        </AuthCard>
    }
}

#[component]
fn Frame(viewer: Viewer) -> impl IntoView {
    provide_context(viewer.clone());
    let admin_side = viewer.organization.role.reads_admin_side();
    let home = format!("/o/{}", viewer.organization.slug);
    let path = use_location().pathname.get_untracked();
    // Asked once and not in a closure, which on the server would make the page several times. For members the pages that
    // they may not see are in other documents.
    let reviews = viewer.reviews.is_some() && path.starts_with(&format!("{home}/reviews"));
    let may_look = admin_side || reviews || is_for_members(&path, &home);
    view! {
        <Framed
            me=viewer.me.clone()
            organization=viewer.organization.clone()
            waiting=viewer.waiting
            reviews=viewer.reviews
            views=viewer.views.clone()
        >
            {if may_look {
                view! { <Outlet /> }.into_any()
            } else {
                view! { <NotForMembers viewer /> }.into_any()
            }}
        </Framed>
    }
}

/// A page beside an organization's navigation.
#[component]
pub fn Framed(
    /// Who is looking.
    me: Me,
    /// The organization.
    organization: OrganizationLink,
    /// Access requests that wait for whoever is looking.
    #[prop(optional)]
    waiting: u32,
    /// Access reviews that do; nothing for whoever decides in none.
    #[prop(optional_no_strip)]
    reviews: Option<u32>,
    /// The saved views of AI Access.
    #[prop(optional)]
    views: Vec<SavedView>,
    children: Children,
) -> impl IntoView {
    let slug = organization.slug.clone();
    view! {
        <div class="frame">
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <Sidebar me organization waiting reviews views />
            <main id="main" class="page" tabindex="-1">
                {children()}
            </main>
            <Palette slug />
        </div>
    }
}

/// Whether a page is for everybody: Chat, asking for access, what they spend and ask, and the organization's own address,
/// which leads to Chat.
fn is_for_members(path: &str, home: &str) -> bool {
    let below = path.strip_prefix(home).map(|below| below.trim_matches('/'));
    below.is_some_and(|below| {
        matches!(below, "" | "chat" | "access/requests" | "spend" | "requests")
            || below.starts_with("chat/")
            || below.starts_with("requests/")
    })
}

/// What somebody with the role `member` sees of the other pages.
#[component]
fn NotForMembers(viewer: Viewer) -> impl IntoView {
    answer_with_status(ProblemCode::Forbidden.http_status());
    let chat = format!("/o/{}/chat", viewer.organization.slug);
    view! {
        <Title text=viewer.organization.name.clone() />
        <div class="page-head">
            <h1>{viewer.organization.name}</h1>
        </div>
        <div class="prose">
            <p>"This page is for owners, admins and auditors of the organization."</p>
            <p>
                "You can use your allowed providers in " <a href=chat>"Chat"</a> ", or with a virtual key from your "
                <a href="/account">"account"</a> "."
            </p>
        </div>
    }
}

/// `/o/{org}`: to where the person's work is.
#[component]
pub fn OrganizationHome() -> impl IntoView {
    let organization = use_viewer().organization;
    let page = if organization.role.reads_admin_side() {
        "access"
    } else {
        "chat"
    };
    view! { <Redirect path=format!("/o/{}/{page}", organization.slug) /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_get_to_chat_and_to_their_requests_and_nowhere_else() {
        for path in [
            "/o/a",
            "/o/a/",
            "/o/a/chat",
            "/o/a/chat/12",
            "/o/a/access/requests",
        ] {
            assert!(is_for_members(path, "/o/a"), "{path}");
        }
        for path in ["/o/a/access", "/o/a/chatter", "/o/a/access/chat", "/o/ab/chat"] {
            assert!(!is_for_members(path, "/o/a"), "{path}");
        }
    }
}
