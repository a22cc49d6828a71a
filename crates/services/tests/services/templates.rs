//! Templates: keeping them, and giving one to many.

use crate::common::{NOW, World, code, fresh_key, on_both};
use domain::audit::AuditAction;
use domain::bulk::ApplyOutcome;
use domain::templates::{TEMPLATES, TemplateInput, TemplateList, TemplateQuery};
use domain::{MemberId, ProblemCode, ProviderId, Role, TeamId, TemplateId, Timestamp, VersionedOutcome};
use services::Actor;

fn input(name: &str, providers: &[ProviderId], teams: &[TeamId], days: &str) -> TemplateInput {
    TemplateInput {
        name: name.to_owned(),
        providers: providers.iter().map(ToString::to_string).collect(),
        teams: teams.iter().map(ToString::to_string).collect(),
        days: days.to_owned(),
    }
}

fn giving(template: TemplateId, search: &str) -> TemplateQuery {
    TemplateQuery {
        apply: Some(template),
        search: search.to_owned(),
    }
}

impl World {
    async fn templates(&self, by: &Actor, query: &TemplateQuery) -> TemplateList {
        self.services.templates(by, query).await.unwrap()
    }

    async fn seen_by(&self, by: &Actor, query: &TemplateQuery) -> String {
        let list = self.templates(by, query).await;
        list.applying.unwrap().shown.unwrap().fingerprint
    }

    async fn ends(&self, by: &Actor, member: MemberId) -> Vec<Option<Timestamp>> {
        let row = self.services.member(by, member).await.unwrap();
        row.allowed.iter().map(|by| by.ends_at).collect()
    }
}

on_both! {
    async fn templates_are_kept_by_name_and_version(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let auditor = world.join("ours", "aud@example.com", Role::Auditor).await;
        let foreign = world.join("theirs", "fay@example.com", Role::Owner).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let theirs = world.provider(&foreign, "Theirs").await.id;
        let services = &world.services;
        let team = services.create_team(&owner, "Sales", &fresh_key()).await.unwrap().id;
        let none = TemplateQuery::default();
        let id = services.create_template(&owner, &input("Engineers", &[lab], &[team], "30")).await.unwrap();
        let list = world.templates(&auditor, &none).await;
        assert_eq!((list.templates.len(), list.templates[0].days), (1, Some(30)));
        for wrong in [
            input("engineers", &[lab], &[], ""),
            input("Another", &[theirs], &[], ""),
            input("Another", &[lab], &[TeamId(999)], ""),
        ] {
            assert_eq!(code(services.create_template(&owner, &wrong).await), ProblemCode::Invalid);
        }

        let version = list.templates[0].version;
        let saved = services.change_template(&owner, id, version, &input("ENGINEERS", &[lab], &[], "")).await.unwrap();
        let VersionedOutcome::Saved(saved) = saved else { panic!("{saved:?}") };
        assert_eq!((saved.name.as_str(), saved.days, saved.teams.len()), ("ENGINEERS", None, 0));
        let stale = services.change_template(&owner, id, version, &input("Mine", &[lab], &[], "")).await.unwrap();
        assert_eq!(stale, VersionedOutcome::Conflict(world.templates(&owner, &none).await.templates[0].clone()));
        assert_eq!(world.templates(&owner, &none).await.templates, [saved]);

        // Another organization has none of it.
        assert!(world.templates(&foreign, &none).await.templates.is_empty());
        assert_eq!(code(services.delete_template(&foreign, id).await), ProblemCode::NotFound);
        assert_eq!(code(services.templates(&foreign, &giving(id, "")).await), ProblemCode::NotFound);
        let foreign_change = services.change_template(&foreign, id, 2, &input("X", &[theirs], &[], "")).await;
        assert_eq!(code(foreign_change), ProblemCode::NotFound);

        services.delete_template(&owner, id).await.unwrap();
        assert!(world.templates(&owner, &none).await.templates.is_empty());
        let log = world.audit(owner.organization).await;
        let told: Vec<_> = log.iter().map(|row| row.action).filter(|action| action.as_str().starts_with("template.")).collect();
        assert_eq!(told, [AuditAction::TemplateCreate, AuditAction::TemplateChange, AuditAction::TemplateDelete]);
        for n in 0..TEMPLATES {
            services.create_template(&owner, &input(&format!("T{n}"), &[lab], &[], "")).await.unwrap();
        }
        assert_eq!(code(services.create_template(&owner, &input("More", &[lab], &[], "")).await), ProblemCode::Invalid);
    }

    async fn a_template_is_given_to_many_as_it_was_shown(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@lab.example", Role::Member).await;
        let ben = world.join("ours", "ben@lab.example", Role::Member).await;
        let cleo = world.join("ours", "cleo@example.com", Role::Member).await;
        let (lab, gone) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Gone").await.id);
        let services = &world.services;
        let team = services.create_team(&owner, "Sales", &fresh_key()).await.unwrap().id;
        let id = services.create_template(&owner, &input("New", &[lab, gone], &[team], "30")).await.unwrap();
        services.delete_provider(&owner, gone).await.unwrap();

        // Nobody is meant by an empty search, least of all everybody.
        let nobody = giving(id, "");
        assert!(world.templates(&owner, &nobody).await.applying.unwrap().shown.is_none());
        let refused = services.apply_template(&owner, &nobody, "", &fresh_key()).await;
        assert_eq!(code(refused), ProblemCode::Invalid);

        let query = giving(id, "lab.example");
        let seen = world.seen_by(&owner, &query).await;
        services.change_template(&owner, id, 1, &input("New", &[lab], &[], "30")).await.unwrap();
        let outcome = services.apply_template(&owner, &query, &seen, &fresh_key()).await.unwrap();
        assert!(matches!(outcome, ApplyOutcome::PreviewChanged(_)), "the template is another one");
        let seen = world.seen_by(&owner, &query).await;
        let dan = world.join("ours", "dan@lab.example", Role::Member).await;
        let outcome = services.apply_template(&owner, &query, &seen, &fresh_key()).await.unwrap();
        assert!(matches!(outcome, ApplyOutcome::PreviewChanged(_)), "somebody more is meant");

        services.change_template(&owner, id, 2, &input("New", &[lab], &[team], "30")).await.unwrap();
        let seen = world.seen_by(&owner, &query).await;
        let key = fresh_key();
        let outcome = services.apply_template(&owner, &query, &seen, &key).await.unwrap();
        let ApplyOutcome::Applied { change, counts } = &outcome else { panic!("{outcome:?}") };
        assert_eq!(counts.change, 3);
        assert_eq!(services.apply_template(&owner, &query, &seen, &key).await.unwrap(), outcome, "sent again");
        let end = Timestamp::end_of(&NOW.plus(30 * Timestamp::DAY).date());
        for member in [&ana, &ben, &dan] {
            let row = services.member(&owner, member.member).await.unwrap();
            assert_eq!(row.teams.iter().map(|team| team.id).collect::<Vec<_>>(), [team]);
            assert_eq!(world.ends(&owner, member.member).await, [end]);
        }
        assert!(world.ends(&owner, cleo.member).await.is_empty());
        services.bulk_undo(&owner, *change).await.unwrap();
        assert!(world.ends(&owner, ana.member).await.is_empty());
        // Deleting it takes nothing from anybody, nor does it undo.
        let seen = world.seen_by(&owner, &query).await;
        services.apply_template(&owner, &query, &seen, &fresh_key()).await.unwrap();
        services.delete_template(&owner, id).await.unwrap();
        assert_eq!(world.ends(&owner, ben.member).await, [end]);
        assert_eq!(code(services.apply_template(&owner, &query, &seen, &fresh_key()).await), ProblemCode::NotFound);
    }
}
