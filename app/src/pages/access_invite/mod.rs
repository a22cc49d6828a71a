//! Inviting people.

mod chips;
mod field;
mod form;
mod lines;
mod result;

use crate::api::teams::list_teams;
use crate::browser;
use crate::components::{LoadFailed, Notice, NoticeKind, Skeleton};
use crate::forms::form_outcome;
use crate::pages::auth::answer_with_status;
use crate::pages::organization::use_viewer;
use crate::pages::request::first_key;
use domain::ProblemCode;
use domain::invite::InviteResult;
use field::Addresses;
use form::InviteForm;
use leptos::prelude::*;
use leptos_meta::Title;
use result::{Outcome, to_fix};

/// The form, and above it what became of the addresses sent last.
#[component]
pub fn InvitePage() -> impl IntoView {
    let viewer = use_viewer();
    let own_role = viewer.organization.role;
    let org = StoredValue::new(viewer.organization.slug);
    let outcome = StoredValue::new(form_outcome("invite"));
    let first_key = SharedValue::new(first_key).into_inner();
    let teams = Resource::new(move || org.get_value(), list_teams);
    let addresses = Addresses::new();
    let result = RwSignal::new(outcome.read_value().invited.clone());
    let initial = match &outcome.read_value().invited {
        Some(result) => to_fix(result),
        None => outcome.read_value().value("emails"),
    };
    let on_invited = move |sent: InviteResult| {
        addresses.replace(&to_fix(&sent));
        result.set(Some(sent));
        request_animation_frame(|| browser::focus::set("invite-result"));
    };

    view! {
        <Title text="Invite people" />
        <div class="page-head">
            <div>
                <h1>"Invite people"</h1>
                <p class="lede">
                    "Each gets a link to join " {viewer.organization.name} ". Providers are assigned after they have joined."
                </p>
            </div>
        </div>
        {if own_role.administers() {
            view! {
                <div class="invite stack">
                    {move || result.get().map(|result| view! { <Outcome org result /> })}
                    <Suspense fallback=|| view! { <Skeleton /> }>
                        {move || {
                            let (initial, first_key) = (initial.clone(), first_key.clone());
                            Suspend::new(async move {
                                match teams.await {
                                    Ok(teams) => {
                                        view! {
                                            <InviteForm
                                                org
                                                own_role
                                                teams
                                                outcome
                                                initial
                                                first_key
                                                addresses
                                                on_invited
                                            />
                                        }
                                            .into_any()
                                    }
                                    Err(error) => {
                                        view! { <LoadFailed problem=error.0 retry=move |()| teams.refetch() /> }
                                            .into_any()
                                    }
                                }
                            })
                        }}
                    </Suspense>
                </div>
            }
                .into_any()
        } else {
            answer_with_status(ProblemCode::Forbidden.http_status());
            view! {
                <Notice kind=NoticeKind::Info>
                    <p>"Auditors cannot invite people. Ask an owner or admin."</p>
                    <a class="button small" href=format!("/o/{}/access", org.get_value())>"Back to AI Access"</a>
                </Notice>
            }
                .into_any()
        }}
    }
}
