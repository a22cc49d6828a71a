//! Nothing crosses from one organization to another.

use crate::common::{code, fresh_key, invited, key_input, on_both, provider_input};
use domain::invite::InviteInput;
use domain::key::{Grace, KeyInput};
use domain::member::KeysForOthers;
use domain::member::{ProvidersChange, TeamsChange};
use domain::query::{MemberQuery, ProviderFilter, TeamFilter};
use domain::team::TeamPeopleChange;
use domain::{ProblemCode, Role};
use services::Format;

on_both! {
    async fn ids_of_another_organization_do_not_exist(world) {
        world.organization("ours").await;
        let theirs_id = world.organization("theirs").await;
        let us = world.join("ours", "us@example.com", Role::Owner).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let person = world.join("theirs", "person@example.com", Role::Member).await;
        let own = world.join("ours", "own@example.com", Role::Member).await;
        let services = &world.services;
        let provider = world.provider(&them, "Theirs").await;
        let team = services.create_team(&them, "Theirs", &fresh_key()).await.unwrap();
        let (invitation, _) = invited(world, &them, "new@example.com", Role::Member).await;
        services.add_provider(&them, person.member, provider.id).await.unwrap();
        let our_provider = world.provider(&us, "Ours").await;
        let our_team = services.create_team(&us, "Ours", &fresh_key()).await.unwrap();
        let key = services.create_key(&them, person.member, &key_input("laptop"), &fresh_key()).await.unwrap().key.id;
        let before = (world.picture(theirs_id).await, world.picture(us.organization).await);

        let not_found = ProblemCode::NotFound;
        let grants = |added, removed| ProvidersChange { version: 1, added, removed };
        let places = |added, removed| TeamsChange { version: 1, added, removed };
        for member in [person.member, them.member, invitation] {
            assert_eq!(code(services.member(&us, member).await), not_found);
            assert_eq!(code(services.member_details(&us, member).await), not_found);
            assert_eq!(code(services.member_history(&us, member, None).await), not_found);
            assert_eq!(code(services.removal_effect(&us, member).await), not_found);
            assert_eq!(code(services.set_providers(&us, member, &grants(vec![our_provider.id], vec![])).await), not_found);
            assert_eq!(code(services.add_provider(&us, member, our_provider.id).await), not_found);
            assert_eq!(code(services.remove_provider(&us, member, our_provider.id).await), not_found);
            assert_eq!(code(services.set_role(&us, member, None, Role::Admin).await), not_found);
            assert_eq!(code(services.set_teams(&us, member, &places(vec![our_team.id], vec![])).await), not_found);
            assert_eq!(code(services.set_suspended(&us, member, None, true).await), not_found);
            assert_eq!(code(services.keys(&us, member).await), not_found);
            assert_eq!(code(services.provider_access(&us, member).await), not_found);
            assert_eq!(code(services.create_key(&us, member, &key_input("ci"), &fresh_key()).await), not_found);
            assert_eq!(code(services.remove(&us, member).await), not_found);
            assert_eq!(code(services.remove_many(&us, &[own.member, member], KeysForOthers::Keep).await), not_found);
            assert_eq!(code(services.invitation_link(&us, member).await), not_found);
            assert_eq!(code(services.resend(&us, member).await), not_found);
            assert_eq!(code(services.revoke(&us, member).await), not_found);
            for (added, removed) in [(vec![member], vec![]), (vec![], vec![member])] {
                let change = TeamPeopleChange { added, removed, ..TeamPeopleChange::default() };
                assert_eq!(code(services.change_team_people(&us, our_team.id, &change).await), not_found);
            }
        }
        for (added, removed) in [(vec![provider.id], vec![]), (vec![], vec![provider.id])] {
            assert_eq!(code(services.set_providers(&us, own.member, &grants(added, removed)).await), not_found);
        }
        for (added, removed) in [(vec![team.id], vec![]), (vec![], vec![team.id])] {
            assert_eq!(code(services.set_teams(&us, own.member, &places(added, removed)).await), not_found);
        }
        assert_eq!(code(services.rename_key(&us, key, "X").await), not_found);
        assert_eq!(code(services.rotate_key(&us, key, Grace::None, &fresh_key()).await), not_found);
        assert_eq!(code(services.revoke_key(&us, key).await), not_found);
        let narrow = KeyInput { scope: Some(vec![provider.id]), ..key_input("ci") };
        let problem = services.create_key(&us, own.member, &narrow, &fresh_key()).await.unwrap_err().problem();
        assert_eq!(problem.code, ProblemCode::KeyScope);
        assert!(!problem.message.contains("Theirs"), "{problem}");
        assert_eq!(code(services.add_provider(&us, own.member, provider.id).await), not_found);
        assert_eq!(code(services.remove_provider(&us, own.member, provider.id).await), not_found);
        assert_eq!(code(services.update_provider(&us, provider.id, 1, &provider_input("X")).await), not_found);
        assert_eq!(code(services.set_provider_active(&us, provider.id, false).await), not_found);
        assert_eq!(code(services.delete_provider(&us, provider.id).await), not_found);
        assert_eq!(code(services.test_provider(&us, provider.id).await), not_found);
        assert_eq!(code(services.team_people(&us, team.id).await), not_found);
        assert_eq!(code(services.rename_team(&us, team.id, 1, "X").await), not_found);
        assert_eq!(code(services.delete_team(&us, team.id).await), not_found);
        let change = TeamPeopleChange { added: vec![own.member], removed: vec![], ..TeamPeopleChange::default() };
        assert_eq!(code(services.change_team_people(&us, team.id, &change).await), not_found);
        let input = InviteInput { emails: "x@example.com".into(), role: Role::Member, teams: vec![team.id], idempotency_key: fresh_key() };
        assert_eq!(code(services.invite(&us, &input).await), not_found);

        assert_eq!((world.picture(theirs_id).await, world.picture(us.organization).await), before);
    }

    async fn reads_show_only_the_own_organization(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let us = world.join("ours", "us@example.com", Role::Owner).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let services = &world.services;
        let provider = world.provider(&them, "Theirs").await;
        let team = services.create_team(&them, "Theirs", &fresh_key()).await.unwrap();
        services.add_provider(&them, them.member, provider.id).await.unwrap();
        let change = TeamPeopleChange { added: vec![them.member], removed: vec![], ..TeamPeopleChange::default() };
        services.change_team_people(&them, team.id, &change).await.unwrap();

        let all = MemberQuery::default();
        let page = services.members(&us, &all).await.unwrap();
        assert_eq!((page.matched, page.counts.users), (1, 1));
        assert!(page.teams.is_empty() && page.providers.is_empty());
        for query in [
            MemberQuery { search: "them".into(), ..all.clone() },
            MemberQuery { search: "theirs".into(), ..all.clone() },
            MemberQuery { teams: vec![TeamFilter::Team(team.id)], ..all.clone() },
            MemberQuery { providers: vec![ProviderFilter::Provider(provider.id)], ..all.clone() },
        ] {
            assert_eq!(services.members(&us, &query).await.unwrap().matched, 0, "{query:?}");
            for format in [Format::Xlsx, Format::Json] {
                assert_eq!(services.export(&us, &query, format).await.unwrap().rows, 0);
            }
        }
        assert!(services.providers(&us).await.unwrap().is_empty());
        assert!(services.teams(&us).await.unwrap().is_empty());
        assert!(services.find_people(&us, "them").await.unwrap().is_empty());
        assert_eq!(services.first_steps(&us).await.unwrap().providers, 0);
    }

    async fn a_key_of_one_organization_is_another_in_the_next(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let us = world.join("ours", "us@example.com", Role::Owner).await;
        world.join("theirs", "boss@example.com", Role::Owner).await;
        let here = world.join("theirs", "us@example.com", Role::Admin).await;
        let a = world.services.create_team(&us, "One", "same-key").await.unwrap();
        let b = world.services.create_team(&here, "One", "same-key").await.unwrap();
        assert_ne!(a.id, b.id);
    }

    async fn who_is_no_active_member_finds_no_organization(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let stranger = world.user("stranger@example.com").await;
        let services = &world.services;
        assert_eq!(code(services.actor(stranger, "ours").await), ProblemCode::NotFound);
        assert_eq!(code(services.actor(owner.user, "nowhere").await), ProblemCode::NotFound);
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        // They are told, and nobody else is.
        assert_eq!(code(services.actor(member.user, "ours").await), ProblemCode::Forbidden);
        assert_eq!(code(services.viewer(member.user, "ours").await), ProblemCode::Forbidden);
        assert_eq!(code(services.viewer(stranger, "ours").await), ProblemCode::NotFound);
        let me = services.me(member.user).await.unwrap();
        assert!(me.organizations.is_empty());
        assert_eq!(me.suspended.len(), 1);
        assert!(services.me(stranger).await.unwrap().suspended.is_empty());
        services.remove(&owner, member.member).await.unwrap();
        assert_eq!(code(services.viewer(member.user, "ours").await), ProblemCode::NotFound);
    }
}
