//! Search, filters, and the way back to everything.

use super::columns::ColumnMenu;
use super::filters::{Filter, FilterChip};
use super::search_box::SearchBox;
use super::state::Access;
use super::table::SortMenu;
use crate::components::Icon;
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

/// The same order without search and filters.
pub fn everything(query: &MemberQuery) -> MemberQuery {
    MemberQuery {
        sort: query.sort,
        descending: query.descending,
        ..MemberQuery::default()
    }
}
