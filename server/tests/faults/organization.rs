//! An organization for the server to serve: its owner, a member, and a provider.

use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::key::KeyInput;
use domain::organization::SetupInput;
use domain::provider::{ApiType, ProviderInput};
use domain::{MemberId, OrganizationId, ProviderId, Role};
use services::{Actor, Clock, Config, Database, Services};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const ORG: &str = "faults";
pub const PASSWORD: &str = "correct horse battery";

/// One who asks.
#[derive(Clone)]
pub struct Person {
    pub member: MemberId,
    pub session: String,
    pub key: String,
}

/// Those who ask, and what for.
pub struct Access {
    pub organization: OrganizationId,
    pub provider: ProviderId,
    pub owner: Person,
    pub member: Person,
}

async fn open(database: &Database, data: &Path) -> Services {
    Services::open(Config {
        database: database.clone(),
        data_dir: data.to_owned(),
        public_url: "http://127.0.0.1".into(),
        allow_private_providers: true,
        mailer: None,
        clock: Clock::System,
    })
    .await
    .unwrap()
}

/// More sessions of the member.
pub async fn sessions(database: &Database, data: &Path, count: usize) -> Vec<String> {
    let services = open(database, data).await;
    let mut sessions = Vec::new();
    for _ in 0..count {
        let from = IpAddr::from([127, 0, 0, 1]);
        let session = services
            .sign_in("member@example.com", PASSWORD, from)
            .await
            .unwrap();
        sessions.push(session.expose().to_owned());
    }
    sessions
}

/// Makes an organization with an owner, a member, and one provider that answers at once, which both may use.
pub async fn prepare(database: &Database, data: &Path) -> Access {
    let services = open(database, data).await;
    let set_up = services
        .set_up(
            &SetupInput {
                code: services.setup_code().unwrap(),
                organization: "Faults".into(),
                name: "Test owner".into(),
                email: "owner@example.com".into(),
                password: PASSWORD.into(),
            },
            "",
        )
        .await
        .unwrap();
    let session = services.session(set_up.session.expose()).await.unwrap().unwrap();
    let owner = services.actor(session.user, ORG).await.unwrap();
    let provider = ProviderInput {
        name: "Echo".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        base_url: format!("http://{}/v1", provider().await),
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
    services.test_provider(&owner, provider).await.unwrap();
    let member = join(&services, &owner).await;
    Access {
        organization: owner.organization,
        provider,
        owner: person(&services, &owner, provider, &owner, set_up.session.expose()).await,
        member: person(&services, &owner, provider, &member.0, &member.1).await,
    }
}

/// Gives somebody the provider and a key.
async fn person(
    services: &Services,
    owner: &Actor,
    provider: ProviderId,
    who: &Actor,
    session: &str,
) -> Person {
    services.add_provider(owner, who.member, provider).await.unwrap();
    let input = KeyInput {
        name: "faults".into(),
        ..KeyInput::default()
    };
    let made = services.create_key(who, who.member, &input, "key").await.unwrap();
    Person {
        member: who.member,
        session: session.to_owned(),
        key: made.secret,
    }
}

async fn join(services: &Services, owner: &Actor) -> (Actor, String) {
    let input = InviteInput {
        emails: "member@example.com".into(),
        role: Role::Member,
        teams: Vec::new(),
        idempotency_key: "invite".into(),
    };
    let made = services.invite(owner, &input).await.unwrap();
    let InviteOutcome::Invited { link, .. } = &made.lines[0].outcome else {
        panic!("{made:?}")
    };
    let who = AcceptInput {
        name: "Test member".into(),
        password: PASSWORD.into(),
    };
    let accepted = services
        .accept(
            link.rsplit('/').next().unwrap(),
            &who,
            None,
            IpAddr::from([127, 0, 0, 1]),
        )
        .await
        .unwrap();
    let session = accepted.session.unwrap().expose().to_owned();
    let user = services.session(&session).await.unwrap().unwrap().user;
    (services.actor(user, ORG).await.unwrap(), session)
}

/// A provider that gives one answer to everything once it has read it, for as long as the test runs.
async fn provider() -> SocketAddr {
    const BODY: &str =
        r#"{"data":[{"id":"m"}],"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{BODY}",
                    BODY.len()
                );
                if read(&mut socket).await.is_some() {
                    let _ = socket.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    address
}

/// Reads a request to its end.
async fn read(socket: &mut TcpStream) -> Option<()> {
    let (mut head, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    let mut left = loop {
        let count = socket.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&buffer[..count]);
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&head[..end]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            break usize::saturating_sub(length, head.len() - end - 4);
        }
    };
    while left > 0 {
        let count = socket.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        left = left.saturating_sub(count);
    }
    Some(())
}
