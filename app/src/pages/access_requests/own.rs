//! What the person asked for, and what became of it.

use super::last_day;
use crate::components::TimeAgo;
use domain::Timestamp;
use domain::requests::{AccessRequest, AccessRequestState, Closed};
use leptos::prelude::*;

/// The own requests, the newest first.
#[component]
pub fn Own(action: String, own: Vec<AccessRequest>, now: Timestamp) -> impl IntoView {
    if own.is_empty() {
        return ().into_any();
    }
    let items = own
        .into_iter()
        .map(|request| view! { <One action=action.clone() request now /> })
        .collect_view();
    view! {
        <section class="member-section" id="own">
            <h2>"Your requests"</h2>
            <ul class="people">{items}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn One(action: String, request: AccessRequest, now: Timestamp) -> impl IntoView {
    let badge = match request.state {
        AccessRequestState::Open => "badge info",
        AccessRequestState::Approved => "badge ok",
        AccessRequestState::Declined => "badge danger",
        AccessRequestState::Withdrawn => "badge",
    };
    let withdraw = (request.state == AccessRequestState::Open).then(|| {
        let label = format!("Withdraw the request for {}", request.provider.name);
        view! {
            <form method="post" action=action>
                <input type="hidden" name="request" value=request.id.to_string() />
                <button class="button small" type="submit" name="do" value="withdraw" aria-label=label>
                    "Withdraw"
                </button>
            </form>
        }
    });
    let until = request.until.map(|until| view! { ", until " {last_day(until)} });
    view! {
        <li>
            <span class="person">
                <strong>{request.provider.name}</strong>
                <span class="muted">
                    "Asked " <TimeAgo at=request.asked_at now /> {until} ": " <span class="said">{request.reason}</span>
                </span>
                {request.closed.map(|closed| outcome(request.state, closed, now))}
            </span>
            <span class="row">
                <span class=badge>{request.state.label()}</span>
                {withdraw}
            </span>
        </li>
    }
}

/// `Declined by Bo 2 hours ago: Use Azure.`
fn outcome(state: AccessRequestState, closed: Closed, now: Timestamp) -> impl IntoView {
    let Closed { at, by, note, until } = closed;
    let by = match state {
        AccessRequestState::Withdrawn => None,
        _ => by.map(|by| view! { " by " <bdi>{by}</bdi> }),
    };
    let until = until.map(|until| view! { ", until " {last_day(until)} });
    let note = (!note.is_empty()).then(|| view! { ": " <span class="said">{note}</span> });
    view! {
        <span class="muted">
            {state.label()} {by} " " <TimeAgo at now /> {until} {note}
        </span>
    }
}
