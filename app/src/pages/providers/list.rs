//! The providers in a table; on a narrow window each is a card.

use super::confirm::activation;
use super::dialogs::Dialogs;
use crate::browser::popover;
use crate::components::{Icon, MenuItem, MenuList, TimeAgo, counted};
use domain::Timestamp;
use domain::provider::{ProviderHealth, ProviderStatus, ProviderView};
use leptos::prelude::*;

const MENU: &str = "provider-menu";

/// The columns before the actions: each one's class and label.
const COLUMNS: [(&str, &str); 7] = [
    ("name", "Name"),
    ("slug", "Slug"),
    ("type", "API type"),
    ("url", "Base URL"),
    ("status", "Status"),
    ("model-count", "Models"),
    ("allowed", "Members"),
];

/// The rows that are shown.
#[component]
pub fn ProviderTable(
    org: StoredValue<String>,
    /// The rows, in order.
    #[prop(into)]
    rows: Signal<Vec<ProviderView>>,
    /// The server's clock.
    now: Timestamp,
    dialogs: Dialogs,
    /// May change providers.
    may_edit: bool,
) -> impl IntoView {
    view! {
        <div class="table-panel provider-list">
            // Explicit roles, since browsers forget that a grid or a list of cards is a table.
            <table class="table fitted" role="table" aria-label="Providers">
                <thead role="rowgroup">
                    <tr role="row">
                        {COLUMNS
                            .iter()
                            .map(|(class, label)| view! { <th role="columnheader" scope="col" class=*class>{*label}</th> })
                            .collect_view()}
                        {may_edit
                            .then(|| {
                                view! {
                                    <th role="columnheader" scope="col" class="actions">
                                        <span class="visually-hidden">"Actions"</span>
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For
                        each=move || rows.get()
                        key=|p| (p.id, p.version, p.status, p.members, p.health.clone())
                        children=move |provider| view! { <Row org provider now dialogs may_edit /> }
                    />
                </tbody>
            </table>
        </div>
    }
}

/// How many models it lists, and how it has been answering.
#[component]
fn Health(
    health: ProviderHealth,
    /// They were entered by hand.
    entered: bool,
    now: Timestamp,
) -> impl IntoView {
    let models = match (health.models, health.models_at) {
        (0, None) => view! { <span class="muted">"Not loaded"</span> }.into_any(),
        (count, _) if entered => {
            view! { {counted(count, "model")} " " <span class="muted">"entered by hand"</span> }.into_any()
        }
        (count, _) => counted(count, "model").into_any(),
    };
    let is_failing = health.is_failing();
    let told = if is_failing {
        let problem = health.last_error.unwrap_or_default();
        health.last_error_at.map(|at| {
            view! {
                <span class="health failing" title=problem.clone()>
                    <span class="badge danger">"Failing"</span>
                    " "
                    <TimeAgo at now />
                    <span class="problem">{problem.clone()}</span>
                </span>
            }
            .into_any()
        })
    } else {
        health
            .last_success_at
            .map(|at| view! { <span class="health">"answered " <TimeAgo at now /></span> }.into_any())
    };
    view! {
        <td role="cell" class="model-count" data-label="Models">
            <div>
                {models}
                {told}
            </div>
        </td>
    }
}

#[component]
fn Row(
    org: StoredValue<String>,
    provider: ProviderView,
    now: Timestamp,
    dialogs: Dialogs,
    may_edit: bool,
) -> impl IntoView {
    let who = format!("/o/{}/access?provider={}", org.get_value(), provider.id);
    let page = format!("/o/{}/providers/{}", org.get_value(), provider.slug);
    let badge = match provider.status {
        ProviderStatus::Active => "badge ok",
        ProviderStatus::Inactive => "badge",
    };
    let actions = may_edit.then(|| {
        let button = format!("provider-{}-menu", provider.id);
        let name = provider.name.clone();
        let tested = provider.clone();
        let subject = provider.clone();
        view! {
            <td role="cell" class="actions needs-script">
                <button type="button" class="button small" on:click=move |_| dialogs.test(tested.clone())>
                    "Test"
                    <span class="visually-hidden">{format!(" {name}")}</span>
                </button>
                <button
                    type="button"
                    id=button.clone()
                    class="button quiet small icon-only"
                    popovertarget=MENU
                    aria-haspopup="menu"
                    aria-label=format!("Actions for {}", provider.name)
                    on:click=move |_| {
                        // The browser would close it, since it is open for another row.
                        if dialogs.is_about_another(&subject) && popover::is_open(MENU) {
                            popover::hide(MENU);
                        }
                        popover::place(MENU, &button);
                        dialogs.subject.set(Some(subject.clone()));
                    }
                >
                    <Icon name="more" />
                </button>
            </td>
        }
    });
    view! {
        <tr role="row" class:inactive=provider.status == ProviderStatus::Inactive>
            <td role="cell" class="name">
                <strong dir="auto" title=provider.name.clone()>
                    <a href=page>{provider.name.clone()}</a>
                </strong>
                {(!provider.description.is_empty())
                    .then(|| view! { <span class="description" dir="auto">{provider.description}</span> })}
            </td>
            <td role="cell" class="slug" data-label="Slug"><code title=provider.slug.clone()>{provider.slug.clone()}</code></td>
            <td role="cell" class="type" data-label="API type">{provider.api_type.label()}</td>
            <td role="cell" class="url" data-label="Base URL"><code class="address" title=provider.base_url.clone()>{provider.base_url.clone()}</code></td>
            <td role="cell" class="status"><span class=badge>{provider.status.label()}</span></td>
            <Health health=provider.health entered=!provider.models.is_empty() now />
            <td role="cell" class="allowed" data-label="Members">
                {if provider.members == 0 {
                    view! { <span class="muted">"No members"</span> }.into_any()
                } else {
                    view! { <a href=who>{counted(provider.members, "member")}</a> }.into_any()
                }}
            </td>
            {actions}
        </tr>
    }
}

/// The one menu of all rows; it is about the provider whose button opened it.
#[component]
pub fn ProviderMenu(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let is_active = move || {
        dialogs
            .subject
            .read()
            .as_ref()
            .is_some_and(|provider| provider.status == ProviderStatus::Active)
    };
    let activate = activation(org, on_changed);
    view! {
        <MenuList id=MENU label=Signal::derive(move || format!("Actions for {}", dialogs.name()))>
            <MenuItem on_select=move |()| dialogs.form.set(true)>
                <Icon name="edit" />
                "Edit…"
            </MenuItem>
            {move || {
                if is_active() {
                    view! {
                        <MenuItem on_select=move |()| dialogs.deactivate.set(true)>
                            <Icon name="pause" />
                            "Deactivate…"
                        </MenuItem>
                    }
                        .into_any()
                } else {
                    view! {
                        <MenuItem on_select=move |()| {
                            if let Some(provider) = dialogs.subject.get_untracked() {
                                activate.dispatch(provider);
                            }
                        }>
                            <Icon name="play" />
                            "Activate"
                        </MenuItem>
                    }
                        .into_any()
                }
            }}
            <MenuItem danger=true on_select=move |()| dialogs.delete.set(true)>
                <Icon name="trash" />
                "Delete…"
            </MenuItem>
        </MenuList>
    }
}
