//! The start of a scenario, and playing it.

use super::MODEL;
use super::call::{Call, makes};
use super::names::Names;
use super::verdict::Outcomes;
use crate::common::{World, code_text, fresh_key, here, invited};
use domain::cases::concurrency::{
    Case, Deed, Invitation, InvitationStatus, Kind, Member, Operation, Standing,
};
use domain::invite::AcceptInput;
use domain::provider::ProviderStatus;
use domain::{MemberId, OrganizationId, ProviderId, Role};
use services::{Actor, Error, Services};
use std::sync::Arc;
use store::testing;
use tokio::sync::Barrier;

/// One playing of one scenario, in an organization of its own.
pub(super) struct Stage {
    pub(super) services: Services,
    pub(super) slug: String,
    pub(super) names: Arc<Names>,
}

/// The address of a member by label, or of somebody who is named by it.
fn address(by: &str) -> String {
    match by.contains('@') {
        true => by.to_owned(),
        false => format!("{by}@example.com"),
    }
}

fn same_person(a: &str, b: &str) -> bool {
    let identity = |email| domain::email::check(email).unwrap().identity;
    identity(a) == identity(b)
}

/// Has memory hear of what was written behind the services' back: any change of theirs does.
async fn settle(world: &World, slug: &str) {
    let aside = format!("{slug}-aside");
    world.organization(&aside).await;
    let actor = world.join(&aside, "aside@example.com", Role::Owner).await;
    let once = fresh_key();
    world.services.create_team(&actor, "Any", &once).await.unwrap();
}

/// A start that is being made.
struct Builder<'a> {
    world: &'a World,
    case: &'a Case,
    slug: &'a str,
    organization: OrganizationId,
    founder: Actor,
    names: Names,
}

impl Builder<'_> {
    async fn teams_and_providers(&mut self) {
        let services = &self.world.services;
        let members = self.case.state.members.values();
        let operations = self.case.script.iter().flat_map(|step| &step.0);
        let named = operations.filter_map(|operation| match &operation.deed {
            Deed::AddToTeam { team, .. } => Some(team),
            _ => None,
        });
        for name in members.flat_map(|member| &member.teams).chain(named) {
            if !self.names.teams.contains_key(name) {
                let once = fresh_key();
                let team = services.create_team(&self.founder, name, &once).await;
                self.names.teams.insert(name.clone(), team.unwrap().id);
            }
        }
        for (name, status) in &self.case.state.providers {
            let provider = self.world.provider(&self.founder, name).await;
            self.world.list_models(&self.founder, &provider, &[MODEL]).await;
            if *status == ProviderStatus::Inactive {
                let off = services.set_provider_active(&self.founder, provider.id, false);
                off.await.unwrap();
            }
            self.names.providers.insert(name.clone(), provider.id);
        }
    }

    /// The invitation of the scenario that a member's row comes of.
    fn invitation_of(&self, label: &str, member: &Member) -> Option<&Invitation> {
        let mut all = self.case.state.invitations.values();
        all.find(|invitation| {
            let made = match invitation.status {
                InvitationStatus::Accepted => member.status != Standing::Invited,
                InvitationStatus::Pending | InvitationStatus::Expired => member.status == Standing::Invited,
                InvitationStatus::Revoked => false,
            };
            made && same_person(&invitation.email, &address(label))
        })
    }

    async fn members(&mut self) {
        for (label, member) in &self.case.state.members {
            if member.status != Standing::Invited && self.invitation_of(label, member).is_none() {
                let actor = self.world.join(self.slug, &address(label), member.role).await;
                self.names.members.insert(label.clone(), actor.member);
            }
        }
    }

    /// Whoever invited must still be there when the invitation is accepted, and the founder will not be.
    async fn inviter(&self) -> Actor {
        let owner = self.case.state.members.iter().find(|(label, member)| {
            member.role == Role::Owner
                && member.status == Standing::Active
                && self.names.members.contains_key(*label)
        });
        match owner {
            Some((label, _)) => {
                let user = self.world.user(&address(label)).await;
                self.world.services.actor(user, self.slug).await.unwrap()
            }
            None => self.founder.clone(),
        }
    }

    /// Those that are over come first: an address may have been invited again.
    async fn invitations(&mut self) {
        let inviter = self.inviter().await;
        let services = &self.world.services;
        let mut all: Vec<_> = self.case.state.invitations.iter().collect();
        all.sort_by_key(|(_, invitation)| {
            !matches!(
                invitation.status,
                InvitationStatus::Revoked | InvitationStatus::Accepted
            )
        });
        for (label, invitation) in all {
            let made = invitation.expires_at.0.plus(-domain::limits::INVITATION_LIFETIME);
            self.world.clock.set(made);
            let (row, token) = invited(self.world, &inviter, &invitation.email, invitation.role).await;
            match invitation.status {
                InvitationStatus::Pending | InvitationStatus::Expired => {}
                InvitationStatus::Revoked => services.revoke(&inviter, row).await.unwrap(),
                InvitationStatus::Accepted => {
                    let user = self.world.user(&invitation.email).await;
                    let who = AcceptInput::default();
                    let accepted = services.accept(&token, &who, Some(user), here()).await;
                    accepted.unwrap();
                }
            }
            self.names.invitations.insert(label.clone(), row);
            self.names.tokens.add(&invitation.token, token);
            for (label, member) in &self.case.state.members {
                if self
                    .invitation_of(label, member)
                    .is_some_and(|its| std::ptr::eq(its, invitation))
                {
                    self.names.members.insert(label.clone(), row);
                }
            }
        }
        self.world.clock.set(self.case.state.now.0);
        for (label, member) in &self.case.state.members {
            if !self.names.members.contains_key(label) {
                let (row, _) = invited(self.world, &inviter, &address(label), member.role).await;
                self.names.members.insert(label.clone(), row);
            }
        }
    }

    /// What the members have, and how they stand. Written past the services: a start need not be one that they would
    /// bring about.
    async fn state(&self) {
        let (now, names) = (self.case.state.now.0, &self.names);
        let tx = self.world.store.write().await.unwrap();
        for (label, member) in &self.case.state.members {
            let row = names.members[label];
            for provider in &member.providers {
                let (provider, by) = (names.provider(provider), self.founder.user);
                let done = store::grants::insert(&tx, self.organization, row, provider, by, now);
                done.await.unwrap();
            }
            for team in &member.teams {
                let (team, role) = (names.teams[team], domain::TeamRole::Member);
                let done = store::teams::add(&tx, self.organization, team, row, role);
                done.await.unwrap();
            }
        }
        for (label, key) in &self.case.state.keys {
            let public_id = format!("{:0>12}", fresh_key().replace("key-", ""));
            let scope = key.scope.as_ref();
            let scope = scope.map(|all| all.iter().map(|p| names.provider(p)).collect::<Vec<_>>());
            let member = names.member(&key.owner);
            let row = store::members::get(&tx, self.organization, member, now).await;
            let new = testing::Key {
                owner: (member, row.unwrap().unwrap().user.unwrap()),
                name: label,
                public_id: &public_id,
                scope: scope.as_deref(),
                expires_at: None,
                revoked: key.revoked,
            };
            let made = testing::key(&tx, self.organization, new, now).await;
            let (id, secret) = made.unwrap();
            names.keys.lock().unwrap().insert(label.clone(), id);
            names.tokens.add(label, secret);
        }
        for (label, member) in &self.case.state.members {
            let row = names.members[label];
            if member.status == Standing::Suspended {
                let done = store::members::set_suspended(&tx, self.organization, row, true);
                assert!(done.await.unwrap());
            }
            let done = testing::set_version(&tx, row, member.version);
            done.await.unwrap();
        }
        // The scenario's own owners are all there are.
        let gone = store::members::delete(&tx, self.organization, self.founder.member, now);
        assert!(gone.await.unwrap());
        tx.commit().await.unwrap();
    }
}

impl Stage {
    pub(super) async fn build(world: &World, slug: String, case: &Case) -> Self {
        world.clock.set(case.state.now.0);
        let names = if case.state.set_up {
            let organization = world.organization(&slug).await;
            let mut builder = Builder {
                world,
                case,
                slug: &slug,
                organization,
                founder: world.join(&slug, "founder@example.com", Role::Owner).await,
                names: Names::default(),
            };
            builder.teams_and_providers().await;
            builder.members().await;
            builder.invitations().await;
            builder.state().await;
            let names = builder.names;
            settle(world, &slug).await;
            names
        } else {
            Names {
                setup_code: world.services.setup_code(),
                ..Names::default()
            }
        };
        Self {
            services: world.services.clone(),
            slug,
            names: Arc::new(names),
        }
    }

    /// Whoever sends an operation, or why they may not even come in.
    async fn actor(&self, world: &World, operation: &Operation) -> Result<Actor, String> {
        if matches!(operation.deed, Deed::SetUp {} | Deed::Request { .. }) {
            return Err(format!("{} has no account", operation.by));
        }
        let user = world.user(&address(&operation.by)).await;
        match self.services.actor(user, &self.slug).await {
            Ok(actor) => Ok(actor),
            Err(Error::Problem(problem)) => Err(code_text(problem.code)),
            Err(other) => panic!("{operation:?}: {other:?}"),
        }
    }

    /// Looked up before anything of a step is done: what a race would make stale is stale.
    async fn call(&self, world: &World, operation: &Operation) -> Call {
        Call {
            services: self.services.clone(),
            names: Arc::clone(&self.names),
            actor: self.actor(world, operation).await,
            user: match operation.deed {
                Deed::Accept { .. } => Some(world.user(&address(&operation.by)).await),
                _ => None,
            },
            has: match &operation.deed {
                Deed::SetProviders { member, .. } => self.providers_of(world, member).await,
                _ => Vec::new(),
            },
            waits: false,
            operation: operation.clone(),
        }
    }

    /// Plays the script; how often each outcome of each operation came. In every other round an operation that uses
    /// what another of its step makes waits for it, since it would always be too early.
    pub(super) async fn play(&self, world: &World, case: &Case, round: usize) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for step in &case.script {
            let all = || step.0.iter();
            let count = all().map(|operation| operation.times.unwrap_or(1)).sum();
            let barrier = Arc::new(Barrier::new(count));
            let mut running = Vec::new();
            for operation in all() {
                assert!(
                    outcomes
                        .insert(operation.label.clone(), Default::default())
                        .is_none(),
                    "two operations are called {}",
                    operation.label
                );
                for _ in 0..operation.times.unwrap_or(1) {
                    let mut call = self.call(world, operation).await;
                    let used = call.uses().map(str::to_owned);
                    let made_here =
                        |used: &String| all().any(|other| makes(&other.deed) == Some(used.as_str()));
                    call.waits = round % 2 == 1 && used.as_ref().is_some_and(made_here);
                    let barrier = Arc::clone(&barrier);
                    let task = tokio::spawn(async move {
                        barrier.wait().await;
                        call.run().await
                    });
                    running.push((operation.label.clone(), task));
                }
            }
            for (label, task) in running {
                let kind = Kind::try_from(task.await.unwrap()).unwrap();
                let kinds = outcomes.entry(label).or_default();
                *kinds.entry(kind).or_default() += 1;
            }
        }
        outcomes
    }

    /// What the editor of a `set_providers` sees before the step.
    async fn providers_of(&self, world: &World, member: &str) -> Vec<ProviderId> {
        let member: MemberId = self.names.member(member);
        let tx = world.store.read().await.unwrap();
        let organization = store::organizations::by_slug(&tx, &self.slug).await;
        let organization = organization.unwrap().unwrap().id;
        let grants = store::grants::of_member(&tx, organization, member, world.clock.now()).await;
        grants.unwrap().into_iter().map(|grant| grant.provider).collect()
    }
}
