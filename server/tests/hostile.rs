//! What people write is text, on every page and in whatever part of it: a page with hostile words has the very same
//! elements as one with plain words.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use axum::Router;
use axum::body::to_bytes;
use axum::http::StatusCode;
use domain::Role;
use domain::chat::MessageState;
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::key::KeyInput;
use domain::organization::SetupInput;
use domain::provider::{ApiType, ProviderInput};
use html5gum::{Token, Tokenizer};
use services::Database;
use std::net::IpAddr;
use std::path::Path;
use store::answers::{self, Answer};
use store::conversations::{Asked, Owner};
use support::{PASSWORD, request, router, send, services};
use tokio::runtime::Runtime;

/// What ends an element, begins one, or leaves an attribute, a comment or a script. Each starts as the plain one does, so
/// that neither the order of rows nor Markdown makes a difference.
const HOSTILE: [&str; 5] = [
    "Ann </title><meta http-equiv=refresh content='0;url=//h'>",
    "Ann </script><script src=//h></script>",
    "Ann <!--<script>",
    "Ann \"'><img src=x onerror=h()>",
    "Ann &lt;b&gt; </textarea></style>]]>--><svg/onload=h()>",
];
const PLAIN: &str = "Ann plain words";

/// An organization in which every text that people control is this one.
struct Place {
    _folder: tempfile::TempDir,
    router: Router,
    session: String,
    pages: Vec<String>,
}

async fn say(folder: &Path, text: &str, owner: Owner, asked: Asked<'_>) -> i64 {
    let store = store::Store::open(&Database::Embedded(folder.join("gatehouse.db")))
        .await
        .unwrap();
    let now = store::testing::NOW;
    let tx = store.write().await.unwrap();
    let id = store::conversations::insert(&tx, owner, text, asked, now)
        .await
        .unwrap();
    store::conversations::append(&tx, owner, id, text, now)
        .await
        .unwrap()
        .unwrap();
    let answer = Answer {
        content: text,
        state: MessageState::Failed,
        problem: Some(text),
    };
    let begun = answers::begin(&tx, id, text, text, now, now).await.unwrap();
    assert!(answers::finish(&tx, owner, id, begun, answer, now).await.unwrap());
    tx.commit().await.unwrap();
    store.close().await.unwrap();
    id.0
}

async fn place(text: &str) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path()).await;
    let set_up = services
        .set_up(
            &SetupInput {
                code: services.setup_code().unwrap(),
                organization: text.into(),
                name: text.into(),
                email: "owner@example.com".into(),
                password: PASSWORD.into(),
            },
            "",
        )
        .await
        .unwrap();
    let session = services.session(set_up.session.expose()).await.unwrap().unwrap();
    let owner = services.actor(session.user, &set_up.slug).await.unwrap();
    let team = services.create_team(&owner, text, "team").await.unwrap().id;
    let provider = ProviderInput {
        name: text.into(),
        slug: "lab".into(),
        api_type: ApiType::Ollama,
        base_url: "http://127.0.0.1:9".into(),
        api_version: String::new(),
        models: Vec::new(),
        description: text.into(),
        credential: None,
    };
    let provider = services
        .create_provider(&owner, &provider, "provider")
        .await
        .unwrap()
        .id;
    // All that an address may hold.
    let invite = InviteInput {
        emails: "o'&#{x}|`^!$%*/=?+~@example.com".into(),
        role: Role::Member,
        teams: vec![team],
        idempotency_key: "invite".into(),
    };
    let made = services.invite(&owner, &invite).await.unwrap();
    let InviteOutcome::Invited { member, link, .. } = &made.lines[0].outcome else {
        panic!("not invited: {made:?}")
    };
    let token = link.rsplit('/').next().unwrap().to_owned();
    let accept = AcceptInput {
        name: text.into(),
        password: PASSWORD.into(),
    };
    let joined = services
        .accept(&token, &accept, None, IpAddr::from([127, 0, 0, 1]))
        .await
        .unwrap();
    drop(joined);
    let key = KeyInput {
        name: text.into(),
        ..KeyInput::default()
    };
    services.create_key(&owner, *member, &key, "key").await.unwrap();
    services
        .create_key(&owner, owner.member, &key, "own")
        .await
        .unwrap();
    let pending = InviteInput {
        emails: "pending@example.com".into(),
        idempotency_key: "pending".into(),
        ..invite
    };
    let made = services.invite(&owner, &pending).await.unwrap();
    let InviteOutcome::Invited { link, .. } = &made.lines[0].outcome else {
        panic!("not invited: {made:?}")
    };
    let pending = link.rsplit('/').next().unwrap().to_owned();
    let asked = Asked {
        provider,
        provider_name: text,
        model: text,
    };
    let mine = Owner {
        organization: owner.organization,
        member: owner.member,
    };
    let conversation = say(folder.path(), text, mine, asked).await;

    let org = format!("/o/{}", set_up.slug);
    let query = percent(text);
    let pages = [
        "/account".to_owned(),
        format!("/{query}"),
        format!("/invite/{query}"),
        format!("/invite/{pending}"),
        format!("/login?next={query}"),
        format!("/o/{query}/access"),
        format!("{org}/first-steps"),
        format!("{org}/access"),
        format!("{org}/access?q=zz{query}"),
        format!("{org}/access?q=ann&sort={query}&role={query}"),
        format!("{org}/access?team={team}&provider={provider}"),
        format!("{org}/access/{member}"),
        format!("{org}/access/{query}"),
        format!("{org}/access/invite"),
        format!("{org}/access/how"),
        format!("{org}/providers"),
        format!("{org}/providers?q=zz{query}"),
        format!("{org}/teams"),
        format!("{org}/chat"),
        format!("{org}/chat?q=zz{query}"),
        format!("{org}/chat/{conversation}"),
        format!("{org}/chat/{query}"),
    ];
    Place {
        router: router(services, folder.path()),
        _folder: folder,
        session: set_up.session.expose().to_owned(),
        pages: pages.to_vec(),
    }
}

fn percent(text: &str) -> String {
    let all = text.bytes().map(|byte| format!("%{byte:02X}"));
    all.collect()
}

/// Forms whose page comes again with what was typed: path, fields with `$` for the text.
const FORMS: [(&str, &str); 6] = [
    ("/login", "email=$&password=$"),
    ("/account/name", "was=$&name=$"),
    ("/o/ORG/chat", "model=$&content=$"),
    ("/account/password", "current=$&new=another+horse+battery"),
    (
        "/o/ORG/access/invite",
        "emails=a%40example.com&role=$&idempotency_key=$",
    ),
    ("/o/ORG/access/invite", "$=$"),
];

/// The elements of a page: their names with those of their attributes, in order, and the comments.
fn skeleton(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match token {
            Token::StartTag(tag) => {
                let mut names: Vec<_> = tag.attributes.keys().map(|name| text(name)).collect();
                names.sort();
                found.push(format!("<{} {}>", text(&tag.name), names.join(" ")));
            }
            Token::EndTag(tag) => found.push(format!("</{}>", text(&tag.name))),
            Token::Comment(comment) => found.push(format!("<!--{}-->", text(&comment))),
            Token::Doctype(_) | Token::String(_) | Token::Error(_) => {}
        }
    }
    found
}

/// Every page and every refused form, as its elements.
async fn skeletons(text: &str) -> Vec<(String, StatusCode, Vec<String>)> {
    let Place {
        _folder,
        router,
        session,
        pages,
    } = place(text).await;
    let org = pages[6]
        .trim_start_matches("/o/")
        .trim_end_matches("/first-steps")
        .to_owned();
    let mut requests: Vec<_> = pages
        .iter()
        .map(|path| request("GET", path, "text/html", String::new(), Some(&session)))
        .collect();
    for (path, body) in FORMS {
        let path = path.replace("ORG", &org);
        let body = body.replace('$', &percent(text));
        let kind = "application/x-www-form-urlencoded";
        for session in [Some(session.as_str()), None] {
            requests.push(request("POST", &path, kind, body.clone(), session));
        }
    }
    let mut all = Vec::new();
    for (number, request) in requests.into_iter().enumerate() {
        let name = format!("{number}: {} {}", request.method(), request.uri().path());
        let answer = send(&router, request).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        all.push((name, status, skeleton(std::str::from_utf8(&body).unwrap())));
    }
    all
}

#[test]
fn hostile_words_add_nothing_to_any_page() {
    Runtime::new().unwrap().block_on(async {
        let plain = skeletons(PLAIN).await;
        let shown = plain
            .iter()
            .filter(|(_, _, elements)| elements.len() > 20)
            .count();
        assert!(shown > 20, "only {shown} of {} are pages", plain.len());
        for text in HOSTILE {
            for ((name, status, expected), (_, got_status, got)) in plain.iter().zip(skeletons(text).await) {
                assert_eq!(*status, got_status, "{name} with {text}");
                let at = expected.iter().zip(&got).position(|(a, b)| a != b);
                let at = at.unwrap_or(expected.len().min(got.len()));
                assert!(
                    *expected == got,
                    "{name} with {text}: at {at} {:?} instead of {:?}",
                    got.get(at.saturating_sub(2)..(at + 4).min(got.len())),
                    expected.get(at.saturating_sub(2)..(at + 4).min(expected.len())),
                );
            }
        }
    });
}
