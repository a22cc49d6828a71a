//! The access rule in plain words.

use super::organization::use_viewer;
use domain::Role;
use leptos::prelude::*;
use leptos_meta::Title;

/// What can be done, and from which role on.
const RIGHTS: [(&str, Role); 10] = [
    (
        "Use allowed providers in Chat and with virtual keys",
        Role::Member,
    ),
    ("Ask for access to a provider", Role::Member),
    ("View AI Access, Providers and Teams", Role::Auditor),
    ("Export members as a spreadsheet or JSON", Role::Auditor),
    ("Invite people, up to their own role", Role::Admin),
    (
        "Assign and remove allowed providers, decide access requests",
        Role::Admin,
    ),
    ("Add, edit, deactivate and delete providers", Role::Admin),
    ("Manage teams", Role::Admin),
    (
        "Change, suspend and remove members, up to their own role",
        Role::Admin,
    ),
    ("Change, suspend and remove owners", Role::Owner),
];

/// The rule, the roles, and what "None" means.
#[component]
pub fn HowAccessWorksPage() -> impl IntoView {
    let access = format!("/o/{}/access", use_viewer().organization.slug);
    let without = format!("{access}?without=1");
    let roles: Vec<Role> = Role::ALL.iter().rev().copied().collect();
    let head = roles
        .iter()
        .map(|role| view! { <th scope="col">{role.label()}</th> })
        .collect_view();
    let rows = RIGHTS
        .map(|(right, from)| {
            let cells = roles
                .iter()
                .map(|role| {
                    let may = *role >= from;
                    view! { <td class:muted=!may>{if may { "Yes" } else { "No" }}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{right}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <Title text="How access works" />
        <div class="page-head">
            <div>
                <h1>"How access works"</h1>
                <p class="lede">
                    <a href=access>"Back to AI Access"</a>
                </p>
            </div>
        </div>
        <div class="prose">
            <h2>"The rule"</h2>
            <p>"A member can use a provider when all of these are true at the time of the request:"</p>
            <ol>
                <li>"they are a member of this organization, and their status is " <strong>"Active"</strong> ";"</li>
                <li>"the provider is among their " <strong>"Allowed providers"</strong> ", and has not expired;"</li>
                <li>"the provider itself is " <strong>"active"</strong> "."</li>
            </ol>
            <p>
                "A virtual key never has more access than its member. It can be limited to some providers, and it stops working when it expires or is revoked."
            </p>
            <p>
                "Changes apply immediately; nobody has to sign in again. Deactivating a provider hides it from everyone but keeps its members assigned, so activating it restores their access. Invitations set a role and teams, and give nothing before the person joins."
            </p>
            <h2>"What “None” means"</h2>
            <p>
                "No access by default. " <strong>"None"</strong>
                " in the Allowed providers column means the member cannot use any provider, in Chat or with a key. "
                <strong>"None active"</strong>
                " means the same for now: all of the member's allowed providers are inactive."
            </p>
            <p>
                "Every active member should have at least one active allowed provider. Those without are counted below the table: "
                <a href=without>"show members without providers"</a> "."
            </p>
            <h2>"What each role can do"</h2>
            <p>
                "Nobody can grant, invite, edit or remove above their own role, and an organization always has at least one active owner. Members of a team can use the team's providers, and lose them when they leave it; what they were given personally stays."
            </p>
        </div>
        <div class="table-panel rights">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Permission"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
