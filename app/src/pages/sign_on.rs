//! Single sign-on of an organization: what its provider needs to know, and what an owner sets. Both forms are native and
//! work without JavaScript; one address takes them, and the field `do` says which it is.

use super::organization::use_viewer;
use super::settings::SettingsFrame;
use crate::api::sign_on::sign_on_settings;
use crate::components::{CopyButton, Field, LoadFailed, Skeleton};
use crate::forms::{FormOutcome, form_outcome, textarea_text};
use domain::Role;
use domain::sign_on::{SignOnSettings, SignOnView};
use leptos::prelude::*;

/// The addresses, and for owners the settings.
#[component]
pub fn SignOnPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let outcome = form_outcome("sign-on-settings");
    let problem = outcome.problem.clone();
    let slug = org.clone();
    let found = Resource::new(|| (), move |()| sign_on_settings(slug.clone()));
    let (org, outcome) = (StoredValue::new(org), StoredValue::new(outcome));
    view! {
        <SettingsFrame
            title="Single sign-on"
            lede="People sign in with an OpenID Connect provider such as Entra ID, Okta, Google or Keycloak. Who is new and has an address in your domains becomes a member."
            done=&[("saved", "Single sign-on saved."), ("removed", "Single sign-on removed.")]
            problem
        >
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(settings) => {
                            let outcome = outcome.get_value();
                            view! { <Settings org=org.get_value() settings outcome /> }.into_any()
                        }
                        Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsFrame>
    }
}

#[component]
fn Settings(org: String, settings: SignOnSettings, outcome: FormOutcome) -> impl IntoView {
    let SignOnSettings {
        redirect_url,
        start_url,
        current,
    } = settings;
    let action = format!("/o/{org}/settings/sign-on");
    let owns = use_viewer().organization.role == Role::Owner;
    let start = current.is_some().then(|| {
        view! {
            <section class="member-section">
                <h2>"Sign-in address"</h2>
                <p class="muted">
                    "Link to it from your portal. On the sign-in page, people get there by entering their email."
                </p>
                <code class="key-secret" aria-label="Sign-in address">{start_url.clone()}</code>
                <div class="row">
                    <CopyButton value=start_url.clone() label="Copy address" />
                </div>
            </section>
        }
    });
    let remove = current
        .as_ref()
        .filter(|_| owns)
        .map(|_| view! { <Remove action=action.clone() /> });
    let main = match owns {
        true => view! { <Form action current outcome /> }.into_any(),
        false => view! { <Current current /> }.into_any(),
    };
    view! {
        <div class="requests">
            <section class="member-section">
                <h2>"Redirect URL"</h2>
                <p class="muted">"Register Gatehouse with your provider as a web application with this redirect URL."</p>
                <code class="key-secret" aria-label="Redirect URL">{redirect_url.clone()}</code>
                <div class="row">
                    <CopyButton value=redirect_url label="Copy URL" />
                </div>
            </section>
            {start}
            {main}
            {remove}
        </div>
    }
}

/// What is set, for those who may not change it.
#[component]
fn Current(current: Option<SignOnView>) -> impl IntoView {
    let facts = match current {
        None => {
            view! { <p class="muted">"Not set up. Only owners can set up single sign-on."</p> }.into_any()
        }
        Some(current) => view! {
            <dl class="facts">
                <dt>"Issuer"</dt>
                <dd>{current.issuer}</dd>
                <dt>"Client ID"</dt>
                <dd>{current.client_id}</dd>
                <dt>"Domains"</dt>
                <dd>{current.domains.join(", ")}</dd>
                <dt>"Role of new members"</dt>
                <dd>{current.role.label()}</dd>
                <dt>"Passwords"</dt>
                <dd>{if current.required { "Owners only" } else { "Everybody" }}</dd>
            </dl>
            <p class="muted">"Only owners can change this."</p>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"Provider"</h2>
            {facts}
        </section>
    }
}

#[component]
fn Form(action: String, current: Option<SignOnView>, outcome: FormOutcome) -> impl IntoView {
    let again = outcome.problem.is_some();
    // What was typed wins over what is stored.
    let value = |name: &str, stored: fn(&SignOnView) -> String| match again {
        true => outcome.value(name),
        false => current.as_ref().map(stored).unwrap_or_default(),
    };
    let issuer = value("issuer", |view| view.issuer.clone());
    let client_id = value("client_id", |view| view.client_id.clone());
    let domains = value("domains", |view| view.domains.join("\n"));
    let chosen = value("role", |view| view.role.as_str().to_owned());
    let required = !value("required", |view| {
        if view.required {
            "1".to_owned()
        } else {
            String::new()
        }
    })
    .is_empty();
    let version = current.as_ref().map_or(0, |view| view.version);
    let has_secret = current.as_ref().is_some_and(|view| view.has_secret);
    let secret_hint = match has_secret {
        true => "Leave empty to keep the current one.",
        false => "As the provider shows it. Leave empty for a public client.",
    };
    let roles = [Role::Member, Role::Auditor]
        .map(|role| {
            let selected = chosen == role.as_str();
            view! { <option value=role.as_str() selected=selected>{role.label()}</option> }
        })
        .collect_view();
    view! {
        <section class="member-section">
            <h2>"Provider"</h2>
            <form method="post" action=action class="stack" data-unsaved="">
                <input type="hidden" name="version" value=version.to_string() />
                <Field
                    label="Issuer"
                    name="issuer"
                    hint="The address that the provider calls issuer, such as https://login.example.com/realms/main."
                    error=outcome.field_problem("issuer")
                >
                    <input class="input" name="issuer" inputmode="url" required autocomplete="off" spellcheck="false" value=issuer />
                </Field>
                <Field label="Client ID" name="client_id" error=outcome.field_problem("client_id")>
                    <input class="input" name="client_id" required autocomplete="off" spellcheck="false" value=client_id />
                </Field>
                <Field
                    label="Client secret"
                    name="client_secret"
                    hint=secret_hint
                    error=outcome.field_problem("client_secret")
                >
                    <input class="input" type="password" name="client_secret" autocomplete="new-password" />
                </Field>
                <Field
                    label="Email domains"
                    name="domains"
                    hint="One a line, such as example.com. People with these addresses join by signing in."
                    error=outcome.field_problem("domains")
                >
                    <textarea class="input" name="domains" rows="3" required spellcheck="false">
                        {textarea_text(domains)}
                    </textarea>
                </Field>
                <Field label="Role of new members" name="role" error=outcome.field_problem("role")>
                    <select class="input" name="role">
                        {roles}
                    </select>
                </Field>
                <label class="choice">
                    <input type="checkbox" name="required" value="1" checked=required />
                    "Require single sign-on. Only owners can still sign in with a password."
                </label>
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="save">
                        "Save changes"
                    </button>
                </div>
            </form>
        </section>
    }
}

#[component]
fn Remove(action: String) -> impl IntoView {
    view! {
        <section class="member-section">
            <details>
                <summary class="button small">"Remove single sign-on…"</summary>
                <form method="post" action=action class="stack">
                    <p class="muted">
                        "Members and their sessions stay. Who has no password needs \"Forgot password?\" to sign in again."
                    </p>
                    <div class="row">
                        <button class="button danger" type="submit" name="do" value="remove">
                            "Remove single sign-on"
                        </button>
                    </div>
                </form>
            </details>
        </section>
    }
}
