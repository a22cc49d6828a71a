//! Sign-ins, refused changes and exports in the audit log.

use crate::common::{NOW, World, at, elsewhere, fresh_key, here, key_input, on_both};
use crate::sign_in::set_up;
use domain::audit::AuditQuery;
use domain::key::policy::KeyPolicy;
use domain::query::MemberQuery;
use domain::{Role, Timestamp};
use services::{Actor, Format};

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The owner that first set-up makes, who belongs to `beta` as well.
async fn owner(world: &World) -> Actor {
    let made = set_up(world).await;
    let session = world
        .services
        .session(made.session.expose())
        .await
        .unwrap()
        .unwrap();
    world.organization("beta").await;
    world.join("beta", EMAIL, Role::Member).await;
    world.services.actor(session, &made.slug).await.unwrap()
}

/// What the log tells, the oldest first.
async fn told(world: &World, actor: &Actor, query: &str) -> Vec<String> {
    let query = AuditQuery::from_query_string(query);
    let page = world.services.audit_log(actor, &query).await.unwrap();
    page.entries
        .iter()
        .rev()
        .map(|entry| format!("{} {}", entry.by, entry.what))
        .collect()
}

on_both! {
    async fn a_sign_in_is_told_with_where_it_came_from_wherever_the_person_belongs(world) {
        let owner = owner(world).await;
        let services = &world.services;
        services.sign_in(EMAIL, PASSWORD, here().with_agent(FIREFOX)).await.unwrap();
        let there = world.join("beta", "bo@example.com", Role::Owner).await;
        for actor in [&owner, &there] {
            let entries = told(world, actor, "kind=sign_in").await;
            assert_eq!(entries, ["Ana Müller signed in with a password from 192.0.2.1 (Firefox on Linux)"]);
        }
        let chains = services.verify_audit().await.unwrap();
        assert!(chains.iter().all(|chain| chain.verdict.broken.is_none()), "{chains:?}");
    }

    async fn failures_are_counted_and_told_once_a_minute(world) {
        let owner = owner(world).await;
        let services = &world.services;
        for client in [here(), elsewhere(), here()] {
            services.sign_in(EMAIL, "not the password", client).await.unwrap_err();
        }
        services.sign_in("nobody@example.com", "not the password", here()).await.unwrap_err();
        let minute = NOW.plus(Timestamp::MINUTE);
        services.write_counted(NOW.plus(-1)).await;
        assert_eq!(told(world, &owner, "kind=sign_in").await, [""; 0], "their minute is not over");
        world.clock.set(minute);
        services.write_counted(NOW).await;
        services.write_counted(minute).await;
        let expected = "Somebody failed to sign in as Ana@Example.com: 3 refused passwords, from 192.0.2.1 (Unknown browser), \
                        192.0.2.2 (Unknown browser)";
        assert_eq!(told(world, &owner, "kind=sign_in").await, [expected]);
        let log = world.audit(owner.organization).await;
        assert_eq!(log.last().unwrap().actor, None);
        // A flood from many places is still one entry, with some of them.
        for n in 0..40 {
            services.sign_in(EMAIL, "not the password", at(n)).await.unwrap_err();
        }
        services.write_counted(minute).await;
        let entries = told(world, &owner, "kind=sign_in").await;
        assert_eq!(entries.len(), 2);
        assert!(entries[1].contains("40 refused passwords") && entries[1].matches("192.0.2.").count() == 5, "{entries:?}");
    }

    async fn refused_changes_are_counted_and_told_once_a_minute(world) {
        let owner = owner(world).await;
        let services = &world.services;
        let member = world.join(&owner.slug, "bo@example.com", Role::Member).await;
        let admin = world.join(&owner.slug, "cem@example.com", Role::Admin).await;
        let there = world.join("beta", "bo@example.com", Role::Owner).await;
        for n in 0..3 {
            services.create_team(&member, &format!("Team {n}"), &fresh_key()).await.unwrap_err();
        }
        services.create_key(&member, owner.member, &key_input("mine"), &fresh_key()).await.unwrap_err();
        services.set_key_policy(&admin, KeyPolicy::default()).await.unwrap_err();
        // What is wrong but allowed is no such refusal.
        services.create_team(&owner, "", &fresh_key()).await.unwrap_err();
        services.write_counted(NOW.plus(-1)).await;
        assert_eq!(told(world, &owner, "kind=member").await, [""; 0], "their minute is not over");
        services.write_counted(NOW).await;
        services.write_counted(NOW).await;
        let mut entries = told(world, &owner, "kind=member").await;
        entries.sort();
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert!(entries[0].ends_with("was refused 4 changes") && entries[1].ends_with("was refused 1 change"), "{entries:?}");
        assert_eq!(told(world, &there, "kind=member").await, [""; 0], "it is told where it was tried");
    }

    async fn exports_are_told(world) {
        let owner = owner(world).await;
        let services = &world.services;
        services.export(&owner, &MemberQuery::default(), Format::Json).await.unwrap();
        services.export_audit(&owner, &AuditQuery::default()).await.unwrap();
        let entries = told(world, &owner, "q=export").await;
        assert_eq!(entries, [""; 0], "words are looked for in who and in what it was done to");
        let entries = told(world, &owner, "kind=organization").await;
        assert_eq!(entries[entries.len() - 2..], ["Ana Müller exported members", "Ana Müller exported the audit log"]);
    }
}
