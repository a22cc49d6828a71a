//! Where a directory connects by SCIM: the address, and the tokens for it. Both forms are native and work without
//! JavaScript; one address takes them, and the field `do` says which it is.

use super::organization::use_viewer;
use super::settings::SettingsFrame;
use crate::api::scim::scim_settings;
use crate::components::{CopyButton, Field, LoadFailed, Notice, NoticeKind, Skeleton, TimeAgo};
use crate::forms::{FormOutcome, form_outcome, made_token};
use domain::Timestamp;
use domain::scim::{ScimSettings, ScimTokenView, TokenLifetime};
use leptos::prelude::*;

/// The address, the tokens, and for whoever administers making and revoking one.
#[component]
pub fn ScimPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let outcome = form_outcome("scim");
    let problem = outcome.problem.clone();
    let slug = org.clone();
    let found = Resource::new(|| (), move |()| scim_settings(slug.clone()));
    let (org, outcome) = (StoredValue::new(org), StoredValue::new(outcome));
    view! {
        <SettingsFrame
            title="SCIM"
            lede="A directory such as Entra ID or Okta creates, updates and suspends members here, and keeps teams as groups. It changes only what it created or linked."
            done=&[("revoked", "Token revoked.")]
            problem
        >
            {made_token().map(|secret| view! { <Made secret /> })}
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

/// The one time that a token is shown.
#[component]
fn Made(secret: String) -> impl IntoView {
    view! {
        <section class="requests" aria-label="New token">
            <Notice kind=NoticeKind::Success>
                <p>
                    <strong>"Copy the token now. "</strong>
                    "It will not be shown again. Whoever has it can change members, so store it like a password."
                </p>
            </Notice>
            <code class="key-secret" aria-label="The token">
                {secret.clone()}
            </code>
            <div class="row">
                <CopyButton value=secret label="Copy token" />
            </div>
        </section>
    }
}

#[component]
fn Settings(org: String, settings: ScimSettings, outcome: FormOutcome) -> impl IntoView {
    let ScimSettings { address, tokens, now } = settings;
    let action = format!("/o/{org}/settings/scim");
    let administers = use_viewer().organization.role.administers();
    let list = match tokens.is_empty() {
        true => view! { <p class="muted">"No tokens"</p> }.into_any(),
        false => {
            let items = tokens
                .into_iter()
                .map(|token| {
                    let action = administers.then(|| action.clone());
                    view! { <Token token now action /> }
                })
                .collect_view();
            view! { <ul class="keys-list">{items}</ul> }.into_any()
        }
    };
    view! {
        <div class="requests">
            <section class="member-section">
                <h2>"Address"</h2>
                <p class="muted">"Enter it in the directory as tenant URL, base URL or SCIM endpoint."</p>
                <code class="key-secret" aria-label="Address">
                    {address.clone()}
                </code>
                <div class="row">
                    <CopyButton value=address label="Copy address" />
                </div>
            </section>
            <section class="member-section">
                <h2>"Tokens"</h2>
                {list}
            </section>
            {administers.then(|| view! { <Create action outcome /> })}
        </div>
    }
}

#[component]
fn Token(
    token: ScimTokenView,
    now: Timestamp,
    /// Where a form that revokes goes, for whoever may.
    action: Option<String>,
) -> impl IntoView {
    let expired = token.expires_at <= now;
    let (badge, state, ends) = match expired {
        true => ("badge danger", "Expired", "Expired "),
        false => ("badge ok", "Active", "Expires "),
    };
    let by = token.created_by.map(|by| format!(" by {by}"));
    let used = match token.last_used_at {
        Some(at) => view! { <li>"Last used " <TimeAgo at now /></li> }.into_any(),
        None => view! { <li>"Never used"</li> }.into_any(),
    };
    let name = token.name.clone();
    let revoke = action.map(|action| {
        view! {
            <details>
                <summary class="button small">
                    "Revoke…"
                    <span class="visually-hidden">" " {name.clone()}</span>
                </summary>
                <form method="post" action=action class="stack">
                    <p class="muted">"Requests with this token are refused immediately. Members and teams stay."</p>
                    <input type="hidden" name="token" value=token.id.to_string() />
                    <div class="row">
                        <button class="button danger" type="submit" name="do" value="revoke">
                            {format!("Revoke \"{name}\"")}
                        </button>
                    </div>
                </form>
            </details>
        }
    });
    view! {
        <li>
            <div class="key-what">
                <div class="row">
                    <strong>
                        <bdi>{token.name}</bdi>
                    </strong>
                    <span class=badge>{state}</span>
                </div>
                <ul class="key-facts muted">
                    <li>"Created " <TimeAgo at=token.created_at now /> {by}</li>
                    {used}
                    <li>{ends} <TimeAgo at=token.expires_at now /></li>
                </ul>
            </div>
            {revoke}
        </li>
    }
}

/// The form that makes a token.
#[component]
fn Create(action: String, outcome: FormOutcome) -> impl IntoView {
    let (chosen, name) = (outcome.value("lifetime"), outcome.value("name"));
    let options = TokenLifetime::ALL
        .iter()
        .map(|lifetime| {
            let selected = match chosen.as_str() {
                "" => *lifetime == TokenLifetime::Year,
                chosen => lifetime.as_str() == chosen,
            };
            view! { <option value=lifetime.as_str() selected=selected>{lifetime.label()}</option> }
        })
        .collect_view();
    view! {
        <section class="member-section">
            <h2>"Create token"</h2>
            <form method="post" action=action class="stack" data-unsaved="">
                <Field
                    label="Name"
                    name="name"
                    hint="The directory that gets it. The audit log names it."
                    error=outcome.field_problem("name")
                >
                    <input class="input" name="name" maxlength="120" required autocomplete="off" value=name />
                </Field>
                <Field label="Expires after" name="lifetime" error=outcome.field_problem("lifetime")>
                    <select class="input" name="lifetime">
                        {options}
                    </select>
                </Field>
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="create">
                        "Create token"
                    </button>
                </div>
            </form>
        </section>
    }
}
