//! The cells that hold several things.

use super::editor::Task;
use super::marked::{found, marked};
use super::state::Access;
use crate::browser::popover;
use crate::components::Icon;
use domain::ends::is_soon;
use domain::member::{KeyState, MemberRow};
use domain::provider::{ProviderRef, ProviderStatus};
use domain::search::{Field, Search};
use domain::{ProviderId, Timestamp};
use leptos::prelude::*;
use std::sync::Arc;

/// How many teams or providers a cell shows before it only counts.
const SHOWN: usize = 3;

/// A button with a list that drops from it, natively, so that it works without scripts and for a finger.
fn dropping(
    id: String,
    class: &'static str,
    label: String,
    button: AnyView,
    title: &'static str,
    items: AnyView,
) -> AnyView {
    let opener = format!("{id}-button");
    let place = {
        let (id, opener) = (id.clone(), opener.clone());
        move |_| popover::place(&id, &opener)
    };
    view! {
        <button type="button" class=class id=opener popovertarget=id.clone() aria-label=label.clone() on:click=place>
            {button}
        </button>
        <div class="menu keys" id=id popover="auto" role="group" aria-label=label>
            <p class="keys-title">{title}</p>
            <ul class="plain-list">{items}</ul>
        </div>
    }
    .into_any()
}

/// A number, marked when the search found something among what it counts.
fn number(text: String, is_marked: bool) -> AnyView {
    if is_marked {
        view! { <mark>{text}</mark> }.into_any()
    } else {
        text.into_any()
    }
}

/// `+2`, which drops what it stands for.
fn more(
    search: &Search,
    field: Field,
    row: &MemberRow,
    title: &'static str,
    hidden: &[&str],
) -> Option<AnyView> {
    if hidden.is_empty() {
        return None;
    }
    let text = number(
        format!("+{}", hidden.len()),
        found(search, field, hidden.iter().copied()),
    );
    let items = hidden
        .iter()
        .map(|name| view! { <li><bdi class="key-name">{marked(search, Some(field), name)}</bdi></li> })
        .collect_view()
        .into_any();
    let label = format!(
        "{} more {} of {}",
        hidden.len(),
        title.to_lowercase(),
        row.display_name()
    );
    Some(dropping(
        format!("{}-{}", title.replace(' ', "-").to_lowercase(), row.id),
        "more",
        label,
        text,
        title,
        items,
    ))
}

/// The teams, by name.
#[component]
pub fn TeamsCell(row: MemberRow, search: Arc<Search>) -> impl IntoView {
    if row.teams.is_empty() {
        return view! { <span class="muted">"—"</span> }.into_any();
    }
    let (shown, hidden) = row.teams.split_at(row.teams.len().min(SHOWN));
    let last = shown.len() - 1;
    let names = shown.iter().enumerate().map(|(i, team)| {
        view! {
            <bdi class="team" title=team.name.clone()>
                {marked(&search, Some(Field::Team), &team.name)}
                {(i < last).then_some(",")}
            </bdi>
            " "
        }
    });
    let names = names.collect_view();
    let hidden: Vec<_> = hidden.iter().map(|team| team.name.as_str()).collect();
    let rest = more(&search, Field::Team, &row, "Teams", &hidden);
    view! {
        {names}
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
    let count = row.keys.len();
    let noun = if count == 1 { "key" } else { "keys" };
    let label = format!("{count} virtual {noun} of {}", row.display_name());
    let is_marked = found(&search, Field::Key, row.keys.iter().map(|key| key.name.as_str()));
    let button = view! {
        {number(count.to_string(), is_marked)}
        <span class="only-cards" aria-hidden="true">
            {format!(" {noun}")}
        </span>
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
    let keys = keys.collect_view().into_any();
    dropping(
        format!("keys-{}", row.id),
        "count",
        label,
        button.into_any(),
        "Virtual keys",
        keys,
    )
}

/// The Allowed providers. That there is none is the one loud thing in the table.
#[component]
pub fn ProvidersCell(access: Access, row: MemberRow, search: Arc<Search>, now: Timestamp) -> impl IntoView {
    if row.status.is_invitation() {
        return view! { <span class="muted">"after they join"</span> }.into_any();
    }
    let (shown, hidden) = row.providers.split_at(row.providers.len().min(SHOWN));
    let tags = shown
        .iter()
        .map(|provider| tag(&search, &row, provider, now))
        .collect_view();
    let hidden: Vec<_> = hidden.iter().map(|provider| provider.name.as_str()).collect();
    let rest = more(&search, Field::Provider, &row, "Allowed providers", &hidden);
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
                on:click=move |_| access.editor.start(Task::Providers, row.clone())
            >
                "Assign"
            </button>
        }
    });
    view! { <div class="tags">{tags} {rest} {none} {assign}</div> }.into_any()
}

/// A provider; where it comes from is told by an icon, and in words to whoever points at it or listens.
fn tag(search: &Search, row: &MemberRow, provider: &ProviderRef, now: Timestamp) -> AnyView {
    let name = marked(search, Some(Field::Provider), &provider.name);
    let active = provider.status == ProviderStatus::Active;
    let source = source(row, provider.id);
    let mut title = format!("{} · {source}", provider.name);
    if !active {
        title.push_str(" · inactive for everybody");
    }
    let by_team = !row.owns(provider.id);
    let soon = row.end_of(provider.id).filter(|end| is_soon(*end, now));
    view! {
        <bdi class="tag" class:inactive=!active title=title>
            {by_team.then(|| view! { <Icon name="people" /> })}
            {name}
            {(!active).then_some(" (inactive)")}
            {soon.map(|end| view! { <span class="until">{format!(" until {}", end.last_day().day())}</span> })}
            {by_team.then(|| view! { <span class="visually-hidden">{format!(" ({source})")}</span> })}
        </bdi>
    }
    .into_any()
}

/// `assigned personally`, `from team Sales`, or several of these, each with its end.
fn source(row: &MemberRow, provider: ProviderId) -> String {
    let told = row.sources(provider).map(|by| {
        let from = match by.team {
            None => "assigned personally".to_owned(),
            Some(id) => {
                let team = row.teams.iter().find(|team| team.id == id);
                format!("from team {}", team.map_or("", |team| team.name.as_str()))
            }
        };
        let why = match by.reason.as_str() {
            "" => String::new(),
            reason => format!(" ({reason})"),
        };
        let told = match by.ends_at {
            Some(end) => format!("{from} until {}{why}", end.last_day().day()),
            None => from,
        };
        match by.models.words() {
            Some(models) => format!("{told}, {models}"),
            None => told,
        }
    });
    told.collect::<Vec<_>>().join(", ")
}
