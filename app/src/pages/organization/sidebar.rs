//! The side bar: which organization, where to go, who is signed in.

use super::palette::FindButton;
use crate::browser::details;
use crate::components::theme::ThemeSwitch;
use crate::components::{Dropdown, Icon};
use domain::Role;
use domain::organization::{Me, OrganizationLink};
use domain::views::SavedView;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

/// The pages there are, in the order of the work: path below the organization, label, icon.
const PAGES: [(&str, &str, &str); 14] = [
    ("first-steps", "First steps", "check"),
    (ACCESS, "AI Access", "person"),
    (UNUSED, "Unused access", "pause"),
    (REVIEWS, "Access reviews", "shield"),
    ("providers", "Providers", "layers"),
    ("teams", "Teams", "people"),
    ("audit", "Audit log", "history"),
    ("settings", "Settings", "settings"),
    ("budgets", "Budgets", "gauge"),
    ("prices", "Prices", "tag"),
    ("spend", "Spend", "chart"),
    ("requests", "Requests", "send"),
    (REQUESTS, "Access requests", "inbox"),
    ("chat", "Chat", "chat"),
];

/// From here on they are there for every role.
const FOR_MEMBERS: usize = 10;

/// The page that saved views are of.
const ACCESS: &str = "access";

/// The page that is below another, and has a count.
const REQUESTS: &str = "access/requests";

/// The page that leads of teams have, too, and has a count.
const REVIEWS: &str = "reviews";

/// Another that is below AI Access.
const UNUSED: &str = "access/unused";

/// On a narrow window it hides behind a menu button, a native `<details>`.
#[component]
pub fn Sidebar(
    /// Who is looking.
    me: Me,
    /// At what.
    organization: OrganizationLink,
    /// Access requests that wait for them.
    waiting: u32,
    /// Access reviews that do; nothing for whoever decides in none.
    reviews: Option<u32>,
    /// The saved views of AI Access that they see.
    views: Vec<SavedView>,
) -> impl IntoView {
    let location = use_location();
    Effect::new(move |_| {
        // Read, not only tracked: a memo that nobody has read yet tells nobody of changes.
        location.pathname.with(|_| details::close("menu"));
    });

    let mut views = Some(views);
    let links = pages(organization.role, reviews.is_some())
        .map(|(path, label, icon)| {
            let href = format!("/o/{}/{path}", organization.slug);
            let page = href.clone();
            let current = move || {
                location
                    .pathname
                    .with(|here| leads_to(&page, here))
                    .then_some("page")
            };
            let count = match *path {
                REQUESTS => waiting,
                REVIEWS => reviews.unwrap_or(0),
                _ => 0,
            };
            let count = (count > 0).then(|| {
                view! {
                    <span class="badge info">
                        {count}
                        <span class="visually-hidden">" waiting"</span>
                    </span>
                }
            });
            let below = (*path == ACCESS)
                .then(|| views.take())
                .flatten()
                .filter(|views| !views.is_empty());
            view! {
                <li>
                    <a href=href.clone() aria-current=current>
                        <Icon name=icon />
                        {*label}
                        {count}
                    </a>
                    {below.map(|views| view! { <Views access=href views /> })}
                </li>
            }
        })
        .collect_view();
    let role = organization.role.label();

    view! {
        <header class="side">
            <details id="menu" class="dropdown beside side-menu">
                <summary class="button quiet icon-only" aria-label="Menu">
                    <Icon name="menu" />
                </summary>
            </details>
            <div class="side-body">
                <Switcher current=organization organizations=me.organizations />
                {me.suspended.into_iter().map(|name| view! { <SuspendedIn name /> }).collect_view()}
                <FindButton />
                <nav aria-label="Organization">
                    <ul class="nav">{links}</ul>
                </nav>
                <div class="side-foot">
                    <ThemeSwitch />
                    <p class="who" title=me.email>
                        {me.name}
                        " · "
                        {role}
                    </p>
                    <div class="row">
                        <A href="/account">"Account"</A>
                        <form method="post" action="/logout">
                            <button class="link" type="submit">"Sign out"</button>
                        </form>
                    </div>
                </div>
            </div>
        </header>
    }
}

/// The pages that somebody sees; `reviews` is whether they decide in access reviews.
pub fn pages(
    role: Role,
    reviews: bool,
) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    let seen =
        move |place, path| role.reads_admin_side() || place >= FOR_MEMBERS || (path == REVIEWS && reviews);
    let pages = PAGES.iter().enumerate();
    pages
        .filter(move |(place, (path, ..))| seen(*place, *path))
        .map(|(_, page)| page)
}

/// The saved views, below AI Access.
#[component]
fn Views(
    /// The path of AI Access.
    access: String,
    views: Vec<SavedView>,
) -> impl IntoView {
    let search = use_location().search;
    let links = views.into_iter().map(|view| {
        let query = view.query.clone();
        let current = move || (search.read().trim_start_matches('?') == query).then_some("true");
        view! {
            <li>
                <a href=format!("{access}?{}", view.query) aria-current=current>
                    <bdi>{view.name}</bdi>
                </a>
            </li>
        }
    });
    view! { <ul class="saved-views">{links.collect_view()}</ul> }
}

/// Whether a link leads to the page at a path, or to what that is below. Pages with a link of their own are none of AI
/// Access, though their addresses are below.
fn leads_to(href: &str, path: &str) -> bool {
    let below = |page: &str| {
        let rest = path.strip_prefix(page);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let own = |page: &str| {
        let page = page.trim_end_matches('/');
        page.ends_with(REQUESTS) || page.ends_with(UNUSED)
    };
    below(href) && (own(href) || !own(path))
}

/// Whoever looks for an organization finds why it is not in the list.
#[component]
pub fn SuspendedIn(
    /// The organization's name.
    name: String,
) -> impl IntoView {
    view! { <p class="muted suspended-in">"Your access to " {name} " is suspended."</p> }
}

/// The organization's name; with several, a list to switch.
#[component]
fn Switcher(current: OrganizationLink, organizations: Vec<OrganizationLink>) -> impl IntoView {
    let name = current.name.clone();
    if organizations.len() < 2 {
        return view! {
            <div class="switcher">
                <span class="organization-mark" aria-hidden="true"></span>
                <bdi class="organization-name">{name}</bdi>
            </div>
        }
        .into_any();
    }
    let links = organizations
        .into_iter()
        .map(|organization| {
            let here = organization.slug == current.slug;
            view! {
                <li>
                    // Another organization is another world: nothing of this page is carried over.
                    <a
                        class="menu-item"
                        href=format!("/o/{}", organization.slug)
                        rel="external"
                        aria-current=here.then_some("true")
                    >
                        <span>{organization.name}</span>
                        <span class="aside muted">{organization.role.label()}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Dropdown
            id="organizations"
            button="switcher"
            summary=move || {
                view! {
                    <span class="organization-mark" aria-hidden="true"></span>
                    <bdi class="organization-name">{name.clone()}</bdi>
                    <span class="visually-hidden">"Switch organization"</span>
                    <Icon name="down" />
                }
            }
        >
            <ul class="plain-list">{links}</ul>
        </Dropdown>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_is_current() {
        let current = |path: &str| {
            let here = PAGES.map(|(page, ..)| page).into_iter();
            here.filter(|page| leads_to(&format!("/o/a/{page}"), path))
                .collect::<Vec<_>>()
        };
        for (path, page) in [
            ("/o/a/access", "access"),
            ("/o/a/access/12", "access"),
            ("/o/a/access/requests", REQUESTS),
            ("/o/a/access/unused", UNUSED),
            ("/o/a/reviews/7", REVIEWS),
            ("/o/a/chat/3", "chat"),
            ("/o/a/settings/scim", "settings"),
            ("/o/a/settings/keys", "settings"),
            ("/o/a/first-steps/", "first-steps"),
        ] {
            assert_eq!(current(path), [page], "{path}");
        }
        assert!(current("/o/a/accessory").is_empty());
    }
}
