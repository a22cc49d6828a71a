//! What the palette lists, as HTML.

use super::sidebar::pages;
use crate::components::Icon;
use domain::Role;
use domain::find::{Found, holds_words};
use domain::organization::Viewer;
use leptos::prelude::*;

/// What can be gone to beside the pages of the sidebar: path below the organization or from the root, label, icon, and from
/// which role on.
const MORE: [(&str, &str, &str, Role); 9] = [
    ("access/invite", "Invite people", "person", Role::Admin),
    ("access/import", "Import a file", "layers", Role::Admin),
    ("access/how", "How access works", "check", Role::Auditor),
    ("views", "Saved views", "person", Role::Auditor),
    (
        "settings/keys",
        "Settings: virtual keys",
        "settings",
        Role::Auditor,
    ),
    (
        "settings/sign-on",
        "Settings: single sign-on",
        "settings",
        Role::Auditor,
    ),
    ("settings/scim", "Settings: SCIM", "settings", Role::Auditor),
    ("/account", "Account and virtual keys", "person", Role::Member),
    (
        "/account/security",
        "Password, second factor and sessions",
        "person",
        Role::Member,
    ),
];

struct Entry {
    href: String,
    icon: &'static str,
    label: String,
    aside: String,
}

/// The list for what was typed: pages, then what the organization holds.
pub fn found(viewer: &Viewer, text: &str, found: Found) -> String {
    let owner = Owner::new();
    owner.with(|| list(entries(viewer, text, found), text).to_html())
}

fn entries(viewer: &Viewer, text: &str, found: Found) -> Vec<Entry> {
    let role = viewer.organization.role;
    let below = |path: &str| match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/o/{}/{path}", viewer.organization.slug),
    };
    let sidebar = pages(role, viewer.reviews.is_some()).map(|(path, label, icon)| (*path, *label, *icon));
    let more = MORE
        .iter()
        .filter(|(.., least)| role >= *least)
        .map(|(path, label, icon, _)| (*path, *label, *icon));
    let pages = sidebar
        .chain(more)
        .filter(|(_, label, _)| holds_words(label, text))
        .map(|(path, label, icon)| Entry {
            href: below(path),
            icon,
            label: label.to_owned(),
            aside: "Page".to_owned(),
        });
    let views = viewer
        .views
        .iter()
        .filter(|view| holds_words(&view.name, text))
        .map(|view| Entry {
            href: below(&format!("access?{}", view.query)),
            icon: "search",
            label: view.name.clone(),
            aside: "Saved view".to_owned(),
        });
    let members = found.members.into_iter().map(|member| Entry {
        href: below(&format!("access/{}", member.id)),
        icon: "person",
        // An invitation has no name beside its address.
        aside: match member.label == member.email {
            true => String::new(),
            false => member.email,
        },
        label: member.label,
    });
    let providers = found.providers.into_iter().map(|provider| Entry {
        href: below(&format!("providers/{}", provider.id)),
        icon: "layers",
        label: provider.name,
        aside: "Provider".to_owned(),
    });
    let teams = found.teams.into_iter().map(|team| Entry {
        href: below(&format!("access?team={}", team.id)),
        icon: "people",
        label: team.name,
        aside: "Members of the team".to_owned(),
    });
    pages
        .chain(views)
        .chain(members)
        .chain(providers)
        .chain(teams)
        .collect()
}

fn list(entries: Vec<Entry>, text: &str) -> AnyView {
    if entries.is_empty() {
        let nothing = format!("Nothing found for “{}”.", text.trim());
        return view! { <p class="muted" role="status">{nothing}</p> }.into_any();
    }
    let entries = entries
        .into_iter()
        .map(|entry| {
            view! {
                <li role="none">
                    <a role="menuitem" class="menu-item" tabindex="-1" href=entry.href>
                        <Icon name=entry.icon />
                        <bdi>{entry.label}</bdi>
                        <span class="aside muted">{entry.aside}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list" role="menu" aria-label="Found">{entries}</ul> }.into_any()
}
