//! Teams: named groups of people.

mod delete;
mod dialogs;
mod name;
mod people;
mod providers;

use crate::api::teams::list_teams;
use crate::components::picker::names;
use crate::components::{EmptyState, Icon, LoadFailed, NotCurrent, Skeleton, counted};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading;
use delete::DeleteDialog;
use dialogs::{Dialogs, people};
use domain::provider::{ProviderRef, ProviderStatus};
use domain::team::TeamView;
use leptos::prelude::*;
use leptos_meta::Title;
use name::NameDialog;
use people::PeopleDialog;
use providers::ProvidersDialog;

/// The list of teams and its dialogs.
#[component]
pub fn TeamsPage() -> impl IntoView {
    let viewer = use_viewer();
    let may_edit = viewer.organization.role.administers();
    let org = StoredValue::new(viewer.organization.slug);
    let teams = reading(move || list_teams(org.get_value()));
    let dialogs = Dialogs::new();
    let on_changed = move |()| teams.refetch();
    view! {
        <Title text="Teams" />
        <div class="page-head">
            <div>
                <h1>"Teams"</h1>
                <p class="lede">"Whoever is in a team can use its providers. Teams are also there to find and filter people by."</p>
            </div>
            <div class="actions">
                <a class="button" href=format!("/o/{}/templates", org.get_value())>"Templates"</a>
                {may_edit
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button primary needs-script"
                                on:click=move |_| dialogs.open(dialogs.name, None)
                            >
                                <Icon name="plus" />
                                "Create team"
                            </button>
                        }
                    })}
            </div>
        </div>
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match teams.await {
                    Ok(list) => {
                        let empty = list.value.is_empty();
                        view! {
                            <NotCurrent problem=list.problem retry=move |()| teams.refetch() />
                            {if empty {
                                view! { <NoTeams dialogs may_edit /> }.into_any()
                            } else {
                                view! { <TeamTable org list=list.value dialogs may_edit /> }.into_any()
                            }}
                        }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| teams.refetch() /> }.into_any(),
                }
            })}
        </Transition>
        <PeopleDialog org dialogs may_edit on_changed />
        <ProvidersDialog org dialogs may_edit on_changed />
        {may_edit
            .then(|| {
                view! {
                    <NameDialog org dialogs on_changed />
                    <DeleteDialog org dialogs on_changed />
                }
            })}
    }
}

#[component]
fn TeamTable(
    org: StoredValue<String>,
    list: Vec<TeamView>,
    dialogs: Dialogs,
    may_edit: bool,
) -> impl IntoView {
    let total = counted(u32::try_from(list.len()).unwrap_or(u32::MAX), "team");
    view! {
        <div class="table-panel team-list">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"People"</th>
                        <th scope="col">"Providers"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>
                    {list.into_iter().map(|team| view! { <Row org team dialogs may_edit /> }).collect_view()}
                </tbody>
            </table>
        </div>
        <div class="status-bar"><span>{total}</span></div>
    }
}

#[component]
fn Row(org: StoredValue<String>, team: TeamView, dialogs: Dialogs, may_edit: bool) -> impl IntoView {
    let who = format!("/o/{}/access?team={}", org.get_value(), team.id);
    let name = team.name.clone();
    let members = team.members;
    let carried = tags(&team.providers);
    let team = StoredValue::new(team);
    let button = move |label: &'static str, dialog: RwSignal<bool>| {
        view! {
            <button
                type="button"
                class="button small"
                on:click=move |_| dialogs.open(dialog, Some(team.get_value()))
            >
                {label}
                <span class="visually-hidden">" " {team.get_value().name}</span>
            </button>
        }
    };
    view! {
        <tr>
            <td><strong dir="auto">{name}</strong></td>
            <td>
                {if members == 0 {
                    view! { <span class="muted">"No members"</span> }.into_any()
                } else {
                    view! { <a href=who>{people(members)}</a> }.into_any()
                }}
            </td>
            <td>{carried}</td>
            <td class="actions needs-script">
                {button("People", dialogs.people)} {button("Providers", dialogs.providers)}
                {may_edit.then(|| (button("Rename", dialogs.name), button("Delete", dialogs.delete)))}
            </td>
        </tr>
    }
}

/// Providers that a team carries beyond this are only counted.
const SHOWN: usize = 4;

fn tags(providers: &[ProviderRef]) -> AnyView {
    if providers.is_empty() {
        return view! { <span class="muted">"No providers"</span> }.into_any();
    }
    let (shown, hidden) = providers.split_at(providers.len().min(SHOWN));
    let tag = |provider: &ProviderRef| {
        let inactive = provider.status == ProviderStatus::Inactive;
        view! {
            <bdi class="tag" class:inactive=inactive title=provider.name.clone()>
                {provider.name.clone()}
                {inactive.then_some(" (inactive)")}
            </bdi>
        }
    };
    let rest = (!hidden.is_empty()).then(|| {
        let all = hidden.iter().map(|provider| provider.name.as_str());
        view! { <span class="muted" title=names(all)>{format!("+{}", hidden.len())}</span> }
    });
    view! { <div class="tags">{shown.iter().map(tag).collect_view()} {rest}</div> }.into_any()
}

#[component]
fn NoTeams(dialogs: Dialogs, may_edit: bool) -> impl IntoView {
    let text = if may_edit {
        "Create one to give its people the same providers, and to find them in AI Access with one click."
    } else {
        "An owner or admin can create them."
    };
    view! {
        <div class="panel">
            <EmptyState title="No team yet" text=text>
                {may_edit
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button needs-script"
                                on:click=move |_| dialogs.open(dialogs.name, None)
                            >
                                "Create team"
                            </button>
                        }
                    })}
            </EmptyState>
        </div>
    }
}
