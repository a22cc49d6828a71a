//! What somebody would leave behind, and handing it over.

use crate::common::{NOW, World, code, fresh_key, key_input, on_both};
use domain::audit::AuditAction;
use domain::member::KeysForOthers;
use domain::offboarding::{HandOver, SignedIn};
use domain::team::{TeamPeopleChange, TeamPerson};
use domain::{MemberId, ProblemCode, Role, TeamId, TeamRole};
use services::Actor;

impl World {
    /// A team with its lead, and others.
    async fn led(&self, owner: &Actor, name: &str, lead: MemberId, others: &[MemberId]) -> TeamId {
        let team = self
            .services
            .create_team(owner, name, &fresh_key())
            .await
            .unwrap()
            .id;
        let people = TeamPeopleChange {
            added: others.iter().copied().chain([lead]).collect(),
            removed: vec![],
            places: vec![(lead, TeamRole::Lead)],
        };
        self.services
            .change_team_people(owner, team, &people)
            .await
            .unwrap();
        team
    }

    async fn leads(&self, owner: &Actor, team: TeamId) -> Vec<MemberId> {
        let people = self.services.team_people(owner, team).await.unwrap();
        let lead = |person: TeamPerson| (person.role == TeamRole::Lead).then_some(person.member);
        people.into_iter().filter_map(lead).collect()
    }
}

on_both! {
    async fn what_is_left_behind_is_told_and_handed_over_in_one_change(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Admin).await;
        let bo = world.join("ours", "bo@example.com", Role::Member).await.member;
        let cy = world.join("ours", "cy@example.com", Role::Member).await.member;
        let services = &world.services;
        services.set_suspended(&owner, cy, None, true).await.unwrap();
        let alone = world.led(&owner, "Alone", ana.member, &[bo, cy]).await;
        let empty = world.led(&owner, "Empty", ana.member, &[]).await;
        let shared = world.led(&owner, "Shared", bo, &[ana.member]).await;
        let both = TeamPeopleChange { added: vec![], removed: vec![], places: vec![(ana.member, TeamRole::Lead)] };
        services.change_team_people(&owner, shared, &both).await.unwrap();
        services.create_key(&ana, ana.member, &key_input("laptop"), &fresh_key()).await.unwrap();
        services.create_key(&ana, bo, &key_input("for bo"), &fresh_key()).await.unwrap();

        let told = services.offboarding(&owner, ana.member).await.unwrap();
        let led: Vec<_> = told
            .led
            .iter()
            .map(|led| (led.team.id, led.others.iter().map(|other| other.member).collect::<Vec<_>>()))
            .collect();
        assert_eq!(led, [(alone, vec![bo]), (empty, vec![])], "suspended people lead nothing");
        assert_eq!(told.keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["laptop"]);
        assert_eq!((told.effect.keys_for_others, told.conversations, told.may_remove), (1, 0, true));
        assert_eq!(told.signed_in, SignedIn::default());

        // Whoever could not lead the team is refused, and nothing has been done.
        for wrong in [(alone, cy), (shared, bo), (alone, owner.member)] {
            let hand_over = HandOver { leads: vec![(alone, bo), wrong], ..HandOver::default() };
            let refused = services.hand_over_and_remove(&owner, ana.member, &hand_over).await;
            assert_eq!(code(refused), ProblemCode::Invalid, "{wrong:?}");
            assert_eq!(world.leads(&owner, alone).await, [ana.member]);
        }
        let hand_over = HandOver { leads: vec![(alone, bo)], keys_for_others: KeysForOthers::Revoke };
        services.hand_over_and_remove(&owner, ana.member, &hand_over).await.unwrap();
        assert_eq!((world.leads(&owner, alone).await, world.leads(&owner, empty).await), (vec![bo], vec![]));
        assert_eq!(code(services.member(&owner, ana.member).await), ProblemCode::NotFound);
        let keys = services.keys(&owner, bo).await.unwrap().keys;
        assert_eq!(keys[0].revoked_at, Some(NOW));
        let deeds: Vec<_> = world.audit(owner.organization).await.into_iter().map(|deed| deed.action).collect();
        let expected = [AuditAction::TeamPeopleChange, AuditAction::MemberRemove, AuditAction::KeyRevoke];
        assert!(deeds.ends_with(&expected), "{deeds:?}");
    }

    async fn sessions_are_counted_and_the_last_owner_stays(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let refused = world.services.hand_over_and_remove(&owner, owner.member, &HandOver::default()).await;
        assert_eq!(code(refused), ProblemCode::LastOwner);
        let tx = world.store.write().await.unwrap();
        store::sessions::insert(&tx, b"a session", owner.user, "", NOW, NOW.plus(1)).await.unwrap();
        store::sessions::insert(&tx, b"one that is over", owner.user, "", NOW.plus(-9), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let told = world.services.offboarding(&owner, owner.member).await.unwrap();
        assert_eq!(told.signed_in, SignedIn { sessions: 1, last_seen: Some(NOW), elsewhere: false });
        world.organization("theirs").await;
        world.join("theirs", "olga@example.com", Role::Member).await;
        let told = world.services.offboarding(&owner, owner.member).await.unwrap();
        assert!(told.signed_in.elsewhere);
    }
}
