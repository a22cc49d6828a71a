use super::*;
use crate::Timestamp;
use crate::cases::budget::{Amounts, Case, Do, Outcome, Scope as Word, State, Told};
use crate::cases::{self, Instant};
use crate::period::Zone;
use std::collections::{BTreeMap, BTreeSet};

/// Labels as ids, in the order of their code points.
struct Labels(Vec<String>);

impl Labels {
    fn of(case: &Case) -> Self {
        let mut labels: BTreeSet<String> = case
            .budgets
            .iter()
            .flat_map(|b| [b.id.clone(), b.of.clone()])
            .collect();
        labels.extend(case.teams.keys().cloned());
        labels.extend(case.teams.values().flatten().cloned());
        for step in &case.steps {
            match &step.what {
                Do::Admit {
                    member,
                    key,
                    provider,
                    ..
                } => {
                    labels.extend([member.clone(), provider.clone()]);
                    labels.extend(key.clone());
                }
                Do::LeaveTeam { member, team } | Do::JoinTeam { member, team } => {
                    labels.extend([member.clone(), team.clone()]);
                }
                _ => {}
            }
        }
        Self(labels.into_iter().collect())
    }

    fn id(&self, label: &str) -> i64 {
        let at = self.0.iter().position(|known| known == label);
        i64::try_from(at.unwrap_or_else(|| panic!("no {label}"))).expect("few labels")
    }

    fn budget(&self, label: &str) -> BudgetId {
        BudgetId(self.id(label))
    }

    fn name(&self, budget: BudgetId) -> String {
        self.0[usize::try_from(budget.0).expect("an id")].clone()
    }
}

fn budgets(case: &Case, labels: &Labels) -> Vec<Budget> {
    let budget = |b: &cases::budget::Budget| {
        let of = labels.id(&b.of);
        Budget {
            id: labels.budget(&b.id),
            scope: match b.scope {
                Word::Organization => Scope::Organization,
                Word::Key => Scope::Key(KeyId(of)),
                Word::Member => Scope::Member(MemberId(of)),
                Word::Team => Scope::Team(TeamId(of)),
                Word::Provider => Scope::Provider(ProviderId(of)),
            },
            unit: b.unit,
            limit: b.limit,
            mode: b.mode,
            periods: Periods {
                kind: b.period,
                anchor: 1,
            },
            warn: b.warn.clone(),
        }
    };
    case.budgets.iter().map(budget).collect()
}

fn actual(amounts: &Amounts) -> Actual {
    Actual {
        usd: amounts.usd,
        tokens: amounts.tokens,
        requests: amounts.requests,
    }
}

/// Where every budget stands in the period of an instant.
fn state(ledger: &Ledger<String>, labels: &Labels, at: Timestamp) -> BTreeMap<String, State> {
    let small = |amount: i128| i64::try_from(amount).expect("as the files have them");
    let stand = |budget: &Budget| {
        let Spent { spent, held } = ledger.stand(budget.id, at).expect("a budget");
        let state = State {
            spent: small(spent),
            held: small(held),
        };
        (labels.name(budget.id), state)
    };
    ledger.budgets().map(stand).collect()
}

#[test]
fn cases_of_budgets() {
    for (id, case) in cases::each::<Case>() {
        let labels = Labels::of(&case);
        let mut teams = case.teams.clone();
        let zone = Zone::named(&case.zone)
            .unwrap_or_else(|| panic!("there is no zone {}", case.zone))
            .into();
        let mut ledger = Ledger::new(zone, budgets(&case, &labels));
        let mut at = case.start.0;
        for (index, step) in case.steps.iter().enumerate() {
            let what = format!("{id}, step {}: {:?}", index + 1, step.what);
            at = step.at.map_or(at, |Instant(at)| at);
            let mut outcome = None;
            let mut notices = Vec::new();
            match &step.what {
                Do::Admit {
                    request,
                    member,
                    key,
                    provider,
                    estimate,
                } => {
                    let of_member: Vec<TeamId> = teams
                        .iter()
                        .filter(|(_, members)| members.contains(member))
                        .map(|(team, _)| TeamId(labels.id(team)))
                        .collect();
                    let asking = Asking {
                        member: MemberId(labels.id(member)),
                        key: key.as_ref().map(|key| KeyId(labels.id(key))),
                        teams: &of_member,
                        provider: ProviderId(labels.id(provider)),
                    };
                    let estimate = Estimate {
                        usd: estimate.usd,
                        tokens: estimate.tokens,
                    };
                    outcome = Some(match ledger.admit(request.clone(), asking, estimate, at) {
                        Admission::Ok => (Outcome::Ok, None),
                        Admission::Refused { by } => (Outcome::Refused, Some(labels.name(by))),
                        Admission::PriceUnknown { .. } => (Outcome::PriceUnknown, None),
                    });
                }
                Do::Settle {
                    request,
                    actual: took,
                } => notices = ledger.settle(request, actual(took), at),
                Do::Drop { request } => ledger.drop_request(request),
                Do::Crash {} => ledger.crash(),
                Do::Limit { budget, limit } => notices = ledger.set_limit(labels.budget(budget), *limit, at),
                Do::Delete { budget } => ledger.delete(labels.budget(budget)),
                Do::LeaveTeam { member, team } => {
                    teams.entry(team.clone()).or_default().retain(|one| one != member);
                }
                Do::JoinTeam { member, team } => teams.entry(team.clone()).or_default().push(member.clone()),
                Do::Look {} => {}
            }
            let expect = &step.expect;
            assert_eq!(
                outcome,
                expect.outcome.map(|outcome| (outcome, expect.by.clone())),
                "{what}"
            );
            assert_eq!(state(&ledger, &labels, at), expect.state, "{what}");
            let told: Vec<Told> = notices
                .iter()
                .map(|notice| Told {
                    budget: labels.name(notice.budget),
                    percent: notice.percent,
                })
                .collect();
            assert_eq!(told, expect.notices, "{what}");
            for earlier in &expect.earlier {
                let state = state(&ledger, &labels, earlier.start.0)[&earlier.budget];
                assert_eq!((state.spent, state.held), (earlier.spent, earlier.held), "{what}");
            }
        }
    }
}

// A limit and amounts as large as they can be.
#[test]
fn nothing_overflows() {
    let scope = Scope::Organization;
    let budget = |id, limit| Budget {
        id: BudgetId(id),
        scope,
        unit: Unit::Usd,
        limit: Some(limit),
        mode: Mode::Strict,
        periods: Periods {
            kind: crate::period::PeriodKind::Total,
            anchor: 1,
        },
        warn: vec![u32::MAX],
    };
    let zone = Zone::named("UTC").expect("UTC").into();
    let mut ledger = Ledger::new(zone, vec![budget(1, i64::MAX), budget(2, i64::MAX - 1)]);
    let asking = Asking {
        member: MemberId(1),
        key: None,
        teams: &[],
        provider: ProviderId(1),
    };
    let most = Estimate {
        usd: Some(i64::MAX - 1),
        tokens: i64::MAX,
    };
    let at = Timestamp(0);
    assert_eq!(ledger.admit(1, asking, most, at), Admission::Ok);
    let actual = Actual {
        usd: Some(i64::MAX),
        tokens: i64::MAX,
        requests: 1,
    };
    for request in 2..5 {
        assert_eq!(
            ledger.admit(request, asking, most, at),
            Admission::Refused { by: BudgetId(2) }
        );
    }
    assert_eq!(ledger.settle(&1, actual, at), []);
    assert_eq!(
        ledger.stand(BudgetId(1), at).map(|stand| stand.spent),
        Some(i128::from(i64::MAX))
    );
}

#[test]
fn what_others_stored_is_added_to_what_is_not_stored_yet() {
    let budget = Budget {
        id: BudgetId(1),
        scope: Scope::Organization,
        unit: Unit::Requests,
        limit: Some(10),
        mode: Mode::Strict,
        periods: Periods {
            kind: crate::period::PeriodKind::Total,
            anchor: 1,
        },
        warn: Vec::new(),
    };
    let mut ledger = Ledger::new(Zone::utc().into(), vec![budget]);
    let asking = Asking {
        member: MemberId(1),
        key: None,
        teams: &[],
        provider: ProviderId(1),
    };
    let (at, one) = (
        Timestamp(0),
        Actual {
            usd: None,
            tokens: 0,
            requests: 1,
        },
    );
    let mut charges = Vec::new();
    for request in 0..3 {
        ledger.admit(
            request,
            asking,
            Estimate {
                usd: Some(0),
                tokens: 0,
            },
            at,
        );
        charges.extend(ledger.charges(&request, one));
        ledger.settle(&request, one, at);
    }
    let spent = |ledger: &Ledger<i32>| ledger.stand(BudgetId(1), at).map(|stand| stand.spent);
    // Another server stored four, and two of the three here are stored.
    ledger.stored(BudgetId(1), None, 4);
    assert_eq!(spent(&ledger), Some(7));
    charges[..2].iter().for_each(|charged| ledger.written(charged));
    ledger.stored(BudgetId(1), None, 6);
    assert_eq!(spent(&ledger), Some(7));
    ledger.written(&charges[2]);
    ledger.stored(BudgetId(1), None, 9);
    assert_eq!(spent(&ledger), Some(9));
    ledger.stored(BudgetId(2), None, 9);
}
