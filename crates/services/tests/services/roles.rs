//! Who may do what: every use case of an organization, tried by every role.

mod attempt;

use crate::common::{World, code, fresh_key, invited, key_input, on_both, provider_input};
use attempt::{Things, attempt, bulk_input};
use domain::bulk::{ApplyInput, ApplyOutcome};
use domain::invite::InviteInput;
use domain::member::KeysForOthers;
use domain::requests::AccessRequestInput;
use domain::{AccessRequestId, BulkChangeId, ProblemCode, Role};
use services::Actor;

/// Every use case and the least role that may do it.
const USE_CASES: [(&str, Role); 107] = [
    ("members", Role::Auditor),
    ("member", Role::Auditor),
    ("member_details", Role::Auditor),
    ("member_history", Role::Auditor),
    ("removal_effect", Role::Auditor),
    ("offboarding", Role::Auditor),
    ("keys", Role::Auditor),
    ("provider_access", Role::Auditor),
    ("providers", Role::Auditor),
    ("teams", Role::Auditor),
    ("team_people", Role::Auditor),
    ("why", Role::Auditor),
    ("team_providers", Role::Auditor),
    ("find_people", Role::Auditor),
    ("first_steps", Role::Auditor),
    ("audit_log", Role::Auditor),
    ("export audit", Role::Auditor),
    ("as_of", Role::Auditor),
    ("export as_of", Role::Auditor),
    ("export xlsx", Role::Auditor),
    ("export json", Role::Auditor),
    ("scim_settings", Role::Auditor),
    ("sign_on_settings", Role::Auditor),
    ("unused", Role::Auditor),
    ("compare", Role::Auditor),
    ("copy_access", Role::Admin),
    ("templates", Role::Auditor),
    ("create_template", Role::Admin),
    ("change_template", Role::Admin),
    ("delete_template", Role::Admin),
    ("apply_template", Role::Admin),
    ("end_unused", Role::Admin),
    ("reviews", Role::Auditor),
    ("review", Role::Auditor),
    ("export review", Role::Auditor),
    ("start_review", Role::Owner),
    ("decide_review", Role::Admin),
    ("close_review", Role::Owner),
    ("remove_sign_on", Role::Owner),
    ("organization_settings", Role::Auditor),
    ("rename_organization", Role::Owner),
    ("send_test_mail", Role::Owner),
    ("set_session_policy", Role::Owner),
    ("key_settings", Role::Auditor),
    ("set_key_policy", Role::Owner),
    ("end_outliving_keys", Role::Owner),
    ("set_time_zone", Role::Owner),
    ("demand_second_factor", Role::Owner),
    ("member_second_factor", Role::Auditor),
    ("reset_second_factor", Role::Admin),
    ("create_scim_token", Role::Admin),
    ("budgets", Role::Auditor),
    ("create_budget", Role::Admin),
    ("preview_budget", Role::Admin),
    ("preview_limit", Role::Admin),
    ("change_budget", Role::Admin),
    ("delete_budget", Role::Admin),
    ("prices", Role::Auditor),
    ("set_price", Role::Admin),
    ("end_price", Role::Admin),
    ("preview_repricing", Role::Admin),
    ("reprice", Role::Admin),
    ("revoke_scim_token", Role::Admin),
    ("set_providers", Role::Admin),
    ("set_provider_terms", Role::Admin),
    ("add_provider", Role::Admin),
    ("remove_provider", Role::Admin),
    ("decide_access_request", Role::Admin),
    ("hand_over_and_remove", Role::Admin),
    ("set_role", Role::Admin),
    ("set_teams", Role::Admin),
    ("set_suspended", Role::Admin),
    ("create_key", Role::Admin),
    ("rename_key", Role::Admin),
    ("rotate_key", Role::Admin),
    ("revoke_key", Role::Admin),
    ("invite", Role::Admin),
    ("invitation_link", Role::Admin),
    ("resend", Role::Admin),
    ("revoke", Role::Admin),
    ("create_provider", Role::Admin),
    ("update_provider", Role::Admin),
    ("set_provider_active", Role::Admin),
    ("set_model", Role::Admin),
    ("test_provider", Role::Admin),
    ("delete_provider", Role::Admin),
    ("create_team", Role::Admin),
    ("set_team_providers", Role::Admin),
    ("set_team_provider_terms", Role::Admin),
    ("rename_team", Role::Admin),
    ("change_team_people", Role::Admin),
    ("delete_team", Role::Admin),
    ("remove", Role::Admin),
    ("bulk_form", Role::Admin),
    ("bulk_preview", Role::Admin),
    ("bulk_apply", Role::Admin),
    ("bulk_undo", Role::Admin),
    ("chat_offer", Role::Member),
    ("history", Role::Member),
    ("spend", Role::Member),
    ("requests", Role::Member),
    ("export spend", Role::Member),
    ("export requests", Role::Member),
    ("access_requests", Role::Member),
    ("ask_for_access", Role::Member),
    ("keep_access", Role::Member),
    ("leave", Role::Member),
];

async fn things(world: &World, owner: &Actor, role: Role) -> Things {
    let asker = world
        .join(&owner.slug, &format!("{}@example.com", fresh_key()), role)
        .await;
    let member = asker.member;
    let key = world
        .services
        .create_key(owner, member, &key_input("laptop"), &fresh_key())
        .await
        .unwrap()
        .key
        .id;
    let (invitation, _) = invited(world, owner, &format!("{}@example.com", fresh_key()), role).await;
    let mut input = provider_input(&fresh_key());
    // An address that is refused before anything is sent.
    input.base_url = "http://127.0.0.1:9".to_owned();
    let provider = world
        .services
        .create_provider(owner, &input, &fresh_key())
        .await
        .unwrap()
        .id;
    let team = world
        .services
        .create_team(owner, &fresh_key(), &fresh_key())
        .await
        .unwrap()
        .id;
    let mut on = Things {
        member,
        key,
        invitation,
        provider,
        team,
        bulk: BulkChangeId(0),
        askable: world.provider(owner, &fresh_key()).await.id,
        request: AccessRequestId(0),
    };
    let wanted = AccessRequestInput {
        provider: on.askable,
        reason: "Work".to_owned(),
        until: None,
    };
    on.request = world.services.ask_for_access(&asker, &wanted).await.unwrap().id;
    let asked = bulk_input(&on);
    let shown = world.services.bulk_preview(owner, &asked).await.unwrap();
    let input = ApplyInput {
        asked,
        fingerprint: shown.fingerprint,
        idempotency_key: fresh_key(),
    };
    match world.services.bulk_apply(owner, &input).await.unwrap() {
        ApplyOutcome::Applied { change, .. } => on.bulk = change,
        other => panic!("{other:?}"),
    }
    on
}

on_both! {
    async fn every_use_case_by_every_role(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let on = things(world, &owner, Role::Member).await;
        // From the least of roles on: what is refused must change nothing, what is allowed may.
        for role in [Role::Member, Role::Auditor, Role::Admin, Role::Owner] {
            for (use_case, least) in USE_CASES {
                let actor = world.join("ours", &format!("{}@example.com", fresh_key()), role).await;
                let on = if role >= least && least == Role::Admin {
                    &things(world, &owner, Role::Member).await
                } else {
                    &on
                };
                let before = world.picture(owner.organization).await;
                let result = attempt(&world.services, &actor, use_case, on).await;
                if role >= least {
                    result.unwrap_or_else(|error| panic!("{use_case} by {role}: {error:?}"));
                } else {
                    assert_eq!(code(result), ProblemCode::Forbidden, "{use_case} by {role}");
                    assert!(world.picture(owner.organization).await == before, "{use_case} by {role} changed something");
                }
            }
        }
    }

    async fn admins_do_not_act_above_themselves(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let admin = world.join("ours", "admin@example.com", Role::Admin).await;
        let services = &world.services;
        let above = things(world, &owner, Role::Owner).await;
        let below = things(world, &owner, Role::Member).await;
        let before = world.picture(owner.organization).await;
        for use_case in [
            "set_providers", "add_provider", "remove_provider", "decide_access_request", "set_role", "set_teams", "set_suspended",
            "set_providers", "set_provider_terms", "add_provider", "remove_provider", "set_role", "set_teams", "set_suspended",
            "create_key", "rename_key", "rotate_key", "revoke_key", "invitation_link", "resend", "revoke", "change_team_people", "remove",
        ] {
            let result = attempt(services, &admin, use_case, &above).await;
            assert_eq!(code(result), ProblemCode::Forbidden, "{use_case}");
        }
        for member in [below.member, below.invitation, admin.member] {
            let result = services.set_role(&admin, member, None, Role::Owner).await;
            assert_eq!(code(result), ProblemCode::Forbidden);
        }
        let input = InviteInput {
            emails: "x@example.com".to_owned(),
            role: Role::Owner,
            teams: vec![],
            idempotency_key: fresh_key(),
        };
        assert_eq!(code(services.invite(&admin, &input).await), ProblemCode::Forbidden);
        assert_eq!(world.picture(owner.organization).await, before);
        services.set_role(&admin, below.member, None, Role::Admin).await.expect("up to their own role");
    }

    async fn a_role_is_read_again_when_it_counts(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let admin = world.join("ours", "admin@example.com", Role::Admin).await;
        let on = things(world, &owner, Role::Member).await;
        let services = &world.services;
        services.set_role(&owner, admin.member, None, Role::Auditor).await.unwrap();
        assert_eq!(code(attempt(services, &admin, "remove", &on).await), ProblemCode::Forbidden);
        services.set_suspended(&owner, admin.member, None, true).await.unwrap();
        assert_eq!(code(attempt(services, &admin, "remove", &on).await), ProblemCode::Unauthenticated);
        services.remove(&owner, admin.member).await.unwrap();
        assert_eq!(code(attempt(services, &admin, "leave", &on).await), ProblemCode::Unauthenticated);
    }

    async fn the_last_active_owner_stays(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let other = world.join("ours", "other@example.com", Role::Owner).await;
        let services = &world.services;
        invited(world, &owner, "third@example.com", Role::Owner).await;
        services.set_suspended(&owner, other.member, None, true).await.unwrap();
        let last = ProblemCode::LastOwner;
        assert_eq!(code(services.set_role(&owner, owner.member, None, Role::Admin).await), last);
        assert_eq!(code(services.set_suspended(&owner, owner.member, None, true).await), last);
        assert_eq!(code(services.remove(&owner, owner.member).await), last);
        assert_eq!(code(services.remove_many(&owner, &[other.member, owner.member], KeysForOthers::Keep).await), last);
        assert_eq!(code(services.leave(&owner).await), last);
        services.member(&owner, other.member).await.expect("all or none");
        services.set_suspended(&owner, other.member, None, false).await.unwrap();
        services.leave(&owner).await.unwrap();
        let other = services.actor(other.user, "ours").await.unwrap();
        assert_eq!(code(services.leave(&other).await), last);
    }
}
