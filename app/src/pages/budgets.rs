//! Budgets: how much may be spent, by whom, and where that stands. All forms are native and work without JavaScript; one
//! address takes them, and the field `do` says which it is.

use super::organization::use_viewer;
use crate::api::budgets::budgets;
use crate::components::{EmptyState, Field, LoadFailed, Notice, NoticeKind, Skeleton, TimeAgo};
use crate::forms::{FormOutcome, form_outcome};
use domain::Timestamp;
use domain::budgets::{BudgetList, BudgetView, Choice};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// At how many percent a new budget warns, as it is typed.
const WARN: &str = "50, 80, 100";

/// Every budget, and for whoever administers the forms that keep them.
#[component]
pub fn BudgetsPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let query = use_query_map();
    let outcome = form_outcome("budgets");
    let problem = outcome.problem.clone();
    let slug = org.clone();
    let found = Resource::new(|| (), move |()| budgets(slug.clone()));
    let (org, outcome) = (StoredValue::new(org), StoredValue::new(outcome));
    view! {
        <Title text="Budgets" />
        <div class="page-head">
            <div>
                <h1>"Budgets"</h1>
                <p class="lede">
                    "A request must fit every budget that applies to it, in Chat and through the gateway."
                </p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || {
            let said = match query.read().get_str("done") {
                Some("created") => "Budget created.",
                Some("changed") => "Budget changed.",
                Some("deleted") => "Budget deleted.",
                _ => return None,
            };
            Some(view! { <Notice kind=NoticeKind::Success><p>{said}</p></Notice> })
        }}
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(list) => {
                        view! { <Budgets org=org.get_value() list outcome=outcome.get_value() /> }.into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Budgets(org: String, list: BudgetList, outcome: FormOutcome) -> impl IntoView {
    let action = format!("/o/{org}/budgets");
    let administers = use_viewer().organization.role.administers();
    let BudgetList {
        budgets,
        scopes,
        units,
        periods,
        modes,
        teams,
        providers,
        zone,
        now,
    } = list;
    let warnings = budgets
        .iter()
        .filter(|budget| budget.warned > 0)
        .map(|budget| {
            let kind = warning(budget);
            let said = format!("{}: {} spent ({} %).", budget.title, budget.spent, budget.percent);
            view! { <Notice kind><p>{said}</p></Notice> }
        })
        .collect_view();
    let rows = match budgets.is_empty() {
        true => {
            view! { <EmptyState title="No budgets" text="Nothing is limited. Without a budget, requests are only counted." /> }
                .into_any()
        }
        false => {
            let items = budgets
                .into_iter()
                .map(|budget| {
                    let action = administers.then(|| action.clone());
                    let modes = modes.clone();
                    let typed = (outcome.value("budget") == budget.id.to_string()).then(|| outcome.clone());
                    view! { <Row budget now action modes typed /> }
                })
                .collect_view();
            view! { <ul class="keys-list">{items}</ul> }.into_any()
        }
    };
    view! {
        <div class="requests">
            {warnings}
            <section class="member-section">
                <h2>"Now"</h2>
                <p class="muted">"Periods begin and end in " <bdi>{zone}</bdi> "."</p>
                {rows}
            </section>
            {administers
                .then(|| {
                    view! {
                        <Suggested id="budget-providers" choices=providers.clone() />
                        <Suggested id="budget-names" choices=teams.into_iter().chain(providers).collect() />
                        <Create action scopes units periods modes outcome />
                    }
                })}
        </div>
    }
}

/// A used-up budget stops requests.
fn warning(budget: &BudgetView) -> NoticeKind {
    match budget.percent >= 100 {
        true => NoticeKind::Error,
        false => NoticeKind::Info,
    }
}

#[component]
fn Row(
    budget: BudgetView,
    now: Timestamp,
    /// Where its forms go, for whoever may.
    action: Option<String>,
    modes: Vec<Choice>,
    /// What was typed, and refused or previewed.
    typed: Option<FormOutcome>,
) -> impl IntoView {
    let title = budget.title.clone();
    let label = format!("Spent of the budget of {title}");
    let held = (!budget.held.is_empty()).then(|| view! { <li>{budget.held.clone()} " held"</li> });
    let mode = modes
        .iter()
        .find(|mode| mode.value == budget.mode)
        .map(|mode| mode.label.clone());
    let renews = budget
        .renews_at
        .map(|at| view! { <li>"Renews " <TimeAgo at now /></li> });
    let forms =
        action.map(|action| view! { <Forms action title=title.clone() budget=budget.clone() modes typed /> });
    view! {
        <li>
            <div class="key-what">
                <div class="row">
                    <strong>
                        <bdi>{title}</bdi>
                    </strong>
                    <span class="badge">{budget.period.clone()}</span>
                </div>
                <progress max="100" value=budget.percent.min(100).to_string() aria-label=label></progress>
                <ul class="key-facts muted">
                    <li>{format!("{} ({} %)", budget.spent, budget.percent)}</li>
                    {held}
                    <li>{mode}</li>
                    {renews}
                </ul>
            </div>
            {forms}
        </li>
    }
}

/// Changing and deleting one.
#[component]
fn Forms(
    action: String,
    title: String,
    budget: BudgetView,
    modes: Vec<Choice>,
    typed: Option<FormOutcome>,
) -> impl IntoView {
    let open = typed.is_some();
    let typed = typed.unwrap_or_else(|| FormOutcome {
        values: vec![
            ("limit".to_owned(), budget.limit_input),
            ("mode".to_owned(), budget.mode),
            ("warn".to_owned(), budget.warn),
        ],
        ..FormOutcome::default()
    });
    let (limit, mode, warn) = (typed.value("limit"), typed.value("mode"), typed.value("warn"));
    let (id, version) = (budget.id.to_string(), budget.version.to_string());
    view! {
        <details open=open>
            <summary class="button small">
                "Change…"
                <span class="visually-hidden">" " {title.clone()}</span>
            </summary>
            <form method="post" action=action.clone() class="stack" data-unsaved="">
                <input type="hidden" name="budget" value=id.clone() />
                <input type="hidden" name="version" value=version />
                <label class="field">
                    <span>"Limit"</span>
                    <input class="input" name="limit" inputmode="decimal" required autocomplete="off" value=limit />
                </label>
                <label class="field">
                    <span>"At the end"</span>
                    <Choices name="mode" choices=modes chosen=mode />
                </label>
                <label class="field">
                    <span>"Warn at (%)"</span>
                    <input class="input" name="warn" inputmode="numeric" maxlength="40" autocomplete="off" value=warn />
                </label>
                <Previewed outcome=typed />
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="change">
                        "Save"
                    </button>
                    <button class="button" type="submit" name="do" value="preview">
                        "Preview with last month"
                    </button>
                </div>
            </form>
            <form method="post" action=action class="stack">
                <p class="muted">"Once deleted, it stops nothing any more. What was spent stays on the Spend page."</p>
                <input type="hidden" name="budget" value=id />
                <div class="row">
                    <button class="button danger" type="submit" name="do" value="delete">
                        "Delete budget"
                    </button>
                </div>
            </form>
        </details>
    }
}

/// What a limit would have done last month, where that was asked.
#[component]
fn Previewed(outcome: FormOutcome) -> impl IntoView {
    let mut told = outcome.values_of("previewed").into_iter();
    told.next().map(|first| {
        let rest = told.map(|told| view! { <li>{told}</li> }).collect_view();
        view! {
            <Notice kind=NoticeKind::Info>
                <p>{first}</p>
                <ul>{rest}</ul>
            </Notice>
        }
    })
}

#[component]
fn Choices(name: &'static str, choices: Vec<Choice>, chosen: String) -> impl IntoView {
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == chosen;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <select class="input" name=name>
            {options}
        </select>
    }
}

/// What a field of text suggests.
#[component]
fn Suggested(id: &'static str, choices: Vec<Choice>) -> impl IntoView {
    let options = choices
        .into_iter()
        .map(|choice| view! { <option value=choice.value label=choice.label></option> })
        .collect_view();
    view! { <datalist id=id>{options}</datalist> }
}

/// The form that makes one.
#[component]
fn Create(
    action: String,
    scopes: Vec<Choice>,
    units: Vec<Choice>,
    periods: Vec<Choice>,
    modes: Vec<Choice>,
    outcome: FormOutcome,
) -> impl IntoView {
    // What was typed into the form of a budget that is there is none of this one's.
    let outcome = match outcome.value("budget").is_empty() {
        true => outcome,
        false => FormOutcome::default(),
    };
    let typed = |field: &str, usual: &str| match outcome.value(field) {
        value if value.is_empty() => usual.to_owned(),
        value => value,
    };
    let (scope, unit) = (typed("scope", "organization"), typed("unit", "usd"));
    let (period, mode) = (typed("period", "month"), typed("mode", "normal"));
    let (name, provider) = (typed("name", ""), typed("provider", ""));
    let (limit, anchor) = (typed("limit", ""), typed("anchor", ""));
    // Empty is also a wish, once the form was sent.
    let warn = match outcome.values.is_empty() {
        true => WARN.to_owned(),
        false => outcome.value("warn"),
    };
    view! {
        <section class="member-section">
            <h2>"Create budget"</h2>
            <form method="post" action=action class="stack" data-unsaved="">
                <Field label="Applies to" name="scope" error=outcome.field_problem("scope")>
                    <Choices name="scope" choices=scopes chosen=scope />
                </Field>
                <Field
                    label="Which"
                    name="name"
                    hint="The team's name, the member's email, the provider's slug, or the beginning of the key (gk_…). Empty for the organization."
                    error=outcome.field_problem("name")
                >
                    <input class="input" name="name" list="budget-names" maxlength="254" autocomplete="off" value=name />
                </Field>
                <Field
                    label="Provider"
                    name="provider"
                    hint="The provider's slug. Only for a provider for one member."
                    error=outcome.field_problem("provider")
                >
                    <input class="input" name="provider" list="budget-providers" maxlength="60" autocomplete="off" value=provider />
                </Field>
                <Field label="Counts" name="unit" error=outcome.field_problem("unit")>
                    <Choices name="unit" choices=units chosen=unit />
                </Field>
                <Field label="Limit" name="limit" hint="US dollars, tokens or requests. 0 stops everything." error=outcome.field_problem("limit")>
                    <input class="input" name="limit" inputmode="decimal" required autocomplete="off" value=limit />
                </Field>
                <Field label="Renews every" name="period" error=outcome.field_problem("period")>
                    <Choices name="period" choices=periods chosen=period />
                </Field>
                <Field
                    label="Month begins on day"
                    name="anchor"
                    hint="For a budget by the month, 1 to 31; in shorter months the last day. Empty: 1."
                    error=outcome.field_problem("anchor")
                >
                    <input class="input" name="anchor" inputmode="numeric" maxlength="2" autocomplete="off" value=anchor />
                </Field>
                <Field
                    label="At the end"
                    name="mode"
                    hint="Normal lets the last request run past the limit. Strict refuses a request that could."
                    error=outcome.field_problem("mode")
                >
                    <Choices name="mode" choices=modes chosen=mode />
                </Field>
                <Field
                    label="Warn at (%)"
                    name="warn"
                    hint="Shown here and, where email is set up, sent to owners, admins and the member concerned, once in each period. Empty: never."
                    error=outcome.field_problem("warn")
                >
                    <input class="input" name="warn" inputmode="numeric" maxlength="40" autocomplete="off" value=warn />
                </Field>
                <Previewed outcome=outcome.clone() />
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="create">
                        "Create budget"
                    </button>
                    <button class="button" type="submit" name="do" value="preview">
                        "Preview with last month"
                    </button>
                </div>
            </form>
        </section>
    }
}
