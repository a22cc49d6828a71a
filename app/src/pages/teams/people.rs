//! The people of a team: who is in it, adding and taking out.

use super::dialogs::{Dialogs, people};
use crate::api::ApiResult;
use crate::api::teams::{change_team_people, find_people, team_people};
use crate::components::{Busy, Cancel, Dialog, Icon, LoadFailed};
use crate::pages::request::RequestProblem;
use domain::team::{TeamPeopleChange, TeamPerson, TeamView};
use domain::{MemberId, Problem, TeamRole};
use leptos::prelude::*;
use std::collections::HashSet;
use std::time::Duration;

/// Rows of a long list that are shown: more would take seconds to build, and nobody reads them. The rest is found by
/// searching, and in AI Access.
const SHOWN: usize = 200;

/// The dialog. Each change is in force at once.
#[component]
pub fn PeopleDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// May add and take out.
    may_edit: bool,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog
            id="team-people"
            open=dialogs.people
            title=Signal::derive(move || format!("People in {}", dialogs.subject_name()))
        >
            {move || {
                dialogs.subject.get_untracked().map(|team| view! { <People org team may_edit on_changed /> })
            }}
        </Dialog>
    }
}

#[component]
fn People(
    org: StoredValue<String>,
    team: TeamView,
    may_edit: bool,
    on_changed: Callback<()>,
) -> impl IntoView {
    let id = team.id;
    let problem = RwSignal::new(None::<Problem>);
    // Only ever read in the browser, after a click: nothing of it is in the first HTML.
    let inside = RwSignal::new(None::<ApiResult<Vec<TeamPerson>>>);
    // A list that is shown stays while it cannot be read again.
    let read = move || async move {
        let new = team_people(org.get_value(), id).await;
        match new {
            // None when the dialog was closed meanwhile.
            Err(error) if inside.try_with_untracked(|inside| matches!(inside, Some(Ok(_)))) == Some(true) => {
                problem.set(Some(error.0))
            }
            new => inside.set(Some(new)),
        }
    };
    let load = Action::new(move |_: &()| async move { read().await });
    load.dispatch(());
    let change = Action::new(move |change: &TeamPeopleChange| {
        let change = change.clone();
        async move {
            match change_team_people(org.get_value(), id, change).await {
                Ok(()) => {
                    problem.set(None);
                    read().await;
                    on_changed.run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = change.pending();
    let take_out = Callback::new(move |member: MemberId| {
        change.dispatch(TeamPeopleChange {
            removed: vec![member],
            ..TeamPeopleChange::default()
        });
    });
    let set_place = Callback::new(move |place: (MemberId, TeamRole)| {
        change.dispatch(TeamPeopleChange {
            places: vec![place],
            ..TeamPeopleChange::default()
        });
    });
    let add = Callback::new(move |member: MemberId| {
        change.dispatch(TeamPeopleChange {
            added: vec![member],
            ..TeamPeopleChange::default()
        });
    });
    let all = format!("/o/{}/access?team={id}", org.get_value());
    let members = Signal::derive(move || match &*inside.read() {
        Some(Ok(people)) => people.iter().map(|p| p.member).collect::<HashSet<_>>(),
        _ => HashSet::new(),
    });
    view! {
        // With nothing in it to go to, a long list must itself be reachable to be scrolled by keyboard.
        <div
            class="dialog-body"
            role="group"
            aria-label="People"
            tabindex=(!may_edit).then_some("0")
        >
            <RequestProblem problem />
            {may_edit.then(|| view! { <Add org members pending add take_out /> })}
            {move || match inside.get() {
                None => view! { <Busy label="Looking up who is in it…" /> }.into_any(),
                Some(Err(error)) => {
                    view! {
                        <LoadFailed
                            problem=error.0
                            retry=move |()| {
                                load.dispatch(());
                            }
                        />
                    }
                        .into_any()
                }
                Some(Ok(list)) => view! { <Inside list all=all.clone() may_edit pending take_out set_place /> }.into_any(),
            }}
        </div>
        <div class="dialog-foot">
            <span class="effect">{may_edit.then_some("Changes apply immediately.")}</span>
            <Cancel label="Close" />
        </div>
    }
}

#[component]
fn Inside(
    list: Vec<TeamPerson>,
    /// Where all of them are listed.
    all: String,
    may_edit: bool,
    #[prop(into)] pending: Signal<bool>,
    take_out: Callback<MemberId>,
    set_place: Callback<(MemberId, TeamRole)>,
) -> impl IntoView {
    let heading = people(u32::try_from(list.len()).unwrap_or(u32::MAX));
    if list.is_empty() {
        let text = if may_edit {
            "Nobody is in this team yet. Find people above and add them."
        } else {
            "Nobody is in this team yet."
        };
        return view! { <p class="muted">{text}</p> }.into_any();
    }
    let is_cut = list.len() > SHOWN;
    view! {
        <h3>{heading}</h3>
        <ul class="people">
            {list
                .into_iter()
                .take(SHOWN)
                .map(|person| {
                    let member = person.member;
                    let who = display(&person);
                    let (label, place) = match person.role {
                        TeamRole::Lead => ("Make member", TeamRole::Member),
                        TeamRole::Member => ("Make lead", TeamRole::Lead),
                    };
                    view! {
                        <li>
                            <Person person />
                            {may_edit
                                .then(|| {
                                    view! {
                                        <span class="row">
                                            <button
                                                type="button"
                                                class="button small"
                                                disabled=pending
                                                aria-label=format!("{label}: {who}")
                                                on:click=move |_| set_place.run((member, place))
                                            >
                                                {label}
                                            </button>
                                            <TakeOut who member pending take_out />
                                        </span>
                                    }
                                })}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        {is_cut
            .then(|| {
                view! {
                    <p class="muted">
                        {format!("These are the first {SHOWN} by name. ")} <a href=all>"See everybody in AI Access"</a>
                        {may_edit.then_some(", or find somebody above to take them out")} "."
                    </p>
                }
            })}
    }
    .into_any()
}

#[component]
fn TakeOut(
    who: String,
    member: MemberId,
    pending: Signal<bool>,
    take_out: Callback<MemberId>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button small"
            disabled=pending
            aria-label=format!("Take {who} out")
            on:click=move |_| take_out.run(member)
        >
            "Remove"
        </button>
    }
}

/// Finds people to add; of those already in the team, to take out.
#[component]
fn Add(
    org: StoredValue<String>,
    /// Who is in the team already.
    members: Signal<HashSet<MemberId>>,
    #[prop(into)] pending: Signal<bool>,
    add: Callback<MemberId>,
    take_out: Callback<MemberId>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(None::<ApiResult<Vec<TeamPerson>>>);
    let find = Action::new(move |wanted: &String| {
        let wanted = wanted.clone();
        async move {
            let answer = find_people(org.get_value(), wanted.clone()).await;
            // A late answer to an earlier text, or after the dialog was closed, is of no use any more.
            if text.try_with_untracked(|text| text.trim() == wanted) == Some(true) {
                found.set(Some(answer));
            }
        }
    });
    let look = debounce(Duration::from_millis(200), move |()| {
        let wanted = text.read_untracked().trim().to_owned();
        if !wanted.is_empty() {
            find.dispatch(wanted);
        }
    });
    let look = StoredValue::new(look);
    let results = move || {
        let list = match found.get()? {
            Ok(list) => list,
            Err(error) => {
                return Some(view! { <p class="error" role="alert">{error.0.message}</p> }.into_any());
            }
        };
        if list.is_empty() {
            return Some(
                view! { <p class="muted">"Nobody has this in their name or address."</p> }.into_any(),
            );
        }
        let rows = list.into_iter().map(|person| {
            let member = person.member;
            let who = display(&person);
            view! {
                <li>
                    <Person person />
                    {move || {
                        if members.read().contains(&member) {
                            view! {
                                <span class="row">
                                    <span class="muted">"In the team"</span>
                                    <TakeOut who=who.clone() member pending take_out />
                                </span>
                            }
                                .into_any()
                        } else {
                            view! {
                                <button
                                    type="button"
                                    class="button small"
                                    disabled=pending
                                    aria-label=format!("Add {who}")
                                    on:click=move |_| add.run(member)
                                >
                                    "Add"
                                </button>
                            }
                                .into_any()
                        }
                    }}
                </li>
            }
        });
        Some(view! { <ul class="people found">{rows.collect_view()}</ul> }.into_any())
    };
    view! {
        <div class="search">
            <Icon name="search" />
            <input
                class="input"
                type="search"
                aria-label="Find people to add"
                placeholder="Find people to add"
                autocomplete="off"
                autofocus
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    if text.read_untracked().trim().is_empty() {
                        found.set(None);
                    }
                    look.update_value(|look| look(()));
                }
            />
        </div>
        <div role="status">{results}</div>
    }
}

fn display(person: &TeamPerson) -> String {
    if person.name.is_empty() {
        person.email.clone()
    } else {
        person.name.clone()
    }
}

#[component]
fn Person(person: TeamPerson) -> impl IntoView {
    let named = !person.name.is_empty();
    view! {
        <span class="person">
            <strong>{display(&person)}</strong>
            {(person.role == TeamRole::Lead).then(|| view! { " " <span class="badge info">{TeamRole::Lead.label()}</span> })}
            {named.then(|| view! { <span class="muted">{person.email}</span> })}
        </span>
    }
}
