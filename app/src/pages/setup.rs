//! First set-up: the organization and its first owner.

use super::auth::{AuthCard, FormProblem, password_rules};
use crate::api::session::setup_needed;
use crate::components::{Busy, Field, LoadFailed};
use crate::forms::{FormOutcome, form_outcome};
use domain::slug;
use leptos::prelude::*;
use leptos_meta::Title;

/// The form while nobody has set Gatehouse up; afterwards a page that says so.
#[component]
pub fn SetupPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("setup"));
    let needed = Resource::new_blocking(|| (), |()| setup_needed());
    view! {
        <Title text="Set up" />
        <Suspense fallback=|| view! { <AuthCard title="Set up Gatehouse"><Busy /></AuthCard> }>
            {move || {
                Suspend::new(async move {
                    match needed.await {
                        Ok(true) => view! { <SetupForm outcome /> }.into_any(),
                        Ok(false) => view! { <AlreadySetUp /> }.into_any(),
                        Err(error) => {
                            view! {
                                <AuthCard title="Set up Gatehouse">
                                    <LoadFailed problem=error.0 retry=move |()| needed.refetch() />
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
fn AlreadySetUp() -> impl IntoView {
    view! {
        <AuthCard title="Gatehouse is set up">
            <p>
                "Setup is complete and cannot be repeated. Sign in, or ask an owner for an invitation."
            </p>
            <div class="row">
                <a class="button primary" href="/login" rel="external">"Sign in"</a>
            </div>
        </AuthCard>
    }
}

#[component]
fn SetupForm(outcome: StoredValue<FormOutcome>) -> impl IntoView {
    let organization = RwSignal::new(outcome.read_value().value("organization"));
    let address = move || {
        let name = organization.read();
        (!name.trim().is_empty()).then(|| {
            let address = format!("/o/{}", slug::slugify(&name, "organization"));
            view! { <p class="address-preview">"Its address will be " <code>{address}</code> "."</p> }
        })
    };
    view! {
        <AuthCard title="Set up Gatehouse">
            <p class="muted">
                "Name your organization and create its first owner. The setup code is in the server's output and works once."
            </p>
            <FormProblem outcome />
            <form method="post" action="/setup" class="stack" data-unsaved="">
                <Field label="Setup code" name="code" error=outcome.read_value().field_problem("code")>
                    <input
                        class="input code"
                        name="code"
                        autocomplete="one-time-code"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                    />
                </Field>
                <div>
                    <Field
                        label="Organization"
                        name="organization"
                        hint="As your members know it."
                        error=outcome.read_value().field_problem("organization")
                    >
                        <input
                            class="input"
                            name="organization"
                            autocomplete="organization"
                            required
                            value=outcome.read_value().value("organization")
                            on:input=move |event| organization.set(event_target_value(&event))
                        />
                    </Field>
                    {address}
                </div>
                <Field label="Your name" name="name" error=outcome.read_value().field_problem("name")>
                    <input class="input" name="name" autocomplete="name" required value=outcome.read_value().value("name") />
                </Field>
                <Field label="Your email" name="email" hint="You sign in with it." error=outcome.read_value().field_problem("email")>
                    <input
                        class="input"
                        name="email"
                        inputmode="email"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        value=outcome.read_value().value("email")
                    />
                </Field>
                <Field label="Password" name="password" hint=password_rules() error=outcome.read_value().field_problem("password")>
                    <input class="input" type="password" name="password" autocomplete="new-password" required />
                </Field>
                <button class="button primary" type="submit">"Create organization"</button>
            </form>
        </AuthCard>
    }
}
