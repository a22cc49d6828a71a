//! Changing many rows: what to change, a preview that says exactly what that does, and doing it.

use super::super::state::Access;
use super::done::Done;
use super::words::{Names, cannot_line, part_line, rows};
use crate::api::bulk::{apply_bulk, preview_bulk};
use crate::components::picker::{Choice, Picker};
use crate::components::{Cancel, Dialog, Notice, NoticeKind, counted, use_dialog};
use crate::pages::request::{IdempotencyKey, RequestProblem};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, RowAction, Shown};
use domain::provider::ProviderStatus;
use domain::{Problem, ProviderId, Role, TeamId, Timestamp};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// What can be changed; one thing at a time, so that a preview can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AddProviders,
    RemoveProviders,
    Role,
    AddTeams,
    RemoveTeams,
    Action(RowAction),
}

const KINDS: [(&str, Kind, &str); 9] = [
    ("add-providers", Kind::AddProviders, "Allow providers"),
    ("remove-providers", Kind::RemoveProviders, "Remove providers"),
    ("role", Kind::Role, "Change role"),
    ("add-teams", Kind::AddTeams, "Add to teams"),
    ("remove-teams", Kind::RemoveTeams, "Remove from teams"),
    ("suspend", Kind::Action(RowAction::Suspend), "Suspend"),
    ("reactivate", Kind::Action(RowAction::Reactivate), "Reactivate"),
    (
        "resend",
        Kind::Action(RowAction::Resend),
        "Create new invitation links",
    ),
    (
        "remove",
        Kind::Action(RowAction::Remove),
        "Remove from the organization",
    ),
];

/// The dialog, made anew at each opening.
#[component]
pub fn BulkDialog(access: Access, open: RwSignal<bool>, done: RwSignal<Option<Done>>) -> impl IntoView {
    let title = Signal::derive(move || {
        let count = u32::try_from(access.selected.count()).unwrap_or(u32::MAX);
        format!("Change {}", counted(count, "row"))
    });
    view! {
        <Dialog id="bulk-dialog" open title>
            {move || open.get().then(|| view! { <Steps access open done /> })}
        </Dialog>
    }
}

#[component]
fn Steps(access: Access, open: RwSignal<bool>, done: RwSignal<Option<Done>>) -> impl IntoView {
    let kind = RwSignal::new(Kind::AddProviders);
    let chosen = RwSignal::new(BTreeSet::<i64>::new());
    let role = RwSignal::new(Role::Member);
    let until = RwSignal::new(String::new());
    let shown = RwSignal::new(None::<(BulkInput, Shown)>);
    // What was shown is not what it would be by now.
    let moved = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let key = IdempotencyKey::<String>::fresh();
    use_dialog().changed_when(move || !chosen.read().is_empty() || shown.read().is_some());
    let selection = access.selected.selection();
    let asked = move || BulkInput {
        selection: selection.clone(),
        change: change(
            kind.get_untracked(),
            &chosen.read_untracked(),
            role.get_untracked(),
            &until.read_untracked(),
        ),
    };
    let preview = Action::new(move |input: &BulkInput| {
        let input = input.clone();
        async move {
            match preview_bulk(access.editor.org(), input.clone()).await {
                Ok(found) => shown.set(Some((input, found))),
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let apply = Action::new(move |(input, fingerprint): &(BulkInput, String)| {
        let (asked, fingerprint) = (input.clone(), fingerprint.clone());
        async move {
            let input = ApplyInput {
                idempotency_key: key.of(&fingerprint),
                asked: asked.clone(),
                fingerprint,
            };
            let undoable = asked.change.action != Some(RowAction::Resend);
            match apply_bulk(access.editor.org(), input).await {
                Ok(ApplyOutcome::Applied { change, counts }) => {
                    done.set(Some(Done {
                        change,
                        changed: Some(counts.change),
                        undoable,
                    }));
                    access.selected.clear();
                    open.set(false);
                    access.reload();
                }
                Ok(ApplyOutcome::PreviewChanged(now)) => {
                    moved.set(true);
                    shown.set(Some((asked, *now)));
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let working = Signal::derive(move || preview.pending().get() || apply.pending().get());
    let ready = move || match kind.get() {
        Kind::Role | Kind::Action(_) => true,
        _ => !chosen.read().is_empty(),
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if working.get_untracked() {
            return;
        }
        problem.set(None);
        moved.set(false);
        match shown.get_untracked() {
            Some((input, shown)) => {
                apply.dispatch((input, shown.fingerprint));
            }
            None => {
                preview.dispatch(asked());
            }
        }
    };
    let changes = Memo::new(move |_| {
        shown
            .read()
            .as_ref()
            .map(|(_, shown)| shown.preview.counts.change)
    });
    let danger = move || {
        matches!(
            kind.get(),
            Kind::Action(RowAction::Suspend | RowAction::Remove) | Kind::RemoveProviders
        )
    };
    let label = move || match (working.get(), changes.get()) {
        (true, _) => "Working…".to_owned(),
        (false, None) => "Preview".to_owned(),
        (false, Some(n)) => format!("{} {}", verb(kind.get()), rows(n)),
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <RequestProblem problem />
                {move || match shown.get() {
                    None => view! { <Choose access kind chosen role until /> }.into_any(),
                    Some((input, shown)) => {
                        view! { <Preview access input shown moved=moved.get() /> }.into_any()
                    }
                }}
            </div>
            <div class="dialog-foot">
                {move || {
                    shown
                        .read()
                        .is_some()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button"
                                    on:click=move |_| {
                                        problem.set(None);
                                        shown.set(None);
                                    }
                                >
                                    "Back"
                                </button>
                            }
                        })
                }}
                <Cancel />
                <button
                    type="submit"
                    class="button primary"
                    class:danger=move || danger() && changes.get().is_some()
                    disabled=move || working.get() || !ready() || changes.get() == Some(0)
                >
                    {label}
                </button>
            </div>
        </form>
    }
}

fn change(kind: Kind, chosen: &BTreeSet<i64>, role: Role, until: &str) -> BulkChange {
    let providers = || chosen.iter().copied().map(ProviderId).collect();
    let teams = || chosen.iter().copied().map(TeamId).collect();
    let nothing = BulkChange::default();
    match kind {
        Kind::AddProviders => BulkChange {
            add_providers: providers(),
            until: Timestamp::end_of(until),
            ..nothing
        },
        Kind::RemoveProviders => BulkChange {
            remove_providers: providers(),
            ..nothing
        },
        Kind::Role => BulkChange {
            role: Some(role),
            ..nothing
        },
        Kind::AddTeams => BulkChange {
            add_teams: teams(),
            ..nothing
        },
        Kind::RemoveTeams => BulkChange {
            remove_teams: teams(),
            ..nothing
        },
        Kind::Action(action) => BulkChange {
            action: Some(action),
            ..nothing
        },
    }
}

#[component]
fn Choose(
    access: Access,
    kind: RwSignal<Kind>,
    chosen: RwSignal<BTreeSet<i64>>,
    role: RwSignal<Role>,
    until: RwSignal<String>,
) -> impl IntoView {
    let choose = move |event| {
        let value = event_target_value(&event);
        if let Some((_, found, _)) = KINDS.iter().find(|(name, ..)| *name == value) {
            chosen.update(BTreeSet::clear);
            kind.set(*found);
        }
    };
    let providers = move |adding: bool| {
        let all = access.editor.choices.providers.get_untracked();
        let choice = |provider: domain::provider::ProviderRef| {
            let off = provider.status == ProviderStatus::Inactive;
            Choice {
                id: provider.id.0,
                aside: provider.about(),
                name: provider.name,
                off,
                fixed: off && adding,
            }
        };
        all.into_iter().map(choice).collect::<Vec<_>>()
    };
    let teams = move || {
        let all = access.editor.choices.teams.get_untracked();
        let choice = |team: domain::team::TeamRef| Choice {
            id: team.id.0,
            name: team.name,
            aside: String::new(),
            off: false,
            fixed: false,
        };
        all.into_iter().map(choice).collect::<Vec<_>>()
    };
    let detail = move || match kind.get() {
        Kind::AddProviders => view! {
            <Picker what="providers" choices=providers(true) chosen />
            <label class="field">
                <span>"Expiration date (optional)"</span>
                <input
                    class="input"
                    type="date"
                    prop:value=move || until.get()
                    on:input=move |event| until.set(event_target_value(&event))
                />
            </label>
        }
        .into_any(),
        Kind::RemoveProviders => {
            view! { <Picker what="providers" choices=providers(false) chosen /> }.into_any()
        }
        Kind::AddTeams | Kind::RemoveTeams => {
            view! { <Picker what="teams" choices=teams() chosen /> }.into_any()
        }
        Kind::Role => view! { <Roles access role /> }.into_any(),
        Kind::Action(action) => view! { <p class="muted">{about(action)}</p> }.into_any(),
    };
    view! {
        <label class="field">
            <span>"What to change"</span>
            <select class="input" autofocus on:change=choose>
                {KINDS
                    .iter()
                    .map(|(value, of, label)| {
                        view! { <option value=*value selected=*of == kind.get_untracked()>{*label}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
        {detail}
    }
}

#[component]
fn Roles(access: Access, role: RwSignal<Role>) -> impl IntoView {
    let own = access.role;
    view! {
        <label class="field">
            <span>"Role"</span>
            <select
                class="input"
                on:change=move |event| {
                    if let Ok(chosen) = event_target_value(&event).parse() {
                        role.set(chosen);
                    }
                }
            >
                {Role::ALL
                    .iter()
                    .filter(|of| **of <= own)
                    .map(|of| {
                        view! {
                            <option value=of.as_str() selected=*of == role.get_untracked()>
                                {of.label()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

/// What the last button says it does.
fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Action(RowAction::Suspend) => "Suspend",
        Kind::Action(RowAction::Reactivate) => "Reactivate",
        Kind::Action(RowAction::Remove) => "Remove",
        _ => "Change",
    }
}

fn about(action: RowAction) -> &'static str {
    match action {
        RowAction::Suspend => "They are signed out and their keys stop working. Everything else is kept.",
        RowAction::Reactivate => "They can sign in again and use what they are allowed.",
        RowAction::Remove => {
            "They lose their access and teams, their keys are revoked and their conversations deleted. Undo brings back neither keys nor conversations."
        }
        RowAction::Resend => "The old links stop working. This cannot be undone.",
    }
}

/// What will be done, what cannot be and why.
#[component]
fn Preview(access: Access, input: BulkInput, shown: Shown, moved: bool) -> impl IntoView {
    let names = Names::of(
        &access.editor.choices.providers.get_untracked(),
        &access.editor.choices.teams.get_untracked(),
    );
    let counts = shown.preview.counts;
    let change = input.change;
    let parts = shown
        .parts
        .iter()
        .map(|part| view! { <li>{part_line(part, &change, &names)}</li> })
        .collect_view();
    let cannot: Vec<_> = shown
        .preview
        .rows
        .iter()
        .filter(|row| !row.cannot.is_empty())
        .map(|row| {
            let who = shown.names.get(&row.member).cloned();
            let who = who.unwrap_or_else(|| "Somebody who is gone".to_owned());
            view! { <li><bdi>{who}</bdi> ": " {cannot_line(row, &change, &names)}</li> }
        })
        .collect();
    let any = !cannot.is_empty();
    view! {
        {moved
            .then(|| {
                view! {
                    <Notice kind=NoticeKind::Error>
                        <p>"Something changed since the preview. Nothing was done. This is what it would be now."</p>
                    </Notice>
                }
            })}
        <p role="status">
            <strong>{format!("{} will change", rows(counts.change))}</strong>
            {format!(" · {} with nothing to do · {} that cannot be changed", rows(counts.nothing), rows(counts.cannot))}
        </p>
        <ul class="plain-list bulk-parts">{parts}</ul>
        {any
            .then(|| {
                view! {
                    <h3>"What cannot be done"</h3>
                    <div class="bulk-cannot" tabindex="0" role="group" aria-label="What cannot be done">
                        <ul class="plain-list bulk-parts">{cannot}</ul>
                    </div>
                }
            })}
    }
}
