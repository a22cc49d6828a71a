//! Two members side by side. Who is compared stands in the address; choosing them is a search whose matches are links, so that it
//! works without JavaScript.

mod copy;

use crate::api::compare::compare;
use crate::components::{EmptyState, LoadFailed, Notice, NoticeKind, Skeleton, TimeAgo};
use crate::forms::form_outcome;
use crate::pages::access::{Done, DoneNotice, badge_class};
use crate::pages::organization::use_viewer;
use crate::pages::request::first_key;
use copy::Copying;
use domain::Timestamp;
use domain::compare::{ComparePage, CompareQuery, Side, Source};
use domain::provider::{ProviderRef, ProviderStatus};
use domain::team::{TeamPerson, TeamRef};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

/// The page.
#[component]
pub fn CompareMembersPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let (location, said) = (use_location(), use_query_map());
    let query = Memo::new(move |_| CompareQuery::from_query_string(&location.search.read()));
    let problem = form_outcome("compare").problem;
    let key = StoredValue::new(SharedValue::new(first_key).into_inner());
    let found = Resource::new(move || query.get(), move |query| compare(org.get_value(), query));
    let done = said.read_untracked().get("done").and_then(|id| id.parse().ok());
    let done = RwSignal::new(done.map(|change| Done {
        change,
        changed: Some(1),
        undoable: true,
    }));
    let on_undone = Callback::new(move |()| found.refetch());
    view! {
        <Title text="Compare members" />
        <div class="page-head">
            <div>
                <h1>"Compare members"</h1>
                <p class="lede">"Role, teams and providers of two members, side by side."</p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || {
            (said.read().get_str("moved") == Some("1"))
                .then(|| {
                    view! {
                        <Notice kind=NoticeKind::Error>
                            <p>"Something changed since the preview. Nothing was done. This is what it would be now."</p>
                        </Notice>
                    }
                })
        }}
        <DoneNotice org=org.get_value() done on_undone />
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(page) => {
                        view! { <Found org=org.get_value() query=query.get_untracked() page key=key.get_value() /> }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(org: String, query: CompareQuery, page: ComparePage, key: String) -> impl IntoView {
    let path = format!("/o/{org}/compare");
    let ComparePage {
        a,
        b,
        found,
        providers,
        copy,
        now,
    } = page;
    match (a, b) {
        (Some(a), Some(b)) => {
            let administers = use_viewer().organization.role.administers();
            let (first, second) = (a.clone(), b.clone());
            view! {
                <SideBySide org a=first b=second providers=providers.clone() now />
                {administers.then(|| view! { <Copying path query a b providers copy key /> })}
            }
            .into_any()
        }
        (a, b) => view! { <Choose path query chosen=a.or(b) found /> }.into_any(),
    }
}

/// Looks for the one that is missing.
#[component]
fn Choose(path: String, query: CompareQuery, chosen: Option<Side>, found: Vec<TeamPerson>) -> impl IntoView {
    let title = match &chosen {
        Some(side) => view! { "Compare " <bdi>{side.name.clone()}</bdi> " with" }.into_any(),
        None => "Choose the first member".into_any(),
    };
    let chosen = chosen.map(|side| side.member);
    let kept = chosen.map(|id| view! { <input type="hidden" name="a" value=id.to_string() /> });
    let address = |member| {
        let pair = match chosen {
            Some(a) => CompareQuery {
                a: Some(a),
                b: Some(member),
                ..CompareQuery::default()
            },
            None => CompareQuery {
                a: Some(member),
                ..CompareQuery::default()
            },
        };
        format!("{path}{}", pair.to_query_string())
    };
    let none = found.is_empty();
    let people = found
        .into_iter()
        .map(|person| {
            let name = match person.name.as_str() {
                "" => person.email.clone(),
                name => name.to_owned(),
            };
            view! {
                <li>
                    <span class="person">
                        <a href=address(person.member)>
                            <bdi>{name}</bdi>
                        </a>
                        <span class="muted">{person.email}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    let list = match none {
        true => view! {
            <div class="panel">
                <EmptyState title="No members match" text="Search for another name or email." />
            </div>
        }
        .into_any(),
        false => view! {
            <ul class="people">{people}</ul>
            <p class="muted">"The first matches. Search to find somebody else."</p>
        }
        .into_any(),
    };
    view! {
        <section class="spend-section">
            <h2>{title}</h2>
            <form class="toolbar" method="get" action=path.clone() role="search" aria-label="Members">
                {kept}
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search members"
                    placeholder="Search members"
                    autocomplete="off"
                    value=query.search
                />
                <button type="submit" class="button">"Search"</button>
            </form>
            {list}
        </section>
    }
}

/// One row: what it is about, both sides, and whether they differ where that means something.
fn row(
    label: impl IntoView + 'static,
    names: &(String, String),
    a: AnyView,
    b: AnyView,
    differs: Option<bool>,
) -> AnyView {
    let mark = differs.map(|differs| match differs {
        true => view! {
            <span class="badge warn">
                <span aria-hidden="true">"≠ "</span>
                "Different"
            </span>
        }
        .into_any(),
        false => view! { <span class="muted">"Same"</span> }.into_any(),
    });
    view! {
        <tr>
            <th scope="row">{label}</th>
            <td data-label=names.0.clone()>{a}</td>
            <td data-label=names.1.clone()>{b}</td>
            <td data-label="Comparison">{mark}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn SideBySide(org: String, a: Side, b: Side, providers: Vec<ProviderRef>, now: Timestamp) -> impl IntoView {
    let names = (a.name.clone(), b.name.clone());
    let head = |side: &Side| {
        let href = format!("/o/{org}/access/{}", side.member);
        view! {
            <th scope="col">
                <a href=href>
                    <bdi>{side.name.clone()}</bdi>
                </a>
            </th>
        }
    };
    let (first, second) = (head(&a), head(&b));
    let both = |label: &'static str, told: &dyn Fn(&Side) -> AnyView, differs| {
        row(label, &names, told(&a), told(&b), differs)
    };
    let status =
        |side: &Side| view! { <span class=badge_class(side.status)>{side.status.label()}</span> }.into_any();
    let last_login = |side: &Side| match side.last_login {
        Some(at) => view! { <TimeAgo at now /> }.into_any(),
        None => "Never".into_any(),
    };
    let budgets = |side: &Side| match side.budgets.is_empty() {
        true => view! { <span class="muted">"None"</span> }.into_any(),
        false => side.budgets.join(", ").into_any(),
    };
    let rows = [
        both(
            "Role",
            &|side| side.role.label().into_any(),
            Some(a.role != b.role),
        ),
        both("Status", &status, Some(a.status != b.status)),
        both("Last login", &last_login, None),
        both("Teams", &|side| teams(&side.teams), Some(a.teams != b.teams)),
    ];
    let allowed = providers.into_iter().map(|provider| {
        let id = provider.id;
        let has = |side: &Side| {
            let used = side.last_used.get(&id).map(|at| {
                view! { <span class="muted">"Last used " <TimeAgo at=*at now /></span> }
            });
            view! { {sources(side.sources(id))} {used} }.into_any()
        };
        let differs = a.sources(id) != b.sources(id);
        row(provider_name(provider), &names, has(&a), has(&b), Some(differs))
    });
    let allowed = allowed.collect_view();
    let last = both("Budgets", &budgets, Some(a.budgets != b.budgets));
    view! {
        <div class="table-panel">
            <table class="table spend-table compare-table">
                <thead>
                    <tr>
                        <td></td>
                        {first}
                        {second}
                        <th scope="col">"Comparison"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()} {allowed} {last}</tbody>
            </table>
        </div>
    }
}

/// A provider's name, and whether nobody can use it now.
fn provider_name(provider: ProviderRef) -> impl IntoView {
    let off = provider.status == ProviderStatus::Inactive;
    view! {
        <bdi>{provider.name}</bdi>
        {off.then(|| view! { <span class="muted">" (inactive)"</span> })}
    }
}

/// The names of teams.
fn teams(teams: &[TeamRef]) -> AnyView {
    if teams.is_empty() {
        return view! { <span class="muted">"None"</span> }.into_any();
    }
    let items = teams
        .iter()
        .map(|team| view! { <li><bdi>{team.name.clone()}</bdi></li> });
    view! { <ul class="plain-list">{items.collect_view()}</ul> }.into_any()
}

/// By what a provider is allowed, until when and of which models.
fn sources(sources: &[Source]) -> AnyView {
    if sources.is_empty() {
        return view! { <span class="muted">"Not assigned"</span> }.into_any();
    }
    let items = sources.iter().map(|source| {
        let by = match &source.team {
            None => "Own".into_any(),
            Some(team) => view! { "Team " <bdi>{team.name.clone()}</bdi> }.into_any(),
        };
        let Source { terms, .. } = source;
        let until = terms.ends_at.map(|end| {
            let told = super::ends::until(end, &terms.reason);
            view! { ", " <time datetime=end.rfc3339() title=end.exact()>{told}</time> }
        });
        let models = terms.models.words().map(|words| format!(", {words}"));
        view! { <li>{by} {until} {models}</li> }
    });
    view! { <ul class="plain-list">{items.collect_view()}</ul> }.into_any()
}
