//! Allowed providers of one member.

use super::conflict::OrConflict;
use super::saving::{Saving, SavingFoot, SavingProblem};
use crate::api::members::set_providers;
use crate::components::picker::{Choice, Difference, Picker, names};
use crate::components::use_dialog;
use domain::member::{MemberRow, ProvidersChange};
use domain::provider::{ProviderRef, ProviderStatus};
use domain::{MemberStatus, ProviderId};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// What the member was given personally; what teams carry is changed at the team.
fn granted(row: &MemberRow) -> BTreeSet<i64> {
    let own = row.allowed.iter().filter(|by| by.team.is_none());
    own.map(|by| by.provider.0).collect()
}

/// An inactive provider can be taken away but not given; taken away by mistake, it can be put back before saving.
fn choice(provider: &ProviderRef, row: &MemberRow, was: &BTreeSet<i64>) -> Choice {
    let off = provider.status == ProviderStatus::Inactive;
    let teams = row.carriers(provider.id);
    Choice {
        id: provider.id.0,
        name: provider.name.clone(),
        aside: match teams.is_empty() {
            true => provider.about(),
            false => format!("from {}", names(teams)),
        },
        off,
        fixed: off && !was.contains(&provider.id.0),
    }
}

/// Every active provider to choose from, and the inactive ones in grey. What is sent is what was added and what was
/// removed, so that it can be told from what others did.
pub fn form(saving: Saving, row: MemberRow) -> AnyView {
    let providers = StoredValue::new(untrack(|| saving.editor.choices.providers.get()));
    let was = granted(&row);
    let choices = providers.with_value(|all| {
        all.iter()
            .map(|provider| choice(provider, &row, &was))
            .collect::<Vec<_>>()
    });
    let nothing_to_choose = choices.is_empty();
    let chosen = RwSignal::new(was.clone());
    let difference = Memo::new(move |_| Difference::between(&was, &chosen.read()));
    use_dialog().changed_when(move || !difference.read().is_empty());
    let when = match row.status {
        MemberStatus::Suspended => "Applies once they are reactivated.",
        _ => "Changes apply immediately, in Chat and for keys.",
    };

    let save = move |base: MemberRow| {
        let inactive = |id: &i64| {
            providers.with_value(|all| {
                all.iter()
                    .any(|p| p.id.0 == *id && p.status == ProviderStatus::Inactive)
            })
        };
        let Difference { added, removed } = Difference::between(&granted(&base), &chosen.read_untracked());
        let change = ProvidersChange {
            version: base.version,
            added: added
                .into_iter()
                .filter(|id| !inactive(id))
                .map(ProviderId)
                .collect(),
            removed: removed.into_iter().map(ProviderId).collect(),
        };
        saving.edit(set_providers(saving.editor.org(), base.id, change), |row| {
            format!(
                "{} can now use {}.",
                row.display_name(),
                names(row.providers.iter().map(|p| p.name.as_str()))
            )
        });
    };
    let mine = move || {
        let chosen = chosen.read();
        providers.with_value(|all| {
            names(
                all.iter()
                    .filter(|p| chosen.contains(&p.id.0))
                    .map(|p| p.name.as_str()),
            )
        })
    };
    let effect = move || {
        let difference = difference.read();
        if difference.is_empty() {
            difference.words()
        } else {
            format!("{} {when}", difference.words())
        }
    };
    let row = StoredValue::new(row);
    let choices = StoredValue::new(choices);
    let providers_page = saving.editor.path("providers");
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            save(row.get_value());
        }>
            <OrConflict
                saving
                theirs=|now: MemberRow| names(now.own_providers().iter().map(|p| p.name.as_str()))
                mine=Signal::derive(mine)
                use_mine=save
            >
                <div class="dialog-body">
                    {if nothing_to_choose {
                        view! {
                            <p>
                                "No providers yet. "
                                <a href=providers_page.clone()>"Add the first one"</a>
                                ", then assign it here."
                            </p>
                        }
                            .into_any()
                    } else {
                        view! { <Picker what="providers" choices=choices.get_value() chosen /> }.into_any()
                    }}
                    <SavingProblem saving />
                </div>
                <SavingFoot
                    saving
                    effect=Signal::derive(effect)
                    save="Save"
                    ready=Signal::derive(move || !difference.read().is_empty())
                />
            </OrConflict>
        </form>
    }
    .into_any()
}
