//! The filters: role, status, team, provider.

use super::state::{Access, History, derived};
use crate::components::{Dropdown, Icon};
use domain::query::{Columns, MemberQuery, ProviderFilter};
use domain::{MemberStatus, Role};
use leptos::prelude::*;
use std::fmt::Display;
use std::str::FromStr;

/// What is filtered by. Each kind has its name in the address, and values written as they are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    Role,
    Status,
    Team,
    Provider,
}

/// One value to filter by: as the address has it, and as people read it.
type Choice = (String, String);

impl Filter {
    /// Every kind, in the order shown.
    pub const ALL: [Self; 4] = [Self::Role, Self::Status, Self::Team, Self::Provider];

    fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Status => "status",
            Self::Team => "team",
            Self::Provider => "provider",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::Status => "Status",
            Self::Team => "Team",
            Self::Provider => "Provider",
        }
    }

    fn chosen(self, query: &MemberQuery) -> Vec<String> {
        fn texts<T: Display>(values: &[T]) -> Vec<String> {
            values.iter().map(T::to_string).collect()
        }
        match self {
            Self::Role => texts(&query.roles),
            Self::Status => texts(&query.statuses),
            Self::Team => texts(&query.teams),
            Self::Provider => texts(&query.providers),
        }
    }

    fn choose(self, query: &mut MemberQuery, chosen: &[String]) {
        fn values<T: FromStr>(texts: &[String]) -> Vec<T> {
            texts.iter().filter_map(|text| text.parse().ok()).collect()
        }
        match self {
            Self::Role => query.roles = values(chosen),
            Self::Status => query.statuses = values(chosen),
            Self::Team => query.teams = values(chosen),
            Self::Provider => query.providers = values(chosen),
        }
    }

    fn choices(self, access: Access) -> Vec<Choice> {
        let none = |label: &str| ("none".to_owned(), label.to_owned());
        match self {
            Self::Role => Role::ALL
                .iter()
                .rev()
                .map(|role| (role.to_string(), role.label().to_owned()))
                .collect(),
            Self::Status => MemberStatus::ALL
                .iter()
                .map(|status| (status.to_string(), status.label().to_owned()))
                .collect(),
            Self::Team => access
                .editor
                .choices
                .teams
                .get()
                .into_iter()
                .map(|team| (team.id.to_string(), team.name))
                .chain([none("No team")])
                .collect(),
            Self::Provider => access
                .editor
                .choices
                .providers
                .get()
                .into_iter()
                .map(|provider| (provider.id.to_string(), provider.name))
                .chain([
                    none("None"),
                    (
                        ProviderFilter::Ending.to_string(),
                        "Expires within 14 days".to_owned(),
                    ),
                ])
                .collect(),
        }
    }
}

/// The rest of the view, for a form that changes one part of it and works without scripts.
#[component]
pub fn HiddenFields(
    access: Access,
    /// The part that the form itself sends.
    except: &'static str,
) -> impl IntoView {
    move || {
        let query = access.query.get();
        let mut fields: Vec<(&str, String)> = vec![("q", query.search.clone())];
        fields.extend(Filter::ALL.map(|filter| (filter.name(), filter.chosen(&query).join(","))));
        fields.push((
            "without",
            if query.without_providers {
                "1".to_owned()
            } else {
                String::new()
            },
        ));
        if query.sort != MemberQuery::default().sort {
            fields.push(("sort", query.sort.to_string()));
        }
        if query.descending {
            fields.push(("dir", "desc".to_owned()));
        }
        let columns = access.columns.get();
        if columns != Columns::default() {
            fields.push((Columns::NAME, columns.to_list()));
        }
        fields
            .into_iter()
            .filter(|(name, value)| *name != except && !value.is_empty())
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    }
}

/// One filter: a chip that opens its choices, and a way to clear it.
#[component]
pub fn FilterChip(access: Access, filter: Filter) -> impl IntoView {
    let choices = derived(move || filter.choices(access));
    let chosen = Memo::new(move |_| filter.chosen(&access.query.read()));
    let is_on = move || !chosen.read().is_empty();
    let toggle = move |value: &str| {
        let mut values = chosen.get_untracked();
        match values.iter().position(|chosen| chosen == value) {
            Some(at) => drop(values.remove(at)),
            None => values.push(value.to_owned()),
        }
        access.go(
            &access
                .query
                .get_untracked()
                .with(|query| filter.choose(query, &values)),
            History::Push,
        );
    };
    let summary = move || {
        let chosen = chosen.read();
        if chosen.is_empty() {
            return filter.label().to_owned();
        }
        let choices = choices.read();
        let labels: Vec<_> = choices
            .iter()
            .filter(|(value, _)| chosen.contains(value))
            .map(|(_, l)| l.as_str())
            .collect();
        match labels.as_slice() {
            // A team that is gone, for example.
            [] => format!("{}: unknown", filter.label()),
            [one] => format!("{}: {one}", filter.label()),
            [one, two] => format!("{}: {one}, {two}", filter.label()),
            [one, rest @ ..] => format!("{}: {one} +{}", filter.label(), rest.len()),
        }
    };
    let boxes = move || {
        choices
            .get()
            .into_iter()
            .map(|(value, label)| {
                let (sent, was, is) = (value.clone(), value.clone(), value.clone());
                view! {
                    <label class="choice">
                        <input
                            type="checkbox"
                            name=filter.name()
                            value=sent
                            checked=chosen.read_untracked().contains(&was)
                            prop:checked=move || chosen.read().contains(&is)
                            on:change=move |_| toggle(&value)
                        />
                        {label}
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <div class="filter">
            <Dropdown
                id=format!("filter-{}", filter.name())
                button=Signal::derive(move || if is_on() { "chip on".to_owned() } else { "chip".to_owned() })
                summary=summary
            >
                <form method="get" action=access.path()>
                    <fieldset>
                        <legend class="visually-hidden">{format!("Filter by {}", filter.name())}</legend>
                        {boxes}
                    </fieldset>
                    <HiddenFields access except=filter.name() />
                    <button class="button small until-live" type="submit">"Apply"</button>
                </form>
            </Dropdown>
            {move || {
                is_on()
                    .then(|| {
                        view! {
                            <a
                                class="filter-clear"
                                href=access.address_with(|query| filter.choose(query, &[]))
                                aria-label=format!("Clear the {} filter", filter.name())
                                title="Clear"
                                data-noscroll="true"
                            >
                                <Icon name="close" />
                            </a>
                        }
                    })
            }}
        </div>
    }
}
