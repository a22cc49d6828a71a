//! Registering, editing, switching and deleting providers and teams.

use crate::common::{code, fresh_key, on_both, provider_input};
use domain::access::Denial;
use domain::access::why::{Mend, WhyInput};
use domain::audit::AuditAction;
use domain::provider::{ApiType, ProviderInput, ProviderStatus, ProviderView};
use domain::team::TeamPeopleChange;
use domain::{ProblemCode, Role, VersionedOutcome};

fn saved<T: std::fmt::Debug>(outcome: VersionedOutcome<T>) -> T {
    match outcome {
        VersionedOutcome::Saved(view) => view,
        VersionedOutcome::Conflict(view) => panic!("conflict: {view:?}"),
    }
}

fn same(view: &ProviderView) -> ProviderInput {
    ProviderInput {
        name: view.name.clone(),
        slug: view.slug.clone(),
        api_type: view.api_type,
        base_url: view.base_url.clone(),
        api_version: view.api_version.clone(),
        models: view.models.clone(),
        description: view.description.clone(),
        credential: None,
    }
}

on_both! {
    async fn a_provider_is_registered_once(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let key = fresh_key();
        let view = services.create_provider(&owner, &provider_input("Open AI"), &key).await.unwrap();
        assert_eq!((view.slug.as_str(), view.status, view.has_credential), ("open-ai", ProviderStatus::Active, true));
        assert_eq!(services.create_provider(&owner, &provider_input("Open AI"), &key).await.unwrap(), view);
        assert_eq!(services.providers(&owner).await.unwrap(), [view]);
        let mut other = provider_input("Open AI");
        other.credential = Some("another".into());
        assert_eq!(code(services.create_provider(&owner, &other, &key).await), ProblemCode::KeyReused);

        let problem = services.create_provider(&owner, &provider_input("OPEN ai"), &fresh_key()).await.unwrap_err().problem();
        assert!(problem.field("name").is_some(), "{problem:?}");
        // A slug made from the name steps aside, one that was typed is refused.
        let made = services.create_provider(&owner, &provider_input("Open-AI!"), &fresh_key()).await.unwrap();
        assert_eq!(made.slug, "open-ai-2");
        let typed = ProviderInput { slug: "open-ai".into(), ..provider_input("Third") };
        let problem = services.create_provider(&owner, &typed, &fresh_key()).await.unwrap_err().problem();
        assert!(problem.field("slug").is_some());
    }

    async fn a_model_that_is_off_is_off_for_everybody_until_it_is_on_again(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let view = world.provider(&owner, "OpenAI").await;
        world.list_models(&owner, &view, &["large", "small"]).await;
        services.add_provider(&owner, owner.member, view.id).await.unwrap();
        let offered = async || services.chat_offer(&owner).await.unwrap().providers[0].models.clone();
        let off = async || services.provider_details(&owner, "openai").await.unwrap().models_off;
        let why = async |model: Option<&str>, provider| {
            let model = model.map(str::to_owned);
            let asked = WhyInput { member: owner.member, provider, model, key: None };
            let explained = services.why(&owner, &asked).await.unwrap();
            (explained.reason, explained.mend)
        };
        services.set_model(&owner, view.id, "large", false).await.unwrap();
        // Once more changes nothing.
        services.set_model(&owner, view.id, "large", false).await.unwrap();
        assert_eq!((offered().await, off().await), (vec!["small".to_owned()], vec!["large".to_owned()]));
        let refused = (Some(Denial::ModelNotAllowed), Some(Mend::SwitchModelOn));
        assert_eq!(why(Some("large"), None).await, refused);
        assert_eq!(why(Some("openai/large"), None).await, refused);
        assert_eq!(why(Some("large"), Some(view.id)).await, refused);
        assert_eq!(why(Some("small"), None).await, (None, None));
        // It stays off when the provider lists its models anew, and an edit of the provider leaves it.
        world.list_models(&owner, &view, &["large", "new"]).await;
        let version = services.providers(&owner).await.unwrap()[0].version;
        saved(services.update_provider(&owner, view.id, version, &same(&view)).await.unwrap());
        assert_eq!((offered().await, off().await), (vec!["new".to_owned()], vec!["large".to_owned()]));
        services.set_model(&owner, view.id, "large", true).await.unwrap();
        assert_eq!(offered().await, ["large", "new"]);
        for name in ["", "a\0b", &"x".repeat(201)] {
            assert_eq!(code(services.set_model(&owner, view.id, name, false).await), ProblemCode::Invalid);
        }
        let noted = world.audit(owner.organization).await;
        let changes = noted.iter().filter(|record| record.action == AuditAction::ProviderModelChange);
        assert_eq!(changes.count(), 2);
    }

    async fn entered_names_are_offered_in_place_of_what_is_listed(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let view = world.provider(&owner, "OpenAI").await;
        world.list_models(&owner, &view, &["listed", "other"]).await;
        services.add_provider(&owner, owner.member, view.id).await.unwrap();
        let offered = async || services.chat_offer(&owner).await.unwrap().providers[0].models.clone();
        assert_eq!(offered().await, ["listed", "other"]);

        let lines = [" my-deployment ", "", "Zed", "my-deployment", "gpt-4o\r\nA/b:c"].map(str::to_owned).to_vec();
        let edit = ProviderInput { models: lines, ..same(&view) };
        let after = saved(services.update_provider(&owner, view.id, 1, &edit).await.unwrap());
        assert_eq!(after.models, ["my-deployment", "Zed", "gpt-4o", "A/b:c"]);
        assert_eq!(after.health.models, 4);
        assert_eq!(offered().await, ["A/b:c", "Zed", "gpt-4o", "my-deployment"]);
        assert_eq!(services.providers(&owner).await.unwrap(), std::slice::from_ref(&after));
        let record = world.audit(owner.organization).await.pop().unwrap();
        let (before, now) = (record.before.unwrap(), record.after.unwrap());
        assert_eq!((&before["models"], &now["models"]), (&serde_json::json!([]), &serde_json::json!(after.models)));

        // Asking again changes what is listed, not what is offered, and without names the list is offered again.
        world.list_models(&owner, &view, &["listed", "new"]).await;
        let edit = ProviderInput { description: "x".into(), ..same(&after) };
        let after = saved(services.update_provider(&owner, view.id, 2, &edit).await.unwrap());
        assert_eq!(offered().await, ["A/b:c", "Zed", "gpt-4o", "my-deployment"]);
        let edit = ProviderInput { models: vec![" ".into()], ..same(&after) };
        let after = saved(services.update_provider(&owner, view.id, 3, &edit).await.unwrap());
        assert_eq!((after.models.len(), after.health.models), (0, 2));
        assert_eq!(offered().await, ["listed", "new"]);
    }

    async fn an_api_version_is_azures_and_leaves_the_base_url(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let azure = ProviderInput {
            api_type: ApiType::AzureOpenAi,
            base_url: "https://x.openai.azure.com/openai/v1/?api-version=2024-10-21".into(),
            ..provider_input("Azure")
        };
        let view = services.create_provider(&owner, &azure, &fresh_key()).await.unwrap();
        assert_eq!((view.base_url.as_str(), view.api_version.as_str()), ("https://x.openai.azure.com/openai/v1", "2024-10-21"));
        let edit = ProviderInput { api_version: " preview ".into(), ..same(&view) };
        let after = saved(services.update_provider(&owner, view.id, 1, &edit).await.unwrap());
        assert_eq!(after.api_version, "preview");
        let record = world.audit(owner.organization).await.pop().unwrap();
        assert_eq!(record.after.unwrap()["api_version"], "preview");
        for (wrong, field) in [
            (ProviderInput { api_version: "a&b".into(), ..same(&after) }, "api_version"),
            (ProviderInput { api_version: "a\0".into(), ..same(&after) }, "api_version"),
            (ProviderInput { models: vec!["a\0b".into()], ..same(&after) }, "models"),
            (ProviderInput { api_type: ApiType::OpenAi, ..same(&after) }, "api_version"),
        ] {
            let problem = services.update_provider(&owner, view.id, 2, &wrong).await.unwrap_err().problem();
            assert!(problem.field(field).is_some(), "{problem:?}");
        }
    }

    async fn an_edit_keeps_what_it_does_not_mention(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let view = world.provider(&owner, "OpenAI").await;
        let edit = ProviderInput { name: "OpenAI EU".into(), slug: "ignored".into(), description: "x".into(), ..same(&view) };
        let after = saved(services.update_provider(&owner, view.id, 1, &edit).await.unwrap());
        assert_eq!((after.name.as_str(), after.slug.as_str(), after.version), ("OpenAI EU", "openai", 2));
        assert!(after.has_credential);
        let VersionedOutcome::Conflict(there) = services.update_provider(&owner, view.id, 1, &edit).await.unwrap() else { panic!() };
        assert_eq!(there, after);
        world.provider(&owner, "Other").await;
        let taken = ProviderInput { name: "other".into(), ..same(&after) };
        assert_eq!(code(services.update_provider(&owner, view.id, 2, &taken).await), ProblemCode::Invalid);
        let without = ProviderInput { credential: Some(String::new()), ..same(&after) };
        assert!(!saved(services.update_provider(&owner, view.id, 2, &without).await.unwrap()).has_credential);
    }

    async fn a_stored_credential_is_not_sent_to_a_server_typed_in_later(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let view = world.provider(&owner, "OpenAI").await;
        for base_url in ["https://elsewhere.example/v1", "http://models.example/v1", "https://models.example:444/v1"] {
            let edit = ProviderInput { base_url: base_url.into(), ..same(&view) };
            let problem = services.update_provider(&owner, view.id, 1, &edit).await.unwrap_err().problem();
            assert!(problem.field("credential").is_some(), "{base_url}");
        }
        let edit = ProviderInput { base_url: "https://models.example/v2".into(), ..same(&view) };
        saved(services.update_provider(&owner, view.id, 1, &edit).await.unwrap());
        let edit = ProviderInput { base_url: "https://elsewhere.example/v1".into(), credential: Some("new".into()), ..same(&view) };
        saved(services.update_provider(&owner, view.id, 2, &edit).await.unwrap());
    }

    async fn switching_off_keeps_grants_and_deleting_takes_them(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let view = world.provider(&owner, "OpenAI").await;
        services.add_provider(&owner, owner.member, view.id).await.unwrap();
        let steps = services.first_steps(&owner).await.unwrap();
        assert_eq!((steps.providers, steps.active_providers, steps.assigned, steps.unassigned), (1, 1, 1, 0));
        let off = services.set_provider_active(&owner, view.id, false).await.unwrap();
        assert_eq!((off.status, off.members), (ProviderStatus::Inactive, 1));
        let steps = services.first_steps(&owner).await.unwrap();
        assert_eq!((steps.active_providers, steps.assigned, steps.unassigned), (0, 0, 1));
        let version = services.member(&owner, owner.member).await.unwrap().version;
        services.delete_provider(&owner, view.id).await.unwrap();
        let row = services.member(&owner, owner.member).await.unwrap();
        assert_eq!((row.providers.len(), row.version), (0, version + 1));
        assert_eq!(code(services.delete_provider(&owner, view.id).await), ProblemCode::NotFound);
    }

    async fn teams_are_made_renamed_filled_and_deleted(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await.member;
        let services = &world.services;
        let team = services.create_team(&owner, " Ops ", "k").await.unwrap();
        assert_eq!((team.name.as_str(), team.version), ("Ops", 1));
        assert_eq!(services.create_team(&owner, "Ops", "k").await.unwrap(), team);
        assert_eq!(code(services.create_team(&owner, "öps", "l").await), ProblemCode::Invalid);
        assert_eq!(code(services.create_team(&owner, " ", "m").await), ProblemCode::Invalid);
        let other = services.create_team(&owner, "QA", "n").await.unwrap();
        assert_eq!(code(services.rename_team(&owner, other.id, 1, "ops").await), ProblemCode::Invalid);
        let renamed = saved(services.rename_team(&owner, team.id, 1, "OPS").await.unwrap());
        assert_eq!((renamed.name.as_str(), renamed.version), ("OPS", 2));
        let VersionedOutcome::Conflict(there) = services.rename_team(&owner, team.id, 1, "X").await.unwrap() else { panic!() };
        assert_eq!(there, renamed);

        let change = TeamPeopleChange { added: vec![member, owner.member], removed: vec![], ..TeamPeopleChange::default() };
        services.change_team_people(&owner, team.id, &change).await.unwrap();
        services.change_team_people(&owner, team.id, &change).await.unwrap();
        assert_eq!(services.team_people(&owner, team.id).await.unwrap().len(), 2);
        let found = services.find_people(&owner, "member@").await.unwrap();
        assert_eq!(found.iter().map(|p| p.member).collect::<Vec<_>>(), [member]);
        let change = TeamPeopleChange { added: vec![], removed: vec![member], ..TeamPeopleChange::default() };
        services.change_team_people(&owner, team.id, &change).await.unwrap();
        assert_eq!(services.member(&owner, member).await.unwrap().version, 3);
        services.delete_team(&owner, team.id).await.unwrap();
        assert!(services.member(&owner, owner.member).await.unwrap().teams.is_empty());
        let deeds: Vec<_> = world.audit(organization).await.into_iter().map(|d| d.action.as_str()).collect();
        assert_eq!(
            deeds,
            ["team.create", "team.create", "team.rename", "team.people.change", "team.people.change", "team.delete"]
        );
    }
}
