//! Models that a provider does not list.

use crate::upstream::{Upstream, json, whole};
use crate::world::World;
use domain::provider::{ApiType, ProviderInput};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entered_names_are_offered_and_azures_version_is_sent_with_every_request() {
    // As Azure does: without the version nothing is answered, and the deployments are in no list.
    let azure = Upstream::serve(|request| {
        let version = request.path.ends_with("?api-version=2024-10-21");
        match (version, request.method.as_str()) {
            (false, _) => whole(
                400,
                "application/json",
                r#"{"error":{"code":"400","message":"Resource not found"}}"#,
            ),
            (true, "GET") => whole(404, "application/json", r#"{"error":{"code":"404"}}"#),
            (true, _) => json(r#"{"choices":[{"message":{"content":"Hi"}}]}"#),
        }
    })
    .await;
    let world = World::new().await;
    let input = ProviderInput {
        name: "Azure".to_owned(),
        slug: String::new(),
        api_type: ApiType::AzureOpenAi,
        base_url: format!("{}/openai/v1?api-version=2024-10-21", azure.url),
        api_version: String::new(),
        models: vec!["our-gpt".to_owned(), "eu/small".to_owned()],
        description: String::new(),
        credential: Some("sk-upstream-secret".to_owned()),
    };
    let made = world
        .services
        .create_provider(&world.owner, &input, "azure")
        .await
        .unwrap();
    let person = world.person(&[made.id]).await;
    let ids = async || {
        let list: Value = world.get("/v1/models", &person.key).await.json().await.unwrap();
        let ids = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let names = ["azure/eu/small", "azure/our-gpt", "eu/small", "our-gpt"];
    assert_eq!(ids().await, names);
    let test = world.services.test_provider(&world.owner, made.id).await.unwrap();
    assert!(test.ok, "{}", test.message);
    assert_eq!(ids().await, names);
    for model in names {
        let sent = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": model }))
            .await;
        assert_eq!(sent.status(), 200, "{model}");
    }
    let posted = azure.posted();
    assert_eq!(posted.len(), 4);
    for request in posted {
        assert_eq!(request.path, "/openai/v1/chat/completions?api-version=2024-10-21");
        assert_eq!(request.header("api-key"), Some("sk-upstream-secret"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_switched_off_is_refused_by_the_next_request_and_not_listed() {
    let upstream = Upstream::serve(|_| json(r#"{"choices":[{"message":{"content":"Hi"}}]}"#)).await;
    let world = World::new().await;
    let input = ProviderInput {
        name: "Lab".to_owned(),
        slug: String::new(),
        api_type: ApiType::OpenAi,
        base_url: format!("{}/v1", upstream.url),
        api_version: String::new(),
        models: vec!["large".to_owned(), "small".to_owned()],
        description: String::new(),
        credential: None,
    };
    let made = world
        .services
        .create_provider(&world.owner, &input, "lab")
        .await
        .unwrap();
    let person = world.person(&[made.id]).await;
    let ask = async |model: &str| {
        let sent = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": model }))
            .await;
        let (status, body): (_, Value) = (sent.status().as_u16(), sent.json().await.unwrap());
        (status, body["error"]["code"].as_str().map(str::to_owned))
    };
    for model in ["large", "lab/large"] {
        assert_eq!(ask(model).await, (200, None));
        world
            .services
            .set_model(&world.owner, made.id, "large", false)
            .await
            .unwrap();
        assert_eq!(ask(model).await, (403, Some("model_not_allowed".to_owned())));
        world
            .services
            .set_model(&world.owner, made.id, "large", true)
            .await
            .unwrap();
    }
    world
        .services
        .set_model(&world.owner, made.id, "large", false)
        .await
        .unwrap();
    assert_eq!(ask("small").await, (200, None));
    let list: Value = world.get("/v1/models", &person.key).await.json().await.unwrap();
    let ids: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].clone())
        .collect();
    assert_eq!(ids, ["lab/small", "small"]);
    assert_eq!(world.get("/v1/models/lab/large", &person.key).await.status(), 403);
}
