//! The providers of a team: what it carries, and who gains or loses what by a change.

use super::dialogs::{Dialogs, people};
use crate::api::ApiResult;
use crate::api::teams::{get_team_providers, set_team_providers};
use crate::components::picker::{Choice, Difference, Picker, names};
use crate::components::{Busy, Cancel, Dialog, LoadFailed, Notice, NoticeKind, use_dialog, use_toaster};
use crate::pages::ends::until;
use crate::pages::request::RequestProblem;
use domain::member::ProvidersChange;
use domain::provider::ProviderStatus;
use domain::team::{TeamProviders, TeamView};
use domain::{Problem, ProviderId, VersionedOutcome};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The dialog; whoever may not edit reads it.
#[component]
pub fn ProvidersDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    may_edit: bool,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let title = move || format!("Providers of {}", dialogs.subject_name());
    view! {
        <Dialog id="team-providers" open=dialogs.providers title=Signal::derive(title)>
            {move || {
                dialogs.subject.get_untracked().map(|team| view! { <Providers org team dialogs may_edit on_changed /> })
            }}
        </Dialog>
    }
}

#[component]
fn Providers(
    org: StoredValue<String>,
    team: TeamView,
    dialogs: Dialogs,
    may_edit: bool,
    on_changed: Callback<()>,
) -> impl IntoView {
    let id = team.id;
    // Only ever read in the browser, after a click: nothing of it is in the first HTML.
    let found = RwSignal::new(None::<ApiResult<TeamProviders>>);
    // Somebody else was first: the choice is kept, what it would do is counted anew.
    let overtaken = RwSignal::new(false);
    let chosen = RwSignal::new(None::<BTreeSet<i64>>);
    let load = Action::new(move |_: &()| async move {
        let answer = get_team_providers(org.get_value(), id).await;
        found.set(Some(answer));
    });
    load.dispatch(());
    let conflict = Callback::new(move |()| {
        overtaken.set(true);
        load.dispatch(());
    });
    move || match found.get() {
        None => {
            view! { <div class="dialog-body"><Busy label="Looking up its providers…" /></div> }.into_any()
        }
        Some(Err(error)) => view! {
            <div class="dialog-body">
                <LoadFailed
                    problem=error.0
                    retry=move |()| {
                        load.dispatch(());
                    }
                />
            </div>
        }
        .into_any(),
        Some(Ok(now)) => {
            view! { <Form org now dialogs chosen overtaken conflict may_edit on_changed /> }.into_any()
        }
    }
}

fn carried(now: &TeamProviders) -> BTreeSet<i64> {
    let carried = now.providers.iter().filter(|of_team| of_team.carried);
    carried.map(|of_team| of_team.provider.id.0).collect()
}

fn choices(now: &TeamProviders) -> Vec<Choice> {
    let choice = |of_team: &domain::team::TeamProvider| {
        let provider = &of_team.provider;
        let off = provider.status == ProviderStatus::Inactive;
        Choice {
            id: provider.id.0,
            name: provider.name.clone(),
            aside: match of_team.ends_at {
                None => provider.about(),
                Some(end) => until(end, ""),
            },
            off,
            fixed: off && !of_team.carried,
        }
    };
    now.providers.iter().map(choice).collect()
}

/// `OpenAI: 12 people gain it.`, a sentence for each provider that comes or goes.
fn effect(now: &TeamProviders, difference: &Difference) -> String {
    if difference.is_empty() {
        return difference.words();
    }
    let sentence = |id: &i64, does: [&str; 2]| {
        let of_team = now
            .providers
            .iter()
            .find(|of_team| of_team.provider.id.0 == *id)?;
        let [one, several] = does;
        let name = &of_team.provider.name;
        Some(match of_team.only_here {
            0 => format!("{name}: changes nothing for anybody."),
            1 => format!("{name}: 1 person {one} it."),
            n => format!("{name}: {} {several} it.", people(n)),
        })
    };
    let gains = difference
        .added
        .iter()
        .filter_map(|id| sentence(id, ["gains", "gain"]));
    let loses = difference
        .removed
        .iter()
        .filter_map(|id| sentence(id, ["loses", "lose"]));
    gains.chain(loses).collect::<Vec<_>>().join(" ")
}

#[component]
fn Form(
    org: StoredValue<String>,
    now: TeamProviders,
    dialogs: Dialogs,
    chosen: RwSignal<Option<BTreeSet<i64>>>,
    overtaken: RwSignal<bool>,
    conflict: Callback<()>,
    may_edit: bool,
    on_changed: Callback<()>,
) -> impl IntoView {
    let toaster = use_toaster();
    let problem = RwSignal::new(None::<Problem>);
    let was = StoredValue::new(carried(&now));
    let choices = choices(&now);
    let nothing_to_choose = choices.is_empty();
    let now = StoredValue::new(now);
    let mine = RwSignal::new(chosen.get_untracked().unwrap_or_else(|| was.get_value()));
    let difference = Memo::new(move |_| was.with_value(|was| Difference::between(was, &mine.read())));
    use_dialog().changed_when(move || !difference.read().is_empty());
    let save = Action::new(move |change: &ProvidersChange| {
        let change = change.clone();
        let team = now.with_value(|now| now.team.id);
        let asked = mine.get_untracked();
        async move {
            match set_team_providers(org.get_value(), team, change).await {
                Ok(VersionedOutcome::Saved(team)) => {
                    dialogs.providers.set(false);
                    let providers = names(team.providers.iter().map(|provider| provider.name.as_str()));
                    toaster.show(format!("Providers of {}: {providers}.", team.name));
                    on_changed.run(());
                }
                Ok(VersionedOutcome::Conflict(_)) => {
                    // Nobody looks when the dialog was closed meanwhile.
                    chosen.set(Some(asked));
                    conflict.try_run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = save.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        problem.set(None);
        overtaken.set(false);
        let ids = |ids: Vec<i64>| ids.into_iter().map(ProviderId).collect();
        let Difference { added, removed } = difference.get_untracked();
        save.dispatch(ProvidersChange {
            version: now.with_value(|now| now.team.version),
            added: ids(added),
            removed: ids(removed),
        });
    };
    let joined = now.with_value(|now| now.joined);
    let about = match joined {
        0 => "Nobody is in this team yet. Whoever joins can use what is selected.".to_owned(),
        1 => "The person in this team can use what is selected, besides what they were given personally."
            .to_owned(),
        n => format!(
            "All {} in this team can use what is selected, besides what they were given personally.",
            people(n)
        ),
    };
    let providers_page = format!("/o/{}/providers", org.get_value());
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                {move || {
                    overtaken
                        .get()
                        .then(|| {
                            view! {
                                <Notice kind=NoticeKind::Error>
                                    <p>
                                        "Somebody else changed this team while you were editing. Nothing of yours was saved. Your selection is kept: check what it does now, then save again."
                                    </p>
                                </Notice>
                            }
                        })
                }}
                <RequestProblem problem />
                <p class="muted">{about}</p>
                {if nothing_to_choose {
                    view! {
                        <p>"There is no provider yet. " <a href=providers_page>"Add the first one"</a> "."</p>
                    }
                        .into_any()
                } else {
                    view! {
                        <fieldset class="plain" disabled=!may_edit>
                            <Picker what="providers" choices chosen=mine />
                        </fieldset>
                    }
                        .into_any()
                }}
            </div>
            {may_edit
                .then(|| {
                    view! {
                        <div class="dialog-foot">
                            <p class="effect" role="status">
                                {move || now.with_value(|now| effect(now, &difference.read()))}
                            </p>
                            <Cancel />
                            <button
                                type="submit"
                                class="button primary"
                                disabled=move || pending.get() || difference.read().is_empty()
                            >
                                {move || if pending.get() { "Saving…" } else { "Save changes" }}
                            </button>
                        </div>
                    }
                })}
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TeamId;
    use domain::provider::{ApiType, ProviderRef};
    use domain::team::TeamProvider;

    #[test]
    fn says_who_gains_and_who_loses() {
        let of_team = |id, name: &str, carried, only_here| TeamProvider {
            provider: ProviderRef {
                id: ProviderId(id),
                name: name.to_owned(),
                status: ProviderStatus::Active,
                api_type: ApiType::OpenAi,
            },
            carried,
            ends_at: None,
            only_here,
        };
        let now = TeamProviders {
            team: TeamView {
                id: TeamId(1),
                name: "Sales".to_owned(),
                members: 3,
                providers: Vec::new(),
                version: 1,
            },
            joined: 3,
            providers: vec![
                of_team(1, "Lab", false, 1_200),
                of_team(2, "Far", true, 1),
                of_team(3, "Near", true, 0),
            ],
        };
        let words = |chosen: &[i64]| {
            let chosen = chosen.iter().copied().collect();
            effect(&now, &Difference::between(&carried(&now), &chosen))
        };
        assert_eq!(words(&[2, 3]), "No changes");
        assert_eq!(
            words(&[1, 3]),
            "Lab: 1,200 people gain it. Far: 1 person loses it."
        );
        assert_eq!(words(&[2]), "Near: changes nothing for anybody.");
    }
}
