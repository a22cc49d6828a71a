//! What decides about access, in memory: it follows every server's changes, and refuses when it cannot.

use crate::common::{World, fresh_key, key_input, on_both};
use domain::access::Denial;
use domain::{Role, Timestamp};
use services::Services;
use services::snapshot::{ApiKey, Refused};
use std::time::{Duration, Instant};
use store::access::Changed;

/// How long another server's change may take to be noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(1);

/// Waits until a condition holds; how long that took.
async fn until(condition: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never came true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

on_both! {
    async fn another_server_hears_of_each_change_within_a_second(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let provider = world.provider(&owner, "Lab").await.id;
        let tx = world.store.write().await.unwrap();
        store::providers::set_models(&tx, owner.organization, provider, &["m"].into(), world.services.now()).await.unwrap();
        tx.commit().await.unwrap();
        let there = &world.services;
        let here = Services::open(world.config.clone()).await.unwrap();
        there.add_provider(&owner, member.member, provider).await.unwrap();
        let made = there.create_key(&member, member.member, &key_input("ci"), &fresh_key()).await.unwrap();
        let key = ApiKey::new(&made.secret);
        let ask = || here.snapshot().choose(key, "lab/m", here.now()).map(|_| ());
        let heard = async |wanted: Result<(), Denial>| {
            let took = until(|| ask() == wanted.map_err(Refused::Denied)).await;
            assert!(took <= NOTICED_WITHIN, "{wanted:?} after {took:?}");
        };
        heard(Ok(())).await;
        there.set_suspended(&owner, member.member, None, true).await.unwrap();
        heard(Err(Denial::MemberSuspended)).await;
        there.set_suspended(&owner, member.member, None, false).await.unwrap();
        heard(Ok(())).await;
        there.remove_provider(&owner, member.member, provider).await.unwrap();
        heard(Err(Denial::ProviderNotAllowed)).await;
        there.add_provider(&owner, member.member, provider).await.unwrap();
        heard(Ok(())).await;
        there.set_provider_active(&owner, provider, false).await.unwrap();
        heard(Err(Denial::ProviderInactive)).await;
        there.set_provider_active(&owner, provider, true).await.unwrap();
        heard(Ok(())).await;
        there.set_model(&owner, provider, "m", false).await.unwrap();
        heard(Err(Denial::ModelNotAllowed)).await;
        there.set_model(&owner, provider, "m", true).await.unwrap();
        heard(Ok(())).await;
        there.revoke_key(&member, made.key.id).await.unwrap();
        heard(Err(Denial::KeyRevoked)).await;
        // One that is opened only now reads it all at once, and comes to the same.
        let late = Services::open(world.config.clone()).await.unwrap();
        assert_eq!(late.snapshot().choose(key, "lab/m", late.now()).err(), Some(Refused::Denied(Denial::KeyRevoked)));
        there.delete_provider(&owner, provider).await.unwrap();
        until(|| here.usable_providers(&member).unwrap().is_empty()).await;
    }

    async fn whoever_is_too_far_behind_is_told_so(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        for name in ["One", "Two", "Three"] {
            world.provider(&owner, name).await;
        }
        let tx = world.store.write().await.unwrap();
        let all = store::access::versions(&tx).await.unwrap();
        let [at] = &all[..] else { panic!("{all:?}") };
        assert!(at.organization == organization && at.version >= 4, "a member and three providers: {at:?}");
        let since = async |version| store::access::changes(&tx, organization, version, at.version).await.unwrap();
        assert_eq!(since(0).await.unwrap().len(), 2, "one member, and the providers as one");
        assert!(store::access::forget_old_changes(&tx, 2).await.unwrap() > 0);
        assert_eq!(since(0).await, None);
        assert_eq!(since(at.version - 3).await, None);
        assert_eq!(since(at.version - 2).await, Some(vec![Changed::Provider]));
        assert_eq!(store::access::forget_old_changes(&tx, 2).await.unwrap(), 0);
    }

    async fn memory_and_a_fresh_reading_agree_after_any_changes(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let mut people = Vec::new();
        for n in 0..4 {
            people.push(world.join("ours", &format!("m{n}@example.com"), Role::Member).await);
        }
        let mut providers = Vec::new();
        for n in 0..3 {
            providers.push(world.provider(&owner, &format!("P{n}")).await.id);
        }
        // A fixed walk through all kinds of changes, each several times and in every order of two.
        for step in 0..60_usize {
            let (person, provider) = (&people[step % 4], providers[step % 3]);
            match step % 7 {
                0 | 3 => services.add_provider(&owner, person.member, provider).await.map(drop),
                1 => services.remove_provider(&owner, person.member, provider).await,
                2 => services.set_suspended(&owner, person.member, None, step % 2 == 0).await.map(drop),
                4 => services.set_provider_active(&owner, provider, step % 3 == 0).await.map(drop),
                5 => services.add_provider(&owner, people[(step + 1) % 4].member, provider).await,
                _ => services.set_suspended(&owner, person.member, None, false).await.map(drop),
            }
            // What is refused changes nothing, which is checked as well.
            .unwrap_or_default();
        }
        let fresh = Services::open(world.config.clone()).await.unwrap();
        let mut some = 0;
        for person in &people {
            let usable = services.usable_providers(person).unwrap();
            some += usable.len();
            assert_eq!(usable, fresh.usable_providers(person).unwrap(), "{}", person.email);
            // The database itself is asked in another way by the explanation.
            let explained = services.provider_access(&owner, person.member).await.unwrap();
            let allowed: Vec<_> = explained.iter().filter(|a| a.denial.is_none()).map(|a| a.provider.id).collect();
            assert_eq!(allowed, usable.iter().map(|p| p.id).collect::<Vec<_>>(), "{}", person.email);
        }
        assert!(some > 0, "somebody may use something");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cut_off_from_the_database_it_allows_nothing() {
    let world = World::postgres().await;
    world.organization("ours").await;
    let owner = world.join("ours", "owner@example.com", Role::Owner).await;
    world.provider(&owner, "Lab").await;
    assert!(world.services.snapshot().is_trusted());
    let services = world.cut_off().await;
    let took = until(|| !services.snapshot().is_trusted()).await;
    assert!(took <= Duration::from_secs(6), "refused only after {took:?}");
    assert_eq!(
        services
            .snapshot()
            .caller(ApiKey::new("gk_any"), Timestamp(0))
            .err(),
        Some(Refused::Unknown)
    );
}
