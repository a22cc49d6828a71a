//! Asking for access, and deciding what others ask. Everything here is a native form, with and without JavaScript: one
//! address takes them all, and the field `do` says which it is.

mod ask;
mod own;
mod queue;

use super::organization::use_viewer;
use crate::api::requests::access_requests;
use crate::components::{LoadFailed, Notice, NoticeKind, Skeleton};
use crate::forms::{FormOutcome, form_outcome};
use ask::Ask;
use domain::Timestamp;
use domain::requests::AccessRequests;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use own::Own;
use queue::Queue;

/// What a form that was sent said, and what was wrong.
#[derive(Clone, Copy)]
struct Sent(StoredValue<FormOutcome>);

impl Sent {
    /// What was typed into a field of a form; `request` is none for the one that asks.
    fn value(self, request: &str, field: &str) -> Option<String> {
        let outcome = self.0.read_value();
        let of_form = outcome.problem.is_some() && outcome.value("request") == request;
        of_form.then(|| outcome.value(field))
    }

    /// What was wrong with a field of the form that asks.
    fn problem(self, field: &str) -> Option<String> {
        let outcome = self.0.read_value();
        match outcome.value("request").as_str() {
            "" => outcome.field_problem(field),
            _ => None,
        }
    }
}

/// What was done, which a redirect says in the address.
const DONE: [(&str, &str); 4] = [
    ("asked", "Request sent. Whoever can decide sees it now."),
    ("withdrawn", "Request withdrawn."),
    ("approved", "Request approved. Active immediately."),
    ("declined", "Request declined."),
];

/// Own requests, asking, and for whoever decides those of others.
#[component]
pub fn AccessRequestsPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let query = use_query_map();
    let page = Memo::new(move |_| {
        let page = query.read().get("page").and_then(|page| page.parse::<u32>().ok());
        page.unwrap_or(1)
    });
    let wanted = Memo::new(move |_| query.read().get("provider").unwrap_or_default());
    let sent = Sent(StoredValue::new(form_outcome("access-request")));
    let slug = org.clone();
    let found = Resource::new(
        move || page.get(),
        move |page| access_requests(slug.clone(), page),
    );
    let org = StoredValue::new(org);
    let problem = sent.0.read_value().problem.clone();
    view! {
        <Title text="Access requests" />
        <div class="page-head">
            <div>
                <h1>"Access requests"</h1>
                <p class="lede">"Ask for a provider. Admins, owners and the leads of your teams decide."</p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || {
            let done = DONE.into_iter().find(|(word, _)| query.read().get(word).is_some());
            done.map(|(_, text)| view! { <Notice kind=NoticeKind::Success><p>{text}</p></Notice> })
        }}
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || {
                let wanted = wanted.get();
                Suspend::new(async move {
                    match found.await {
                        Ok(found) => view! { <Requests org=org.get_value() found wanted sent /> }.into_any(),
                        Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Requests(
    org: String,
    found: AccessRequests,
    /// The slug of the provider that the address asks for.
    wanted: String,
    sent: Sent,
) -> impl IntoView {
    let AccessRequests {
        own,
        askable,
        queue,
        now,
    } = found;
    let action = format!("/o/{org}/access/requests");
    view! {
        <div class="requests">
            {queue.map(|queue| view! { <Queue action=action.clone() queue sent now /> })}
            <Own action=action.clone() own now />
            <Ask action askable wanted sent />
        </div>
    }
}

/// Until when, as the day that is still in it.
fn last_day(until: Timestamp) -> impl IntoView {
    view! { <time datetime=until.rfc3339() title=until.exact()>{until.plus(-1).day()}</time> }
}
