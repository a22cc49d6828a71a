//! The organization of a case, with the labels that the cases use.

use crate::common::{World, fresh_key, invited};
use domain::cases::import::{Edit, Labels, Member, Start};
use domain::limits::INVITATION_LIFETIME;
use domain::provider::{ProviderInput, ProviderStatus};
use domain::team::TeamPeopleChange;
use domain::{MemberId, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp, email};
use services::Actor;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use store::keys::NewKey;
use store::members::NewMember;

/// An organization, and what the case calls what is in it. What has been deleted keeps its label.
pub struct Stage {
    pub slug: String,
    pub organization: OrganizationId,
    pub members: BTreeMap<String, MemberId>,
    pub providers: BTreeMap<String, ProviderId>,
    pub teams: BTreeMap<String, TeamId>,
    owner: Actor,
}

/// What can be edited of a row, in labels.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    pub role: Role,
    pub providers: BTreeSet<String>,
    pub teams: BTreeSet<String>,
}

fn label<I: Copy + Eq + Hash>(labels: &BTreeMap<String, I>, id: I) -> String {
    let found = labels.iter().find(|(_, known)| **known == id);
    found.map(|(label, _)| label.clone()).expect("a label")
}

impl Stage {
    pub async fn build(world: &World, slug: &str, start: &Start) -> Self {
        let now = start.now.0;
        world.clock.set(now);
        let organization = world.organization(slug).await;
        // Makes providers and teams as the product does, and then goes.
        let founder = world.join(slug, "founder@example.org", Role::Owner).await;
        let mut stage = Self {
            slug: slug.to_owned(),
            organization,
            members: BTreeMap::new(),
            providers: BTreeMap::new(),
            teams: BTreeMap::new(),
            owner: founder.clone(),
        };
        for (label, provider) in &start.providers {
            let id = world.provider(&founder, &provider.name).await.id;
            stage.providers.insert(label.clone(), id);
        }
        for (label, team) in &start.teams {
            let made = world
                .services
                .create_team(&founder, &team.name, &fresh_key())
                .await;
            stage.teams.insert(label.clone(), made.unwrap().id);
        }
        for (label, member) in &start.members {
            let row = stage.row(world, member, founder.user, now).await;
            stage.members.insert(label.clone(), row);
        }
        for (label, provider) in &start.providers {
            if provider.status == ProviderStatus::Inactive {
                let id = stage.providers[label];
                world
                    .services
                    .set_provider_active(&founder, id, false)
                    .await
                    .unwrap();
            }
        }
        stage.owner = stage.actor(world, start, "o1").await;
        let tx = world.store.write().await.unwrap();
        assert!(
            store::members::delete(&tx, organization, founder.member, now)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        stage
    }

    async fn row(&self, world: &World, member: &Member, by: domain::UserId, now: Timestamp) -> MemberId {
        let identity = email::check(&member.email).unwrap().identity;
        let user = match member.status.is_invitation() {
            true => None,
            false => Some(world.user(&member.email).await),
        };
        let tx = world.store.write().await.unwrap();
        let id = match user {
            Some(user) => {
                let new = NewMember {
                    user,
                    name: &member.name,
                    email: &member.email,
                    email_identity: &identity,
                    role: member.role,
                    last_login: member.last_login.map(|at| at.0),
                };
                store::members::insert_active(&tx, self.organization, new, now)
                    .await
                    .unwrap()
            }
            None => {
                let until = now.plus(INVITATION_LIFETIME);
                let made = store::members::insert_invited(
                    &tx,
                    self.organization,
                    &member.email,
                    &identity,
                    member.role,
                    until,
                    now,
                );
                made.await.unwrap()
            }
        };
        for provider in &member.providers {
            let given = store::grants::insert(&tx, self.organization, id, self.providers[provider], by, now);
            assert!(given.await.unwrap(), "{provider}");
        }
        for team in &member.teams {
            let joined = store::teams::add(&tx, self.organization, self.teams[team], id, TeamRole::Member);
            assert!(joined.await.unwrap(), "{team}");
        }
        for key in &member.keys {
            let public_id = format!("{:0>12}", fresh_key().replace("key-", ""));
            let new = NewKey {
                member: id,
                user: user.unwrap(),
                name: &key.name,
                public_id: &public_id,
                secret_hash: public_id.as_bytes(),
                last_four: &key.last_four,
                scope: None,
                expires_at: None,
                requests_per_minute: None,
                tokens_per_day: None,
                issued_by: None,
            };
            store::keys::insert(&tx, self.organization, new, now)
                .await
                .unwrap();
        }
        if member.status == domain::MemberStatus::Suspended {
            assert!(
                store::members::set_suspended(&tx, self.organization, id, true)
                    .await
                    .unwrap()
            );
        }
        tx.commit().await.unwrap();
        id
    }

    /// Somebody of the start, as whoever asks.
    pub async fn actor(&self, world: &World, start: &Start, label: &str) -> Actor {
        let user = world.user(&start.members[label].email).await;
        world.services.actor(user, &self.slug).await.unwrap()
    }

    /// What somebody does who may.
    pub async fn edit(&mut self, world: &World, edit: &Edit) {
        let (services, by) = (&world.services, &self.owner);
        let member = |label: &String| self.members[label];
        let provider = |label: &String| self.providers[label];
        match edit {
            Edit::AddProvider {
                member: m,
                provider: p,
            } => {
                services.add_provider(by, member(m), provider(p)).await.unwrap();
            }
            Edit::RemoveProvider {
                member: m,
                provider: p,
            } => {
                services
                    .remove_provider(by, member(m), provider(p))
                    .await
                    .unwrap();
            }
            Edit::AddTeam { member: m, team } => {
                let change = TeamPeopleChange {
                    added: vec![member(m)],
                    removed: vec![],
                    ..TeamPeopleChange::default()
                };
                services
                    .change_team_people(by, self.teams[team], &change)
                    .await
                    .unwrap();
            }
            Edit::RemoveTeam { member: m, team } => {
                let change = TeamPeopleChange {
                    added: vec![],
                    removed: vec![member(m)],
                    ..TeamPeopleChange::default()
                };
                services
                    .change_team_people(by, self.teams[team], &change)
                    .await
                    .unwrap();
            }
            Edit::SetRole { member: m, role } => {
                services.set_role(by, member(m), None, *role).await.unwrap();
            }
            Edit::Suspend { member: m } => {
                services.set_suspended(by, member(m), None, true).await.unwrap();
            }
            Edit::Reactivate { member: m } => {
                services.set_suspended(by, member(m), None, false).await.unwrap();
            }
            Edit::Remove { member: m } => services.remove(by, member(m)).await.unwrap(),
            Edit::Invite { label, email, role } => {
                let (id, _) = invited(world, by, email, *role).await;
                self.members.insert(label.clone(), id);
            }
            Edit::ActivateProvider { provider: p } => {
                services.set_provider_active(by, provider(p), true).await.unwrap();
            }
            Edit::DeactivateProvider { provider: p } => {
                services
                    .set_provider_active(by, provider(p), false)
                    .await
                    .unwrap();
            }
            Edit::DeleteProvider { provider: p } => services.delete_provider(by, provider(p)).await.unwrap(),
            Edit::DeleteTeam { team } => services.delete_team(by, self.teams[team]).await.unwrap(),
            Edit::RenameProvider { provider: p, name } => {
                let all = services.providers(by).await.unwrap();
                let is = all.into_iter().find(|view| view.id == provider(p)).unwrap();
                let input = ProviderInput {
                    name: name.clone(),
                    credential: None,
                    ..crate::common::provider_input(&is.name)
                };
                services
                    .update_provider(by, is.id, is.version, &input)
                    .await
                    .unwrap();
            }
            Edit::RenameTeam { team, name } => {
                let all = services.teams(by).await.unwrap();
                let is = all.into_iter().find(|view| view.id == self.teams[team]).unwrap();
                services.rename_team(by, is.id, is.version, name).await.unwrap();
            }
            Edit::AddNewProvider { label, name } => {
                let id = world.provider(by, name).await.id;
                self.providers.insert(label.clone(), id);
            }
            Edit::AddNewTeam { label, name } => {
                let id = services.create_team(by, name, &fresh_key()).await.unwrap().id;
                self.teams.insert(label.clone(), id);
            }
            other @ (Edit::Rename { .. } | Edit::Accept { .. } | Edit::SignIn { .. }) => {
                panic!("the planner's own test plays {other:?}")
            }
        }
    }

    /// What can be edited of every row that is there, by label.
    pub async fn facts(&self, world: &World) -> BTreeMap<String, Facts> {
        let tx = world.store.read().await.unwrap();
        let ids: Vec<_> = self.members.values().copied().collect();
        let now = world.clock.now();
        let rows = store::members::rows(&tx, self.organization, &ids, now)
            .await
            .unwrap();
        let facts = |row: domain::member::MemberRow| {
            let facts = Facts {
                role: row.role,
                providers: row
                    .providers
                    .iter()
                    .map(|p| label(&self.providers, p.id))
                    .collect(),
                teams: row.teams.iter().map(|team| label(&self.teams, team.id)).collect(),
            };
            (label(&self.members, row.id), facts)
        };
        rows.into_iter().map(facts).collect()
    }

    /// Has something done with the labels.
    pub fn in_labels<T>(&self, then: impl FnOnce(&Labels<'_>) -> T) -> T {
        then(&Labels {
            member: &|id| label(&self.members, id),
            provider: &|id| label(&self.providers, id),
            team: &|id| label(&self.teams, id),
        })
    }
}
