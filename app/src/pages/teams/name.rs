//! Creating and renaming a team.

use super::dialogs::Dialogs;
use crate::api::teams::{create_team, rename_team};
use crate::components::{Cancel, Dialog, Field, Notice, NoticeKind, use_dialog, use_toaster};
use crate::pages::request::{IdempotencyKey, RequestProblem, field_problem, refuse};
use domain::team::TeamView;
use domain::{Problem, VersionedOutcome, input};
use leptos::prelude::*;

/// The dialog; which of the two it is depends on whether there is a team already.
#[component]
pub fn NameDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let title = move || match dialogs.subject.read().as_ref() {
        Some(team) => format!("Rename {}", team.name),
        None => "Create a team".to_owned(),
    };
    view! {
        <Dialog id="team-name" open=dialogs.name title=Signal::derive(title)>
            <Form org dialogs on_changed />
        </Dialog>
    }
}

#[component]
fn Form(org: StoredValue<String>, dialogs: Dialogs, on_changed: Callback<()>) -> impl IntoView {
    let toaster = use_toaster();
    let team = StoredValue::new(dialogs.subject.get_untracked());
    let is_new = team.with_value(Option::is_none);
    let name = RwSignal::new(team.with_value(|t| t.as_ref().map(|t| t.name.clone()).unwrap_or_default()));
    let was = name.get_untracked();
    use_dialog().changed_when(move || *name.read() != was);
    // The version the edit is made on; moves on when a conflict has been looked at.
    let version = RwSignal::new(team.with_value(|t| t.as_ref().map_or(0, |t| t.version)));
    let theirs = RwSignal::new(None::<TeamView>);
    let problem = RwSignal::new(None::<Problem>);
    let key = IdempotencyKey::<String>::fresh();

    let save = Action::new(move |name: &String| {
        let name = name.clone();
        async move {
            let answer = match team.get_value() {
                None => {
                    let key = key.of(&name);
                    create_team(org.get_value(), name, key)
                        .await
                        .map(VersionedOutcome::Saved)
                }
                Some(team) => rename_team(org.get_value(), team.id, version.get_untracked(), name).await,
            };
            match answer {
                Ok(VersionedOutcome::Saved(team)) => {
                    dialogs.name.set(false);
                    toaster.show(if is_new {
                        format!("{} was created.", team.name)
                    } else {
                        format!("The team is called {} now.", team.name)
                    });
                    on_changed.run(());
                }
                Ok(VersionedOutcome::Conflict(now)) => {
                    version.set(now.version);
                    theirs.set(Some(now));
                }
                Err(error) => refuse(problem, error.0),
            }
        }
    });
    let pending = save.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        match input::name("name", &name.read_untracked(), "the team's name") {
            Ok(name) => {
                problem.set(None);
                theirs.set(None);
                save.dispatch(name);
            }
            Err(found) => refuse(problem, found),
        }
    };
    let label = move || match (pending.get(), is_new) {
        (true, _) => "Saving…",
        (false, true) => "Create team",
        (false, false) => "Rename",
    };

    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <RequestProblem problem />
                {move || {
                    theirs
                        .get()
                        .map(|now| {
                            view! {
                                <Notice kind=NoticeKind::Error>
                                    <p>
                                        "Somebody else changed this team while you were editing; it is called " <strong>{now.name}</strong>
                                        " now. Nothing of yours was saved. Rename again to put your name over theirs, or cancel to keep it."
                                    </p>
                                </Notice>
                            }
                        })
                }}
                <Field label="Name" name="name" error=field_problem(problem, "name")>
                    <input
                        class="input"
                        autocomplete="off"
                        autofocus
                        required
                        prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </Field>
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button type="submit" class="button primary" disabled=pending>{label}</button>
            </div>
        </form>
    }
}
