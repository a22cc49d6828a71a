//! A plain world that changes of many rows are played in: no database, one thing after another.

use domain::bulk::{
    BulkChange, Done, DonePart, Part, Preview, ProviderFact, RowFacts, Selection, Standing, Surroundings,
    TeamFact, UndoPlan, UndoTarget, may_undo, plan, plan_undo,
};
use domain::ends::Terms;
use domain::provider::ProviderStatus;
use domain::role::is_active_owner;
use domain::search::{Fields, Search};
use domain::{MemberId, MemberStatus, Problem, ProviderId, Role, TeamId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub email: String,
    pub role: Role,
    pub status: MemberStatus,
    /// Own grants, and until when.
    pub providers: BTreeMap<ProviderId, Option<Timestamp>>,
    pub teams: BTreeSet<TeamId>,
    pub keys: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub name: String,
    /// `None` when it is deleted.
    pub status: Option<ProviderStatus>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub name: String,
    pub carries: BTreeSet<ProviderId>,
    pub deleted: bool,
}

/// One thing of a row that a change can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Provider(ProviderId),
    Team(TeamId),
    Role,
    Status,
}

fn thing(part: Part) -> Thing {
    match part {
        Part::AddProvider(id) | Part::RemoveProvider(id) => Thing::Provider(id),
        Part::AddTeam(id) | Part::RemoveTeam(id) => Thing::Team(id),
        Part::Role => Thing::Role,
        Part::Suspend | Part::Reactivate | Part::Remove | Part::Resend => Thing::Status,
    }
}

/// A change that was applied.
#[derive(Clone, Debug)]
pub struct Bulk {
    at: Timestamp,
    undone_at: Option<Timestamp>,
    /// Each row as it was, and the parts that were done, with how often their thing had changed then.
    rows: BTreeMap<MemberId, (Member, Vec<(Part, u32)>)>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub now: Timestamp,
    pub providers: BTreeMap<ProviderId, Provider>,
    pub teams: BTreeMap<TeamId, Team>,
    pub members: BTreeMap<MemberId, Member>,
    /// How often each thing of a row has changed.
    changes: BTreeMap<(MemberId, Thing), u32>,
}

impl World {
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            providers: BTreeMap::new(),
            teams: BTreeMap::new(),
            members: BTreeMap::new(),
            changes: BTreeMap::new(),
        }
    }

    fn standing(&self, by: MemberId) -> Standing {
        Standing {
            member: by,
            role: self.members[&by].role,
        }
    }

    fn live(&self, member: &Member) -> BTreeSet<ProviderId> {
        let live = |end: &Option<Timestamp>| end.is_none_or(|end| end > self.now);
        member
            .providers
            .iter()
            .filter(|(_, end)| live(end))
            .map(|(id, _)| *id)
            .collect()
    }

    fn terms(&self, member: &Member, provider: ProviderId) -> Terms {
        Terms {
            ends_at: member.providers[&provider],
            ..Terms::default()
        }
    }

    fn carried(&self, member: &Member) -> BTreeSet<ProviderId> {
        if member.status.is_invitation() {
            return BTreeSet::new();
        }
        member
            .teams
            .iter()
            .flat_map(|id| self.teams[id].carries.iter().copied())
            .collect()
    }

    fn matches(&self, member: &Member, search: &str) -> bool {
        let providers = &self.live(member) | &self.carried(member);
        Search::parse(search).matches(&Fields {
            name: &member.name,
            email: &member.email,
            role: member.role.label(),
            teams: member
                .teams
                .iter()
                .map(|id| self.teams[id].name.as_str())
                .collect(),
            keys: Vec::new(),
            providers: providers
                .iter()
                .map(|id| self.providers[id].name.as_str())
                .collect(),
            status: member.status.label(),
        })
    }

    fn selected(&self, selection: &Selection) -> Vec<(MemberId, Option<RowFacts>)> {
        let ids: Vec<MemberId> = match selection {
            Selection::Ids(ids) => ids.clone(),
            Selection::Matching(query) => {
                let all = self.members.iter();
                all.filter(|(_, member)| self.matches(member, &query.search))
                    .map(|(id, _)| *id)
                    .collect()
            }
        };
        let facts = |id: &MemberId| {
            self.members.get(id).map(|member| RowFacts {
                role: member.role,
                status: member.status,
                grants: self
                    .live(member)
                    .into_iter()
                    .map(|id| (id, self.terms(member, id)))
                    .collect(),
                team_providers: self.carried(member),
                teams: member.teams.clone(),
            })
        };
        ids.iter().map(|id| (*id, facts(id))).collect()
    }

    pub fn active_owners(&self) -> usize {
        let owners = self.members.values();
        owners.filter(|m| is_active_owner(m.role, m.status)).count()
    }

    fn around(&self) -> Surroundings {
        let provider = |provider: &Provider| match provider.status {
            Some(ProviderStatus::Active) => ProviderFact::Active,
            Some(ProviderStatus::Inactive) => ProviderFact::Inactive,
            None => ProviderFact::Deleted,
        };
        let team = |team: &Team| match team.deleted {
            false => TeamFact::There,
            true => TeamFact::Deleted,
        };
        Surroundings {
            providers: self.providers.iter().map(|(id, p)| (*id, provider(p))).collect(),
            teams: self.teams.iter().map(|(id, t)| (*id, team(t))).collect(),
            active_owners: u32::try_from(self.active_owners()).unwrap(),
        }
    }

    pub fn preview(&self, by: MemberId, select: &Selection, change: &BulkChange) -> Result<Preview, Problem> {
        let (select, change) = (select.check(), change.check());
        // Whoever may not is told so first.
        plan(
            self.standing(by),
            &BulkChange::default(),
            Vec::new(),
            &self.around(),
        )?;
        plan(
            self.standing(by),
            &change?,
            self.selected(&select?),
            &self.around(),
        )
    }

    pub fn apply(&mut self, change: &BulkChange, preview: &Preview) -> Bulk {
        let mut bulk = Bulk {
            at: self.now,
            undone_at: None,
            rows: BTreeMap::new(),
        };
        for (part, members) in preview.effects() {
            for id in members {
                let before = self.members[&id].clone();
                let row = bulk.rows.entry(id).or_insert_with(|| (before, Vec::new()));
                row.1.push((part, 0));
                self.note(id, thing(part));
                self.do_part(id, part, change);
            }
        }
        for (id, (_, parts)) in &mut bulk.rows {
            for (part, then) in parts {
                *then = self.changes[&(*id, thing(*part))];
            }
        }
        bulk
    }

    fn do_part(&mut self, id: MemberId, part: Part, change: &BulkChange) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        match part {
            Part::AddProvider(provider) => {
                let terms = change.terms_of(provider, None);
                member.providers.insert(provider, terms.ends_at);
            }
            Part::RemoveProvider(provider) => {
                member.providers.remove(&provider);
            }
            Part::Role => member.role = change.role.expect("a role to give"),
            Part::AddTeam(team) => {
                member.teams.insert(team);
            }
            Part::RemoveTeam(team) => {
                member.teams.remove(&team);
            }
            Part::Suspend => member.status = MemberStatus::Suspended,
            Part::Reactivate => member.status = MemberStatus::Active,
            Part::Remove => {
                self.members.remove(&id);
                self.note_removal(id);
            }
            Part::Resend => member.status = MemberStatus::Invited,
        }
    }

    pub fn undo(&mut self, by: MemberId, bulk: &mut Bulk) -> Result<UndoPlan, Problem> {
        let role = self.standing(by).role;
        let parts: Vec<Part> = bulk
            .rows
            .values()
            .flat_map(|(_, parts)| parts)
            .map(|(part, _)| *part)
            .collect();
        may_undo(role, &parts, bulk.at, bulk.undone_at, self.now)?;
        let done = bulk.rows.iter().map(|(id, (before, parts))| Done {
            member: *id,
            role: before.role,
            status: before.status,
            parts: parts
                .iter()
                .map(|(part, then)| DonePart {
                    part: *part,
                    changed_since: self.changes[&(*id, thing(*part))] != *then,
                })
                .collect(),
            now: match self.members.get(id) {
                Some(Member { role, status, .. }) => UndoTarget::Row {
                    role: *role,
                    status: *status,
                },
                None if self.holder(&before.email).is_some() => UndoTarget::Another,
                None => UndoTarget::Nothing,
            },
        });
        let plan = plan_undo(role, done.collect(), &self.around());
        bulk.undone_at = Some(self.now);
        for row in &plan.rows {
            let before = &bulk.rows[&row.member].0;
            for part in &row.restored {
                self.put_back(row.member, before, *part);
            }
        }
        Ok(plan)
    }

    fn put_back(&mut self, id: MemberId, before: &Member, part: Part) {
        self.note(id, thing(part));
        if part == Part::Remove {
            let mut member = before.clone();
            member.keys = 0;
            member.teams.retain(|team| !self.teams[team].deleted);
            member
                .providers
                .retain(|id, _| self.providers[id].status.is_some());
            self.members.insert(id, member);
            return;
        }
        let member = self.members.get_mut(&id).expect("a row that is not gone");
        match part {
            Part::AddProvider(provider) => {
                match before.providers.get(&provider) {
                    Some(end) => member.providers.insert(provider, *end),
                    None => member.providers.remove(&provider),
                };
            }
            Part::RemoveProvider(provider) => {
                member.providers.insert(provider, before.providers[&provider]);
            }
            Part::Role => member.role = before.role,
            Part::AddTeam(team) => {
                member.teams.remove(&team);
            }
            Part::RemoveTeam(team) => {
                member.teams.insert(team);
            }
            Part::Suspend | Part::Reactivate => member.status = before.status,
            Part::Remove | Part::Resend => {}
        }
    }

    /// The row of an address.
    pub fn holder(&self, email: &str) -> Option<MemberId> {
        let identity = |email: &str| domain::email::check(email).unwrap().identity;
        let mut all = self.members.iter();
        all.find(|(_, member)| identity(&member.email) == identity(email))
            .map(|(id, _)| *id)
    }

    fn note(&mut self, id: MemberId, thing: Thing) {
        *self.changes.entry((id, thing)).or_default() += 1;
    }

    /// Everything of a row that goes has changed, should it come back.
    fn note_removal(&mut self, id: MemberId) {
        let all = self.changes.iter_mut().filter(|((of, _), _)| *of == id);
        all.for_each(|(_, times)| *times += 1);
    }

    /// An edit of one row by somebody who may. `role` is the one to give.
    pub fn edit(&mut self, id: MemberId, part: Part, role: Option<Role>) {
        self.note(id, thing(part));
        let change = BulkChange {
            role,
            ..BulkChange::default()
        };
        self.do_part(id, part, &change);
    }

    /// Deletes a provider, which nobody has any more then.
    pub fn delete_provider(&mut self, id: ProviderId) {
        self.providers.get_mut(&id).expect("a provider").status = None;
        for member in self.members.values_mut() {
            member.providers.remove(&id);
        }
        for team in self.teams.values_mut() {
            team.carries.remove(&id);
        }
    }

    /// Deletes a team, in which nobody is any more then.
    pub fn delete_team(&mut self, id: TeamId) {
        self.teams.get_mut(&id).expect("a team").deleted = true;
        for member in self.members.values_mut() {
            member.teams.remove(&id);
        }
    }
}
