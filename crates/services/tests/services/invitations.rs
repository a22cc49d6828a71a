//! Inviting, and what the person at the other end finds.

use crate::common::{NOW, code, fresh_key, here, invited, on_both};
use domain::audit::AuditAction;
use domain::invite::{AcceptInput, InvitationView, InviteInput, InviteOutcome, InvitedAccount};
use domain::limits::INVITATION_LIFETIME;
use domain::{MemberStatus, ProblemCode, Role};

fn input(emails: &str) -> InviteInput {
    InviteInput {
        emails: emails.to_owned(),
        role: Role::Member,
        teams: Vec::new(),
        idempotency_key: fresh_key(),
    }
}

fn newcomer() -> AcceptInput {
    AcceptInput {
        name: "Dana Novák".to_owned(),
        password: "a long password".to_owned(),
    }
}

on_both! {
    async fn every_address_has_an_outcome(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let team = services.create_team(&owner, "Ops", "k").await.unwrap().id;
        let (pending, _) = invited(world, &owner, "pending@example.com", Role::Member).await;
        world.clock.set(NOW.plus(INVITATION_LIFETIME));
        let emails = "New@Example.com, OWNER@example.com; pending@example.com\nnot an address\nnew@example.com";
        let form = InviteInput { teams: vec![team], ..input(emails) };
        let lines = services.invite(&owner, &form).await.unwrap().lines;
        assert_eq!(lines[0].email, "New@Example.com");
        let InviteOutcome::Invited { member, link, .. } = &lines[0].outcome else { panic!("{lines:?}") };
        assert!(link.starts_with("https://gatehouse.example/invite/"), "{link}");
        let row = services.member(&owner, *member).await.unwrap();
        assert_eq!((row.status, row.teams.len(), row.providers.len()), (MemberStatus::Invited, 1, 0));
        assert_eq!(lines[1].outcome, InviteOutcome::AlreadyMember { member: owner.member });
        assert_eq!(lines[2].outcome, InviteOutcome::AlreadyInvited { member: pending, expired: true });
        let rest: Vec<_> = lines[3..].iter().map(|line| &line.outcome).collect();
        assert!(matches!(rest.first(), Some(InviteOutcome::Invalid { .. })), "{rest:?}");
        assert!(matches!(rest.last(), Some(InviteOutcome::Duplicate)), "{rest:?}");
    }

    async fn too_many_are_refused_with_the_number(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let many: Vec<String> = (0..501).map(|n| format!("p{n}@example.com")).collect();
        let problem = world.services.invite(&owner, &input(&many.join(" "))).await.unwrap_err().problem();
        assert!(problem.message.contains("501") && problem.message.contains("500"), "{}", problem.message);
        assert!(world.services.invite(&owner, &input("  ,; ")).await.is_err());
        let all = world.services.invite(&owner, &input(&many[..500].join("\n"))).await.unwrap();
        assert!(all.lines.iter().all(|line| matches!(line.outcome, InviteOutcome::Invited { .. })));
    }

    async fn a_repeated_form_invites_once(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let form = input("dana@example.com");
        let first = world.services.invite(&owner, &form).await.unwrap();
        assert_eq!(world.services.invite(&owner, &form).await.unwrap(), first);
        let other = InviteInput { role: Role::Auditor, ..form.clone() };
        assert_eq!(code(world.services.invite(&owner, &other).await), ProblemCode::KeyReused);
        world.clock.set(NOW.plus(domain::limits::IDEMPOTENCY_LIFETIME + 1));
        let later = world.services.invite(&owner, &form).await.unwrap();
        assert!(matches!(later.lines[0].outcome, InviteOutcome::AlreadyInvited { .. }));
        let blank = InviteInput { idempotency_key: String::new(), ..form };
        assert_eq!(code(world.services.invite(&owner, &blank).await), ProblemCode::Invalid);
    }

    async fn a_new_person_joins(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let (row, token) = invited(world, &owner, "Dana@Example.com", Role::Auditor).await;
        let InvitationView::Open { email, role, account, .. } = services.invitation(&token, None).await.unwrap() else { panic!() };
        assert_eq!((email.as_str(), role, account), ("Dana@Example.com", Role::Auditor, InvitedAccount::New));
        let problem = services.accept(&token, &AcceptInput::default(), None, here()).await.unwrap_err().problem();
        assert!(problem.field("name").is_some() && problem.field("password").is_some());

        let accepted = services.accept(&token, &newcomer(), None, here()).await.unwrap();
        assert_eq!(accepted.slug, "ours");
        let session = services.session(accepted.session.unwrap().expose()).await.unwrap().unwrap();
        let actor = services.actor(session.user, "ours").await.unwrap();
        assert_eq!((actor.member, actor.role), (row, Role::Auditor), "the same row");
        let there = services.member(&owner, row).await.unwrap();
        assert_eq!((there.name.as_str(), there.status, there.last_login), ("Dana Novák", MemberStatus::Active, Some(NOW)));
        assert_eq!(there.expires_at, None);
        assert!(matches!(services.invitation(&token, None).await.unwrap(), InvitationView::Used { .. }));
        assert_eq!(code(services.accept(&token, &newcomer(), None, here()).await), ProblemCode::AlreadyAccepted);
        for refused in [services.revoke(&owner, row).await, services.resend(&owner, row).await.map(drop)] {
            assert_eq!(code(refused), ProblemCode::AlreadyAccepted);
        }
        services.sign_in("dana@example.com", "a long password", here()).await.unwrap();
        let log = world.audit(organization).await;
        let last: Vec<_> = log.iter().rev().take(2).map(|deed| deed.action).collect();
        assert_eq!(last, [AuditAction::SignIn, AuditAction::InvitationAccept]);
    }

    async fn pasted_rows_are_people_whose_names_are_proposed(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let mut rows = String::from("Name,Email,Team\n\"Lindgren, Adaeze\",adaeze@example.org,Data\nopen position,,Data\n");
        for n in 1..130 {
            rows.push_str(&format!("Chidi Okafor {n},chidi{n}@example.org,Data\n"));
        }
        let result = services.invite(&owner, &input(&rows)).await.unwrap();
        assert_eq!(result.lines.len(), 130);
        let read = result.read.unwrap();
        assert_eq!((read.read, read.without_address), (131, vec!["open position,,Data".to_owned()]));
        let InviteOutcome::Invited { member, link, .. } = &result.lines[0].outcome else { panic!() };
        let proposed = async |link: &str| {
            let token = link.rsplit('/').next().unwrap();
            match services.invitation(token, None).await.unwrap() {
                InvitationView::Open { name, .. } => name,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(proposed(link).await, "Adaeze Lindgren");
        let resent = services.resend(&owner, *member).await.unwrap();
        assert_eq!(proposed(&resent).await, "Adaeze Lindgren");
    }

    async fn an_account_from_elsewhere_proves_itself(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let services = &world.services;
        let (_, first) = invited(world, &them, "dana@example.com", Role::Member).await;
        services.accept(&first, &newcomer(), None, here()).await.unwrap();

        let (_, token) = invited(world, &owner, "dana@example.com", Role::Member).await;
        let InvitationView::Open { account, .. } = services.invitation(&token, None).await.unwrap() else { panic!() };
        assert_eq!(account, InvitedAccount::Existing);
        let wrong = AcceptInput { password: "a guess".into(), ..newcomer() };
        let problem = services.accept(&token, &wrong, None, here()).await.unwrap_err().problem();
        assert!(problem.field("password").is_some());
        let accepted = services.accept(&token, &newcomer(), None, here()).await.unwrap();
        let user = services.session(accepted.session.unwrap().expose()).await.unwrap().unwrap().user;
        assert_eq!(services.me(user).await.unwrap().organizations.len(), 2);
    }

    async fn only_the_invited_account_may_use_it(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let (_, token) = invited(world, &owner, "dana@example.com", Role::Member).await;
        let other = world.user("other@example.com").await;
        let InvitationView::Open { account, .. } = services.invitation(&token, Some(other)).await.unwrap() else { panic!() };
        assert_eq!(account, InvitedAccount::Other { signed_in: "other@example.com".into() });
        let problem = services.accept(&token, &newcomer(), Some(other), here()).await.unwrap_err().problem();
        assert_eq!(problem.code, ProblemCode::WrongAccount);
        assert!(problem.message.contains("dana@example.com") && problem.message.contains("other@example.com"));
        let dana = world.user("DANA@example.com").await;
        let InvitationView::Open { account, .. } = services.invitation(&token, Some(dana)).await.unwrap() else { panic!() };
        assert_eq!(account, InvitedAccount::SignedIn);
        let accepted = services.accept(&token, &AcceptInput::default(), Some(dana), here()).await.unwrap();
        assert!(accepted.session.is_none(), "is signed in already");
    }

    async fn links_can_be_copied_replaced_and_withdrawn(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let (row, token) = invited(world, &owner, "dana@example.com", Role::Member).await;
        assert!(services.invitation_link(&owner, row).await.unwrap().ends_with(&token));

        world.clock.set(NOW.plus(INVITATION_LIFETIME));
        assert!(matches!(services.invitation(&token, None).await.unwrap(), InvitationView::Expired { .. }));
        assert_eq!(code(services.accept(&token, &newcomer(), None, here()).await), ProblemCode::Expired);
        assert_eq!(code(services.invitation_link(&owner, row).await), ProblemCode::Expired);
        let link = services.resend(&owner, row).await.unwrap();
        let fresh = link.rsplit('/').next().unwrap();
        assert_ne!(fresh, token);
        assert_eq!(services.invitation(&token, None).await.unwrap(), InvitationView::Unknown);
        assert_eq!(code(services.accept(&token, &newcomer(), None, here()).await), ProblemCode::NotFound);
        let there = services.member(&owner, row).await.unwrap();
        assert_eq!((there.status, there.expires_at), (MemberStatus::Invited, Some(NOW.plus(2 * INVITATION_LIFETIME))));

        services.revoke(&owner, row).await.unwrap();
        assert!(matches!(services.invitation(fresh, None).await.unwrap(), InvitationView::Revoked { .. }));
        assert_eq!(code(services.accept(fresh, &newcomer(), None, here()).await), ProblemCode::Revoked);
        assert_eq!(code(services.member(&owner, row).await), ProblemCode::NotFound);
        assert_eq!(code(services.revoke(&owner, row).await), ProblemCode::NotFound);
        invited(world, &owner, "dana@example.com", Role::Member).await;
        assert_eq!(services.invitation("no such token", None).await.unwrap(), InvitationView::Unknown);
    }

    async fn a_changed_role_is_the_one_that_is_given(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let (row, token) = invited(world, &owner, "dana@example.com", Role::Member).await;
        services.set_role(&owner, row, None, Role::Admin).await.unwrap();
        let InvitationView::Open { role, .. } = services.invitation(&token, None).await.unwrap() else { panic!() };
        assert_eq!(role, Role::Admin);
        services.accept(&token, &newcomer(), None, here()).await.unwrap();
        assert_eq!(services.member(&owner, row).await.unwrap().role, Role::Admin);
    }
}
