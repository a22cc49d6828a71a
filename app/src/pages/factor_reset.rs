//! A member's second factor, and one native form that resets it for whoever has lost their app.

use crate::api::members::second_factor;
use crate::components::{LoadFailed, Notice, NoticeKind, Skeleton, TimeAgo, counted};
use crate::forms::form_outcome;
use crate::pages::member::NoSuchMember;
use crate::pages::organization::use_viewer;
use domain::session::MemberSecondFactor;
use domain::{MemberId, ProblemCode};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// How it stands, and what a reset does before it is done.
#[component]
pub fn FactorResetPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let params = use_params_map();
    let member = params
        .read_untracked()
        .get("member")
        .and_then(|id| id.parse::<MemberId>().ok());
    let Some(member) = member else {
        return view! { <NoSuchMember /> }.into_any();
    };
    let found = Resource::new(|| (), move |()| second_factor(org.get_value(), member));
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(found) => view! { <Found page=format!("/o/{}/access/{member}", org.get_value()) found /> }.into_any(),
                    Err(error) if error.0.code == ProblemCode::NotFound => view! { <NoSuchMember /> }.into_any(),
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Found(page: String, found: MemberSecondFactor) -> impl IntoView {
    let MemberSecondFactor {
        name,
        since,
        recovery_codes,
        obstacle,
        now,
    } = found;
    let problem = form_outcome("second-factor").problem;
    let done = use_query_map().read_untracked().get("reset").is_some();
    let action = format!("{page}/second-factor");
    let body = match (since, obstacle) {
        (None, _) => view! {
            <p>"No second factor. Signing in takes the password alone, or single sign-on."</p>
        }
        .into_any(),
        (Some(since), obstacle) => view! {
            <p>
                "On since " <TimeAgo at=since now /> ", "
                {counted(recovery_codes, "recovery code")} " left."
            </p>
            {match obstacle {
                Some(why) => view! { <p class="muted">{why}</p> }.into_any(),
                None => view! {
                    <p>
                        "Reset it only when the person has lost their app and their recovery codes, and asked you in a way that you trust. All their sessions end, and signing in takes their password alone until they set it up again. They are told by email where email is set up."
                    </p>
                    <form method="post" action=action class="row">
                        <button class="button danger" type="submit">
                            "Reset second factor of " <bdi>{name.clone()}</bdi>
                        </button>
                    </form>
                }
                .into_any(),
            }}
        }
        .into_any(),
    };
    view! {
        <Title text=format!("Second factor of {name}") />
        <div class="page-head">
            <div>
                <h1>"Second factor of " <bdi>{name.clone()}</bdi></h1>
                <p class="lede">
                    <a href=page>"Back to " <bdi>{name}</bdi></a>
                </p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {done.then(|| view! { <Notice kind=NoticeKind::Success><p>"Second factor reset."</p></Notice> })}
        <div class="requests">
            <section class="member-section">{body}</section>
        </div>
    }
}
