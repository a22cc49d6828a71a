//! The signed-in person's own account.

use super::auth::{AuthCard, FormProblem, password_rules};
use super::keys::{KeyDialogs, KeyDialogsView, KeyOwner, KeyPanel};
use super::organization::SuspendedIn;
use super::reading::{Reading, reading};
use crate::api::ApiResult;
use crate::api::keys::own_keys;
use crate::api::session::me;
use crate::components::theme::ThemeSwitch;
use crate::components::{Busy, Field, LoadFailed, NotCurrent, Notice, NoticeKind};
use crate::forms::{FormOutcome, form_outcome};
use domain::ProblemCode;
use domain::key::OwnKeys;
use domain::organization::Me;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

/// Name, e-mail, organizations, keys, password and the way out.
#[component]
pub fn AccountPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("password"));
    let query = use_query_map();
    let changed = move || query.read().get("changed").is_some();
    let account = Resource::new_blocking(|| (), |()| me());
    let keys = reading(own_keys);
    let dialogs = KeyDialogs::new();
    view! {
        <Title text="Your account" />
        <Suspense fallback=|| view! { <AuthCard title="Your account"><Busy /></AuthCard> }>
            {move || {
                Suspend::new(async move {
                    match account.await {
                        Ok(me) => view! { <Account me outcome changed=changed() keys dialogs /> }.into_any(),
                        Err(error) if error.0.code == ProblemCode::Unauthenticated => {
                            view! { <Redirect path="/login?next=/account" /> }.into_any()
                        }
                        Err(error) => {
                            view! {
                                <AuthCard title="Your account">
                                    <LoadFailed problem=error.0 retry=move |()| account.refetch() />
                                </AuthCard>
                            }
                                .into_any()
                        }
                    }
                })
            }}
        </Suspense>
        <KeyDialogsView dialogs on_changed=move |()| keys.refetch() />
    }
}

#[component]
fn Account(
    me: Me,
    outcome: StoredValue<FormOutcome>,
    changed: bool,
    keys: Resource<ApiResult<Reading<Vec<OwnKeys>>>>,
    dialogs: KeyDialogs,
) -> impl IntoView {
    let email = me.email.clone();
    let (organizations, suspended) = (me.organizations, me.suspended);
    view! {
        <AuthCard title="Your account" wide=true>
            <dl class="facts">
                <dt>"Name"</dt>
                <dd>{me.name}</dd>
                <dt>"Email"</dt>
                <dd>{me.email}</dd>
            </dl>
            <section class="auth-section">
                <h2>"Organizations"</h2>
                {if organizations.is_empty() {
                    view! { <p class="muted">"None has you as an active member."</p> }.into_any()
                } else {
                    view! {
                        <ul class="auth-list">
                            {organizations
                                .into_iter()
                                .map(|organization| {
                                    view! {
                                        <li>
                                            <a href=format!("/o/{}", organization.slug)>{organization.name}</a>
                                            <span class="muted">{organization.role.label()}</span>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }}
            </section>
            {suspended.into_iter().map(|name| view! { <SuspendedIn name /> }).collect_view()}
            <section class="auth-section stack" id="keys">
                <div>
                    <h2>"Your keys"</h2>
                    <p class="muted">
                        "A virtual key lets a program use your allowed providers in one organization."
                    </p>
                </div>
                // A part of its own, so that reading the keys again leaves what is typed below.
                <Transition fallback=|| view! { <Busy /> }>
                    {move || Suspend::new(async move {
                        match keys.await {
                            Ok(own) if own.value.is_empty() => {
                                view! { <p class="muted">"You are in no organization, so there is nothing that a key could reach."</p> }.into_any()
                            }
                            Ok(own) => {
                                view! {
                                    <NotCurrent problem=own.problem retry=move |()| keys.refetch() />
                                    {own.value.into_iter().map(|own| view! { <KeysIn own dialogs /> }).collect_view()}
                                }
                                    .into_any()
                            }
                            Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| keys.refetch() /> }.into_any(),
                        }
                    })}
                </Transition>
            </section>
            <section class="auth-section stack">
                <h2>"Change password"</h2>
                {changed
                    .then(|| {
                        view! {
                            <Notice kind=NoticeKind::Success>
                                <p>"Your password was changed. Everywhere else you have been signed out."</p>
                            </Notice>
                        }
                    })}
                <FormProblem outcome />
                <form method="post" action="/account/password" class="stack" data-unsaved="">
                    // For password managers: whose password it is.
                    <input class="visually-hidden" aria-hidden="true" tabindex="-1" autocomplete="username" readonly value=email />
                    <Field label="Current password" name="current" error=outcome.read_value().field_problem("current")>
                        <input class="input" type="password" name="current" autocomplete="current-password" required />
                    </Field>
                    <Field label="New password" name="new" hint=password_rules() error=outcome.read_value().field_problem("new")>
                        <input class="input" type="password" name="new" autocomplete="new-password" required />
                    </Field>
                    <div class="row">
                        <button class="button primary" type="submit">"Change password"</button>
                    </div>
                </form>
            </section>
            <section class="auth-section stack needs-script">
                <h2>"Theme"</h2>
                <ThemeSwitch />
            </section>
            <section class="auth-section">
                <h2>"Sign out"</h2>
                <form method="post" action="/logout" class="row">
                    <button class="button" type="submit">"Sign out of this browser"</button>
                </form>
            </section>
        </AuthCard>
    }
}

/// The own keys in one organization.
#[component]
fn KeysIn(own: OwnKeys, dialogs: KeyDialogs) -> impl IntoView {
    let OwnKeys { organization, list } = own;
    let owner = KeyOwner {
        org: organization.slug,
        organization: organization.name.clone(),
        member: None,
        allowed: list.allowed,
        now: list.now,
    };
    view! {
        <KeyPanel owner keys=list.keys usage=list.usage dialogs may_edit=true may_create=true>
            <h3>{organization.name}</h3>
        </KeyPanel>
    }
}
