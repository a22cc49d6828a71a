//! The models that a provider lists, and those that are entered because it lists none.

use super::{Bench, Upstream, whole};
use crate::common::fresh_key;
use domain::provider::{ApiType, ProviderInput};

#[tokio::test]
async fn a_list_is_read_over_all_its_pages_and_each_name_once() {
    let bench = Bench::new().await;
    let entry = |n: u32| format!(r#"{{"id":"m{n}"}}"#);
    let page = |entries: Vec<String>, more: &str| format!(r#"{{"data":[{}]{more}}}"#, entries.join(","));
    for (api_type, more, parameter) in [
        (ApiType::OpenAi, r#","has_more":true,"last_id":"m2""#, "after=m2"),
        (
            ApiType::Anthropic,
            r#","has_more":true,"last_id":"m2""#,
            "limit=1000&after_id=m2",
        ),
        (ApiType::OpenAi, r#","next":"/v1/models?page=2""#, "page=2"),
    ] {
        let first = page(vec![entry(1), entry(2), entry(2)], more);
        let second = page(vec![entry(2), entry(3)], "");
        let upstream = Upstream::answering_each(move |request| {
            let body = if request.contains("after") || request.contains("page=2") {
                &second
            } else {
                &first
            };
            whole("200 OK", body)
        })
        .await;
        let result = bench
            .test(&bench.private, api_type, &upstream.url("127.0.0.1"), None)
            .await;
        assert_eq!(result.models, ["m1", "m2", "m3"], "{result:?}");
        let asked = upstream.asked();
        assert_eq!(asked.len(), 2);
        assert!(
            asked[1].starts_with(&format!("get /v1/models?{parameter} http")),
            "{}",
            asked[1]
        );
    }
    // Some say that there is more and answer the first page again, for ever, or not at all.
    let upstream = Upstream::with("200 OK", &page(vec![entry(1)], r#","has_more":true"#)).await;
    let result = bench
        .test(&bench.private, ApiType::OpenAi, &upstream.url("127.0.0.1"), None)
        .await;
    assert_eq!(
        (result.models.as_slice(), upstream.asked().len()),
        (["m1".to_owned()].as_slice(), 2)
    );
    let first = page(vec![entry(1)], r#","has_more":true"#);
    let upstream = Upstream::answering_each(move |request| {
        if request.contains("after") {
            whole("404 Not Found", "")
        } else {
            whole("200 OK", &first)
        }
    })
    .await;
    let result = bench
        .test(&bench.private, ApiType::OpenAi, &upstream.url("127.0.0.1"), None)
        .await;
    assert_eq!(result.models, ["m1"]);
    // A page elsewhere would get the credential.
    let target = Upstream::with("200 OK", "[]").await;
    let elsewhere = format!(r#","next":"{}/models""#, target.url("127.0.0.1"));
    let upstream = Upstream::with("200 OK", &page(vec![entry(1)], &elsewhere)).await;
    let result = bench
        .test(
            &bench.private,
            ApiType::OpenAi,
            &upstream.url("127.0.0.1"),
            Some("sk-1"),
        )
        .await;
    assert_eq!(result.models, ["m1"]);
    assert!(target.asked().is_empty());
    // Without an end, as many as are kept.
    let upstream = Upstream::answering_each(|request| {
        let after = request
            .split("after=m")
            .nth(1)
            .and_then(|rest| rest.split(' ').next()?.parse().ok());
        let from: u32 = after.map_or(0, |n: u32| n + 1);
        let entries: Vec<String> = (from..from + 400)
            .map(|n| format!(r#"{{"id":"m{n}"}}"#))
            .collect();
        whole(
            "200 OK",
            &format!(r#"{{"data":[{}],"has_more":true}}"#, entries.join(",")),
        )
    })
    .await;
    let result = bench
        .test(&bench.private, ApiType::OpenAi, &upstream.url("127.0.0.1"), None)
        .await;
    assert!(
        result.ok && result.message.contains("more than 5000"),
        "{result:?}"
    );
    assert_eq!(result.model_count, 5_000);
}

#[tokio::test]
async fn a_provider_without_a_list_works_with_entered_names() {
    let bench = Bench::new().await;
    let listed = r#"{"data":[{"id":"base-model"}]}"#;
    for (status, body, ok, words) in [
        (
            "404 Not Found",
            "",
            true,
            "The 2 models entered by hand are offered.",
        ),
        ("405 Method Not Allowed", "", true, "entered by hand"),
        ("204 No Content", "", true, "entered by hand"),
        ("200 OK", "", true, "entered by hand"),
        ("200 OK", "{}", true, "entered by hand"),
        (
            "200 OK",
            r#"{"data":[]}"#,
            true,
            "lists no models. The 2 models entered by hand",
        ),
        (
            "200 OK",
            listed,
            true,
            "lists 1 model. The 2 models entered by hand",
        ),
        ("401 Unauthorized", "", false, "refuses the credential"),
        ("503 Service Unavailable", "", false, "reports an error"),
        ("200 OK", "<html>", false, "not with JSON"),
    ] {
        let upstream = Upstream::with(status, body).await;
        let input = ProviderInput {
            name: fresh_key(),
            slug: String::new(),
            api_type: ApiType::AzureOpenAi,
            base_url: upstream.url("127.0.0.1"),
            api_version: "2024-10-21".to_owned(),
            models: vec!["one".to_owned(), "two".to_owned()],
            description: String::new(),
            credential: Some("sk-1".to_owned()),
        };
        let services = &bench.private;
        let view = services
            .create_provider(&bench.owner, &input, &fresh_key())
            .await
            .unwrap();
        let result = services.test_provider(&bench.owner, view.id).await.unwrap();
        assert_eq!(result.ok, ok, "{status} {body}: {result:?}");
        assert!(result.message.contains(words), "{status} {body}: {result:?}");
        assert!(upstream.asked()[0].starts_with("get /v1/models?api-version=2024-10-21 http"));
        let all = services.providers(&bench.owner).await.unwrap();
        let now = all.iter().find(|p| p.id == view.id).unwrap();
        assert_eq!(now.health.is_failing(), !ok, "{status} {body}");
        assert_eq!((now.health.models, now.models.len()), (2, 2));
    }
}
