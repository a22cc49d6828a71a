//! Requests that no page of ours sends: none of them is a failure of the server.

use super::support::{self, World, request, send};
use super::{FUNCTIONS, RUNTIME, differences, filled};

/// Arguments that may be left out: a key is for oneself then, and a list begins with the newest.
const OPTIONAL: &[(&str, &str)] = &[("create_key", "member"), ("reviews", "before")];

/// Bodies that a function cannot read, each with what is wrong with it and a part of the answer.
fn unreadable(function: &str, template: &str) -> Vec<(String, Vec<u8>, &'static str)> {
    let mut bodies = vec![
        ("empty".to_owned(), Vec::new(), "empty"),
        ("broken JSON".to_owned(), b"{".to_vec(), "EOF"),
        ("an array".to_owned(), b"[]".to_vec(), "not a JSON object"),
        (
            "invalid UTF-8".to_owned(),
            b"{\"org\":\"\xff\"}".to_vec(),
            "invalid unicode",
        ),
    ];
    let whole: serde_json::Value = serde_json::from_str(template).unwrap();
    let arguments = whole.as_object().unwrap();
    let mut more = arguments.clone();
    more.insert("surplus".into(), 1.into());
    bodies.push((
        "an unknown field".into(),
        serde_json::to_vec(&more).unwrap(),
        "surplus",
    ));
    for name in arguments.keys() {
        let mut changed = arguments.clone();
        changed.insert(name.clone(), serde_json::json!([[{}]]));
        bodies.push((
            format!("{name} of a wrong type"),
            serde_json::to_vec(&changed).unwrap(),
            "invalid",
        ));
        if OPTIONAL.contains(&(function, name)) {
            continue;
        }
        changed.remove(name);
        bodies.push((
            format!("without {name}"),
            serde_json::to_vec(&changed).unwrap(),
            "missing field",
        ));
    }
    bodies
}

#[test]
fn no_malformed_body_is_a_failure_of_the_server() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let services = support::services(world.folder.path()).await;
        let router = support::router(services, world.folder.path());
        let session = Some(world.sessions["owner"].as_str());
        let mut wrong = Vec::new();
        for (name, arguments, _) in FUNCTIONS {
            let path = format!("/api/ui/{name}");
            let whole = filled(arguments, &world);
            let mut cases: Vec<_> = unreadable(name, &whole)
                .into_iter()
                .map(|(what, body, told)| (what, "application/json", body, 400, told))
                .collect();
            let long = vec![b' '; domain::limits::BODY_BYTES + 1];
            cases.push((
                "text".into(),
                "text/plain",
                whole.clone().into_bytes(),
                400,
                "content type",
            ));
            cases.push(("too long".into(), "application/json", long, 413, "larger"));
            for (what, kind, body, status, told) in cases {
                let mut asked = request("POST", &path, kind, String::new(), session);
                asked
                    .headers_mut()
                    .insert("accept", "application/json".parse().unwrap());
                *asked.body_mut() = axum::body::Body::from(body);
                let answer = send(&router, asked).await;
                let got = answer.status().as_u16();
                let text = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                let problem = serde_json::from_slice::<domain::Problem>(&text);
                if got != status || !problem.is_ok_and(|problem| problem.message.contains(told)) {
                    wrong.push(format!(
                        "{name}, {what}: {got} {}",
                        String::from_utf8_lossy(&text)
                    ));
                }
            }
        }
        differences(wrong);
    });
}

#[test]
fn an_early_answer_reaches_a_client_that_is_still_sending() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    const BODY: usize = 30 * 1024 * 1024;
    RUNTIME.block_on(async {
        let world = World::new().await;
        let services = support::services(world.folder.path()).await;
        let router = support::router(services, world.folder.path());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_stop, signals) = tokio::sync::mpsc::channel(1);
        let limits = server::serve::Limits::new(100, std::time::Duration::ZERO);
        let stopping = tokio_util::sync::CancellationToken::new();
        let server = tokio::spawn(server::serve::serve(
            listener,
            router,
            limits,
            signals,
            stopping,
            |_| (),
        ));
        for path in [
            "/api/ui/me",
            "/login",
            "/o/acme/chat/send",
            "/v1/chat/completions",
            "/nowhere",
            "/o/acme/access",
        ] {
            for _ in 0..10 {
                let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
                let kind = if path == "/login" {
                    "application/x-www-form-urlencoded"
                } else {
                    "application/json"
                };
                let head = format!(
                    "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:3000\r\norigin: http://127.0.0.1:3000\r\n\
                     connection: close\r\ncontent-type: {kind}\r\ncontent-length: {BODY}\r\n\r\n"
                );
                socket.write_all(head.as_bytes()).await.unwrap();
                socket
                    .write_all(&vec![b' '; BODY])
                    .await
                    .expect("all of it is taken");
                let mut answer = Vec::new();
                socket.read_to_end(&mut answer).await.expect("a whole answer");
                let answer = String::from_utf8_lossy(&answer);
                assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
            }
        }
        server.abort();
    });
}

#[test]
fn a_program_with_a_wrong_base_url_gets_no_page() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let services = support::services(world.folder.path()).await;
        let router = support::router(services, world.folder.path());
        for (method, path, told) in [
            ("POST", "/api/v1/chat/completions", "http://127.0.0.1:3000/v1."),
            (
                "POST",
                "/openai/deployments/m/chat/completions",
                "http://127.0.0.1:3000/v1.",
            ),
            ("POST", "/o/acme/api/messages", "http://127.0.0.1:3000/o/acme/v1."),
            ("GET", "/api/models", "http://127.0.0.1:3000/v1."),
            ("POST", "/chat/completions/", "http://127.0.0.1:3000/v1."),
        ] {
            let asked = axum::http::Request::builder()
                .method(method)
                .uri(path)
                .header("host", "127.0.0.1:3000")
                .header("x-api-key", "gk_any")
                .body(axum::body::Body::empty())
                .unwrap();
            let answer = send(&router, asked).await;
            let status = answer.status();
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            let body = String::from_utf8_lossy(&body);
            assert!(status == 404 && body.contains(told), "{path}: {status} {body}");
        }
    });
}

/// A form with files, as browsers write it (RFC 7578).
fn multipart(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).chain(["--b--\r\n".to_owned()]).collect()
}

#[test]
fn a_file_that_cannot_be_imported_is_refused_in_words() {
    RUNTIME.block_on(async {
        let world = World::new().await;
        let services = support::services(world.folder.path()).await;
        let router = support::router(services, world.folder.path());
        let session = Some(world.sessions["owner"].as_str());
        let long = "x".repeat(2_000);
        let whole = multipart(&[("file", "{}")]);
        for (body, told) in [
            (multipart(&[]), "Choose a file."),
            (multipart(&[("file", "")]), "Choose a file."),
            (
                multipart(&[("file", "{}"), ("file", "{}")]),
                "a field that is not known",
            ),
            (multipart(&[("other", "")]), "a field that is not known"),
            (multipart(&[("fingerprint", &long)]), "too long"),
            (whole[..whole.len() - 8].to_owned(), "ended early"),
            (multipart(&[("file", "Ada,auditor")]), "neither an XLSX"),
            (multipart(&[("file", "{\"members\":1}")]), "cannot be imported"),
        ] {
            let mut request = request(
                "POST",
                "/o/acme/access/import",
                "multipart/form-data; boundary=b",
                body,
                session,
            );
            let json = axum::http::HeaderValue::from_static("application/json");
            request.headers_mut().insert(axum::http::header::ACCEPT, json);
            let answer = send(&router, request).await;
            assert_eq!(answer.status(), 422, "{told}");
            let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
            let problem: domain::Problem = serde_json::from_slice(&body).unwrap();
            assert!(problem.message.contains(told), "{told}: {}", problem.message);
        }
    });
}
