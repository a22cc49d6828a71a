//! A preview in words.

use crate::components::{counted, thousands};
use domain::bulk::{BulkChange, Cannot, Part, PartCounts, PreviewRow, Shown};
use domain::import::{Deed, ShownNames};
use domain::provider::ProviderRef;
use domain::team::TeamRef;
use domain::{ProviderId, Role, TeamId};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// What providers and teams are called.
pub struct Names {
    providers: BTreeMap<ProviderId, String>,
    teams: BTreeMap<TeamId, String>,
}

impl From<ShownNames> for Names {
    fn from(names: ShownNames) -> Self {
        Self {
            providers: names.providers,
            teams: names.teams,
        }
    }
}

impl Names {
    /// Of those there are.
    pub fn of(providers: &[ProviderRef], teams: &[TeamRef]) -> Self {
        Self {
            providers: providers.iter().map(|p| (p.id, p.name.clone())).collect(),
            teams: teams.iter().map(|t| (t.id, t.name.clone())).collect(),
        }
    }

    /// A provider's name.
    pub fn provider(&self, id: ProviderId) -> &str {
        self.providers
            .get(&id)
            .map_or("a deleted provider", String::as_str)
    }

    /// A team's name.
    pub fn team(&self, id: TeamId) -> &str {
        self.teams.get(&id).map_or("a deleted team", String::as_str)
    }

    /// `Allow OpenAI`.
    pub fn deed(&self, deed: Deed) -> String {
        match deed {
            Deed::Role(role) => format!("Change role to {}", role.label()),
            Deed::AddProvider(id) => format!("Allow {}", self.provider(id)),
            Deed::RemoveProvider(id) => format!("Remove {}", self.provider(id)),
            Deed::AddTeam(id) => format!("Add to {}", self.team(id)),
            Deed::RemoveTeam(id) => format!("Remove from {}", self.team(id)),
        }
    }

    fn part(&self, part: Part, change: &BulkChange) -> String {
        match part {
            Part::AddProvider(id) => {
                let allow = self.deed(Deed::AddProvider(id));
                match change.until {
                    None => allow,
                    Some(end) => format!("{allow} until {}", end.last_day().day()),
                }
            }
            Part::RemoveProvider(id) => self.deed(Deed::RemoveProvider(id)),
            Part::Role => self.deed(Deed::Role(change.role.unwrap_or(Role::Member))),
            Part::AddTeam(id) => self.deed(Deed::AddTeam(id)),
            Part::RemoveTeam(id) => self.deed(Deed::RemoveTeam(id)),
            Part::Suspend => "Suspend".to_owned(),
            Part::Reactivate => "Reactivate".to_owned(),
            Part::Remove => "Remove from the organization".to_owned(),
            Part::Resend => "Create new invitation link".to_owned(),
        }
    }
}

/// `1 row`, `1,200 rows`.
pub fn rows(n: u32) -> String {
    counted(n, "row")
}

/// `Allow OpenAI: 12 rows. 3 already as wanted. 1 cannot: the provider is inactive.`
pub fn part_line(counts: &PartCounts, change: &BulkChange, names: &Names) -> String {
    let mut line = format!("{}: {}.", names.part(counts.part, change), rows(counts.will));
    if counts.nothing > 0 {
        line.push_str(&format!(" {} with nothing to do.", thousands(counts.nothing)));
    }
    for (why, n) in &counts.cannot {
        line.push_str(&format!(" {} cannot: {}.", thousands(*n), why.label()));
    }
    line
}

/// Why parts cannot be done to a row: `Allow OpenAI (the provider is inactive)`.
pub fn cannot_line(row: &PreviewRow, change: &BulkChange, names: &Names) -> String {
    let told = |(part, why): &(Part, Cannot)| format!("{} ({})", names.part(*part, change), why.label());
    row.cannot.iter().map(told).collect::<Vec<_>>().join(", ")
}

/// What will be done, what cannot be and why.
#[component]
pub fn PreviewLines(
    /// What is asked.
    change: BulkChange,
    /// Of what it names.
    names: Names,
    /// What it would do.
    shown: Shown,
) -> impl IntoView {
    let counts = shown.preview.counts;
    let parts = shown
        .parts
        .iter()
        .map(|part| view! { <li>{part_line(part, &change, &names)}</li> })
        .collect_view();
    let cannot: Vec<_> = shown
        .preview
        .rows
        .iter()
        .filter(|row| !row.cannot.is_empty())
        .map(|row| {
            let who = shown.names.get(&row.member).cloned();
            let who = who.unwrap_or_else(|| "Somebody who is gone".to_owned());
            view! { <li><bdi>{who}</bdi> ": " {cannot_line(row, &change, &names)}</li> }
        })
        .collect();
    let any = !cannot.is_empty();
    view! {
        <p role="status">
            <strong>{format!("{} will change", rows(counts.change))}</strong>
            {format!(" · {} with nothing to do · {} that cannot be changed", rows(counts.nothing), rows(counts.cannot))}
        </p>
        <ul class="plain-list bulk-parts">{parts}</ul>
        {any
            .then(|| {
                view! {
                    <h3>"What cannot be done"</h3>
                    <div class="bulk-cannot" tabindex="0" role="group" aria-label="What cannot be done">
                        <ul class="plain-list bulk-parts">{cannot}</ul>
                    </div>
                }
            })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::MemberId;
    use domain::provider::{ApiType, ProviderStatus};

    #[test]
    fn a_preview_says_what_is_done_and_what_cannot_be() {
        let lab = ProviderRef {
            id: ProviderId(1),
            name: "Lab".to_owned(),
            status: ProviderStatus::Active,
            api_type: ApiType::OpenAi,
        };
        let names = Names::of(&[lab], &[]);
        let counts = PartCounts {
            part: Part::AddProvider(ProviderId(1)),
            will: 1_200,
            nothing: 3,
            cannot: vec![(Cannot::NotJoined, 1)],
        };
        assert_eq!(
            part_line(&counts, &BulkChange::default(), &names),
            "Allow Lab: 1,200 rows. 3 with nothing to do. 1 cannot: has not joined yet."
        );
        let change = BulkChange {
            until: domain::Timestamp::end_of("2027-03-03"),
            role: Some(Role::Admin),
            ..BulkChange::default()
        };
        let line = part_line(&counts, &change, &names);
        assert!(
            line.starts_with("Allow Lab until 3 Mar 2027: 1,200 rows."),
            "{line}"
        );
        let row = PreviewRow {
            member: MemberId(1),
            will: Vec::new(),
            cannot: vec![
                (Part::Role, Cannot::AboveOwnRole),
                (Part::RemoveTeam(TeamId(9)), Cannot::TeamGone),
            ],
        };
        assert_eq!(
            cannot_line(&row, &change, &names),
            "Change role to Admin (only an owner can change an owner), Remove from a deleted team (the team was deleted)"
        );
    }
}
