//! A plain organization in memory, in which the cases are played.

use crate::access::ModelList;
use crate::cases::import::{Edit, Start};
use crate::email;
use crate::import::{Cell, ExportedRow, Format, Names, Plan, Planner, Refused, Standing, Who};
use crate::member::{AllowedBy, KeyRef, KeyState, MemberRow};
use crate::provider::{ApiType, ProviderRef, ProviderStatus};
use crate::team::TeamRef;
use crate::{MemberId, MemberStatus, ProviderId, Role, TeamId};
use std::collections::{BTreeMap, HashMap};

/// Labels as ids, and back. A label that is gone keeps its id.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels(Vec<String>);

impl Labels {
    pub(super) fn id(&mut self, label: &str) -> i64 {
        let at = self.0.iter().position(|known| known == label);
        let at = at.unwrap_or_else(|| {
            self.0.push(label.to_owned());
            self.0.len() - 1
        });
        i64::try_from(at).unwrap()
    }

    pub(super) fn of(&self, id: i64) -> String {
        self.0[usize::try_from(id).unwrap()].clone()
    }

    pub(super) fn all(&self, ids: impl IntoIterator<Item = i64>) -> Vec<String> {
        let mut labels: Vec<_> = ids.into_iter().map(|id| self.of(id)).collect();
        labels.sort();
        labels
    }
}

/// A provider's or team's id, name and status.
type Named<I> = Vec<(I, String, ProviderStatus)>;

/// What a table is at one moment: at the export, or now.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) rows: BTreeMap<String, MemberRow>,
    pub(super) providers: Named<ProviderId>,
    pub(super) teams: Named<TeamId>,
}

pub(super) struct World {
    pub(super) labels: Labels,
    pub(super) start: Start,
}

impl World {
    pub(super) fn new(start: Start) -> Self {
        Self {
            labels: Labels::default(),
            start,
        }
    }

    pub(super) fn standing(&mut self, label: &str) -> Standing {
        Standing {
            role: self.start.members[label].role,
            member: MemberId(self.labels.id(label)),
        }
    }

    /// What everybody sees of it.
    pub(super) fn table(&mut self) -> Table {
        let Self { labels, start } = self;
        let mut row = |label: &String| {
            let member = &start.members[label];
            let mut teams: Vec<_> = member
                .teams
                .iter()
                .map(|team| TeamRef {
                    id: TeamId(labels.id(team)),
                    name: start.teams[team].name.clone(),
                })
                .collect();
            teams.sort_by_key(|team| crate::search::fold(&team.name));
            let mut providers: Vec<_> = member
                .providers
                .iter()
                .map(|provider| ProviderRef {
                    id: ProviderId(labels.id(provider)),
                    name: start.providers[provider].name.clone(),
                    status: start.providers[provider].status,
                    api_type: ApiType::OpenAi,
                })
                .collect();
            providers.sort_by_key(|provider| crate::search::fold(&provider.name));
            let key = |key: &crate::cases::import::Key| KeyRef {
                name: key.name.clone(),
                last_four: key.last_four.clone(),
                state: KeyState::Active,
            };
            let own = |provider: &ProviderRef| AllowedBy {
                provider: provider.id,
                team: None,
                ends_at: None,
                reason: String::new(),
                models: ModelList::default(),
            };
            let row = MemberRow {
                allowed: providers.iter().map(own).collect(),
                id: MemberId(labels.id(label)),
                version: 1,
                name: member.name.clone(),
                email: member.email.clone(),
                role: member.role,
                status: member.status,
                teams,
                keys: member.keys.iter().map(key).collect(),
                providers,
                last_login: member.last_login.map(|at| at.0),
                expires_at: None,
                mail: None,
            };
            (email::check(&member.email).unwrap().identity, row)
        };
        let rows = start.members.keys().map(&mut row).collect();
        let providers = start
            .providers
            .iter()
            .map(|(label, p)| (ProviderId(labels.id(label)), p.name.clone(), p.status));
        let providers = providers.collect();
        let teams = start.teams.iter().map(|(label, team)| {
            (
                TeamId(labels.id(label)),
                team.name.clone(),
                ProviderStatus::Active,
            )
        });
        let teams = teams.collect();
        Table {
            rows,
            providers,
            teams,
        }
    }

    /// What somebody does who may.
    pub(super) fn edit(&mut self, edit: &Edit) {
        let Start {
            now,
            providers,
            teams,
            members,
        } = &mut self.start;
        match edit.clone() {
            Edit::AddProvider { member, provider } => {
                assert!(providers.contains_key(&provider), "{provider}");
                members.get_mut(&member).unwrap().providers.push(provider);
            }
            Edit::RemoveProvider { member, provider } => members
                .get_mut(&member)
                .unwrap()
                .providers
                .retain(|p| *p != provider),
            Edit::AddTeam { member, team } => {
                assert!(teams.contains_key(&team), "{team}");
                members.get_mut(&member).unwrap().teams.push(team);
            }
            Edit::RemoveTeam { member, team } => {
                members.get_mut(&member).unwrap().teams.retain(|t| *t != team)
            }
            Edit::SetRole { member, role } => members.get_mut(&member).unwrap().role = role,
            Edit::Suspend { member } => members.get_mut(&member).unwrap().status = MemberStatus::Suspended,
            Edit::Reactivate { member } => members.get_mut(&member).unwrap().status = MemberStatus::Active,
            Edit::Remove { member } => assert!(members.remove(&member).is_some(), "{member}"),
            Edit::Rename { member, name } => members.get_mut(&member).unwrap().name = name,
            Edit::Accept { member, name } => {
                let at = *now;
                let member = members.get_mut(&member).unwrap();
                member.name = name;
                member.status = MemberStatus::Active;
                member.last_login = Some(at);
            }
            Edit::Invite { label, email, role } => {
                let invited = crate::cases::import::Member {
                    name: String::new(),
                    email,
                    role,
                    status: MemberStatus::Invited,
                    providers: vec![],
                    teams: vec![],
                    keys: vec![],
                    last_login: None,
                };
                members.insert(label, invited);
            }
            Edit::ActivateProvider { provider } => {
                providers.get_mut(&provider).unwrap().status = ProviderStatus::Active;
            }
            Edit::DeactivateProvider { provider } => {
                providers.get_mut(&provider).unwrap().status = ProviderStatus::Inactive;
            }
            Edit::DeleteProvider { provider } => {
                assert!(providers.remove(&provider).is_some(), "{provider}");
                for member in members.values_mut() {
                    member.providers.retain(|p| *p != provider);
                }
            }
            Edit::DeleteTeam { team } => {
                assert!(teams.remove(&team).is_some(), "{team}");
                for member in members.values_mut() {
                    member.teams.retain(|t| *t != team);
                }
            }
            Edit::RenameTeam { team, name } => teams.get_mut(&team).unwrap().name = name,
            Edit::RenameProvider { provider, name } => providers.get_mut(&provider).unwrap().name = name,
            Edit::AddNewProvider { label, name } => {
                let status = ProviderStatus::Active;
                providers.insert(label, crate::cases::import::Provider { name, status });
            }
            Edit::AddNewTeam { label, name } => {
                teams.insert(label, crate::cases::import::Team { name });
            }
            Edit::SignIn { member } => {
                let at = *now;
                members.get_mut(&member).unwrap().last_login = Some(at);
            }
        }
    }

    /// Does what a plan says.
    pub(super) fn apply(&mut self, plan: &Plan) {
        for planned in &plan.rows {
            let label = self.labels.of(planned.member.0);
            let member = self.start.members.get_mut(&label).unwrap();
            let change = &planned.change;
            member.role = change.role.unwrap_or(member.role);
            let labels = |ids: Vec<i64>| self.labels.all(ids);
            let added = labels(change.add_providers.iter().map(|id| id.0).collect());
            let removed = labels(change.remove_providers.iter().map(|id| id.0).collect());
            for label in &added {
                assert!(self.start.providers.contains_key(label), "{label}");
                assert!(!member.providers.contains(label), "{label} twice");
            }
            member.providers.retain(|label| !removed.contains(label));
            member.providers.extend(added);
            let added = labels(change.add_teams.iter().map(|id| id.0).collect());
            let removed = labels(change.remove_teams.iter().map(|id| id.0).collect());
            for label in &added {
                assert!(self.start.teams.contains_key(label), "{label}");
                assert!(!member.teams.contains(label), "{label} twice");
            }
            member.teams.retain(|label| !removed.contains(label));
            member.teams.extend(added);
        }
    }
}

/// Plans a file, whose first row below the titles has the number that the format gives it.
pub(super) fn plan(
    standing: Standing,
    format: Format,
    header: &[Cell],
    rows: &[Vec<Cell>],
    now: &Table,
    exported: Option<&Table>,
) -> Result<Plan, Refused> {
    let then = |table: Option<&Table>| table.cloned().map(|table| (table.providers, table.teams));
    let (providers_then, teams_then) = then(exported).unwrap_or_default();
    let mut planner = Planner::new(
        standing,
        format,
        header,
        exported.is_some(),
        Names::new(now.providers.clone(), providers_then),
        Names::new(now.teams.clone(), teams_then),
    )?;
    let known = |table: &Table| -> HashMap<String, ExportedRow> {
        let row = |(identity, row): (&String, &MemberRow)| (identity.clone(), ExportedRow::of(row));
        table.rows.iter().map(row).collect()
    };
    let (now_rows, exported_rows) = (known(now), exported.map(known).unwrap_or_default());
    let first = match format {
        Format::Spreadsheet => 2,
        Format::Json => 1,
    };
    for (number, cells) in (first..).zip(rows) {
        let who = planner.who(cells);
        let (now, exported) = match &who {
            Who::Person { identity, .. } => (now_rows.get(identity), exported_rows.get(identity)),
            _ => (None, None),
        };
        planner.row(number, cells, &who, now, exported);
    }
    let active_owner = |row: &&MemberRow| row.role == Role::Owner && row.status == MemberStatus::Active;
    planner.finish(u32::try_from(now.rows.values().filter(active_owner).count()).unwrap())
}
