//! Making, changing and deleting a template.

use crate::components::Field;
use crate::forms::FormOutcome;
use domain::provider::ProviderRef;
use domain::team::TeamRef;
use domain::templates::TemplateView;
use leptos::prelude::*;

/// What a template can hold.
#[derive(Clone)]
pub struct Offered {
    /// Every provider.
    pub providers: Vec<ProviderRef>,
    /// Every team.
    pub teams: Vec<TeamRef>,
}

/// Boxes of one kind, those ticked that `chosen` holds.
fn boxes(
    legend: &'static str,
    name: &'static str,
    all: Vec<(String, String)>,
    chosen: &[String],
) -> Option<impl IntoView + use<>> {
    let items: Vec<_> = all
        .into_iter()
        .map(|(id, label)| {
            let checked = chosen.contains(&id);
            view! {
                <label class="choice">
                    <input type="checkbox" name=name value=id checked=checked />
                    <bdi>{label}</bdi>
                </label>
            }
        })
        .collect();
    (!items.is_empty()).then(|| {
        view! {
            <fieldset class="field">
                <legend>{legend}</legend>
                <div class="invite-teams">{items}</div>
            </fieldset>
        }
    })
}

fn holds(offered: Offered, values: &FormOutcome) -> impl IntoView + use<> {
    let Offered { providers, teams } = offered;
    let providers = providers.into_iter().map(|one| (one.id.to_string(), one.name));
    let teams = teams.into_iter().map(|one| (one.id.to_string(), one.name));
    view! {
        {boxes("Providers", "provider", providers.collect(), &values.values_of("provider"))}
        {boxes("Teams", "team", teams.collect(), &values.values_of("team"))}
    }
}

/// The form that makes one.
#[component]
pub fn Create(path: String, offered: Offered, typed: FormOutcome) -> impl IntoView {
    let problem = typed.field_problem("providers");
    let fields = holds(offered, &typed);
    let (name, days) = (typed.value("name"), typed.value("days"));
    let (wrong_name, wrong_days) = (typed.field_problem("name"), typed.field_problem("days"));
    view! {
        <section class="member-section">
            <h2>"Create template"</h2>
            <form method="post" action=path class="stack" data-unsaved="">
                <Field label="Name" name="name" error=wrong_name>
                    <input class="input" name="name" required maxlength="100" autocomplete="off" value=name />
                </Field>
                {fields}
                {problem.map(|problem| view! { <p class="error">{problem}</p> })}
                <Field
                    label="Providers expire after days"
                    name="days"
                    hint="Counted from when the template is applied. Empty: never."
                    error=wrong_days
                >
                    <input class="input" name="days" inputmode="numeric" maxlength="4" autocomplete="off" value=days />
                </Field>
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="create">"Create template"</button>
                </div>
            </form>
        </section>
    }
}

/// Changing and deleting one.
#[component]
pub fn Change(
    path: String,
    template: TemplateView,
    offered: Offered,
    /// What was typed, and refused.
    typed: Option<FormOutcome>,
) -> impl IntoView {
    let open = typed.is_some();
    let values = typed.unwrap_or_else(|| {
        let providers = template
            .providers
            .iter()
            .map(|one| ("provider".to_owned(), one.id.to_string()));
        let teams = template
            .teams
            .iter()
            .map(|one| ("team".to_owned(), one.id.to_string()));
        let days = template.days.map_or_else(String::new, |days| days.to_string());
        let own = [
            ("name".to_owned(), template.name.clone()),
            ("days".to_owned(), days),
        ];
        FormOutcome {
            values: own.into_iter().chain(providers).chain(teams).collect(),
            ..FormOutcome::default()
        }
    });
    let (id, version, name) = (
        template.id.to_string(),
        template.version.to_string(),
        template.name,
    );
    let fields = holds(offered, &values);
    view! {
        <details open=open>
            <summary class="button small">
                "Edit…"
                <span class="visually-hidden">" " {name.clone()}</span>
            </summary>
            <form method="post" action=path.clone() class="stack" data-unsaved="">
                <input type="hidden" name="template" value=id.clone() />
                <input type="hidden" name="version" value=version />
                <label class="field">
                    <span>"Name"</span>
                    <input class="input" name="name" required maxlength="100" autocomplete="off" value=values.value("name") />
                </label>
                {fields}
                <label class="field">
                    <span>"Providers expire after days"</span>
                    <input class="input" name="days" inputmode="numeric" maxlength="4" autocomplete="off" value=values.value("days") />
                </label>
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="change">"Save changes"</button>
                </div>
            </form>
            <form method="post" action=path class="stack">
                <p class="muted">"Members it was applied to keep what they have."</p>
                <input type="hidden" name="template" value=id />
                <div class="row">
                    <button class="button danger" type="submit" name="do" value="delete">
                        "Delete " <bdi>{name}</bdi>
                    </button>
                </div>
            </form>
        </details>
    }
}
