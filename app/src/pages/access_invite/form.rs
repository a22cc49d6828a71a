//! Whom to invite, with which role, into which teams.

use super::chips::count;
use super::field::{Addresses, EmailField};
use crate::api::invitations::invite;
use crate::browser::unsaved;
use crate::components::Field;
use crate::components::picker::names;
use crate::forms::FormOutcome;
use crate::pages::request::{IdempotencyKey, RequestProblem};
use domain::invite::{InviteInput, InviteResult};
use domain::limits::INVITE_ADDRESSES;
use domain::team::TeamView;
use domain::{Problem, Role, TeamId};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The form. Without WASM it is a native POST; with it the answer comes without leaving the page.
#[component]
pub fn InviteForm(
    org: StoredValue<String>,
    /// The viewer's own role: nobody invites above it.
    own_role: Role,
    /// Every team.
    teams: Vec<TeamView>,
    /// A native POST before this one, if any.
    outcome: StoredValue<FormOutcome>,
    /// What stands in the field at first.
    initial: String,
    /// The key the server made for this form.
    first_key: String,
    addresses: Addresses,
    /// What became of each address.
    #[prop(into)]
    on_invited: Callback<InviteResult>,
) -> impl IntoView {
    let role = RwSignal::new(outcome.read_value().value("role").parse().unwrap_or(Role::Member));
    let chosen = outcome.read_value().values_of("team");
    let chosen = RwSignal::new(
        chosen
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect::<BTreeSet<TeamId>>(),
    );
    let problem = RwSignal::new(outcome.read_value().problem.clone());
    let field_error = RwSignal::new(outcome.read_value().field_problem("emails"));
    let key = IdempotencyKey::<(String, Role, Vec<TeamId>)>::starting_with(first_key.clone());

    // What came back to be fixed was sent already.
    let sent = StoredValue::new(String::new());
    let send = Action::new(move |(emails, role, teams): &(String, Role, Vec<TeamId>)| {
        let content = (emails.clone(), *role, teams.clone());
        let idempotency_key = key.of(&content);
        let (emails, role, teams) = content;
        async move {
            match invite(
                org.get_value(),
                InviteInput {
                    emails,
                    role,
                    teams,
                    idempotency_key,
                },
            )
            .await
            {
                Ok(result) => {
                    key.renew();
                    on_invited.run(result);
                    sent.set_value(untrack(|| addresses.all().text()));
                }
                Err(error) => {
                    field_error.set(error.0.field("emails").map(str::to_owned));
                    problem.set(Some(error.0));
                }
            }
        }
    });
    unsaved::guard(move || {
        let text = untrack(|| addresses.all().text());
        !text.is_empty() && sent.try_with_value(|sent| *sent != text).unwrap_or_default()
    });
    let pending = send.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        problem.set(None::<Problem>);
        addresses.settle();
        let all = addresses.all();
        let tally = all.tally();
        if tally.ready == 0 || tally.all > INVITE_ADDRESSES {
            // Too many is said at the field already.
            field_error.set((tally.ready == 0).then(|| match tally.all {
                0 => "Enter at least one address.".to_owned(),
                _ => "No valid addresses. Fix them or add others.".to_owned(),
            }));
            addresses.focus();
            return;
        }
        field_error.set(None);
        send.dispatch((
            all.text(),
            role.get_untracked(),
            chosen.read_untracked().iter().copied().collect(),
        ));
    };
    let label = move || match (pending.get(), addresses.all().tally().ready) {
        (true, _) => "Inviting…".to_owned(),
        (false, 0) => "Invite".to_owned(),
        (false, n) => format!("Invite {}", count(n, "person", "people")),
    };

    view! {
        <form method="post" action=format!("/o/{}/access/invite", org.get_value()) class="panel padded stack" on:submit=submit>
            <input type="hidden" name="idempotency_key" value=first_key />
            <RequestProblem problem />
            <EmailField addresses initial error=field_error />
            <Field label="Role" name="role" error=outcome.read_value().field_problem("role")>
                <select
                    class="input"
                    name="role"
                    on:change=move |event| {
                        if let Ok(chosen) = event_target_value(&event).parse() {
                            role.set(chosen);
                        }
                    }
                >
                    {Role::ALL
                        .iter()
                        .copied()
                        .filter(|&offered| own_role.may_give(offered))
                        .map(|offered| {
                            view! {
                                <option value=offered.as_str() selected=role.get_untracked() == offered>
                                    {format!("{}: {}", offered.label(), allows(offered))}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </Field>
            <Teams teams chosen />
            <div class="row">
                <button type="submit" class="button primary" disabled=pending>{label}</button>
                <a class="button" href=format!("/o/{}/access", org.get_value())>"Back to AI Access"</a>
            </div>
        </form>
    }
}

/// What a role allows, in a few words.
fn allows(role: Role) -> &'static str {
    match role {
        Role::Member => "Chat and virtual keys",
        Role::Auditor => "reads and exports, changes nothing",
        Role::Admin => "manages people and providers",
        Role::Owner => "everything",
    }
}

#[component]
fn Teams(teams: Vec<TeamView>, chosen: RwSignal<BTreeSet<TeamId>>) -> impl IntoView {
    (!teams.is_empty()).then(|| {
        view! {
            <fieldset class="field">
                <legend>"Teams " <span class="muted">"(optional)"</span></legend>
                <div class="invite-teams">
                    {teams
                        .into_iter()
                        .map(|team| {
                            let id = team.id;
                            view! {
                                <label class="choice">
                                    <input
                                        type="checkbox"
                                        name="team"
                                        value=id.to_string()
                                        checked=chosen.read_untracked().contains(&id)
                                        on:change=move |event| {
                                            let joins = event_target_checked(&event);
                                            chosen
                                                .update(|chosen| {
                                                    if joins {
                                                        chosen.insert(id);
                                                    } else {
                                                        chosen.remove(&id);
                                                    }
                                                });
                                        }
                                    />
                                    <bdi class="choice-name">{team.name}</bdi>
                                    {(!team.providers.is_empty())
                                        .then(|| {
                                            let gives = names(team.providers.iter().map(|p| p.name.as_str()));
                                            view! { <span class="aside">{format!("gives {gives} on joining")}</span> }
                                        })}
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </fieldset>
        }
    })
}
