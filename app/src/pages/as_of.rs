//! Past access: who could use what at a date and time, and what differs between two. Everything chosen stands in the address,
//! so that every control is a plain form or link.

use crate::api::as_of::as_of;
use crate::components::{
    EmptyState, Icon, LoadFailed, NotCurrent, Notice, NoticeKind, Skeleton, counted, thousands,
};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading_of;
use domain::MemberId;
use domain::as_of::{AsOfDifference, AsOfFound, AsOfPage, AsOfProvider, AsOfQuery, AsOfRow, Moment};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The rows at an instant, or the differences between two, by name.
#[component]
pub fn PastAccessPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let location = use_location();
    let query = Memo::new(move |_| AsOfQuery::from_query_string(&location.search.read()));
    let found = reading_of(query, move |query| as_of(org.get_value(), query));
    let again = move |()| found.refetch();
    view! {
        <Title text="Past access" />
        <div class="page-head">
            <div>
                <h1>"Past access"</h1>
                <p class="lede">"Who could use which provider at a date and time, told by the audit log."</p>
            </div>
        </div>
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(read) => {
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Shown path=format!("/o/{}/", org.get_value()) query=query.get_untracked() page=read.value />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(
    /// Of the organization, up to its last slash.
    path: String,
    query: AsOfQuery,
    page: AsOfPage,
) -> impl IntoView {
    let AsOfPage {
        moment,
        to,
        zone,
        providers,
        found,
        problem,
        ..
    } = page;
    let named = query.provider.and_then(|provider| {
        let known = providers.iter().find(|(id, _)| *id == provider);
        known.map(|(_, name)| name.clone())
    });
    // What cannot be read as a date stays as it was typed.
    let shown = |moment: &Option<Moment>, typed: &str| {
        let moment = moment.as_ref();
        moment.map_or_else(|| typed.to_owned(), |moment| moment.input.clone())
    };
    let (at_input, to_input) = (shown(&moment, &query.at), shown(&to, &query.to));
    let providers = providers.into_iter().map(|(id, name)| {
        view! { <option value=id.to_string() selected=query.provider == Some(id)>{name}</option> }
    });
    let at = format!("{path}as-of");
    let clear = (query.narrows() || to.is_some()).then(|| {
        let only = AsOfQuery {
            at: query.at.clone(),
            ..AsOfQuery::default()
        };
        let href = format!("{at}{}", only.to_query_string());
        view! { <a class="button quiet" href=href>"Clear"</a> }
    });
    let member = query
        .member
        .map(|member| view! { <input type="hidden" name="member" value=member.to_string() /> });
    let result = match (found, moment) {
        (Some(found), Some(moment)) => {
            view! { <Result path=path query=query.clone() found moment to named /> }.into_any()
        }
        _ => problem
            .map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem}</p></Notice> })
            .into_any(),
    };
    view! {
        <form class="toolbar audit-filters" method="get" action=at role="search" aria-label="Past access">
            <label class="audit-day">
                <span>"At"</span>
                <input class="input" type="datetime-local" step="any" name="at" value=at_input />
            </label>
            <label class="audit-day">
                <span>"Compare with"</span>
                <input class="input" type="datetime-local" step="any" name="to" value=to_input />
            </label>
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search members"
                    placeholder="Search members…"
                    autocomplete="off"
                    value=query.search
                />
            </div>
            <select class="input" name="provider" aria-label="Provider">
                <option value="">"All providers"</option>
                {providers.collect_view()}
            </select>
            {member}
            <button type="submit" class="button">"Show"</button>
            {clear}
        </form>
        <p class="muted">{format!("Dates and times are in the organization’s time zone, {zone}.")}</p>
        {result}
    }
}

#[component]
fn Result(
    path: String,
    query: AsOfQuery,
    found: AsOfFound,
    moment: Moment,
    to: Option<Moment>,
    /// The provider that is asked about.
    named: Option<String>,
) -> impl IntoView {
    let AsOfFound {
        of,
        matched,
        page,
        pages,
        rows,
        differences,
    } = found;
    let at = |page| {
        let query = AsOfQuery {
            page,
            ..query.clone()
        };
        format!("{path}as-of{}", query.to_query_string())
    };
    let export = |format: &str| {
        let query = AsOfQuery {
            page: 1,
            at: moment.at.rfc3339_exact(),
            to: to.as_ref().map(|to| to.at.rfc3339_exact()).unwrap_or_default(),
            ..query.clone()
        };
        format!("{path}as-of/export.{format}{}", query.to_query_string())
    };
    let when = move |moment: Moment| {
        view! { <time datetime=moment.at.rfc3339() title=moment.at.exact()>{moment.words}</time> }
    };
    let downloads = (matched > 0).then(|| {
        ["xlsx", "json"].map(|format| {
            view! {
                <a class="button small" href=export(format) rel="external" download="">
                    <Icon name="download" />
                    {format!("Download {}", format.to_uppercase())}
                </a>
            }
        })
    });
    let (previous, next) = (page > 1, page < pages);
    let said = match (&to, named) {
        (Some(_), Some(name)) => format!("{} gained or lost {name}", counted(matched, "member")),
        (Some(_), None) => counted(matched, "difference"),
        (None, Some(name)) => format!("{} of {} could use {name}", thousands(matched), thousands(of)),
        (None, None) => format!("{} of {} rows", thousands(matched), thousands(of)),
    };
    let list = match (rows.is_empty(), differences.is_empty()) {
        (true, true) => {
            let title = if to.is_some() {
                "No differences"
            } else {
                "No members"
            };
            view! {
                <div class="panel">
                    <EmptyState title text="Nothing matches at this date and time. Choose another, or clear the filters." />
                </div>
            }
            .into_any()
        }
        (false, _) => view! { <Rows path=path.clone() rows /> }.into_any(),
        (true, false) => view! { <Differences path=path.clone() differences /> }.into_any(),
    };
    let between = to.map(|to| view! { " and " {when(to)} });
    let word = if between.is_some() { " between " } else { " on " };
    view! {
        <div class="row spread">
            <p role="status">
                <strong>{said}</strong>
                {word}
                {when(moment.clone())}
                {between}
            </p>
            <div class="row">{downloads}</div>
        </div>
        {list}
        <nav class="row audit-pages" aria-label="Pages">
            {previous.then(|| view! { <a class="button" href=at(page - 1)>"Previous page"</a> })}
            {next.then(|| view! { <a class="button" href=at(page + 1)>"Next page"</a> })}
            {(pages > 1).then(|| view! { <span class="muted">{format!("Page {page} of {pages}")}</span> })}
        </nav>
    }
}

/// A person; a link as long as their row is there.
fn person(path: &str, member: MemberId, there: bool, name: String, email: String) -> AnyView {
    let address = (name != email).then(|| view! { <span class="description">{email}</span> });
    let name = view! { <bdi>{name}</bdi> };
    let name = match there {
        true => view! { <a href=format!("{path}access/{member}")>{name}</a> }.into_any(),
        false => name.into_any(),
    };
    view! { <th scope="row">{name} {address}</th> }.into_any()
}

#[component]
fn Rows(path: String, rows: Vec<AsOfRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let name = row.display_name().to_owned();
        let person = person(&path, row.member, row.there, name, row.email);
        view! {
            <tr>
                {person}
                <td data-label="Role">{row.role.label()}</td>
                <td data-label="Status">{row.status.label()}</td>
                <td data-label="Teams">
                    <bdi>{row.teams.join(", ")}</bdi>
                </td>
                <td data-label="Allowed providers">{listed(row.providers.into_iter().map(allowed).collect())}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    table(
        &["Member", "Role", "Status", "Teams", "Allowed providers"],
        rows.into_any(),
    )
}

fn table(columns: &'static [&'static str], rows: AnyView) -> AnyView {
    let heads = columns
        .iter()
        .map(|column| view! { <th scope="col">{*column}</th> });
    view! {
        <div class="table-panel">
            <table class="table spend-table as-of">
                <thead>
                    <tr>{heads.collect_view()}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn allowed(provider: AsOfProvider) -> (String, String) {
    let inactive = (!provider.active).then(|| "inactive".to_owned());
    let sources = provider
        .sources
        .iter()
        .map(|source| source.words())
        .chain(inactive);
    (provider.name, sources.collect::<Vec<_>>().join("; "))
}

/// Names, each with what is to be said of it.
fn listed(items: Vec<(String, String)>) -> AnyView {
    if items.is_empty() {
        return view! { <span class="muted">"None"</span> }.into_any();
    }
    let items = items.into_iter().map(|(name, about)| {
        view! {
            <li>
                <bdi>{name}</bdi>
                " "
                <span class="muted">{about}</span>
            </li>
        }
    });
    view! { <ul class="plain-list">{items.collect_view()}</ul> }.into_any()
}

#[component]
fn Differences(path: String, differences: Vec<AsOfDifference>) -> impl IntoView {
    let change = |label: &str, was: &str, is: &str| (format!("{label}:"), format!("{was} → {is}"));
    let rows = differences.into_iter().map(|found| {
        let kind = found.kind();
        let name = found.display_name().to_owned();
        let role = found
            .role
            .map(|(was, is)| change("Role", was.label(), is.label()));
        let status = found
            .status
            .map(|(was, is)| change("Status", was.label(), is.label()));
        let changes = role.into_iter().chain(status).collect::<Vec<_>>();
        let changes = match changes.is_empty() {
            true => kind.into_any(),
            false => listed(changes),
        };
        let names = |names: Vec<String>| match names.is_empty() {
            true => view! { <span class="muted">"—"</span> }.into_any(),
            false => listed(names.into_iter().map(|name| (name, String::new())).collect()),
        };
        let person = person(&path, found.member, found.there, name, found.email);
        view! {
            <tr>
                {person}
                <td data-label="Change">{changes}</td>
                <td data-label="Can now use">{names(found.gained)}</td>
                <td data-label="Can no longer use">{names(found.lost)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    table(
        &["Member", "Change", "Can now use", "Can no longer use"],
        rows.into_any(),
    )
}
