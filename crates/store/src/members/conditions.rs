//! What a query asks for, with names already turned into ids.

use crate::connection::Conn;
use crate::error::Result;
use crate::{providers, teams};
use domain::query::{MemberQuery, ProviderFilter, TeamFilter};
use domain::search::{Field, Search, Term, fold};
use domain::{MemberStatus, OrganizationId, Role};

/// One condition: a row satisfies it when any of its parts holds; without parts, no row does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AnyOf {
    /// A folded text within name, e-mail or the name of a key.
    pub text: Option<String>,
    /// A folded text within the name of a key.
    pub key: Option<String>,
    pub roles: Vec<Role>,
    pub statuses: Vec<MemberStatus>,
    pub teams: Vec<i64>,
    pub providers: Vec<i64>,
    pub no_team: bool,
    pub no_provider: bool,
    /// A provider ends soon, from every source.
    pub ending: bool,
    /// Active, and no allowed provider is active.
    pub without_providers: bool,
}

impl AnyOf {
    /// Every row satisfies it.
    fn is_certain(&self) -> bool {
        self.roles.len() == Role::ALL.len() || self.statuses.len() == MemberStatus::ALL.len()
    }
}

/// Every condition of a query; a row must satisfy them all. Few teams and providers have few names, so those are
/// matched here, and renaming one rewrites no member.
pub(super) async fn of_query(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &MemberQuery,
) -> Result<Vec<AnyOf>> {
    let search = Search::parse(&query.search);
    let mut names = Names::default();
    if !search.terms.is_empty() {
        let teams = teams::rows_by_name(conn, organization).await?;
        let providers = providers::rows_by_name(conn, organization).await?;
        names.teams = teams.into_iter().map(|t| (t.id, t.name_folded)).collect();
        names.providers = providers.into_iter().map(|p| (p.id, p.name_folded)).collect();
    }
    let mut all: Vec<AnyOf> = search.terms.iter().map(|term| names.term(term)).collect();
    if search.no_team {
        all.push(AnyOf {
            no_team: true,
            ..AnyOf::default()
        });
    }
    if search.no_provider {
        all.push(AnyOf {
            no_provider: true,
            ..AnyOf::default()
        });
    }
    all.extend(filters(query));
    all.retain(|condition| !condition.is_certain());
    Ok(all)
}

fn filters(query: &MemberQuery) -> impl Iterator<Item = AnyOf> {
    let roles = (!query.roles.is_empty()).then(|| AnyOf {
        roles: distinct(&query.roles),
        ..AnyOf::default()
    });
    let statuses = (!query.statuses.is_empty()).then(|| AnyOf {
        statuses: distinct(&query.statuses),
        ..AnyOf::default()
    });
    let teams = (!query.teams.is_empty()).then(|| {
        let mut any = AnyOf::default();
        for filter in &query.teams {
            match filter {
                TeamFilter::None => any.no_team = true,
                TeamFilter::Team(team) => any.teams.push(team.0),
            }
        }
        any
    });
    let providers = (!query.providers.is_empty()).then(|| {
        let mut any = AnyOf::default();
        for filter in &query.providers {
            match filter {
                ProviderFilter::None => any.no_provider = true,
                ProviderFilter::Ending => any.ending = true,
                ProviderFilter::Provider(provider) => any.providers.push(provider.0),
            }
        }
        any
    });
    let without = query.without_providers.then(|| AnyOf {
        without_providers: true,
        ..AnyOf::default()
    });
    [roles, statuses, teams, providers, without].into_iter().flatten()
}

fn distinct<T: Copy + Ord>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values
}

/// Folded names by id.
#[derive(Default)]
struct Names {
    teams: Vec<(i64, String)>,
    providers: Vec<(i64, String)>,
}

impl Names {
    fn term(&self, term: &Term) -> AnyOf {
        let looks_at = |field| term.field.is_none_or(|only| only == field);
        let text = term.text.as_str();
        let mut any = AnyOf::default();
        // No stored name has a NUL, and neither database takes one in a text.
        let storable = || (!text.contains('\0')).then(|| text.to_owned());
        match term.field {
            None => any.text = storable(),
            Some(Field::Key) => any.key = storable(),
            Some(_) => {}
        }
        if looks_at(Field::Role) {
            any.roles = labelled(Role::ALL, |r| r.label(), text);
        }
        if looks_at(Field::Status) {
            any.statuses = labelled(MemberStatus::ALL, |s| s.label(), text);
        }
        if looks_at(Field::Team) {
            any.teams = named(&self.teams, text);
        }
        if looks_at(Field::Provider) {
            any.providers = named(&self.providers, text);
        }
        any
    }
}

fn labelled<T: Copy>(all: &[T], label: impl Fn(T) -> &'static str, text: &str) -> Vec<T> {
    all.iter()
        .copied()
        .filter(|value| fold(label(*value)).contains(text))
        .collect()
}

fn named(names: &[(i64, String)], text: &str) -> Vec<i64> {
    names
        .iter()
        .filter(|(_, name)| name.contains(text))
        .map(|(id, _)| *id)
        .collect()
}
