//! The organization's settings. The forms are native and work without JavaScript; one address takes them, and the field
//! `do` says which it is.

use super::organization::use_viewer;
use crate::api::settings::organization_settings;
use crate::components::{Field, LoadFailed, Notice, NoticeKind, Skeleton};
use crate::forms::{FormOutcome, form_outcome};
use domain::session::{MOST_DAYS, MOST_IDLE_HOURS, SessionPolicy};
use domain::settings::{MailStanding, OrganizationSettings};
use domain::{Problem, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

/// The pages of the settings: path below the organization, label.
const PAGES: [(&str, &str); 4] = [
    ("settings", "General"),
    ("settings/keys", "Virtual keys"),
    ("settings/sign-on", "Single sign-on"),
    ("settings/scim", "SCIM"),
];

/// What stands around each page of the settings.
#[component]
pub fn SettingsFrame(
    /// The page's one heading.
    title: &'static str,
    /// What it is for.
    lede: &'static str,
    /// What a native form's redirect says in the address, and the sentence for it.
    done: &'static [(&'static str, &'static str)],
    /// Why a native form did not succeed.
    problem: Option<Problem>,
    children: Children,
) -> impl IntoView {
    let query = use_query_map();
    let org = use_viewer().organization.slug;
    let path = use_location().pathname.get_untracked();
    let links = PAGES
        .iter()
        .map(|(page, label)| {
            let href = format!("/o/{org}/{page}");
            let current = (path.trim_end_matches('/') == href).then_some("page");
            view! {
                <a class="button small" href=href aria-current=current>
                    {*label}
                </a>
            }
        })
        .collect_view();
    view! {
        <Title text=title />
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">{lede}</p>
            </div>
        </div>
        <nav class="row settings-nav" aria-label="Settings">{links}</nav>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || {
            let said = done.iter().find(|(word, _)| query.read().get(word).is_some());
            said.map(|(_, said)| view! { <Notice kind=NoticeKind::Success><p>{*said}</p></Notice> })
        }}
        {children()}
    }
}

/// Name, where the other settings stand, when sessions end, and what is kept.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let outcome = form_outcome("settings");
    let problem = outcome.problem.clone();
    let slug = org.clone();
    let found = Resource::new(|| (), move |()| organization_settings(slug.clone()));
    let (org, outcome) = (StoredValue::new(org), StoredValue::new(outcome));
    view! {
        <SettingsFrame
            title="Settings"
            lede="The organization, how its people sign in, and what is kept."
            done=&[("saved", "Settings saved."), ("tested", "Test message sent to your address.")]
            problem
        >
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(settings) => {
                            let outcome = outcome.get_value();
                            view! { <Settings org=org.get_value() settings outcome /> }.into_any()
                        }
                        Err(error) => {
                            view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any()
                        }
                    }
                })}
            </Transition>
        </SettingsFrame>
    }
}

#[component]
fn Settings(org: String, settings: OrganizationSettings, outcome: FormOutcome) -> impl IntoView {
    let action = format!("/o/{org}/settings");
    let owns = use_viewer().organization.role == Role::Owner;
    let sign_on = match (settings.issuer.clone(), settings.sign_on_required) {
        (None, _) => "Not set up".to_owned(),
        (Some(issuer), false) => issuer,
        (Some(issuer), true) => format!("{issuer} · required"),
    };
    let scim = match settings.scim_tokens {
        0 => "Not connected".to_owned(),
        1 => "1 active token".to_owned(),
        many => format!("{many} active tokens"),
    };
    let only_owners =
        (!owns).then(|| view! { <p class="muted">"Only owners can change these settings."</p> });
    view! {
        <div class="requests">
            {only_owners}
            <Name action=action.clone() name=settings.name owns outcome=outcome.clone() />
            <section class="member-section">
                <h2>"Sign-in and directory"</h2>
                <dl class="facts">
                    <dt>
                        <a href=format!("{action}/sign-on")>"Single sign-on"</a>
                    </dt>
                    <dd>{sign_on}</dd>
                    <dt>
                        <a href=format!("{action}/scim")>"SCIM"</a>
                    </dt>
                    <dd>{scim}</dd>
                    <dt>"Email"</dt>
                    <dd>{mail(settings.mail)}</dd>
                </dl>
                {(owns && settings.mail.set_up)
                    .then(|| {
                        view! {
                            <form method="post" action=action.clone()>
                                <button class="button" type="submit" name="do" value="test-mail">
                                    "Send test message"
                                </button>
                            </form>
                        }
                    })}
            </section>
            <TimeZone
                action=action.clone()
                zone=settings.time_zone
                zones=settings.time_zones
                owns
                outcome=outcome.clone()
            />
            <SecondFactor action=action.clone() required=settings.second_factor owns />
            <Sessions action policy=settings.sessions owns outcome />
            <Kept />
        </div>
    }
}

/// Where the organization's days begin.
#[component]
fn TimeZone(
    action: String,
    zone: String,
    zones: Vec<String>,
    owns: bool,
    outcome: FormOutcome,
) -> impl IntoView {
    let typed = match outcome.failed_at("zone") {
        true => outcome.value("time_zone"),
        false => zone.clone(),
    };
    let form = match owns {
        false => view! { <p>{zone}</p> }.into_any(),
        true => {
            let options = zones
                .into_iter()
                .map(|zone| view! { <option value=zone></option> })
                .collect_view();
            view! {
                <form method="post" action=action class="stack" data-unsaved="">
                    <Field
                        label="Time zone"
                        name="time_zone"
                        hint="A city of the zone, such as Europe/Berlin, or UTC."
                        error=outcome.field_problem("time_zone")
                    >
                        <input
                            class="input"
                            name="time_zone"
                            list="time-zones"
                            maxlength="60"
                            required
                            autocomplete="off"
                            spellcheck="false"
                            value=typed
                        />
                    </Field>
                    <datalist id="time-zones">{options}</datalist>
                    <div class="row">
                        <button class="button" type="submit" name="do" value="zone">
                            "Save time zone"
                        </button>
                    </div>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <section class="member-section">
            <h2>"Time zone"</h2>
            <p class="muted">
                "Budgets renew by its days. A period under way goes on when the zone changes: what was spent stays spent, and it ends when the new zone's does."
            </p>
            {form}
        </section>
    }
}

fn mail(standing: MailStanding) -> String {
    if !standing.set_up {
        return "Not set up. Invitations are links that you send yourself.".to_owned();
    }
    format!(
        "Set up · {} waiting · {} failed",
        standing.waiting, standing.failed
    )
}

#[component]
fn Name(action: String, name: String, owns: bool, outcome: FormOutcome) -> impl IntoView {
    let typed = match outcome.failed_at("rename") {
        true => outcome.value("name"),
        false => name.clone(),
    };
    let form = match owns {
        false => view! { <p>{name}</p> }.into_any(),
        true => view! {
            <form method="post" action=action class="stack" data-unsaved="">
                // Whoever saves has seen this name, and no later one.
                <input type="hidden" name="was" value=name />
                <Field
                    label="Name"
                    name="name"
                    hint="The organization's address stays the same."
                    error=outcome.field_problem("name")
                >
                    <input class="input" name="name" maxlength="120" required autocomplete="organization" value=typed />
                </Field>
                <div class="row">
                    <button class="button" type="submit" name="do" value="rename">
                        "Save name"
                    </button>
                </div>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"Organization"</h2>
            {form}
        </section>
    }
}

#[component]
fn SecondFactor(action: String, required: bool, owns: bool) -> impl IntoView {
    let form = match owns {
        false => view! { <p>{if required { "Required" } else { "Not required" }}</p> }.into_any(),
        true => view! {
            <form method="post" action=action class="stack" data-unsaved="">
                <label class="choice">
                    <input type="checkbox" name="required" value="1" checked=required />
                    "Members must have a second factor"
                </label>
                <div class="row">
                    <button class="button" type="submit" name="do" value="second-factor">
                        "Save second factor"
                    </button>
                </div>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"Second factor"</h2>
            <p class="muted">
                "Who signs in with a password and has no authenticator app sets one up first and can use nothing else until then. Single sign-on is not asked for a code, which is the provider's matter, and virtual keys keep working."
            </p>
            {form}
        </section>
    }
}

#[component]
fn Sessions(action: String, policy: SessionPolicy, owns: bool, outcome: FormOutcome) -> impl IntoView {
    let again = outcome.failed_at("sessions");
    let value = |name: &str, stored: Option<u32>| match again {
        true => outcome.value(name),
        false => stored.map(|number| number.to_string()).unwrap_or_default(),
    };
    let (days, hours) = (value("days", policy.days), value("idle_hours", policy.idle_hours));
    let form = match owns {
        false => {
            let told = |number: Option<u32>, most: u32, unit: &str| {
                format!("{} {unit}", number.unwrap_or(most))
            };
            view! {
                <dl class="facts">
                    <dt>"After signing in"</dt>
                    <dd>{told(policy.days, MOST_DAYS, "days")}</dd>
                    <dt>"Without use"</dt>
                    <dd>{told(policy.idle_hours, MOST_IDLE_HOURS, "hours")}</dd>
                </dl>
            }
            .into_any()
        }
        true => view! {
            <form method="post" action=action class="stack" data-unsaved="">
                <Field
                    label="Days after signing in"
                    name="days"
                    hint=format!("From 1 to {MOST_DAYS}. Empty: {MOST_DAYS} days.")
                    error=outcome.field_problem("days")
                >
                    <input class="input" name="days" inputmode="numeric" autocomplete="off" value=days />
                </Field>
                <Field
                    label="Hours without use"
                    name="idle_hours"
                    hint=format!("From 1 to {MOST_IDLE_HOURS}. Empty: {MOST_IDLE_HOURS} hours, which are 14 days.")
                    error=outcome.field_problem("idle_hours")
                >
                    <input class="input" name="idle_hours" inputmode="numeric" autocomplete="off" value=hours />
                </Field>
                <div class="row">
                    <button class="button" type="submit" name="do" value="sessions">
                        "Save session limits"
                    </button>
                </div>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"When sessions end"</h2>
            <p class="muted">
                "Applies to every member from their next request, in sessions that are open as well. Who belongs to several organizations is held to the strictest. Virtual keys are not affected."
            </p>
            {form}
        </section>
    }
}

/// What is kept where, and until when.
#[component]
fn Kept() -> impl IntoView {
    view! {
        <section class="member-section">
            <h2>"What is kept"</h2>
            <p class="muted">"All of it is in the database of this server. Requests themselves go to the provider that they ask, and to nobody else."</p>
            <dl class="facts">
                <dt>"Requests"</dt>
                <dd>"Who asked which model, when, and what it cost. Never what was said. Kept without end."</dd>
                <dt>"Chat"</dt>
                <dd>"Each conversation until its person deletes it."</dd>
                <dt>"Audit log"</dt>
                <dd>"Kept without end. Entries cannot be changed or deleted."</dd>
                <dt>"Email"</dt>
                <dd>"To whom and whether it was sent, for 30 days. Never the text."</dd>
            </dl>
        </section>
    }
}
