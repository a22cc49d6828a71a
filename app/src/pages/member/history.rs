//! What was done to the member, from the audit log.

use crate::api::ApiResult;
use crate::api::members::member_history;
use crate::browser::focus;
use crate::components::{LoadFailed, Skeleton, TimeAgo};
use crate::pages::request::RequestProblem;
use domain::history::{HistoryEntry, HistoryPage};
use domain::{MemberId, Problem, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;

const HEADING: &str = "history";

/// The newest deeds, and older ones on demand.
#[component]
pub fn History(
    org: StoredValue<String>,
    member: MemberId,
    newest: Resource<ApiResult<HistoryPage>>,
) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <Skeleton lines=4 /> }>
            {move || Suspend::new(async move {
                match newest.await {
                    Ok(page) => view! { <Deeds org member page /> }.into_any(),
                    // Said at the top of the page.
                    Err(error) if error.0.code == domain::ProblemCode::NotFound => ().into_any(),
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| newest.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Deeds(org: StoredValue<String>, member: MemberId, page: HistoryPage) -> impl IntoView {
    let HistoryPage { entries, older, now } = page;
    let past = format!("/o/{}/as-of?member={member}", org.get_value());
    let none = entries.is_empty();
    let entries = RwSignal::new(entries);
    let older = RwSignal::new(older);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let show_older = move |_| {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        problem.set(None);
        let before = entries.with_untracked(|entries| entries.last().map(|entry| entry.id));
        spawn_local(async move {
            let answer = member_history(org.get_value(), member, before).await;
            pending.set(false);
            match answer {
                Ok(page) => {
                    entries.update(|entries| entries.extend(page.entries));
                    older.set(page.older);
                    // The button may be gone, and with it the focus.
                    request_animation_frame(|| focus::set_first_if_lost(&[HEADING]));
                }
                Err(error) => problem.set(Some(error.0)),
            }
        });
    };
    view! {
        <section class="member-section" aria-labelledby=HEADING>
            <div class="row spread">
                <h2 id=HEADING tabindex="-1">
                    "History"
                </h2>
                <a href=past>"Past access"</a>
            </div>
            {none.then(|| view! { <p class="muted">"No changes yet"</p> })}
            <ol class="history">
                <For each=move || entries.get() key=|entry| entry.id let:entry>
                    <Deed entry now />
                </For>
            </ol>
            <RequestProblem problem />
            {move || {
                older
                    .get()
                    .then(|| {
                        view! {
                            <button type="button" class="button small needs-script" disabled=pending on:click=show_older>
                                "Show older"
                            </button>
                        }
                    })
            }}
        </section>
    }
}

#[component]
fn Deed(entry: HistoryEntry, now: Timestamp) -> impl IntoView {
    view! {
        <li>
            <span>
                <bdi>{entry.by}</bdi>
                " "
                {entry.what}
            </span>
            <span class="muted">
                <TimeAgo at=entry.at now />
            </span>
        </li>
    }
}
