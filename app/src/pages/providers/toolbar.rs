//! The numbers above the list, and what narrows it.

use super::filter::Filter;
use crate::components::{Icon, thousands};
use domain::provider::{ApiType, ProviderStatus, ProviderView};
use leptos::prelude::*;
use std::collections::HashSet;
use std::time::Duration;

/// Total, active, inactive, API types; always of all providers, whatever is shown.
#[component]
pub fn Cards(
    /// All providers.
    #[prop(into)]
    all: Signal<Vec<ProviderView>>,
) -> impl IntoView {
    let with_status = move |status| {
        u32::try_from(all.read().iter().filter(|p| p.status == status).count()).unwrap_or(u32::MAX)
    };
    let types = move || {
        all.read()
            .iter()
            .map(|p| p.api_type)
            .collect::<HashSet<_>>()
            .len()
    };
    view! {
        <ul class="cards">
            <li>
                <span class="number">
                    {move || thousands(with_status(ProviderStatus::Active) + with_status(ProviderStatus::Inactive))}
                </span>
                <span class="muted">"Providers"</span>
            </li>
            <li>
                <span class="number">{move || thousands(with_status(ProviderStatus::Active))}</span>
                <span class="muted">"Active"</span>
            </li>
            <li>
                <span class="number">{move || thousands(with_status(ProviderStatus::Inactive))}</span>
                <span class="muted">"Inactive"</span>
            </li>
            <li>
                <span class="number">{types}</span>
                <span class="muted">"API types"</span>
            </li>
        </ul>
    }
}

/// Search and filters: a plain GET form, which changes the address as you type once the page is alive.
#[component]
pub fn Toolbar(
    /// The page's own path.
    action: String,
    /// What the address says.
    #[prop(into)]
    filter: Signal<Filter>,
    /// Changes the address.
    #[prop(into)]
    on_filter: Callback<Filter>,
) -> impl IntoView {
    let type_search = debounce(Duration::from_millis(150), move |search: String| {
        on_filter.run(Filter {
            search,
            ..filter.get_untracked()
        });
    });
    let type_search = StoredValue::new(type_search);
    view! {
        <form
            class="toolbar"
            method="get"
            action=action
            role="search"
            aria-label="Providers"
            on:submit=move |event| event.prevent_default()
        >
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search providers"
                    placeholder="Search name, slug, type, URL…"
                    autocomplete="off"
                    value=filter.get_untracked().search
                    prop:value=move || filter.read().search.clone()
                    on:input=move |event| type_search.update_value(|search| search(event_target_value(&event)))
                />
            </div>
            <select
                class="input narrow"
                name="status"
                aria-label="Status"
                prop:value=move || filter.read().status.map_or("", ProviderStatus::as_str)
                on:change=move |event| {
                    on_filter.run(Filter { status: event_target_value(&event).parse().ok(), ..filter.get_untracked() });
                }
            >
                <option value="">"Any status"</option>
                {[ProviderStatus::Active, ProviderStatus::Inactive]
                    .map(|status| {
                        view! {
                            <option value=status.as_str() selected=move || filter.read().status == Some(status)>
                                {status.label()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <select
                class="input narrow"
                name="type"
                aria-label="API type"
                prop:value=move || filter.read().api_type.map_or("", ApiType::as_str)
                on:change=move |event| {
                    on_filter
                        .run(Filter { api_type: event_target_value(&event).parse().ok(), ..filter.get_untracked() });
                }
            >
                <option value="">"Any API type"</option>
                {ApiType::ALL
                    .iter()
                    .map(|&api_type| {
                        view! {
                            <option value=api_type.as_str() selected=move || filter.read().api_type == Some(api_type)>
                                {api_type.label()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <button class="button only-without-script" type="submit">"Show"</button>
        </form>
    }
}
