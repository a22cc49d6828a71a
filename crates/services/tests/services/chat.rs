//! Chat: what is offered, what a send stores, and that a conversation is nobody else's.

use crate::common::{World, code, on_both};
use domain::access::Denial;
use domain::chat::{Author, MessageState, Send};
use domain::provider::ProviderView;
use domain::{ConversationId, MessageId, ProblemCode, Role};
use services::{Actor, Answered, Begun, Error, Services};

const MODEL: &str = "small";

/// A provider that lists [`MODEL`], allowed to some.
async fn provider(world: &World, owner: &Actor, name: &str, to: &[&Actor]) -> ProviderView {
    let provider = world.provider(owner, name).await;
    world.list_models(owner, &provider, &[MODEL, "large"]).await;
    for actor in to {
        world
            .services
            .add_provider(owner, actor.member, provider.id)
            .await
            .unwrap();
    }
    provider
}

fn to(provider: &ProviderView, conversation: Option<ConversationId>, content: &str) -> Send {
    Send {
        conversation,
        provider: provider.id,
        model: MODEL.into(),
        content: content.into(),
        replace_from: None,
    }
}

async fn answered(services: &Services, actor: &Actor, begun: &Begun, content: &str) -> Option<MessageId> {
    let answer = Answered {
        content: content.into(),
        state: MessageState::Complete,
        problem: None,
    };
    services.finish_answer(actor, begun, &answer).await.unwrap()
}

async fn contents(services: &Services, actor: &Actor, id: ConversationId) -> Vec<String> {
    let conversation = services.conversation(actor, id).await.unwrap();
    conversation.messages.into_iter().map(|m| m.content).collect()
}

fn told(begun: &Begun) -> Vec<&str> {
    begun.turns.iter().map(|turn| turn.content.as_str()).collect()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (ProblemCode, String) {
    match result {
        Err(Error::Problem(problem)) => (problem.code, problem.message),
        other => panic!("not refused: {other:?}"),
    }
}

on_both! {
    async fn a_conversation_is_had(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let ana = world.join("acme", "ana@example.com", Role::Member).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&ana]).await;

        let first = services.begin_send(&ana, &to(&lab, None, "Plan for May\nwith detail")).await.unwrap();
        assert_eq!(told(&first), ["Plan for May\nwith detail"]);
        assert!(answered(services, &ana, &first, "Here\0 it is").await.is_some());
        let id = first.conversation;
        let second = services.begin_send(&ana, &to(&lab, Some(id), "And June?")).await.unwrap();
        assert_eq!(told(&second), ["Plan for May\nwith detail", "Here it is", "And June?"]);
        let broken = Answered { content: String::new(), state: MessageState::Failed, problem: Some("It broke. Try again.".into()) };
        assert!(services.finish_answer(&ana, &second, &broken).await.unwrap().is_some());

        // Answered again, the question stays.
        let again = Send { content: String::new(), replace_from: Some(second.user_message), ..to(&lab, Some(id), "") };
        let third = services.begin_send(&ana, &again).await.unwrap();
        assert_eq!(third.user_message, second.user_message);
        assert_eq!(told(&third), told(&second));
        assert!(answered(services, &ana, &third, "June too").await.is_some());

        // Only the last one can be.
        let earlier = Send { replace_from: Some(first.user_message), ..again.clone() };
        assert_eq!(code(services.begin_send(&ana, &earlier).await), ProblemCode::Invalid);
        // An answer is nobody's question.
        let conversation = services.conversation(&ana, id).await.unwrap();
        let not_mine = conversation.messages.iter().rfind(|m| m.author == Author::Assistant).unwrap().id;
        let edit = Send { replace_from: Some(not_mine), ..to(&lab, Some(id), "x") };
        assert_eq!(code(services.begin_send(&ana, &edit).await), ProblemCode::NotFound);
        assert_eq!(contents(services, &ana, id).await.len(), 4);

        // An edit takes everything after it along.
        let edit = Send { replace_from: Some(first.user_message), ..to(&lab, Some(id), "Plan for July") };
        let fourth = services.begin_send(&ana, &edit).await.unwrap();
        assert_eq!(told(&fourth), ["Plan for July"]);
        // What was being written for what it replaced comes too late.
        assert_eq!(answered(services, &ana, &third, "late").await, None);
        assert!(answered(services, &ana, &fourth, "July").await.is_some());
        assert_eq!(contents(services, &ana, id).await, ["Plan for July", "July"]);

        let history = services.history(&ana, "").await.unwrap();
        assert_eq!(history.conversations[0].title, "Plan for May");
        assert!(!history.more);
        services.rename_conversation(&ana, id, " Summer ").await.unwrap();
        assert_eq!(services.history(&ana, "summer july").await.unwrap().conversations.len(), 1);
        assert_eq!(code(services.rename_conversation(&ana, id, " ").await), ProblemCode::Invalid);
        services.delete_conversation(&ana, id).await.unwrap();
        assert!(services.history(&ana, "").await.unwrap().conversations.is_empty());
        assert_eq!(answered(services, &ana, &fourth, "late").await, None);
        // What people say is nobody's business.
        let log = format!("{:?}", world.audit(owner.organization).await);
        assert!(!log.contains("July") && !log.contains("Summer"));
    }

    async fn nobody_sees_anothers(world) {
        world.organization("acme").await;
        world.organization("other").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let ana = world.join("acme", "ana@example.com", Role::Member).await;
        // The same person elsewhere is somebody else.
        let ana_elsewhere = world.join("other", "ana@example.com", Role::Owner).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&ana, &owner]).await;
        let theirs = provider(world, &ana_elsewhere, "Theirs", &[&ana_elsewhere]).await;
        let begun = services.begin_send(&ana, &to(&lab, None, "secret")).await.unwrap();
        let id = begun.conversation;
        let not_found = ProblemCode::NotFound;
        for (stranger, provider) in [(&owner, &lab), (&ana_elsewhere, &theirs)] {
            assert!(services.history(stranger, "").await.unwrap().conversations.is_empty());
            assert!(services.history(stranger, "secret").await.unwrap().conversations.is_empty());
            assert_eq!(code(services.conversation(stranger, id).await), not_found);
            assert_eq!(code(services.rename_conversation(stranger, id, "x").await), not_found);
            assert_eq!(code(services.delete_conversation(stranger, id).await), not_found);
            assert_eq!(code(services.begin_send(stranger, &to(provider, Some(id), "x")).await), not_found);
            let edit = Send { replace_from: Some(begun.user_message), ..to(provider, Some(id), "x") };
            assert_eq!(code(services.begin_send(stranger, &edit).await), not_found);
            assert_eq!(answered(services, stranger, &begun, "x").await, None);
        }
        assert_eq!(code(services.begin_send(&ana, &to(&theirs, None, "x")).await), not_found);
        assert_eq!(contents(services, &ana, id).await, ["secret"]);
    }

    async fn what_may_not_be_used_is_neither_offered_nor_asked(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let admin = world.join("acme", "admin@example.com", Role::Admin).await;
        let ana = world.join("acme", "ana@example.com", Role::Member).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&ana]).await;
        let secret = provider(world, &owner, "Secret", &[&admin]).await;

        let offer = services.chat_offer(&ana).await.unwrap();
        assert_eq!(offer.providers.iter().map(|p| p.id).collect::<Vec<_>>(), [lab.id]);
        assert_eq!(offer.providers[0].models, ["large", MODEL]);
        assert!(offer.refused.is_empty());
        assert_eq!(offer.base_url, "https://gatehouse.example/v1");
        let helpers: Vec<_> = offer.helpers.iter().map(|h| h.email.as_str()).collect();
        assert_eq!(helpers, ["owner@example.com", "admin@example.com"]);

        let begun = services.begin_send(&ana, &to(&lab, None, "Hello")).await.unwrap();
        let id = begun.conversation;
        assert_eq!(services.conversation(&ana, id).await.unwrap().blocked, None);
        let stored = contents(services, &ana, id).await;

        let (kind, message) = refusal(services.begin_send(&ana, &to(&secret, Some(id), "x")).await);
        assert_eq!(kind, ProblemCode::Forbidden);
        assert!(message.starts_with("Secret is not"), "{message}");
        let other_model = Send { model: "huge".into(), ..to(&lab, Some(id), "x") };
        let (kind, message) = refusal(services.begin_send(&ana, &other_model).await);
        assert_eq!(kind, ProblemCode::Forbidden);
        assert!(message.starts_with("Lab does not list"), "{message}");

        let blocked = async |wanted: Option<Denial>, word: &str| {
            let conversation = services.conversation(&ana, id).await.unwrap();
            let blocked = conversation.blocked.expect("blocked");
            assert_eq!(blocked.denial, wanted);
            assert!(blocked.message.contains(word), "{}", blocked.message);
            let refused = services.begin_send(&ana, &to(&lab, Some(id), "x")).await;
            assert!(matches!(code(refused), ProblemCode::Forbidden | ProblemCode::NotFound));
        };
        services.set_provider_active(&owner, lab.id, false).await.unwrap();
        blocked(Some(Denial::ProviderInactive), "inactive").await;
        let offer = services.chat_offer(&ana).await.unwrap();
        assert!(offer.providers.is_empty());
        assert_eq!(offer.refused.iter().map(|r| r.provider.id).collect::<Vec<_>>(), [lab.id]);
        services.set_provider_active(&owner, lab.id, true).await.unwrap();
        assert_eq!(services.conversation(&ana, id).await.unwrap().blocked, None);
        services.remove_provider(&owner, ana.member, lab.id).await.unwrap();
        blocked(Some(Denial::ProviderNotAllowed), "allowed").await;
        assert!(services.chat_offer(&ana).await.unwrap().refused.is_empty());
        services.delete_provider(&owner, lab.id).await.unwrap();
        blocked(None, "deleted").await;
        // All of it was refused before anything was stored.
        assert_eq!(contents(services, &ana, id).await, stored);
    }

    async fn whoever_is_suspended_sends_nothing_and_keeps_the_answer_under_way(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let ana = world.join("acme", "ana@example.com", Role::Member).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&ana]).await;
        let begun = services.begin_send(&ana, &to(&lab, None, "Hello")).await.unwrap();
        services.set_suspended(&owner, ana.member, None, true).await.unwrap();
        assert!(services.begin_send(&ana, &to(&lab, None, "Hello")).await.is_err());
        assert!(services.delete_conversation(&ana, begun.conversation).await.is_err());
        assert!(answered(services, &ana, &begun, "Hi").await.is_some());
    }
}
