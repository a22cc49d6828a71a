//! Requests to models: who asked which of them when, how it ended and what it cost. Never what was said. Everything chosen
//! stands in the address, so that every control is a plain form or link.

mod receipt;

use crate::api::request_log::request_log;
use crate::components::{EmptyState, Icon, LoadFailed, NotCurrent, Skeleton, TimeAgo, thousands};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading_of;
use domain::budgets::Choice;
use domain::number::usd;
use domain::request_log::{RequestEnd, RequestPage, RequestQuery, RequestRow};
use domain::spend::SpendBy;
use domain::usage::{Bucket, UsageSource};
use domain::{KeyId, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
pub use receipt::ReceiptPage;

/// The list, newest first.
#[component]
pub fn RequestsPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let location = use_location();
    let query = Memo::new(move |_| RequestQuery::from_query_string(&location.search.read()));
    let found = reading_of(query, move |query| request_log(org.get_value(), query));
    let again = move |()| found.refetch();
    // All pages of what is shown.
    let export = move |format: &str| {
        let query = RequestQuery {
            before: None,
            ..query.get()
        };
        format!(
            "/o/{}/requests/export.{format}{}",
            org.get_value(),
            query.to_query_string()
        )
    };
    view! {
        <Title text="Requests" />
        <div class="page-head">
            <div>
                <h1>"Requests"</h1>
                <p class="lede">"What was asked of models: when, by whom, how it ended and what it cost. Never what was said."</p>
            </div>
            <div class="actions">
                <a class="button" href=move || export("xlsx") rel="external" download="">
                    <Icon name="download" />
                    "Download XLSX"
                </a>
                <a class="button" href=move || export("json") rel="external" download="">
                    <Icon name="download" />
                    "Download JSON"
                </a>
            </div>
        </div>
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(read) => {
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Filters org query providers=read.value.providers.clone() />
                            <Rows org=org.get_value() query=query.get_untracked() page=read.value />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What narrows the list: a GET form.
#[component]
fn Filters(org: StoredValue<String>, query: Memo<RequestQuery>, providers: Vec<Choice>) -> impl IntoView {
    let path = move || format!("/o/{}/requests", org.get_value());
    // What the form does not ask for stays as it is; the page does not.
    let kept = move || {
        let pairs = query.get().pairs().into_iter();
        pairs
            .filter(|(name, _)| matches!(*name, "member" | "key"))
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    };
    let ends = move || {
        let chosen = query.get().end;
        RequestEnd::ALL
            .iter()
            .map(|end| {
                view! { <option value=end.as_str() selected=chosen == Some(*end)>{end.label()}</option> }
            })
            .collect_view()
    };
    let chosen = query.get_untracked().provider.map(|id| id.to_string());
    let providers = providers
        .into_iter()
        .map(|provider| {
            let selected = chosen.as_ref() == Some(&provider.value);
            view! {
                <option value=provider.value selected=selected>
                    {provider.label}
                </option>
            }
        })
        .collect_view();
    view! {
        <form class="toolbar audit-filters" method="get" action=path role="search" aria-label="Requests">
            {kept}
            <input
                class="input"
                name="model"
                aria-label="Model"
                placeholder="Model"
                autocomplete="off"
                value=move || query.get().model
            />
            <select class="input" name="provider" aria-label="Provider">
                <option value="">"All providers"</option>
                {providers}
            </select>
            <select class="input" name="end" aria-label="How it ended">
                <option value="">"All requests"</option>
                {ends}
            </select>
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
fn Rows(org: String, query: RequestQuery, page: RequestPage) -> impl IntoView {
    let RequestPage {
        rows,
        next,
        narrowed,
        now,
        ..
    } = page;
    let path = format!("/o/{org}/requests");
    let at = |before| {
        let query = RequestQuery {
            before,
            ..query.clone()
        };
        format!("{path}{}", query.to_query_string())
    };
    let chips = narrowed
        .into_iter()
        .map(|(by, label)| {
            let without = match by {
                SpendBy::Key => query.with(query.member, None),
                _ => query.with(None, query.key),
            };
            let href = format!("{path}{}", without.to_query_string());
            let name = format!("Remove filter {}: {label}", by.label());
            view! {
                <li>
                    <a class="button small" href=href aria-label=name>
                        {by.label()}
                        ": "
                        <bdi>{label}</bdi>
                        <Icon name="close" />
                    </a>
                </li>
            }
        })
        .collect_view();
    let (newest, older) = (at(None), next.map(|place| at(Some(place))));
    let list = match (rows.is_empty(), query.narrows()) {
        (true, true) => view! {
            <div class="panel">
                <EmptyState title="No matching requests" text="No request matches the filters.">
                    <a class="button" href=path.clone()>"Clear filters"</a>
                </EmptyState>
            </div>
        }
        .into_any(),
        (true, false) => view! {
            <div class="panel">
                <EmptyState title="No requests" text="Requests in Chat and with virtual keys appear here within a second.">
                    <a class="button" href=format!("/o/{org}/chat")>"Open Chat"</a>
                </EmptyState>
            </div>
        }
        .into_any(),
        (false, _) => {
            let rows = rows
                .into_iter()
                .map(|row| view! { <Request path=path.clone() query=query.clone() row now /> })
                .collect_view();
            view! {
                <div class="table-panel">
                    <table class="table spend-table">
                        <thead>
                            <tr>
                                <th scope="col">"When"</th>
                                <th scope="col">"Member"</th>
                                <th scope="col">"Key"</th>
                                <th scope="col">"Model"</th>
                                <th scope="col" class="numeric">"Tokens in/out"</th>
                                <th scope="col" class="numeric">"First token/total"</th>
                                <th scope="col">"Status"</th>
                                <th scope="col" class="numeric">"Cost"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <ul class="choices" aria-label="Filters">{chips}</ul>
        {list}
        <nav class="row audit-pages" aria-label="Pages">
            {query.before.is_some().then(|| view! { <a class="button" href=newest>"Newest"</a> })}
            {older.map(|older| view! { <a class="button" href=older>"Older"</a> })}
        </nav>
    }
}

/// What a request cost: unknown is not nothing.
pub(super) fn cost(row: &RequestRow) -> String {
    row.cost.map_or_else(|| "Unpriced".to_owned(), usd)
}

/// The model that was asked, with its provider.
pub(super) fn model(row: &RequestRow) -> String {
    match (row.provider_model.is_empty(), row.provider.is_empty()) {
        (false, _) => format!("{}/{}", row.provider, row.provider_model),
        (true, _) => row.model.clone(),
    }
}

/// Milliseconds for people.
pub(super) fn milliseconds(ms: u32) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        _ => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    }
}

#[component]
fn Request(path: String, query: RequestQuery, row: RequestRow, now: Timestamp) -> impl IntoView {
    let (input, output) = (row.tokens(&Bucket::INPUT), row.tokens(&Bucket::OUTPUT));
    let estimated =
        (row.source == UsageSource::Estimated).then(|| view! { <span class="badge">"Estimated"</span> });
    let first = row.first_token_ms.map(|ms| format!("{} / ", milliseconds(ms)));
    let (badge, status) = match &row.code {
        None => ("badge ok", row.status.to_string()),
        Some(code) => ("badge danger", format!("{} {code}", row.status)),
    };
    let narrowed = |query: RequestQuery| format!("{path}{}", query.to_query_string());
    let of_member = narrowed(query.with(Some(row.member), query.key));
    let of_key = narrowed(query.with(query.member, Some(row.key_id.unwrap_or(KeyId(0)))));
    let times = (row.requests > 1).then(|| format!(" × {}", thousands(row.requests)));
    view! {
        <tr>
            <th scope="row">
                <a href=format!("{path}/{}", row.place.id)>
                    <TimeAgo at=row.place.at now />
                </a>
            </th>
            <td data-label="Member">
                <a href=of_member title="Only this member's requests">
                    <bdi>{row.member_name.clone()}</bdi>
                </a>
            </td>
            <td data-label="Key">
                <a href=of_key title="Only requests with this key">
                    <bdi>{row.key.clone().unwrap_or_else(|| "Chat".to_owned())}</bdi>
                </a>
            </td>
            <td data-label="Model">
                <bdi>{model(&row)}</bdi>
            </td>
            <td class="numeric" data-label="Tokens in/out">
                {format!("{} / {}", thousands(input), thousands(output))}
                " "
                {estimated}
            </td>
            <td class="numeric" data-label="First token/total">
                {first}
                {milliseconds(row.latency_ms)}
            </td>
            <td data-label="Status">
                <span class=badge>{status}</span>
                {times}
            </td>
            <td class="numeric" data-label="Cost">
                {cost(&row)}
            </td>
        </tr>
    }
}
