//! A row as it is, and as it is to be.

use domain::access::ModelList;
use domain::bulk::{BulkChange, Part, ProviderFact, Surroundings, TeamFact};
use domain::{MemberStatus, ProviderId, TeamId, TeamRole, Timestamp, UserId};
use store::bulk_changes::{BulkGrant, BulkRow};

/// What becomes of one row. Both an apply and an undo are a list of these, written by the same statements.
pub(super) struct Edit<'a> {
    /// As it is; `None` is not there.
    pub from: Option<&'a BulkRow>,
    /// As it is to be; `None` is removed.
    pub to: Option<BulkRow>,
}

/// The row with these parts done; `None` when it is removed.
pub(super) fn applied(
    row: &BulkRow,
    will: &[Part],
    asked: &BulkChange,
    by: UserId,
    now: Timestamp,
) -> Option<BulkRow> {
    let mut to = row.clone();
    for part in will {
        match part {
            Part::AddProvider(provider) => {
                let place = to.grants.iter().position(|grant| grant.provider == *provider);
                let had = place.map(|place| to.grants.remove(place));
                let terms = asked.terms_of(*provider, had.as_ref().map(BulkGrant::terms).as_ref());
                let grant = had.unwrap_or(BulkGrant {
                    provider: *provider,
                    by: Some(by),
                    at: now,
                    ends_at: None,
                    reason: None,
                    models: ModelList::default(),
                });
                to.grants.push(grant.on(terms));
            }
            Part::RemoveProvider(provider) => without(&mut to, *provider),
            Part::Role => to.role = asked.role.unwrap_or(to.role),
            Part::AddTeam(team) => to.teams.push((*team, TeamRole::Member)),
            Part::RemoveTeam(team) => leave(&mut to, *team),
            Part::Suspend => to.status = MemberStatus::Suspended,
            Part::Reactivate => to.status = MemberStatus::Active,
            Part::Remove => return None,
            Part::Resend => {}
        }
    }
    Some(to)
}

/// The row with these parts put back to what they were before. What has been deleted since does not come back.
pub(super) fn put_back(
    now: Option<&BulkRow>,
    before: &BulkRow,
    restored: &[Part],
    around: &Surroundings,
) -> Option<BulkRow> {
    let Some(now) = now else {
        let mut to = before.clone();
        to.grants
            .retain(|grant| matches!(around.providers.get(&grant.provider), Some(fact) if *fact != ProviderFact::Deleted));
        to.teams
            .retain(|(team, _)| matches!(around.teams.get(team), Some(TeamFact::There)));
        return restored.contains(&Part::Remove).then_some(to);
    };
    let mut to = now.clone();
    for part in restored {
        match part {
            // Who had it before got another end.
            Part::AddProvider(provider) | Part::RemoveProvider(provider) => {
                without(&mut to, *provider);
                let had = before.grants.iter().filter(|grant| grant.provider == *provider);
                to.grants.extend(had.cloned());
            }
            Part::Role => to.role = before.role,
            Part::AddTeam(team) => leave(&mut to, *team),
            Part::RemoveTeam(team) => to
                .teams
                .extend(before.teams.iter().filter(|(had, _)| had == team)),
            Part::Suspend | Part::Reactivate => to.status = before.status,
            Part::Remove | Part::Resend => {}
        }
    }
    Some(to)
}

fn without(row: &mut BulkRow, provider: ProviderId) {
    row.grants.retain(|grant| grant.provider != provider);
}

fn leave(row: &mut BulkRow, team: TeamId) {
    row.teams.retain(|(had, _)| *had != team);
}
