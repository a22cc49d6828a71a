//! One provider: its settings, how it answers, its models, what it was used for and who may use it; changed right here.

use super::confirm::{DeactivateDialog, DeleteDialog, activation};
use super::dialogs::Dialogs;
use super::form::FormDialog;
use super::models::Models;
use super::teams::Teams;
use super::test::TestDialog;
use crate::api::providers::provider_details;
use crate::browser::navigation;
use crate::components::{LoadFailed, MonthSpend, NotCurrent, Skeleton, TimeAgo, UsageChart, thousands};
use crate::pages::access::badge_class;
use crate::pages::auth::answer_with_status;
use crate::pages::ends::{TermsDialog, TermsEditor, until};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading;
use domain::provider::{ProviderDetails, ProviderHealth, ProviderMember, ProviderStatus, ProviderView};
use domain::usage::UsageSum;
use domain::{ProblemCode, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

/// The page of the provider whose slug is in the address.
#[component]
pub fn ProviderPage() -> impl IntoView {
    let viewer = use_viewer();
    let may_edit = viewer.organization.role.administers();
    let org = StoredValue::new(viewer.organization.slug);
    let (params, location) = (use_params_map(), use_location());
    let slug = Memo::new(move |_| params.read().get("provider"));
    let first = slug.get_untracked();
    // Another provider is another document.
    Effect::new(move |_| {
        let another = slug.get();
        if another.is_some() && another != first {
            navigation::leave_to(&location.pathname.read_untracked());
        }
    });
    let details = {
        let slug = slug.get_untracked().unwrap_or_default();
        reading(move || provider_details(org.get_value(), slug.clone()))
    };
    let dialogs = Dialogs::new();
    // Of the page: whoever is asked while its part of the page is read anew still tells it.
    let again = Callback::new(move |()| details.refetch());
    let ends = TermsEditor::new(org, again);
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match details.await {
                    Ok(read) => {
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Loaded org details=read.value dialogs ends may_edit on_changed=again />
                        }
                            .into_any()
                    }
                    Err(error) if error.0.code == ProblemCode::NotFound => view! { <NoSuchProvider org /> }.into_any(),
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
        {may_edit
            .then(|| {
                view! {
                    <FormDialog org dialogs on_saved=move |_| details.refetch() />
                    <TermsDialog editor=ends />
                    <TestDialog org dialogs on_tested=again />
                    <DeactivateDialog org dialogs on_changed=again />
                    <DeleteDialog
                        org
                        dialogs
                        on_changed=move |()| navigation::leave_to(&format!("/o/{}/providers", org.get_value()))
                    />
                }
            })}
    }
}

#[component]
fn NoSuchProvider(org: StoredValue<String>) -> impl IntoView {
    answer_with_status(404);
    view! {
        <Title text="Not found" />
        <div class="page-head">
            <h1>"Provider not found"</h1>
        </div>
        <div class="prose">
            <p>"The provider may have been deleted."</p>
            <p>
                <a href=format!("/o/{}/providers", org.get_value())>"Back to Providers"</a>
            </p>
        </div>
    }
}

#[component]
fn Loaded(
    org: StoredValue<String>,
    details: ProviderDetails,
    dialogs: Dialogs,
    ends: TermsEditor,
    may_edit: bool,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let ProviderDetails {
        provider,
        models,
        models_off,
        teams,
        members,
        days,
        month,
        now,
    } = details;
    let total = days
        .iter()
        .fold(UsageSum::default(), |sum, day| sum.plus(day.sum));
    dialogs.subject.set(Some(provider.clone()));
    view! {
        <Title text=provider.name.clone() />
        <div class="page-head">
            <div>
                <h1>
                    <bdi>{provider.name.clone()}</bdi>
                </h1>
                <p class="lede">
                    <a href=format!("/o/{}/providers", org.get_value())>"Back to Providers"</a>
                </p>
            </div>
            {may_edit.then(|| view! { <Actions org provider=provider.clone() dialogs on_changed /> })}
        </div>
        <div class="member-page">
            <div class="member-column">
                <Settings provider=provider.clone() now />
            </div>
            <div class="member-column">
                <div class="usage-told">
                    <UsageChart days />
                    <Total total />
                    <MonthSpend org=org.get_value() sum=month filter=format!("provider={}", provider.id) />
                </div>
                <Models org provider=provider.clone() models off=models_off may_edit on_changed />
            </div>
        </div>
        <Teams org provider=provider.clone() teams ends=may_edit.then_some(ends) now />
        <People org provider members now />
    }
}

/// Everything that can be done with it.
#[component]
fn Actions(
    org: StoredValue<String>,
    provider: ProviderView,
    dialogs: Dialogs,
    on_changed: Callback<()>,
) -> impl IntoView {
    let activate = activation(org, on_changed);
    let tested = provider.clone();
    let standing = if provider.status == ProviderStatus::Active {
        view! {
            <button type="button" class="button" on:click=move |_| dialogs.deactivate.set(true)>
                "Deactivate…"
            </button>
        }
        .into_any()
    } else {
        view! {
            <button
                type="button"
                class="button"
                disabled=activate.pending()
                on:click=move |_| {
                    activate.dispatch(provider.clone());
                }
            >
                "Activate"
            </button>
        }
        .into_any()
    };
    view! {
        <div class="row needs-script">
            <button type="button" class="button" on:click=move |_| dialogs.test(tested.clone())>
                "Test connection"
            </button>
            <button type="button" class="button" on:click=move |_| dialogs.form.set(true)>
                "Edit…"
            </button>
            {standing}
            <button type="button" class="button danger" on:click=move |_| dialogs.delete.set(true)>
                "Delete…"
            </button>
        </div>
    }
}

/// What was entered, and how it has been answering.
#[component]
fn Settings(provider: ProviderView, now: Timestamp) -> impl IntoView {
    let badge = match provider.status {
        ProviderStatus::Active => "badge ok",
        ProviderStatus::Inactive => "badge",
    };
    let credential = if provider.has_credential { "Stored" } else { "None" };
    let some = |label, text: String| {
        (!text.is_empty()).then(|| {
            view! {
                <dt>{label}</dt>
                <dd dir="auto">{text}</dd>
            }
        })
    };
    view! {
        <section class="member-section">
            <h2>"Settings"</h2>
            <dl class="facts">
                <dt>"Status"</dt>
                <dd>
                    <span class=badge>{provider.status.label()}</span>
                </dd>
                <dt>"Slug"</dt>
                <dd>
                    <code>{provider.slug}</code>
                </dd>
                <dt>"API type"</dt>
                <dd>{provider.api_type.label()}</dd>
                <dt>"Base URL"</dt>
                <dd>
                    <code>{provider.base_url}</code>
                </dd>
                {some("API version", provider.api_version)}
                <dt>"Credential"</dt>
                <dd>{credential}</dd>
                {some("Description", provider.description)}
            </dl>
        </section>
        <Health health=provider.health now />
    }
}

/// One state, with what it rests on.
#[component]
fn Health(health: ProviderHealth, now: Timestamp) -> impl IntoView {
    let (badge, state) = match (health.is_failing(), health.last_success_at) {
        (true, _) => ("badge danger", "Failing"),
        (false, Some(_)) => ("badge ok", "Working"),
        (false, None) => ("badge", "Not tested"),
    };
    let when = |label, at: Option<Timestamp>| {
        at.map(|at| {
            view! {
                <dt>{label}</dt>
                <dd>
                    <TimeAgo at now />
                </dd>
            }
        })
    };
    let problem = health.last_error.filter(|_| health.last_error_at.is_some());
    view! {
        <section class="member-section">
            <h2>"Health"</h2>
            <dl class="facts">
                <dt>"State"</dt>
                <dd>
                    <span class=badge>{state}</span>
                </dd>
                {when("Last answer", health.last_success_at)}
                {when("Last error", health.last_error_at)}
                {problem
                    .map(|problem| {
                        view! {
                            <dt>"Error"</dt>
                            <dd>{problem}</dd>
                        }
                    })}
                {when("Models updated", health.models_at)}
            </dl>
        </section>
    }
}

/// The sum of what the chart shows.
#[component]
fn Total(total: UsageSum) -> impl IntoView {
    if total.requests == 0 {
        return view! {
            <section class="member-section" id="usage">
                <h2>"Usage"</h2>
                <p class="muted">"No usage in the last 30 days"</p>
            </section>
        }
        .into_any();
    }
    let failed = (total.refused > 0).then(|| format!(" · {} refused or failed", thousands(total.refused)));
    view! {
        <p>
            "Last 30 days: " {thousands(total.requests)} " requests · " {thousands(total.tokens())} " tokens" {failed}
        </p>
    }
    .into_any()
}

/// The columns of the members: each one's class and label.
const COLUMNS: [(&str, &str); 5] = [
    ("name", "Member"),
    ("status", "Status"),
    ("since", "Assigned"),
    ("by", "Assigned by"),
    ("used", "Last used"),
];

/// Who may use it.
#[component]
fn People(
    org: StoredValue<String>,
    provider: ProviderView,
    members: Vec<ProviderMember>,
    now: Timestamp,
) -> impl IntoView {
    let all = format!("/o/{}/access?provider={}", org.get_value(), provider.id);
    let shown = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let list = if members.is_empty() {
        view! { <p class="muted">"No members can use it. Assign it in AI Access."</p> }.into_any()
    } else {
        let rows = members
            .into_iter()
            .map(|member| view! { <Row org member now /> })
            .collect_view();
        view! {
            <div class="table-panel granted-list">
                <table class="table" role="table" aria-label="Members">
                    <thead role="rowgroup">
                        <tr role="row">
                            {COLUMNS
                                .iter()
                                .map(|(class, label)| {
                                    view! { <th role="columnheader" scope="col" class=*class>{*label}</th> }
                                })
                                .collect_view()}
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let past = format!("/o/{}/as-of?provider={}", org.get_value(), provider.id);
    let rest = (provider.members > shown)
        .then(|| format!("The first {shown} of {} by name. ", thousands(provider.members)));
    view! {
        <section class="member-section granted" aria-labelledby="granted">
            <div class="row spread">
                <h2 id="granted">"Members"</h2>
                <div class="row">
                    <a href=past>"Past access"</a>
                    <a href=all>"Show in AI Access"</a>
                </div>
            </div>
            {list}
            {rest.map(|rest| view! { <p class="muted">{rest}</p> })}
        </section>
    }
}

#[component]
fn Row(org: StoredValue<String>, member: ProviderMember, now: Timestamp) -> impl IntoView {
    let page = format!("/o/{}/access/{}", org.get_value(), member.id);
    let email = (member.email != member.name).then_some(member.email);
    let team = member.granted.as_ref().and_then(|granted| granted.team.clone());
    let ends = member.granted.as_ref().and_then(|granted| granted.ends_at);
    let ends = ends.map(|end| view! { <span class="description">{until(end, "")}</span> });
    let (since, by) = match member.granted {
        Some(granted) => (
            view! { <time datetime=granted.at.rfc3339() title=granted.at.exact()>{granted.at.day()}</time> }
                .into_any(),
            granted.by.unwrap_or_else(|| "Deleted user".to_owned()),
        ),
        None => ("–".into_any(), "–".to_owned()),
    };
    let used = match member.last_used {
        Some(at) => view! { <TimeAgo at now /> }.into_any(),
        None => view! { <span class="muted">"Not in 30 days"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong dir="auto">
                    <a href=page>{member.name}</a>
                </strong>
                {email.map(|email| view! { <span class="description">{email}</span> })}
            </td>
            <td role="cell" class="status">
                <span class=badge_class(member.status)>{member.status.label()}</span>
            </td>
            <td role="cell" class="since" data-label="Assigned">
                {since}
                {ends}
            </td>
            <td role="cell" class="by" data-label="By">
                <bdi>{by}</bdi>
                {team.map(|team| view! { <span class="description">"Team " <bdi>{team.name}</bdi></span> })}
            </td>
            <td role="cell" class="used" data-label="Last used">
                {used}
            </td>
        </tr>
    }
}
