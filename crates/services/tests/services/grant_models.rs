//! Grants of some models of a provider.

use crate::common::{World, fresh_key, key_input, on_both};
use domain::access::why::{Fact, Mend, WhyInput};
use domain::access::{Denial, ModelList};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, Selection};
use domain::ends::TermsChange;
use domain::member::{EditOutcome, MemberRow};
use domain::team::TeamPeopleChange;
use domain::{MemberId, ProblemCode, ProviderId, Role, TeamId, VersionedOutcome};
use services::Actor;
use services::snapshot::{ApiKey, Refused};

fn names(models: &[&str]) -> ModelList {
    // As a client sends it, whatever it is.
    ModelList::stored(Some(&models.join("\n")))
}

impl World {
    async fn limited(
        &self,
        owner: &Actor,
        member: MemberId,
        provider: ProviderId,
        models: &[&str],
    ) -> MemberRow {
        let change = TermsChange {
            version: self.services.member(owner, member).await.unwrap().version,
            provider,
            ends_at: None,
            reason: String::new(),
            models: names(models),
        };
        match self
            .services
            .set_provider_terms(owner, member, &change)
            .await
            .unwrap()
        {
            EditOutcome::Saved(row) => *row,
            EditOutcome::Conflict(now) => panic!("a conflict with {now:?}"),
        }
    }

    async fn carried_limited(&self, owner: &Actor, team: TeamId, provider: ProviderId, models: &[&str]) {
        let change = TermsChange {
            version: self
                .services
                .team_providers(owner, team)
                .await
                .unwrap()
                .team
                .version,
            provider,
            ends_at: None,
            reason: String::new(),
            models: names(models),
        };
        let outcome = self
            .services
            .set_team_provider_terms(owner, team, &change)
            .await
            .unwrap();
        assert!(matches!(outcome, VersionedOutcome::Saved(_)), "{outcome:?}");
    }
}

on_both! {
    async fn a_grant_of_some_models_allows_these_and_sources_add_up(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await;
        world.list_models(&owner, &lab, &["gpt-4o", "gpt-5", "gpt-5-mini", "o3"]).await;
        let services = &world.services;
        let key = services.create_key(&ana, ana.member, &key_input("laptop"), &fresh_key()).await.unwrap();
        let key = ApiKey::new(&key.secret);
        let reach = || {
            let names = services.snapshot().names(key, services.now()).unwrap();
            let full = names.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("lab/"));
            full.map(|name| name["lab/".len()..].to_owned()).collect::<Vec<_>>()
        };
        let choose = |model: &str| services.snapshot().choose(key, model, services.now()).err();
        let refused = |denial| Some(Refused::Denied(denial));

        let row = world.limited(&owner, ana.member, lab.id, &[" gpt-5* ", "", "gpt-5*"]).await;
        assert_eq!(row.sources(lab.id).next().unwrap().models, names(&["gpt-5*"]));
        assert_eq!(reach(), ["gpt-5", "gpt-5-mini"]);
        assert_eq!(services.chat_offer(&ana).await.unwrap().providers[0].models, ["gpt-5", "gpt-5-mini"]);
        assert_eq!((choose("gpt-5"), choose("lab/gpt-5-mini")), (None, None));
        assert_eq!((choose("o3"), choose("lab/o3")), (refused(Denial::ModelNotAllowed), refused(Denial::ModelNotAllowed)));
        assert_eq!(choose("lab/none"), refused(Denial::UnknownModel));

        // Why not, and what mends it.
        let why = async |actor: &Actor, model: &str| {
            let asked = WhyInput { member: ana.member, provider: None, model: Some(model.to_owned()), key: None };
            let told = services.why(actor, &asked).await.unwrap();
            (told.why.first(), told.reason, told.mend)
        };
        let not = |mend| (Some(Fact::ModelGranted), Some(Denial::ModelNotAllowed), Some(mend));
        for model in ["o3", "lab/o3"] {
            assert_eq!(why(&owner, model).await, not(Mend::IncludeModel));
            assert_eq!(why(&ana, model).await, not(Mend::Ask { role: Role::Admin }));
        }
        assert_eq!(why(&owner, "gpt-5").await, (None, None, None));

        // What a team carries adds to it, and takes nothing away.
        let team = services.create_team(&owner, "Research", &fresh_key()).await.unwrap();
        let people = TeamPeopleChange { added: vec![ana.member], removed: vec![], places: vec![] };
        services.change_team_people(&owner, team.id, &people).await.unwrap();
        world.carried_limited(&owner, team.id, lab.id, &["o3"]).await;
        assert_eq!(reach(), ["gpt-5", "gpt-5-mini", "o3"]);
        world.carried_limited(&owner, team.id, lab.id, &[]).await;
        assert_eq!(reach(), ["gpt-4o", "gpt-5", "gpt-5-mini", "o3"]);
        services.set_model(&owner, lab.id, "gpt-5", false).await.unwrap();
        assert_eq!(reach(), ["gpt-4o", "gpt-5-mini", "o3"]);
        let teams: Vec<_> = services.member(&owner, ana.member).await.unwrap().allowed.into_iter().map(|by| by.models).collect();
        assert_eq!(teams, [names(&["gpt-5*"]), ModelList::default()]);
        services.delete_team(&owner, team.id).await.unwrap();
        assert_eq!(reach(), ["gpt-5-mini"]);

        // Given anew, it is of all models.
        services.remove_provider(&owner, ana.member, lab.id).await.unwrap();
        services.add_provider(&owner, ana.member, lab.id).await.unwrap();
        assert_eq!(reach(), ["gpt-4o", "gpt-5-mini", "o3"]);
        let history = services.member_history(&owner, ana.member, None).await.unwrap();
        assert!(history.entries.iter().any(|entry| entry.what == "limited Lab to gpt-5*"), "{:?}", history.entries);
    }

    async fn what_is_no_list_of_models_is_refused_and_changes_nothing(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let lab = world.provider(&owner, "Lab").await.id;
        world.limited(&owner, owner.member, lab, &["a*"]).await;
        let row = world.services.member(&owner, owner.member).await.unwrap();
        for wrong in ["a, b", "a\u{7}b", &"x".repeat(201)] {
            let change = TermsChange {
                version: row.version,
                provider: lab,
                ends_at: None,
                reason: String::new(),
                models: names(&[wrong]),
            };
            let problem = world.services.set_provider_terms(&owner, owner.member, &change).await.unwrap_err().problem();
            assert_eq!((problem.code, problem.field("models").is_some()), (ProblemCode::Invalid, true), "{wrong}");
        }
        assert_eq!(world.services.member(&owner, owner.member).await.unwrap(), row);
        // Nothing to do is no change.
        assert_eq!(world.limited(&owner, owner.member, lab, &["a*"]).await, row);
    }

    async fn taken_from_many_and_put_back_a_grant_is_of_the_models_that_it_was(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let lab = world.provider(&owner, "Lab").await.id;
        world.limited(&owner, ana, lab, &["gpt-5*", "o3"]).await;
        let asked = BulkInput {
            selection: Selection::Ids(vec![ana, owner.member]),
            change: BulkChange { remove_providers: vec![lab], ..BulkChange::default() },
        };
        let shown = world.services.bulk_preview(&owner, &asked).await.unwrap();
        let apply = ApplyInput { asked, fingerprint: shown.fingerprint, idempotency_key: fresh_key() };
        let ApplyOutcome::Applied { change, .. } = world.services.bulk_apply(&owner, &apply).await.unwrap() else {
            panic!("not applied");
        };
        let of = async || world.services.member(&owner, ana).await.unwrap().allowed;
        assert_eq!(of().await, []);
        world.services.bulk_undo(&owner, change).await.unwrap();
        assert_eq!(of().await[0].models, names(&["gpt-5*", "o3"]));
    }
}
