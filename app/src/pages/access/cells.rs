//! The cells that hold several things.

use super::marked::{found, marked};
use super::state::{Access, Task};
use crate::browser::popover;
use domain::member::{KeyState, MemberRow};
use domain::provider::{ProviderRef, ProviderStatus};
use domain::search::{Field, Search};
use leptos::prelude::*;
use std::sync::Arc;

/// How many teams or providers a cell shows before it only counts.
const SHOWN: usize = 3;

/// `+2`, with what it stands for in its title; marked when the search found something among it.
fn more<'a>(search: &Search, field: Field, hidden: impl Iterator<Item = &'a str> + Clone) -> Option<AnyView> {
    let count = hidden.clone().count();
    if count == 0 {
        return None;
    }
    let marked = found(search, field, hidden.clone());
    let names = hidden.collect::<Vec<_>>().join(", ");
    let text = format!("+{count}");
    let text = if marked {
        view! { <mark>{text}</mark> }.into_any()
    } else {
        text.into_any()
    };
    Some(
        view! {
            <span class="more" title=names.clone()>
                {text}
                <span class="visually-hidden">{format!(": {names}")}</span>
            </span>
        }
        .into_any(),
    )
}

/// The teams, by name.
#[component]
pub fn TeamsCell(row: MemberRow, search: Arc<Search>) -> impl IntoView {
    if row.teams.is_empty() {
        return view! { <span class="muted">"—"</span> }.into_any();
    }
    let names = row.teams.iter().take(SHOWN).enumerate().map(|(i, team)| {
        view! {
            {(i > 0).then_some(", ")}
            {marked(&search, Some(Field::Team), &team.name)}
        }
    });
    let names = names.collect_view();
    let rest = more(
        &search,
        Field::Team,
        row.teams.iter().skip(SHOWN).map(|team| team.name.as_str()),
    );
    view! {
        {names}
        " "
        {rest}
    }
    .into_any()
}

/// How many keys; which ones drops down.
#[component]
pub fn KeysCell(row: MemberRow, search: Arc<Search>) -> impl IntoView {
    if row.keys.is_empty() {
        return view! { <span class="no-keys">"—"</span> }.into_any();
    }
    let (list, button) = (format!("keys-{}", row.id), format!("keys-{}-button", row.id));
    let count = row.keys.len();
    let label = format!(
        "{count} virtual {} of {}",
        if count == 1 { "key" } else { "keys" },
        row.display_name()
    );
    let marked_count = found(&search, Field::Key, row.keys.iter().map(|key| key.name.as_str()));
    let number = if marked_count {
        view! { <mark>{count.to_string()}</mark> }.into_any()
    } else {
        count.to_string().into_any()
    };
    let keys = row.keys.iter().map(|key| {
        let class = if key.state == KeyState::Active {
            "badge ok"
        } else {
            "badge"
        };
        view! {
            <li>
                <span class="key-name">{marked(&search, Some(Field::Key), &key.name)}</span>
                <code>"…" {key.last_four.clone()}</code>
                <span class=class>{key.state.label()}</span>
            </li>
        }
    });
    let keys = keys.collect_view();
    let place = {
        let (list, button) = (list.clone(), button.clone());
        move |_| popover::place(&list, &button)
    };
    view! {
        <button type="button" class="count" id=button popovertarget=list.clone() aria-label=label.clone() on:click=place>
            {number}
            <span class="only-cards" aria-hidden="true">
                {if count == 1 { " key" } else { " keys" }}
            </span>
        </button>
        <div class="menu keys" id=list popover="auto" role="group" aria-label=label>
            <p class="keys-title">"Virtual keys"</p>
            <ul class="plain-list">{keys}</ul>
        </div>
    }
    .into_any()
}

/// The Allowed providers. That there is none is the one loud thing in the table.
#[component]
pub fn ProvidersCell(access: Access, row: MemberRow, search: Arc<Search>) -> impl IntoView {
    if row.status.is_invitation() {
        return view! { <span class="muted">"after they join"</span> }.into_any();
    }
    let tags = row
        .providers
        .iter()
        .take(SHOWN)
        .map(|provider| tag(&search, provider))
        .collect_view();
    let rest = more(
        &search,
        Field::Provider,
        row.providers.iter().skip(SHOWN).map(|p| p.name.as_str()),
    );
    let lacking = row.lacks_provider();
    let none = match (row.providers.is_empty(), lacking) {
        (true, true) => Some(view! { <span class="none">"None"</span> }.into_any()),
        (true, false) => Some(view! { <span class="muted">"None"</span> }.into_any()),
        (false, true) => Some(view! { <span class="none">"None active"</span> }.into_any()),
        (false, false) => None,
    };
    let label = format!("Assign providers to {}", row.display_name());
    let assign = (lacking && access.role.may_change(row.role)).then(|| {
        view! {
            <button
                type="button"
                class="assign needs-script"
                aria-label=label
                on:click=move |_| access.start(Task::Providers, row.clone())
            >
                "Assign"
            </button>
        }
    });
    view! { <div class="tags">{tags} {rest} {none} {assign}</div> }.into_any()
}

fn tag(search: &Search, provider: &ProviderRef) -> AnyView {
    let name = marked(search, Some(Field::Provider), &provider.name);
    if provider.status == ProviderStatus::Active {
        view! { <span class="tag">{name}</span> }.into_any()
    } else {
        view! {
            <span class="tag inactive" title="Deactivated for everybody; allowed again when it is activated">
                {name}
                " (inactive)"
            </span>
        }
        .into_any()
    }
}
