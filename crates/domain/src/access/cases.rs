//! `access.json` as far as it is about Chat and the editor.

use super::{Grant, Grants, ModelList, effective};
use crate::cases::access::{Case, Joined, Member, Provider, Step};
use crate::cases::each;
use crate::provider::ProviderStatus;
use crate::{MemberStatus, ProviderId, Timestamp};
use std::collections::{BTreeSet, HashMap};

struct Made {
    label: String,
    slug: String,
    id: ProviderId,
    status: ProviderStatus,
}

/// The part of a case's world that decides what Chat and the editor offer.
#[derive(Default)]
struct World {
    now: Option<Timestamp>,
    providers: Vec<Made>,
    members: HashMap<String, MemberStatus>,
    grants: HashMap<String, Vec<Grant>>,
    made: i64,
}

impl World {
    fn new(world: &crate::cases::access::World) -> Self {
        let mut made = Self {
            now: Some(world.now.0),
            ..Self::default()
        };
        for provider in &world.providers {
            made.add_provider(provider);
        }
        for member in &world.members {
            made.add_member(member);
        }
        for grant in &world.grants {
            made.grant(&grant.member, &grant.provider, grant.expires_at.map(|end| end.0));
        }
        made
    }

    fn add_provider(&mut self, provider: &Provider) {
        self.made += 1;
        self.providers.push(Made {
            label: provider.id.clone(),
            slug: provider.slug.clone(),
            id: ProviderId(self.made),
            status: provider.status,
        });
    }

    fn add_member(&mut self, member: &Member) {
        let status = match member.status {
            Joined::Active => MemberStatus::Active,
            Joined::Suspended => MemberStatus::Suspended,
        };
        self.members.insert(member.id.clone(), status);
    }

    fn set_status(&mut self, member: &str, status: MemberStatus) {
        *self.members.get_mut(member).expect("a member of the world") = status;
    }

    fn grant(&mut self, member: &str, provider: &str, ends_at: Option<Timestamp>) {
        let provider = self.provider(provider).id;
        let grants = self.grants.entry(member.into()).or_default();
        grants.push(Grant {
            provider,
            ends_at,
            models: ModelList::default(),
        });
    }

    fn provider(&mut self, label: &str) -> &mut Made {
        let mut all = self.providers.iter_mut();
        all.find(|p| p.label == label).expect("a provider of the world")
    }

    fn slugs(&self, ids: &[ProviderId]) -> BTreeSet<String> {
        let of_ids = self.providers.iter().filter(|p| ids.contains(&p.id));
        of_ids.map(|p| p.slug.clone()).collect()
    }

    fn chat(&self, member: &str) -> BTreeSet<String> {
        let providers: Vec<_> = self.providers.iter().map(|p| (p.id, p.status)).collect();
        let grants = self.grants.get(member).map_or(&[][..], Vec::as_slice);
        let now = self.now.expect("a clock");
        self.slugs(&effective(
            self.members[member],
            &providers,
            Grants::listed(grants),
            now,
        ))
    }

    /// The Allowed providers dialog offers what is active.
    fn editor(&self) -> BTreeSet<String> {
        let active = self
            .providers
            .iter()
            .filter(|p| p.status == ProviderStatus::Active);
        active.map(|p| p.slug.clone()).collect()
    }

    /// Plays a step; how many looks at Chat or the editor it was.
    fn step(&mut self, id: &str, step: &Step) -> u32 {
        match step {
            Step::Chat { member, expect } => {
                assert_eq!(self.chat(member), expect.providers, "{id}: {step:?}");
                return 1;
            }
            Step::Editor { member, expect } => {
                assert!(self.members.contains_key(member), "{id}: {step:?}");
                assert_eq!(self.editor(), expect.providers, "{id}: {step:?}");
                return 1;
            }
            Step::ActivateProvider { provider } => self.provider(provider).status = ProviderStatus::Active,
            Step::DeactivateProvider { provider } => {
                self.provider(provider).status = ProviderStatus::Inactive;
            }
            Step::RenameProvider { provider, slug } => self.provider(provider).slug = slug.clone(),
            Step::AddProvider { provider } => self.add_provider(provider),
            Step::DeleteProvider { provider } => {
                let gone = self.provider(provider).id;
                self.providers.retain(|p| p.id != gone);
                self.grants
                    .values_mut()
                    .for_each(|all| all.retain(|g| g.provider != gone));
            }
            Step::AcceptInvite { member } => self.add_member(member),
            Step::SuspendMember { member } => self.set_status(member, MemberStatus::Suspended),
            Step::ReactivateMember { member } => self.set_status(member, MemberStatus::Active),
            Step::AddGrant {
                member,
                provider,
                expires_at,
            } => self.grant(member, provider, expires_at.map(|end| end.0)),
            Step::RemoveGrant { member, provider } => {
                let gone = self.provider(provider).id;
                let grants = self.grants.entry(member.clone()).or_default();
                grants.retain(|g| g.provider != gone);
            }
            Step::SetGrants { member, providers } => {
                self.grants.remove(member);
                for provider in providers {
                    self.grant(member, provider, None);
                }
            }
            Step::Clock { now } => self.now = Some(now.0),
            // Keys and requests are played over HTTP, by the tests of the gateway.
            Step::Request { .. } | Step::CreateKey { .. } | Step::RevokeKey { .. } => {}
        }
        0
    }
}

fn play(id: &str, case: &Case) -> u32 {
    let mut world = World::new(&case.world);
    case.steps.iter().map(|step| world.step(id, step)).sum()
}

#[test]
fn cases_of_access_in_chat_and_editor() {
    let looked: u32 = each::<Case>().iter().map(|(id, case)| play(id, case)).sum();
    assert!(looked > 0, "no step looked at Chat or the editor");
}

/// What the file's cases have by chance only in whole seconds and only at the start.
#[test]
fn instants_count_to_the_millisecond_wherever_they_stand() {
    let text = r#"{"cases": [{"id": "made-up", "world": {
        "now": "2026-03-01T12:00:00.400Z",
        "providers": [{"id": "p1", "slug": "a", "name": "A", "status": "active", "models": []},
                      {"id": "p2", "slug": "b", "name": "B", "status": "active", "models": []}],
        "members": [{"id": "m1", "email": "m1@example.com", "status": "active"}],
        "grants": [{"member": "m1", "provider": "p1", "expires_at": "2026-03-01T14:00:00.401+02:00"}],
        "keys": []}, "steps": [
        {"do": "chat", "member": "m1", "expect": {"providers": ["a"]}},
        {"do": "add_grant", "member": "m1", "provider": "p2", "expires_at": "2026-03-01T12:00:00.402Z"},
        {"do": "clock", "now": "2026-03-01T12:00:00.401Z"},
        {"do": "chat", "member": "m1", "expect": {"providers": ["b"]}},
        {"do": "clock", "now": "2026-03-01T12:00:00.402Z"},
        {"do": "chat", "member": "m1", "expect": {"providers": []}}]}]}"#;
    let (_, cases) = crate::cases::parse::<Case>(text).expect("a file");
    assert_eq!(play(&cases[0].0, &cases[0].1), 3);
}
