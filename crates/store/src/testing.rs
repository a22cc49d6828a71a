//! The kit of the tests that make a database, here and in other crates: databases, which are empty, one each and gone
//! when the test is over; the instant at which their clocks stand; and what they put in past the use cases.

mod usage;

use crate::bulk::BulkMember;
use crate::keys::NewKey;
use crate::providers::NewProvider;
use crate::{Database, WriteTx};
use domain::provider::{ApiType, ProviderStatus};
use domain::{KeyId, MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
pub use usage::{spent, usage_of, usage_rows, usage_sums_that_differ};

/// The URL of a PostgreSQL server in which databases may be created.
const SERVER: &str = "GATEHOUSE_TEST_POSTGRES";

/// The instant of the tests, 2026-03-01T12:00:00Z.
pub const NOW: Timestamp = Timestamp(1_772_366_400_000);

/// The URL of the PostgreSQL server of the environment.
///
/// # Panics
/// When there is none: a test that could not run must not pass.
pub(crate) fn postgres_url() -> String {
    match std::env::var(SERVER) {
        Ok(url) => url,
        Err(_) => panic!(
            "set {SERVER} to the URL of a PostgreSQL server in which databases may be created; script/test starts one"
        ),
    }
}

/// An empty database of one test.
#[derive(Debug)]
pub struct TestDatabase {
    /// How to open it.
    pub database: Database,
    /// The folder of an embedded one, deleted with this; another one's has room for the test's other files.
    pub folder: tempfile::TempDir,
    server: Option<(DatabaseConnection, String)>,
}

impl TestDatabase {
    /// One in a file.
    ///
    /// # Panics
    /// When there is no room for it.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            database: Database::Embedded(folder.path().join("gatehouse.db")),
            folder,
            server: None,
        }
    }

    /// One on the PostgreSQL server of the environment.
    ///
    /// # Panics
    /// When there is no such server: a test that could not run must not pass.
    pub async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = postgres_url();
        let server = match sea_orm::Database::connect(&url).await {
            Ok(server) => server,
            Err(error) => panic!("the PostgreSQL server of {SERVER} cannot be reached: {error}"),
        };
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_micros());
        let name = format!(
            "test_{}_{since}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        // Each with the collation of the machine's C, which no name order may depend on.
        server
            .execute_unprepared(&format!(
                "CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .await
            .expect("a new database");
        let (before, options) = url
            .split_once('?')
            .map_or((url.as_str(), None), |(a, b)| (a, Some(b)));
        let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
        let options = options.map(|o| format!("?{o}")).unwrap_or_default();
        Self {
            database: Database::Postgres(format!("{base}/{name}{options}")),
            folder: tempfile::tempdir().expect("a temporary folder"),
            server: Some((server, name)),
        }
    }

    /// Deletes it. One that a failed test leaves goes with the server.
    pub async fn remove(self) {
        if let Some((server, name)) = self.server {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            server
                .execute_unprepared(&drop)
                .await
                .expect("the database can be dropped");
        }
    }
}

/// Makes an organization that is called like its slug.
pub async fn organization(tx: &WriteTx, slug: &str) -> crate::Result<OrganizationId> {
    crate::organizations::insert(tx, slug, slug, NOW).await
}

/// An active member with nothing, to put in with [`crate::bulk::insert_members`].
///
/// # Panics
/// When the address is none.
pub fn person(name: &str, email: &str) -> BulkMember {
    BulkMember {
        user: None,
        password_hash: None,
        name: name.to_owned(),
        email: email.to_owned(),
        email_identity: domain::email::check(email).expect("an address").identity,
        role: Role::Member,
        status: MemberStatus::Active,
        expires_at: None,
        last_login: None,
        teams: Vec::new(),
        providers: Vec::new(),
        keys: Vec::new(),
    }
}

/// An active provider without a credential, to put in with [`crate::providers::insert`].
pub fn provider<'a>(name: &'a str, slug: &'a str) -> NewProvider<'a> {
    NewProvider {
        name,
        slug,
        api_type: ApiType::OpenAiCompatible,
        base_url: "https://example.com",
        api_version: "",
        models: &[],
        description: "",
        credential_sealed: None,
        status: ProviderStatus::Active,
    }
}

/// A virtual key as it is, which need not be one that could be made now.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// Whose.
    pub owner: (MemberId, UserId),
    /// The name that its owner gave it.
    pub name: &'a str,
    /// The public part of it.
    pub public_id: &'a str,
    /// The providers that it is narrowed to.
    pub scope: Option<&'a [ProviderId]>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Whether it was withdrawn.
    pub revoked: bool,
}

/// Puts a key in; the whole of it comes back.
pub async fn key(
    tx: &WriteTx,
    organization: OrganizationId,
    key: Key<'_>,
    now: Timestamp,
) -> crate::Result<(KeyId, String)> {
    let secret = domain::key::key_text(key.public_id, "Abcdefghijklmnopqrstuvwxyz0123456789");
    let new = NewKey {
        issued_by: None,
        member: key.owner.0,
        user: key.owner.1,
        name: key.name,
        public_id: key.public_id,
        secret_hash: &Sha256::digest(secret.as_bytes()),
        last_four: "6789",
        scope: key.scope,
        expires_at: key.expires_at,
        requests_per_minute: None,
        tokens_per_day: None,
    };
    let id = crate::keys::insert(tx, organization, new, now).await?;
    if key.revoked {
        crate::keys::revoke(tx, organization, id, now).await?;
    }
    Ok((id, secret))
}

/// What is stored of a token.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A token of SCIM as it is.
#[derive(Clone, Copy, Debug)]
pub struct ScimToken<'a> {
    /// The whole of it.
    pub secret: &'a str,
    /// Who made it.
    pub created_by: UserId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Puts a token of SCIM in.
pub async fn scim_token(
    tx: &WriteTx,
    organization: OrganizationId,
    token: ScimToken<'_>,
) -> crate::Result<()> {
    let new = crate::scim::NewToken {
        name: "directory",
        hash: &hash(token.secret),
        created_by: token.created_by,
        expires_at: token.expires_at,
    };
    let id = crate::scim::insert_token(tx, organization, new, NOW).await?;
    if token.revoked {
        crate::scim::revoke_token(tx, organization, id, NOW).await?;
    }
    Ok(())
}

/// The members of a team whom a person put in, in order of creation.
pub async fn placed_by_hand(
    conn: &impl crate::connection::Conn,
    team: TeamId,
) -> crate::Result<Vec<MemberId>> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        member_id: i64,
    }
    let rows: Vec<Row> = crate::sql::rows(
        conn,
        "SELECT member_id FROM team_member WHERE team_id = ? AND by_hand = 1 ORDER BY member_id",
        vec![team.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| MemberId(row.member_id)).collect())
}

/// Lets no account be found by its address any more, so that others may have it.
pub async fn forget_addresses(tx: &WriteTx) -> crate::Result<()> {
    crate::sql::execute(
        tx,
        "UPDATE app_user SET email_identity = 'gone ' || id",
        Vec::new(),
    )
    .await?;
    Ok(())
}

/// Gives a provider another slug, which the product never does: cases of the access rule ask what would follow.
pub async fn set_slug(tx: &WriteTx, provider: ProviderId, slug: &str) -> crate::Result<()> {
    crate::sql::execute(
        tx,
        "UPDATE provider SET slug = ?, version = version + 1 WHERE id = ?",
        vec![slug.into(), provider.0.into()],
    )
    .await?;
    Ok(())
}

/// Gives an allowed provider an end, which may have come already.
pub async fn end_grant(
    tx: &WriteTx,
    member: MemberId,
    provider: ProviderId,
    end: Timestamp,
) -> crate::Result<()> {
    crate::sql::execute(
        tx,
        "UPDATE provider_grant SET ends_at = ? WHERE member_id = ? AND provider_id = ?",
        vec![end.0.into(), member.0.into(), provider.0.into()],
    )
    .await?;
    Ok(())
}

/// Lets a team carry a provider until an end, which may have come already, before anybody is in the team.
pub async fn carry(
    tx: &WriteTx,
    team: TeamId,
    provider: ProviderId,
    ends_at: Option<Timestamp>,
) -> crate::Result<()> {
    crate::sql::execute(
        tx,
        "INSERT INTO team_provider (team_id, provider_id, granted_at, ends_at) VALUES (?, ?, ?, ?) \
         ON CONFLICT (team_id, provider_id) DO UPDATE SET ends_at = excluded.ends_at",
        vec![
            team.0.into(),
            provider.0.into(),
            NOW.0.into(),
            ends_at.map(|end| end.0).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Narrows a key to other providers, or to none in particular, which only a new key can be in the product.
pub async fn set_scope(tx: &WriteTx, key: KeyId, scope: Option<&[ProviderId]>) -> crate::Result<()> {
    let scope = scope.map(|ids| crate::sql::id_list(ids.iter().map(|id| id.0)));
    crate::sql::execute(
        tx,
        "UPDATE virtual_key SET scope = ? WHERE id = ?",
        vec![scope.into(), key.0.into()],
    )
    .await?;
    Ok(())
}

/// Gives a row of AI Access this version, as if it had been edited so often.
pub async fn set_version(tx: &WriteTx, member: MemberId, version: i64) -> crate::Result<()> {
    let values = vec![version.into(), member.0.into()];
    crate::sql::execute(tx, "UPDATE member SET version = ? WHERE id = ?", values).await?;
    Ok(())
}

/// Gives a row of AI Access another name, for which the product has no page.
pub async fn rename(tx: &WriteTx, member: MemberId, name: &str) -> crate::Result<()> {
    let values = vec![name.into(), member.0.into()];
    crate::sql::execute(tx, "UPDATE member SET name = ? WHERE id = ?", values).await?;
    Ok(())
}

/// Makes what decides about access unreadable, as a database that fails would.
pub async fn hide_organizations(tx: &WriteTx) -> crate::Result<()> {
    crate::sql::execute(tx, "ALTER TABLE organization RENAME TO hidden", Vec::new()).await?;
    Ok(())
}

/// Has the database refuse each request to a model of this name, as it might one that nobody thought of.
pub async fn refuse_usage_of(store: &crate::Store, model: &str) -> crate::Result<()> {
    let tx = store.write().await?;
    let postgres =
        crate::connection::Inner::inner(&tx).get_database_backend() == sea_orm::DbBackend::Postgres;
    let sql = if postgres {
        format!("ALTER TABLE usage_event ADD CHECK (model <> '{model}')")
    } else {
        format!(
            "CREATE TRIGGER refuse_usage BEFORE INSERT ON usage_event WHEN NEW.model = '{model}' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    };
    crate::connection::Inner::inner(&tx)
        .execute_unprepared(&sql)
        .await?;
    tx.commit().await
}

/// Changes the audit log past its triggers, as somebody can who has the database in their hands.
pub async fn tamper_with_audit(tx: &WriteTx, sql: &str) -> crate::Result<()> {
    let inner = crate::connection::Inner::inner(tx);
    let on = match inner.get_database_backend() {
        sea_orm::DbBackend::Postgres => " ON audit",
        _ => "",
    };
    for trigger in ["audit_stays", "audit_is_kept"] {
        inner
            .execute_unprepared(&format!("DROP TRIGGER IF EXISTS {trigger}{on}"))
            .await?;
    }
    inner.execute_unprepared(sql).await?;
    Ok(())
}

/// Runs a statement against the audit log, with its triggers.
pub async fn edit_audit(tx: &WriteTx, sql: &str) -> crate::Result<u64> {
    crate::sql::execute(tx, sql, Vec::new()).await
}
