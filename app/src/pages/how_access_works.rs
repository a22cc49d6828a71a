//! The access rule in plain words.

use super::organization::use_viewer;
use domain::Role;
use leptos::prelude::*;
use leptos_meta::Title;

/// What can be done, and from which role on.
const RIGHTS: [(&str, Role); 9] = [
    (
        "Use the allowed providers in Chat, and with own keys",
        Role::Member,
    ),
    ("See AI Access, Providers and Teams", Role::Auditor),
    ("Download the members as a spreadsheet or JSON", Role::Auditor),
    ("Invite people, up to one's own role", Role::Admin),
    ("Allow providers, and take them away", Role::Admin),
    ("Register, edit, deactivate and delete providers", Role::Admin),
    ("Manage teams", Role::Admin),
    (
        "Change, suspend and remove members up to one's own role",
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
            <p>"Somebody can use a provider when all of this holds, at the very moment of the request:"</p>
            <ol>
                <li>"they are a member of this organization, and their status is " <strong>"Active"</strong> ";"</li>
                <li>"the provider is among their " <strong>"Allowed providers"</strong> ", and that has not ended;"</li>
                <li>"the provider itself is " <strong>"active"</strong> "."</li>
            </ol>
            <p>
                "A virtual key is never wider than the member it belongs to. It may be narrower, when it is limited to some providers, and it stops when it is revoked or has expired."
            </p>
            <p>
                "Changes apply immediately: there is nothing to publish and nobody has to sign in again. Deactivating a provider hides it from everybody and keeps who it is allowed to, so that activating it brings all of that back. An invitation gives a role and teams, never a provider: providers are assigned after somebody has joined."
            </p>
            <h2>"What “None” means"</h2>
            <p>
                "Nothing is allowed unless somebody allowed it. " <strong>"None"</strong>
                " in the column Allowed providers means that this member reaches no provider at all, neither in Chat nor with a key. "
                <strong>"None active"</strong>
                " means the same for now: providers are allowed, but each of them is inactive."
            </p>
            <p>
                "Every active member should have at least one allowed provider that is active. Those who have none are counted below the table: "
                <a href=without>"show the members without allowed providers"</a> "."
            </p>
            <h2>"What each role may do"</h2>
            <p>
                "Nobody grants, invites, edits or removes above their own role, and an organization always keeps at least one active owner. Teams sort people; they give no access by themselves."
            </p>
        </div>
        <div class="table-panel rights">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"May"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
