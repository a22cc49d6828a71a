//! The start of a case, the edits of others, and how it is in the end.

use crate::common::{World, fresh_key, here, invited};
use domain::bulk::{BulkChange, Part, RowAction};
use domain::cases::bulk::{self as case, Member, Start, Step};
use domain::invite::AcceptInput;
use domain::limits::INVITATION_LIFETIME;
use domain::provider::ProviderStatus;
use domain::team::TeamPeopleChange;
use domain::{MemberId, MemberStatus, ProviderId, Role, TeamId, TeamRole, Timestamp};
use services::Actor;
use std::collections::BTreeMap;
use store::bulk::{BulkKey, BulkMember};
use store::testing;

/// An organization in which a case is played.
pub(super) struct Stage<'a> {
    pub(super) world: &'a World,
    slug: String,
    addresses: BTreeMap<String, String>,
    members: BTreeMap<String, MemberId>,
    providers: BTreeMap<String, ProviderId>,
    teams: BTreeMap<String, TeamId>,
    tokens: BTreeMap<String, String>,
}

/// Without grants whose end has passed, which count as none, and with lists in one order.
pub(super) fn live(mut row: Member, now: Timestamp) -> Member {
    let ended = |row: &Member, label: &String| row.until.get(label).is_some_and(|end| end.0 <= now);
    let (all, before) = (std::mem::take(&mut row.providers), row.clone());
    row.providers = all.into_iter().filter(|label| !ended(&before, label)).collect();
    row.until.retain(|label, _| !ended(&before, label));
    row.providers.sort();
    row.teams.sort();
    row
}

fn label<K: PartialEq>(labels: &BTreeMap<String, K>, id: &K) -> String {
    let found = labels.iter().find(|(_, known)| *known == id);
    found.map(|(label, _)| label.clone()).unwrap()
}

impl<'a> Stage<'a> {
    pub(super) async fn build(world: &'a World, slug: &str, start: &Start) -> Self {
        world.clock.set(start.now.0);
        world.organization(slug).await;
        let addresses = start.members.iter();
        let mut stage = Self {
            world,
            slug: slug.to_owned(),
            addresses: addresses
                .map(|(label, row)| (label.clone(), row.email.clone()))
                .collect(),
            members: BTreeMap::new(),
            providers: BTreeMap::new(),
            teams: BTreeMap::new(),
            tokens: BTreeMap::new(),
        };
        // The first owner makes the rest; an owner of our own would be one more who is active.
        let is_owner = |row: &&Member| row.role == Role::Owner && row.status == MemberStatus::Active;
        let owner = start.members.values().find(is_owner).unwrap();
        let maker = world.join(slug, &owner.email, Role::Owner).await;
        for (label, it) in &start.teams {
            let made = world.services.create_team(&maker, &it.name, &fresh_key()).await;
            stage.teams.insert(label.clone(), made.unwrap().id);
        }
        for (label, it) in &start.providers {
            let id = world.provider(&maker, &it.name).await.id;
            stage.providers.insert(label.clone(), id);
        }
        let tx = world.store.write().await.unwrap();
        for (label, it) in &start.teams {
            for provider in &it.providers {
                let (team, provider) = (stage.teams[label], stage.providers[provider]);
                testing::carry(&tx, team, provider, None).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        stage.joined(start, &maker).await;
        for (label, row) in start.members.iter().filter(|(_, row)| row.status.is_invitation()) {
            stage.invited(label, row, &maker, start.now.0).await;
        }
        for (label, it) in &start.providers {
            if it.status == ProviderStatus::Inactive {
                let off = world
                    .services
                    .set_provider_active(&maker, stage.providers[label], false);
                off.await.unwrap();
            }
        }
        stage
    }

    /// Those who have joined, put in past the services, which give no grant an end that has come.
    async fn joined(&mut self, start: &Start, maker: &Actor) {
        let mut people = Vec::new();
        let mut labels = Vec::new();
        for (label, row) in start
            .members
            .iter()
            .filter(|(_, row)| !row.status.is_invitation())
        {
            let until = |provider: &String| row.until.get(provider).map(|end| end.0);
            let person = BulkMember {
                user: Some(self.world.user(&row.email).await),
                role: row.role,
                status: row.status,
                teams: row
                    .teams
                    .iter()
                    .map(|t| (self.teams[t], TeamRole::Member))
                    .collect(),
                providers: row
                    .providers
                    .iter()
                    .map(|p| (self.providers[p], until(p)))
                    .collect(),
                keys: (0..row.keys).map(|_| key()).collect(),
                ..testing::person(&row.name, &row.email)
            };
            people.push(person);
            labels.push(label.clone());
        }
        let tx = self.world.store.write().await.unwrap();
        let organization = maker.organization;
        // The maker's row is in the way of the one of the start.
        let gone = store::members::delete(&tx, organization, maker.member, start.now.0);
        assert!(gone.await.unwrap());
        let made = store::bulk::insert_members(&tx, organization, &people, start.now.0).await;
        tx.commit().await.unwrap();
        self.members.extend(labels.into_iter().zip(made.unwrap()));
    }

    async fn invited(&mut self, label: &str, row: &Member, maker: &Actor, now: Timestamp) {
        let clock = &self.world.clock;
        if row.status == MemberStatus::Expired {
            clock.set(now.plus(-INVITATION_LIFETIME));
        }
        let maker = self.world.services.actor(maker.user, &self.slug).await.unwrap();
        let (member, token) = invited(self.world, &maker, &row.email, row.role).await;
        clock.set(now);
        for team in &row.teams {
            self.team_people(&maker, self.teams[team], &[member], &[]).await;
        }
        self.members.insert(label.to_owned(), member);
        self.tokens.insert(label.to_owned(), token);
    }

    async fn team_people(&self, by: &Actor, team: TeamId, added: &[MemberId], removed: &[MemberId]) {
        let change = TeamPeopleChange {
            added: added.to_vec(),
            removed: removed.to_vec(),
            ..TeamPeopleChange::default()
        };
        let done = self.world.services.change_team_people(by, team, &change).await;
        done.unwrap();
    }

    pub(super) async fn actor(&self, label: &str) -> Actor {
        let user = self.world.user(&self.addresses[label]).await;
        self.world.services.actor(user, &self.slug).await.unwrap()
    }

    /// An active owner, another than this row where there is one.
    async fn owner(&self, other_than: Option<MemberId>) -> Actor {
        let rows = self.rows().await;
        let owners = rows
            .iter()
            .filter(|(_, row)| row.role == Role::Owner && row.status == MemberStatus::Active);
        let found = owners.max_by_key(|(label, _)| other_than != Some(self.members[*label]));
        self.actor(found.unwrap().0).await
    }

    pub(super) fn member(&self, label: &str) -> MemberId {
        self.members[label]
    }

    pub(super) fn label(&self, member: MemberId) -> String {
        label(&self.members, &member)
    }

    /// A part as the cases spell it.
    pub(super) fn word(&self, part: Part) -> String {
        match &part {
            Part::AddProvider(id) => format!("+{}", label(&self.providers, id)),
            Part::RemoveProvider(id) => format!("-{}", label(&self.providers, id)),
            Part::AddTeam(id) => format!("+{}", label(&self.teams, id)),
            Part::RemoveTeam(id) => format!("-{}", label(&self.teams, id)),
            other => other.to_string(),
        }
    }

    pub(super) fn change(&self, change: &case::Change) -> BulkChange {
        // A label that stands for nothing is one that never existed.
        let provider = |label: &String| self.providers.get(label).copied().unwrap_or(ProviderId(i64::MAX));
        let team = |label: &String| self.teams.get(label).copied().unwrap_or(TeamId(i64::MAX));
        let actions = [
            (change.suspend, RowAction::Suspend),
            (change.reactivate, RowAction::Reactivate),
            (change.remove, RowAction::Remove),
            (change.resend, RowAction::Resend),
        ];
        let mut actions = actions.into_iter().filter(|(asked, _)| *asked);
        let action = actions.next().map(|(_, action)| action);
        assert!(actions.next().is_none(), "one action at a time");
        BulkChange {
            add_providers: change.add_providers.iter().map(provider).collect(),
            until: None,
            remove_providers: change.remove_providers.iter().map(provider).collect(),
            role: change.set_role,
            add_teams: change.add_teams.iter().map(team).collect(),
            remove_teams: change.remove_teams.iter().map(team).collect(),
            action,
            ..BulkChange::default()
        }
    }

    /// An edit by somebody who may.
    pub(super) async fn edit(&mut self, step: &Step) {
        let services = self.world.services.clone();
        match step {
            Step::AddProvider { member, provider } => {
                let (by, id) = self.by(member).await;
                services
                    .add_provider(&by, id, self.providers[provider])
                    .await
                    .unwrap();
            }
            Step::RemoveProvider { member, provider } => {
                let (by, id) = self.by(member).await;
                services
                    .remove_provider(&by, id, self.providers[provider])
                    .await
                    .unwrap();
            }
            Step::AddTeam { member, team } => {
                let (by, id) = self.by(member).await;
                self.team_people(&by, self.teams[team], &[id], &[]).await;
            }
            Step::RemoveTeam { member, team } => {
                let (by, id) = self.by(member).await;
                self.team_people(&by, self.teams[team], &[], &[id]).await;
            }
            Step::SetRole { member, role } => {
                let (by, id) = self.by(member).await;
                services.set_role(&by, id, None, *role).await.unwrap();
            }
            Step::Suspend { member } | Step::Reactivate { member } => {
                let (by, id) = self.by(member).await;
                let suspended = matches!(step, Step::Suspend { .. });
                services.set_suspended(&by, id, None, suspended).await.unwrap();
            }
            Step::Remove { member } => {
                let (by, id) = self.by(member).await;
                services.remove(&by, id).await.unwrap();
            }
            Step::Rename { member, name } => {
                let tx = self.world.store.write().await.unwrap();
                testing::rename(&tx, self.members[member], name).await.unwrap();
                tx.commit().await.unwrap();
            }
            Step::Accept { member, name } => {
                let input = AcceptInput {
                    name: name.clone(),
                    password: "a quiet harbour in the rain".to_owned(),
                };
                services
                    .accept(&self.tokens[member], &input, None, here())
                    .await
                    .unwrap();
            }
            Step::Invite { label, email, role } => {
                let owner = self.owner(None).await;
                let (member, token) = invited(self.world, &owner, email, *role).await;
                self.members.insert(label.clone(), member);
                self.tokens.insert(label.clone(), token);
            }
            Step::ActivateProvider { provider } | Step::DeactivateProvider { provider } => {
                let owner = self.owner(None).await;
                let active = matches!(step, Step::ActivateProvider { .. });
                let set = services.set_provider_active(&owner, self.providers[provider], active);
                set.await.unwrap();
            }
            Step::DeleteProvider { provider } => {
                let owner = self.owner(None).await;
                services
                    .delete_provider(&owner, self.providers[provider])
                    .await
                    .unwrap();
            }
            Step::DeleteTeam { team } => {
                let owner = self.owner(None).await;
                services.delete_team(&owner, self.teams[team]).await.unwrap();
            }
            Step::RenameTeam { team, name } => {
                let owner = self.owner(None).await;
                services
                    .rename_team(&owner, self.teams[team], 1, name)
                    .await
                    .unwrap();
            }
            Step::Preview { .. } | Step::Apply { .. } | Step::Undo { .. } | Step::Wait { .. } => {
                unreachable!()
            }
        }
    }

    async fn by(&self, member: &str) -> (Actor, MemberId) {
        let id = self.members[member];
        (self.owner(Some(id)).await, id)
    }

    /// Every row as it is now, by label.
    pub(super) async fn rows(&self) -> BTreeMap<String, Member> {
        let tx = self.world.store.read().await.unwrap();
        let now = self.world.clock.now();
        let organization = store::organizations::by_slug(&tx, &self.slug)
            .await
            .unwrap()
            .unwrap()
            .id;
        let ids: Vec<MemberId> = self.members.values().copied().collect();
        let shown = store::members::rows(&tx, organization, &ids, now).await.unwrap();
        let found = store::bulk_changes::rows(&tx, organization, &ids, now)
            .await
            .unwrap();
        let keys = |id| {
            shown
                .iter()
                .find(|row| row.id == id)
                .map_or(0, |row| row.keys.len())
        };
        let all = found.into_iter().map(|row| {
            let ends = row.grants.iter().filter_map(|grant| {
                let end = grant.ends_at?;
                Some((
                    label(&self.providers, &grant.provider),
                    domain::cases::Instant(end),
                ))
            });
            let member = Member {
                until: ends.collect(),
                providers: row
                    .grants
                    .iter()
                    .map(|g| label(&self.providers, &g.provider))
                    .collect(),
                teams: row
                    .teams
                    .iter()
                    .map(|(team, _)| label(&self.teams, team))
                    .collect(),
                keys: u32::try_from(keys(row.id)).unwrap(),
                name: row.name,
                email: row.email,
                role: row.role,
                status: row.status,
            };
            (self.label(row.id), live(member, now))
        });
        all.collect()
    }
}

fn key() -> BulkKey {
    let public_id = fresh_key();
    BulkKey {
        name: public_id.clone(),
        public_id,
        last_four: "0000".to_owned(),
        expires_at: None,
        revoked_at: None,
    }
}
