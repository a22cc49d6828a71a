//! The page behind an invitation link.

use super::auth::{AuthCard, FormProblem, answer_with_status, password_rules};
use crate::api::invitations::invitation;
use crate::components::{Busy, Field, LoadFailed};
use crate::forms::{FormOutcome, form_outcome};
use domain::invite::{InvitationView, InvitedAccount};
use domain::{Role, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Accepting an invitation, or why it cannot be accepted.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let outcome = StoredValue::new(form_outcome("accept"));
    let params = use_params_map();
    let token = move || params.read().get("token").unwrap_or_default();
    let view = Resource::new_blocking(token, invitation);
    view! {
        <Title text="Invitation" />
        <Suspense fallback=|| view! { <AuthCard title="Invitation"><Busy /></AuthCard> }>
            {move || {
                let token = token();
                Suspend::new(async move {
                    match view.await {
                        Ok(InvitationView::Open { organization, email, name, role, expires_at, account }) => {
                            let open = Open { token, organization, email, name, role, expires_at };
                            match account {
                                InvitedAccount::Other { signed_in } => {
                                    view! { <OtherAccount open signed_in /> }.into_any()
                                }
                                account => view! { <AcceptForm open account outcome /> }.into_any(),
                            }
                        }
                        Ok(InvitationView::Used { organization }) => {
                            let text = format!(
                                "Each link works once. Sign in to open {organization}, or ask its admins for a new invitation.",
                            );
                            view! { <Closed status=410 title="Invitation already accepted" text /> }.into_any()
                        }
                        Ok(InvitationView::Expired { organization }) => {
                            let text = format!(
                                "Links expire after 7 days. Ask an admin of {organization} for a new one.",
                            );
                            view! { <Closed status=410 title="Invitation expired" text /> }.into_any()
                        }
                        Ok(InvitationView::Revoked { organization }) => {
                            let text = format!(
                                "An admin of {organization} revoked it. If you think this is a mistake, ask for a new one.",
                            );
                            view! { <Closed status=410 title="Invitation revoked" text /> }.into_any()
                        }
                        Ok(InvitationView::Unknown) => {
                            let text = "The link may be incomplete, or a newer one has replaced it. Copy the whole link from the latest message.";
                            view! { <Closed status=404 title="Invitation not found" text /> }.into_any()
                        }
                        Err(error) => {
                            view! {
                                <AuthCard title="Invitation">
                                    <LoadFailed problem=error.0 retry=move |()| view.refetch() />
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

/// An invitation that can be accepted.
struct Open {
    token: String,
    organization: String,
    email: String,
    name: String,
    role: Role,
    expires_at: Timestamp,
}

#[component]
fn AcceptForm(open: Open, account: InvitedAccount, outcome: StoredValue<FormOutcome>) -> impl IntoView {
    let (explanation, button) = match account {
        InvitedAccount::New => (
            "Choose your name and a password to create your account.",
            format!("Create account and join {}", open.organization),
        ),
        InvitedAccount::Existing => (
            "You already have an account with this address. Enter its password to continue.",
            format!("Sign in and join {}", open.organization),
        ),
        _ => (
            "You are signed in with this address.",
            format!("Join {}", open.organization),
        ),
    };
    let asks_name = account == InvitedAccount::New;
    // What was typed wins over what the inviter wrote.
    let name = match outcome.read_value().value("name") {
        typed if typed.is_empty() => open.name.clone(),
        typed => typed,
    };
    let asks_password = matches!(account, InvitedAccount::New | InvitedAccount::Existing);
    view! {
        <AuthCard title=format!("Join {}", open.organization)>
            <p>
                <strong>{open.email.clone()}</strong> " is invited as " {open.role.label().to_lowercase()} ". "
                <span class="muted">{explanation}</span>
            </p>
            <FormProblem outcome />
            <form method="post" action=format!("/invite/{}", open.token) class="stack" data-unsaved="">
                {asks_password
                    .then(|| {
                        // Fixed by the invitation; here for password managers.
                        view! {
                            <input
                                class="visually-hidden"
                                aria-hidden="true"
                                tabindex="-1"
                                autocomplete="username"
                                readonly
                                value=open.email
                            />
                        }
                    })}
                {asks_name
                    .then(|| {
                        view! {
                            <Field label="Your name" name="name" error=outcome.read_value().field_problem("name")>
                                <input class="input" name="name" autocomplete="name" required value=name />
                            </Field>
                        }
                    })}
                {match account {
                    InvitedAccount::New => {
                        view! {
                            <Field
                                label="Password"
                                name="password"
                                hint=password_rules()
                                error=outcome.read_value().field_problem("password")
                            >
                                <input class="input" type="password" name="password" autocomplete="new-password" required />
                            </Field>
                        }
                            .into_any()
                    }
                    InvitedAccount::Existing => {
                        view! {
                            <Field label="Password" name="password" error=outcome.read_value().field_problem("password")>
                                <input
                                    class="input"
                                    type="password"
                                    name="password"
                                    autocomplete="current-password"
                                    required
                                />
                            </Field>
                        }
                            .into_any()
                    }
                    InvitedAccount::SignedIn | InvitedAccount::Other { .. } => ().into_any(),
                }}
                <button class="button primary" type="submit">{button}</button>
            </form>
            <p class="muted">
                "The link works once and expires "
                <time datetime=open.expires_at.rfc3339()>{open.expires_at.exact()}</time> "."
            </p>
        </AuthCard>
    }
}

#[component]
fn OtherAccount(open: Open, signed_in: String) -> impl IntoView {
    answer_with_status(403);
    view! {
        <AuthCard title="This invitation is for another address">
            <dl class="facts">
                <dt>"Invited"</dt>
                <dd>{open.email.clone()}</dd>
                <dt>"Signed in"</dt>
                <dd>{signed_in}</dd>
            </dl>
            <p>
                "Only the invited address can join " {open.organization}
                ". Sign out to accept with it, or ask for an invitation to the address you are signed in with."
            </p>
            <div class="row">
                <form method="post" action="/logout">
                    <input type="hidden" name="next" value=format!("/invite/{}", open.token) />
                    <button class="button primary" type="submit">"Sign out and continue"</button>
                </form>
                <a class="button" href="/" rel="external">"Stay signed in"</a>
            </div>
        </AuthCard>
    }
}

/// An invitation that cannot be accepted (any more): which it is, and what to do.
#[component]
fn Closed(status: u16, title: &'static str, #[prop(into)] text: String) -> impl IntoView {
    answer_with_status(status);
    view! {
        <AuthCard title=title>
            <p>{text}</p>
            <div class="row">
                <a class="button primary" href="/login" rel="external">"Sign in"</a>
            </div>
        </AuthCard>
    }
}
