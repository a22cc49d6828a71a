//! What others ask for, the oldest first, with the forms that decide it.

use super::{Sent, last_day};
use crate::components::{TimeAgo, counted};
use crate::forms::textarea_text;
use crate::pages::organization::use_viewer;
use domain::Timestamp;
use domain::limits::REQUEST_REASON_CHARS;
use domain::requests::{QueuedRequest, RequestQueue};
use leptos::prelude::*;

/// The open requests.
#[component]
pub fn Queue(action: String, queue: RequestQueue, sent: Sent, now: Timestamp) -> impl IntoView {
    let RequestQueue {
        rows,
        total,
        page,
        pages,
    } = queue;
    let list = match rows.is_empty() {
        true => view! { <p class="muted">"No open requests"</p> }.into_any(),
        false => {
            let items = rows
                .into_iter()
                .map(|row| view! { <One action=action.clone() row sent now /> })
                .collect_view();
            view! { <ul class="plain-list request-list">{items}</ul> }.into_any()
        }
    };
    let to = move |to: u32, label: &'static str| {
        view! { <a class="button" href=format!("{action}?page={to}")>{label}</a> }
    };
    view! {
        <section class="member-section" id="queue">
            <h2>"Waiting for a decision"</h2>
            {(total > 0).then(|| view! { <p class="muted">{counted(total, "open request")}</p> })}
            {list}
            {(pages > 1).then(|| view! {
                <nav class="row" aria-label="Pages">
                    {(page > 1).then(|| to(page - 1, "Previous page"))}
                    <span class="muted">{format!("Page {page} of {pages}")}</span>
                    {(page < pages).then(|| to(page + 1, "Next page"))}
                </nav>
            })}
        </section>
    }
}

#[component]
fn One(action: String, row: QueuedRequest, sent: Sent, now: Timestamp) -> impl IntoView {
    let viewer = use_viewer().organization;
    let who = row.display_name().to_owned();
    let name = match viewer.role.reads_admin_side() {
        true => {
            let href = format!("/o/{}/access/{}", viewer.slug, row.member);
            view! { <a href=href>{who.clone()}</a> }.into_any()
        }
        false => who.clone().into_any(),
    };
    let inactive = (!row.can_be_approved())
        .then(|| view! { " " <span class="badge">{row.request.provider.status.label()}</span> });
    let decide = match (row.may_decide, viewer.role.administers()) {
        (true, _) => view! { <Decide action row=row.clone() sent who /> }.into_any(),
        (false, true) => view! { <p class="muted">"Only an owner can decide this."</p> }.into_any(),
        (false, false) => ().into_any(),
    };
    let request = row.request;
    let until = request.until.map(|until| view! { " · until " {last_day(until)} });
    view! {
        <li class="panel padded">
            <p>
                <strong>{name}</strong>
                " asks for "
                <strong>{request.provider.name}</strong>
                {inactive}
            </p>
            <p class="muted">{row.email} " · " <TimeAgo at=request.asked_at now /> {until}</p>
            <p class="said">{request.reason}</p>
            {decide}
        </li>
    }
}

/// Approve, with an end where one is wanted, and decline with words.
#[component]
fn Decide(
    action: String,
    row: QueuedRequest,
    sent: Sent,
    /// What the person is called.
    who: String,
) -> impl IntoView {
    let id = row.request.id.to_string();
    let until = sent.value(&id, "until").unwrap_or_else(|| {
        let wanted = row.request.until.map(|until| until.plus(-1).date());
        wanted.unwrap_or_default()
    });
    let note = sent.value(&id, "note").unwrap_or_default();
    let declining = !note.is_empty() || sent.value(&id, "do").is_some_and(|what| what == "decline");
    let about = format!("{} for {who}", row.request.provider.name);
    let approve = format!("Approve {about}");
    let most = REQUEST_REASON_CHARS.to_string();
    view! {
        <div class="decide">
            <form method="post" action=action.clone() class="row">
                <input type="hidden" name="request" value=id.clone() />
                <label class="field">
                    <span>"Until (optional)"</span>
                    <input class="input" type="date" name="until" value=until />
                </label>
                <button
                    class="button primary"
                    type="submit"
                    name="do"
                    value="approve"
                    aria-label=approve
                    disabled=!row.can_be_approved()
                >
                    "Approve"
                </button>
            </form>
            <details open=declining>
                <summary class="button">
                    "Decline…"
                    <span class="visually-hidden">" " {about}</span>
                </summary>
                <form method="post" action=action class="stack" data-unsaved="">
                    <input type="hidden" name="request" value=id />
                    <label class="field">
                        <span>"Reason for declining"</span>
                        <textarea class="input" name="note" rows="2" maxlength=most required>
                            {textarea_text(note)}
                        </textarea>
                    </label>
                    <div class="row">
                        <button class="button danger" type="submit" name="do" value="decline">
                            "Decline request"
                        </button>
                    </div>
                </form>
            </details>
        </div>
    }
}
