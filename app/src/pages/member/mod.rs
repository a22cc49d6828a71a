//! One member: what they may use and why not, and their keys.

mod access;

use super::auth::answer_with_status;
use super::keys::{KeyDialogs, KeyDialogsView, KeyOwner, KeyPanel};
use super::organization::use_viewer;
use super::reading::reading;
use crate::api::keys::{list_keys, provider_access};
use crate::api::members::get_member;
use crate::components::{LoadFailed, NotCurrent, Skeleton};
use access::AccessList;
use domain::key::KeyList;
use domain::member::MemberRow;
use domain::organization::Viewer;
use domain::{MemberId, MemberStatus, ProblemCode};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page of one row of AI Access.
#[component]
pub fn MemberPage(
    /// Whose.
    member: MemberId,
) -> impl IntoView {
    let viewer = StoredValue::new(use_viewer());
    let org = move || viewer.with_value(|viewer| viewer.organization.slug.clone());
    let row = Resource::new(move || member, move |id| get_member(org(), id));
    let access = Resource::new(move || member, move |id| provider_access(org(), id));
    let keys = reading(move || list_keys(org(), member));
    let dialogs = KeyDialogs::new();
    // Side by side and not one in the other: each part is made of what it waits for, and reading the keys again leaves
    // the rest alone.
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match (row.await, access.await) {
                    (Ok(row), Ok(list)) => {
                        view! {
                            <Title text=row.display_name().to_owned() />
                            <Head org=org() row=row.clone() />
                            <section class="member-section">
                                <h2>"Access"</h2>
                                <AccessList viewer=viewer.get_value() row list />
                            </section>
                        }
                            .into_any()
                    }
                    (Err(error), _) | (_, Err(error)) if error.0.code == ProblemCode::NotFound => {
                        view! { <NoSuchMember /> }.into_any()
                    }
                    (Err(error), _) | (_, Err(error)) => {
                        let retry = move |()| {
                            row.refetch();
                            access.refetch();
                        };
                        view! { <LoadFailed problem=error.0 retry /> }.into_any()
                    }
                }
            })}
        </Transition>
        <Transition fallback=|| view! { <Skeleton lines=2 /> }>
            {move || Suspend::new(async move {
                match (row.await, keys.await) {
                    (Ok(row), Ok(list)) => {
                        view! {
                            <section class="member-section" id="keys">
                                <NotCurrent problem=list.problem retry=move |()| keys.refetch() />
                                <Keys viewer=viewer.get_value() row list=list.value dialogs />
                            </section>
                        }
                            .into_any()
                    }
                    (Ok(_), Err(error)) => {
                        view! { <LoadFailed problem=error.0 retry=move |()| keys.refetch() /> }.into_any()
                    }
                    // Said above.
                    (Err(_), _) => ().into_any(),
                }
            })}
        </Transition>
        <KeyDialogsView dialogs on_changed=move |()| keys.refetch() />
    }
}

#[component]
fn Head(org: String, row: MemberRow) -> impl IntoView {
    let teams: Vec<_> = row.teams.iter().map(|team| team.name.as_str()).collect();
    let teams = if teams.is_empty() {
        "None".to_owned()
    } else {
        teams.join(", ")
    };
    let status = match row.status {
        MemberStatus::Active => "badge ok",
        MemberStatus::Suspended => "badge",
        MemberStatus::Invited => "badge info",
        MemberStatus::Expired => "badge danger",
    };
    let last_login = match row.last_login {
        Some(at) => view! { <time datetime=at.rfc3339()>{at.exact()}</time> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <div class="page-head">
            <div>
                <h1>
                    <bdi>{row.display_name().to_owned()}</bdi>
                </h1>
                <p class="lede">
                    <a href=format!("/o/{org}/access")>"Back to AI Access"</a>
                </p>
            </div>
        </div>
        <dl class="facts member-facts">
            <dt>"Email"</dt>
            <dd>{row.email.clone()}</dd>
            <dt>"Role"</dt>
            <dd>{row.role.label()}</dd>
            <dt>"Status"</dt>
            <dd>
                <span class=status>{row.status.label()}</span>
            </dd>
            <dt>"Teams"</dt>
            <dd>{teams}</dd>
            <dt>"Last login"</dt>
            <dd>{last_login}</dd>
        </dl>
    }
}

#[component]
fn Keys(viewer: Viewer, row: MemberRow, list: KeyList, dialogs: KeyDialogs) -> impl IntoView {
    let own = viewer.member == row.id;
    let may_edit = own || viewer.organization.role.may_change(row.role);
    let owner = KeyOwner {
        org: viewer.organization.slug,
        organization: viewer.organization.name,
        member: (!own).then(|| (row.id, row.display_name().to_owned())),
        allowed: list.allowed,
        now: list.now,
    };
    let note = match row.status {
        MemberStatus::Active => None,
        MemberStatus::Suspended => {
            Some("While the member is suspended, none of these works and no new one can be made.")
        }
        MemberStatus::Invited | MemberStatus::Expired => Some("Keys can be made once the person has joined."),
    };
    let may_create = may_edit && row.status == MemberStatus::Active;
    view! {
        <KeyPanel owner keys=list.keys usage=list.usage dialogs may_edit may_create>
            <h2>"Virtual keys"</h2>
        </KeyPanel>
        {note.map(|note| view! { <p class="muted">{note}</p> })}
    }
}

/// Stands where the page of a member would be when the address means none.
#[component]
pub fn NoSuchMember() -> impl IntoView {
    answer_with_status(404);
    let org = use_viewer().organization.slug;
    view! {
        <Title text="Not found" />
        <div class="page-head">
            <h1>"There is no such member"</h1>
        </div>
        <div class="prose">
            <p>"They may have been removed, or an invitation was revoked."</p>
            <p>
                <a href=format!("/o/{org}/access")>"Back to AI Access"</a>
            </p>
        </div>
    }
}
