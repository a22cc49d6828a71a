//! Search, filters, and the way back to everything.

use super::columns::ColumnMenu;
use super::filters::{Filter, FilterChip};
use super::search_box::SearchBox;
use super::state::Access;
use super::table::SortMenu;
use crate::components::{Dropdown, Icon};
use domain::query::MemberQuery;
use leptos::prelude::*;

/// What narrows the table.
#[component]
pub fn Toolbar(access: Access) -> impl IntoView {
    view! {
        <div class="toolbar">
            <SearchBox access />
            <div class="filters">
                <Transition>
                    {Filter::ALL.map(|filter| view! { <FilterChip access filter /> }).collect_view()}
                </Transition>
                {move || {
                    access
                        .query
                        .read()
                        .without_providers
                        .then(|| {
                            view! {
                                <a
                                    class="chip on"
                                    href=access.address_with(|query| query.without_providers = false)
                                    title="Clear"
                                    data-noscroll="true"
                                >
                                    "Without allowed providers"
                                    <Icon name="close" />
                                    <span class="visually-hidden">"Clear"</span>
                                </a>
                            }
                        })
                }}
                <SortMenu access />
                <ColumnMenu access />
                <SaveView access />
                {move || {
                    access
                        .query
                        .read()
                        .narrows()
                        .then(|| {
                            view! {
                                <a class="clear-all" href=access.address(&everything(&access.query.read())) data-noscroll="true">
                                    "Clear all"
                                </a>
                            }
                        })
                }}
            </div>
        </div>
    }
}

/// What is shown, as a link in the sidebar: a native form, so that it works without scripts.
#[component]
fn SaveView(access: Access) -> impl IntoView {
    let query = move || {
        let address = access.address(&access.query.get());
        address
            .split_once('?')
            .map_or(String::new(), |(_, query)| query.to_owned())
    };
    view! {
        <Dropdown id="save-view" button="chip" summary=|| "Save view">
            <form method="post" action=access.editor.path("views") class="stack">
                <input type="hidden" name="query" value=query />
                <label class="field">
                    <span>"Name"</span>
                    <input class="input" name="name" autocomplete="off" required=true />
                </label>
                {access
                    .role
                    .administers()
                    .then(|| {
                        view! {
                            <label class="choice">
                                <input type="checkbox" name="shared" value="1" />
                                "Share with everyone who sees AI Access"
                            </label>
                        }
                    })}
                <div class="row">
                    <button class="button primary small" type="submit" name="do" value="save">
                        "Save view"
                    </button>
                    <a href=access.editor.path("views")>"Saved views"</a>
                </div>
            </form>
        </Dropdown>
    }
}

/// The same order without search and filters.
pub fn everything(query: &MemberQuery) -> MemberQuery {
    MemberQuery {
        sort: query.sort,
        descending: query.descending,
        ..MemberQuery::default()
    }
}
