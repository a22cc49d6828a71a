//! The table, or what stands in its place.

use super::row::Line;
use super::state::{Access, Answered, derived, row_button};
use super::table::Table;
use super::toolbar::everything;
use crate::browser::focus;
use crate::components::{EmptyState, LoadFailed, NotCurrent, Skeleton};
use domain::search::Search;
use leptos::prelude::*;
use std::sync::Arc;

/// What the answer calls for. Compared, so that the table stays in place while only its rows change.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Rows,
    NoMatch,
    Nobody,
    Failed(domain::Problem),
}

/// Rows that stay while the next ones load, and are told apart by what they show.
#[component]
pub fn Results(access: Access) -> impl IntoView {
    let busy = RwSignal::new(false);
    let fallback = || view! { <div class="panel"><Skeleton lines=10 /></div> };
    // What tells that something is pending is an effect. On the server it would run beside the page being written, on
    // another thread, and whichever of the two finds a lock of the other's taken panics.
    #[cfg(feature = "ssr")]
    let answer = view! {
        <Transition fallback>
            <Answer access />
        </Transition>
    };
    #[cfg(not(feature = "ssr"))]
    let answer = view! {
        <Transition fallback set_pending=busy.write_only()>
            <Answer access />
        </Transition>
    };
    view! {
        <div class="results" class:busy-rows=busy aria-busy=move || busy.get().then_some("true")>
            {answer}
        </div>
    }
}

#[component]
fn Answer(access: Access) -> impl IntoView {
    let shown = derived(move || {
        access.answer.with(|answer| {
            let Answered { query, page, .. } = answer.as_ref()?;
            Some(match page {
                Err(error) => Shown::Failed(error.0.clone()),
                Ok(page) if !page.rows.is_empty() => Shown::Rows,
                Ok(_) if query.narrows() => Shown::NoMatch,
                Ok(_) => Shown::Nobody,
            })
        })
    });
    let lines = derived(move || {
        access
            .shown(|page, query| {
                let search = Arc::new(Search::parse(&query.search));
                page.rows
                    .iter()
                    .map(|row| Line::new(row.clone(), search.clone(), page.now))
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
    });
    // The control that was used may be gone together with the old row, and with it the focus.
    Effect::new(move |_| {
        lines.track();
        if let Some(id) = access
            .editor
            .row
            .with_untracked(|row| row.as_ref().map(|row| row.id))
        {
            request_animation_frame(move || focus::set_first_if_lost(&[&row_button(id), "main"]));
        }
    });
    let problem = derived(move || access.answer.with(|answer| answer.as_ref()?.problem.clone()));
    let answer = move || match shown.get()? {
        Shown::Rows => Some(view! { <Table access lines=lines /> }.into_any()),
        Shown::NoMatch => Some(view! { <NoMatch access /> }.into_any()),
        Shown::Nobody => Some(view! { <Nobody access /> }.into_any()),
        Shown::Failed(problem) => {
            Some(view! { <LoadFailed problem retry=move |()| access.reload() /> }.into_any())
        }
    };
    view! {
        {move || view! { <NotCurrent problem=problem.get() retry=move |()| access.reload() /> }}
        <div class:stale=move || problem.read().is_some()>{answer}</div>
    }
}

#[component]
fn NoMatch(access: Access) -> impl IntoView {
    let text = move || {
        let search = access.shown(|_, query| query.search.trim().to_owned())?;
        Some(if search.is_empty() {
            "No member matches all selected filters.".to_owned()
        } else {
            format!("Nothing matches “{search}” with these filters.")
        })
    };
    let text = Signal::derive(move || text().unwrap_or_default());
    view! {
        <div class="panel">
            <EmptyState title="No matching members" text>
                <a class="button" href=move || access.address(&everything(&access.query.read()))>
                    "Clear search and filters"
                </a>
            </EmptyState>
        </div>
    }
}

#[component]
fn Nobody(access: Access) -> impl IntoView {
    view! {
        <div class="panel">
            <EmptyState title="No members" text="Invite people to use your providers.">
                {access
                    .role
                    .administers()
                    .then(|| {
                        view! {
                            <a class="button" href=format!("{}/invite", access.path())>
                                "Invite people"
                            </a>
                        }
                    })}
            </EmptyState>
        </div>
    }
}
