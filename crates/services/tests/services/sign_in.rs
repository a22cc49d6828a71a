//! Sessions, passwords and first set-up.

use crate::common::{NOW, World, code, on_both};
use domain::limits::{SESSION_IDLE, SESSION_LIFETIME, SIGN_IN_FAILURES, SIGN_IN_WINDOW};
use domain::organization::SetupInput;
use domain::{ProblemCode, Role, Timestamp};
use services::{Services, SetUp};
use std::time::{Duration, Instant};

const EMAIL: &str = "Ana@Example.com";
const PASSWORD: &str = "correct horse battery";

pub async fn set_up(world: &World) -> SetUp {
    let input = SetupInput {
        // Typed by hand: lower case, without hyphens.
        code: world
            .services
            .setup_code()
            .unwrap()
            .to_lowercase()
            .replace('-', ""),
        organization: "Sonnenblume & Söhne".to_owned(),
        name: "Ana Müller".to_owned(),
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
    };
    world.services.set_up(&input).await.expect("set up")
}

on_both! {
    async fn first_set_up_makes_an_owner_who_is_signed_in(world) {
        let services = &world.services;
        assert!(services.setup_needed().await.unwrap());
        let wrong = SetupInput { code: "0000-0000-0000-0000".into(), organization: "X".into(), name: "X".into(), email: EMAIL.into(), password: PASSWORD.into() };
        let problem = services.set_up(&wrong).await.unwrap_err().problem();
        assert!(problem.field("code").is_some(), "{problem:?}");

        let made = set_up(world).await;
        assert_eq!(made.slug, "sonnenblume-sohne");
        assert!(!services.setup_needed().await.unwrap());
        assert_eq!(services.setup_code(), None);
        assert_eq!(code(services.set_up(&wrong).await), ProblemCode::AlreadySetUp);

        let session = services.session(made.session.expose()).await.unwrap().expect("signed in");
        let viewer = services.viewer(session.user, &made.slug).await.unwrap();
        assert_eq!(viewer.organization.role, Role::Owner);
        assert_eq!(viewer.me.name, "Ana Müller");
        let actor = services.actor(session.user, &made.slug).await.unwrap();
        assert_eq!(services.member(&actor, actor.member).await.unwrap().last_login, Some(NOW));
        assert_eq!(world.audit(actor.organization).await[0].action, "organization.create");
        // A server that starts again asks for no code.
        let again = Services::open(world.config.clone()).await.unwrap();
        assert_eq!(again.setup_code(), None);
    }

    async fn signing_in_starts_a_session_of_its_own(world) {
        let made = set_up(world).await;
        let services = &world.services;
        world.clock.set(NOW.plus(Timestamp::HOUR));
        let token = services.sign_in(" ana@EXAMPLE.com ", PASSWORD, "here").await.unwrap();
        assert_ne!(token.expose(), made.session.expose());
        let user = services.session(token.expose()).await.unwrap().unwrap().user;
        let actor = services.actor(user, &made.slug).await.unwrap();
        let row = services.member(&actor, actor.member).await.unwrap();
        assert_eq!(row.last_login, Some(NOW.plus(Timestamp::HOUR)));

        services.sign_out(token.expose()).await.unwrap();
        services.sign_out(token.expose()).await.unwrap();
        assert_eq!(services.session(token.expose()).await.unwrap(), None);
        assert!(services.session(made.session.expose()).await.unwrap().is_some());
        assert_eq!(services.session("no such token").await.unwrap(), None);
        assert_eq!(services.session("").await.unwrap(), None);
    }

    async fn sessions_end_when_unused_and_at_their_last_day(world) {
        let made = set_up(world).await;
        let alive = |at: i64| {
            world.clock.set(NOW.plus(at));
            async { world.services.session(made.session.expose()).await.unwrap().is_some() }
        };
        for use_at in [SESSION_IDLE / 2, SESSION_IDLE + SESSION_IDLE / 4, 2 * SESSION_IDLE] {
            assert!(alive(use_at).await, "using it keeps it");
        }
        assert!(alive(SESSION_LIFETIME - 1).await);
        assert!(!alive(SESSION_LIFETIME).await, "but not for ever");
    }

    async fn an_idle_session_ends(world) {
        let made = set_up(world).await;
        world.clock.set(NOW.plus(SESSION_IDLE));
        assert_eq!(world.services.session(made.session.expose()).await.unwrap(), None);
    }

    async fn a_new_password_ends_every_session(world) {
        let made = set_up(world).await;
        let services = &world.services;
        let user = services.session(made.session.expose()).await.unwrap().unwrap().user;
        let problem = services.change_password(user, "not my password", "another long one").await.unwrap_err().problem();
        assert!(problem.field("current").is_some());
        let problem = services.change_password(user, PASSWORD, "short").await.unwrap_err().problem();
        assert!(problem.field("new").is_some());
        let token = services.change_password(user, PASSWORD, "another long one").await.unwrap();
        assert_eq!(services.session(made.session.expose()).await.unwrap(), None);
        assert!(services.session(token.expose()).await.unwrap().is_some());
        assert_eq!(code(services.sign_in(EMAIL, PASSWORD, "here").await), ProblemCode::Unauthenticated);
        services.sign_in(EMAIL, "another long one", "here").await.unwrap();
    }

    async fn guessing_is_slowed_down(world) {
        set_up(world).await;
        let services = &world.services;
        for _ in 0..SIGN_IN_FAILURES {
            assert_eq!(code(services.sign_in(EMAIL, "guess", "there").await), ProblemCode::Unauthenticated);
        }
        assert_eq!(code(services.sign_in(EMAIL, PASSWORD, "there").await), ProblemCode::RateLimited);
        services.sign_in(EMAIL, PASSWORD, "here").await.expect("the person elsewhere is not locked out");
        world.clock.set(NOW.plus(SIGN_IN_WINDOW));
        services.sign_in(EMAIL, PASSWORD, "there").await.unwrap();
    }

    async fn an_unknown_address_gets_the_same_answer_after_the_same_work(world) {
        set_up(world).await;
        world.user("no-password@example.com").await;
        let services = &world.services;
        let ask = |email: &'static str, client: &'static str| async move {
            let began = Instant::now();
            let problem = services.sign_in(email, "guess", client).await.unwrap_err().problem();
            (problem, began.elapsed())
        };
        // The first one also makes what unknown addresses are compared with.
        ask("nobody@example.com", "warm up").await;
        let (wrong_password, known) = ask(EMAIL, "a").await;
        for email in ["nobody@example.com", "no-password@example.com", "not an address", ""] {
            let (problem, took) = ask(email, "b").await;
            assert_eq!(problem, wrong_password, "{email}");
            assert!(took > known / 4, "{email}: {took:?} is far less than {known:?}");
            assert!(took > Duration::from_millis(2), "{email}: {took:?} is no Argon2");
        }
    }
}
