//! Streams under way end when what let them through no longer holds, and when nobody reads them.

use crate::upstream::{self, Step, Upstream, events};
use crate::world::{NOW, Person, World};
use domain::access::ModelList;
use domain::ends::TermsChange;
use domain::key::{Grace, KeyInput};
use domain::provider::ApiType;
use domain::team::TeamPeopleChange;
use domain::{KeyId, MemberStatus, ProviderId, Role, Timestamp};
use gateway::Limits;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A provider that begins an answer and never ends it.
async fn endless() -> Upstream {
    Upstream::start(&["m"], |_| {
        let event = b"data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\n".to_vec();
        vec![events(), Step::Piece(event), Step::UntilClosed]
    })
    .await
}

/// What takes access away, and the reason that is told.
#[derive(Clone, Copy, Debug)]
enum Cause {
    RevokeKey,
    KeyEnds,
    RotateAway,
    Suspend,
    RemoveMember,
    RemoveGrant,
    GrantEnds,
    GrantOfTeamEnds,
    LimitModels,
    Deactivate,
    DeleteProvider,
}

impl Cause {
    const ALL: [Self; 11] = [
        Self::RevokeKey,
        Self::KeyEnds,
        Self::RotateAway,
        Self::Suspend,
        Self::RemoveMember,
        Self::RemoveGrant,
        Self::GrantEnds,
        Self::GrantOfTeamEnds,
        Self::LimitModels,
        Self::Deactivate,
        Self::DeleteProvider,
    ];

    fn code(self) -> &'static str {
        match self {
            Self::RevokeKey | Self::RemoveMember => "key_revoked",
            Self::KeyEnds => "key_expired",
            Self::RotateAway => "unauthenticated",
            Self::Suspend => "member_suspended",
            Self::RemoveGrant | Self::GrantEnds | Self::GrantOfTeamEnds | Self::DeleteProvider => {
                "provider_not_allowed"
            }
            Self::LimitModels => "model_not_allowed",
            Self::Deactivate => "provider_inactive",
        }
    }

    async fn happen(self, world: &World, person: &Person, key: KeyId, provider: ProviderId) {
        let (services, owner, member) = (&world.services, &world.owner, person.actor.member);
        match self {
            Self::RevokeKey => drop(services.revoke_key(owner, key).await.unwrap()),
            Self::RotateAway => {
                services
                    .rotate_key(&person.actor, key, Grace::None, &world.fresh())
                    .await
                    .unwrap();
            }
            Self::Suspend => drop(services.set_suspended(owner, member, None, true).await.unwrap()),
            Self::RemoveMember => services.remove(owner, member).await.unwrap(),
            Self::RemoveGrant => services.remove_provider(owner, member, provider).await.unwrap(),
            Self::LimitModels => {
                let row = services.member(owner, member).await.unwrap();
                let limited = TermsChange {
                    version: row.version,
                    provider,
                    ends_at: None,
                    reason: String::new(),
                    models: ModelList::check(&["other*".to_owned()]).unwrap(),
                };
                services
                    .set_provider_terms(owner, member, &limited)
                    .await
                    .unwrap();
            }
            Self::KeyEnds | Self::GrantEnds | Self::GrantOfTeamEnds => {
                world.clock.set(NOW.plus(Timestamp::DAY))
            }
            Self::Deactivate => {
                services
                    .set_provider_active(owner, provider, false)
                    .await
                    .unwrap();
            }
            Self::DeleteProvider => services.delete_provider(owner, provider).await.unwrap(),
        }
    }
}

/// Somebody whose key and grant end as the cause has it.
async fn person(world: &World, cause: Cause, provider: ProviderId) -> (Person, KeyId) {
    let day = NOW.plus(Timestamp::DAY);
    let grant_end = matches!(cause, Cause::GrantEnds).then_some(day);
    let email = format!("{}@example.com", world.fresh());
    let by_team = matches!(cause, Cause::GrantOfTeamEnds);
    let own = match by_team {
        true => Vec::new(),
        false => vec![(provider, grant_end)],
    };
    let actor = world.join(&email, Role::Member, MemberStatus::Active, own).await;
    if by_team {
        let (services, owner) = (&world.services, &world.owner);
        let team = services
            .create_team(owner, "Trial", &world.fresh())
            .await
            .unwrap();
        let people = TeamPeopleChange {
            added: vec![actor.member],
            removed: Vec::new(),
            places: Vec::new(),
        };
        services
            .change_team_people(owner, team.id, &people)
            .await
            .unwrap();
        let end = TermsChange {
            version: team.version,
            provider,
            ends_at: Some(day),
            reason: String::new(),
            models: ModelList::default(),
        };
        services
            .set_team_provider_terms(owner, team.id, &end)
            .await
            .unwrap();
    }
    let input = KeyInput {
        expires_at: matches!(cause, Cause::KeyEnds).then_some(day),
        ..KeyInput::default()
    };
    let key = world.key(&actor, input).await;
    let id = world.services.keys(&actor, actor.member).await.unwrap().keys[0].id;
    (Person { actor, key }, id)
}

/// The events of a body, as JSON where they are.
fn events_of(text: &str) -> Vec<Value> {
    text.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_do_not_outlive_what_let_them_through() {
    for cause in Cause::ALL {
        for (path, api_type) in [
            ("/v1/chat/completions", ApiType::OpenAiCompatible),
            ("/v1/responses", ApiType::OpenAiCompatible),
            ("/v1/messages", ApiType::Anthropic),
        ] {
            let upstream = endless().await;
            let world = World::new().await;
            let provider = world
                .provider("Lab", api_type, &format!("{}/v1", upstream.url))
                .await
                .id;
            let (person, key) = person(&world, cause, provider).await;
            let body = json!({ "model": "m", "stream": true });
            let mut answer = world.post(path, &person.key, &body).await;
            let mut text = String::from_utf8(answer.chunk().await.unwrap().unwrap().to_vec()).unwrap();
            cause.happen(&world, &person, key, provider).await;
            text.push_str(&answer.text().await.unwrap());
            upstream.closed().await;
            let seen = events_of(&text);
            let told = &seen[1];
            match path {
                "/v1/responses" => {
                    assert_eq!(
                        (&told["type"], &told["code"]),
                        (&json!("error"), &json!(cause.code()))
                    );
                }
                _ => assert_eq!(told["error"]["code"], cause.code(), "{cause:?} {path}: {text}"),
            }
            let done = path == "/v1/chat/completions";
            assert_eq!(seen.len(), if done { 3 } else { 2 }, "{cause:?} {path}: {text}");
            assert_eq!(text.contains("event: error\n"), !done, "{cause:?} {path}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_request_after_a_grants_end_is_refused() {
    for cause in [Cause::GrantEnds, Cause::GrantOfTeamEnds] {
        let upstream = Upstream::start(&["m"], |_| upstream::json("{}")).await;
        let world = World::new().await;
        let provider = world.before(&upstream).await.id;
        let (person, _) = person(&world, cause, provider).await;
        let body = json!({ "model": "m" });
        let ask = || world.post("/v1/chat/completions", &person.key, &body);
        let end = NOW.plus(Timestamp::DAY);
        world.clock.set(end.plus(-1));
        assert_eq!(ask().await.status(), 200, "{cause:?}");
        world.clock.set(end);
        let (status, why) = crate::world::code(ask().await).await;
        assert_eq!((status, why.as_str()), (403, cause.code()), "{cause:?}");
        assert_eq!(upstream.posted().len(), 1, "{cause:?}");
        let models: Value = world.get("/v1/models", &person.key).await.json().await.unwrap();
        assert_eq!(models["data"], json!([]), "{cause:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_has_not_begun_ends_as_well() {
    let upstream = Upstream::start(&["m"], |_| vec![Step::UntilClosed]).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await.id;
    let (person, key) = person(&world, Cause::RevokeKey, provider).await;
    let body = json!({ "model": "m" });
    let (answer, ()) = tokio::join!(world.post("/v1/chat/completions", &person.key, &body), async {
        while upstream.posted().is_empty() {
            tokio::task::yield_now().await;
        }
        Cause::RevokeKey.happen(&world, &person, key, provider).await;
    });
    assert_eq!(crate::world::code(answer).await, (401, "key_revoked".into()));
    upstream.closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chats_streams_end_as_well() {
    for cause in [
        Cause::Suspend,
        Cause::RemoveGrant,
        Cause::GrantEnds,
        Cause::Deactivate,
    ] {
        let upstream = endless().await;
        let world = World::new().await;
        let provider = world.before(&upstream).await.id;
        let (person, key) = person(&world, cause, provider).await;
        let mut stream = world
            .engine
            .chat(&person.actor, provider, "m", json!([]))
            .await
            .unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), "one");
        cause.happen(&world, &person, key, provider).await;
        let refusal = stream.next().await.unwrap().unwrap_err();
        assert_eq!(refusal.code, cause.code());
        assert!(stream.next().await.is_none());
        upstream.closed().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_when_access_can_no_longer_be_checked() {
    let upstream = endless().await;
    let world = World::new().await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let body = json!({ "model": "m", "stream": true });
    let mut answer = world.post("/v1/chat/completions", &person.key, &body).await;
    answer.chunk().await.unwrap().unwrap();
    let tx = world.store.write().await.unwrap();
    store::testing::hide_organizations(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let text = answer.text().await.unwrap();
    assert_eq!(events_of(&text)[0]["error"]["code"], "access_unknown", "{text}");
    upstream.closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stream_is_longer_than_the_limit() {
    let upstream = endless().await;
    let limits = Limits {
        stream: Duration::from_millis(200),
        ..Limits::default()
    };
    let world = World::with(true, limits).await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let body = json!({ "model": "m", "stream": true });
    let answer = world.post("/v1/chat/completions", &person.key, &body).await;
    let seen = events_of(&answer.text().await.unwrap());
    assert_eq!(seen[1]["error"]["code"], "stream_limit");
    upstream.closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_not_read_lets_the_provider_go() {
    // More than the sockets of both sides and their buffers take, and then silence.
    let upstream = Upstream::start(&["m"], |_| {
        let event = format!("data: {{\"x\":\"{}\"}}\n\n", "x".repeat(1 << 20)).into_bytes();
        let mut steps = vec![events()];
        steps.extend((0..64).map(|_| Step::Piece(event.clone())));
        steps.push(Step::UntilClosed);
        steps
    })
    .await;
    let limits = Limits {
        stall: Duration::from_millis(300),
        ..Limits::default()
    };
    let world = World::with(true, limits).await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let at = world.url.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(at).await.unwrap();
    let body = r#"{"model":"m","stream":true}"#;
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        person.key,
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 16];
    socket.read_exact(&mut first).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"));
    // The connection stays open on this side, unread.
    let waiting = Instant::now();
    let count = async || {
        world.services.flush_usage().await;
        let usage = world.services.keys(&person.actor, person.actor.member).await;
        usage.unwrap().usage.total().refused
    };
    while count().await == 0 {
        assert!(waiting.elapsed() < Duration::from_secs(60), "it was not ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(socket);
}
