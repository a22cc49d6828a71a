//! Virtual keys: made once, shown once, never wider than their owner.

use crate::common::{World, code, fresh_key, invited, key_input, on_both};
use domain::access::Denial;
use domain::key::{Grace, KeyInput, MadeKey, key_text, public_id};
use domain::limits::KEYS_PER_MEMBER;
use domain::member::KeyState;
use domain::{ProblemCode, ProviderId, Role, Timestamp};
use services::Actor;
use services::snapshot::{ApiKey, Refused};

async fn make(world: &World, actor: &Actor, of: &Actor, input: &KeyInput) -> MadeKey {
    let made = world
        .services
        .create_key(actor, of.member, input, &fresh_key())
        .await;
    made.expect("a key")
}

fn narrow(scope: &[ProviderId]) -> KeyInput {
    KeyInput {
        scope: Some(scope.to_vec()),
        ..key_input("narrow")
    }
}

on_both! {
    async fn a_key_is_made_once_and_its_secret_told_once(world) {
        let organization = world.organization("ours").await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let input = KeyInput {
            expires_at: Some(crate::common::NOW.plus(Timestamp::DAY)),
            requests_per_minute: Some(60),
            tokens_per_day: Some(1_000),
            ..key_input(" ci ")
        };
        let made = services.create_key(&member, member.member, &input, "k").await.unwrap();
        assert_eq!((made.key.name.as_str(), made.key.state), ("ci", KeyState::Active));
        assert_eq!((made.key.requests_per_minute, made.key.tokens_per_day), (Some(60), Some(1_000)));
        assert_eq!(public_id(&made.secret), Some(made.key.public_id.as_str()));
        let secret = made.secret.strip_prefix(&key_text(&made.key.public_id, "")).unwrap();
        assert_eq!(secret.len(), 43);
        assert!(secret.ends_with(&made.key.last_four));
        // A repeated request gets the first answer, another content under its key none.
        assert_eq!(services.create_key(&member, member.member, &input, "k").await.unwrap(), made);
        assert_eq!(code(services.create_key(&member, member.member, &key_input("x"), "k").await), ProblemCode::KeyReused);
        let list = services.keys(&member, member.member).await.unwrap();
        assert_eq!(list.keys, std::slice::from_ref(&made.key));
        let own = services.own_keys(member.user).await.unwrap();
        assert_eq!((own.len(), own[0].organization.slug.as_str(), &own[0].list), (1, "ours", &list));
        let deeds = world.audit(organization).await;
        assert_eq!(deeds.len(), 1);
        let deed = format!("{deeds:?}");
        assert!(deed.contains("KeyCreate") && !deed.contains(secret), "{deed}");

        world.clock.set(crate::common::NOW.plus(Timestamp::DAY));
        assert_eq!(services.keys(&member, member.member).await.unwrap().keys[0].state, KeyState::Expired);
        assert_eq!(code(services.rotate_key(&member, made.key.id, Grace::Day, &fresh_key()).await), ProblemCode::Expired);
        assert_eq!(code(services.create_key(&member, member.member, &input, &fresh_key()).await), ProblemCode::Invalid);
    }

    async fn a_key_is_never_wider_than_its_owner(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let (mine, other) = (world.provider(&owner, "Mine").await.id, world.provider(&owner, "Other").await.id);
        services.add_provider(&owner, member.member, mine).await.unwrap();
        for (scope, named) in [(vec![other], "Other"), (vec![mine, other], "Other"), (vec![ProviderId(9_999)], "does not exist")] {
            for actor in [&member, &owner] {
                let problem = services.create_key(actor, member.member, &narrow(&scope), &fresh_key()).await.unwrap_err().problem();
                assert_eq!(problem.code, ProblemCode::KeyScope);
                assert!(problem.field("scope").unwrap().contains(named) && !problem.message.contains("Mine"), "{problem}");
            }
        }
        let made = make(world, &member, &member, &narrow(&[mine])).await;
        assert_eq!(made.key.scope.unwrap()[0].name, "Mine");
        assert_eq!(make(world, &member, &member, &narrow(&[])).await.key.scope, Some(vec![]));
        let list = services.keys(&member, member.member).await.unwrap();
        assert_eq!(list.allowed.iter().map(|p| p.id).collect::<Vec<_>>(), [mine]);
        // What is taken away later stays written in the key; the access rule refuses it. What is deleted is gone.
        services.remove_provider(&owner, member.member, mine).await.unwrap();
        assert_eq!(services.keys(&member, member.member).await.unwrap().keys[1].scope.as_ref().unwrap().len(), 1);
        services.delete_provider(&owner, mine).await.unwrap();
        assert_eq!(services.keys(&member, member.member).await.unwrap().keys[1].scope, Some(vec![]));
    }

    async fn only_active_members_get_keys(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let (row, _) = invited(world, &owner, "new@example.com", Role::Member).await;
        assert_eq!(code(services.create_key(&owner, row, &key_input("ci"), &fresh_key()).await), ProblemCode::Invalid);
        let key = make(world, &member, &member, &key_input("ci")).await.key;
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        assert_eq!(code(services.create_key(&owner, member.member, &key_input("ci"), &fresh_key()).await), ProblemCode::Invalid);
        assert_eq!(code(services.rotate_key(&owner, key.id, Grace::None, &fresh_key()).await), ProblemCode::Invalid);
        assert_eq!(code(services.rename_key(&member, key.id, "x").await), ProblemCode::Unauthenticated);
        // Suspending leaves the keys as they are; they can still be ended.
        assert_eq!(services.keys(&owner, member.member).await.unwrap().keys, std::slice::from_ref(&key));
        assert_eq!(services.revoke_key(&owner, key.id).await.unwrap().state, KeyState::Revoked);
    }

    async fn a_rotation_gives_another_secret_to_the_same_key(world) {
        let organization = world.organization("ours").await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let made = make(world, &member, &member, &key_input("ci")).await;
        let rotated = services.rotate_key(&member, made.key.id, Grace::Hour, "r").await.unwrap();
        assert_ne!(rotated.secret, made.secret);
        assert_eq!((rotated.key.id, &rotated.key.public_id), (made.key.id, &made.key.public_id));
        assert_eq!(rotated.key.previous_ends_at, Some(crate::common::NOW.plus(Timestamp::HOUR)));
        assert!(rotated.secret.ends_with(&rotated.key.last_four));
        // A second click does not put the first one's secret aside.
        assert_eq!(services.rotate_key(&member, made.key.id, Grace::Hour, "r").await.unwrap(), rotated);
        world.clock.set(crate::common::NOW.plus(Timestamp::HOUR));
        assert_eq!(services.keys(&member, member.member).await.unwrap().keys[0].previous_ends_at, None);
        let at_once = services.rotate_key(&member, made.key.id, Grace::None, &fresh_key()).await.unwrap();
        assert_eq!(at_once.key.previous_ends_at, None);
        let deeds: Vec<_> = world.audit(organization).await.into_iter().map(|d| d.action.as_str()).collect();
        assert_eq!(deeds, ["key.create", "key.rotate", "key.rotate"]);
    }

    async fn what_is_changed_counts_from_the_next_request_on(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let now = crate::common::NOW;
        let asks = |secret: &str, at: Timestamp| {
            services.snapshot().caller(ApiKey::new(secret), at).map(drop)
        };
        let refused = |denial| Err(Refused::Denied(denial));
        let made = make(world, &member, &member, &key_input("ci")).await;
        assert_eq!(asks(&made.secret, now), Ok(()));
        assert_eq!(asks(&made.key.shown(), now), refused(Denial::Unauthenticated));
        let rotated = services.rotate_key(&member, made.key.id, Grace::Hour, &fresh_key()).await.unwrap();
        let over = now.plus(Timestamp::HOUR);
        for (secret, at, want) in [
            (&rotated.secret, now, Ok(())),
            (&made.secret, now, Ok(())),
            (&made.secret, over.plus(-1), Ok(())),
            (&made.secret, over, refused(Denial::KeyExpired)),
            (&rotated.secret, over, Ok(())),
        ] {
            assert_eq!(asks(secret, at), want);
        }
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        assert_eq!(asks(&rotated.secret, now), refused(Denial::MemberSuspended));
        services.set_suspended(&owner, member.member, None, false).await.unwrap();
        let at_once = services.rotate_key(&owner, made.key.id, Grace::None, &fresh_key()).await.unwrap();
        assert_eq!(asks(&rotated.secret, now), refused(Denial::Unauthenticated));
        assert_eq!(asks(&at_once.secret, now), Ok(()));
        services.revoke_key(&owner, made.key.id).await.unwrap();
        assert_eq!(asks(&at_once.secret, now), refused(Denial::KeyRevoked));
        let another = make(world, &member, &member, &key_input("ci")).await;
        services.remove(&owner, member.member).await.unwrap();
        assert_eq!(asks(&another.secret, now), refused(Denial::KeyRevoked));
    }

    async fn a_key_is_renamed_and_revoked_for_good(world) {
        let organization = world.organization("ours").await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let key = make(world, &member, &member, &key_input("ci")).await.key;
        assert_eq!(services.rename_key(&member, key.id, " build ").await.unwrap().name, "build");
        assert_eq!(services.rename_key(&member, key.id, "build").await.unwrap().name, "build");
        assert_eq!(code(services.rename_key(&member, key.id, " ").await), ProblemCode::Invalid);
        let gone = services.revoke_key(&member, key.id).await.unwrap();
        assert_eq!((gone.state, gone.revoked_at), (KeyState::Revoked, Some(crate::common::NOW)));
        world.clock.set(crate::common::NOW.plus(1));
        assert_eq!(services.revoke_key(&member, key.id).await.unwrap(), gone);
        assert_eq!(code(services.rename_key(&member, key.id, "again").await), ProblemCode::Revoked);
        assert_eq!(code(services.rotate_key(&member, key.id, Grace::Day, &fresh_key()).await), ProblemCode::Revoked);
        let deeds: Vec<_> = world.audit(organization).await.into_iter().map(|d| (d.action.as_str(), d.target_label)).collect();
        let deed = |action, label: &str| (action, label.to_owned());
        assert_eq!(deeds, [deed("key.create", "ci"), deed("key.rename", "ci"), deed("key.revoke", "build")]);
    }

    async fn the_keys_of_others_are_not_a_members_affair(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let key = make(world, &owner, &owner, &key_input("mine")).await.key;
        let forbidden = ProblemCode::Forbidden;
        assert_eq!(code(services.keys(&member, owner.member).await), forbidden);
        assert_eq!(code(services.provider_access(&member, owner.member).await), forbidden);
        assert_eq!(code(services.rename_key(&member, key.id, "x").await), forbidden);
        assert_eq!(code(services.rotate_key(&member, key.id, Grace::None, &fresh_key()).await), forbidden);
        assert_eq!(code(services.revoke_key(&member, key.id).await), forbidden);
        // An auditor has keys of their own like anybody else.
        let auditor = world.join("ours", "auditor@example.com", Role::Auditor).await;
        make(world, &auditor, &auditor, &key_input("own")).await;
        assert_eq!(services.keys(&auditor, owner.member).await.unwrap().keys, [key]);
    }

    async fn a_member_has_so_many_keys_and_no_more(world) {
        world.organization("ours").await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let mut last = None;
        for _ in 0..KEYS_PER_MEMBER {
            last = Some(make(world, &member, &member, &key_input("ci")).await.key.id);
        }
        let more = world.services.create_key(&member, member.member, &key_input("ci"), &fresh_key()).await;
        assert_eq!(code(more), ProblemCode::Invalid);
        world.services.revoke_key(&member, last.unwrap()).await.unwrap();
        make(world, &member, &member, &key_input("ci")).await;
    }

    async fn access_is_explained_provider_by_provider(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            ids.push(world.provider(&owner, name).await.id);
        }
        for id in &ids[..2] {
            services.add_provider(&owner, member.member, *id).await.unwrap();
        }
        services.set_provider_active(&owner, ids[1], false).await.unwrap();
        let reasons = async |actor: &Actor| -> Vec<_> {
            let access = services.provider_access(actor, member.member).await.unwrap();
            access.into_iter().map(|a| (a.provider.name, a.denial)).collect()
        };
        let named = |denials: [Option<Denial>; 3]| -> Vec<_> {
            ["A", "B", "C"].map(str::to_owned).into_iter().zip(denials).collect()
        };
        let expected = named([None, Some(Denial::ProviderInactive), Some(Denial::ProviderNotAllowed)]);
        assert_eq!(reasons(&member).await, expected);
        assert_eq!(reasons(&owner).await, expected);
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        assert_eq!(reasons(&owner).await, named([Some(Denial::MemberSuspended); 3]));
    }
}
