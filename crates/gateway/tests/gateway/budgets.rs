//! Budgets that stop: at the gateway, in Chat, under a crowd, and after a restart.

use crate::upstream::{Upstream, json, whole};
use crate::world::{NOW, Person, World, code};
use domain::budgets::{BudgetChange, BudgetInput, BudgetView};
use domain::{BudgetId, Timestamp, VersionedOutcome};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn budget(scope: &str, name: &str, unit: &str, limit: &str, mode: &str) -> BudgetInput {
    BudgetInput {
        scope: scope.into(),
        name: name.into(),
        provider: String::new(),
        unit: unit.into(),
        limit: limit.into(),
        period: "day".into(),
        anchor: String::new(),
        mode: mode.into(),
        warn: String::new(),
    }
}

impl World {
    async fn budget(&self, input: BudgetInput) -> BudgetId {
        self.services.create_budget(&self.owner, &input).await.unwrap()
    }

    async fn stand(&self, budget: BudgetId) -> BudgetView {
        let list = self.services.budgets(&self.owner).await.unwrap();
        list.budgets.into_iter().find(|known| known.id == budget).unwrap()
    }

    async fn ask(&self, person: &Person) -> Response {
        let body = json!({ "model": "m", "messages": [], "max_tokens": 10 });
        self.post("/v1/chat/completions", &person.key, &body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_stops_the_gateway_and_chat_until_it_is_raised() {
    let upstream = Upstream::start(&["m"], |_| json(r#"{"choices":[{"message":{"content":"Hi"}}]}"#)).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let id = world
        .budget(budget("member", &person.actor.email, "requests", "2", "normal"))
        .await;
    for _ in 0..2 {
        assert_eq!(world.ask(&person).await.status(), 200);
    }
    let refused = world.ask(&person).await;
    let day = NOW.0.rem_euclid(Timestamp::DAY);
    let wait = (Timestamp::DAY - day).unsigned_abs().div_ceil(1_000);
    assert_eq!(refused.headers()["retry-after"], wait.to_string());
    assert_eq!(refused.headers()["x-should-retry"], "false");
    assert_eq!(code(refused).await, (429, "budget_exceeded".into()));
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    let chat = async || {
        world
            .engine
            .chat(&person.actor, provider.id, "m", messages.clone())
            .await
    };
    let refused = chat().await.err().unwrap();
    assert!(
        refused.message.starts_with(
            "Your daily budget leaves no room for this request: 2 of 2 requests spent. It renews at "
        ),
        "{refused}"
    );

    let raise = BudgetChange {
        limit: "4".into(),
        mode: "normal".into(),
        warn: String::new(),
        version: 1,
    };
    let raised = world
        .services
        .change_budget(&world.owner, id, &raise)
        .await
        .unwrap();
    assert!(matches!(raised, VersionedOutcome::Saved(_)));
    let stale = world
        .services
        .change_budget(&world.owner, id, &raise)
        .await
        .unwrap();
    assert!(matches!(stale, VersionedOutcome::Conflict(now) if now.limit == "4 requests"));
    assert_eq!(world.ask(&person).await.status(), 200);
    let mut answer = chat().await.unwrap();
    while answer.next().await.is_some() {}
    drop(answer);
    assert_eq!(code(world.ask(&person).await).await.1, "budget_exceeded");
    assert_eq!(world.stand(id).await.spent, "4 of 4 requests");

    // What is written is what another server, or the next run of this one, begins with.
    world.services.flush_usage().await;
    let tx = world.store.read().await.unwrap();
    let stored = store::budgets::list(&tx, world.organization).await.unwrap();
    assert_eq!((stored[0].spent, stored[0].spent_from), (4, Some(NOW.plus(-day))));

    world.clock.set(NOW.plus(Timestamp::DAY));
    assert_eq!(world.ask(&person).await.status(), 200, "the next day");
    world.services.delete_budget(&world.owner, id).await.unwrap();
    for _ in 0..5 {
        assert_eq!(world.ask(&person).await.status(), 200, "without a budget");
    }
    world.services.flush_usage().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_takes_nothing_and_holds_nothing() {
    let upstream = Upstream::start(&["m"], |_| whole(500, "application/json", "{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let id = world
        .budget(budget("provider", "lab", "requests", "1", "strict"))
        .await;
    for _ in 0..3 {
        assert!(world.ask(&person).await.status().is_server_error());
    }
    let stand = world.stand(id).await;
    assert_eq!(
        (stand.spent.as_str(), stand.held.as_str()),
        ("0 of 1 request", "")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_does_not_run_past_the_end() {
    const LIMIT: usize = 10;
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    for (mode, most) in [("strict", LIMIT), ("normal", LIMIT + 1)] {
        let id = world
            .budget(budget("organization", "", "requests", "10", mode))
            .await;
        let mut crowd = JoinSet::new();
        for _ in 0..64 {
            let (http, url, key) = (world.http.clone(), world.url.clone(), person.key.clone());
            crowd.spawn(async move {
                let asked = http.post(format!("{url}/v1/chat/completions")).bearer_auth(key);
                asked
                    .json(&json!({ "model": "m" }))
                    .send()
                    .await
                    .unwrap()
                    .status()
                    .as_u16()
            });
        }
        let statuses = crowd.join_all().await;
        let answered = statuses.iter().filter(|status| **status == 200).count();
        assert!((LIMIT..=most).contains(&answered), "{mode}: {answered}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 429)));
        world.services.delete_budget(&world.owner, id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_price_is_refused_under_a_budget_of_money() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    world
        .budget(budget("organization", "", "usd", "1,000", "normal"))
        .await;
    let refused = world.ask(&person).await;
    assert!(!refused.headers().contains_key("retry-after"));
    assert_eq!(code(refused).await, (403, "price_unknown".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_reads_the_budgets_of_its_key_and_no_others() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let other = world.person(&[]).await;
    let (hers, theirs) = (&person.actor.email, &other.actor.email);
    let public = person.key.split('_').nth(1).unwrap();
    let at_lab = |name: &str| BudgetInput {
        provider: "lab".into(),
        ..budget("member_provider", name, "requests", "2", "normal")
    };
    for input in [
        budget("organization", "", "requests", "100", "normal"),
        budget("provider", "lab", "requests", "50", "strict"),
        budget("key", public, "tokens", "1,000", "normal"),
        at_lab(hers),
        at_lab(theirs),
        budget("member", theirs, "usd", "12.50", "normal"),
    ] {
        world.budget(input).await;
    }
    assert_eq!(world.ask(&person).await.status(), 200);
    let usage: Value = world.get("/v1/usage", &person.key).await.json().await.unwrap();
    let told: Vec<_> = usage["data"].as_array().unwrap().iter().collect();
    let of = |name: &str| {
        told.iter()
            .map(|b| b[name].as_str().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("scope"),
        ["organization", "provider", "key", "member_provider"]
    );
    assert_eq!(of("limit"), ["100", "50", "1000", "2"]);
    assert_eq!(of("held"), ["0"; 4]);
    assert_eq!((&of("spent")[..2], of("spent")[3]), (&["1", "1"][..], "1"));
    let day = NOW.plus(-NOW.0.rem_euclid(Timestamp::DAY));
    assert_eq!(told[0]["began_at"], day.rfc3339());
    assert_eq!(told[0]["renews_at"], day.plus(Timestamp::DAY).rfc3339());

    // Whoever cannot use the provider is not told of its budgets.
    let usage: Value = world
        .get("/o/acme/v1/usage", &other.key)
        .await
        .json()
        .await
        .unwrap();
    let told: Vec<_> = usage["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| (&b["scope"], &b["limit"]))
        .collect();
    assert_eq!(json!(told), json!([["organization", "100"], ["member", "12.5"]]));
    assert_eq!(
        code(world.get("/v1/usage", "gk_no_key").await).await,
        (401, "unauthenticated".into())
    );

    // The second of two is let pass, the third is not, though every other budget has room.
    assert_eq!(world.ask(&person).await.status(), 200);
    let refused = world.ask(&person).await;
    let message = refused.json::<Value>().await.unwrap()["error"]["message"].to_string();
    assert!(
        message.contains("Your daily budget for Lab leaves no room"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_goes_on_with_what_is_stored() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let mut world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let id = world
        .budget(budget("organization", "", "requests", "3", "strict"))
        .await;
    for _ in 0..2 {
        assert_eq!(world.ask(&person).await.status(), 200);
    }
    world.services.flush_usage().await;
    world.restart().await;
    assert_eq!(world.stand(id).await.spent, "2 of 3 requests");
    assert_eq!(world.ask(&person).await.status(), 200);
    assert_eq!(code(world.ask(&person).await).await.1, "budget_exceeded");
}
