//! The rules of an organization for virtual keys.

use crate::common::{NOW, code, fresh_key, key_input, on_both};
use domain::key::policy::KeyPolicy;
use domain::key::{Grace, KeyInput};
use domain::{ProblemCode, Role, Timestamp};

const MONTH: i64 = 30 * Timestamp::DAY;

fn ending(after: i64) -> KeyInput {
    KeyInput {
        expires_at: Some(NOW.plus(after)),
        ..key_input("ci")
    }
}

on_both! {
    async fn new_keys_end_in_time_whoever_makes_them(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let before = services.create_key(&member, member.member, &key_input("before"), &fresh_key()).await.unwrap().key;
        let policy = KeyPolicy { days: Some(30), own_only: false };
        services.set_key_policy(&owner, policy).await.unwrap();
        assert_eq!(services.keys(&member, member.member).await.unwrap().policy, policy);

        for late in [key_input("ci"), ending(MONTH + 1)] {
            for actor in [&member, &owner] {
                let problem = services.create_key(actor, member.member, &late, &fresh_key()).await.unwrap_err().problem();
                let told = problem.field("expires_at").unwrap();
                assert!(told.contains("within 30 days") && told.contains("up to"), "{told}");
            }
            let problem = services.operator_create_key("ours", "member@example.com", None, late).await.unwrap_err().problem();
            assert!(problem.field("expires_at").is_some());
        }
        let within = services.create_key(&member, member.member, &ending(MONTH), &fresh_key()).await.unwrap().key;
        services.rotate_key(&member, within.id, Grace::None, &fresh_key()).await.unwrap();
        // What lasts too long gets no other secret, but goes on working.
        let problem = services.rotate_key(&member, before.id, Grace::None, &fresh_key()).await.unwrap_err().problem();
        assert!(problem.message.contains("Create a new one"), "{problem}");
    }

    async fn what_lasts_longer_is_listed_and_ended_in_one_step(world) {
        let organization = world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        let services = &world.services;
        for input in [key_input("endless"), ending(MONTH + 1), ending(MONTH), ending(1)] {
            services.create_key(&member, member.member, &input, &fresh_key()).await.unwrap();
        }
        let theirs = services.create_key(&stranger, stranger.member, &key_input("theirs"), &fresh_key()).await.unwrap().key;
        let revoked = services.create_key(&member, member.member, &key_input("revoked"), &fresh_key()).await.unwrap().key;
        services.revoke_key(&member, revoked.id).await.unwrap();
        assert_eq!(services.key_settings(&owner).await.unwrap().outliving_count, 0, "nothing is demanded");

        services.set_key_policy(&owner, KeyPolicy { days: Some(30), own_only: false }).await.unwrap();
        let settings = services.key_settings(&owner).await.unwrap();
        let listed: Vec<_> = settings.outliving.iter().map(|key| (key.key.name.as_str(), key.member)).collect();
        assert_eq!((listed, settings.outliving_count), (vec![("endless", member.member), ("ci", member.member)], 2));
        // Somebody has seen another number of days.
        assert_eq!(code(services.end_outliving_keys(&owner, Some(90)).await), ProblemCode::Conflict);
        services.end_outliving_keys(&owner, Some(30)).await.unwrap();
        assert_eq!(services.key_settings(&owner).await.unwrap().outliving_count, 0);
        let keys = services.keys(&member, member.member).await.unwrap().keys;
        let mut ends: Vec<_> = keys.iter().filter(|key| key.id != revoked.id).map(|key| key.expires_at).collect();
        ends.sort();
        assert_eq!(ends, [Some(NOW.plus(1)), Some(NOW.plus(MONTH)), Some(NOW.plus(MONTH)), Some(NOW.plus(MONTH))]);
        assert_eq!(services.keys(&stranger, stranger.member).await.unwrap().keys, [theirs]);
        let log = world.audit(organization).await;
        let deeds: Vec<_> = log.iter().rev().take(3).map(|deed| (deed.action.as_str(), deed.target_label.as_str())).collect();
        assert_eq!(deeds, [("key.end.change", "ci"), ("key.end.change", "endless"), ("organization.key_policy.change", "ours")]);
    }

    async fn only_members_themselves_are_shown_a_secret_if_it_is_so_wanted(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let key = services.create_key(&owner, member.member, &key_input("ci"), &fresh_key()).await.unwrap().key;
        services.set_key_policy(&owner, KeyPolicy { days: None, own_only: true }).await.unwrap();
        for refused in [
            services.create_key(&owner, member.member, &key_input("x"), &fresh_key()).await,
            services.rotate_key(&owner, key.id, Grace::Day, &fresh_key()).await,
            services.operator_create_key("ours", "member@example.com", None, key_input("x")).await,
        ] {
            let problem = refused.unwrap_err().problem();
            assert!(problem.code == ProblemCode::Forbidden && problem.message.contains("Ask member@example.com"), "{problem}");
        }
        services.rename_key(&owner, key.id, "laptop").await.unwrap();
        services.rotate_key(&member, key.id, Grace::Day, &fresh_key()).await.unwrap();
        services.create_key(&member, member.member, &key_input("x"), &fresh_key()).await.unwrap();
        services.create_key(&owner, owner.member, &key_input("x"), &fresh_key()).await.unwrap();
        services.revoke_key(&owner, key.id).await.unwrap();
    }
}
