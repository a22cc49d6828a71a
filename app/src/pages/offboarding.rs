//! What a member would leave behind, and one native form that hands it over and removes them.

use crate::api::members::offboarding;
use crate::components::{LoadFailed, Notice, NoticeKind, Skeleton, TimeAgo, counted};
use crate::forms::{FormOutcome, form_outcome};
use crate::pages::member::NoSuchMember;
use crate::pages::organization::use_viewer;
use domain::key::KeyView;
use domain::offboarding::{LedAlone, Offboarding, SignedIn};
use domain::{MemberId, ProblemCode, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Seen before somebody goes: sessions, keys, conversations, teams without a lead.
#[component]
pub fn OffboardingPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let params = use_params_map();
    let member = params
        .read_untracked()
        .get("member")
        .and_then(|id| id.parse::<MemberId>().ok());
    let Some(member) = member else {
        return view! { <NoSuchMember /> }.into_any();
    };
    let sent = StoredValue::new(form_outcome("offboarding"));
    let found = Resource::new(|| (), move |()| offboarding(org.get_value(), member));
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(found) => view! { <Found org=org.get_value() found sent=sent.get_value() /> }.into_any(),
                    Err(error) if error.0.code == ProblemCode::NotFound => view! { <NoSuchMember /> }.into_any(),
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Found(org: String, found: Offboarding, sent: FormOutcome) -> impl IntoView {
    let Offboarding {
        row,
        effect,
        signed_in,
        keys,
        conversations,
        led,
        may_remove,
        now,
    } = found;
    let own = use_viewer().member == row.id;
    let name = row.display_name().to_owned();
    let page = format!("/o/{org}/access/{}", row.id);
    let action = format!("{page}/offboarding");
    let providers = counted(effect.grants, "allowed provider");
    let problem = sent.problem.clone();
    let may_remove = may_remove && !own;
    view! {
        <Title text=format!("Offboard {name}") />
        <div class="page-head">
            <div>
                <h1>"Offboard " <bdi>{name.clone()}</bdi></h1>
                <p class="lede">
                    <a href=page>"Back to " <bdi>{name.clone()}</bdi></a>
                </p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        <form method="post" action=action class="requests" data-unsaved="">
            <section class="member-section">
                <h2>"What ends when they leave"</h2>
                <ul class="bullets">
                    <li>{sessions(signed_in, now)}</li>
                    <li>{providers} " of their own, and what their teams give them."</li>
                    <li>
                        {match conversations {
                            0 => "No conversations in Chat.".to_owned(),
                            count => {
                                format!("{} in Chat are deleted. Nobody else can read them.", counted(count, "conversation"))
                            }
                        }}
                    </li>
                    {(effect.invitations > 0)
                        .then(|| {
                            let sent = counted(effect.invitations, "open invitation");
                            view! { <li>{format!("{sent} that they sent: those for roles they can no longer grant are revoked.")}</li> }
                        })}
                </ul>
            </section>
            <Keys keys now />
            <Led led sent=sent.clone() may_remove />
            {(effect.keys_for_others > 0)
                .then(|| {
                    let keys = counted(effect.keys_for_others, "key");
                    let checked = sent.value("keys_for_others") == "revoke";
                    view! {
                        <section class="member-section">
                            <h2>"Keys of others"</h2>
                            <label class="choice">
                                <input type="checkbox" name="keys_for_others" value="revoke" checked=checked disabled=!may_remove />
                                {format!("Also revoke {keys} they created for others")}
                                <span class="aside">"They have seen these secrets, which otherwise keep working."</span>
                            </label>
                        </section>
                    }
                })}
            {match (may_remove, own) {
                (true, _) => {
                    view! {
                        <div class="row">
                            <button class="button danger" type="submit">
                                "Hand over and remove " <bdi>{name}</bdi>
                            </button>
                            <span class="muted">"This cannot be undone."</span>
                        </div>
                    }
                        .into_any()
                }
                (false, true) => {
                    view! { <p class="muted">"This is you. Ask another admin or owner to remove you, or leave under Account."</p> }
                        .into_any()
                }
                (false, false) => view! { <p class="muted">"Ask an owner or admin to remove them."</p> }.into_any(),
            }}
        </form>
    }
}

fn sessions(signed_in: SignedIn, now: Timestamp) -> impl IntoView {
    let SignedIn {
        sessions,
        last_seen,
        elsewhere,
    } = signed_in;
    let seen = last_seen.map(|at| view! { ", last used " <TimeAgo at now /> });
    let after = match (sessions, elsewhere) {
        (0, _) => "",
        (_, true) => ". They go on for another organization they belong to.",
        (_, false) => ". They are signed out.",
    };
    let count = match sessions {
        0 => "Not signed in.".to_owned(),
        count => counted(count, "session"),
    };
    view! { {count} {seen} {after} }
}

/// Whatever sends these keys stops working.
#[component]
fn Keys(keys: Vec<KeyView>, now: Timestamp) -> impl IntoView {
    let item = |key: KeyView| {
        let used = match key.last_used_at {
            Some(at) => view! { "Last used " <TimeAgo at now /> }.into_any(),
            None => "Never used".into_any(),
        };
        let shown = key.shown();
        view! {
            <li>
                <span class="person">
                    <strong>
                        <bdi>{key.name}</bdi>
                    </strong>
                    <span class="muted">
                        <code>{shown}</code>
                    </span>
                </span>
                <span class="muted">{used}</span>
            </li>
        }
    };
    let list = match keys.is_empty() {
        true => view! { <p class="muted">"No virtual keys that work."</p> }.into_any(),
        false => view! {
            <p class="muted">"Whatever sends these keys stops working."</p>
            <ul class="people">{keys.into_iter().map(item).collect_view()}</ul>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"Virtual keys"</h2>
            {list}
        </section>
    }
}

/// Who is to lead the teams that nobody else leads.
#[component]
fn Led(led: Vec<LedAlone>, sent: FormOutcome, may_remove: bool) -> impl IntoView {
    if led.is_empty() {
        return ().into_any();
    }
    let team = |one: LedAlone| {
        let field = format!("lead.{}", one.team.id);
        let chosen = sent.value(&field);
        let label = format!("New lead of {}", one.team.name);
        let options = one.others.into_iter().map(|person| {
            let id = person.member.to_string();
            let called = match person.name.as_str() {
                "" => person.email,
                name => format!("{name} ({})", person.email),
            };
            let selected = id == chosen;
            view! { <option value=id selected=selected>{called}</option> }
        });
        view! {
            <label class="field">
                <span>{label}</span>
                <select class="input" name=field disabled=!may_remove>
                    <option value="">"No lead"</option>
                    {options.collect_view()}
                </select>
            </label>
        }
    };
    let teams = led.into_iter().map(team).collect_view();
    view! {
        <section class="member-section">
            <h2>"Teams without a lead"</h2>
            {teams}
        </section>
    }
    .into_any()
}
