//! Keeping account: one bad row holds up nobody.

use crate::common::{NOW, on_both};
use domain::Role;
use services::{Actor, UsageEvent, UsageSource};

fn event(actor: &Actor, model: &str, tokens: u64) -> UsageEvent {
    UsageEvent {
        organization: actor.organization,
        member: actor.member,
        key: None,
        provider: None,
        provider_slug: String::new(),
        model: model.to_owned(),
        endpoint: "chat",
        status: 200,
        code: None,
        provider_problem: None,
        started_at: NOW,
        latency_ms: 1,
        first_token_ms: None,
        tokens_in: Some(tokens),
        tokens_out: None,
        usage_source: UsageSource::Reported,
    }
}

on_both! {
    async fn a_row_that_the_database_refuses_is_left_out_and_the_others_are_written(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        store::testing::refuse_usage_of(&world.store, "poison").await.unwrap();
        for model in ["a", "poison", "b\0c", "poison", "d"] {
            world.services.record_usage(event(&owner, model, 1));
        }
        world.services.flush_usage().await;
        let chat = world.services.keys(&owner, owner.member).await.unwrap().usage.chat;
        assert_eq!((chat.requests, chat.tokens_in), (3, 3));
        world.services.record_usage(event(&owner, "later", 1));
        world.services.flush_usage().await;
        let chat = world.services.keys(&owner, owner.member).await.unwrap().usage.chat;
        assert_eq!(chat.requests, 4, "and nothing is held up afterwards");
    }

    async fn absurd_numbers_add_up_to_no_error(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        for _ in 0..3 {
            world.services.record_usage(event(&owner, "m", u64::MAX));
        }
        world.services.flush_usage().await;
        let chat = world.services.keys(&owner, owner.member).await.unwrap().usage.chat;
        assert_eq!((chat.requests, chat.tokens_in), (3, 3_000_000_000));
    }
}
