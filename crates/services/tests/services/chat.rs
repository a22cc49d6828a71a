//! Chat: what is offered, what a send stores, and that a conversation is nobody else's.

use crate::common::{NOW, World, code, on_both};
use domain::access::Denial;
use domain::chat::{Author, CUT_OFF, ChatEvent, MessageState, Send};
use domain::limits::ANSWER_LEASE;
use domain::provider::ProviderView;
use domain::{ConversationId, MessageId, ProblemCode, Role};
use services::{Actor, Answered, Begun, EndedBy, Error, Services};

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
        seen: None,
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
        assert!(message.starts_with("Lab does not offer"), "{message}");

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

    async fn an_answer_under_way_is_said_to_be_and_not_lost_to_a_second_send(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let ana = world.join("acme", "ana@example.com", Role::Member).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&ana]).await;
        let first = services.begin_send(&ana, &to(&lab, None, "One")).await.unwrap();
        let id = first.conversation;
        let read = async || services.conversation(&ana, id).await.unwrap();
        let writing = read().await.writing.expect("it says so");
        assert_eq!((writing.id, writing.content.as_str(), writing.problem), (first.answer, "", None));
        assert_eq!((writing.provider_name.as_str(), writing.model.as_str()), ("Lab", MODEL));

        // Whichever way another window sends: nothing is stored, nothing replaced.
        let again = Send { content: String::new(), replace_from: Some(first.user_message), ..to(&lab, Some(id), "") };
        let edit = Send { content: "Won".into(), ..again.clone() };
        let refused = async || {
            for send in [&to(&lab, Some(id), "Two"), &again, &edit] {
                let (kind, message) = refusal(services.begin_send(&ana, send).await);
                assert_eq!(kind, ProblemCode::Conflict);
                assert!(message.contains("still being written"), "{message}");
            }
        };
        refused().await;
        assert!(services.keep(&ana, &first, "Half\0 an").await.unwrap());
        assert_eq!(read().await.writing.unwrap().content, "Half an");
        refused().await;
        // Elsewhere it goes on.
        services.begin_send(&ana, &to(&lab, None, "Other")).await.unwrap();

        // What came is what a reader of this server sees, not what was kept of it.
        let (writer, mut reader) = services.begin_answer(&ana, &first);
        writer.push("Half an answer");
        assert_eq!(read().await.writing.unwrap().content, "Half an answer");
        assert!(services.follow_answer(&ana, id).await.unwrap().is_some());
        assert_eq!(code(services.follow_answer(&owner, id).await.map(|_| ())), ProblemCode::NotFound);
        assert_eq!(code(services.stop_answer(&owner, id).await), ProblemCode::NotFound);
        // However long its server has not said so: it is this one.
        world.clock.set(NOW.plus(3_600_000));
        refused().await;
        assert_eq!(answered(services, &ana, &first, "Half an answer and the rest").await, Some(first.answer));
        let done = ChatEvent::Done { message: Some(first.answer), state: MessageState::Complete, problem: None };
        writer.done(done.clone());
        let mut last = None;
        while let Some(event) = reader.next().await {
            last = Some(event);
        }
        assert_eq!(last, Some(done));
        assert!(services.follow_answer(&ana, id).await.unwrap().is_none());
        assert_eq!(read().await.writing, None);
        let second = services.begin_send(&ana, &to(&lab, Some(id), "Two")).await.unwrap();
        answered(services, &ana, &second, "2").await;
        assert_eq!(contents(services, &ana, id).await, ["One", "Half an answer and the rest", "Two", "2"]);
    }

    async fn what_another_window_added_is_not_replaced_unseen(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&owner]).await;
        let first = services.begin_send(&owner, &to(&lab, None, "One")).await.unwrap();
        let id = first.conversation;
        answered(services, &owner, &first, "1").await;
        let seen = Some(first.answer);
        let second = services.begin_send(&owner, &to(&lab, Some(id), "Two")).await.unwrap();
        answered(services, &owner, &second, "2").await;
        let edit = Send { replace_from: Some(first.user_message), seen, ..to(&lab, Some(id), "Won") };
        let again = Send { content: String::new(), replace_from: Some(second.user_message), ..edit.clone() };
        for send in [&edit, &again] {
            let (kind, message) = refusal(services.begin_send(&owner, send).await);
            assert_eq!(kind, ProblemCode::Conflict);
            assert!(message.contains("another window"), "{message}");
        }
        assert_eq!(contents(services, &owner, id).await, ["One", "1", "Two", "2"]);
        let edit = Send { seen: Some(second.answer), ..edit };
        services.begin_send(&owner, &edit).await.unwrap();
        assert_eq!(contents(services, &owner, id).await, ["Won"]);
    }

    async fn what_had_come_is_kept_as_cut_off_when_the_server_dies(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&owner]).await;
        let cut = services.begin_send(&owner, &to(&lab, None, "One")).await.unwrap();
        let id = cut.conversation;
        assert!(services.keep(&owner, &cut, "Half an").await.unwrap());
        let last = async || {
            let conversation = services.conversation(&owner, id).await.unwrap();
            assert_eq!(conversation.writing, None);
            let last = conversation.messages.last().unwrap().clone();
            (last.content, last.state, last.problem)
        };
        // Nobody says that it is still being written; or the clock was set back.
        let wanted = ("Half an".to_owned(), MessageState::Failed, Some(CUT_OFF.to_owned()));
        for at in [ANSWER_LEASE, -3_600_000] {
            world.clock.set(NOW.plus(at));
            assert_eq!(last().await, wanted);
        }
        let second = services.begin_send(&owner, &to(&lab, Some(id), "Two")).await.unwrap();
        assert_eq!(told(&second), ["One", "Half an", "Two"]);
        answered(services, &owner, &second, "2").await;
        // It was not dead after all.
        assert!(answered(services, &owner, &cut, "Half an and the rest").await.is_some());
        assert_eq!(contents(services, &owner, id).await, ["One", "Half an and the rest", "Two", "2"]);
    }

    async fn an_answer_of_another_server_is_stopped_and_one_without_a_conversation_ends(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        let lab = provider(world, &owner, "Lab", &[&owner]).await;
        let begun = services.begin_send(&owner, &to(&lab, None, "One")).await.unwrap();
        let id = begun.conversation;
        services.keep(&owner, &begun, "Half").await.unwrap();
        services.stop_answer(&owner, id).await.unwrap();
        assert!(!services.keep(&owner, &begun, "Half an").await.unwrap(), "its server hears of it");
        let conversation = services.conversation(&owner, id).await.unwrap();
        let last = conversation.messages.last().unwrap();
        assert_eq!((last.content.as_str(), last.state), ("Half", MessageState::Stopped));

        let begun = services.begin_send(&owner, &to(&lab, Some(id), "Two")).await.unwrap();
        let (writer, _reader) = services.begin_answer(&owner, &begun);
        services.delete_conversation(&owner, id).await.unwrap();
        assert_eq!(writer.ended().await, EndedBy::Person);
        assert!(!services.keep(&owner, &begun, "x").await.unwrap());
        assert_eq!(code(services.stop_answer(&owner, ConversationId(id.0 + 1)).await), ProblemCode::NotFound);
    }
}
