//! Two organizations with one person for each role, and the server's router over them.

#![allow(dead_code, reason = "each test file uses its part")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::key::KeyInput;
use domain::organization::SetupInput;
use domain::provider::{ApiType, ProviderInput};
use domain::{KeyId, MemberId, ProviderId, Role, TeamId};
use server::config::Config;
use server::site::Site;
use server::state::AppState;
use services::{Actor, Clock, Database, Services};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::Path;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse battery";
/// The organization that the requests are about.
pub const ORG: &str = "acme";

/// What a copied world needs to know of the one it was copied from.
pub struct World {
    pub folder: tempfile::TempDir,
    /// The member, who has a key.
    pub member: MemberId,
    pub key: KeyId,
    pub invited: MemberId,
    pub invitation: String,
    pub provider: ProviderId,
    pub team: TeamId,
    /// Session tokens by person.
    pub sessions: BTreeMap<&'static str, String>,
}

pub async fn services(folder: &Path) -> Services {
    Services::open(services::Config {
        database: Database::Embedded(folder.join("gatehouse.db")),
        data_dir: folder.to_owned(),
        public_url: "http://127.0.0.1:3000".into(),
        allow_private_providers: true,
        mailer: None,
        clock: Clock::System,
    })
    .await
    .unwrap()
}

async fn join(services: &Services, owner: &Actor, email: &str, role: Role) -> (String, MemberId) {
    let input = InviteInput {
        emails: email.into(),
        role,
        teams: Vec::new(),
        idempotency_key: format!("invite-{email}"),
    };
    let made = services.invite(owner, &input).await.unwrap();
    let InviteOutcome::Invited { member, link, .. } = &made.lines[0].outcome else {
        panic!("{email} was not invited: {made:?}")
    };
    let token = link.rsplit('/').next().unwrap();
    let who = AcceptInput {
        name: format!("Test {role}"),
        password: PASSWORD.into(),
    };
    let accepted = services
        .accept(token, &who, None, IpAddr::from([127, 0, 0, 1]))
        .await
        .unwrap();
    (accepted.session.unwrap().expose().to_owned(), *member)
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name()).collect()
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let services = services(folder.path()).await;
        let set_up = services
            .set_up(
                &SetupInput {
                    code: services.setup_code().unwrap(),
                    organization: "Acme".into(),
                    name: "Test owner".into(),
                    email: "owner@example.com".into(),
                    password: PASSWORD.into(),
                },
                "",
            )
            .await
            .unwrap();
        assert_eq!(set_up.slug, ORG);
        let session = services.session(set_up.session.expose()).await.unwrap().unwrap();
        let owner = services.actor(session.user, ORG).await.unwrap();

        let mut sessions = BTreeMap::from([("owner", set_up.session.expose().to_owned())]);
        let mut member = owner.member;
        for role in [Role::Admin, Role::Auditor, Role::Member] {
            let (token, id) = join(&services, &owner, &format!("{role}@example.com"), role).await;
            sessions.insert(role.as_str(), token);
            member = id;
        }
        sessions.insert("foreign", foreign_owner(&services, &owner, folder.path()).await);

        let provider = ProviderInput {
            name: "Lab".into(),
            slug: String::new(),
            api_type: ApiType::Ollama,
            // Nothing listens on the discard port: a test of the connection fails at once.
            base_url: "http://127.0.0.1:9".into(),
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            credential: None,
        };
        let provider = services
            .create_provider(&owner, &provider, "provider")
            .await
            .unwrap()
            .id;
        let input = KeyInput {
            name: "laptop".into(),
            ..KeyInput::default()
        };
        let key = services
            .create_key(&owner, member, &input, "key")
            .await
            .unwrap()
            .key
            .id;
        let team = services.create_team(&owner, "Ops", "team").await.unwrap().id;
        let input = InviteInput {
            emails: "new@example.com".into(),
            role: Role::Member,
            teams: Vec::new(),
            idempotency_key: "pending".into(),
        };
        let made = services.invite(&owner, &input).await.unwrap();
        let InviteOutcome::Invited {
            member: invited,
            link,
            ..
        } = made.lines[0].outcome.clone()
        else {
            panic!("not invited: {made:?}")
        };
        let invitation = link.rsplit('/').next().unwrap().to_owned();
        Self {
            folder,
            member,
            key,
            invited,
            invitation,
            provider,
            team,
            sessions,
        }
    }

    /// A copy that a request may change, and its router.
    pub async fn copy(&self) -> (tempfile::TempDir, Router) {
        let from = self.folder.path();
        // The database's last connection may be closing, which folds the other files into the first.
        let folder = loop {
            let folder = tempfile::tempdir().unwrap();
            let before = names(from);
            let copied = before
                .iter()
                .all(|name| std::fs::copy(from.join(name), folder.path().join(name)).is_ok());
            if copied && names(from) == before {
                break folder;
            }
        };
        let router = router(services(folder.path()).await, folder.path());
        (folder, router)
    }
}

/// The owner of another organization: an account of its own that is no member here.
async fn foreign_owner(services: &Services, owner: &Actor, folder: &Path) -> String {
    let email = "foreign@example.com";
    let (token, here) = join(services, owner, email, Role::Member).await;
    let user = services.session(&token).await.unwrap().unwrap().user;
    services.remove(owner, here).await.unwrap();
    let store = store::Store::open(&Database::Embedded(folder.join("gatehouse.db")))
        .await
        .unwrap();
    let tx = store.write().await.unwrap();
    let now = store::testing::NOW;
    let other = store::organizations::insert(&tx, "other", "Other", now)
        .await
        .unwrap();
    let new = store::members::NewMember {
        user,
        name: "Test foreign",
        email,
        email_identity: email,
        role: Role::Owner,
        last_login: None,
    };
    store::members::insert_active(&tx, other, new, now).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await.unwrap();
    services
        .sign_in(email, PASSWORD, IpAddr::from([127, 0, 0, 1]))
        .await
        .unwrap()
        .expose()
        .to_owned()
}

pub fn router(services: Services, folder: &Path) -> Router {
    let config = Config::read(|_| None, |_| Ok(String::new())).unwrap();
    server::router::router(AppState::new(services, &config, Site::Folder(folder.to_owned())).unwrap())
}

/// One request as a browser on our own page would send it.
pub fn request(method: &str, path: &str, kind: &str, body: String, session: Option<&str>) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:3000")
        .header(header::ORIGIN, "http://127.0.0.1:3000")
        .header(header::CONTENT_TYPE, kind);
    let accepted = if kind == "application/json" {
        kind
    } else {
        "text/html"
    };
    request = request.header(header::ACCEPT, accepted);
    if let Some(token) = session {
        request = request.header(header::COOKIE, format!("gatehouse={token}"));
    }
    request.body(Body::from(body)).unwrap()
}

pub async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}
