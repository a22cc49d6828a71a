//! A database that an earlier release left is opened, brought up to date and read; one of a newer release is refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::query::MemberQuery;
use domain::{KeyId, MemberId, MemberStatus, ProviderId, Role, UserId};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::path::Path;
use store::conversations::{self, Owner};
use store::testing::NOW;
use store::{
    Database, Error, Store, access, audit, grants, keys, members, organizations, providers, usage, users,
};

/// The last migration of each schema that was released, with what it was called.
const RELEASES: [&str; 4] = [
    "m20261125_000001_initial",
    "m20261125_000002_enforcement",
    "m20261125_000003_access_changes",
    "m20261126_000002_issuers",
];

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/upgrade")
        .join(name)
}

/// A copy of each release's file.
#[test]
fn sqlite_of_every_release_is_brought_up_to_date() {
    support::runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let new = Database::Embedded(folder.path().join("new.db"));
        Store::open(&new).await.unwrap().close().await.unwrap();
        let expected = schema(&new).await;
        for release in RELEASES {
            let file = folder.path().join(format!("{release}.db"));
            std::fs::copy(fixture(&format!("{release}.db")), &file).unwrap();
            let database = Database::Embedded(file);
            upgraded(release, &database).await;
            assert_eq!(
                schema(&database).await,
                expected,
                "{release} has other tables than a new one"
            );
        }
    });
}

#[test]
fn postgres_of_every_release_is_brought_up_to_date() {
    let mut schemas = Vec::new();
    for release in RELEASES {
        let dump = std::fs::read_to_string(fixture(&format!("{release}.sql"))).unwrap();
        schemas.push(support::beside_postgres(move |database| async move {
            run(&database, &dump).await;
            upgraded(release, &database).await;
            schema(&database).await
        }));
    }
    let expected = support::beside_postgres(|database| async move {
        Store::open(&database).await.unwrap();
        schema(&database).await
    });
    for (release, found) in RELEASES.iter().zip(schemas) {
        assert_eq!(found, expected, "{release} has other tables than a new one");
    }
}

#[test]
fn a_newer_database_is_refused_in_words_and_left_alone() {
    support::runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Embedded(folder.path().join("newer.db"));
        Store::open(&database).await.unwrap().close().await.unwrap();
        refused(&database).await;
    });
    support::beside_postgres(|database| async move {
        Store::open(&database).await.unwrap().close().await.unwrap();
        refused(&database).await;
    });
}

async fn refused(database: &Database) {
    run(
        database,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_later', 1)",
    )
    .await;
    let before = schema(database).await;
    let error = Store::open(database).await.unwrap_err();
    assert!(matches!(error, Error::Newer(_)), "{error:?}");
    let said = error.to_string();
    assert!(
        said.contains("newer release of Gatehouse") && said.contains("m20991231_000001_later"),
        "{said}"
    );
    assert_eq!(schema(database).await, before);
}

/// Opens it, and looks for everything that was in it.
async fn upgraded(release: &str, database: &Database) {
    let store = Store::open(database).await.unwrap();
    assert!(store.is_migrated().await.unwrap(), "{release}");
    let tx = store.read().await.unwrap();
    let acme = organizations::by_slug(&tx, "acme").await.unwrap().unwrap().id;
    let (ana, lab, key) = (MemberId(1), ProviderId(1), KeyId(1));

    // By its words: the index of the search is still right.
    let query = MemberQuery {
        search: "muller nightly".into(),
        ..MemberQuery::default()
    };
    let page = members::page(&tx, acme, &query, NOW).await.unwrap();
    assert_eq!(page.matched, 1, "{release}");
    let row = &page.rows[0];
    assert_eq!(
        (row.id, row.name.as_str(), row.role, row.status),
        (ana, "Ana Müller", Role::Owner, MemberStatus::Active),
        "{release}"
    );
    assert_eq!(
        (
            row.teams[0].name.as_str(),
            row.providers[0].name.as_str(),
            row.keys[0].name.as_str()
        ),
        ("Ops", "Lab", "Nightly"),
        "{release}"
    );
    assert_eq!(
        (
            page.counts.users,
            page.counts.invited,
            page.counts.without_providers
        ),
        (2, 1, 1),
        "{release}"
    );
    let granted = grants::of_member(&tx, acme, ana, NOW).await.unwrap();
    assert_eq!(
        (granted.len(), granted[0].granted_by.as_deref()),
        (1, Some("Ana Müller")),
        "{release}"
    );
    let offered = providers::list(&tx, acme, NOW).await.unwrap();
    assert_eq!((offered.len(), offered[0].members), (1, 1), "{release}");
    let found = keys::by_public_id(&tx, acme, "gk_k3v9x2m4q8z1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id, found.member, found.scope),
        (key, Some(ana), Some(vec![lab])),
        "{release}"
    );
    let done = audit::latest(&tx, acme, 10).await.unwrap();
    assert_eq!(
        (done.len(), done[0].action.as_str()),
        (1, "key.create"),
        "{release}"
    );
    // Chat and usage came with the second schema.
    let later = release != RELEASES[0];
    let used = usage::of_member(&tx, acme, ana, NOW).await.unwrap();
    let tokens: u64 = used.iter().map(|(_, sum)| sum.tokens()).sum();
    assert_eq!(tokens, if later { 7 } else { 0 }, "{release}");
    let owner = Owner {
        organization: acme,
        member: ana,
    };
    let talks = conversations::newest(&tx, owner, 10).await.unwrap();
    assert_eq!(talks.len(), usize::from(later), "{release}");
    for talk in talks {
        let messages = conversations::messages(&tx, owner, talk.id).await.unwrap();
        assert_eq!(messages[0].content, "Hello", "{release}");
    }
    let version = access::versions(&tx).await.unwrap()[0].version;
    drop(tx);

    // It takes changes, notes those of access, and uses no id again.
    let tx = store.write().await.unwrap();
    let new = users::NewUser {
        name: "Cem",
        email: "cem@example.com",
        email_identity: "cem@example.com",
        password_hash: None,
    };
    assert_eq!(
        users::insert(&tx, new, NOW).await.unwrap(),
        UserId(3),
        "{release}"
    );
    assert!(grants::delete(&tx, acme, ana, lab).await.unwrap(), "{release}");
    tx.commit().await.unwrap();
    let tx = store.read().await.unwrap();
    let changed = access::versions(&tx).await.unwrap()[0].version;
    assert!(changed > version, "{release}: {changed} after {version}");
    drop(tx);
    store.close().await.unwrap();
}

async fn connect(database: &Database) -> sea_orm::DatabaseConnection {
    let url = match database {
        Database::Embedded(file) => format!("sqlite://{}", file.display()),
        Database::Postgres(url) => url.clone(),
    };
    sea_orm::Database::connect(url).await.unwrap()
}

async fn run(database: &Database, sql: &str) {
    let connection = connect(database).await;
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

/// Every table with its columns, every index and every trigger.
async fn schema(database: &Database) -> Vec<String> {
    let connection = connect(database).await;
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || \
                 coalesce(collation_name, '') || ' ' || coalesce(column_default, '') AS line \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' \
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' \
             UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
             UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang = \
                 (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')"
        }
        _ => {
            "SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS line FROM sqlite_schema \
              WHERE tbl_name <> 'seaql_migrations'"
        }
    };
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let mut lines: Vec<String> = rows.iter().map(|row| row.try_get("", "line").unwrap()).collect();
    lines.sort();
    connection.close().await.unwrap();
    lines
}
