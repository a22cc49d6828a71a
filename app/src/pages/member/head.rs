//! Who the member is, and the ways to change that.

use crate::pages::access::badge_class;
use crate::pages::access::editor::{RowEditor, Task};
use crate::pages::organization::use_viewer;
use domain::MemberStatus;
use domain::member::MemberRow;
use leptos::prelude::*;

/// The id of the button that opens the dialog of a task.
pub fn opener(task: Task) -> String {
    format!("edit-{task:?}").to_lowercase()
}

/// Opens the dialog of a task, for those who may change the row.
#[component]
pub fn Edit(
    /// None for those who may not.
    editor: Option<RowEditor>,
    task: Task,
    row: MemberRow,
    label: &'static str,
    /// What a screen reader says, where the label alone says too little.
    #[prop(optional)]
    name: Option<&'static str>,
) -> impl IntoView {
    editor.map(|editor| {
        view! {
            <button
                type="button"
                class="button small needs-script"
                id=opener(task)
                aria-label=name
                on:click=move |_| editor.start(task, row.clone())
            >
                {label}
            </button>
        }
    })
}

/// The name, and the way back to the view that the person came from.
#[component]
pub fn Head(back: String, row: MemberRow, editor: Option<RowEditor>) -> impl IntoView {
    let offboard = (!row.status.is_invitation()).then(|| {
        let href = format!(
            "/o/{}/access/{}/offboarding",
            use_viewer().organization.slug,
            row.id
        );
        view! { <a class="button" href=href>"Offboard…"</a> }
    });
    let compare = format!("/o/{}/compare?a={}", use_viewer().organization.slug, row.id);
    let leave = if row.status.is_invitation() {
        view! { <Edit editor task=Task::Revoke row=row.clone() label="Revoke…" /> }
    } else {
        view! { <Edit editor task=Task::Remove row=row.clone() label="Remove…" /> }
    };
    view! {
        <div class="page-head">
            <div>
                <h1>
                    <bdi>{row.display_name().to_owned()}</bdi>
                </h1>
                <p class="lede">
                    <a href=back>"Back to AI Access"</a>
                </p>
            </div>
            <div class="actions">
                <a class="button" href=compare>"Compare…"</a>
                {offboard}
                {leave}
            </div>
        </div>
    }
}

/// E-mail, role, status, teams, last login and second factor, each with its change beside it.
#[component]
pub fn Facts(row: MemberRow, second_factor: bool, editor: Option<RowEditor>) -> impl IntoView {
    let teams: Vec<_> = row.teams.iter().map(|team| team.name.as_str()).collect();
    let teams = if teams.is_empty() {
        "None".to_owned()
    } else {
        teams.join(", ")
    };
    let last_login = match row.last_login {
        Some(at) => view! { <time datetime=at.rfc3339()>{at.exact()}</time> }.into_any(),
        None => "Never".into_any(),
    };
    // An invitation's role and teams are changed by another invitation.
    let joined = editor.filter(|_| !row.status.is_invitation());
    let standing = match row.status {
        MemberStatus::Active => {
            view! { <Edit editor task=Task::Suspension row=row.clone() label="Suspend…" /> }.into_any()
        }
        MemberStatus::Suspended => {
            view! { <Edit editor task=Task::Suspension row=row.clone() label="Reactivate…" /> }.into_any()
        }
        MemberStatus::Invited => view! {
            <Edit editor task=Task::Link row=row.clone() label="Invitation link…" />
            <Edit editor task=Task::Resend row=row.clone() label="New link…" />
        }
        .into_any(),
        MemberStatus::Expired => {
            view! { <Edit editor task=Task::Resend row=row.clone() label="New link…" /> }.into_any()
        }
    };
    let factor = (!row.status.is_invitation()).then(|| {
        let href = format!(
            "/o/{}/access/{}/second-factor",
            use_viewer().organization.slug,
            row.id
        );
        let standing = if second_factor { "On" } else { "Off" };
        view! {
            <dt>"Second factor"</dt>
            <dd>
                <a href=href>{standing}</a>
            </dd>
        }
    });
    view! {
        <dl class="facts member-facts">
            <dt>"Email"</dt>
            <dd>{row.email.clone()}</dd>
            <dt>"Role"</dt>
            <dd>
                <span>{row.role.label()}</span>
                <Edit editor=joined task=Task::Role row=row.clone() label="Change" name="Change role" />
            </dd>
            <dt>"Status"</dt>
            <dd>
                <span class=badge_class(row.status)>{row.status.label()}</span>
                {standing}
            </dd>
            <dt>"Teams"</dt>
            <dd>
                <span>{teams}</span>
                <Edit editor=joined task=Task::Teams row=row.clone() label="Edit" name="Edit teams" />
            </dd>
            <dt>"Last login"</dt>
            <dd>{last_login}</dd>
            {factor}
        </dl>
    }
}
