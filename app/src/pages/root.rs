//! The start page: it sends everybody to where their work is.

use super::auth::AuthCard;
use super::organization::SuspendedIn;
use crate::api::ApiResult;
use crate::api::session::{me, setup_needed};
use crate::components::{Busy, LoadFailed};
use domain::ProblemCode;
use domain::organization::Me;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Destination {
    Page(String),
    NoOrganization(Me),
}

async fn destination() -> ApiResult<Destination> {
    if setup_needed().await? {
        return Ok(Destination::Page("/setup".to_owned()));
    }
    match me().await {
        Ok(me) => Ok(match &me.home {
            Some(slug) => Destination::Page(format!("/o/{slug}")),
            None => Destination::NoOrganization(me),
        }),
        Err(error) if error.0.code == ProblemCode::Unauthenticated => {
            Ok(Destination::Page("/login".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// To set-up, to the organization that was last opened, or to sign-in; a page only for those who belong to no organization.
#[component]
pub fn RootPage() -> impl IntoView {
    let destination = Resource::new_blocking(|| (), |()| destination());
    view! {
        <Title text="" />
        <Suspense fallback=|| view! { <AuthCard title="Gatehouse"><Busy /></AuthCard> }>
            {move || Suspend::new(async move {
                match destination.await {
                    Ok(Destination::Page(path)) => view! { <Redirect path /> }.into_any(),
                    Ok(Destination::NoOrganization(me)) => view! { <NoOrganization me /> }.into_any(),
                    Err(error) => {
                        view! {
                            <AuthCard title="Gatehouse">
                                <LoadFailed problem=error.0 retry=move |()| destination.refetch() />
                            </AuthCard>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn NoOrganization(me: Me) -> impl IntoView {
    view! {
        <AuthCard title="No organization">
            <p>
                "You are signed in as " <strong>{me.email}</strong>
                ", but you are not an active member of any organization. Open your invitation link, or ask an admin for access."
            </p>
            {me.suspended.into_iter().map(|name| view! { <SuspendedIn name /> }).collect_view()}
            <div class="row">
                <form method="post" action="/logout">
                    <button class="button" type="submit">"Sign out"</button>
                </form>
                <a class="button" href="/account" rel="external">"Account"</a>
            </div>
        </AuthCard>
    }
}
