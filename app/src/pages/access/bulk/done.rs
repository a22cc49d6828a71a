//! What was done last, and taking it back.

use super::words::rows;
use crate::api::bulk::undo_bulk;
use crate::components::{Notice, NoticeKind};
use crate::pages::request::RequestProblem;
use domain::bulk::Undone;
use domain::{BulkChangeId, Problem};
use leptos::prelude::*;

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// By which it is undone.
    pub change: BulkChangeId,
    /// How many rows changed, as far as that is known here.
    pub changed: Option<u32>,
    /// Whether it can be undone.
    pub undoable: bool,
}

/// Says what was done, and offers to undo it. Stays until something else is done or it is closed.
#[component]
pub fn DoneNotice(
    /// The organization's slug.
    #[prop(into)]
    org: Signal<String>,
    done: RwSignal<Option<Done>>,
    /// It was undone.
    #[prop(into)]
    on_undone: Callback<()>,
) -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let undone = RwSignal::new(None::<Undone>);
    Effect::new(move |_| {
        if done.read().is_some() {
            problem.set(None);
            undone.set(None);
        }
    });
    let undo = Action::new(move |done: &Done| {
        let change = done.change;
        async move {
            match undo_bulk(org.get_untracked(), change).await {
                Ok(found) => {
                    problem.set(None);
                    undone.set(Some(found));
                    on_undone.run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = undo.pending();
    let close = move |_| {
        done.set(None);
        undone.set(None);
    };
    move || {
        let now = done.get()?;
        Some(view! {
            <Notice kind=NoticeKind::Success>
                <div class="done-notice">
                    {move || match undone.get() {
                        None => {
                            view! {
                                <p>{said(now.changed)}</p>
                                {(now.undoable)
                                    .then(|| {
                                        view! {
                                            <form
                                                method="post"
                                                action=move || format!("/o/{}/access/change", org.get())
                                                on:submit=move |event| {
                                                    event.prevent_default();
                                                    undo.dispatch(now);
                                                }
                                            >
                                                <input type="hidden" name="do" value="undo" />
                                                <input type="hidden" name="change" value=now.change.to_string() />
                                                <button type="submit" class="button" disabled=pending>
                                                    {move || if pending.get() { "Undoing…" } else { "Undo" }}
                                                </button>
                                            </form>
                                        }
                                    })}
                            }
                                .into_any()
                        }
                        Some(undone) => view! { <Left undone /> }.into_any(),
                    }}
                    <button type="button" class="button needs-script" on:click=close>"Close"</button>
                </div>
                <RequestProblem problem />
            </Notice>
        })
    }
}

fn said(changed: Option<u32>) -> String {
    match changed {
        Some(changed) => format!("{} changed.", rows(changed)),
        None => "This change can be undone. What somebody changed since stays as it is.".to_owned(),
    }
}

/// What was put back, and what was left as it is.
#[component]
fn Left(undone: Undone) -> impl IntoView {
    let left = undone.rows.iter().filter(|row| !row.kept.is_empty()).map(|row| {
        let who = undone.names.get(&row.member).cloned();
        let why: Vec<_> = row.kept.iter().map(|(_, why)| why.label()).collect();
        view! { <li><bdi>{who.unwrap_or_else(|| "Somebody".to_owned())}</bdi> ": " {why.join(", ")}</li> }
    });
    let left = left.collect::<Vec<_>>();
    let text = match undone.kept {
        0 => format!("Undone for {}.", rows(undone.restored)),
        n => format!(
            "Undone for {}; {} left as it is now:",
            rows(undone.restored),
            rows(n)
        ),
    };
    view! {
        <div>
            <p>{text}</p>
            <ul class="plain-list">{left}</ul>
        </div>
    }
}
