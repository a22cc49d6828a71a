//! The audit log: who did what to what, and when.

use crate::api::audit::audit_log;
use crate::components::{EmptyState, Icon, LoadFailed, NotCurrent, Skeleton, TimeAgo};
use crate::pages::access::{Done, DoneNotice};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading_of;
use domain::as_of::AsOfQuery;
use domain::audit::{AuditEntry, AuditKind, AuditPage, AuditQuery};
use domain::limits::AUDIT_SEARCHED;
use domain::{BulkChangeId, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The log, newest first. What is shown stands in the address, so that every control is a plain form or link.
#[component]
pub fn AuditLogPage() -> impl IntoView {
    let viewer = use_viewer();
    let may_undo = viewer.organization.role.administers();
    let org = StoredValue::new(viewer.organization.slug);
    let location = use_location();
    let query = Memo::new(move |_| AuditQuery::from_query_string(&location.search.read()));
    let log = reading_of(query, move |query| audit_log(org.get_value(), query));
    let again = move |()| log.refetch();
    let done = RwSignal::new(None::<Done>);
    let export = move || {
        let query = AuditQuery {
            before: None,
            ..query.get()
        };
        format!(
            "/o/{}/audit/export.json{}",
            org.get_value(),
            query.to_query_string()
        )
    };
    view! {
        <Title text="Audit log" />
        <div class="page-head">
            <div>
                <h1>"Audit log"</h1>
                <p class="lede">"Who changed what, and when. Nothing in it can be edited."</p>
            </div>
            <div class="actions">
                <a class="button" href=move || format!("/o/{}/as-of", org.get_value())>
                    <Icon name="history" />
                    "Past access"
                </a>
                <a class="button" href=export rel="external" download="">
                    <Icon name="download" />
                    "Download JSON"
                </a>
            </div>
        </div>
        <Filters org query />
        <DoneNotice org=org.get_value() done on_undone=again />
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match log.await {
                    Ok(read) => {
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Entries org query page=read.value may_undo done />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What narrows the log: a GET form.
#[component]
fn Filters(org: StoredValue<String>, query: Memo<AuditQuery>) -> impl IntoView {
    let path = move || format!("/o/{}/audit", org.get_value());
    let kinds = move || {
        let chosen = query.get().kind;
        AuditKind::ALL
            .iter()
            .map(|kind| {
                view! { <option value=kind.as_str() selected=chosen == Some(*kind)>{kind.label()}</option> }
            })
            .collect_view()
    };
    view! {
        <form class="toolbar audit-filters" method="get" action=path role="search" aria-label="Audit log">
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search people and what they changed"
                    placeholder="Search people, providers, teams…"
                    autocomplete="off"
                    value=move || query.get().search
                />
            </div>
            <select class="input" name="kind" aria-label="What was changed">
                <option value="">"All changes"</option>
                {kinds}
            </select>
            <label class="audit-day">
                <span>"From"</span>
                <input class="input" type="date" name="from" value=move || query.get().from />
            </label>
            <label class="audit-day">
                <span>"until"</span>
                <input class="input" type="date" name="until" value=move || query.get().until />
            </label>
            <button type="submit" class="button">"Show"</button>
            {move || query.get().narrows().then(|| view! { <a class="button quiet" href=path>"Clear"</a> })}
        </form>
    }
}

#[component]
fn Entries(
    org: StoredValue<String>,
    query: Memo<AuditQuery>,
    page: AuditPage,
    may_undo: bool,
    done: RwSignal<Option<Done>>,
) -> impl IntoView {
    let AuditPage { entries, next, now } = page;
    let all = format!("/o/{}/audit", org.get_value());
    let path = all.clone();
    let query = query.get_untracked();
    let newest = AuditQuery {
        before: None,
        ..query.clone()
    };
    let at = |query: AuditQuery| format!("{path}{}", query.to_query_string());
    let older = next.map(|before| {
        at(AuditQuery {
            before: Some(before),
            ..query.clone()
        })
    });
    let list = match (entries.is_empty(), older.is_some()) {
        (true, false) if query.narrows() => view! {
            <div class="panel">
                <EmptyState title="No matching changes" text="Nothing in the audit log matches the search and filters.">
                    <a class="button" href=all>"Clear search and filters"</a>
                </EmptyState>
            </div>
        }
        .into_any(),
        (true, false) => view! { <p class="muted">"No older changes"</p> }.into_any(),
        (true, true) => {
            let looked = crate::components::thousands(u32::try_from(AUDIT_SEARCHED).unwrap_or(u32::MAX));
            view! { <p class="muted">{format!("Nothing matches among the newest {looked} changes.")}</p> }.into_any()
        }
        (false, _) => view! {
            <div class="table-panel">
                <table class="table audit-log">
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"Who"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Changed"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {entries
                            .into_iter()
                            .map(|entry| view! { <Entry org entry now may_undo done /> })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        }
        .into_any(),
    };
    view! {
        {list}
        <nav class="row audit-pages" aria-label="Pages">
            {query.before.is_some().then(|| view! { <a class="button" href=at(newest)>"Newest"</a> })}
            {older.map(|older| view! { <a class="button" href=older>"Older"</a> })}
        </nav>
    }
}

#[component]
fn Entry(
    org: StoredValue<String>,
    entry: AuditEntry,
    now: Timestamp,
    may_undo: bool,
    done: RwSignal<Option<Done>>,
) -> impl IntoView {
    let AuditEntry {
        at,
        by,
        by_email,
        what,
        kind,
        about,
        before,
        after,
        undo,
        ..
    } = entry;
    let address = (by != by_email).then(|| view! { <span class="muted">{by_email}</span> });
    let values = (before.is_some() || after.is_some()).then(|| {
        let value = |label: &'static str, json: Option<String>| {
            json.map(|json| {
                view! {
                    <dt>{label}</dt>
                    <dd>
                        <code dir="auto">{json}</code>
                    </dd>
                }
            })
        };
        view! {
            <details>
                <summary>"Details"</summary>
                <dl class="facts">{value("Before", before)} {value("After", after)}</dl>
            </details>
        }
    });
    let undo = undo.filter(|_| may_undo);
    let decides = matches!(
        kind,
        AuditKind::Member | AuditKind::Provider | AuditKind::Team | AuditKind::Bulk
    );
    let then = decides.then(|| {
        let query = AsOfQuery {
            at: at.rfc3339_exact(),
            ..AsOfQuery::default()
        };
        let href = format!("/o/{}/as-of{}", org.get_value(), query.to_query_string());
        view! { <a href=href>"Access after this change"</a> }
    });
    view! {
        <tr>
            <td class="when">
                <time datetime=at.rfc3339()>{at.exact()}</time>
                " "
                <span class="muted">
                    <TimeAgo at now />
                </span>
                {then}
            </td>
            <td class="who">
                <bdi>{by}</bdi>
                " "
                {address}
            </td>
            <td class="what">{what} {values}</td>
            <td class="about">
                <bdi>{about}</bdi>
                " "
                <span class="muted">{kind.label()}</span>
                {undo.map(|change| view! { <Undo change done /> })}
            </td>
        </tr>
    }
}

/// Offers to undo above the list, where it is said what became of it.
#[component]
fn Undo(change: BulkChangeId, done: RwSignal<Option<Done>>) -> impl IntoView {
    let offered = move || done.read().is_some_and(|done| done.change == change);
    let offer = move |_| {
        done.set(Some(Done {
            change,
            changed: None,
            undoable: true,
        }));
    };
    view! {
        <button type="button" class="button small needs-script" disabled=offered on:click=offer>
            "Undo…"
        </button>
    }
}
