//! What the pages outside an organization have in common.

use crate::components::{Field, Notice, NoticeKind};
use crate::forms::FormOutcome;
use leptos::prelude::*;

/// A centred card below the product's name.
#[component]
pub fn AuthCard(
    /// The page's one heading.
    #[prop(into)]
    title: String,
    /// Twice as wide, for pages that show more than one form.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="auth" class:wide=wide>
            <a class="auth-brand" href="/" rel="external">
                <span class="auth-mark" aria-hidden="true"></span>
                "Gatehouse"
            </a>
            <div class="panel auth-card stack">
                <h1>{title}</h1>
                {children()}
            </div>
        </main>
    }
}

/// Why a native form did not succeed, to stand above its fields.
#[component]
pub fn FormProblem(
    /// The outcome of the form.
    outcome: StoredValue<FormOutcome>,
) -> impl IntoView {
    let problem = outcome.read_value().problem.clone();
    problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })
}

/// Whose account it is, with what was typed before; the first thing to fill in.
#[component]
pub fn EmailField(
    /// The outcome of the form.
    outcome: StoredValue<FormOutcome>,
) -> impl IntoView {
    let outcome = outcome.get_value();
    view! {
        <Field label="Email" name="email" error=outcome.field_problem("email")>
            <input
                class="input"
                name="email"
                inputmode="email"
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                autofocus
                required
                value=outcome.value("email")
            />
        </Field>
    }
}

/// What a good password is, to stand under the field that asks for a new one.
pub fn password_rules() -> String {
    format!(
        "At least {} characters. A few unrelated words make a good one.",
        domain::limits::PASSWORD_MIN_CHARS
    )
}

/// Gives the page being rendered an HTTP status; without effect in the browser, where there is no answer any more.
pub fn answer_with_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = axum::http::StatusCode::from_u16(status)
    {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
