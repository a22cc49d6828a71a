//! What the organization demands of virtual keys. Both forms are native and work without JavaScript; one address takes
//! them, and the field `do` says which it is.

use super::organization::use_viewer;
use super::settings::SettingsFrame;
use crate::api::keys::key_settings;
use crate::components::{Field, LoadFailed, Skeleton, TimeAgo, counted};
use crate::forms::{FormOutcome, form_outcome};
use domain::key::policy::{KeyPolicy, KeySettings, MOST_KEY_DAYS, OutlivingKey, days};
use domain::{Role, Timestamp};
use leptos::prelude::*;

/// The rules, and the keys that do not keep to them yet.
#[component]
pub fn KeySettingsPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let outcome = form_outcome("keys");
    let problem = outcome.problem.clone();
    let slug = org.clone();
    let found = Resource::new(|| (), move |()| key_settings(slug.clone()));
    let (org, outcome) = (StoredValue::new(org), StoredValue::new(outcome));
    view! {
        <SettingsFrame
            title="Virtual keys"
            lede="How long keys may last, and who creates them."
            done=&[("saved", "Settings saved."), ("ended", "Expiration set.")]
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
fn Settings(org: String, settings: KeySettings, outcome: FormOutcome) -> impl IntoView {
    let owns = use_viewer().organization.role == Role::Owner;
    let only_owners =
        (!owns).then(|| view! { <p class="muted">"Only owners can change these settings."</p> });
    view! {
        <div class="requests">
            {only_owners}
            <Policy org=org.clone() policy=settings.policy owns outcome />
            {settings.policy.days.map(|days| view! { <Outliving org settings days owns /> })}
        </div>
    }
}

#[component]
fn Policy(org: String, policy: KeyPolicy, owns: bool, outcome: FormOutcome) -> impl IntoView {
    let again = outcome.failed_at("policy");
    let typed = match again {
        true => outcome.value("days"),
        false => policy.days.map(|days| days.to_string()).unwrap_or_default(),
    };
    let own_only = match again {
        true => !outcome.value("own_only").is_empty(),
        false => policy.own_only,
    };
    let form = match owns {
        false => view! {
            <dl class="facts">
                <dt>"Longest life"</dt>
                <dd>{policy.days.map_or_else(|| "No limit".to_owned(), days)}</dd>
                <dt>"Created by"</dt>
                <dd>{if policy.own_only { "Members themselves only" } else { "Members, and admins for them" }}</dd>
            </dl>
        }
        .into_any(),
        true => view! {
            <form method="post" action=format!("/o/{org}/settings/keys") class="stack" data-unsaved="">
                <Field
                    label="Longest life in days"
                    name="days"
                    hint=format!("From 1 to {MOST_KEY_DAYS}. Empty: no limit, and keys that never expire.")
                    error=outcome.field_problem("days")
                >
                    <input class="input" name="days" inputmode="numeric" autocomplete="off" value=typed />
                </Field>
                <label class="choice">
                    <input type="checkbox" name="own_only" value="1" checked=own_only />
                    "Only members themselves create and rotate their keys"
                </label>
                <div class="row">
                    <button class="button" type="submit" name="do" value="policy">
                        "Save key rules"
                    </button>
                </div>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="member-section">
            <h2>"Rules for new keys"</h2>
            <p class="muted">
                "Apply to every key that is created or rotated from now on. Admins can always rename and revoke the keys of others."
            </p>
            {form}
        </section>
    }
}

/// The keys that last longer than the rules allow.
#[component]
fn Outliving(org: String, settings: KeySettings, days: u32, owns: bool) -> impl IntoView {
    let KeySettings {
        outliving,
        outliving_count: count,
        now,
        ..
    } = settings;
    if count == 0 {
        return view! {
            <section class="member-section">
                <h2>"Existing keys"</h2>
                <p class="muted">"Every key expires in time."</p>
            </section>
        }
        .into_any();
    }
    let listed = u32::try_from(outliving.len()).unwrap_or(u32::MAX);
    let more =
        (count > listed).then(|| view! { <p class="muted">{format!("and {} more", count - listed)}</p> });
    let items = outliving
        .into_iter()
        .map(|key| view! { <Key org=org.clone() key now /> })
        .collect_view();
    let within = domain::key::policy::days(days);
    let button = format!("Expire {} in {within}", counted(count, "key"));
    let end = owns.then(|| {
        view! {
            <details>
                <summary class="button small">"Set expiration…"</summary>
                <form method="post" action=format!("/o/{org}/settings/keys") class="stack">
                    <p class="muted">"Programs that use these keys need new ones by then. This cannot be undone."</p>
                    // Whoever confirms has seen this number, and no other.
                    <input type="hidden" name="days" value=days.to_string() />
                    <div class="row">
                        <button class="button danger" type="submit" name="do" value="end">
                            {button}
                        </button>
                    </div>
                </form>
            </details>
        }
    });
    view! {
        <section class="member-section">
            <h2>"Existing keys"</h2>
            <p>{format!("{} without an expiration, or with one later than in {within}.", counted(count, "key"))}</p>
            {end}
            <ul class="keys-list">{items}</ul>
            {more}
        </section>
    }
    .into_any()
}

#[component]
fn Key(org: String, key: OutlivingKey, now: Timestamp) -> impl IntoView {
    let OutlivingKey { member, owner, key } = key;
    let ends = match key.expires_at {
        Some(at) => view! { <li>"Expires " <TimeAgo at now /></li> }.into_any(),
        None => view! { <li>"Never expires"</li> }.into_any(),
    };
    view! {
        <li>
            <div class="key-what">
                <div class="row">
                    <strong>
                        <bdi>{key.name.clone()}</bdi>
                    </strong>
                    <code>{key.shown()}</code>
                </div>
                <ul class="key-facts muted">
                    <li>
                        <a href=format!("/o/{org}/access/{}", member.0)>
                            <bdi>{owner}</bdi>
                        </a>
                    </li>
                    {ends}
                </ul>
            </div>
        </li>
    }
}
