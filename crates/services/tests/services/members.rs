//! What happens to a row, and to what hangs on it.

use crate::common::{NOW, World, code, fresh_key, invited, key_input, on_both};
use domain::key::Grace;
use domain::member::{KeyState, MemberRow, ProvidersChange, TeamsChange};
use domain::{MemberStatus, ProblemCode, Role, VersionedOutcome};
use services::Actor;
use sha2::Digest;

async fn signed_in(world: &World, actor: &Actor, token: &str) {
    let tx = world.store.write().await.unwrap();
    let hash = sha2::Sha256::digest(token.as_bytes());
    store::sessions::insert(
        &tx,
        &hash,
        actor.user,
        "",
        NOW,
        NOW.plus(domain::limits::SESSION_IDLE),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

fn saved(outcome: VersionedOutcome<Box<MemberRow>>) -> MemberRow {
    match outcome {
        VersionedOutcome::Saved(row) => *row,
        VersionedOutcome::Conflict(row) => panic!("conflict: {row:?}"),
    }
}

fn conflict(outcome: VersionedOutcome<Box<MemberRow>>) -> MemberRow {
    match outcome {
        VersionedOutcome::Conflict(row) => *row,
        VersionedOutcome::Saved(row) => panic!("saved: {row:?}"),
    }
}

on_both! {
    async fn a_stale_edit_is_told_what_is_there(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await.member;
        let services = &world.services;
        let provider = world.provider(&owner, "OpenAI").await.id;
        let team = services.create_team(&owner, "Ops", "k").await.unwrap().id;
        let change = ProvidersChange { version: 1, added: vec![provider], removed: vec![] };
        let row = saved(services.set_providers(&owner, member, &change).await.unwrap());
        assert_eq!((row.version, row.providers.len()), (2, 1));
        let there = conflict(services.set_providers(&owner, member, &change).await.unwrap());
        assert_eq!(there, row);
        let teams = TeamsChange { version: 1, added: vec![team], removed: vec![] };
        assert_eq!(conflict(services.set_teams(&owner, member, &teams).await.unwrap()), row);
        assert_eq!(conflict(services.set_role(&owner, member, Some(1), Role::Admin).await.unwrap()), row);
        assert_eq!(conflict(services.set_suspended(&owner, member, Some(1), true).await.unwrap()), row);

        let teams = TeamsChange { version: 2, ..teams };
        let row = saved(services.set_teams(&owner, member, &teams).await.unwrap());
        assert_eq!((row.version, row.teams.len()), (3, 1));
        let row = saved(services.set_role(&owner, member, Some(3), Role::Admin).await.unwrap());
        assert_eq!((row.version, row.role), (4, Role::Admin));
        let row = saved(services.set_suspended(&owner, member, Some(4), true).await.unwrap());
        assert_eq!((row.version, row.status), (5, MemberStatus::Suspended));
    }

    async fn what_changes_nothing_leaves_no_trace(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await.member;
        let services = &world.services;
        let provider = world.provider(&owner, "OpenAI").await.id;
        services.add_provider(&owner, member, provider).await.unwrap();
        let before = world.picture(owner.organization).await;
        services.add_provider(&owner, member, provider).await.unwrap();
        let none = ProvidersChange { version: 2, added: vec![provider], removed: vec![] };
        saved(services.set_providers(&owner, member, &none).await.unwrap());
        saved(services.set_role(&owner, member, Some(2), Role::Member).await.unwrap());
        saved(services.set_suspended(&owner, member, Some(2), false).await.unwrap());
        services.set_provider_active(&owner, provider, true).await.unwrap();
        assert_eq!(world.picture(owner.organization).await, before);
    }

    async fn inactive_providers_can_be_taken_but_not_given(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await.member;
        let services = &world.services;
        let (a, b) = (world.provider(&owner, "A").await.id, world.provider(&owner, "B").await.id);
        services.add_provider(&owner, member, a).await.unwrap();
        for provider in [a, b] {
            services.set_provider_active(&owner, provider, false).await.unwrap();
        }
        assert_eq!(code(services.add_provider(&owner, member, b).await), ProblemCode::Invalid);
        let both = ProvidersChange { version: 2, added: vec![b], removed: vec![a] };
        let problem = services.set_providers(&owner, member, &both).await.unwrap_err().problem();
        assert_eq!(problem.message, "B is inactive. Activate it before you allow it to anybody.");
        assert_eq!(services.member(&owner, member).await.unwrap().providers.len(), 1, "all or nothing");
        // One that stays allowed while it is inactive is no addition.
        let again = ProvidersChange { version: 2, added: vec![a], removed: vec![] };
        saved(services.set_providers(&owner, member, &again).await.unwrap());
        services.remove_provider(&owner, member, a).await.unwrap();
        assert!(services.member(&owner, member).await.unwrap().providers.is_empty());
    }

    async fn suspending_and_removing_end_the_sessions(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        signed_in(world, &member, "one").await;
        assert!(services.session("one").await.unwrap().is_some());
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        assert!(services.session("one").await.unwrap().is_none());
        services.set_suspended(&owner, member.member, None, false).await.unwrap();
        assert!(services.session("one").await.unwrap().is_none(), "reactivating does not bring it back");
        signed_in(world, &member, "two").await;
        services.remove(&owner, member.member).await.unwrap();
        assert!(services.session("two").await.unwrap().is_none());
    }

    async fn removing_takes_grants_teams_and_keys_along(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let provider = world.provider(&owner, "OpenAI").await.id;
        let team = services.create_team(&owner, "Ops", "k").await.unwrap().id;
        services.add_provider(&owner, member.member, provider).await.unwrap();
        let teams = TeamsChange { version: 2, added: vec![team], removed: vec![] };
        saved(services.set_teams(&owner, member.member, &teams).await.unwrap());
        let made = services.create_key(&owner, member.member, &key_input("laptop"), &fresh_key()).await.unwrap();
        assert_eq!(services.member(&owner, member.member).await.unwrap().keys[0].state, KeyState::Active);
        let effect = services.removal_effect(&owner, member.member).await.unwrap();
        assert_eq!((effect.grants, effect.keys, effect.teams), (1, 1, 1));

        services.remove(&owner, member.member).await.unwrap();
        assert_eq!(code(services.member(&owner, member.member).await), ProblemCode::NotFound);
        assert_eq!(services.providers(&owner).await.unwrap()[0].members, 0);
        assert_eq!(services.teams(&owner).await.unwrap()[0].members, 0);
        let last = world.audit(organization).await.pop().unwrap();
        assert_eq!((last.action.as_str(), last.target_label.as_str()), ("member.remove", "member@example.com"));
        assert_eq!(last.before.unwrap()["keys"][0]["last_four"], made.key.last_four);
        let tx = world.store.read().await.unwrap();
        let key = store::keys::get(&tx, organization, made.key.id).await.unwrap().unwrap();
        assert_eq!((key.member, key.revoked_at), (None, Some(NOW)));
        drop(tx);
        assert_eq!(code(services.rotate_key(&owner, key.id, Grace::Week, &fresh_key()).await), ProblemCode::NotFound);
        // The account stays: the person may be invited again, or be elsewhere.
        assert_eq!(services.me(member.user).await.unwrap().email, "member@example.com");
        invited(world, &owner, "member@example.com", Role::Member).await;
    }

    async fn invitations_are_no_members_yet(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let provider = world.provider(&owner, "OpenAI").await.id;
        let (row, _) = invited(world, &owner, "new@example.com", Role::Member).await;
        assert_eq!(code(services.add_provider(&owner, row, provider).await), ProblemCode::Invalid);
        let change = ProvidersChange { version: 1, added: vec![provider], removed: vec![] };
        assert_eq!(code(services.set_providers(&owner, row, &change).await), ProblemCode::Invalid);
        assert_eq!(code(services.set_suspended(&owner, row, None, true).await), ProblemCode::Invalid);
        assert_eq!(code(services.remove(&owner, row).await), ProblemCode::Invalid);
        // But the role it will give can be changed.
        saved(services.set_role(&owner, row, Some(1), Role::Admin).await.unwrap());
    }
}
