//! Keeping account: one bad row holds up nobody.

use crate::common::{NOW, on_both};
use domain::Role;
use domain::price::Charge;
use domain::usage::Measured;
use services::{Actor, UsageEvent};
use store::usage::BatchId;

fn event(actor: &Actor, model: &str, tokens: u64) -> UsageEvent {
    UsageEvent {
        organization: actor.organization,
        member: actor.member,
        key: None,
        provider: None,
        provider_slug: String::new(),
        model: model.to_owned(),
        provider_model: String::new(),
        request_id: None,
        attempt: 1,
        endpoint: "chat",
        status: 200,
        code: None,
        provider_problem: None,
        started_at: NOW,
        latency_ms: 1,
        first_token_ms: None,
        measured: Measured::reported(tokens, 0),
        charge: Charge::default(),
        requests: 1,
        budgets: Vec::new(),
    }
}

fn refusal(actor: &Actor, model: &str, code: &'static str) -> UsageEvent {
    UsageEvent {
        status: 429,
        code: Some(code),
        measured: Measured::NOTHING,
        charge: Charge::NOTHING,
        ..event(actor, model, 0)
    }
}

on_both! {
    async fn a_flood_of_refusals_is_counted_and_not_a_row_each(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let chat = async || {
            world.services.flush_usage().await;
            world.services.keys(&owner, owner.member).await.unwrap().usage.chat
        };
        let rows = async || store::testing::usage_rows(&world.store).await.unwrap();
        for n in 0..1_000_u64 {
            let model = format!("no such model {n}");
            world.services.record_usage(refusal(&owner, &model, "requests_per_minute"));
            if n % 100 == 0 {
                world.services.record_usage(event(&owner, "m", 7));
                let sum = chat().await;
                assert_eq!((sum.requests, sum.refused), (n + n / 100 + 2, n + 1));
            }
        }
        let sum = chat().await;
        assert_eq!((sum.requests, sum.refused, sum.tokens_in), (1_010, 1_000, 70));
        // Twenty that can be looked at, one that counts the others, ten that were no refusals.
        assert_eq!(rows().await, 31);
        world.services.record_usage(refusal(&owner, "m", "unknown_model"));
        chat().await;
        assert_eq!(rows().await, 32, "another reason is counted for itself");
        world.clock.set(NOW.plus(domain::Timestamp::MINUTE));
        world.services.record_usage(refusal(&owner, "m", "unknown_model"));
        assert_eq!(chat().await.refused, 1_002);
        assert_eq!(rows().await, 33, "in another minute they can be looked at again");
    }

    async fn a_flood_that_could_not_be_written_is_counted_later(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        store::testing::refuse_usage_of(&world.store, "poison").await.unwrap();
        for model in std::iter::repeat_n("m", 20).chain(std::iter::repeat_n("poison", 30)) {
            world.services.record_usage(refusal(&owner, model, "unknown_model"));
        }
        world.services.flush_usage().await;
        for _ in 0..5 {
            world.services.record_usage(refusal(&owner, "m", "key_scope"));
        }
        world.services.flush_usage().await;
        let chat = world.services.keys(&owner, owner.member).await.unwrap().usage.chat;
        assert_eq!(chat.refused, 25, "what the database refuses holds up no other count");
        assert_eq!(world.services.load().usage_backlog, 0);
    }

    // A COMMIT whose answer never comes leaves open whether it took place.
    async fn what_may_have_been_written_is_not_written_twice(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let tried = |nonce| BatchId { at: NOW, nonce };
        let mut rows = Vec::new();
        for _ in 0..2 {
            let tx = world.store.write().await.unwrap();
            store::usage::insert(&tx, tried(1), &[event(&owner, "m", 7)]).await.unwrap();
            let refused = UsageEvent { requests: 5, ..refusal(&owner, "m", "unknown_model") };
            let row = store::usage::count(&tx, tried(2), None, &refused).await.unwrap();
            store::usage::count(&tx, tried(3), Some(row), &refused).await.unwrap();
            rows.push(row);
            tx.commit().await.unwrap();
        }
        let chat = world.services.keys(&owner, owner.member).await.unwrap().usage.chat;
        assert_eq!((chat.requests, chat.refused, chat.tokens_in), (11, 10, 7));
        assert_eq!(rows[0], rows[1], "refusals go on to be counted in the row that there is");
    }

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

    async fn sums_are_those_of_the_requests(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let day = domain::Timestamp::DAY;
        for n in 0..60_u32 {
            let model = ["gpt-4o", "no such model"][(n % 2) as usize];
            let measured = Measured::reported(u64::from(n) * 1_000, 10);
            let at = NOW.plus(i64::from(n) * day / 24);
            world.services.record_usage(UsageEvent {
                provider: Some(domain::ProviderId(1 + i64::from(n % 3))),
                provider_model: model.to_owned(),
                started_at: at,
                charge: match n % 2 {
                    0 => Charge {
                        cost: Some(i64::from(n) * 1_000 * 2_500 + 10 * 10_000),
                        ..Charge::default()
                    },
                    _ => Charge::default(),
                },
                measured,
                ..event(&owner, "m", 0)
            });
            world.services.record_usage(refusal(&owner, &format!("made up {n}"), "unknown_model"));
            if n % 20 == 0 {
                world.services.flush_usage().await;
                assert_eq!(store::testing::usage_sums_that_differ(&world.store).await.unwrap(), 0);
            }
        }
        world.services.flush_usage().await;
        assert_eq!(store::testing::usage_sums_that_differ(&world.store).await.unwrap(), 0);
        // 870,000 tokens in at 2.50 dollars a million and 300 out at 10.
        let spent = store::testing::spent(&world.store).await.unwrap();
        assert_eq!(spent, (870_000 * 2_500 + 300 * 10_000, 30));
    }

    async fn sums_stay_at_the_end_of_all_numbers(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        for _ in 0..3 {
            let charge = Charge { cost: Some(i64::MAX), ..Charge::NOTHING };
            world.services.record_usage(UsageEvent { charge, ..event(&owner, "m", u64::MAX) });
            world.services.flush_usage().await;
        }
        assert_eq!(world.services.load().usage_backlog, 0);
        assert_eq!(store::testing::spent(&world.store).await.unwrap(), (i64::MAX, 0));
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
