//! Who may do what: every use case of an organization, tried by every role.

use crate::common::{World, code, fresh_key, invited, key_input, on_both, provider_input};
use domain::access::why::WhyInput;
use domain::audit::AuditQuery;
use domain::budgets::{BudgetChange, BudgetInput};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, Selection};
use domain::ends::TermsChange;
use domain::invite::InviteInput;
use domain::key::Grace;
use domain::member::KeysForOthers;
use domain::member::{ProvidersChange, TeamsChange};
use domain::query::MemberQuery;
use domain::request_log::RequestQuery;
use domain::requests::{AccessRequestInput, Verdict};
use domain::scim::{ScimTokenInput, TokenLifetime};
use domain::spend::SpendQuery;
use domain::team::TeamPeopleChange;
use domain::unused::{EndUnused, EndWhen, UNUSED_DAYS, UnusedPlace, UnusedQuery};
use domain::{
    AccessRequestId, BudgetId, BulkChangeId, KeyId, MemberId, ProblemCode, ProviderId, Role, ScimTokenId,
    TeamId,
};
use services::{Actor, Error, Format, Services, SpendFormat};

/// Every use case and the least role that may do it.
const USE_CASES: [(&str, Role); 75] = [
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
    ("export xlsx", Role::Auditor),
    ("export json", Role::Auditor),
    ("scim_settings", Role::Auditor),
    ("sign_on_settings", Role::Auditor),
    ("unused", Role::Auditor),
    ("end_unused", Role::Admin),
    ("remove_sign_on", Role::Owner),
    ("organization_settings", Role::Auditor),
    ("rename_organization", Role::Owner),
    ("set_session_policy", Role::Owner),
    ("create_scim_token", Role::Admin),
    ("budgets", Role::Auditor),
    ("create_budget", Role::Admin),
    ("change_budget", Role::Admin),
    ("delete_budget", Role::Admin),
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
    ("bulk_preview", Role::Admin),
    ("bulk_apply", Role::Admin),
    ("bulk_undo", Role::Admin),
    ("chat_offer", Role::Member),
    ("history", Role::Member),
    ("spend", Role::Member),
    ("requests", Role::Member),
    ("export spend", Role::Member),
    ("access_requests", Role::Member),
    ("ask_for_access", Role::Member),
    ("keep_access", Role::Member),
    ("leave", Role::Member),
];

/// What the use cases are tried on.
struct Things {
    member: MemberId,
    key: KeyId,
    invitation: MemberId,
    provider: ProviderId,
    team: TeamId,
    bulk: BulkChangeId,
    /// What the member asks for.
    askable: ProviderId,
    request: AccessRequestId,
}

fn end_change(provider: ProviderId) -> TermsChange {
    TermsChange {
        version: 0,
        provider,
        ends_at: None,
        reason: String::new(),
        models: domain::access::ModelList::default(),
    }
}

async fn attempt(services: &Services, actor: &Actor, use_case: &str, on: &Things) -> Result<(), Error> {
    let all = MemberQuery::default();
    match use_case {
        "members" => services.members(actor, &all).await.map(drop),
        "member" => services.member(actor, on.member).await.map(drop),
        "member_details" => services.member_details(actor, on.member).await.map(drop),
        "member_history" => services.member_history(actor, on.member, None).await.map(drop),
        "removal_effect" => services.removal_effect(actor, on.member).await.map(drop),
        "offboarding" => services.offboarding(actor, on.member).await.map(drop),
        "hand_over_and_remove" => {
            let nothing = domain::offboarding::HandOver::default();
            services.hand_over_and_remove(actor, on.member, &nothing).await
        }
        "keys" => services.keys(actor, on.member).await.map(drop),
        "provider_access" => services.provider_access(actor, on.member).await.map(drop),
        "create_key" => services
            .create_key(actor, on.member, &key_input("ci"), &fresh_key())
            .await
            .map(drop),
        "rename_key" => services.rename_key(actor, on.key, "X").await.map(drop),
        "rotate_key" => services
            .rotate_key(actor, on.key, Grace::Day, &fresh_key())
            .await
            .map(drop),
        "revoke_key" => services.revoke_key(actor, on.key).await.map(drop),
        "providers" => services.providers(actor).await.map(drop),
        "teams" => services.teams(actor).await.map(drop),
        "why" => {
            let asked = WhyInput {
                member: on.member,
                provider: Some(on.provider),
                model: None,
                key: None,
            };
            services.why(actor, &asked).await.map(drop)
        }
        "team_people" => services.team_people(actor, on.team).await.map(drop),
        "team_providers" => services.team_providers(actor, on.team).await.map(drop),
        "set_team_providers" => {
            let change = ProvidersChange {
                version: 0,
                added: vec![],
                removed: vec![],
            };
            services
                .set_team_providers(actor, on.team, &change)
                .await
                .map(drop)
        }
        "set_team_provider_terms" => {
            let change = end_change(on.provider);
            services
                .set_team_provider_terms(actor, on.team, &change)
                .await
                .map(drop)
        }
        "find_people" => services.find_people(actor, "a").await.map(drop),
        "first_steps" => services.first_steps(actor).await.map(drop),
        "audit_log" => services.audit_log(actor, &AuditQuery::default()).await.map(drop),
        "requests" => services.requests(actor, &RequestQuery::default()).await.map(drop),
        "spend" => services.spend(actor, &SpendQuery::default()).await.map(drop),
        "export spend" => services
            .export_spend(actor, &SpendQuery::default(), SpendFormat::Csv)
            .await
            .map(drop),
        "export audit" => services
            .export_audit(actor, &AuditQuery::default())
            .await
            .map(drop),
        "export xlsx" => services.export(actor, &all, Format::Xlsx).await.map(drop),
        "export json" => services.export(actor, &all, Format::Json).await.map(drop),
        "set_providers" => {
            let change = ProvidersChange {
                version: 0,
                added: vec![],
                removed: vec![],
            };
            services.set_providers(actor, on.member, &change).await.map(drop)
        }
        "set_provider_terms" => {
            let change = end_change(on.provider);
            services
                .set_provider_terms(actor, on.member, &change)
                .await
                .map(drop)
        }
        "add_provider" => services.add_provider(actor, on.member, on.provider).await,
        "remove_provider" => services.remove_provider(actor, on.member, on.provider).await,
        "set_role" => services
            .set_role(actor, on.member, None, Role::Auditor)
            .await
            .map(drop),
        "set_teams" => {
            let change = TeamsChange {
                version: 0,
                added: vec![],
                removed: vec![],
            };
            services.set_teams(actor, on.member, &change).await.map(drop)
        }
        "set_suspended" => services
            .set_suspended(actor, on.member, None, true)
            .await
            .map(drop),
        "invite" => {
            let input = InviteInput {
                emails: format!("{}@example.com", fresh_key()),
                role: Role::Member,
                teams: vec![],
                idempotency_key: fresh_key(),
            };
            services.invite(actor, &input).await.map(drop)
        }
        "invitation_link" => services.invitation_link(actor, on.invitation).await.map(drop),
        "resend" => services.resend(actor, on.invitation).await.map(drop),
        "revoke" => services.revoke(actor, on.invitation).await,
        "create_provider" => services
            .create_provider(actor, &provider_input(&fresh_key()), &fresh_key())
            .await
            .map(drop),
        "update_provider" => services
            .update_provider(actor, on.provider, 0, &provider_input("X"))
            .await
            .map(drop),
        "set_provider_active" => services
            .set_provider_active(actor, on.provider, false)
            .await
            .map(drop),
        "set_model" => services.set_model(actor, on.provider, "m", false).await,
        "test_provider" => services.test_provider(actor, on.provider).await.map(drop),
        "delete_provider" => services.delete_provider(actor, on.provider).await,
        "create_team" => services
            .create_team(actor, &fresh_key(), &fresh_key())
            .await
            .map(drop),
        "rename_team" => services.rename_team(actor, on.team, 0, "X").await.map(drop),
        "change_team_people" => {
            let change = TeamPeopleChange {
                added: vec![on.member],
                removed: vec![],
                ..TeamPeopleChange::default()
            };
            services.change_team_people(actor, on.team, &change).await
        }
        "delete_team" => services.delete_team(actor, on.team).await,
        "remove" => services.remove(actor, on.member).await,
        "bulk_preview" => services.bulk_preview(actor, &bulk_input(on)).await.map(drop),
        "bulk_apply" => {
            let input = ApplyInput {
                asked: bulk_input(on),
                fingerprint: String::new(),
                idempotency_key: fresh_key(),
            };
            services.bulk_apply(actor, &input).await.map(drop)
        }
        "bulk_undo" => services.bulk_undo(actor, on.bulk).await.map(drop),
        "chat_offer" => services.chat_offer(actor).await.map(drop),
        "history" => services.history(actor, "").await.map(drop),
        "unused" => services.unused(actor, &UnusedQuery::default()).await.map(drop),
        // Nobody was told that it ends.
        "keep_access" => match services.keep_access(actor, on.provider).await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done,
        },
        "end_unused" => {
            let line = UnusedPlace {
                member: on.member,
                provider: on.provider,
            };
            let asked = EndUnused {
                days: UNUSED_DAYS,
                lines: vec![line],
                when: EndWhen::Now,
            };
            services.end_unused(actor, asked).await.map(drop)
        }
        "scim_settings" => services.scim_settings(actor).await.map(drop),
        "sign_on_settings" => services.sign_on_settings(actor).await.map(drop),
        // There is none.
        "remove_sign_on" => match services.remove_sign_on(actor).await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done,
        },
        "organization_settings" => services.organization_settings(actor).await.map(drop),
        "rename_organization" => services.rename_organization(actor, "ours", "Ours").await,
        "set_session_policy" => {
            let policy = domain::session::SessionPolicy::default();
            services.set_session_policy(actor, policy).await
        }
        "create_scim_token" => {
            let input = ScimTokenInput {
                name: "Directory".into(),
                lifetime: TokenLifetime::Year,
            };
            services.create_scim_token(actor, &input).await.map(drop)
        }
        // There is none of this id.
        "revoke_scim_token" => match services.revoke_scim_token(actor, ScimTokenId(0)).await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done,
        },
        "budgets" => services.budgets(actor).await.map(drop),
        "create_budget" => services.create_budget(actor, &budget_input()).await.map(drop),
        // There is none of this id.
        "change_budget" => match services
            .change_budget(actor, BudgetId(0), &BudgetChange::default())
            .await
        {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done.map(drop),
        },
        "delete_budget" => match services.delete_budget(actor, BudgetId(0)).await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done,
        },
        "access_requests" => services.access_requests(actor, 1).await.map(drop),
        "ask_for_access" => {
            let wanted = AccessRequestInput {
                provider: on.askable,
                reason: "Work".to_owned(),
                until: None,
            };
            services.ask_for_access(actor, &wanted).await.map(drop)
        }
        "decide_access_request" => {
            let verdict = Verdict::Decline {
                note: "No.".to_owned(),
            };
            services
                .decide_access_request(actor, on.request, &verdict)
                .await
                .map(drop)
        }
        "leave" => services.leave(actor).await,
        other => panic!("unknown use case {other}"),
    }
}

fn bulk_input(on: &Things) -> BulkInput {
    BulkInput {
        selection: Selection::Ids(vec![on.member]),
        change: BulkChange {
            add_providers: vec![on.provider],
            ..BulkChange::default()
        },
    }
}

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

fn budget_input() -> BudgetInput {
    BudgetInput {
        scope: "organization".into(),
        name: String::new(),
        unit: "tokens".into(),
        limit: "1,000,000".into(),
        period: "month".into(),
        mode: "normal".into(),
    }
}
