//! The models of one provider, and which of them are switched off.

use crate::api::providers::set_model;
use crate::components::{counted, thousands, use_toaster};
use crate::pages::request::RequestProblem;
use domain::Problem;
use domain::provider::ProviderView;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// What it offers. Those who may change it switch single models off and on again.
#[component]
pub fn Models(
    org: StoredValue<String>,
    provider: ProviderView,
    /// The first of its models, by name.
    models: Vec<String>,
    /// Those that are switched off.
    off: Vec<String>,
    may_edit: bool,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let count = provider.health.models;
    let entered = !provider.models.is_empty();
    let more = count.saturating_sub(u32::try_from(models.len()).unwrap_or(u32::MAX));
    let off: BTreeSet<String> = off.into_iter().collect();
    let few = models.len() <= 12 || !off.is_empty();
    let shown: BTreeSet<String> = models.iter().cloned().collect();
    // Those beyond the first, and those that are not listed at present.
    let others = off.difference(&shown).cloned().collect::<Vec<_>>();
    let lines = shown.into_iter().chain(others).map(|model| {
        let on = !off.contains(&model);
        view! { <Model org provider=provider.id model on may_edit on_changed /> }
    });
    let off_count = u32::try_from(off.len()).unwrap_or(u32::MAX);
    let list = match (count, provider.health.models_at) {
        (0, None) if off.is_empty() => view! { <p class="muted">"Not loaded"</p> }.into_any(),
        _ => view! {
            <details open=few>
                <summary>
                    {counted(count, "model")}
                    {(off_count > 0).then(|| format!(", {} switched off", thousands(off_count)))}
                    {entered.then(|| view! { <span class="muted">" entered by hand"</span> })}
                </summary>
                {may_edit
                    .then(|| {
                        view! {
                            <p class="muted needs-script">"Clear a box to switch a model off for everybody."</p>
                        }
                    })}
                <ul class="models">{lines.collect_view()}</ul>
                {(more > 0).then(|| view! { <p class="muted">{format!("and {} more", thousands(more))}</p> })}
            </details>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"Models"</h2>
            {list}
        </section>
    }
}

#[component]
fn Model(
    org: StoredValue<String>,
    provider: domain::ProviderId,
    model: String,
    on: bool,
    may_edit: bool,
    on_changed: Callback<()>,
) -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let toaster = use_toaster();
    let name = StoredValue::new(model.clone());
    let is_on = RwSignal::new(on);
    let change = Action::new(move |on: &bool| {
        let on = *on;
        async move {
            let model = name.get_value();
            match set_model(org.get_value(), provider, model.clone(), on).await {
                Ok(()) => {
                    toaster.show(match on {
                        true => format!("{model} is on."),
                        false => format!("{model} is off for everybody."),
                    });
                    on_changed.run(());
                }
                Err(error) => {
                    // The box shows what is.
                    is_on.set(!on);
                    problem.set(Some(error.0));
                }
            }
        }
    });
    let pending = change.pending();
    view! {
        <li>
            <label class:choice=may_edit>
                {may_edit
                    .then(|| {
                        view! {
                            <input
                                type="checkbox"
                                class="needs-script"
                                prop:checked=move || is_on.get()
                                checked=on
                                disabled=pending
                                on:change=move |event| {
                                    let on = event_target_checked(&event);
                                    problem.set(None);
                                    is_on.set(on);
                                    change.dispatch(on);
                                }
                            />
                        }
                    })}
                <code>{model}</code>
                {(!on).then(|| view! { <span class="badge">"Off"</span> })}
            </label>
            <RequestProblem problem />
        </li>
    }
}
