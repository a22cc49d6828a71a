//! Why this member may use a model, or why not: the facts in order, and what would mend it.

use super::super::access::editor::{RowEditor, Task};
use crate::api::members::why;
use crate::components::{Icon, Notice, NoticeKind};
use crate::pages::request::RequestProblem;
use domain::access::why::{Explanation, Mend, WhyInput};
use domain::key::KeyView;
use domain::member::MemberRow;
use domain::provider::ProviderRef;
use domain::{KeyId, Problem, ProviderId};
use leptos::prelude::*;

/// The question and its answer. Asked in the browser only.
#[component]
pub fn WhyPanel(
    org: StoredValue<String>,
    row: MemberRow,
    providers: Vec<ProviderRef>,
    keys: Vec<KeyView>,
    editor: RowEditor,
) -> impl IntoView {
    let member = row.id;
    let row = StoredValue::new(row);
    let model = RwSignal::new(String::new());
    let provider = RwSignal::new(None::<ProviderId>);
    let key = RwSignal::new(None::<KeyId>);
    let problem = RwSignal::new(None::<Problem>);
    let answer = RwSignal::new(None::<Explanation>);
    let ask = Action::new(move |asked: &WhyInput| {
        let asked = asked.clone();
        async move {
            match why(org.get_value(), asked).await {
                Ok(found) => {
                    problem.set(None);
                    answer.set(Some(found));
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = ask.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = model.read_untracked().trim().to_owned();
        ask.dispatch(WhyInput {
            member,
            provider: provider.get_untracked(),
            model: (!name.is_empty()).then_some(name),
            key: key.get_untracked(),
        });
    };
    let nothing = move || model.read().trim().is_empty() && provider.get().is_none();
    view! {
        <section class="member-section needs-script">
            <h2>"Check access"</h2>
            <form class="why-form" on:submit=submit>
                <label class="field">
                    <span>"Provider"</span>
                    <select
                        class="input"
                        on:change=move |event| provider.set(event_target_value(&event).parse().ok().map(ProviderId))
                    >
                        <option value="">"By model name"</option>
                        {providers
                            .into_iter()
                            .map(|provider| view! { <option value=provider.id.to_string()>{provider.name}</option> })
                            .collect_view()}
                    </select>
                </label>
                <label class="field">
                    <span>"Model"</span>
                    <input
                        class="input"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        placeholder="openai/gpt-5"
                        prop:value=move || model.get()
                        on:input=move |event| model.set(event_target_value(&event))
                    />
                </label>
                <label class="field">
                    <span>"Virtual key"</span>
                    <select
                        class="input"
                        on:change=move |event| key.set(event_target_value(&event).parse().ok().map(KeyId))
                    >
                        <option value="">"None, as in Chat"</option>
                        {keys
                            .into_iter()
                            .map(|key| {
                                view! {
                                    <option value=key.id.to_string()>{format!("{} (…{})", key.name, key.last_four)}</option>
                                }
                            })
                            .collect_view()}
                    </select>
                </label>
                <button type="submit" class="button" disabled=move || pending.get() || nothing()>
                    {move || if pending.get() { "Checking…" } else { "Check access" }}
                </button>
            </form>
            <RequestProblem problem />
            <div role="status">
                {move || answer.get().map(|found| view! { <Answer org found row editor /> })}
            </div>
        </section>
    }
}

#[component]
fn Answer(
    org: StoredValue<String>,
    found: Explanation,
    row: StoredValue<MemberRow>,
    editor: RowEditor,
) -> impl IntoView {
    let who = row.with_value(|row| row.display_name().to_owned());
    let about = found.provider.as_ref().map(|provider| provider.name.clone());
    let conclusion = match (found.why.first(), about) {
        (None, Some(provider)) => format!("{who} can use it, from {provider}."),
        (None, None) => format!("{who} can use it."),
        (Some(_), Some(provider)) => format!("{who} cannot use it, from {provider}."),
        (Some(_), None) => format!("{who} cannot use it."),
    };
    let kind = match found.why.first() {
        None => NoticeKind::Info,
        Some(_) => NoticeKind::Error,
    };
    let sources = sources(&found);
    let first = found.why.first();
    let facts = found.why.chain.iter().map(|(fact, holds)| {
        let (icon, word) = match holds {
            true => ("check", "Yes"),
            false => ("close", "No"),
        };
        view! {
            <li class:failed=!holds class:first=first == Some(*fact)>
                <Icon name=icon />
                <span class="visually-hidden">{word} ": "</span>
                {fact.label()}
            </li>
        }
    });
    let facts = facts.collect_view();
    view! {
        <Notice kind>
            <p>
                {conclusion}
                {found.reason.map(|reason| view! { " " <code>{reason.as_str()}</code> })}
            </p>
        </Notice>
        <ol class="facts plain-list">{facts}</ol>
        {sources.map(|text| view! { <p class="muted">{text}</p> })}
        {found.mend.map(|mend| view! { <MendIt org mend row editor /> })}
    }
}

/// `Allowed by: assigned personally; team Sales (ended 3 Mar 2026).`
fn sources(found: &Explanation) -> Option<String> {
    let told = found.why.sources.iter().map(|source| {
        let from = match source.team {
            None => "assigned personally".to_owned(),
            Some(id) => {
                let team = found.teams.iter().find(|team| team.id == id);
                format!("team {}", team.map_or("", |team| team.name.as_str()))
            }
        };
        match (source.ends_at, source.live) {
            (Some(end), true) => format!("{from} (until {})", end.last_day().day()),
            (Some(end), false) => format!("{from} (ended {})", end.last_day().day()),
            (None, _) => from,
        }
    });
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| format!("Sources: {}.", told.join("; ")))
}

/// The button or the words that mend it.
#[component]
fn MendIt(
    org: StoredValue<String>,
    mend: Mend,
    row: StoredValue<MemberRow>,
    editor: RowEditor,
) -> impl IntoView {
    let button = move |label: &'static str, task: Task| {
        view! {
            <button type="button" class="button primary" on:click=move |_| editor.start(task, row.get_value())>
                {label}
            </button>
        }
        .into_any()
    };
    let link = move |label: &'static str, page: &str| {
        let href = format!("/o/{}/{page}", org.get_value());
        view! { <a class="button primary" href=href>{label}</a> }.into_any()
    };
    match mend {
        Mend::AssignProvider | Mend::ExtendGrant { team: None } => {
            button("Assign providers", Task::Providers)
        }
        Mend::ReactivateMember => button("Reactivate member", Task::Suspension),
        Mend::ResendInvitation => button("Resend invitation", Task::Resend),
        Mend::ActivateProvider => link("Activate provider", "providers"),
        Mend::IncludeModel => {
            view! { <a class="button primary" href="#providers">"Edit limits"</a> }.into_any()
        }
        Mend::SwitchModelOn => link("Switch the model on", "providers"),
        Mend::RefreshModels => link("Refresh models", "providers"),
        Mend::ExtendGrant { team: Some(_) } => link("Edit the team's providers", "teams"),
        Mend::MakeKey => view! { <a class="button primary" href="#keys">"Create key"</a> }.into_any(),
        Mend::WidenKey => view! { <a class="button primary" href="#keys">"Edit keys"</a> }.into_any(),
        Mend::UseFullName { models } => view! {
            <p>"Use the full name: "</p>
            <ul class="plain-list">
                {models.into_iter().map(|model| view! { <li><code>{model}</code></li> }).collect_view()}
            </ul>
        }
        .into_any(),
        Mend::RequestAccess => link("Ask for access", "access/requests"),
        Mend::Ask { role } => {
            view! { <p>{format!("Ask somebody whose role is {} or above.", role.label())}</p> }.into_any()
        }
    }
}
