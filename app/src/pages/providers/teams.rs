//! The teams that carry a provider, and until when they do.

use crate::components::counted;
use crate::pages::ends::{EndsSoon, Subject, TermsButtons, TermsEditor, Whose, terms_of, until};
use domain::Timestamp;
use domain::provider::{ProviderRef, ProviderTeam, ProviderView};
use leptos::prelude::*;

/// Which teams; what they carry is chosen at the team, until when can be changed here.
#[component]
pub fn Teams(
    org: StoredValue<String>,
    provider: ProviderView,
    teams: Vec<ProviderTeam>,
    /// None for those who may not change it.
    ends: Option<TermsEditor>,
    now: Timestamp,
) -> impl IntoView {
    let provider = ProviderRef {
        id: provider.id,
        name: provider.name,
        status: provider.status,
        api_type: provider.api_type,
    };
    let list = if teams.is_empty() {
        view! { <p class="muted">"No team carries it."</p> }.into_any()
    } else {
        let items = teams
            .into_iter()
            .map(|team| item(provider.clone(), team, ends, now))
            .collect_view();
        view! { <ul class="people access-list">{items}</ul> }.into_any()
    };
    view! {
        <section class="member-section">
            <div class="row spread">
                <h2>"Teams"</h2>
                <a href=format!("/o/{}/teams", org.get_value())>"Show teams"</a>
            </div>
            {list}
        </section>
    }
}

fn item(
    provider: ProviderRef,
    team: ProviderTeam,
    ends: Option<TermsEditor>,
    now: Timestamp,
) -> Option<impl IntoView> {
    let granted = team.granted;
    let terms = terms_of(&granted);
    let named = granted.team?;
    let subject = Subject {
        whose: Whose::Team(named.id),
        name: format!("team {}", named.name),
        version: team.version,
        provider,
        given: Some(terms),
    };
    let by = granted.by.map(|by| view! { " by " <bdi>{by}</bdi> });
    let told = granted.ends_at.map(|end| {
        view! { ", " <time datetime=end.rfc3339() title=end.exact()>{until(end, &granted.reason)}</time> }
    });
    Some(view! {
        <li>
            <span class="person">
                <strong>
                    <bdi>{named.name}</bdi>
                </strong>
                <span class="muted">
                    {counted(team.members, "member")} ", assigned "
                    <time datetime=granted.at.rfc3339() title=granted.at.exact()>
                        {granted.at.day()}
                    </time>
                    {by}
                    {told}
                    {granted.models.words().map(|words| format!(", {words}"))}
                </span>
                {ends.map(|editor| view! { <span class="row"><TermsButtons editor subject /></span> })}
            </span>
            <EndsSoon ends_at=granted.ends_at now />
        </li>
    })
}
