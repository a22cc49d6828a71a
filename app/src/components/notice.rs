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

/// What stands where data should be when reading it failed: the reason, and what to do.
#[component]
pub fn LoadFailed(
    /// What went wrong.
    problem: Problem,
    /// Reads again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let signed_out = problem.code == ProblemCode::Unauthenticated;
    view! {
        <Notice kind=NoticeKind::Error>
            <p>{problem.message}</p>
            {if signed_out {
                view! {
                    <a class="button small" href="/login" rel="external" on:click=move |e| {
                        e.prevent_default();
                        browser::navigation::to_sign_in();
                    }>
                        "Sign in"
                    </a>
                }
                    .into_any()
            } else {
                view! {
                    // A link to the page itself is the retry of those without JavaScript.
                    <a class="button small" href="" rel="external" on:click=move |e| {
                        e.prevent_default();
                        retry.run(());
                    }>
                        "Try again"
                    </a>
                }
                    .into_any()
            }}
        </Notice>
    }
}
