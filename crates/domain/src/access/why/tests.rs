//! `why.json`, and that the explanation says what the rule decides.

use super::*;
use crate::access::model::resolve;
use crate::access::{Asking, ModelList, TeamGrants};
use crate::cases::file;
use crate::cases::why::{self as case, Expected, Life, Start, Step};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

struct Provider {
    id: ProviderId,
    slug: String,
    active: bool,
    models: Vec<String>,
    off: Vec<String>,
}

impl Offer for Provider {
    fn id(&self) -> ProviderId {
        self.id
    }
    fn slug(&self) -> &str {
        &self.slug
    }
    fn status(&self) -> ProviderStatus {
        match self.active {
            true => ProviderStatus::Active,
            false => ProviderStatus::Inactive,
        }
    }
    fn lists(&self, model: &str) -> bool {
        self.models.iter().any(|known| known == model)
    }
    fn models(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(String::as_str)
    }
    fn is_off(&self, model: &str) -> bool {
        self.off.iter().any(|known| known == model)
    }
}

/// A start, in which the steps make their changes. Ids are the places of labels in their order.
struct World {
    start: Start,
    labels: Vec<String>,
    teams: Vec<String>,
}

fn place(labels: &[String], label: &str) -> i64 {
    let place = labels.iter().position(|known| known == label);
    i64::try_from(place.unwrap_or_else(|| panic!("no {label}"))).expect("a small number")
}

fn ends(grants: &BTreeMap<String, Option<crate::cases::Instant>>, labels: &[String]) -> Vec<Grant> {
    let grant = |(label, end): (&String, &Option<crate::cases::Instant>)| Grant {
        provider: ProviderId(place(labels, label)),
        ends_at: end.map(|end| end.0),
        models: ModelList::default(),
    };
    grants.iter().map(grant).collect()
}

impl World {
    fn new(start: Start) -> Self {
        Self {
            labels: start.providers.keys().cloned().collect(),
            teams: start.teams.keys().cloned().collect(),
            start,
        }
    }

    fn member(&mut self, label: &str) -> &mut case::Member {
        self.start.members.get_mut(label).expect("a member")
    }

    fn providers(&self) -> Vec<Provider> {
        let provider = |(label, known): (&String, &case::Provider)| Provider {
            id: ProviderId(place(&self.labels, label)),
            slug: known.slug.clone(),
            active: known.status == ProviderStatus::Active,
            models: known.models.clone(),
            off: Vec::new(),
        };
        self.start.providers.iter().map(provider).collect()
    }

    /// Asks about a member with what the question needs.
    fn with_grants<T>(&self, member: &str, ask: impl FnOnce(Grants<'_>) -> T) -> T {
        let of = &self.start.members[member];
        let own = ends(&of.providers, &self.labels);
        let teams: Vec<TeamId> = of.teams.iter().map(|t| TeamId(place(&self.teams, t))).collect();
        let carried: Vec<TeamGrants> = self
            .start
            .teams
            .iter()
            .map(|(label, team)| TeamGrants {
                team: TeamId(place(&self.teams, label)),
                grants: ends(&team.providers, &self.labels),
            })
            .collect();
        ask(Grants {
            own: &own,
            teams: &teams,
            carried: &carried,
        })
    }

    fn source(&self, source: &Source) -> String {
        match source.team {
            None => "own".to_owned(),
            Some(team) => self.teams[usize::try_from(team.0).expect("a place")].clone(),
        }
    }

    fn provider(&self, id: ProviderId) -> String {
        self.labels[usize::try_from(id.0).expect("a place")].clone()
    }

    /// What would mend it, by the labels of the file.
    fn mended(&self, mend: Mend, (member, key): (&str, Option<&str>), why: &Why) -> case::Mend {
        let provider = || self.provider(why.provider.expect("a provider"));
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
                from: self.source(&Source {
                    team,
                    ends_at: None,
                    live: false,
                }),
            },
            Mend::WidenKey => case::Mend::WidenKey {
                key: key.expect("a key").to_owned(),
                provider: provider(),
            },
            Mend::SwitchModelOn | Mend::IncludeModel => {
                panic!("the file has neither models that are off nor grants of some")
            }
            Mend::RefreshModels => case::Mend::RefreshModels {
                provider: why.provider.map(|id| self.provider(id)),
            },
            Mend::UseFullName { models } => case::Mend::UseFullName {
                models: models.into_iter().collect(),
            },
            Mend::RequestAccess => case::Mend::RequestAccess { provider: provider() },
            Mend::Ask { role } => case::Mend::Ask { role },
        }
    }

    fn step(&mut self, id: &str, step: Step) {
        let said = format!("{id}: {step:?}");
        match step {
            Step::Why {
                by,
                member,
                provider,
                model,
                key,
                expect,
            } => {
                let asker = Asker {
                    role: self.start.members[&by].role,
                    is_member: by == member,
                };
                let Expected::Answered(wanted) = expect else {
                    assert!(!asker.may_ask(), "{said}");
                    return;
                };
                assert!(asker.may_ask(), "{said}");
                let scope;
                let presented = match key.as_ref().map(|key| self.start.keys.get(key)) {
                    None => None,
                    Some(None) => Some(Presented::Unknown),
                    Some(Some(known)) => {
                        assert_eq!(known.owner, member, "{said}");
                        scope = known.scope.as_ref().map(|labels| {
                            let ids = labels.iter().map(|label| ProviderId(place(&self.labels, label)));
                            ids.collect::<Vec<_>>()
                        });
                        Some(Presented::Known {
                            life: KeyLife {
                                revoked: known.revoked,
                                ends_at: known.expires_at.map(|end| end.0),
                            },
                            scope: scope.as_deref(),
                        })
                    }
                };
                let of = &self.start.members[&member];
                let why = self.with_grants(&member, |grants| {
                    let question = Question {
                        status: of.status,
                        grants,
                        key: presented,
                        provider: provider
                            .as_ref()
                            .map(|label| ProviderId(place(&self.labels, label))),
                        model: model.as_deref(),
                        now: self.start.now.0,
                    };
                    question.answer(&self.providers())
                });
                let mend = why.mend(of.status, of.role, asker);
                let why = asker.hears(why);
                assert_eq!(why.chain, wanted.chain, "{said}");
                assert_eq!(why.first(), wanted.first, "{said}");
                assert_eq!(why.first().is_none(), wanted.allowed, "{said}");
                assert_eq!(why.reason(of.status), wanted.reason, "{said}");
                let mend = mend.map(|mend| self.mended(mend, (&member, key.as_deref()), &why));
                assert_eq!(mend, wanted.mend, "{said}");
                if let Some(provider) = wanted.provider {
                    assert_eq!(why.provider.map(|id| self.provider(id)), Some(provider), "{said}");
                }
                if let Some(sources) = wanted.sources {
                    let found = why.sources.iter().map(|source| {
                        let life = if source.live { Life::Live } else { Life::Ended };
                        (self.source(source), life)
                    });
                    assert_eq!(found.collect::<BTreeMap<_, _>>(), sources, "{said}");
                }
            }
            Step::Sources { member, expect } => {
                let found = self.with_grants(&member, |grants| {
                    let of = |label: &String| {
                        let id = ProviderId(place(&self.labels, label));
                        let live = grants
                            .by_source(id)
                            .filter(|(_, grant)| grant.is_live(self.start.now.0));
                        let names = live.map(|(team, grant)| {
                            self.source(&Source {
                                team,
                                ends_at: grant.ends_at,
                                live: true,
                            })
                        });
                        (label.clone(), names.collect::<BTreeSet<_>>())
                    };
                    let found = self.start.providers.keys().map(of);
                    found
                        .filter(|(_, sources)| !sources.is_empty())
                        .collect::<BTreeMap<_, _>>()
                });
                assert_eq!(found, expect, "{said}");
            }
            Step::Grant {
                member,
                provider,
                until,
            } => {
                self.member(&member).providers.insert(provider, until);
            }
            Step::Ungrant { member, provider } => {
                self.member(&member).providers.remove(&provider);
            }
            Step::GrantTeam {
                team,
                provider,
                until,
            } => {
                let team = self.start.teams.get_mut(&team).expect("a team");
                team.providers.insert(provider, until);
            }
            Step::UngrantTeam { team, provider } => {
                self.start
                    .teams
                    .get_mut(&team)
                    .expect("a team")
                    .providers
                    .remove(&provider);
            }
            Step::Join { member, team } => self.member(&member).teams.push(team),
            Step::Leave { member, team } => self.member(&member).teams.retain(|known| *known != team),
            Step::DeleteTeam { team } => {
                self.start.teams.remove(&team);
                self.start
                    .members
                    .values_mut()
                    .for_each(|m| m.teams.retain(|known| *known != team));
            }
            Step::Suspend { member } => self.member(&member).status = MemberStatus::Suspended,
            Step::Reactivate { member } => self.member(&member).status = MemberStatus::Active,
            Step::SetRole { member, role } => self.member(&member).role = role,
            Step::ActivateProvider { provider } => self.set_status(&provider, ProviderStatus::Active),
            Step::DeactivateProvider { provider } => self.set_status(&provider, ProviderStatus::Inactive),
            Step::DeleteProvider { provider } => {
                self.start.providers.remove(&provider);
                for member in self.start.members.values_mut() {
                    member.providers.remove(&provider);
                }
                for team in self.start.teams.values_mut() {
                    team.providers.remove(&provider);
                }
            }
            Step::SetModels { provider, models } => {
                self.start
                    .providers
                    .get_mut(&provider)
                    .expect("a provider")
                    .models = models;
            }
            Step::RevokeKey { key } => self.start.keys.get_mut(&key).expect("a key").revoked = true,
            Step::SetScope { key, scope } => self.start.keys.get_mut(&key).expect("a key").scope = scope,
            Step::Clock { now } => self.start.now = now,
        }
    }

    fn set_status(&mut self, provider: &str, status: ProviderStatus) {
        self.start.providers.get_mut(provider).expect("a provider").status = status;
    }
}

#[test]
fn cases_of_why() {
    for (id, case) in file::<case::Case>().1 {
        // A start is read anew for each case, since steps change it.
        let start = file::<case::Case>().0.starts.remove(&case.start);
        let mut world = World::new(start.unwrap_or_else(|| panic!("{id}: no start {}", case.start)));
        for step in case.steps {
            world.step(&id, step);
        }
    }
}

fn some(of: Vec<i64>) -> impl Strategy<Value = Vec<i64>> {
    let most = of.len();
    proptest::sample::subsequence(of, 0..=most)
}

proptest! {
    #[test]
    fn what_is_explained_is_what_is_decided(
        active in proptest::collection::vec(any::<bool>(), 3),
        listed in proptest::collection::vec(some(vec![0, 1, 2]), 3),
        off in proptest::collection::vec(some(vec![0, 1, 2]), 3),
        (own, carried, scope) in (some(vec![0, 1, 2]), some(vec![0, 1, 2]), proptest::option::of(some(vec![0, 1, 2]))),
        ended in some(vec![0, 1, 2]),
        (own_models, team_models) in (some(vec![0, 1, 2]), some(vec![0, 1, 2])),
        suspended in any::<bool>(),
    ) {
        const MODELS: [&str; 3] = ["a", "p1/a", "b"];
        let now = Timestamp(1_000);
        let models = |of: &[i64]| -> Vec<String> {
            of.iter().map(|m| MODELS[usize::try_from(*m).expect("a place")].to_owned()).collect()
        };
        let providers: Vec<Provider> = (0..3usize)
            .map(|n| Provider {
                id: ProviderId(i64::try_from(n).expect("a small number")),
                slug: format!("p{n}"),
                active: active[n],
                models: models(&listed[n]),
                off: models(&off[n]),
            })
            .collect();
        let grant = |id: &i64, only: &[i64]| Grant {
            provider: ProviderId(*id),
            ends_at: ended.contains(id).then_some(now),
            models: ModelList::check(&models(only)).expect("names of models"),
        };
        let own: Vec<Grant> = own.iter().map(|id| grant(id, &own_models)).collect();
        let carried = carried.iter().map(|id| grant(id, &team_models)).collect();
        let carried = [TeamGrants { team: TeamId(1), grants: carried }];
        let grants = Grants { own: &own, teams: &[TeamId(1)], carried: &carried };
        let scope: Option<Vec<ProviderId>> = scope.map(|ids| ids.into_iter().map(ProviderId).collect());
        let status = if suspended { MemberStatus::Suspended } else { MemberStatus::Active };
        let life = KeyLife { revoked: false, ends_at: None };
        let key = scope.as_deref().map(|scope| Presented::Known { life, scope: Some(scope) });
        let asking = Asking { status, grants, scope: scope.as_deref(), now };
        for name in ["a", "p0/a", "P1/a", "p2/b", "b", "p1/p1/a", "x/y"] {
            let why = Question { status, grants, key, provider: None, model: Some(name), now }.answer(&providers);
            let decided = resolve(&asking, &providers, name);
            match decided {
                Ok((provider, _)) => {
                    prop_assert_eq!(why.first(), None, "{}: {:?}", name, why);
                    prop_assert_eq!(why.provider, Some(provider.id()));
                }
                Err(denial) if status == MemberStatus::Active => {
                    prop_assert_eq!(why.reason(status), Some(denial), "{}: {:?}", name, why);
                }
                Err(_) => prop_assert!(why.first().is_some()),
            }
        }
    }
}
