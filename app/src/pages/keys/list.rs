//! The keys as a list.

use super::dialogs::{KeyDialogs, KeyOwner};
use crate::components::{TimeAgo, counted, thousands};
use domain::Timestamp;
use domain::key::KeyView;
use domain::member::KeyState;
use domain::usage::{MemberUsage, UsageSum};
use leptos::prelude::*;

/// The keys of one member below their heading, which is the child.
#[component]
pub fn KeyPanel(
    owner: KeyOwner,
    keys: Vec<KeyView>,
    /// What was asked for with them, and in Chat.
    usage: MemberUsage,
    dialogs: KeyDialogs,
    /// May rename, rotate and revoke.
    may_edit: bool,
    /// May make more; with `may_edit` and without this, the owner is not active.
    may_create: bool,
    children: Children,
) -> impl IntoView {
    let (standing, revoked): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| key.state != KeyState::Revoked);
    let of_member = owner
        .member
        .as_ref()
        .map(|(member, _)| format!("?member={}", member.0));
    let spend = format!("/o/{}/spend{}", owner.org, of_member.unwrap_or_default());
    let owner = StoredValue::new(owner);
    let all = in_all(&usage);
    let usage = StoredValue::new(usage);
    let items = move |keys: Vec<KeyView>| {
        keys.into_iter()
            .map(|key| {
                let sum = usage.with_value(|usage| usage.of_key(key.id));
                view! { <Key owner key sum dialogs may_edit=may_edit /> }
            })
            .collect_view()
    };
    let none = standing.is_empty();
    let revoked = (!revoked.is_empty()).then(|| {
        let summary = counted(u32::try_from(revoked.len()).unwrap_or(u32::MAX), "revoked key");
        view! {
            <details class="revoked-keys">
                <summary>{summary}</summary>
                <ul class="keys-list">{items(revoked)}</ul>
            </details>
        }
    });
    view! {
        <div class="key-panel">
            <div class="row spread">
                {children()}
                {may_create
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button small needs-script"
                                on:click=move |_| dialogs.open(dialogs.create, owner.get_value(), None)
                            >
                                "Create key"
                            </button>
                        }
                    })}
            </div>
            {if none {
                view! { <p class="muted">"No keys"</p> }.into_any()
            } else {
                view! { <ul class="keys-list">{items(standing)}</ul> }.into_any()
            }}
            {revoked}
            <p class="muted usage">
                {all} " · " <a href=spend>"Spend"</a>
            </p>
        </div>
    }
}

/// What a member asked for in all.
fn in_all(usage: &MemberUsage) -> String {
    let total = usage.total();
    if total.requests == 0 {
        return "No usage in the last 30 days".to_owned();
    }
    let mut words = format!("In the last 30 days: {}", asked(total));
    if usage.chat.requests > 0 {
        words.push_str(&format!(", of these {} in Chat", thousands(usage.chat.requests)));
    }
    if total.refused > 0 {
        words.push_str(&format!("; {} refused or failed", thousands(total.refused)));
    }
    words.push('.');
    words
}

fn asked(sum: UsageSum) -> String {
    let requests = counted(u32::try_from(sum.requests).unwrap_or(u32::MAX), "request");
    format!("{requests}, {} tokens", thousands(sum.tokens()))
}

#[component]
fn Key(
    owner: StoredValue<KeyOwner>,
    key: KeyView,
    sum: UsageSum,
    dialogs: KeyDialogs,
    may_edit: bool,
) -> impl IntoView {
    let now = owner.with_value(|owner| owner.now);
    let rotates = owner.with_value(|owner| !owner.policy.own_only || owner.member.is_none());
    let badge = match key.state {
        KeyState::Active => "badge ok",
        KeyState::Expired => "badge danger",
        KeyState::Revoked => "badge",
    };
    let actions = (may_edit && key.state != KeyState::Revoked).then(|| {
        let active = key.state == KeyState::Active;
        let subject = StoredValue::new(key.clone());
        let button = move |label: &'static str, dialog: RwSignal<bool>| {
            view! {
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| dialogs.open(dialog, owner.get_value(), Some(subject.get_value()))
                >
                    {label}
                    <span class="visually-hidden">" " {subject.with_value(|key| key.name.clone())}</span>
                </button>
            }
        };
        view! {
            <div class="row needs-script">
                {button("Rename", dialogs.rename)}
                {(active && rotates).then(|| button("Rotate", dialogs.rotate))}
                {button("Revoke", dialogs.revoke)}
            </div>
        }
    });
    view! {
        <li>
            <div class="key-what">
                <div class="row">
                    <strong>
                        <bdi>{key.name.clone()}</bdi>
                    </strong>
                    <span class=badge>{key.state.label()}</span>
                </div>
                <code>{key.shown()}</code>
                <ul class="key-facts muted">{facts(&key, sum, now)}</ul>
            </div>
            {actions}
        </li>
    }
}

/// What else there is to know, a few words each.
fn facts(key: &KeyView, sum: UsageSum, now: Timestamp) -> AnyView {
    let timed =
        |words: &'static str, at: Timestamp| view! { <li>{words} " " <TimeAgo at now /></li> }.into_any();
    let said = |words: String| view! { <li>{words}</li> }.into_any();
    let mut facts = vec![timed("Created", key.created_at)];
    facts.push(match key.last_used_at {
        Some(at) => timed("Last used", at),
        None => said("Never used".to_owned()),
    });
    match (key.revoked_at, key.expires_at) {
        (Some(at), _) => facts.push(timed("Revoked", at)),
        (None, Some(at)) if at <= now => facts.push(timed("Expired", at)),
        (None, Some(at)) => facts.push(timed("Expires", at)),
        (None, None) => facts.push(said("Never expires".to_owned())),
    }
    if let Some(at) = key.previous_ends_at {
        facts.push(timed("Previous secret expires", at));
    }
    if let Some(scope) = &key.scope {
        let names: Vec<&str> = scope.iter().map(|provider| provider.name.as_str()).collect();
        facts.push(said(if names.is_empty() {
            "No providers".to_owned()
        } else {
            format!("Only {}", names.join(", "))
        }));
    }
    if let Some(n) = key.requests_per_minute {
        facts.push(said(format!("{} requests/min", thousands(n))));
    }
    if let Some(n) = key.tokens_per_day {
        facts.push(said(format!("{} tokens/day", thousands(n))));
    }
    if sum.requests > 0 {
        facts.push(said(format!("{} in 30 days", asked(sum))));
    }
    facts.collect_view().into_any()
}
