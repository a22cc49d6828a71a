//! Changing many rows: what to change, a preview that says exactly what that does, and doing it.

use super::super::state::Access;
use super::done::Done;
use super::words::{Names, PreviewLines, rows};
use crate::api::bulk::{apply_bulk, preview_bulk};
use crate::components::picker::{Choice, Picker};
use crate::components::{Cancel, Dialog, Notice, NoticeKind, counted, use_dialog};
use crate::pages::request::{IdempotencyKey, RequestProblem};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkInput, BulkKind, RowAction, Shown};
use domain::provider::ProviderStatus;
use domain::{Problem, Role, Timestamp};
use leptos::prelude::*;
use std::collections::BTreeSet;

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
    let kind = RwSignal::new(BulkKind::AddProviders);
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
        change: kind.get_untracked().change(
            &chosen.read_untracked(),
            role.get_untracked(),
            Timestamp::end_of(&until.read_untracked()),
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
    let ready = move || !kind.get().needs_choice() || !chosen.read().is_empty();
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
    let label = move || match (working.get(), changes.get()) {
        (true, _) => "Working…".to_owned(),
        (false, None) => "Preview".to_owned(),
        (false, Some(n)) => format!("{} {}", kind.get().verb(), rows(n)),
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
                    class:danger=move || kind.get().takes_away() && changes.get().is_some()
                    disabled=move || working.get() || !ready() || changes.get() == Some(0)
                >
                    {label}
                </button>
            </div>
        </form>
    }
}

#[component]
fn Choose(
    access: Access,
    kind: RwSignal<BulkKind>,
    chosen: RwSignal<BTreeSet<i64>>,
    role: RwSignal<Role>,
    until: RwSignal<String>,
) -> impl IntoView {
    let choose = move |event| {
        let value = event_target_value(&event);
        if let Some(found) = BulkKind::from_text(&value) {
            chosen.update(BTreeSet::clear);
            kind.set(found);
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
        BulkKind::AddProviders => view! {
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
        BulkKind::RemoveProviders => {
            view! { <Picker what="providers" choices=providers(false) chosen /> }.into_any()
        }
        BulkKind::AddTeams | BulkKind::RemoveTeams => {
            view! { <Picker what="teams" choices=teams() chosen /> }.into_any()
        }
        BulkKind::Role => view! { <Roles access role /> }.into_any(),
        BulkKind::Action(action) => view! { <p class="muted">{action.about()}</p> }.into_any(),
    };
    view! {
        <label class="field">
            <span>"What to change"</span>
            <select class="input" autofocus on:change=choose>
                {BulkKind::ALL
                    .map(|of| {
                        view! { <option value=of.as_str() selected=of == kind.get_untracked()>{of.label()}</option> }
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

/// What will be done, what cannot be and why.
#[component]
fn Preview(access: Access, input: BulkInput, shown: Shown, moved: bool) -> impl IntoView {
    let names = Names::of(
        &access.editor.choices.providers.get_untracked(),
        &access.editor.choices.teams.get_untracked(),
    );
    view! {
        {moved
            .then(|| {
                view! {
                    <Notice kind=NoticeKind::Error>
                        <p>"Something changed since the preview. Nothing was done. This is what it would be now."</p>
                    </Notice>
                }
            })}
        <PreviewLines change=input.change names shown />
    }
}
