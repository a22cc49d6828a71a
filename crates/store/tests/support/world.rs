//! An organization in memory: what the database must answer, worked out from the rules alone.

use domain::access::{Grant, Grants, ModelList, check};
use domain::member::{AllowedBy, KeyRef, KeyState, MemberRow, StatusCounts};
use domain::provider::{ApiType, ProviderRef, ProviderStatus};
use domain::query::{MemberQuery, ProviderFilter, SortColumn, TeamFilter};
use domain::search::{Fields, Search, fold};
use domain::team::TeamRef;
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, Timestamp};
use icu_collator::CollatorBorrowed;
use std::cmp::Ordering;
use std::sync::LazyLock;
use store::bulk::{self, BulkKey, BulkMember};
use store::testing::{NOW, person};
use store::{Store, providers, teams};

#[derive(Clone, Debug)]
pub struct Person {
    pub id: MemberId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Expired is `Invited` with an end that has come.
    pub status: MemberStatus,
    pub expires_at: Option<Timestamp>,
    pub last_login: Option<Timestamp>,
    /// By index into the world's lists.
    pub teams: Vec<usize>,
    pub grants: Vec<(usize, Option<Timestamp>)>,
    pub keys: Vec<Key>,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub name: String,
    pub expires_at: Option<Timestamp>,
    pub revoked: bool,
}

#[derive(Clone, Debug, Default)]
pub struct World {
    pub teams: Vec<TeamRef>,
    pub providers: Vec<ProviderRef>,
    /// What teams carry: team and provider by index, and until when.
    pub carried: Vec<(usize, usize, Option<Timestamp>)>,
    pub people: Vec<Person>,
}

impl World {
    /// Puts it all into an organization of its own, and takes over the ids that were given.
    pub async fn store(&mut self, store: &Store, slug: &str) -> OrganizationId {
        let tx = store.write().await.unwrap();
        let organization = store::testing::organization(&tx, slug).await.unwrap();
        for team in &mut self.teams {
            team.id = teams::insert(&tx, organization, &team.name, NOW).await.unwrap();
        }
        for (index, provider) in self.providers.iter_mut().enumerate() {
            let slug = format!("p{index}");
            let new = providers::NewProvider {
                api_type: provider.api_type,
                status: provider.status,
                ..store::testing::provider(&provider.name, &slug)
            };
            provider.id = providers::insert(&tx, organization, new, NOW).await.unwrap();
        }
        for (team, provider, end) in &self.carried {
            let (team, provider) = (self.teams[*team].id, self.providers[*provider].id);
            store::testing::carry(&tx, team, provider, *end).await.unwrap();
        }
        for person in &mut self.people {
            // An account belongs to a person, not to an organization: other worlds have others.
            person.email = person.email.replace("{org}", slug);
        }
        let rows: Vec<BulkMember> = self.people.iter().map(|p| self.bulk(p)).collect();
        let ids = bulk::insert_members(&tx, organization, &rows, NOW).await.unwrap();
        tx.commit().await.unwrap();
        for (person, id) in self.people.iter_mut().zip(ids) {
            person.id = id;
        }
        organization
    }

    fn bulk(&self, p: &Person) -> BulkMember {
        let keys = p.keys.iter().enumerate().map(|(index, key)| BulkKey {
            name: key.name.clone(),
            public_id: format!("{}-{index}", p.email),
            last_four: format!("{index:04}"),
            expires_at: key.expires_at,
            revoked_at: key.revoked.then_some(NOW),
        });
        BulkMember {
            role: p.role,
            status: p.status,
            expires_at: p.expires_at,
            last_login: p.last_login,
            teams: p
                .teams
                .iter()
                .map(|t| (self.teams[*t].id, TeamRole::Member))
                .collect(),
            providers: p
                .grants
                .iter()
                .map(|(g, end)| (self.providers[*g].id, *end))
                .collect(),
            keys: keys.collect(),
            ..person(&p.name, &p.email)
        }
    }

    fn row(&self, p: &Person) -> MemberRow {
        let live = |end: &Option<Timestamp>| end.is_none_or(|end| end > NOW);
        let mut teams: Vec<TeamRef> = p.teams.iter().map(|t| self.teams[*t].clone()).collect();
        teams.sort_by(|a, b| by_name(&a.name, &b.name));
        let mut allowed: Vec<AllowedBy> = self
            .sources(p)
            .filter(|(_, _, end)| live(end))
            .map(|(provider, team, ends_at)| AllowedBy {
                provider: self.providers[provider].id,
                team: team.map(|team| self.teams[team].id),
                ends_at,
                reason: String::new(),
                models: ModelList::default(),
            })
            .collect();
        allowed.sort_by_key(|by| (by.provider, by.team));
        let of_row = |provider: &&ProviderRef| allowed.iter().any(|by| by.provider == provider.id);
        let mut providers: Vec<ProviderRef> = self.providers.iter().filter(of_row).cloned().collect();
        providers.sort_by(|a, b| by_name(&a.name, &b.name));
        let mut keys: Vec<KeyRef> = p
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| !key.revoked)
            .map(|(index, key)| KeyRef {
                name: key.name.clone(),
                last_four: format!("{index:04}"),
                state: match live(&key.expires_at) {
                    true => KeyState::Active,
                    false => KeyState::Expired,
                },
            })
            .collect();
        keys.sort_by(|a, b| by_name(&a.name, &b.name));
        MemberRow {
            id: p.id,
            version: 0,
            name: p.name.clone(),
            email: p.email.clone(),
            role: p.role,
            status: match p.status {
                MemberStatus::Invited if !live(&p.expires_at) => MemberStatus::Expired,
                status => status,
            },
            teams,
            keys,
            providers,
            allowed,
            last_login: p.last_login,
            expires_at: p.expires_at,
            mail: None,
        }
    }

    /// What somebody was granted: the provider, by which team if by one, and until when.
    fn sources(&self, p: &Person) -> impl Iterator<Item = (usize, Option<usize>, Option<Timestamp>)> {
        let own = p.grants.iter().map(|(provider, end)| (*provider, None, *end));
        let joined = p.status != MemberStatus::Invited;
        let by_team = self
            .carried
            .iter()
            .filter(move |of_team| joined && p.teams.contains(&of_team.0));
        own.chain(by_team.map(|(team, provider, end)| (*provider, Some(*team), *end)))
    }

    fn lacks_access(&self, p: &Person) -> bool {
        let grants: Vec<Grant> = self
            .sources(p)
            .map(|(provider, _, ends_at)| Grant {
                provider: self.providers[provider].id,
                ends_at,
                models: ModelList::default(),
            })
            .collect();
        p.status == MemberStatus::Active
            && !self.providers.iter().any(|provider| {
                check(
                    p.status,
                    (provider.id, provider.status),
                    Grants::listed(&grants),
                    NOW,
                )
                .is_ok()
            })
    }

    pub fn counts(&self) -> StatusCounts {
        let count = |test: &dyn Fn(&Person) -> bool| {
            u32::try_from(self.people.iter().filter(|p| test(p)).count()).unwrap()
        };
        StatusCounts {
            users: count(&|p| p.status != MemberStatus::Invited),
            invited: count(&|p| p.status == MemberStatus::Invited),
            suspended: count(&|p| p.status == MemberStatus::Suspended),
            without_providers: count(&|p| self.lacks_access(p)),
            ending: count(&|p| self.row(p).ends_soon(NOW)),
            ending_more: false,
        }
    }

    /// All rows of a query, in order; versions are left at 0.
    pub fn answer(&self, query: &MemberQuery) -> Vec<MemberRow> {
        let search = Search::parse(&query.search);
        let mut rows: Vec<MemberRow> = self
            .people
            .iter()
            .filter(|p| !query.without_providers || self.lacks_access(p))
            .map(|p| self.row(p))
            .filter(|row| search.matches(&Fields::of(row)))
            .filter(|row| query.roles.is_empty() || query.roles.contains(&row.role))
            .filter(|row| query.statuses.is_empty() || query.statuses.contains(&row.status))
            .filter(|row| query.teams.is_empty() || query.teams.iter().any(|f| in_team(row, f)))
            .filter(|row| query.providers.is_empty() || query.providers.iter().any(|f| has(row, f)))
            .collect();
        rows.sort_by(|a, b| {
            by_column(a, b, query.sort, query.descending)
                .then_with(|| by_column(a, b, SortColumn::Name, false))
                .then_with(|| a.email.to_lowercase().cmp(&b.email.to_lowercase()))
        });
        rows
    }
}

fn in_team(row: &MemberRow, filter: &TeamFilter) -> bool {
    match filter {
        TeamFilter::None => row.teams.is_empty(),
        TeamFilter::Team(team) => row.teams.iter().any(|t| t.id == *team),
    }
}

fn has(row: &MemberRow, filter: &ProviderFilter) -> bool {
    match filter {
        ProviderFilter::None => row.providers.is_empty(),
        ProviderFilter::Ending => row.ends_soon(NOW),
        ProviderFilter::Provider(provider) => row.providers.iter().any(|p| p.id == *provider),
    }
}

static ROOT: LazyLock<CollatorBorrowed<'static>> =
    LazyLock::new(|| CollatorBorrowed::try_new(Default::default(), Default::default()).unwrap());

fn by_name(a: &str, b: &str) -> Ordering {
    ROOT.compare(a, b)
}

fn by_column(a: &MemberRow, b: &MemberRow, column: SortColumn, descending: bool) -> Ordering {
    let turn = |order: Ordering| if descending { order.reverse() } else { order };
    let named = |a: Option<&str>, b: Option<&str>| nulls_last(a, b, |a, b| turn(by_name(a, b)));
    let name = |row: &MemberRow| (!row.name.is_empty()).then(|| row.name.clone());
    match column {
        SortColumn::Name => named(name(a).as_deref(), name(b).as_deref()),
        SortColumn::Email => turn(a.email.to_lowercase().cmp(&b.email.to_lowercase())),
        SortColumn::Role => turn(a.role.cmp(&b.role)),
        SortColumn::Status => turn(a.status.label().cmp(b.status.label())),
        SortColumn::Keys => turn(a.keys.len().cmp(&b.keys.len())),
        SortColumn::LastLogin => nulls_last(a.last_login, b.last_login, |a, b| turn(a.cmp(&b))),
        SortColumn::Teams => named(
            a.teams.first().map(|t| t.name.as_str()),
            b.teams.first().map(|t| t.name.as_str()),
        ),
        SortColumn::Providers => named(
            a.providers.first().map(|p| p.name.as_str()),
            b.providers.first().map(|p| p.name.as_str()),
        ),
    }
}

fn nulls_last<T>(a: Option<T>, b: Option<T>, compare: impl Fn(T, T) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

pub fn team(name: &str) -> TeamRef {
    TeamRef {
        id: TeamId(0),
        name: name.to_owned(),
    }
}

pub fn provider(name: &str, active: bool) -> ProviderRef {
    ProviderRef {
        id: ProviderId(0),
        name: name.to_owned(),
        status: match active {
            true => ProviderStatus::Active,
            false => ProviderStatus::Inactive,
        },
        api_type: ApiType::OpenAiCompatible,
    }
}

/// Names are unique after folding.
pub fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(fold(name))).collect()
}

/// Asks the database everything that must agree, and compares it with the answer from the rules.
pub async fn compare(store: &Store, organization: OrganizationId, world: &World, query: &MemberQuery) {
    use store::members;
    let tx = store.read().await.unwrap();
    let expected = world.answer(query);
    let unversioned = |rows: Vec<MemberRow>| -> Vec<MemberRow> {
        rows.into_iter()
            .map(|mut row| {
                row.allowed.sort_by_key(|by| (by.provider, by.team));
                MemberRow { version: 0, ..row }
            })
            .collect()
    };

    let count = members::count(&tx, organization, query, NOW).await.unwrap();
    assert_eq!(count as usize, expected.len(), "count of {query:?}");

    let ids = members::ordered_ids(&tx, organization, query, NOW).await.unwrap();
    let expected_ids: Vec<MemberId> = expected.iter().map(|row| row.id).collect();
    assert_eq!(ids, expected_ids, "export of {query:?}");
    let rows = members::rows(&tx, organization, &ids, NOW).await.unwrap();
    assert_eq!(unversioned(rows), expected, "rows of {query:?}");

    let asked = members::page(&tx, organization, query, NOW).await.unwrap();
    assert_eq!(asked.page, query.page.clamp(1, asked.pages), "page of {query:?}");
    let mut table = Vec::new();
    for page in 1..=asked.pages {
        let query = MemberQuery {
            page,
            ..query.clone()
        };
        let page = members::page(&tx, organization, &query, NOW).await.unwrap();
        assert_eq!((page.matched, page.pages), (asked.matched, asked.pages));
        assert_eq!(page.counts, world.counts(), "status line");
        table.extend(page.rows);
    }
    assert_eq!(asked.matched as usize, expected.len(), "matched of {query:?}");
    assert_eq!(unversioned(table), expected, "table of {query:?}");
}
