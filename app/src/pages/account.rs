//! The signed-in person's own account.

use super::auth::{AuthCard, FormProblem, password_rules};
use super::keys::{KeyDialogs, KeyDialogsView, KeyOwner, KeyPanel};
use super::organization::{Framed, SuspendedIn};
use super::reading::{Reading, reading};
use crate::api::ApiResult;
use crate::api::keys::own_keys;
use crate::api::session::me;
use crate::components::theme::ThemeSwitch;
use crate::components::{Busy, Field, LoadFailed, NotCurrent, Notice, NoticeKind};
use crate::forms::form_outcome;
use domain::ProblemCode;
use domain::ends::{EndingAccess, notice};
use domain::key::OwnKeys;
use domain::organization::{Me, OrganizationLink};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

/// Name, e-mail, organizations, keys, password and the way out: in the frame of the organization that was last opened, in
/// a card of its own for whoever belongs to none.
#[component]
pub fn AccountPage() -> impl IntoView {
    let account = Resource::new_blocking(|| (), |()| me());
    let keys = reading(own_keys);
    let dialogs = KeyDialogs::new();
    view! {
        <Title text="Account" />
        <Suspense fallback=|| view! { <AuthCard title="Account"><Busy /></AuthCard> }>
            {move || {
                Suspend::new(async move {
                    match account.await {
                        Ok(me) => {
                            let home = me
                                .organizations
                                .iter()
                                .find(|organization| Some(&organization.slug) == me.home.as_ref())
                                .cloned();
                            match home {
                                Some(organization) => view! { <InFrame me organization keys dialogs /> }.into_any(),
                                None => view! { <InCard me /> }.into_any(),
                            }
                        }
                        Err(error) if error.0.code == ProblemCode::Unauthenticated => {
                            view! { <Redirect path="/login?next=/account" /> }.into_any()
                        }
                        Err(error) => {
                            view! {
                                <AuthCard title="Account">
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
fn InFrame(
    me: Me,
    organization: OrganizationLink,
    keys: Resource<ApiResult<Reading<Vec<OwnKeys>>>>,
    dialogs: KeyDialogs,
) -> impl IntoView {
    view! {
        <Framed me=me.clone() organization>
            <div class="page-head">
                <h1>"Account"</h1>
            </div>
            <div class="member-page">
                <div class="member-column">
                    <section class="member-section">
                        <h2>"Profile"</h2>
                        <Profile name=me.name email=me.email.clone() />
                    </section>
                    <section class="member-section">
                        <h2>"Password"</h2>
                        <Password email=me.email />
                    </section>
                    <section class="member-section">
                        <h2>"Organizations"</h2>
                        <Organizations organizations=me.organizations suspended=me.suspended />
                    </section>
                </div>
                <div class="member-column">
                    <section class="member-section" id="keys">
                        <div>
                            <h2>"Virtual keys"</h2>
                            <p class="muted">
                                "Use a virtual key to call your allowed providers from other programs."
                            </p>
                        </div>
                        <Keys keys dialogs />
                    </section>
                </div>
            </div>
        </Framed>
    }
}

#[component]
fn InCard(me: Me) -> impl IntoView {
    view! {
        <AuthCard title="Account" wide=true>
            <Profile name=me.name email=me.email.clone() />
            <section class="auth-section stack">
                <h2>"Password"</h2>
                <Password email=me.email />
            </section>
            <section class="auth-section">
                <h2>"Organizations"</h2>
                <Organizations organizations=me.organizations suspended=me.suspended />
            </section>
            <section class="auth-section stack needs-script">
                <h2>"Theme"</h2>
                <ThemeSwitch />
            </section>
            <section class="auth-section">
                <form method="post" action="/logout" class="row">
                    <button class="button" type="submit">"Sign out"</button>
                </form>
            </section>
        </AuthCard>
    }
}

/// That a native form was saved, which its redirect says in the address: `?renamed=1`.
#[component]
fn Saved(word: &'static str, text: &'static str) -> impl IntoView {
    let query = use_query_map();
    move || {
        query.read().get(word).is_some().then(|| {
            view! {
                <Notice kind=NoticeKind::Success>
                    <p>{text}</p>
                </Notice>
            }
        })
    }
}

#[component]
fn Profile(name: String, email: String) -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("name"));
    let typed = if outcome.read_value().problem.is_some() {
        outcome.read_value().value("name")
    } else {
        name.clone()
    };
    view! {
        <Saved word="renamed" text="Name changed." />
        <dl class="facts">
            <dt>"Email"</dt>
            <dd>{email}</dd>
        </dl>
        <form method="post" action="/account/name" class="stack" data-unsaved="">
            // Whoever saves has seen this name, and no later one.
            <input type="hidden" name="was" value=name />
            // The id that comes of it is not that of a field in the dialogs of the keys.
            <Field label="Name" name="own-name" error=outcome.read_value().field_problem("name")>
                <input class="input" name="name" autocomplete="name" required value=typed />
            </Field>
            <div class="row">
                <button class="button" type="submit">"Save name"</button>
            </div>
        </form>
    }
}

#[component]
fn Password(email: String) -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("password"));
    view! {
        <Saved word="changed" text="Password changed. All other sessions were signed out." />
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
                <button class="button" type="submit">"Change password"</button>
            </div>
        </form>
        <p><a href="/account/security">"Second factor and sessions"</a></p>
    }
}

#[component]
fn Organizations(organizations: Vec<OrganizationLink>, suspended: Vec<String>) -> impl IntoView {
    let list = if organizations.is_empty() {
        view! { <p class="muted">"You are not an active member of any organization."</p> }.into_any()
    } else {
        let links = organizations
            .into_iter()
            .map(|organization| {
                view! {
                    <li>
                        <a href=format!("/o/{}", organization.slug)>{organization.name}</a>
                        <span class="muted">{organization.role.label()}</span>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="auth-list">{links}</ul> }.into_any()
    };
    view! {
        {list}
        {suspended.into_iter().map(|name| view! { <SuspendedIn name /> }).collect_view()}
    }
}

/// A part of its own, so that reading the keys again leaves what is typed elsewhere on the page.
#[component]
fn Keys(keys: Resource<ApiResult<Reading<Vec<OwnKeys>>>>, dialogs: KeyDialogs) -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("keep"));
    view! {
        <Saved word="kept" text="Access kept. It no longer expires." />
        <FormProblem outcome />
        <Transition fallback=|| view! { <Busy /> }>
            {move || Suspend::new(async move {
                match keys.await {
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
    }
}

/// The own keys in one organization.
#[component]
fn KeysIn(own: OwnKeys, dialogs: KeyDialogs) -> impl IntoView {
    let OwnKeys { organization, list } = own;
    let action = format!("/o/{}/access/keep", organization.slug);
    let told = |ending: EndingAccess| {
        let notice = notice(&ending.name, ending.ends_at, list.now);
        let keep = ending.may_keep.then(|| {
            view! {
                <form method="post" action=action.clone()>
                    <input type="hidden" name="provider" value=ending.provider.to_string() />
                    <button class="button small" type="submit">
                        "I still need " <bdi>{ending.name}</bdi>
                    </button>
                </form>
            }
        });
        view! { <p class="muted">{notice}</p> {keep} }
    };
    let ending = list.ending.into_iter().map(told).collect_view();
    let owner = KeyOwner {
        org: organization.slug,
        organization: organization.name.clone(),
        member: None,
        allowed: list.allowed,
        policy: list.policy,
        now: list.now,
    };
    view! {
        <KeyPanel owner keys=list.keys usage=list.usage dialogs may_edit=true may_create=true>
            <div>
                <h3>{organization.name}</h3>
                {ending}
            </div>
        </KeyPanel>
    }
}
