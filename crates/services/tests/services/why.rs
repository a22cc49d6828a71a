//! `why.json`, asked of the services.

use crate::common::{World, fresh_key, on_both, provider_input};
use domain::access::why::{Mend, WhyInput};
use domain::cases::each;
use domain::cases::why::{self as case, Case, Expected, Life, Start, Step};
use domain::member::ProvidersChange;
use domain::provider::{ProviderInput, ProviderStatus, ProviderView};
use domain::team::TeamPeopleChange;
use domain::{KeyId, MemberId, MemberStatus, ProblemCode, ProviderId, TeamId, TeamRole, Timestamp};
use services::Actor;
use std::collections::{BTreeMap, BTreeSet};
use store::bulk::BulkMember;
use store::testing;

/// What the labels of a case stand for.
struct Played<'w> {
    world: &'w World,
    slug: String,
    owner: Actor,
    providers: BTreeMap<String, ProviderView>,
    teams: BTreeMap<String, TeamId>,
    members: BTreeMap<String, MemberId>,
    keys: BTreeMap<String, KeyId>,
}

impl<'w> Played<'w> {
    async fn new(world: &'w World, slug: &str, start: &Start) -> Self {
        world.clock.set(start.now.0);
        world.organization(slug).await;
        let owner = world
            .join(slug, &format!("made-for-{slug}@example.com"), domain::Role::Owner)
            .await;
        let mut played = Self {
            world,
            slug: slug.to_owned(),
            owner,
            providers: BTreeMap::new(),
            teams: BTreeMap::new(),
            members: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        for (label, provider) in &start.providers {
            let input = ProviderInput {
                slug: provider.slug.clone(),
                ..provider_input(label)
            };
            let made = world
                .services
                .create_provider(&played.owner, &input, &fresh_key())
                .await
                .unwrap();
            played.providers.insert(label.clone(), made);
            played.set_models(label, &provider.models).await;
        }
        for (label, team) in &start.teams {
            let made = world
                .services
                .create_team(&played.owner, &team.name, &fresh_key())
                .await
                .unwrap();
            played.teams.insert(label.clone(), made.id);
            for (provider, end) in &team.providers {
                played.grant_team(label, provider, end.map(|end| end.0)).await;
            }
        }
        let rows: Vec<BulkMember> = start
            .members
            .iter()
            .map(|(label, member)| BulkMember {
                role: member.role,
                status: member.status,
                expires_at: member
                    .status
                    .is_invitation()
                    .then(|| start.now.0.plus(Timestamp::DAY)),
                teams: member
                    .teams
                    .iter()
                    .map(|t| (played.teams[t], TeamRole::Member))
                    .collect(),
                providers: member
                    .providers
                    .iter()
                    .map(|(provider, end)| (played.id(provider), end.map(|end| end.0)))
                    .collect(),
                ..testing::person(
                    if member.status.is_invitation() { "" } else { label },
                    &format!("{label}-{slug}@example.com"),
                )
            })
            .collect();
        let organization = played.owner.organization;
        let tx = world.store.write().await.unwrap();
        let ids = store::bulk::insert_members(&tx, organization, &rows, start.now.0)
            .await
            .unwrap();
        played.members = start.members.keys().cloned().zip(ids).collect();
        for (label, key) in &start.keys {
            let member = played.members[&key.owner];
            let record = store::members::get(&tx, organization, member, start.now.0)
                .await
                .unwrap()
                .unwrap();
            let scope = played.scope(key.scope.as_ref());
            let public = format!("{slug}{label}");
            let new = testing::Key {
                owner: (member, record.user.unwrap()),
                name: label,
                public_id: &public,
                scope: scope.as_deref(),
                expires_at: key.expires_at.map(|end| end.0),
                revoked: key.revoked,
            };
            let (id, _) = testing::key(&tx, organization, new, start.now.0).await.unwrap();
            played.keys.insert(label.clone(), id);
        }
        tx.commit().await.unwrap();
        for (label, provider) in &start.providers {
            if provider.status == ProviderStatus::Inactive {
                played.set_active(label, false).await;
            }
        }
        played
    }

    fn id(&self, provider: &str) -> ProviderId {
        self.providers[provider].id
    }

    fn scope(&self, labels: Option<&Vec<String>>) -> Option<Vec<ProviderId>> {
        labels.map(|labels| labels.iter().map(|label| self.id(label)).collect())
    }

    async fn set_models(&self, provider: &str, models: &[String]) {
        let models: Vec<&str> = models.iter().map(String::as_str).collect();
        self.world
            .list_models(&self.owner, &self.providers[provider], &models)
            .await;
    }

    async fn set_active(&self, provider: &str, active: bool) {
        let services = &self.world.services;
        services
            .set_provider_active(&self.owner, self.id(provider), active)
            .await
            .unwrap();
    }

    /// With an end, which the product has no page for yet.
    async fn grant_team(&self, team: &str, provider: &str, end: Option<Timestamp>) {
        let tx = self.world.store.write().await.unwrap();
        testing::carry(&tx, self.teams[team], self.id(provider), end)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn put_into(&self, team: &str, added: Vec<MemberId>, removed: Vec<MemberId>) {
        let change = TeamPeopleChange {
            added,
            removed,
            ..TeamPeopleChange::default()
        };
        self.world
            .services
            .change_team_people(&self.owner, self.teams[team], &change)
            .await
            .unwrap();
    }

    async fn actor(&self, label: &str) -> Actor {
        let tx = self.world.store.read().await.unwrap();
        let organization = self.owner.organization;
        let now = self.world.services.now();
        let record = store::members::get(&tx, organization, self.members[label], now)
            .await
            .unwrap()
            .unwrap();
        self.world
            .services
            .actor(record.user.unwrap(), &self.slug)
            .await
            .unwrap()
    }

    fn source(&self, team: Option<TeamId>) -> String {
        let Some(team) = team else { return "own".to_owned() };
        let mut known = self.teams.iter();
        known.find(|(_, id)| **id == team).unwrap().0.clone()
    }

    fn label(&self, provider: ProviderId) -> String {
        let mut known = self.providers.iter();
        known.find(|(_, view)| view.id == provider).unwrap().0.clone()
    }

    fn mended(&self, mend: Mend, member: &str, key: Option<&str>, about: Option<ProviderId>) -> case::Mend {
        let provider = || self.label(about.unwrap());
        let member = member.to_owned();
        match mend {
            Mend::MakeKey => case::Mend::MakeKey { member },
            Mend::ResendInvitation => case::Mend::ResendInvitation { member },
            Mend::ReactivateMember => case::Mend::ReactivateMember { member },
            Mend::ActivateProvider => case::Mend::ActivateProvider { provider: provider() },
            Mend::AssignProvider => case::Mend::AssignProvider {
                member,
                provider: provider(),
            },
            Mend::ExtendGrant { team } => case::Mend::ExtendGrant {
                member,
                provider: provider(),
                from: self.source(team),
            },
            Mend::WidenKey => case::Mend::WidenKey {
                key: key.unwrap().to_owned(),
                provider: provider(),
            },
            Mend::SwitchModelOn | Mend::IncludeModel => {
                panic!("the file has neither models that are off nor grants of some")
            }
            Mend::RefreshModels => case::Mend::RefreshModels {
                provider: about.map(|id| self.label(id)),
            },
            Mend::UseFullName { models } => case::Mend::UseFullName {
                models: models.into_iter().collect(),
            },
            Mend::RequestAccess => case::Mend::RequestAccess { provider: provider() },
            Mend::Ask { role } => case::Mend::Ask { role },
        }
    }

    async fn why(
        &self,
        said: &str,
        by: &str,
        asked: WhyInput,
        names: (&str, Option<&str>),
        expect: &Expected,
    ) {
        let found = self.world.services.why(&self.actor(by).await, &asked).await;
        let wanted = match expect {
            Expected::Refused(_) => {
                assert_eq!(
                    found.unwrap_err().problem().code,
                    ProblemCode::Forbidden,
                    "{said}"
                );
                return;
            }
            Expected::Answered(wanted) => wanted,
        };
        let found = found.unwrap();
        assert_eq!(found.why.chain, wanted.chain, "{said}");
        assert_eq!(found.why.first(), wanted.first, "{said}");
        assert_eq!(
            (found.reason.is_none(), found.reason),
            (wanted.allowed, wanted.reason),
            "{said}"
        );
        let mend = found
            .mend
            .map(|mend| self.mended(mend, names.0, names.1, found.why.provider));
        assert_eq!(mend, wanted.mend, "{said}");
        if let Some(provider) = &wanted.provider {
            assert_eq!(
                found.why.provider.map(|id| self.label(id)).as_ref(),
                Some(provider),
                "{said}"
            );
        }
        if let Some(sources) = &wanted.sources {
            let life = |live| if live { Life::Live } else { Life::Ended };
            let told = found
                .why
                .sources
                .iter()
                .map(|s| (self.source(s.team), life(s.live)));
            assert_eq!(&told.collect::<BTreeMap<_, _>>(), sources, "{said}");
        }
    }

    async fn sources(&self, member: &str) -> BTreeMap<String, BTreeSet<String>> {
        let row = self
            .world
            .services
            .member(&self.owner, self.members[member])
            .await
            .unwrap();
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for by in row.allowed {
            found
                .entry(self.label(by.provider))
                .or_default()
                .insert(self.source(by.team));
        }
        found
    }

    async fn step(&mut self, id: &str, step: &Step) {
        let said = format!("{id}: {step:?}");
        let services = &self.world.services;
        match step {
            Step::Why {
                by,
                member,
                provider,
                model,
                key,
                expect,
            } => {
                let asked = WhyInput {
                    member: self.members[member],
                    provider: provider.as_ref().map(|label| self.id(label)),
                    model: model.clone(),
                    key: key
                        .as_ref()
                        .map(|label| self.keys.get(label).copied().unwrap_or(KeyId(0))),
                };
                self.why(&said, by, asked, (member, key.as_deref()), expect).await;
            }
            Step::Sources { member, expect } => assert_eq!(&self.sources(member).await, expect, "{said}"),
            Step::Grant {
                member,
                provider,
                until,
            } => {
                let (member, provider) = (self.members[member], self.id(provider));
                services
                    .add_provider(&self.owner, member, provider)
                    .await
                    .unwrap();
                if let Some(end) = until {
                    let tx = self.world.store.write().await.unwrap();
                    testing::end_grant(&tx, member, provider, end.0).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }
            Step::Ungrant { member, provider } => {
                services
                    .remove_provider(&self.owner, self.members[member], self.id(provider))
                    .await
                    .unwrap();
            }
            Step::GrantTeam {
                team,
                provider,
                until,
            } => {
                self.grant_team(team, provider, until.map(|end| end.0)).await;
            }
            Step::UngrantTeam { team, provider } => {
                let (id, provider) = (self.teams[team], self.id(provider));
                let version = services
                    .team_providers(&self.owner, id)
                    .await
                    .unwrap()
                    .team
                    .version;
                let change = ProvidersChange {
                    version,
                    added: vec![],
                    removed: vec![provider],
                };
                services
                    .set_team_providers(&self.owner, id, &change)
                    .await
                    .unwrap();
            }
            Step::Join { member, team } => self.put_into(team, vec![self.members[member]], vec![]).await,
            Step::Leave { member, team } => self.put_into(team, vec![], vec![self.members[member]]).await,
            Step::DeleteTeam { team } => services.delete_team(&self.owner, self.teams[team]).await.unwrap(),
            Step::Suspend { member } | Step::Reactivate { member } => {
                let suspend = matches!(step, Step::Suspend { .. });
                services
                    .set_suspended(&self.owner, self.members[member], None, suspend)
                    .await
                    .unwrap();
            }
            Step::SetRole { member, role } => {
                services
                    .set_role(&self.owner, self.members[member], None, *role)
                    .await
                    .unwrap();
            }
            Step::ActivateProvider { provider } => self.set_active(provider, true).await,
            Step::DeactivateProvider { provider } => self.set_active(provider, false).await,
            Step::DeleteProvider { provider } => {
                services
                    .delete_provider(&self.owner, self.id(provider))
                    .await
                    .unwrap();
            }
            Step::SetModels { provider, models } => self.set_models(provider, models).await,
            Step::RevokeKey { key } => {
                services.revoke_key(&self.owner, self.keys[key]).await.unwrap();
            }
            Step::SetScope { key, scope } => {
                let scope = self.scope(scope.as_ref());
                let tx = self.world.store.write().await.unwrap();
                testing::set_scope(&tx, self.keys[key], scope.as_deref())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
            Step::Clock { now } => self.world.clock.set(now.0),
        }
    }
}

on_both! {
    async fn cases_of_why(world) {
        let (rest, _) = domain::cases::file::<Case>();
        for (index, (id, case)) in each::<Case>().into_iter().enumerate() {
            let slug = format!("case{index}");
            let mut played = Played::new(world, &slug, &rest.starts[&case.start]).await;
            for step in &case.steps {
                played.step(&id, step).await;
            }
        }
    }

    async fn an_invitation_is_explained_by_what_it_will_have(world) {
        let (rest, _) = domain::cases::file::<Case>();
        let played = Played::new(world, "ours", &rest.starts["office"]).await;
        let invited = rest.starts["office"].members.iter().find(|(_, m)| m.status == MemberStatus::Invited).unwrap().0;
        assert!(played.sources(invited).await.is_empty(), "the table shows nothing before it is accepted");
    }
}
