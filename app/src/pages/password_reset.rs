//! A new password by a link that is mailed.

use super::auth::{AuthCard, EmailField, FormProblem, answer_with_status, password_rules};
use crate::api::session::{mail_is_set_up, reset_of};
use crate::components::{Busy, Field, LoadFailed};
use crate::forms::{FormOutcome, form_outcome};
use domain::ProblemCode;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// Asks for the link, as a native form.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("forgot-password"));
    let sent = use_query_map().read_untracked().get("sent").is_some();
    let set_up = Resource::new_blocking(|| (), |()| mail_is_set_up());
    view! {
        <Title text="Reset password" />
        <AuthCard title="Reset password">
            <Suspense fallback=|| view! { <Busy /> }>
                {move || Suspend::new(async move {
                    match set_up.await {
                        Ok(true) if sent => view! { <Sent /> }.into_any(),
                        Ok(true) => view! { <AskForm outcome /> }.into_any(),
                        Ok(false) => view! { <NoMail /> }.into_any(),
                        Err(error) => {
                            view! { <LoadFailed problem=error.0 retry=move |()| set_up.refetch() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
            <p><a href="/login">"Back to sign in"</a></p>
        </AuthCard>
    }
}

#[component]
fn AskForm(outcome: StoredValue<FormOutcome>) -> impl IntoView {
    view! {
        <p>"Enter your email to get a link for a new password."</p>
        <FormProblem outcome />
        <form method="post" action="/forgot-password" class="stack">
            <EmailField outcome />
            <button class="button primary" type="submit">"Send link"</button>
        </form>
    }
}

/// The same whether there is an account with the address or not.
#[component]
fn Sent() -> impl IntoView {
    view! {
        <p role="status">"If there is an account with this email, a link is on its way. It works once, for one hour."</p>
        <p class="muted">
            "No email after a few minutes? Check the spam folder, then " <a href="/forgot-password">"send another link"</a> "."
        </p>
    }
}

#[component]
fn NoMail() -> impl IntoView {
    view! {
        <p>"Email is not set up on this server, so no link can be sent. Ask whoever runs it to set up a mail server."</p>
    }
}

/// The page behind the link.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("reset-password"));
    let params = use_params_map();
    let token = move || params.read().get("token").unwrap_or_default();
    let whose = Resource::new_blocking(token, reset_of);
    view! {
        <Title text="Choose a new password" />
        <Suspense fallback=|| view! { <AuthCard title="Choose a new password"><Busy /></AuthCard> }>
            {move || {
                let token = token();
                Suspend::new(async move {
                    match whose.await {
                        Ok(email) => view! { <ResetForm token email outcome /> }.into_any(),
                        Err(error) if error.0.code == ProblemCode::Expired => {
                            answer_with_status(410);
                            view! {
                                <AuthCard title="Link no longer valid">
                                    <p>{error.0.message}</p>
                                    <div class="row">
                                        <a class="button primary" href="/forgot-password">"Send another link"</a>
                                    </div>
                                </AuthCard>
                            }
                                .into_any()
                        }
                        Err(error) => {
                            view! {
                                <AuthCard title="Choose a new password">
                                    <LoadFailed problem=error.0 retry=move |()| whose.refetch() />
                                </AuthCard>
                            }
                                .into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn ResetForm(token: String, email: String, outcome: StoredValue<FormOutcome>) -> impl IntoView {
    view! {
        <AuthCard title="Choose a new password">
            <p>"For " <strong>{email.clone()}</strong> ". All sessions of this account end."</p>
            <FormProblem outcome />
            <form method="post" action=format!("/reset-password/{token}") class="stack">
                // For password managers.
                <input
                    class="visually-hidden"
                    aria-hidden="true"
                    tabindex="-1"
                    autocomplete="username"
                    readonly
                    value=email
                />
                <Field
                    label="New password"
                    name="password"
                    hint=password_rules()
                    error=outcome.read_value().field_problem("password")
                >
                    <input
                        class="input"
                        type="password"
                        name="password"
                        autocomplete="new-password"
                        autofocus
                        required
                    />
                </Field>
                <button class="button primary" type="submit">"Change password"</button>
            </form>
        </AuthCard>
    }
}
