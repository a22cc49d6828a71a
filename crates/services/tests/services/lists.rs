//! Lists in inputs: each value counts once, and too many are refused.

use domain::invite::InviteInput;
use domain::key::KeyInput;
use domain::limits::{INVITE_TEAMS, LIST_IDS};
use domain::member::{ProvidersChange, TeamsChange};
use domain::query::{MemberQuery, ProviderFilter, TeamFilter};
use domain::team::TeamPeopleChange;
use domain::{MemberId, Problem, ProviderId, Role, TeamId, Timestamp};

fn invitation(teams: &[i64]) -> InviteInput {
    InviteInput {
        emails: "a@example.com".into(),
        role: Role::Member,
        teams: teams.iter().copied().map(TeamId).collect(),
        idempotency_key: "k".into(),
    }
}

/// How many values an input keeps of a list.
type Kept = Box<dyn Fn(&[i64]) -> Result<usize, Problem>>;

/// Every list of every input: its field, how many values it may have, and what it keeps.
fn lists() -> Vec<(&'static str, usize, Kept)> {
    let providers = |ids: &[i64]| ids.iter().copied().map(ProviderId).collect::<Vec<_>>();
    let teams = |ids: &[i64]| ids.iter().copied().map(TeamId).collect::<Vec<_>>();
    let members = |ids: &[i64]| ids.iter().copied().map(MemberId).collect::<Vec<_>>();
    let granted = move |added: &[i64], removed: &[i64]| ProvidersChange {
        version: 1,
        added: providers(added),
        removed: providers(removed),
    };
    let placed = move |added: &[i64], removed: &[i64]| TeamsChange {
        version: 1,
        added: teams(added),
        removed: teams(removed),
    };
    let joined = move |added: &[i64], removed: &[i64]| TeamPeopleChange {
        added: members(added),
        removed: members(removed),
        ..TeamPeopleChange::default()
    };
    vec![
        (
            "teams",
            INVITE_TEAMS,
            Box::new(|ids| invitation(ids).check().map(|kept| kept.teams.len())),
        ),
        (
            "scope",
            LIST_IDS,
            Box::new(move |ids| {
                let input = KeyInput {
                    name: "ci".into(),
                    scope: Some(providers(ids)),
                    ..KeyInput::default()
                };
                Ok(input.check(Timestamp(0))?.scope.unwrap_or_default().len())
            }),
        ),
        (
            "added",
            LIST_IDS,
            Box::new(move |ids| granted(ids, &[]).check().map(|kept| kept.added.len())),
        ),
        (
            "removed",
            LIST_IDS,
            Box::new(move |ids| granted(&[], ids).check().map(|kept| kept.removed.len())),
        ),
        (
            "added",
            LIST_IDS,
            Box::new(move |ids| placed(ids, &[]).check().map(|kept| kept.added.len())),
        ),
        (
            "removed",
            LIST_IDS,
            Box::new(move |ids| placed(&[], ids).check().map(|kept| kept.removed.len())),
        ),
        (
            "added",
            LIST_IDS,
            Box::new(move |ids| joined(ids, &[]).check().map(|kept| kept.added.len())),
        ),
        (
            "removed",
            LIST_IDS,
            Box::new(move |ids| joined(&[], ids).check().map(|kept| kept.removed.len())),
        ),
        (
            "teams",
            LIST_IDS,
            Box::new(move |ids| {
                let query = MemberQuery {
                    teams: teams(ids).into_iter().map(TeamFilter::Team).collect(),
                    ..MemberQuery::default()
                };
                Ok(query.check()?.teams.len())
            }),
        ),
        (
            "providers",
            LIST_IDS,
            Box::new(move |ids| {
                let query = MemberQuery {
                    providers: providers(ids).into_iter().map(ProviderFilter::Provider).collect(),
                    ..MemberQuery::default()
                };
                Ok(query.check()?.providers.len())
            }),
        ),
    ]
}

#[test]
fn no_list_makes_one_request_into_thousands_of_writes() {
    for (field, most, kept) in lists() {
        let most = i64::try_from(most).unwrap();
        let repeated: Vec<i64> = (0..20_000).map(|n| n % 3).collect();
        assert_eq!(kept(&repeated), Ok(3), "{field}");
        let full: Vec<i64> = (0..most).collect();
        assert_eq!(kept(&full), Ok(full.len()), "{field}");
        let problem = kept(&(0..=most).collect::<Vec<_>>()).expect_err("too many");
        assert_eq!(problem.code.http_status(), 422);
        assert!(
            problem
                .field(field)
                .is_some_and(|why| why.contains(&most.to_string())),
            "{problem:?}"
        );
    }
}
