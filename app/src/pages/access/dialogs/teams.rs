//! Teams of one member.

use super::conflict::OrConflict;
use super::saving::{Saving, SavingFoot, SavingProblem};
use crate::api::members::set_teams;
use crate::components::picker::{Choice, Difference, Picker, names};
use crate::components::use_dialog;
use domain::TeamId;
use domain::member::{MemberRow, TeamsChange};
use leptos::prelude::*;
use std::collections::BTreeSet;

fn joined(row: &MemberRow) -> BTreeSet<i64> {
    row.teams.iter().map(|team| team.id.0).collect()
}

/// Every team of the organization to choose from.
pub fn form(saving: Saving, row: MemberRow) -> AnyView {
    let teams = StoredValue::new(untrack(|| saving.editor.choices.teams.get()));
    let choices = teams.with_value(|all| {
        let choice = |id: i64, name: &str| Choice {
            id,
            name: name.to_owned(),
            aside: String::new(),
            off: false,
            fixed: false,
        };
        all.iter()
            .map(|team| choice(team.id.0, &team.name))
            .collect::<Vec<_>>()
    });
    let nothing_to_choose = choices.is_empty();
    let was = joined(&row);
    let chosen = RwSignal::new(was.clone());
    let difference = Memo::new(move |_| Difference::between(&was, &chosen.read()));
    use_dialog().changed_when(move || !difference.read().is_empty());

    let save = move |base: MemberRow| {
        let Difference { added, removed } = Difference::between(&joined(&base), &chosen.read_untracked());
        let change = TeamsChange {
            version: base.version,
            added: added.into_iter().map(TeamId).collect(),
            removed: removed.into_iter().map(TeamId).collect(),
        };
        saving.edit(set_teams(saving.editor.org(), base.id, change), |row| {
            format!(
                "Teams of {}: {}.",
                row.display_name(),
                names(row.teams.iter().map(|team| team.name.as_str()))
            )
        });
    };
    let mine = move || {
        let chosen = chosen.read();
        teams.with_value(|all| {
            names(
                all.iter()
                    .filter(|t| chosen.contains(&t.id.0))
                    .map(|t| t.name.as_str()),
            )
        })
    };
    let row = StoredValue::new(row);
    let choices = StoredValue::new(choices);
    let teams_page = saving.editor.path("teams");
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            save(row.get_value());
        }>
            <OrConflict
                saving
                theirs=|now: MemberRow| names(now.teams.iter().map(|team| team.name.as_str()))
                mine=Signal::derive(mine)
                use_mine=save
            >
                <div class="dialog-body">
                    {if nothing_to_choose {
                        view! {
                            <p>
                                "There is no team yet. "
                                <a href=teams_page.clone()>"Create the first one"</a>
                                ", then add people to it."
                            </p>
                        }
                            .into_any()
                    } else {
                        view! { <Picker what="teams" choices=choices.get_value() chosen /> }.into_any()
                    }}
                    <SavingProblem saving />
                </div>
                <SavingFoot
                    saving
                    effect=Signal::derive(move || difference.read().words())
                    save="Save"
                    ready=Signal::derive(move || !difference.read().is_empty())
                />
            </OrConflict>
        </form>
    }
    .into_any()
}
