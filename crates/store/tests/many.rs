//! Conditions that more rows satisfy than are looked up beforehand take another way to the rows; the answers are
//! the same.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::query::{MemberQuery, ProviderFilter, SortColumn, TeamFilter};
use domain::{MemberId, MemberStatus, Role};
use store::testing::NOW;
use store::{Store, members};
use support::world::{Key, Person, World, compare, provider, team};

on_both!(
    many_rows_are_found_in_another_way,
    a_page_out_of_range_is_the_nearest
);

/// More than the store looks up beforehand, in each of: a text, a team, a provider, a key's name.
const PEOPLE: usize = 3_600;

fn world(people: usize) -> World {
    const FIRST: &[&str] = &["Ana", "Álvaro", "Øyvind", "İnci", "Zoë", "田中"];
    const LAST: &[&str] = &["Müller", "Groß", "O'Neil", "Sato", "Łuk", "Rossi", "100%"];
    let person = |index: usize| {
        let invited = index.is_multiple_of(50);
        // Scattered, so that the order of ids is no other order.
        let scattered = index * 2_654_435_761 % 4_294_967_291;
        Person {
            id: MemberId(0),
            name: match invited {
                true => String::new(),
                false => format!("{} {}", FIRST[scattered % 6], LAST[scattered / 6 % 7]),
            },
            email: format!("u{scattered}@{{org}}.example"),
            role: Role::ALL[scattered % 4],
            status: match index % 50 {
                0 => MemberStatus::Invited,
                1 => MemberStatus::Suspended,
                _ => MemberStatus::Active,
            },
            expires_at: invited.then(|| NOW.plus((index % 3) as i64 - 1)),
            last_login: (!invited && !scattered.is_multiple_of(9))
                .then(|| NOW.plus(-((scattered % 500) as i64))),
            teams: if index % 20 == 3 { vec![1] } else { vec![0] },
            grants: match (invited, index % 30) {
                (true, _) | (_, 4) => Vec::new(),
                (_, 5) => vec![(1, None)],
                (_, 6) => vec![(0, Some(NOW))],
                _ => vec![(0, None)],
            },
            keys: match invited {
                true => Vec::new(),
                false => vec![Key {
                    name: format!("laptop {}", index % 5),
                    expires_at: None,
                    revoked: index % 90 == 7,
                }],
            },
        }
    };
    World {
        teams: vec![team("Platform"), team("Example Lab")],
        providers: vec![provider("OpenAI", true), provider("Ollama", false)],
        carried: Vec::new(),
        people: (1..=people).map(person).collect(),
    }
}

async fn many_rows_are_found_in_another_way(store: Store) {
    let mut world = world(PEOPLE);
    let organization = world.store(&store, "many").await;
    for search in [
        "example",
        "platform",
        "openai",
        "laptop",
        "key:laptop",
        "example platform",
        "openai platform ana",
        "provider:none",
        "team:platform role:owner",
        "lab example",
        "ana rossi",
        "platform u1",
        "a",
        "100%",
        "member laptop",
        "zzz example",
        "status:active key:\"laptop 3\"",
    ] {
        for (sort, descending) in [
            (SortColumn::Name, false),
            (SortColumn::Email, true),
            (SortColumn::Role, true),
        ] {
            let query = MemberQuery {
                search: search.to_owned(),
                sort,
                descending,
                ..MemberQuery::default()
            };
            brief(&store, organization, &world, &query).await;
        }
    }
    let filtered = MemberQuery {
        teams: vec![TeamFilter::Team(world.teams[0].id)],
        providers: vec![
            ProviderFilter::Provider(world.providers[0].id),
            ProviderFilter::None,
        ],
        ..MemberQuery::default()
    };
    for sort in SortColumn::ALL {
        for descending in [false, true] {
            let query = MemberQuery {
                sort: *sort,
                descending,
                ..filtered.clone()
            };
            brief(&store, organization, &world, &query).await;
        }
    }
    compare(&store, organization, &world, &MemberQuery::default()).await;
}

/// Compares one page in the middle and all ids.
async fn brief(store: &Store, organization: domain::OrganizationId, world: &World, query: &MemberQuery) {
    let tx = store.read().await.unwrap();
    let expected: Vec<MemberId> = world.answer(query).iter().map(|row| row.id).collect();
    let ids = members::ordered_ids(&tx, organization, query, NOW).await.unwrap();
    assert!(
        ids == expected,
        "export of {query:?}: {} of {}",
        ids.len(),
        expected.len()
    );
    let middle = MemberQuery {
        page: 1 + (expected.len() / 100) as u32,
        ..query.clone()
    };
    let page = members::page(&tx, organization, &middle, NOW).await.unwrap();
    assert_eq!(page.matched as usize, expected.len(), "matched of {query:?}");
    assert_eq!(page.counts, world.counts());
    let shown: Vec<MemberId> = page.rows.iter().map(|row| row.id).collect();
    let start = (page.page as usize - 1) * 50;
    assert_eq!(
        shown,
        expected[start..expected.len().min(start + 50)],
        "page of {query:?}"
    );
}

async fn a_page_out_of_range_is_the_nearest(store: Store) {
    let mut world = world(120);
    let organization = world.store(&store, "pages").await;
    let tx = store.read().await.unwrap();
    for (asked, served, rows) in [(0, 1, 50), (1, 1, 50), (3, 3, 20), (4, 3, 20), (u32::MAX, 3, 20)] {
        let query = MemberQuery {
            page: asked,
            ..MemberQuery::default()
        };
        let page = members::page(&tx, organization, &query, NOW).await.unwrap();
        assert_eq!((page.page, page.pages, page.rows.len()), (served, 3, rows));
    }
    let query = MemberQuery {
        search: "nobody-has-this".to_owned(),
        page: 7,
        ..MemberQuery::default()
    };
    let page = members::page(&tx, organization, &query, NOW).await.unwrap();
    assert_eq!((page.page, page.pages, page.matched), (1, 1, 0));
}
