//! Deleting a team.

use super::dialogs::{Dialogs, people};
use crate::api::teams::delete_team;
use crate::components::picker::names;
use crate::components::{Cancel, Dialog, use_toaster};
use crate::pages::request::RequestProblem;
use domain::Problem;
use domain::team::TeamView;
use leptos::prelude::*;

/// Says how many leave it, and that they stay in the organization.
#[component]
pub fn DeleteDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let toaster = use_toaster();
    let problem = RwSignal::new(None::<Problem>);
    let delete = Action::new(move |team: &TeamView| {
        let (id, name) = (team.id, team.name.clone());
        async move {
            match delete_team(org.get_value(), id).await {
                Ok(()) => {
                    dialogs.delete.set(false);
                    toaster.show(format!("{name} was deleted."));
                    on_changed.run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = delete.pending();
    Effect::new(move |_| {
        if dialogs.delete.get() {
            problem.set(None);
        }
    });
    let effect = move || {
        dialogs.subject.read().as_ref().map(|team| {
            let access = match team.providers.as_slice() {
                [] => "with the same access".to_owned(),
                providers => format!(
                    "and can use {} only where they have it from elsewhere",
                    names(providers.iter().map(|provider| provider.name.as_str()))
                ),
            };
            match team.members {
                0 => "Nobody is in it. This cannot be undone.".to_owned(),
                1 => format!(
                    "1 person leaves it and stays in the organization, {access}. This cannot be undone."
                ),
                n => format!(
                    "{} leave it and stay in the organization, {access}. This cannot be undone.",
                    people(n)
                ),
            }
        })
    };
    view! {
        <Dialog
            id="team-delete"
            open=dialogs.delete
            title=Signal::derive(move || format!("Delete {}?", dialogs.subject_name()))
        >
            <div class="dialog-body">
                <p>{effect}</p>
                <RequestProblem problem />
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button
                    type="button"
                    class="button danger primary"
                    disabled=pending
                    on:click=move |_| {
                        if let Some(team) = dialogs.subject.get_untracked() {
                            problem.set(None);
                            delete.dispatch(team);
                        }
                    }
                >
                    {move || {
                        if pending.get() { "Deleting…".to_owned() } else { format!("Delete {}", dialogs.subject_name()) }
                    }}
                </button>
            </div>
        </Dialog>
    }
}
