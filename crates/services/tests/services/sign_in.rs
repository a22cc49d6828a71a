//! Sessions, passwords and first set-up.

use crate::common::{NOW, World, at, code, elsewhere, here, invited, on_both};
use domain::audit::AuditAction;
use domain::invite::AcceptInput;
use domain::limits::{SESSION_IDLE, SESSION_LIFETIME, SIGN_IN_FREE};
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
    world.services.set_up(&input, "").await.expect("set up")
}

on_both! {
    async fn first_set_up_makes_an_owner_who_is_signed_in(world) {
        let services = &world.services;
        assert!(services.setup_needed().await.unwrap());
        let wrong = SetupInput { code: "0000-0000-0000-0000".into(), organization: "X".into(), name: "X".into(), email: EMAIL.into(), password: PASSWORD.into() };
        let problem = services.set_up(&wrong, "").await.unwrap_err().problem();
        assert!(problem.field("code").is_some(), "{problem:?}");

        let made = set_up(world).await;
        assert_eq!(made.slug, "sonnenblume-sohne");
        assert!(!services.setup_needed().await.unwrap());
        assert_eq!(services.setup_code(), None);
        assert_eq!(code(services.set_up(&wrong, "").await), ProblemCode::AlreadySetUp);

        let session = services.session(made.session.expose()).await.unwrap().expect("signed in");
        let viewer = services.viewer(session.user, &made.slug).await.unwrap();
        assert_eq!(viewer.organization.role, Role::Owner);
        assert_eq!(viewer.me.name, "Ana Müller");
        let actor = services.actor(session.user, &made.slug).await.unwrap();
        assert_eq!(services.member(&actor, actor.member).await.unwrap().last_login, Some(NOW));
        assert_eq!(world.audit(actor.organization).await[0].action, AuditAction::OrganizationCreate);
        // A server that starts again asks for no code.
        let again = Services::open(world.config.clone()).await.unwrap();
        assert_eq!(again.setup_code(), None);
    }

    async fn signing_in_starts_a_session_of_its_own(world) {
        let made = set_up(world).await;
        let services = &world.services;
        world.clock.set(NOW.plus(Timestamp::HOUR));
        let token = services.sign_in(" ana@EXAMPLE.com ", PASSWORD, here()).await.unwrap();
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
        let problem = services.change_password(user, "not my password", "another long one", "").await.unwrap_err().problem();
        assert!(problem.field("current").is_some());
        let problem = services.change_password(user, PASSWORD, "short", "").await.unwrap_err().problem();
        assert!(problem.field("new").is_some());
        let token = services.change_password(user, PASSWORD, "another long one", "").await.unwrap();
        assert_eq!(services.session(made.session.expose()).await.unwrap(), None);
        assert!(services.session(token.expose()).await.unwrap().is_some());
        assert_eq!(code(services.sign_in(EMAIL, PASSWORD, here()).await), ProblemCode::Unauthenticated);
        services.sign_in(EMAIL, "another long one", here()).await.unwrap();
    }

    async fn guessing_is_slowed_down_and_the_right_password_gets_through(world) {
        set_up(world).await;
        let services = &world.services;
        for _ in 0..=SIGN_IN_FREE {
            assert_eq!(code(services.sign_in(EMAIL, "guess", elsewhere()).await), ProblemCode::Unauthenticated);
        }
        // Each further try waits, which on a clock that stands still is until it is set.
        let waits = {
            let services = services.clone();
            tokio::spawn(async move { services.sign_in(EMAIL, PASSWORD, elsewhere()).await })
        };
        services.sign_in(EMAIL, PASSWORD, here()).await.expect("the person elsewhere does not wait");
        assert!(!waits.is_finished());
        world.clock.set(NOW.plus(Timestamp::SECOND));
        waits.await.unwrap().expect("slowed down, not locked out");
        services.sign_in(EMAIL, PASSWORD, elsewhere()).await.expect("and starts anew");
    }

    async fn a_flood_of_wrong_passwords_delays_nobody_else(world) {
        set_up(world).await;
        let services = &world.services;
        let known = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        let flood: Vec<_> = (0..250u8)
            .map(|n| {
                let services = services.clone();
                // Many persons from the office, and the same person from everywhere.
                tokio::spawn(async move {
                    let email = format!("p{n}@example.com");
                    let _ = tokio::join!(
                        services.sign_in(&email, "guess", here()),
                        services.sign_in(EMAIL, "guess", here()),
                        services.sign_in(EMAIL, "guess", at(n)),
                    );
                })
            })
            .collect();
        let browser = here().with_device(Some(known.device().into()));
        services.sign_in(EMAIL, PASSWORD, browser).await.expect("the browser is known");
        services.sign_in(EMAIL, PASSWORD, at(253)).await.expect("nobody guessed from there");
        flood.into_iter().for_each(|guess| guess.abort());
    }

    async fn common_passwords_and_ones_own_names_are_no_passwords(world) {
        let services = &world.services;
        let code = services.setup_code().unwrap();
        for weak in ["password1234", "ana@example.com", "sonnenblume1", "gatehouse2026"] {
            let input = SetupInput { code: code.clone(), organization: "Sonnenblume & Söhne".into(), name: "Ana Müller".into(), email: EMAIL.into(), password: weak.into() };
            let problem = services.set_up(&input, "").await.unwrap_err().problem();
            assert!(problem.field("password").is_some(), "{weak}: {problem:?}");
        }
        let made = set_up(world).await;
        let user = services.session(made.session.expose()).await.unwrap().unwrap().user;
        for weak in ["qwertyuiop123", "Ana@Example.com!", "Sonnenblume2026"] {
            let problem = services.change_password(user, PASSWORD, weak, "").await.unwrap_err().problem();
            assert!(problem.field("new").is_some(), "{weak}: {problem:?}");
        }
        let owner = services.actor(user, &made.slug).await.unwrap();
        let (_, token) = invited(world, &owner, "dana.scully@example.com", Role::Member).await;
        for weak in ["letmein12345", "dana.scully123", "sonnenblume!!"] {
            let input = AcceptInput { name: "Dana".into(), password: weak.into() };
            let problem = services.accept(&token, &input, None, here()).await.unwrap_err().problem();
            assert!(problem.field("password").is_some(), "{weak}: {problem:?}");
        }
    }

    async fn signing_in_leads_to_the_organization_that_was_last_opened(world) {
        for (slug, role) in [("asters", Role::Auditor), ("beeches", Role::Owner), ("cedars", Role::Owner)] {
            world.organization(slug).await;
            world.join(slug, EMAIL, role).await;
        }
        let (services, user) = (&world.services, world.user(EMAIL).await);
        let home = || async { services.me(user).await.unwrap().home };
        assert_eq!(home().await.as_deref(), Some("beeches"), "the first with the highest role");
        services.viewer(user, "asters").await.unwrap();
        assert_eq!(home().await.as_deref(), Some("asters"));
        let owner = world.join("asters", "owner@example.com", Role::Owner).await;
        let there = services.actor(user, "asters").await.unwrap();
        services.set_suspended(&owner, there.member, None, true).await.unwrap();
        assert_eq!(home().await.as_deref(), Some("beeches"), "one that no longer has them leads nowhere");
    }

    async fn an_unknown_address_gets_the_same_answer_after_the_same_work(world) {
        set_up(world).await;
        world.user("no-password@example.com").await;
        let services = &world.services;
        let ask = |email: &'static str, n: u8| async move {
            let began = Instant::now();
            let problem = services.sign_in(email, "guess", at(n)).await.unwrap_err().problem();
            (problem, began.elapsed())
        };
        // The first one also makes what unknown addresses are compared with.
        ask("nobody@example.com", 1).await;
        let (wrong_password, mut known) = ask(EMAIL, 2).await;
        // The shortest of some: on a busy machine any one may take long.
        for n in 10..14 {
            known = known.min(ask(EMAIL, n).await.1);
        }
        for email in ["nobody@example.com", "no-password@example.com", "not an address", ""] {
            let (problem, took) = ask(email, 3).await;
            assert_eq!(problem, wrong_password, "{email}");
            assert!(took > known / 4, "{email}: {took:?} is far less than {known:?}");
            assert!(took > Duration::from_millis(2), "{email}: {took:?} is no Argon2");
        }
    }
}
