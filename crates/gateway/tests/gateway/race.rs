//! Access that is taken away while requests run is gone with the very next request.

use crate::upstream::{Upstream, json};
use crate::world::World;
use domain::{KeyId, ProviderId};
use serde_json::json;
use services::Actor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Barrier;

/// Takes access away, one way or another, and gives it back.
#[derive(Clone, Copy, Debug)]
enum Way {
    Suspend,
    RemoveGrant,
    Deactivate,
}

async fn set(world: &World, way: Way, member: &Actor, provider: ProviderId, allowed: bool) {
    let (services, owner) = (&world.services, &world.owner);
    match way {
        Way::Suspend => {
            services
                .set_suspended(owner, member.member, None, !allowed)
                .await
                .unwrap();
        }
        Way::RemoveGrant if allowed => services
            .add_provider(owner, member.member, provider)
            .await
            .unwrap(),
        Way::RemoveGrant => services
            .remove_provider(owner, member.member, provider)
            .await
            .unwrap(),
        Way::Deactivate => {
            services
                .set_provider_active(owner, provider, allowed)
                .await
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_leaks_while_a_thousand_requests_race_a_change() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = Arc::new(World::new().await);
    let provider = world.before(&upstream).await.id;
    let person = Arc::new(world.person(&[provider]).await);
    let mut asked = 0;
    let mut allowed = 0;
    for round in 0..50 {
        let way = [Way::Suspend, Way::RemoveGrant, Way::Deactivate][round % 3];
        // Set once the answer to the change is there.
        let gone = Arc::new(AtomicBool::new(false));
        let leaks = Arc::new(AtomicUsize::new(0));
        // The change begins when everybody was let through once, and ends before the last of their requests begin.
        let begun = Arc::new(Barrier::new(6));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let (world, person, gone, leaks) = (world.clone(), person.clone(), gone.clone(), leaks.clone());
            let begun = begun.clone();
            tasks.spawn(async move {
                let (mut sent, mut seen) = (0, 0);
                loop {
                    let late = gone.load(Ordering::SeqCst);
                    let body = json!({ "model": "m" });
                    let answer = world.post("/v1/chat/completions", &person.key, &body).await;
                    let through = answer.status() == 200;
                    assert!(through || answer.status() == 403, "{}", answer.status());
                    leaks.fetch_add(usize::from(late && through), Ordering::SeqCst);
                    seen += usize::from(through);
                    sent += 1;
                    if sent == 1 {
                        begun.wait().await;
                    }
                    if sent >= 4 && late {
                        return (sent, seen);
                    }
                }
            });
        }
        begun.wait().await;
        set(&world, way, &person.actor, provider, false).await;
        gone.store(true, Ordering::SeqCst);
        let after = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": "m" }))
            .await;
        assert_eq!(after.status(), 403, "{way:?}");
        while let Some(done) = tasks.join_next().await {
            let (sent, seen) = done.unwrap();
            asked += sent;
            allowed += seen;
        }
        assert_eq!(leaks.load(Ordering::SeqCst), 0, "{way:?}");
        set(&world, way, &person.actor, provider, true).await;
        let back = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": "m" }))
            .await;
        assert_eq!(back.status(), 200, "{way:?}");
    }
    assert!(asked >= 1_000, "{asked}");
    assert!(
        allowed > 0 && allowed < asked,
        "{allowed} of {asked}: there was a race"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revoked_key_and_a_removed_member_are_refused_at_once() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await.id;
    for round in 0..20 {
        let person = world.person(&[provider]).await;
        let ask = async || {
            let body = json!({ "model": "m" });
            world.post("/v1/chat/completions", &person.key, &body).await
        };
        assert_eq!(ask().await.status(), 200);
        if round % 2 == 0 {
            let id: KeyId = world
                .services
                .keys(&person.actor, person.actor.member)
                .await
                .unwrap()
                .keys[0]
                .id;
            world.services.revoke_key(&world.owner, id).await.unwrap();
        } else {
            world
                .services
                .remove(&world.owner, person.actor.member)
                .await
                .unwrap();
        }
        assert_eq!(crate::world::code(ask().await).await, (401, "key_revoked".into()));
    }
}
