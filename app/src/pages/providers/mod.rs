//! The registered providers.

mod confirm;
mod conflict;
mod dialogs;
mod draft;
mod filter;
mod form;
mod list;
mod models;
mod one;
mod teams;
mod test;
mod toolbar;

use crate::api::providers::list_providers;
use crate::components::{
    EmptyState, Icon, LoadFailed, NotCurrent, Notice, NoticeKind, Skeleton, counted, thousands,
};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading;
use confirm::{DeactivateDialog, DeleteDialog};
use dialogs::Dialogs;
use domain::provider::{ProviderList, ProviderView};
use filter::Filter;
use form::FormDialog;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use list::{ProviderMenu, ProviderTable};
pub use one::ProviderPage;
use test::TestDialog;
use toolbar::{Cards, Toolbar};

/// Cards, filters, the list and its dialogs.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let viewer = use_viewer();
    let may_edit = viewer.organization.role.administers();
    let org = StoredValue::new(viewer.organization.slug);
    let query = use_location().search;
    let filter = Memo::new(move |_| Filter::of(&query.read()));
    let providers = reading(move || list_providers(org.get_value()));
    let dialogs = Dialogs::new();
    // The provider that was registered last, for the next step.
    let fresh = RwSignal::new(None::<ProviderView>);

    let address = StoredValue::new(format!("/o/{}/providers", org.get_value()));
    let navigate = use_navigate();
    let on_filter = Callback::new(move |filter: Filter| {
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&format!("{}{}", address.get_value(), filter.to_query()), options);
    });
    let on_changed = move || {
        fresh.set(None);
        providers.refetch();
    };
    // First steps leads to the form itself; once it is open, the address is the page's own again.
    let asks_for_form = use_query_map().read_untracked().get("add").is_some();
    Effect::new(move |_| {
        if may_edit && asks_for_form {
            dialogs.add();
            on_filter.run(filter.get_untracked());
        }
    });

    view! {
        <Title text="Providers" />
        <div class="page-head">
            <div>
                <h1>"Providers"</h1>
                <p class="lede">"The AI services your members can use."</p>
            </div>
            {may_edit
                .then(|| {
                    view! {
                        <div class="actions needs-script">
                            <button type="button" class="button primary" on:click=move |_| dialogs.add()>
                                <Icon name="plus" />
                                "Add provider"
                            </button>
                        </div>
                    }
                })}
        </div>
        <Registered org fresh dialogs />
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match providers.await {
                    Ok(list) => {
                        view! {
                            <NotCurrent problem=list.problem retry=move |()| providers.refetch() />
                            <Loaded org list=list.value address filter on_filter dialogs may_edit />
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! { <LoadFailed problem=error.0 retry=move |()| providers.refetch() /> }.into_any()
                    }
                }
            })}
        </Transition>
        {may_edit
            .then(|| {
                view! {
                    <ProviderMenu org dialogs on_changed=move |()| on_changed() />
                    <FormDialog
                        org
                        dialogs
                        on_saved=move |(provider, is_new): (ProviderView, bool)| {
                            on_changed();
                            fresh.set(is_new.then_some(provider));
                        }
                    />
                    <TestDialog org dialogs on_tested=move |()| providers.refetch() />
                    <DeactivateDialog org dialogs on_changed=move |()| on_changed() />
                    <DeleteDialog org dialogs on_changed=move |()| on_changed() />
                }
            })}
    }
}

/// After registering: the two things to do next.
#[component]
fn Registered(
    org: StoredValue<String>,
    fresh: RwSignal<Option<ProviderView>>,
    dialogs: Dialogs,
) -> impl IntoView {
    move || {
        fresh.get().map(|provider| {
            let tested = provider.clone();
            view! {
                <div class="registered">
                    <Notice kind=NoticeKind::Success>
                        <p>
                            <strong>{provider.name}</strong>
                            " was added. Test the connection, then assign it to members in AI Access."
                        </p>
                        <div class="row">
                            <button type="button" class="button small" on:click=move |_| dialogs.test(tested.clone())>
                                "Test connection"
                            </button>
                            <a class="button small" href=format!("/o/{}/access", org.get_value())>"Open AI Access"</a>
                        </div>
                    </Notice>
                </div>
            }
        })
    }
}

#[component]
fn Loaded(
    org: StoredValue<String>,
    list: ProviderList,
    address: StoredValue<String>,
    filter: Memo<Filter>,
    on_filter: Callback<Filter>,
    dialogs: Dialogs,
    may_edit: bool,
) -> impl IntoView {
    let ProviderList { providers: all, now } = list;
    if all.is_empty() {
        return view! { <NoProviders dialogs may_edit /> }.into_any();
    }
    let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let all = RwSignal::new(all);
    let shown = Memo::new(move |_| {
        all.read()
            .iter()
            .filter(|p| filter.read().shows(p))
            .cloned()
            .collect::<Vec<_>>()
    });
    let none_match = move || shown.read().is_empty();
    view! {
        <Cards all />
        <Toolbar action=address.get_value() filter on_filter />
        {move || {
            if none_match() {
                view! {
                    <div class="panel">
                        <EmptyState title="No matching providers" text="Change or clear the search and filters.">
                            <a class="button" href=address.get_value()>"Clear search and filters"</a>
                        </EmptyState>
                    </div>
                }
                    .into_any()
            } else {
                view! { <ProviderTable org rows=shown now dialogs may_edit /> }.into_any()
            }
        }}
        <div class="status-bar" role="status">
            <span>
                {counted(total, "provider")} " · "
                {move || thousands(u32::try_from(shown.read().len()).unwrap_or(u32::MAX))} " shown"
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn NoProviders(dialogs: Dialogs, may_edit: bool) -> impl IntoView {
    if !may_edit {
        return view! {
            <div class="panel">
                <EmptyState
                    title="No providers"
                    text="Only owners and admins can add providers."
                />
            </div>
        }
        .into_any();
    }
    view! {
        <div class="panel">
            <EmptyState
                title="Add the first provider"
                text="A provider is a connection to an AI service: its base URL and credential. Add one, then assign it to members."
            >
                <button type="button" class="button needs-script" on:click=move |_| dialogs.add()>
                    "Add provider"
                </button>
            </EmptyState>
        </div>
    }
    .into_any()
}
