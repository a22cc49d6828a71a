//! Looking at a standing at an instant, by the access rule that holds everywhere.

use super::query::AsOfQuery;
use super::undo::{PastMember, Standing};
use super::view::{AsOfProvider, AsOfRow, AsOfSource};
use crate::access::{Grants, TeamGrants, check};
use crate::provider::ProviderStatus;
use crate::search::{fold, words};
use crate::{MemberId, ProviderId, TeamId, Timestamp};

/// By what names are put in order: bytes that compare as they do.
pub type Order = fn(&str) -> Vec<u8>;

/// A standing at an instant.
#[derive(Debug)]
pub struct Look<'a> {
    standing: &'a Standing,
    at: Timestamp,
    order: Order,
    carried: Vec<TeamGrants>,
    /// Teams by name.
    teams: Vec<(TeamId, &'a str)>,
    /// Providers by name.
    providers: Vec<(ProviderId, &'a str, ProviderStatus)>,
}

impl<'a> Look<'a> {
    /// The standing that was at that instant, its names in this order.
    pub fn new(standing: &'a Standing, at: Timestamp, order: Order) -> Self {
        let carried = standing.teams.iter().map(|(team, past)| TeamGrants {
            team: *team,
            grants: past.grants.clone(),
        });
        let teams = standing.teams.iter().map(|(id, team)| (*id, team.name.as_str()));
        let mut teams: Vec<_> = teams.collect();
        teams.sort_by_cached_key(|(id, name)| (order(name), *id));
        let providers = standing
            .providers
            .iter()
            .map(|(id, provider)| (*id, provider.name.as_str(), provider.status));
        let mut providers: Vec<_> = providers.collect();
        providers.sort_by_cached_key(|(id, name, _)| (order(name), *id));
        Self {
            standing,
            at,
            order,
            carried: carried.collect(),
            teams,
            providers,
        }
    }

    /// The providers that there were, by name.
    pub fn providers(&self) -> Vec<(ProviderId, String)> {
        let providers = self.providers.iter();
        providers.map(|(id, name, _)| (*id, (*name).to_owned())).collect()
    }

    fn grants<'m>(&'m self, member: &'m PastMember) -> Grants<'m> {
        Grants {
            own: &member.grants,
            teams: &member.teams,
            carried: &self.carried,
        }
    }

    /// Whether a member could use a provider.
    pub fn can_use(&self, member: &PastMember, provider: ProviderId) -> bool {
        let status = self
            .standing
            .providers
            .get(&provider)
            .map(|provider| provider.status);
        status.is_some_and(|status| self.uses(member, (provider, status)))
    }

    fn uses(&self, member: &PastMember, provider: (ProviderId, ProviderStatus)) -> bool {
        check(member.status_at(self.at), provider, self.grants(member), self.at).is_ok()
    }

    /// The names of the providers that a member could use, with their ids, by name.
    pub fn usable(&self, member: &PastMember) -> Vec<(ProviderId, &'a str)> {
        let usable = self
            .providers
            .iter()
            .filter(|(id, _, status)| self.uses(member, (*id, *status)));
        usable.map(|(id, name, _)| (*id, *name)).collect()
    }

    /// The rows that a query lets through, by name. Its instants and page are not looked at.
    pub fn matching(&self, query: &AsOfQuery) -> Vec<MemberId> {
        let words = words(&query.search);
        let lets = |(id, member): &(&MemberId, &PastMember)| {
            query.member.is_none_or(|only| only == **id)
                && query
                    .provider
                    .is_none_or(|provider| self.can_use(member, provider))
                && is_called(&words, &member.name, &member.email)
        };
        let mut found: Vec<(&MemberId, &PastMember)> = self.standing.members.iter().filter(lets).collect();
        found.sort_by_cached_key(|(id, member)| place(self.order, &member.name, &member.email, **id));
        found.into_iter().map(|(id, _)| *id).collect()
    }

    /// A row as it was; `None` when there was none. Whether it is still there is not known here.
    pub fn row(&self, id: MemberId) -> Option<AsOfRow> {
        let member = self.standing.members.get(&id)?;
        let teams = self.teams.iter().filter(|(team, _)| member.teams.contains(team));
        let providers = self.providers.iter().filter_map(|(id, name, status)| {
            let sources = self.sources(member, *id);
            (!sources.is_empty()).then(|| AsOfProvider {
                name: (*name).to_owned(),
                active: *status == ProviderStatus::Active,
                sources,
            })
        });
        Some(AsOfRow {
            member: id,
            there: true,
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role,
            status: member.status_at(self.at),
            teams: teams.map(|(_, name)| (*name).to_owned()).collect(),
            providers: providers.collect(),
        })
    }

    /// Invitations have none until they are accepted.
    fn sources(&self, member: &PastMember, provider: ProviderId) -> Vec<AsOfSource> {
        if member.status.is_invitation() {
            return Vec::new();
        }
        let live = self.grants(member).by_source(provider);
        let live = live.filter(|(_, grant)| grant.is_live(self.at));
        let mut sources: Vec<AsOfSource> = live
            .map(|(team, grant)| AsOfSource {
                team: team.and_then(|team| Some(self.standing.teams.get(&team)?.name.clone())),
                ends_at: grant.ends_at,
                models: grant.models.clone(),
            })
            .collect();
        sources.sort_by(|one, other| one.team.cmp(&other.team));
        sources
    }
}

/// Whether each word is in the name or the address.
pub(super) fn is_called(words: &[String], name: &str, email: &str) -> bool {
    if words.is_empty() {
        return true;
    }
    let texts = [fold(name), fold(email)];
    words
        .iter()
        .all(|word| texts.iter().any(|text| text.contains(word.as_str())))
}

/// Where a row stands in a list: by what the person is called.
pub(super) fn place(order: Order, name: &str, email: &str, id: MemberId) -> (Vec<u8>, MemberId) {
    (order(if name.is_empty() { email } else { name }), id)
}
