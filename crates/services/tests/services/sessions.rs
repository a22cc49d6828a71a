//! The own sessions, and what an organization demands of its people's.

use crate::common::{NOW, World, code, here, on_both};
use crate::sign_in::set_up;
use domain::audit::AuditAction;
use domain::session::SessionPolicy;
use domain::{ProblemCode, Role, SessionId, Timestamp};
use services::{Actor, SessionToken};

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The owner that first set-up makes, with the session it began.
async fn owner(world: &World) -> (Actor, SessionToken) {
    let made = set_up(world).await;
    let session = world
        .services
        .session(made.session.expose())
        .await
        .unwrap()
        .unwrap();
    let owner = world.services.actor(session.user, &made.slug).await.unwrap();
    (owner, made.session)
}

async fn alive(world: &World, token: &SessionToken) -> bool {
    world.services.session(token.expose()).await.unwrap().is_some()
}

on_both! {
    async fn sessions_are_listed_and_ended(world) {
        let (owner, first) = owner(world).await;
        let services = &world.services;
        world.clock.set(NOW.plus(Timestamp::HOUR));
        let client = here().with_agent(FIREFOX);
        let second = services.sign_in(EMAIL, PASSWORD, client).await.unwrap();
        let third = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        let listed = services.account_security(owner.user, second.expose()).await.unwrap().sessions;
        let told: Vec<_> = listed.iter().map(|session| (session.browser.as_str(), session.current)).collect();
        assert_eq!(told, [("Unknown browser", false), ("Firefox on Linux", true), ("Unknown browser", false)]);
        assert_eq!((listed[2].created_at, listed[1].created_at), (NOW, NOW.plus(Timestamp::HOUR)));

        // Nobody ends another's.
        let other = world.user("ben@example.com").await;
        services.end_session(other, listed[2].id).await.unwrap();
        assert!(alive(world, &first).await);
        services.end_session(owner.user, listed[2].id).await.unwrap();
        assert!(!alive(world, &first).await);
        services.end_session(owner.user, SessionId(i64::MAX)).await.unwrap();
        services.end_other_sessions(owner.user, second.expose()).await.unwrap();
        assert!(alive(world, &second).await);
        assert!(!alive(world, &third).await);
        let left = services.account_security(owner.user, second.expose()).await.unwrap().sessions;
        assert_eq!(left.len(), 1);
    }

    async fn an_organization_s_policy_ends_open_sessions(world) {
        let (owner, token) = owner(world).await;
        let services = &world.services;
        let at = async |hours: i64| {
            world.clock.set(NOW.plus(hours * Timestamp::HOUR));
            alive(world, &token).await
        };
        assert!(at(1).await);
        let policy = SessionPolicy { days: Some(2), idle_hours: Some(8) };
        services.set_session_policy(&owner, policy).await.unwrap();
        assert_eq!(services.organization_settings(&owner).await.unwrap().sessions, policy);
        for hours in [8, 15, 22, 29, 36, 43] {
            assert!(at(hours).await, "used before eight hours are over: {hours}");
        }
        assert!(!at(48).await, "but not after two days");
        let idle = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        world.clock.set(NOW.plus(56 * Timestamp::HOUR));
        assert!(!alive(world, &idle).await, "unused for eight hours");
        assert_eq!(services.account_security(owner.user, idle.expose()).await.unwrap().sessions, []);
        // A policy that is lifted holds nobody back.
        services.set_session_policy(&owner, SessionPolicy::default()).await.unwrap();
        let deeds: Vec<_> = world.audit(owner.organization).await.into_iter().map(|deed| deed.action).collect();
        assert_eq!(deeds.iter().filter(|action| **action == AuditAction::SessionPolicyChange).count(), 2);
        let fresh = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        world.clock.set(NOW.plus(80 * Timestamp::HOUR));
        assert!(alive(world, &fresh).await);
    }

    async fn the_strictest_of_the_organizations_counts(world) {
        world.organization("acme").await;
        world.organization("beta").await;
        let strict = world.join("acme", "olga@example.com", Role::Owner).await;
        let lax = world.join("beta", "olga@example.com", Role::Owner).await;
        let services = &world.services;
        services.set_session_policy(&strict, SessionPolicy { days: None, idle_hours: Some(2) }).await.unwrap();
        services.set_session_policy(&lax, SessionPolicy { days: Some(1), idle_hours: Some(20) }).await.unwrap();
        let tx = world.store.write().await.unwrap();
        store::sessions::insert(&tx, b"hash", strict.user, "", NOW, NOW.plus(Timestamp::DAY)).await.unwrap();
        tx.commit().await.unwrap();
        let tx = world.store.read().await.unwrap();
        let session = store::sessions::by_token(&tx, b"hash").await.unwrap().unwrap();
        assert_eq!(session.policy, SessionPolicy { days: Some(1), idle_hours: Some(2) });
        assert_eq!(session.ends_at(), NOW.plus(2 * Timestamp::HOUR));
    }

    async fn an_owner_renames_the_organization_once(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "olga@example.com", Role::Owner).await;
        let services = &world.services;
        let was = services.organization_settings(&owner).await.unwrap().name;
        services.rename_organization(&owner, &was, "Acme & Söhne").await.unwrap();
        assert_eq!(services.organization_settings(&owner).await.unwrap().name, "Acme & Söhne");
        let told = services.rename_organization(&owner, &was, "Acme Two").await.unwrap_err().problem();
        assert_eq!(told.code, ProblemCode::Conflict);
        assert!(told.field("name").unwrap().contains("Acme & Söhne"), "{told:?}");
        assert_eq!(code(services.rename_organization(&owner, "Acme & Söhne", " ").await), ProblemCode::Invalid);
        let deed = world.audit(owner.organization).await.pop().unwrap();
        assert_eq!(deed.action, AuditAction::OrganizationRename);
    }
}
