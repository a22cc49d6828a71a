//! Provider by provider: allowed, since when and by whom, or why not.

use domain::access::Denial;
use domain::history::{Granted, ProviderStanding};
use leptos::prelude::*;

/// Why a provider may not be used, as a sentence about the member.
fn reason(denial: Denial) -> &'static str {
    match denial {
        Denial::MemberSuspended => "The member is suspended and cannot use any provider.",
        Denial::Unauthenticated => "The invitation has not been accepted yet.",
        Denial::ProviderInactive => "The provider is inactive.",
        Denial::ProviderNotAllowed => "Not assigned",
        // What keys and names of models are refused for has no place here.
        other => other.label(),
    }
}

/// Every provider, those that are assigned first.
#[component]
pub fn AccessList(org: String, list: Vec<ProviderStanding>) -> impl IntoView {
    if list.is_empty() {
        return view! {
            <p class="muted">
                "No providers yet. " <a href=format!("/o/{org}/providers")>"Providers"</a>
            </p>
        }
        .into_any();
    }
    let (assigned, others): (Vec<_>, Vec<_>) = list
        .into_iter()
        .partition(|provider| !provider.granted.is_empty());
    let items = assigned.into_iter().chain(others).map(item).collect_view();
    view! { <ul class="people access-list">{items}</ul> }.into_any()
}

fn item(ProviderStanding { access, granted }: ProviderStanding) -> impl IntoView {
    let (class, word) = match access.denial {
        None => ("badge ok", "Allowed"),
        Some(_) => ("badge", "Not allowed"),
    };
    let sources = granted.into_iter().map(source).collect_view();
    let provider = access.provider;
    let about = access.denial.map_or(provider.api_type.label(), reason);
    view! {
        <li>
            <span class="person">
                <strong>{provider.name}</strong>
                <span class="muted">{about}</span>
                {sources}
            </span>
            <span class=class>{word}</span>
        </li>
    }
}

/// One source: own or through a team, since when and by whom, until when.
fn source(granted: Granted) -> impl IntoView {
    let Granted {
        team,
        at,
        by,
        ends_at,
    } = granted;
    let verb = match team {
        Some(team) => view! { "Through team " <bdi>{team.name}</bdi> ", since " }.into_any(),
        None => "Assigned ".into_any(),
    };
    let by = by.map(|by| view! { " by " <bdi>{by}</bdi> });
    let until = ends_at.map(|end| {
        view! { ", until " <time datetime=end.rfc3339() title=end.exact()>{end.day()}</time> }
    });
    view! {
        <span class="muted">
            {verb} <time datetime=at.rfc3339() title=at.exact()>{at.day()}</time> {by} {until}
        </span>
    }
}
