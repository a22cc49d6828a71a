//! Signing in.

use super::auth::{AuthCard, EmailField, FormProblem};
use super::second_factor::CodeField;
use crate::api::session::setup_needed;
use crate::components::{Field, Notice, NoticeKind};
use crate::forms::{FormOutcome, form_outcome};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

/// E-mail and password, or the e-mail alone for single sign-on, as a native form: it works the same before and without WASM.
#[component]
pub fn LoginPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("login"));
    let code = form_outcome("login-code");
    if !code.form.is_empty() {
        return view! { <CodeStep outcome=code /> }.into_any();
    }
    let query = use_query_map();
    let next = match outcome.read_value().value("next") {
        next if next.is_empty() => query.read_untracked().get("next").unwrap_or_default(),
        next => next,
    };
    let changed = query.read_untracked().get("changed").is_some();
    // Before first set-up there is nobody who could sign in.
    let empty = Resource::new_blocking(|| (), |()| setup_needed());
    view! {
        <Title text="Sign in" />
        <Suspense>
            {move || Suspend::new(async move { matches!(empty.await, Ok(true)).then(|| view! { <Redirect path="/setup" /> }) })}
        </Suspense>
        <AuthCard title="Sign in to Gatehouse">
            {changed
                .then(|| {
                    view! {
                        <Notice kind=NoticeKind::Info>
                            <p>"Password changed. Sign in with the new one."</p>
                        </Notice>
                    }
                })}
            <FormProblem outcome />
            <form method="post" action="/login" class="stack">
                <input type="hidden" name="next" value=next />
                <EmailField outcome />
                <Field label="Password" name="password" error=outcome.read_value().field_problem("password")>
                    <input class="input" type="password" name="password" autocomplete="current-password" required />
                </Field>
                <button class="button primary" type="submit">"Sign in"</button>
                // It needs no password, and Enter is the other one.
                <button class="button" type="submit" formaction="/sign-on" formnovalidate>
                    "Continue with single sign-on"
                </button>
            </form>
            <p><a href="/forgot-password">"Forgot password?"</a></p>
            <p class="muted">"No account yet? Ask an administrator of your organization for an invitation."</p>
        </AuthCard>
    }    .into_any()
}

/// The second step, for whoever has just proven the password of an account that has a second factor.
#[component]
fn CodeStep(outcome: FormOutcome) -> impl IntoView {
    view! {
        <Title text="Enter code" />
        <AuthCard title="Enter your code">
            <p>"Open your authenticator app and enter the code that it shows for Gatehouse."</p>
            <form method="post" action="/login/code" class="stack">
                <input type="hidden" name="attempt" value=outcome.value("attempt") />
                <input type="hidden" name="next" value=outcome.value("next") />
                <CodeField outcome />
                <button class="button primary" type="submit">"Sign in"</button>
            </form>
            <p class="muted">"No app at hand? Enter one of your recovery codes instead."</p>
            <p><a href="/login" rel="external">"Back to sign in"</a></p>
        </AuthCard>
    }
}
