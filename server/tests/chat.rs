//! Answers in Chat, over HTTP: a request is a reader of an answer, and its end is not the end of the work.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod support;

use axum::Router;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use domain::chat::{CUT_OFF, ChatEvent, Conversation, EventReader, MessageState};
use domain::limits::ANSWER_LEASE;
use domain::member::ProvidersChange;
use domain::provider::{ApiType, ProviderInput};
use domain::{ConversationId, ProviderId};
use server::config::Config;
use server::site::Site;
use server::state::AppState;
use services::{Actor, Clock, Database, Services};
use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};
use support::{ORG, World, request, send};
use tokio::sync::{broadcast, mpsc};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// Until a test gives up; far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);
const JSON: &str = "application/json";

/// A provider that says the words it is given, to all who listen.
struct Model {
    url: String,
    says: broadcast::Sender<Option<&'static str>>,
}

impl Model {
    async fn start() -> Self {
        let (says, _) = broadcast::channel::<Option<&'static str>>(16);
        let words = says.clone();
        let list = get(|| async { axum::Json(serde_json::json!({ "data": [{ "id": "m" }] })) });
        let answer = list.post(move || {
            let mut heard = words.subscribe();
            let (events, body) = mpsc::channel::<Result<Bytes, Infallible>>(16);
            tokio::spawn(async move {
                while let Ok(word) = heard.recv().await {
                    let event = match word {
                        Some(word) => format!(
                            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}},\"finish_reason\":null}}]}}\n\n"
                        ),
                        None => "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n".to_owned(),
                    };
                    if events.send(Ok(event.into())).await.is_err() || word.is_none() {
                        return;
                    }
                }
            });
            async move {
                (
                    [(header::CONTENT_TYPE, "text/event-stream")],
                    Body::from_stream(ReceiverStream::new(body)),
                )
            }
        });
        let app = Router::new().fallback(answer);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, says }
    }

    /// Says something to whoever asked, once somebody has.
    async fn say(&self, word: Option<&'static str>) {
        until("somebody asks the model", async || self.says.receiver_count() > 0).await;
        self.says.send(word).unwrap();
    }

    /// When nobody listens any more.
    async fn is_left(&self) {
        until("the model is left", async || {
            self.says.receiver_count() == 0 || self.says.send(Some(".")).is_err()
        })
        .await;
    }
}

async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An owner who may ask the model.
struct Talk {
    world: World,
    model: Model,
    services: Services,
    actor: Actor,
    provider: ProviderId,
}

impl Talk {
    async fn new() -> Self {
        let world = World::new().await;
        let model = Model::start().await;
        let services = support::services(world.folder.path()).await;
        let session = services.session(&world.sessions["owner"]).await.unwrap().unwrap();
        let actor = services.actor(session.user, ORG).await.unwrap();
        let input = ProviderInput {
            name: "Model".into(),
            slug: String::new(),
            api_type: ApiType::OpenAiCompatible,
            base_url: model.url.clone(),
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            credential: None,
        };
        let provider = services
            .create_provider(&actor, &input, "model")
            .await
            .unwrap()
            .id;
        services.test_provider(&actor, provider).await.unwrap();
        let change = ProvidersChange {
            version: 1,
            added: vec![provider],
            removed: Vec::new(),
        };
        services
            .set_providers(&actor, actor.member, &change)
            .await
            .unwrap();
        Self {
            world,
            model,
            services,
            actor,
            provider,
        }
    }

    fn session(&self) -> &str {
        &self.world.sessions["owner"]
    }

    fn message(&self, conversation: Option<ConversationId>) -> String {
        let conversation = conversation.map_or("null".to_owned(), |id| id.to_string());
        format!(
            r#"{{"conversation":{conversation},"provider":{},"model":"m","content":"Hello","replace_from":null}}"#,
            self.provider
        )
    }

    fn router(&self) -> Router {
        support::router(self.services.clone(), self.world.folder.path())
    }

    async fn sends(&self, router: &Router, conversation: Option<ConversationId>) -> Response<Body> {
        let path = format!("/o/{ORG}/chat/send");
        let body = self.message(conversation);
        send(router, request("POST", &path, JSON, body, Some(self.session()))).await
    }

    async fn follows(&self, router: &Router, conversation: ConversationId) -> Response<Body> {
        let path = format!("/o/{ORG}/chat/{conversation}/answer");
        send(
            router,
            request("GET", &path, JSON, String::new(), Some(self.session())),
        )
        .await
    }

    async fn stored(&self, id: ConversationId) -> Conversation {
        self.services.conversation(&self.actor, id).await.unwrap()
    }
}

/// The events of an answer.
struct Events {
    body: BodyDataStream,
    reader: EventReader,
    waiting: std::vec::IntoIter<String>,
}

impl Events {
    fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self {
            body: response.into_body().into_data_stream(),
            reader: EventReader::default(),
            waiting: Vec::new().into_iter(),
        }
    }

    async fn next(&mut self) -> Option<ChatEvent> {
        loop {
            if let Some(event) = self.waiting.next() {
                return Some(serde_json::from_str(&event).unwrap());
            }
            let piece = self.body.next().await?.unwrap();
            self.waiting = self.reader.push(&piece).into_iter();
        }
    }

    async fn begun(&mut self) -> ConversationId {
        match self.next().await {
            Some(ChatEvent::Started { conversation, .. }) => conversation,
            other => panic!("{other:?}"),
        }
    }
}

/// More of the answer's one paragraph, of which so much stays.
fn html(anew: bool, kept: u32, open: &str) -> Option<ChatEvent> {
    Some(ChatEvent::Html {
        anew,
        closed: String::new(),
        kept,
        open: open.into(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_loaded_again_reads_on_and_a_second_send_takes_nothing_away() {
    let talk = Talk::new().await;
    let router = talk.router();
    let mut first = Events::of(talk.sends(&router, None).await);
    let id = first.begun().await;
    talk.model.say(Some("one ")).await;
    assert_eq!(first.next().await, html(false, 0, "<p>one</p>"));

    let refused = talk.sends(&router, Some(id)).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    drop(first);
    let mut again = Events::of(talk.follows(&router, id).await);
    assert_eq!(again.next().await, html(true, 0, "<p>one</p>"));
    let writing = talk.stored(id).await.writing.unwrap();
    assert_eq!(
        (writing.content.as_str(), writing.html.as_str()),
        ("one ", "<p>one</p>")
    );
    talk.model.say(Some("two")).await;
    assert_eq!(again.next().await, html(false, 6, " two</p>"));
    talk.model.say(None).await;
    let done = again.next().await;
    assert!(
        matches!(
            done,
            Some(ChatEvent::Done {
                message: Some(_),
                state: MessageState::Complete,
                ..
            })
        ),
        "{done:?}"
    );
    assert_eq!(again.next().await, None);

    let stored = talk.stored(id).await;
    assert_eq!(stored.writing, None);
    assert_eq!(stored.messages.last().unwrap().content, "one two");
    assert_eq!(talk.follows(&router, id).await.status(), StatusCode::NO_CONTENT);
    Events::of(talk.sends(&router, Some(id)).await).begun().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_reads_is_stopped_and_kept() {
    let talk = Talk::new().await;
    let router = talk.router();
    let mut first = Events::of(talk.sends(&router, None).await);
    let id = first.begun().await;
    talk.model.say(Some("one ")).await;
    assert_eq!(first.next().await, html(false, 0, "<p>one</p>"));
    drop(first);
    talk.model.is_left().await;
    until("it is stored", async || talk.stored(id).await.writing.is_none()).await;
    let last = talk.stored(id).await.messages.pop().unwrap();
    assert_eq!((last.state, last.problem), (MessageState::Stopped, None));
    assert!(last.content.starts_with("one "), "{}", last.content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_ends_at_once_leaves_no_message_that_nobody_answers() {
    let talk = Talk::new().await;
    let config = Config::read(|_| None, |_| Ok(String::new())).unwrap();
    let site = Site::Folder(talk.world.folder.path().to_owned());
    let state = AppState::new(talk.services.clone(), &config, site).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(
        header::COOKIE,
        format!("gatehouse={}", talk.session()).parse().unwrap(),
    );
    let answers = state.answers.clone();
    {
        let sending = server::chat::send(
            axum::extract::State(state),
            axum::extract::Path(ORG.to_owned()),
            headers,
            None,
            Ok(talk.message(None).into()),
        );
        assert!(
            pin!(sending)
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    talk.model.say(Some("one")).await;
    talk.model.say(None).await;
    answers.close();
    tokio::time::timeout(PATIENCE, answers.wait()).await.unwrap();
    let history = talk.services.history(&talk.actor, "").await.unwrap();
    let stored = talk.stored(history.conversations[0].id).await;
    let last = stored.messages.last().unwrap();
    assert_eq!(
        (last.content.as_str(), last.state),
        ("one", MessageState::Complete)
    );
}

/// The real program over a data folder.
fn program(folder: &Path, stop_timeout: &str) -> (Child, String) {
    let site = folder.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    let at = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .arg("serve")
        .env_clear()
        .env("GATEHOUSE_DATA", folder)
        .env("GATEHOUSE_SITE", site)
        .env("GATEHOUSE_ADDR", at.to_string())
        .env("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "true")
        .env("GATEHOUSE_STOP_TIMEOUT", stop_timeout)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (child, format!("http://{at}"))
}

/// What a program that is ended by a signal in the middle of an answer leaves behind.
async fn ended_by(signal: &str, later: i64) -> Conversation {
    let talk = Talk::new().await;
    let folder = talk.world.folder.path();
    let (child, url) = program(folder, "1");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    until("it is up", async || {
        http.get(format!("{url}/readyz"))
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    let mut answer = http
        .post(format!("{url}/o/{ORG}/chat/send"))
        .header("cookie", format!("gatehouse={}", talk.session()))
        .header("origin", &url)
        .body(talk.message(None))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    talk.model.say(Some("Half an ")).await;
    let mut told = String::new();
    while !told.contains("Half") {
        told.push_str(&String::from_utf8_lossy(&answer.chunk().await.unwrap().unwrap()));
    }
    let history = talk.services.history(&talk.actor, "").await.unwrap();
    let id = history.conversations[0].id;
    until("a part is kept", async || {
        talk.stored(id)
            .await
            .writing
            .is_some_and(|answer| !answer.content.is_empty())
    })
    .await;
    let process = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &process])
            .status()
            .unwrap()
            .success()
    );
    let child = std::sync::Mutex::new(child);
    until("it has ended", async || {
        child.lock().unwrap().try_wait().unwrap().is_some()
    })
    .await;

    let later = Services::open(services::Config {
        database: Database::Embedded(folder.join("gatehouse.db")),
        data_dir: folder.to_owned(),
        public_url: url,
        allow_private_providers: true,
        mailer: None,
        clock: Clock::fixed(talk.services.now().plus(later)),
    })
    .await
    .unwrap();
    later.conversation(&talk.actor, id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_or_stopped_keeps_what_had_come_marked_as_cut() {
    // One that is stopped says so itself.
    for (signal, later) in [("-KILL", ANSWER_LEASE), ("-TERM", 0)] {
        let left = ended_by(signal, later).await;
        assert_eq!(left.writing, None, "{signal}");
        let last = left.messages.last().unwrap();
        assert_eq!(
            (last.content.as_str(), last.state, last.problem.as_deref()),
            ("Half an ", MessageState::Failed, Some(CUT_OFF)),
            "{signal}"
        );
    }
}
