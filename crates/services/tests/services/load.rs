//! Nobody's load reaches others.

use crate::common::on_both;
use domain::chat::Send;
use domain::query::MemberQuery;
use domain::{ProblemCode, Role};
use services::{Actor, Error};
use tokio::task::JoinSet;

/// What came of many requests: how many were answered, and how many refused because of the own share.
async fn count<T: 'static>(mut requests: JoinSet<Result<T, Error>>) -> (usize, usize) {
    let (mut answered, mut refused) = (0, 0);
    while let Some(request) = requests.join_next().await {
        match request.unwrap() {
            Ok(_) => answered += 1,
            Err(error) => {
                let problem = error.problem();
                assert_eq!(problem.code, ProblemCode::RateLimited, "{error:?}");
                assert!(problem.retry_after.is_some());
                refused += 1;
            }
        }
    }
    (answered, refused)
}

on_both! {
    async fn one_members_flood_holds_up_neither_access_nor_others(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let other = world.join("ours", "other@example.com", Role::Auditor).await;
        let services = &world.services;
        let provider = world.provider(&owner, "OpenAI").await;
        world.list_models(&owner, &provider, &["small"]).await;
        services.add_provider(&owner, owner.member, provider.id).await.unwrap();

        let (mut sends, mut searches) = (JoinSet::new(), JoinSet::new());
        let spawn = |actor: &Actor| (services.clone(), actor.clone());
        for n in 0..250 {
            let (services, actor) = spawn(&owner);
            let content = format!("{n} {}", "word ".repeat(2_000));
            let send = Send { conversation: None, provider: provider.id, model: "small".into(), content, replace_from: None, seen: None };
            sends.spawn(async move { services.begin_send(&actor, &send).await });
        }
        for _ in 0..14 {
            let (services, actor) = spawn(&owner);
            searches.spawn(async move { services.history(&actor, "word nothing").await });
        }
        for _ in 0..20 {
            // Somebody else's page and change, and what the gateway goes by, all along.
            services.members(&other, &MemberQuery::default()).await.unwrap();
            services.history(&other, "word").await.unwrap();
            assert!(services.snapshot().is_trusted());
            services.tokens_of_key(domain::KeyId(1), crate::common::NOW).await.unwrap();
        }
        let (sent, refused) = count(sends).await;
        assert!(sent > 60 && sent + refused == 250, "{sent} sent, {refused} refused");
        let (found, refused) = count(searches).await;
        assert!(found >= 9 && found + refused == 14, "{found} found, {refused} refused");
        assert!(services.snapshot().is_trusted());
    }
}
