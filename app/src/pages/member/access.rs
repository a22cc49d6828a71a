//! Provider by provider: allowed, since when and by whom, or why not.

use crate::pages::ends::{EndsSoon, Subject, TermsButtons, TermsEditor, Whose, terms_of, until};
use domain::Timestamp;
use domain::access::Denial;
use domain::history::{Granted, ProviderStanding};
use domain::member::MemberRow;
use domain::provider::ProviderStatus;
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
pub fn AccessList(
    org: String,
    list: Vec<ProviderStanding>,
    row: MemberRow,
    now: Timestamp,
    /// None for those who may not change the row.
    ends: Option<TermsEditor>,
) -> impl IntoView {
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
    let items = assigned
        .into_iter()
        .chain(others)
        .map(|one| item(one, &row, now, ends))
        .collect_view();
    view! { <ul class="people access-list">{items}</ul> }.into_any()
}

fn item(one: ProviderStanding, row: &MemberRow, now: Timestamp, ends: Option<TermsEditor>) -> impl IntoView {
    let ProviderStanding { access, granted } = one;
    let (class, word) = match access.denial {
        None => ("badge ok", "Allowed"),
        Some(_) => ("badge", "Not allowed"),
    };
    let provider = access.provider;
    let last = row.end_of(provider.id);
    let own = granted.iter().find(|granted| granted.team.is_none());
    let subject = Subject {
        whose: Whose::Member(row.id),
        name: row.display_name().to_owned(),
        version: row.version,
        provider: provider.clone(),
        given: own.map(terms_of),
    };
    // An inactive provider is not given to anybody.
    let editor = ends.filter(|_| own.is_some() || provider.status == ProviderStatus::Active);
    let sources = granted.into_iter().map(source).collect_view();
    let about = access.denial.map_or(provider.api_type.label(), reason);
    view! {
        <li>
            <span class="person">
                <strong>{provider.name}</strong>
                <span class="muted">{about}</span>
                {sources}
                {editor.map(|editor| view! { <span class="row"><TermsButtons editor subject /></span> })}
            </span>
            <EndsSoon ends_at=last now />
            <span class=class>{word}</span>
        </li>
    }
}

/// One source: own or through a team, since when and by whom, until when and why.
fn source(granted: Granted) -> impl IntoView {
    let Granted {
        team,
        at,
        by,
        ends_at,
        reason,
        models,
    } = granted;
    let verb = match team {
        Some(team) => view! { "Through team " <bdi>{team.name}</bdi> ", since " }.into_any(),
        None => "Assigned ".into_any(),
    };
    let by = by.map(|by| view! { " by " <bdi>{by}</bdi> });
    let until = ends_at.map(|end| {
        view! { ", " <time datetime=end.rfc3339() title=end.exact()>{until(end, &reason)}</time> }
    });
    view! {
        <span class="muted">
            {verb} <time datetime=at.rfc3339() title=at.exact()>{at.day()}</time> {by} {until}
            {models.words().map(|words| format!(", {words}"))}
        </span>
    }
}
