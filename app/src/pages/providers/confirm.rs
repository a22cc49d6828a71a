//! The questions before a provider is taken from people.

use super::dialogs::Dialogs;
use crate::api::providers::{delete_provider, set_provider_active};
use crate::components::{Cancel, Dialog, counted, use_toaster};
use crate::pages::request::RequestProblem;
use domain::Problem;
use domain::provider::ProviderView;
use leptos::prelude::*;

/// Before deactivating: how many cannot use it meanwhile, and that their grants are kept.
#[component]
pub fn DeactivateDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let toaster = use_toaster();
    let problem = RwSignal::new(None::<Problem>);
    let deactivate = Action::new(move |provider: &ProviderView| {
        let (id, name) = (provider.id, provider.name.clone());
        async move {
            match set_provider_active(org.get_value(), id, false).await {
                Ok(_) => {
                    dialogs.deactivate.set(false);
                    toaster.show(format!("{name} is inactive. Its members stay assigned."));
                    on_changed.run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let effect = |provider: &ProviderView| match provider.members {
        0 => "No members can use it. You can activate it again at any time.".to_owned(),
        n => format!(
            "{} cannot use it while it is inactive, in Chat or with keys. Members stay assigned and can use it again once you activate it.",
            counted(n, "member"),
        ),
    };
    view! {
        <Question
            id="provider-deactivate"
            dialogs
            open=dialogs.deactivate
            verb="Deactivate"
            busy="Deactivating…"
            effect
            problem
            pending=deactivate.pending()
            on_yes=move |provider: ProviderView| {
                deactivate.dispatch(provider);
            }
        />
    }
}

/// Activates a provider, which asks nothing first.
pub fn activation(org: StoredValue<String>, on_changed: Callback<()>) -> Action<ProviderView, ()> {
    let toaster = use_toaster();
    Action::new(move |provider: &ProviderView| {
        let (id, name) = (provider.id, provider.name.clone());
        async move {
            match set_provider_active(org.get_value(), id, true).await {
                Ok(now) => {
                    toaster.show(match now.members {
                        0 => format!("{name} is active. No members can use it yet."),
                        n => format!("{name} is active. {} can use it.", counted(n, "member")),
                    });
                    on_changed.run(());
                }
                Err(error) => toaster.show(error.0.message),
            }
        }
    })
}

/// Before deleting: how many lose it for good.
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
    let delete = Action::new(move |provider: &ProviderView| {
        let (id, name) = (provider.id, provider.name.clone());
        async move {
            match delete_provider(org.get_value(), id).await {
                Ok(()) => {
                    dialogs.delete.set(false);
                    toaster.show(format!("{name} was deleted."));
                    on_changed.run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let effect = |provider: &ProviderView| {
        let who = match provider.members {
            0 => "No members can use it. ".to_owned(),
            1 => "1 member loses access. ".to_owned(),
            n => format!("{} lose access. ", counted(n, "member")),
        };
        let credential = if provider.has_credential {
            "Its credential is deleted. "
        } else {
            ""
        };
        format!(
            "{who}{credential}This cannot be undone. To pause it and keep its members assigned, deactivate it instead."
        )
    };
    view! {
        <Question
            id="provider-delete"
            dialogs
            open=dialogs.delete
            verb="Delete"
            busy="Deleting…"
            effect
            problem
            pending=delete.pending()
            on_yes=move |provider: ProviderView| {
                delete.dispatch(provider);
            }
        />
    }
}

#[component]
fn Question(
    id: &'static str,
    dialogs: Dialogs,
    open: RwSignal<bool>,
    verb: &'static str,
    busy: &'static str,
    effect: fn(&ProviderView) -> String,
    problem: RwSignal<Option<Problem>>,
    #[prop(into)] pending: Signal<bool>,
    #[prop(into)] on_yes: Callback<ProviderView>,
) -> impl IntoView {
    Effect::new(move |_| {
        if open.get() {
            problem.set(None);
        }
    });
    view! {
        <Dialog id open title=Signal::derive(move || format!("{verb} {}?", dialogs.name()))>
            <div class="dialog-body">
                <p>{move || dialogs.subject.read().as_ref().map(effect)}</p>
                <RequestProblem problem />
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button
                    type="button"
                    class="button danger primary"
                    disabled=pending
                    on:click=move |_| {
                        if let Some(provider) = dialogs.subject.get_untracked() {
                            problem.set(None);
                            on_yes.run(provider);
                        }
                    }
                >
                    {move || if pending.get() { busy.to_owned() } else { format!("{verb} {}", dialogs.name()) }}
                </button>
            </div>
        </Dialog>
    }
}
