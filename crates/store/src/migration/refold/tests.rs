//! Rows as they were before the rule changed, opened by a server that has the new one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::connection::Inner;
use crate::conversations::{self, Asked, Owner};
use crate::testing::{NOW, TestDatabase, person, provider};
use crate::{Store, WriteTx, bulk, members, providers, sql, teams};
use domain::query::MemberQuery;
use domain::{MemberId, OrganizationId, TeamRole};
use sea_orm::ConnectionTrait;

/// More than one batch.
const PEOPLE: usize = 1_100;

async fn run(tx: &WriteTx, sql: &str) {
    tx.inner().execute_unprepared(sql).await.unwrap();
}

/// An organization whose texts have the characters that the rule is about.
async fn world(tx: &WriteTx) -> (OrganizationId, Vec<MemberId>) {
    let organization = crate::organizations::insert(tx, "acme", "Acme", NOW)
        .await
        .unwrap();
    // The second becomes "Ops–EU" below, which the old rule told apart from the first.
    teams::insert(tx, organization, "Ops-EU", NOW).await.unwrap();
    let dashed = teams::insert(tx, organization, "later", NOW).await.unwrap();
    let new = provider("Mistral’s EU", "mistral");
    let provider = providers::insert(tx, organization, new, NOW).await.unwrap();
    let mut people: Vec<_> = (0..PEOPLE)
        .map(|n| person(&format!("Ana Müller {n}"), &format!("ana{n}@example.com")))
        .collect();
    people[0].name = "Siobhán O’Neil".to_owned();
    people[0].teams = vec![(dashed, TeamRole::Member)];
    people[1].providers = vec![(provider, None)];
    people[2].keys = vec![bulk::BulkKey {
        name: "data\u{2011}export".to_owned(),
        public_id: "k1".to_owned(),
        last_four: "0000".to_owned(),
        expires_at: None,
        revoked_at: None,
    }];
    people[PEOPLE - 1].name = "Rory O´Dell".to_owned();
    let ids = bulk::insert_members(tx, organization, &people, NOW)
        .await
        .unwrap();
    let owner = Owner {
        organization,
        member: ids[0],
    };
    let asked = Asked {
        provider,
        provider_name: "Mistral",
        model: "m",
    };
    let conversation = conversations::insert(tx, owner, "The plan’s title", asked, NOW)
        .await
        .unwrap();
    conversations::append(tx, owner, conversation, "It’s a so\u{ad}lu\u{ad}tion", NOW)
        .await
        .unwrap();
    (organization, ids)
}

/// Gives the rows the texts that the old rule made, and forgets that they were folded anew.
async fn age(tx: &WriteTx) {
    for change in [
        "UPDATE team SET name = 'Ops–EU', name_folded = 'ops–eu' WHERE name = 'later'",
        "UPDATE provider SET name_folded = 'mistral’s eu'",
        "UPDATE virtual_key SET name_folded = 'data\u{2010}export'",
        "UPDATE conversation SET title_folded = 'the plan’s title'",
        "UPDATE message SET content_folded = 'it’s a so\u{ad}lu\u{ad}tion'",
        "UPDATE member SET search_text = 'siobhan o’neil\nana0@example.com' WHERE email = 'ana0@example.com'",
        "UPDATE member SET search_text = 'ana muller 2\nana2@example.com\ndata\u{2010}export' WHERE email = 'ana2@example.com'",
        "UPDATE member SET search_text = 'rory o dell\nana1099@example.com' WHERE email = 'ana1099@example.com'",
        "DELETE FROM seaql_migrations WHERE version = 'm20261126_000021_refold'",
    ] {
        run(tx, change).await;
    }
}

async fn found(store: &Store, organization: OrganizationId, search: &str) -> Vec<MemberId> {
    let query = MemberQuery {
        search: search.to_owned(),
        ..MemberQuery::default()
    };
    let tx = store.read().await.unwrap();
    members::ordered_ids(&tx, organization, &query, NOW)
        .await
        .unwrap()
}

async fn rows_of_an_older_version_are_found_by_the_new_rule(test: &TestDatabase) {
    let store = Store::open(&test.database).await.unwrap();
    let tx = store.write().await.unwrap();
    let (organization, ids) = world(&tx).await;
    age(&tx).await;
    tx.commit().await.unwrap();
    assert!(found(&store, organization, "o'neil").await.is_empty());
    store.close().await.unwrap();

    let store = Store::open(&test.database).await.unwrap();
    for (search, id) in [
        ("o'neil", ids[0]),
        ("O’NEIL,", ids[0]),
        ("o'dell", ids[PEOPLE - 1]),
        ("data-export", ids[2]),
        ("key:data-export", ids[2]),
        ("team:ops-eu", ids[0]),
        ("provider:mistral's", ids[1]),
    ] {
        assert_eq!(found(&store, organization, search).await, [id], "{search}");
    }
    assert_eq!(found(&store, organization, "muller").await.len(), PEOPLE - 2);
    let owner = Owner {
        organization,
        member: ids[0],
    };
    let tx = store.read().await.unwrap();
    for search in ["plan's title", "it's a solution"] {
        let found = conversations::search(&tx, owner, search, 5).await.unwrap();
        assert_eq!(found.conversations.len(), 1, "{search}");
    }
    let both = teams::rows_by_name(&tx, organization).await.unwrap();
    assert_eq!(both.len(), 2, "neither of two names that are alike now is lost");
    assert_eq!(both.iter().filter(|team| team.name_folded == "ops-eu").count(), 1);
    drop(tx);

    // Once more changes nothing.
    let tx = store.write().await.unwrap();
    let before = folded(&tx).await;
    super::everything(tx.inner()).await.unwrap();
    assert_eq!(folded(&tx).await, before);
    drop(tx);
    store.close().await.unwrap();
}

/// Every folded text there is.
async fn folded(tx: &WriteTx) -> Vec<String> {
    let texts = "SELECT search_text AS text FROM member UNION ALL SELECT name_folded FROM team \
                 UNION ALL SELECT name_folded FROM provider UNION ALL SELECT name_folded FROM virtual_key \
                 UNION ALL SELECT title_folded FROM conversation UNION ALL SELECT content_folded FROM message";
    let rows = tx
        .inner()
        .query_all_raw(sql::statement(tx, texts, Vec::new()))
        .await
        .unwrap();
    let mut texts: Vec<String> = rows.iter().map(|row| row.try_get("", "text").unwrap()).collect();
    texts.sort();
    texts
}

#[tokio::test]
async fn sqlite_rows_of_an_older_version_are_found_by_the_new_rule() {
    rows_of_an_older_version_are_found_by_the_new_rule(&TestDatabase::embedded()).await;
}

#[tokio::test]
async fn postgres_rows_of_an_older_version_are_found_by_the_new_rule() {
    let test = TestDatabase::postgres().await;
    rows_of_an_older_version_are_found_by_the_new_rule(&test).await;
    test.remove().await;
}
