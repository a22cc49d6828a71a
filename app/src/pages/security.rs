//! The security of the own account: its second factor, and where one is signed in. The forms are native and work without JavaScript; one address
//! takes them, and the field `do` says which it is.

use super::auth::{AuthCard, FormProblem};
use super::second_factor::SecondFactor;
use crate::api::session::account_security;
use crate::components::{Busy, LoadFailed, Notice, NoticeKind, TimeAgo};
use crate::forms::{form_outcome, second_factor_shown};
use domain::session::{AccountSecurity, SessionView};
use domain::{ProblemCode, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

/// What the redirect after a form says in the address, and the sentence for it.
const DONE: [(&str, &str); 3] = [
    ("off", "Second factor turned off."),
    ("ended", "Session ended."),
    ("alone", "All other sessions were signed out."),
];

/// The second factor and the own sessions, in a card: the page is the same for whoever belongs to no organization.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("security"));
    let shown = StoredValue::new(second_factor_shown());
    let query = use_query_map();
    let found = Resource::new_blocking(|| (), |()| account_security());
    view! {
        <Title text="Security" />
        <AuthCard title="Security" wide=true>
            <p><a href="/account">"Back to account"</a></p>
            {move || {
                let said = DONE.iter().find(|(word, _)| query.read().get(word).is_some());
                said.map(|(_, said)| view! { <Notice kind=NoticeKind::Success><p>{*said}</p></Notice> })
            }}
            <FormProblem outcome />
            <Suspense fallback=|| view! { <Busy /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(security) => {
                            view! {
                                <SecondFactor security=security.clone() shown=shown.get_value() outcome=outcome.get_value() />
                                <Sessions security />
                            }
                                .into_any()
                        }
                        Err(error) if error.0.code == ProblemCode::Unauthenticated => {
                            view! { <Redirect path="/login?next=/account/security" /> }.into_any()
                        }
                        Err(error) => {
                            view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
        </AuthCard>
    }
}

#[component]
fn Sessions(security: AccountSecurity) -> impl IntoView {
    let AccountSecurity { sessions, now, .. } = security;
    let alone = sessions.len() < 2;
    let items = sessions
        .into_iter()
        .map(|session| view! { <Session session now /> })
        .collect_view();
    let others = (!alone).then(|| {
        view! {
            <form method="post" action="/account/security" class="row">
                <button class="button danger" type="submit" name="do" value="end-others">
                    "Sign out everywhere else"
                </button>
            </form>
        }
    });
    view! {
        <section class="auth-section stack">
            <h2>"Sessions"</h2>
            <p class="muted">"Browsers in which you are signed in. End the ones that you do not know, then change your password."</p>
            <ul class="keys-list">{items}</ul>
            {others}
        </section>
    }
}

#[component]
fn Session(session: SessionView, now: Timestamp) -> impl IntoView {
    let end = match session.current {
        true => view! { <span class="badge ok">"This session"</span> }.into_any(),
        false => view! {
            <form method="post" action="/account/security">
                <input type="hidden" name="session" value=session.id.to_string() />
                <button class="button small" type="submit" name="do" value="end">
                    "End session"
                    <span class="visually-hidden">" " {session.browser.clone()}</span>
                </button>
            </form>
        }
        .into_any(),
    };
    view! {
        <li>
            <div class="key-what">
                <strong>{session.browser}</strong>
                <ul class="key-facts muted">
                    <li>"Signed in " <TimeAgo at=session.created_at now /></li>
                    <li>"Last used " <TimeAgo at=session.last_seen_at now /></li>
                </ul>
            </div>
            {end}
        </li>
    }
}
