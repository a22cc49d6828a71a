//! The forms of the page of prices.

use crate::components::{Field, Notice, NoticeKind, counted, thousands};
use crate::forms::FormOutcome;
use domain::PriceId;
use domain::budgets::Choice;
use domain::number::usd;
use domain::prices::{PriceInput, Repricing, told_of};
use domain::usage::Bucket;
use leptos::prelude::*;

/// What most prices ask for; the others are to be opened.
const MAIN: [Bucket; 3] = [Bucket::InputText, Bucket::CacheRead, Bucket::OutputText];

#[component]
fn Providers(providers: Vec<Choice>, chosen: String) -> impl IntoView {
    let options = providers
        .into_iter()
        .map(|provider| {
            let selected = provider.value == chosen;
            view! {
                <option value=provider.value selected=selected>
                    {provider.label}
                </option>
            }
        })
        .collect_view();
    view! {
        <select class="input" name="provider">
            {options}
        </select>
    }
}

/// The form that sets one.
#[component]
pub(super) fn Set(
    action: String,
    providers: Vec<Choice>,
    /// What it begins with.
    draft: PriceInput,
    outcome: FormOutcome,
) -> impl IntoView {
    let failed = outcome.failed_at("set");
    let outcome = match failed {
        true => outcome,
        false => FormOutcome::default(),
    };
    let typed = |field: &str, drafted: &str| match failed {
        true => outcome.value(field),
        false => drafted.to_owned(),
    };
    let (provider, model) = (typed("provider", &draft.provider), typed("model", &draft.model));
    let from = typed("from", &draft.from);
    let rate = |bucket: Bucket| {
        let drafted = draft.rates.iter().find(|(of, _)| *of == bucket);
        let value = typed(bucket.as_str(), drafted.map_or("", |(_, amount)| amount));
        let label = format!("{} ($ per {})", bucket.label(), told_of(bucket));
        let required = matches!(bucket, Bucket::InputText | Bucket::OutputText);
        view! {
            <Field label name=bucket.as_str() error=outcome.field_problem(bucket.as_str())>
                <input class="input" name=bucket.as_str() inputmode="decimal" maxlength="30" autocomplete="off" required=required value=value />
            </Field>
        }
    };
    let main = MAIN.map(rate).collect_view();
    let others = Bucket::ALL.iter().filter(|bucket| !MAIN.contains(bucket));
    let others = others.map(|bucket| rate(*bucket)).collect_view();
    view! {
        <section class="spend-section" id="set-price" aria-labelledby="set-a-price">
            <h2 id="set-a-price">"Set a price"</h2>
            <form method="post" action=action class="stack price-form" data-unsaved="">
                <Field label="Provider" name="provider" error=outcome.field_problem("provider")>
                    <Providers providers chosen=provider />
                </Field>
                <Field
                    label="Model"
                    name="model"
                    hint="As the provider calls it. * stands for any characters: gpt-5*. A whole name goes before a pattern."
                    error=outcome.field_problem("model")
                >
                    <input class="input" name="model" maxlength="200" autocomplete="off" spellcheck="false" required value=model />
                </Field>
                <Field
                    label="From"
                    name="from"
                    hint="The first day, in UTC. Empty: at once."
                    error=outcome.field_problem("from")
                >
                    <input class="input" type="date" name="from" value=from />
                </Field>
                {main}
                <details>
                    <summary>"More rates"</summary>
                    <p class="hint">
                        "Empty: cache costs what input costs, reasoning what output costs, requests nothing. Sound, pictures and searches then have no price."
                    </p>
                    <div class="stack">{others}</div>
                </details>
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="set">
                        "Set price"
                    </button>
                </div>
            </form>
        </section>
    }
}

/// Ending one.
#[component]
pub(super) fn End(action: String, id: PriceId, title: String) -> impl IntoView {
    view! {
        <details>
            <summary class="button small">
                "End…"
                <span class="visually-hidden">" the price of " {title}</span>
            </summary>
            <form method="post" action=action class="stack">
                <input type="hidden" name="price" value=id.to_string() />
                <label class="field">
                    <span>"From (UTC; empty: at once)"</span>
                    <input class="input" type="date" name="from" />
                </label>
                <p class="muted">"From then on the price that comes with Gatehouse serves again, or a pattern of your own."</p>
                <div class="row">
                    <button class="button danger" type="submit" name="do" value="end">
                        "End price"
                    </button>
                </div>
            </form>
        </details>
    }
}

/// Pricing past requests again: first what that would change, then that.
#[component]
pub(super) fn Reprice(action: String, providers: Vec<Choice>, outcome: FormOutcome) -> impl IntoView {
    let previewed: Option<Repricing> = serde_json::from_str(&outcome.value("previewed")).ok();
    let ours = previewed.is_some() || outcome.failed_at("preview") || outcome.failed_at("reprice");
    let outcome = match ours {
        true => outcome,
        false => FormOutcome::default(),
    };
    let value = |field: &str| outcome.value(field);
    let (provider, model) = (value("provider"), value("model"));
    let (from, until) = (value("from"), value("until"));
    let again = previewed.map(|told| view! { <Previewed told /> });
    view! {
        <section class="spend-section" id="reprice" aria-labelledby="reprice-past">
            <h2 id="reprice-past">"Reprice past requests"</h2>
            <p class="muted">
                "By the prices as they are now, each at its own instant. Requests keep what was written, and a correction is put beside it. Budgets keep what they counted."
            </p>
            <form method="post" action=action class="stack price-form">
                <label class="field">
                    <span>"Provider"</span>
                    <Providers providers chosen=provider />
                </label>
                <label class="field">
                    <span>"Model (empty: all)"</span>
                    <input class="input" name="model" maxlength="200" autocomplete="off" spellcheck="false" value=model />
                </label>
                <label class="field">
                    <span>"From (UTC)"</span>
                    <input class="input" type="date" name="from" required value=from />
                </label>
                <label class="field">
                    <span>"Until (UTC)"</span>
                    <input class="input" type="date" name="until" required value=until />
                </label>
                <div class="row">
                    <button class="button" type="submit" name="do" value="preview">
                        "Preview"
                    </button>
                </div>
                {again}
            </form>
        </section>
    }
}

/// What would change, and the button that changes it.
#[component]
fn Previewed(told: Repricing) -> impl IntoView {
    let count = |n: u64| counted(u32::try_from(n).unwrap_or(u32::MAX), "request");
    if told.changed == 0 {
        let said = format!("Nothing would change: {} on these days.", count(told.requests));
        return view! { <Notice kind=NoticeKind::Info><p>{said}</p></Notice> }.into_any();
    }
    let sums = format!(
        "{} of {} would cost something else: {} instead of {}.",
        thousands(told.changed),
        count(told.requests),
        usd(told.after),
        usd(told.before)
    );
    let unpriced = (told.unpriced_before != told.unpriced_after).then(|| {
        let said = format!(
            "Unpriced: {} instead of {}.",
            thousands(told.unpriced_after),
            thousands(told.unpriced_before)
        );
        view! { <p>{said}</p> }
    });
    view! {
        <Notice kind=NoticeKind::Info>
            <p>{sums}</p>
            {unpriced}
        </Notice>
        <input type="hidden" name="seen" value=told.seen />
        <div class="row">
            <button class="button primary" type="submit" name="do" value="reprice">
                "Reprice"
            </button>
        </div>
    }
    .into_any()
}
