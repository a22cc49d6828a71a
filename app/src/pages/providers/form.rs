//! Registering and editing a provider.

use super::conflict::Conflict;
use super::dialogs::Dialogs;
use super::draft::Draft;
use crate::api::providers::{create_provider, update_provider};
use crate::components::{Cancel, Dialog, Field, use_dialog, use_toaster};
use crate::pages::request::{IdempotencyKey, RequestProblem, field_problem, refuse};
use domain::provider::{ApiType, ProviderInput, ProviderView};
use domain::{Problem, VersionedOutcome};
use leptos::prelude::*;

/// The form in its dialog.
#[component]
pub fn FormDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// A provider was saved; `true` when it is a new one.
    #[prop(into)]
    on_saved: Callback<(ProviderView, bool)>,
) -> impl IntoView {
    let title = move || match dialogs.subject.read().as_ref() {
        Some(provider) => format!("Edit {}", provider.name),
        None => "Add provider".to_owned(),
    };
    view! {
        <Dialog id="provider-form" open=dialogs.form title=Signal::derive(title)>
            <Form org dialogs on_saved />
        </Dialog>
    }
}

#[component]
fn Form(
    org: StoredValue<String>,
    dialogs: Dialogs,
    on_saved: Callback<(ProviderView, bool)>,
) -> impl IntoView {
    let toaster = use_toaster();
    let editing = StoredValue::new(dialogs.subject.get_untracked());
    let is_new = editing.with_value(Option::is_none);
    let has_credential = editing.with_value(|p| p.as_ref().is_some_and(|p| p.has_credential));
    let draft = RwSignal::new(editing.with_value(|p| p.as_ref().map(Draft::of).unwrap_or_default()));
    let was = draft.get_untracked();
    use_dialog().changed_when(move || *draft.read() != was);
    // The version the edit is made on; moves on when a conflict has been looked at.
    let version = RwSignal::new(editing.with_value(|p| p.as_ref().map_or(0, |p| p.version)));
    let theirs = RwSignal::new(None::<ProviderView>);
    let problem = RwSignal::new(None::<Problem>);
    let key = IdempotencyKey::<ProviderInput>::fresh();

    let saved = move |provider: ProviderView| {
        dialogs.form.set(false);
        toaster.show(if is_new {
            format!("{} was added.", provider.name)
        } else {
            format!("{} was saved.", provider.name)
        });
        on_saved.run((provider, is_new));
    };
    let save = Action::new(move |input: &ProviderInput| {
        let input = input.clone();
        async move {
            let answer = match editing.get_value() {
                None => {
                    let key = key.of(&input);
                    create_provider(org.get_value(), input, key)
                        .await
                        .map(VersionedOutcome::Saved)
                }
                Some(provider) => {
                    update_provider(org.get_value(), provider.id, version.get_untracked(), input).await
                }
            };
            match answer {
                Ok(VersionedOutcome::Saved(provider)) => saved(provider),
                Ok(VersionedOutcome::Conflict(now)) => theirs.set(Some(now)),
                Err(error) => refuse(problem, error.0),
            }
        }
    });
    let submit = move || {
        // The rules are the server's own, so what is wrong is said at once.
        match draft.read_untracked().input().check(!is_new) {
            Ok(_) => {
                problem.set(None);
                save.dispatch(draft.read_untracked().input());
            }
            Err(found) => refuse(problem, found),
        }
    };
    let pending = save.pending();
    let label = move || match (pending.get(), is_new) {
        (true, _) => "Saving…",
        (false, true) => "Add provider",
        (false, false) => "Save",
    };

    view! {
        <form
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                if !pending.get_untracked() {
                    submit();
                }
            }
        >
            <div class="dialog-body">
                <RequestProblem problem />
                <Conflict
                    theirs
                    draft
                    on_theirs=move |now: ProviderView| {
                        version.set(now.version);
                        draft.set(Draft::of(&now));
                        theirs.set(None);
                    }
                    on_mine=move |now: ProviderView| {
                        version.set(now.version);
                        theirs.set(None);
                        submit();
                    }
                />
                <Naming draft problem is_new />
                <Speaking draft problem />
                <Credential draft problem has_credential />
                <Models draft problem />
                <Field
                    label="Description"
                    name="description"
                    hint="Optional, such as its purpose or cost center."
                    error=field_problem(problem, "description")
                >
                    <textarea
                        class="input"
                        rows="2"
                        prop:value=move || draft.read().description.clone()
                        on:input=move |event| draft.write().description = event_target_value(&event)
                    ></textarea>
                </Field>
            </div>
            <div class="dialog-foot">
                <span class="effect">
                    {if is_new { "Active immediately. No members can use it yet." } else { "Changes apply immediately, in Chat and for keys." }}
                </span>
                <Cancel />
                <button type="submit" class="button primary" disabled=move || pending.get() || theirs.read().is_some()>
                    {label}
                </button>
            </div>
        </form>
    }
}

#[component]
fn Naming(draft: RwSignal<Draft>, problem: RwSignal<Option<Problem>>, is_new: bool) -> impl IntoView {
    let slug_hint = if is_new {
        "The prefix of its model names, such as openai-eu/gpt-4o. It cannot be changed later."
    } else {
        "It cannot be changed: clients use it in model names."
    };
    view! {
        <Field label="Name" name="name" error=field_problem(problem, "name")>
            <input
                class="input"
                autocomplete="off"
                autofocus
                required
                prop:value=move || draft.read().name.clone()
                on:input=move |event| draft.write().set_name(event_target_value(&event))
            />
        </Field>
        <Field label="Slug" name="slug" hint=slug_hint error=field_problem(problem, "slug")>
            <input
                class="input code"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                disabled=!is_new
                prop:value=move || draft.read().slug.clone()
                on:input=move |event| draft.write().set_slug(event_target_value(&event))
            />
        </Field>
    }
}

#[component]
fn Speaking(draft: RwSignal<Draft>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let chosen = move || draft.read().api_type;
    view! {
        <Field label="API type" name="api_type" error=field_problem(problem, "api_type")>
            <select
                class="input"
                prop:value=move || chosen().as_str()
                on:change=move |event| {
                    if let Ok(api_type) = event_target_value(&event).parse() {
                        draft.write().set_api_type(api_type);
                    }
                }
            >
                {ApiType::ALL
                    .iter()
                    .map(|&api_type| {
                        view! {
                            <option value=api_type.as_str() selected=move || chosen() == api_type>
                                {api_type.label()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </Field>
        <Field label="Base URL" name="base_url" error=field_problem(problem, "base_url")>
            <input
                class="input code"
                inputmode="url"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required
                prop:value=move || draft.read().base_url.clone()
                on:input=move |event| draft.write().base_url = event_target_value(&event)
                on:change=move |event| draft.write().set_base_url(event_target_value(&event))
            />
        </Field>
        <Show when=move || chosen().has_api_version()>
            <ApiVersion draft problem />
        </Show>
    }
}

#[component]
fn ApiVersion(draft: RwSignal<Draft>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    view! {
        <Field
            label="API version"
            name="api_version"
            hint="Sent as api-version with every request, for example 2024-10-21. Leave it empty if your resource needs none."
            error=field_problem(problem, "api_version")
        >
            <input
                class="input code"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                prop:value=move || draft.read().api_version.clone()
                on:input=move |event| draft.write().api_version = event_target_value(&event)
            />
        </Field>
    }
}

#[component]
fn Models(draft: RwSignal<Draft>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    view! {
        <Field
            label="Models"
            name="models"
            hint="Optional, one per line: Azure deployments, or models of a service without a model list. If you enter any, only these are available."
            error=field_problem(problem, "models")
        >
            <textarea
                class="input code"
                rows="3"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                prop:value=move || draft.read().models.clone()
                on:input=move |event| draft.write().models = event_target_value(&event)
            ></textarea>
        </Field>
    }
}

#[component]
fn Credential(
    draft: RwSignal<Draft>,
    problem: RwSignal<Option<Problem>>,
    has_credential: bool,
) -> impl IntoView {
    let hint = if has_credential {
        "A credential is stored. Leave empty to keep it."
    } else {
        "Encrypted and never shown again. Leave empty if the service needs none."
    };
    view! {
        <Field label="Credential" name="credential" hint=hint error=field_problem(problem, "credential")>
            <input
                class="input code"
                type="password"
                autocomplete="new-password"
                placeholder=if has_credential { "••••••••" } else { "" }
                disabled=move || draft.read().remove_credential
                prop:value=move || draft.read().credential.clone()
                on:input=move |event| draft.write().credential = event_target_value(&event)
            />
        </Field>
        {has_credential
            .then(|| {
                view! {
                    <label class="choice">
                        <input
                            type="checkbox"
                            prop:checked=move || draft.read().remove_credential
                            on:change=move |event| {
                                draft
                                    .update(|draft| {
                                        draft.remove_credential = event_target_checked(&event);
                                        draft.credential.clear();
                                    });
                            }
                        />
                        "Delete the stored credential"
                    </label>
                }
            })}
    }
}
