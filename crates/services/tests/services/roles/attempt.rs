//! Each use case, tried.

use crate::common::{fresh_key, key_input, provider_input};
use domain::access::why::WhyInput;
use domain::as_of::AsOfQuery;
use domain::audit::AuditQuery;
use domain::budgets::{BudgetChange, BudgetInput};
use domain::bulk::{ApplyInput, BulkAsked, BulkChange, BulkInput, Selection};
use domain::compare::{CompareQuery, CopyInput};
use domain::ends::TermsChange;
use domain::invite::InviteInput;
use domain::key::Grace;
use domain::key::policy::KeyPolicy;
use domain::member::{ProvidersChange, TeamsChange};
use domain::prices::{PriceInput, RepriceInput};
use domain::query::MemberQuery;
use domain::request_log::RequestQuery;
use domain::requests::{AccessRequestInput, Verdict};
use domain::reviews::{ReviewDecision, ReviewInput, ReviewQuery, ReviewVerdict};
use domain::scim::{ScimTokenInput, TokenLifetime};
use domain::spend::SpendQuery;
use domain::team::TeamPeopleChange;
use domain::templates::{TemplateInput, TemplateQuery};
use domain::unused::{EndUnused, EndWhen, UNUSED_DAYS, UnusedPlace, UnusedQuery};
use domain::usage::Bucket;
use domain::{
    AccessRequestId, BudgetId, BulkChangeId, KeyId, MemberId, PriceId, ProblemCode, ProviderId, ReviewId,
    ReviewLineId, Role, ScimTokenId, TeamId, TemplateId,
};
use services::{Actor, Error, Format, Services, SpendFormat};

/// What the use cases are tried on.
pub struct Things {
    pub member: MemberId,
    pub key: KeyId,
    pub invitation: MemberId,
    pub provider: ProviderId,
    pub team: TeamId,
    pub bulk: BulkChangeId,
    /// What the member asks for.
    pub askable: ProviderId,
    pub request: AccessRequestId,
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

/// Tries a use case by its name.
pub async fn attempt(services: &Services, actor: &Actor, use_case: &str, on: &Things) -> Result<(), Error> {
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
        "export requests" => services
            .export_requests(actor, &RequestQuery::default(), Format::Json)
            .await
            .map(drop),
        "as_of" => services.as_of(actor, &AsOfQuery::default()).await.map(drop),
        "export as_of" => services
            .export_as_of(actor, &AsOfQuery::default(), Format::Json)
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
        "bulk_form" => {
            let asked = format!("row={}&what=suspend&to=1", on.member);
            let asked = BulkAsked::from_query_string(&asked);
            services.bulk_form(actor, &asked).await.map(drop)
        }
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
        "reviews" => services.reviews(actor, None).await.map(drop),
        // There is no such team, and no such review.
        "start_review" => {
            let input = ReviewInput {
                scope: "team.0".into(),
                due: "2026-03-31".into(),
            };
            invalid(services.start_review(actor, &input).await.map(drop))
        }
        "review" => {
            let query = ReviewQuery::default();
            missing(services.review(actor, ReviewId(0), &query).await.map(drop))
        }
        "export review" => missing(services.export_review(actor, ReviewId(0)).await.map(drop)),
        "decide_review" => {
            let decision = ReviewDecision {
                lines: vec![ReviewLineId(0)],
                verdict: ReviewVerdict::Keep,
                note: String::new(),
            };
            missing(
                services
                    .decide_review(actor, ReviewId(0), decision)
                    .await
                    .map(drop),
            )
        }
        "close_review" => missing(services.close_review(actor, ReviewId(0)).await),
        "scim_settings" => services.scim_settings(actor).await.map(drop),
        "sign_on_settings" => services.sign_on_settings(actor).await.map(drop),
        // There is none.
        "remove_sign_on" => match services.remove_sign_on(actor).await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done,
        },
        "organization_settings" => services.organization_settings(actor).await.map(drop),
        "rename_organization" => services.rename_organization(actor, "ours", "Ours").await,
        "member_second_factor" => services.member_second_factor(actor, on.member).await.map(drop),
        // They have none.
        "reset_second_factor" => match services.reset_second_factor(actor, on.member).await {
            Err(error) if error.problem().code == ProblemCode::Conflict => Ok(()),
            done => done,
        },
        "demand_second_factor" => services.demand_second_factor(actor, false).await,
        // There is no mail server.
        "send_test_mail" => match services.send_test_mail(actor).await {
            Err(error) if error.problem().code == ProblemCode::Conflict => Ok(()),
            done => done,
        },
        "set_session_policy" => {
            let policy = domain::session::SessionPolicy::default();
            services.set_session_policy(actor, policy).await
        }
        "key_settings" => services.key_settings(actor).await.map(drop),
        "set_key_policy" => services.set_key_policy(actor, KeyPolicy::default()).await,
        // There is no such policy.
        "end_outliving_keys" => match services.end_outliving_keys(actor, None).await {
            Err(error) if error.problem().code == ProblemCode::Conflict => Ok(()),
            done => done,
        },
        "set_time_zone" => services.set_time_zone(actor, "Asia/Tokyo").await,
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
        "preview_budget" => services.preview_budget(actor, &budget_input()).await.map(drop),
        "preview_limit" => match services.preview_limit(actor, BudgetId(0), "1").await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            other => other.map(drop),
        },
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
        "compare" => services.compare(actor, &CompareQuery::default()).await.map(drop),
        "copy_access" => {
            let input = CopyInput {
                from: on.member,
                to: on.invitation,
                role: false,
                // Never shown.
                fingerprint: String::new(),
                idempotency_key: fresh_key(),
            };
            services.copy_access(actor, &input).await.map(drop)
        }
        "templates" => services
            .templates(actor, &TemplateQuery::default())
            .await
            .map(drop),
        "create_template" => {
            let input = TemplateInput {
                name: fresh_key(),
                providers: vec![on.provider.to_string()],
                ..TemplateInput::default()
            };
            services.create_template(actor, &input).await.map(drop)
        }
        // There is none.
        "change_template" => {
            let input = TemplateInput {
                name: "Another".to_owned(),
                providers: vec![on.provider.to_string()],
                ..TemplateInput::default()
            };
            missing(
                services
                    .change_template(actor, TemplateId(0), 1, &input)
                    .await
                    .map(drop),
            )
        }
        "delete_template" => missing(services.delete_template(actor, TemplateId(0)).await),
        "apply_template" => {
            let query = TemplateQuery {
                apply: Some(TemplateId(0)),
                search: "a".to_owned(),
            };
            missing(
                services
                    .apply_template(actor, &query, "", &fresh_key())
                    .await
                    .map(drop),
            )
        }
        "prices" => services.prices(actor, "", "").await.map(drop),
        // There is no such provider, or price.
        "set_price" => invalid(services.set_price(actor, &price_input()).await.map(drop)),
        "end_price" => match services.end_price(actor, PriceId(0), "").await {
            Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
            done => done,
        },
        "preview_repricing" => invalid(services.preview_repricing(actor, &days()).await.map(drop)),
        "reprice" => invalid(services.reprice(actor, &days(), "0.").await.map(drop)),
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

/// A bulk change of the things.
pub fn bulk_input(on: &Things) -> BulkInput {
    BulkInput {
        selection: Selection::Ids(vec![on.member]),
        change: BulkChange {
            add_providers: vec![on.provider],
            ..BulkChange::default()
        },
    }
}

/// What got as far as being checked was allowed.
fn invalid(done: Result<(), services::Error>) -> Result<(), services::Error> {
    match done {
        Err(error) if error.problem().code == ProblemCode::Invalid => Ok(()),
        done => done,
    }
}

/// What got as far as being looked for was allowed.
fn missing(done: Result<(), services::Error>) -> Result<(), services::Error> {
    match done {
        Err(error) if error.problem().code == ProblemCode::NotFound => Ok(()),
        done => done,
    }
}

fn price_input() -> PriceInput {
    PriceInput {
        provider: "0".into(),
        model: "m".into(),
        rates: vec![(Bucket::InputText, "1".into()), (Bucket::OutputText, "1".into())],
        ..PriceInput::default()
    }
}

fn days() -> RepriceInput {
    RepriceInput {
        provider: "0".into(),
        from: "2026-03-01".into(),
        until: "2026-03-01".into(),
        ..RepriceInput::default()
    }
}

fn budget_input() -> BudgetInput {
    BudgetInput {
        scope: "organization".into(),
        name: String::new(),
        provider: String::new(),
        unit: "tokens".into(),
        limit: "1,000,000".into(),
        period: "month".into(),
        anchor: String::new(),
        mode: "normal".into(),
        warn: "80".into(),
    }
}
