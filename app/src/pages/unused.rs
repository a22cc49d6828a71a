//! Granted but unused: who can use what and has not for some time. Everything chosen stands in the address, and what is ended
//! is sent by one native form.

use crate::api::unused::unused;
use crate::components::{
    EmptyState, LoadFailed, NotCurrent, Notice, NoticeKind, SelectableTable, Skeleton, TimeAgo, counted,
};
use crate::forms::{FormOutcome, form_outcome};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading_of;
use domain::Timestamp;
use domain::ends::expires;
use domain::provider::ProviderRef;
use domain::team::TeamRef;
use domain::unused::{EndWhen, UnusedLine, UnusedPage, UnusedQuery};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

/// Days that are offered; others can stand in the address.
const DAYS: [u32; 5] = [30, 60, 90, 180, 365];

/// The list, by member.
#[component]
pub fn UnusedAccessPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let (location, done) = (use_location(), use_query_map());
    let query = Memo::new(move |_| UnusedQuery::from_query_string(&location.search.read()));
    let sent = StoredValue::new(form_outcome("unused"));
    let found = reading_of(query, move |query| unused(org.get_value(), query));
    let again = move |()| found.refetch();
    let problem = sent.read_value().problem.clone();
    let number = move |name: &str| {
        done.read()
            .get(name)
            .and_then(|number| number.parse::<u32>().ok())
    };
    view! {
        <Title text="Unused access" />
        <div class="page-head">
            <div>
                <h1>"Unused access"</h1>
                <p class="lede">
                    "Allowed providers that active members have not used. Ending a member's own access leaves what their teams give them."
                </p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || number("ended").map(|ended| view! { <Done ended left=number("left").unwrap_or(0) /> })}
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(read) => {
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Found org=org.get_value() query=query.get_untracked() page=read.value sent=sent.get_value() />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What came of the form, which a redirect says in the address.
#[component]
fn Done(ended: u32, left: u32) -> impl IntoView {
    let kind = if ended > 0 {
        NoticeKind::Success
    } else {
        NoticeKind::Info
    };
    let left = (left > 0).then(|| {
        format!(
            " {} left as is: used meanwhile, with an expiration date already, or not yours to change.",
            counted(left, "line")
        )
    });
    view! {
        <Notice kind>
            <p>{format!("Access ended or set to end: {}.", counted(ended, "line"))} {left}</p>
        </Notice>
    }
}

#[component]
fn Found(org: String, query: UnusedQuery, page: UnusedPage, sent: FormOutcome) -> impl IntoView {
    let UnusedPage {
        lines,
        next,
        providers,
        teams,
        now,
    } = page;
    let path = format!("/o/{org}/access/unused");
    let at = |after| {
        let query = UnusedQuery {
            after,
            ..query.clone()
        };
        format!("{path}{}", query.to_query_string())
    };
    let (first, next) = (at(None), next.map(|place| at(Some(place))));
    let list = match lines.is_empty() {
        true => view! {
            <div class="panel">
                <EmptyState
                    title="No unused access"
                    text=format!("Everything that was allowed more than {} days ago and matches the filters was used since.", query.days)
                >
                    <a class="button" href=format!("/o/{org}/access")>"Open AI Access"</a>
                </EmptyState>
            </div>
        }
        .into_any(),
        false => view! { <Lines org action=at(query.after) lines sent now /> }.into_any(),
    };
    view! {
        <Filters path query=query.clone() providers teams />
        {list}
        <nav class="row audit-pages" aria-label="Pages">
            {query.after.is_some().then(|| view! { <a class="button" href=first>"First page"</a> })}
            {next.map(|next| view! { <a class="button" href=next>"Next page"</a> })}
        </nav>
    }
}

/// What narrows the list: a GET form.
#[component]
fn Filters(
    path: String,
    query: UnusedQuery,
    providers: Vec<ProviderRef>,
    teams: Vec<TeamRef>,
) -> impl IntoView {
    let mut days: Vec<u32> = DAYS.into_iter().chain([query.days]).collect();
    days.sort_unstable();
    days.dedup();
    let days = days.into_iter().map(|days| {
        view! { <option value=days.to_string() selected=days == query.days>{format!("Not used for {days} days")}</option> }
    });
    let providers = providers.into_iter().map(|provider| {
        view! { <option value=provider.id.to_string() selected=query.provider == Some(provider.id)>{provider.name}</option> }
    });
    let teams = teams.into_iter().map(|team| {
        view! { <option value=team.id.to_string() selected=query.team == Some(team.id)>{team.name}</option> }
    });
    let narrows = query.provider.is_some() || query.team.is_some();
    let clear = narrows.then(|| view! { <a class="button quiet" href=path.clone()>"Clear"</a> });
    view! {
        <form class="toolbar audit-filters" method="get" action=path role="search" aria-label="Unused access">
            <select class="input" name="days" aria-label="Days without use">
                {days.collect_view()}
            </select>
            <select class="input" name="provider" aria-label="Provider">
                <option value="">"All providers"</option>
                {providers.collect_view()}
            </select>
            <select class="input" name="team" aria-label="Team">
                <option value="">"All teams"</option>
                {teams.collect_view()}
            </select>
            <button type="submit" class="button">"Show"</button>
            {clear}
        </form>
    }
}

/// The lines, in the form that ends some of them.
#[component]
fn Lines(
    org: String,
    action: String,
    lines: Vec<UnusedLine>,
    sent: FormOutcome,
    now: Timestamp,
) -> impl IntoView {
    let any = lines.iter().any(|line| line.may_end);
    let (selected, all) = (sent.values_of("line"), !sent.value("all").is_empty());
    let rows = lines
        .into_iter()
        .map(|line| {
            let checked = selected.contains(&line.place.to_string());
            view! { <Line org=org.clone() line checked any now /> }
        })
        .collect_view();
    view! {
        <form method="post" action=action class="stack unused">
            {any.then(|| view! { <End all /> })}
            <SelectableTable select=any columns=&["Member", "Provider", "Source", "Since", "Last used"]>{rows}</SelectableTable>
        </form>
    }
}

/// The buttons, for what is selected or all of the page.
#[component]
fn End(all: bool) -> impl IntoView {
    view! {
        <div class="toolbar">
            <label class="choice">
                <input type="checkbox" name="all" value="1" checked=all />
                "All on this page"
            </label>
            <button class="button primary" type="submit" name="do" value=EndWhen::Notice.as_str()>
                {EndWhen::Notice.label()}
            </button>
            <button class="button danger" type="submit" name="do" value=EndWhen::Now.as_str()>
                {EndWhen::Now.label()}
            </button>
            <span class="muted">"With 14 days’ notice, members see it under Account and can keep their access."</span>
        </div>
    }
}

#[component]
fn Line(
    org: String,
    line: UnusedLine,
    checked: bool,
    /// Whether the table has a column to select by.
    any: bool,
    now: Timestamp,
) -> impl IntoView {
    let name = line.display_name().to_owned();
    let place = line.place.to_string();
    let label = format!("Select {name}, {}", line.provider);
    let select = line.may_end.then(|| {
        view! {
            <input type="hidden" name="shown" value=place.clone() />
            <input type="checkbox" name="line" value=place.clone() aria-label=label checked=checked />
        }
    });
    let only_teams = line.own.is_none();
    let own = line.own.map(|own| {
        let ends = own
            .ends_at
            .map(|end| view! { " " <span class="badge warn">{expires(end, now)}</span> });
        view! { <span>"Own" {ends}</span> }
    });
    let teams = line
        .teams
        .into_iter()
        .enumerate()
        .map(|(index, team)| {
            let before = if index > 0 || !only_teams { ", " } else { "" };
            view! { {before} "Team " <bdi>{team.name}</bdi> }
        })
        .collect_view();
    let hint = only_teams.then(|| {
        let href = format!("/o/{org}/teams");
        view! { <span class="muted">" · remove it under " <a href=href>"Teams"</a></span> }
    });
    let used = match line.last_used {
        Some(at) => view! { <TimeAgo at now /> }.into_any(),
        None => view! { <span class="muted">"Never used"</span> }.into_any(),
    };
    view! {
        <tr>
            {any.then(|| view! { <td class="select" data-label="Select">{select}</td> })}
            <th scope="row">
                <a href=format!("/o/{org}/access/{}", line.place.member)>
                    <bdi>{name}</bdi>
                </a>
            </th>
            <td data-label="Provider">
                <bdi>{line.provider}</bdi>
            </td>
            <td data-label="Source">{own} {teams} {hint}</td>
            <td data-label="Since">
                <TimeAgo at=line.since now />
            </td>
            <td data-label="Last used">{used}</td>
        </tr>
    }
}
