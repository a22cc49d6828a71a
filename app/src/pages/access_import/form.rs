//! Choosing a file, and doing what its plan says.

use super::plan::PlanView;
use crate::browser::upload;
use crate::components::{Busy, Field, counted};
use crate::pages::access::Done;
use crate::pages::request::{IdempotencyKey, RequestProblem};
use domain::import::{Answer, Shown};
use domain::{BulkChangeId, Problem};
use leptos::prelude::*;
use leptos::task::spawn_local;

const FORM: &str = "import-form";

/// A change that can be undone.
pub fn done(change: BulkChangeId, changed: u32) -> Done {
    Done {
        change,
        changed: Some(changed),
        undoable: true,
    }
}

/// The form. Without WASM it is a native POST that asks for the file again to apply its plan; with it the file stays chosen.
#[component]
pub fn ImportForm(
    org: StoredValue<String>,
    /// The key the server made for this form.
    first_key: String,
    /// What came of the file that is chosen.
    planned: RwSignal<Option<Answer>>,
    problem: RwSignal<Option<Problem>>,
    /// What was done last.
    done: RwSignal<Option<Done>>,
) -> impl IntoView {
    let address = move || format!("/o/{}/access/import", org.get_value());
    let key = IdempotencyKey::<String>::starting_with(first_key);
    let sending = RwSignal::new(false);
    // The plan of a file that was sent without WASM: the browser has forgotten which file that was.
    let forgotten = RwSignal::new(planned.read_untracked().is_some());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if sending.get_untracked() {
            return;
        }
        problem.set(None);
        done.set(None);
        sending.set(true);
        spawn_local(async move {
            match upload::send::<Answer>(&address(), FORM).await {
                Ok(Answer::Applied { change, changed }) => {
                    key.renew();
                    planned.set(None);
                    done.set(Some(super::form::done(change, changed)));
                    upload::reset(FORM);
                }
                Ok(answer) => planned.set(Some(answer)),
                Err(found) => problem.set(Some(found)),
            }
            sending.set(false);
        });
    };
    // The plan is of another file.
    let chosen = move |_| {
        problem.set(None);
        if !forgotten.get_untracked() {
            planned.set(None);
        }
        forgotten.set(false);
    };
    let rows = move || {
        planned
            .read()
            .as_ref()
            .and_then(shown)
            .map(|shown| shown.counts.rows)
    };
    let label = move || match rows() {
        Some(0) | None => "Preview".to_owned(),
        Some(n) => format!("Change {}", counted(n, "row")),
    };
    view! {
        <form
            id=FORM
            method="post"
            enctype="multipart/form-data"
            action=address
            class="panel padded stack"
            on:submit=submit
        >
            <RequestProblem problem />
            <Field
                label="File"
                name="file"
                hint="An XLSX or JSON download of AI Access, up to 64 MB and 100,000 rows"
                error=Signal::derive(move || problem.read().as_ref().and_then(|p| p.field("file").map(str::to_owned)))
            >
                <input type="file" name="file" class="input" accept=".xlsx,.json" required on:change=chosen />
            </Field>
            {move || {
                let answer = planned.get()?;
                let moved = matches!(answer, Answer::PlanChanged(_));
                let shown = shown(&answer)?.clone();
                Some(
                    view! {
                        {(shown.counts.rows > 0)
                            .then(|| {
                                let key = key.of(&shown.fingerprint);
                                view! {
                                    <input type="hidden" name="fingerprint" value=shown.fingerprint.clone() />
                                    <input type="hidden" name="idempotency_key" value=key />
                                }
                            })}
                        <PlanView shown moved />
                        {(forgotten.get() && rows() != Some(0))
                            .then(|| view! { <p>"To apply this plan, choose the same file again."</p> })}
                    },
                )
            }}
            <div class="row">
                <button type="submit" class="button primary" disabled=move || sending.get() || rows() == Some(0)>
                    {label}
                </button>
                {move || {
                    rows().map(|_| view! { <a class="button" href=address rel="external">"Choose another file"</a> })
                }}
                <a class="button" href=format!("/o/{}/access", org.get_value())>"Back to AI Access"</a>
                {move || sending.get().then(|| view! { <Busy label="Reading the file…" /> })}
            </div>
        </form>
    }
}

fn shown(answer: &Answer) -> Option<&Shown> {
    match answer {
        Answer::Planned(shown) | Answer::PlanChanged(shown) => Some(shown),
        Answer::Applied { .. } => None,
    }
}
