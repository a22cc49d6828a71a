//! What a role gives beyond the own row: invitations that were sent, and keys that were created for others.

use crate::common::{World, code, fresh_key, here, invited, key_input, on_both};
use domain::audit::{AuditAction, AuditTarget};
use domain::invite::{AcceptInput, InvitationView, InviteInput, InviteOutcome};
use domain::key::Grace;
use domain::member::KeysForOthers;
use domain::{ProblemCode, Role};
use services::Actor;

fn newcomer() -> AcceptInput {
    AcceptInput {
        name: "Dana".into(),
        password: "a long password".into(),
    }
}

/// An organization with an owner, an admin and a member.
async fn place(world: &World) -> (Actor, Actor, Actor) {
    world.organization("ours").await;
    (
        world.join("ours", "owner@example.com", Role::Owner).await,
        world.join("ours", "admin@example.com", Role::Admin).await,
        world.join("ours", "member@example.com", Role::Member).await,
    )
}

/// Changes an admin's standing in one of the ways there are.
async fn lower(world: &World, how: &str, owner: &Actor, admin: &Actor, keys: KeysForOthers) {
    let services = &world.services;
    match how {
        "remove" => services.remove_many(owner, &[admin.member], keys).await.unwrap(),
        "suspend" => services
            .change_status(owner, admin.member, None, true, keys)
            .await
            .map(drop)
            .unwrap(),
        "demote" => services
            .change_role(owner, admin.member, None, Role::Auditor, keys)
            .await
            .map(drop)
            .unwrap(),
        _ => services.leave(admin).await.unwrap(),
    }
}

const WAYS: [&str; 4] = ["remove", "suspend", "demote", "leave"];

on_both! {
    async fn invitations_end_with_the_standing_of_whoever_sent_them(world) {
        let (owner, _, _) = place(world).await;
        let services = &world.services;
        for how in WAYS {
            let admin = world.join("ours", &format!("{how}@example.com"), Role::Admin).await;
            let (_, token) = invited(world, &admin, &format!("{how}-new@example.com"), Role::Admin).await;
            let (_, others) = invited(world, &owner, &format!("{how}-other@example.com"), Role::Admin).await;
            lower(world, how, &owner, &admin, KeysForOthers::Keep).await;
            assert_eq!(code(services.accept(&token, &newcomer(), None, here()).await), ProblemCode::Revoked, "{how}");
            assert!(matches!(services.invitation(&token, None).await.unwrap(), InvitationView::Revoked { .. }));
            services.accept(&others, &newcomer(), None, here()).await.expect("another's invitation goes on");
            let audit = world.audit(owner.organization).await;
            let ended = audit.iter().filter(|deed| deed.action == AuditAction::InvitationRevoke && deed.target_label == format!("{how}-new@example.com"));
            assert_eq!(ended.count(), 1, "{how}");
        }
    }

    async fn a_lower_role_keeps_the_invitations_it_may_still_give(world) {
        let (owner, _, _) = place(world).await;
        let second = world.join("ours", "second@example.com", Role::Owner).await;
        let services = &world.services;
        let (_, to_owner) = invited(world, &second, "o@example.com", Role::Owner).await;
        let (_, to_admin) = invited(world, &second, "a@example.com", Role::Admin).await;
        services.set_role(&owner, second.member, None, Role::Admin).await.unwrap();
        assert_eq!(code(services.accept(&to_owner, &newcomer(), None, here()).await), ProblemCode::Revoked);
        services.accept(&to_admin, &newcomer(), None, here()).await.unwrap();
    }

    async fn an_invitation_whose_inviter_lost_the_role_behind_its_back_is_void(world) {
        let (owner, admin, _) = place(world).await;
        let services = &world.services;
        let (row, token) = invited(world, &admin, "new@example.com", Role::Admin).await;
        let tx = world.store.write().await.unwrap();
        store::members::set_role(&tx, owner.organization, admin.member, Role::Member).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(code(services.accept(&token, &newcomer(), None, here()).await), ProblemCode::Revoked);
        // Whoever gives it another role answers for it from then on.
        services.set_role(&owner, row, None, Role::Auditor).await.unwrap();
        services.accept(&token, &newcomer(), None, here()).await.unwrap();
    }

    async fn keys_created_for_others_are_told_and_can_be_revoked_with_their_creator(world) {
        let (owner, _, member) = place(world).await;
        let services = &world.services;
        for how in ["remove", "suspend", "demote"] {
            let admin = world.join("ours", &format!("{how}@example.com"), Role::Admin).await;
            let key = |name: &str| key_input(&format!("{how} {name}"));
            let made = services.create_key(&admin, member.member, &key("made"), &fresh_key()).await.unwrap();
            let own = services.create_key(&member, member.member, &key("own"), &fresh_key()).await.unwrap();
            let rotated = services.create_key(&member, member.member, &key("rotated"), &fresh_key()).await.unwrap();
            services.rotate_key(&admin, rotated.key.id, Grace::None, &fresh_key()).await.unwrap();
            services.create_key(&admin, admin.member, &key("admin's"), &fresh_key()).await.unwrap();
            invited(world, &admin, &format!("{how}-new@example.com"), Role::Member).await;
            let effect = services.removal_effect(&owner, admin.member).await.unwrap();
            assert_eq!((effect.keys_for_others, effect.invitations), (2, 1), "{how}");
            lower(world, how, &owner, &admin, KeysForOthers::Revoke).await;
            let keys = services.keys(&owner, member.member).await.unwrap().keys;
            let revoked = |id| keys.iter().any(|key| key.id == id && key.revoked_at.is_some());
            assert!(revoked(made.key.id) && revoked(rotated.key.id) && !revoked(own.key.id), "{how}");
            let audit = world.audit(owner.organization).await;
            assert!(audit.iter().any(|deed| deed.action == AuditAction::KeyRevoke && deed.target == AuditTarget::Key(made.key.id)));
        }
    }

    async fn keys_created_for_others_stay_unless_that_is_asked_for(world) {
        let (owner, admin, member) = place(world).await;
        let services = &world.services;
        services.create_key(&admin, member.member, &key_input("k"), &fresh_key()).await.unwrap();
        lower(world, "demote", &owner, &admin, KeysForOthers::Keep).await;
        assert_eq!(services.removal_effect(&owner, admin.member).await.unwrap().keys_for_others, 1);
        assert!(services.keys(&owner, member.member).await.unwrap().keys[0].revoked_at.is_none());
    }

    async fn losing_one_organization_leaves_the_sessions_of_another(world) {
        let (owner, _, member) = place(world).await;
        world.organization("theirs").await;
        let there = world.join("theirs", "member@example.com", Role::Member).await;
        let services = &world.services;
        let session = |token: &'static str| async move {
            let tx = world.store.write().await.unwrap();
            let hash = <sha2::Sha256 as sha2::Digest>::digest(token.as_bytes());
            store::sessions::insert(&tx, &hash, member.user, "", crate::common::NOW, crate::common::NOW.plus(1_000)).await.unwrap();
            tx.commit().await.unwrap();
        };
        session("one").await;
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        let user = services.session("one").await.unwrap().expect("signed in elsewhere").user;
        assert_eq!(code(services.actor(user, "ours").await), ProblemCode::Forbidden, "cut off at once");
        assert_eq!(services.actor(user, "theirs").await.unwrap(), there);
        services.set_suspended(&owner, member.member, None, false).await.unwrap();
        services.remove(&owner, member.member).await.unwrap();
        assert!(services.session("one").await.unwrap().is_some());
        let chief = world.join("theirs", "chief@example.com", Role::Owner).await;
        services.remove(&chief, there.member).await.unwrap();
        assert!(services.session("one").await.unwrap().is_none(), "a member of nothing is signed out");
    }

    async fn a_repeated_request_does_not_show_a_secret_that_opens_nothing(world) {
        let (owner, _, member) = place(world).await;
        let services = &world.services;
        let create = |name: &'static str| {
            let owner = &owner;
            async move { services.create_key(owner, member.member, &key_input(name), name).await }
        };
        for (name, ends) in [("revoked", true), ("rotated", false)] {
            let made = create(name).await.unwrap();
            assert_eq!(create(name).await.unwrap(), made, "the first answer again");
            if ends {
                services.revoke_key(&owner, made.key.id).await.unwrap();
            } else {
                let again = || services.rotate_key(&owner, made.key.id, Grace::None, "rotate");
                assert_eq!(again().await.unwrap(), again().await.unwrap());
                services.rotate_key(&owner, made.key.id, Grace::None, "rotate-once-more").await.unwrap();
                assert_eq!(code(again().await), ProblemCode::Revoked);
            }
            assert_eq!(code(create(name).await), ProblemCode::Revoked, "{name}");
        }
        let input = InviteInput { emails: "a@example.com, b@example.com".into(), role: Role::Member, teams: vec![], idempotency_key: "invite".into() };
        let first = services.invite(&owner, &input).await.unwrap();
        assert_eq!(services.invite(&owner, &input).await.unwrap(), first);
        let InviteOutcome::Invited { member: row, .. } = first.lines[0].outcome else { panic!("{first:?}") };
        services.resend(&owner, row).await.unwrap();
        let again = services.invite(&owner, &input).await.unwrap();
        assert!(matches!(again.lines[0].outcome, InviteOutcome::AlreadyInvited { .. }), "{again:?}");
        assert_eq!(again.lines[1], first.lines[1]);
    }
}
