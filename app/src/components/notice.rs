//! Messages that stand on the page.

use super::Icon;
use crate::browser;
use domain::{Problem, ProblemCode};
use leptos::prelude::*;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something failed.
    Error,
    /// Something worked.
    Success,
    /// Good to know.
    Info,
}

/// A message on the page; errors are announced at once, the others when there is a pause.
#[component]
pub fn Notice(
    /// What kind of message it is.
    kind: NoticeKind,
    children: Children,
) -> impl IntoView {
    let (class, role, icon) = match kind {
        NoticeKind::Error => ("notice error", "alert", "alert"),
        NoticeKind::Success => ("notice success", "status", "check"),
        NoticeKind::Info => ("notice", "status", "info"),
    };
    view! {
        <div class=class role=role>
            <Icon name=icon />
            <div>{children()}</div>
        </div>
    }
}

/// What is said once the session has ended, wherever that comes out.
const ENDED: &str =
    "Your session has ended. Sign in in a new tab, then continue here: nothing you entered is lost.";

/// Why something failed. A session that has ended is renewed in another tab, so that the page keeps what it holds.
#[component]
pub fn ProblemNotice(
    /// What went wrong.
    problem: Problem,
    /// Does it again, where that can be done from here.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
    /// What is said before it.
    #[prop(optional)]
    before: &'static str,
    /// Further buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let signed_out = problem.code == ProblemCode::Unauthenticated;
    if signed_out && let Some(retry) = retry {
        // Whoever comes back from signing in finds the work going on.
        browser::page::when_returned_to(move || retry.run(()));
    }
    let message = if signed_out {
        ENDED.to_owned()
    } else {
        problem.message
    };
    view! {
        <Notice kind=NoticeKind::Error>
            <p>{before} {message}</p>
            <div class="row">
                {signed_out
                    .then(|| {
                        view! {
                            <a class="button small" href="/login" target="_blank">
                                "Sign in in a new tab"
                            </a>
                        }
                    })}
                {retry
                    .map(|retry| {
                        view! {
                            // A link to the page itself is the retry of those without JavaScript.
                            <a
                                class="button small"
                                href=""
                                rel="external"
                                on:click=move |event| {
                                    event.prevent_default();
                                    retry.run(());
                                }
                            >
                                "Try again"
                            </a>
                        }
                    })}
                {children.map(|children| children())}
            </div>
        </Notice>
    }
}

/// What stands where data should be when reading it failed: the reason, and what to do.
#[component]
pub fn LoadFailed(
    /// What went wrong.
    problem: Problem,
    /// Reads again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    view! { <ProblemNotice problem retry /> }
}

/// What stands above data that could not be read again: it stays, as it was.
#[component]
pub fn NotCurrent(
    /// Why.
    problem: Option<Problem>,
    /// Reads again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    problem.map(|problem| {
        view! {
            <div class="not-current">
                <ProblemNotice problem retry before="What you see may be out of date. " />
            </div>
        }
    })
}
