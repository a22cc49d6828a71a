//! Making a key.

use super::dialogs::{KeyDialogs, KeyOwner};
use super::draft::{Draft, End};
use super::secret::Secret;
use crate::api::keys::create_key;
use crate::components::{Cancel, Dialog, Field, use_dialog};
use crate::pages::request::{IdempotencyKey, RequestProblem, field_problem, refuse};
use domain::key::KeyInput;
use domain::key::policy::KeyPolicy;
use domain::provider::ProviderStatus;
use domain::{Problem, Timestamp};
use leptos::prelude::*;

/// The form; after it the key, once.
#[component]
pub fn CreateDialog(
    dialogs: KeyDialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let title = move || match dialogs.made.read().as_ref() {
        Some(made) => format!("{} created", made.key.name),
        None => match dialogs.owner.read().as_ref() {
            Some(KeyOwner {
                member: Some((_, name)),
                ..
            }) => format!("Create key for {name}"),
            Some(owner) => format!("Create key in {}", owner.organization),
            None => String::new(),
        },
    };
    view! {
        <Dialog id="key-create" open=dialogs.create title=Signal::derive(title)>
            <Form dialogs on_changed />
        </Dialog>
    }
}

#[component]
fn Form(dialogs: KeyDialogs, on_changed: Callback<()>) -> impl IntoView {
    let owner = StoredValue::new(dialogs.owner.get_untracked());
    let policy = owner.with_value(|owner| owner.as_ref().map(|owner| owner.policy).unwrap_or_default());
    let draft = RwSignal::new(Draft::under(policy));
    let dialog = use_dialog();
    dialog.changed_when(move || dialogs.made.read().is_none() && *draft.read() != Draft::under(policy));
    let problem = RwSignal::new(None::<Problem>);
    let key = IdempotencyKey::<KeyInput>::fresh();
    let now = owner.with_value(|owner| owner.as_ref().map_or(Timestamp(0), |owner| owner.now));

    let create = Action::new(move |input: &KeyInput| {
        let input = input.clone();
        let member = owner.with_value(|owner| owner.as_ref()?.member.as_ref().map(|(id, _)| *id));
        async move {
            let request = key.of(&input);
            match create_key(dialogs.org(), member, input, request).await {
                Ok(made) => {
                    dialogs.made.set(Some(made));
                    on_changed.run(());
                }
                Err(error) => refuse(problem, error.0),
            }
        }
    });
    let pending = create.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        match draft.read_untracked().input(now) {
            Ok(input) => {
                problem.set(None);
                create.dispatch(input);
            }
            Err(found) => refuse(problem, found),
        }
    };

    move || match dialogs.made.get() {
        Some(made) => view! { <Secret made open=dialogs.create dialog /> }.into_any(),
        None => view! {
            <form novalidate on:submit=submit>
                <div class="dialog-body">
                    <RequestProblem problem />
                    <Field
                        label="Name"
                        name="name"
                        hint="Where it is used, such as laptop or nightly build."
                        error=field_problem(problem, "name")
                    >
                        <input
                            class="input"
                            autocomplete="off"
                            autofocus
                            required
                            prop:value=move || draft.read().name.clone()
                            on:input=move |event| draft.write().name = event_target_value(&event)
                        />
                    </Field>
                    <Ends draft problem policy now />
                    <Scope owner=owner.get_value() draft problem />
                    <Limits draft problem />
                </div>
                <div class="dialog-foot">
                    <span class="effect">"Active immediately."</span>
                    <Cancel />
                    <button type="submit" class="button primary" disabled=pending>
                        {move || if pending.get() { "Creating…" } else { "Create key" }}
                    </button>
                </div>
            </form>
        }
        .into_any(),
    }
}

#[component]
fn Ends(
    draft: RwSignal<Draft>,
    problem: RwSignal<Option<Problem>>,
    policy: KeyPolicy,
    now: Timestamp,
) -> impl IntoView {
    let offered = End::offered(policy);
    let choices = StoredValue::new(offered.clone());
    // A day ends at its last midnight, which must come before the latest end.
    let last_day = policy
        .latest_end(now)
        .map(|latest| latest.plus(-Timestamp::DAY).date());
    let chosen = Memo::new(move |_| draft.read().end);
    let when = move || match draft.read().expires_at(now) {
        Ok(Some(at)) => format!("Expires {}.", at.exact()),
        Ok(None) => "Never expires.".to_owned(),
        Err(_) => "Days end at midnight UTC.".to_owned(),
    };
    view! {
        <Field label="Expires" name="ends">
            <select
                class="input"
                on:change=move |event| {
                    let value = event_target_value(&event);
                    let named = |choices: &Vec<(String, String, End)>| {
                        choices.iter().find(|(name, _, _)| *name == value).map(|(_, _, end)| *end)
                    };
                    if let Some(end) = choices.with_value(named) {
                        draft.write().end = end;
                    }
                }
            >
                {offered
                    .into_iter()
                    .map(|(name, label, end)| {
                        view! { <option value=name selected=move || chosen.get() == end>{label}</option> }
                    })
                    .collect_view()}
            </select>
        </Field>
        {move || {
            let last_day = last_day.clone();
            (chosen.get() == End::Date)
                .then(|| {
                    view! {
                        <Field label="Expiration date" name="expires_at" error=field_problem(problem, "expires_at")>
                            <input
                                class="input"
                                type="date"
                                min=now.date()
                                max=last_day
                                prop:value=move || draft.read().date.clone()
                                on:input=move |event| draft.write().date = event_target_value(&event)
                            />
                        </Field>
                    }
                })
        }}
        <p class="muted key-ends" role="status">{when}</p>
    }
}

#[component]
fn Scope(
    owner: Option<KeyOwner>,
    draft: RwSignal<Draft>,
    problem: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let whose = owner
        .as_ref()
        .and_then(|owner| owner.member.as_ref())
        .map(|(_, name)| name.clone());
    let allowed = owner.map(|owner| owner.allowed).unwrap_or_default();
    let (all, none) = match &whose {
        Some(name) => (
            format!("All allowed providers of {name}, including future ones"),
            format!("{name} has no allowed providers yet. The key can use those assigned later."),
        ),
        None => (
            "All your allowed providers, including future ones".to_owned(),
            "You have no allowed providers yet. The key can use those assigned later.".to_owned(),
        ),
    };
    let narrowed = Memo::new(move |_| draft.read().narrowed);
    let error = field_problem(problem, "scope");
    if allowed.is_empty() {
        return view! { <p class="muted">{none}</p> }.into_any();
    }
    let allowed = StoredValue::new(allowed);
    let boxes = move || {
        allowed
            .get_value()
            .into_iter()
            .map(|provider| {
                let id = provider.id.0;
                let off = provider.status != ProviderStatus::Active;
                view! {
                    <label class="choice" class:off=off>
                        <input
                            type="checkbox"
                            prop:checked=move || draft.read().chosen.contains(&id)
                            on:change=move |event| {
                                let checked = event_target_checked(&event);
                                draft
                                    .update(|draft| {
                                        if checked { draft.chosen.insert(id); } else { draft.chosen.remove(&id); }
                                    });
                            }
                        />
                        {provider.name}
                        {off.then(|| view! { <span class="aside">"inactive"</span> })}
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <fieldset class="field" id="field-scope" tabindex="-1">
            <legend>"Providers"</legend>
            <label class="choice">
                <input
                    type="radio"
                    name="scope"
                    prop:checked=move || !narrowed.get()
                    on:change=move |_| draft.write().narrowed = false
                />
                {all}
            </label>
            <label class="choice">
                <input
                    type="radio"
                    name="scope"
                    prop:checked=move || narrowed.get()
                    on:change=move |_| draft.write().narrowed = true
                />
                "Selected providers:"
            </label>
            {move || narrowed.get().then(|| view! { <div class="key-scope" role="group" aria-label="Providers of the key">{boxes()}</div> })}
            {move || error.get().map(|error| view! { <p class="error">{error}</p> })}
        </fieldset>
    }
    .into_any()
}

#[component]
fn Limits(draft: RwSignal<Draft>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    view! {
        <div class="key-limits">
            <Field
                label="Requests per minute"
                name="requests_per_minute"
                hint="Leave empty for no limit."
                error=field_problem(problem, "requests_per_minute")
            >
                <input
                    class="input"
                    inputmode="numeric"
                    autocomplete="off"
                    prop:value=move || draft.read().requests.clone()
                    on:input=move |event| draft.write().requests = event_target_value(&event)
                />
            </Field>
            <Field
                label="Tokens per day"
                name="tokens_per_day"
                hint="Leave empty for no limit."
                error=field_problem(problem, "tokens_per_day")
            >
                <input
                    class="input"
                    inputmode="numeric"
                    autocomplete="off"
                    prop:value=move || draft.read().tokens.clone()
                    on:input=move |event| draft.write().tokens = event_target_value(&event)
                />
            </Field>
        </div>
    }
}
