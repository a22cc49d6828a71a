//! Pages that are open hear of what changes.

use crate::common::{NOW, World, code, fresh_key, here, on_both};
use crate::sign_in::set_up;
use domain::limits::FOLLOWED_PAGES_PER_MEMBER;
use domain::query::MemberQuery;
use domain::{ProblemCode, Role, Timestamp};
use services::{Actor, Followed, Following, Services};
use std::time::Duration;

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery";

/// Long enough for another server's change.
const HEARD_WITHIN: Duration = Duration::from_secs(10);

async fn heard(following: &mut Following) -> Option<Followed> {
    tokio::time::timeout(HEARD_WITHIN, following.next())
        .await
        .unwrap()
}

/// Waits for a change after `seen`; the revision then.
async fn change(following: &mut Following, seen: i64) -> i64 {
    loop {
        match heard(following).await.unwrap() {
            Followed::Revision(revision) if revision > seen => return revision,
            _ => {}
        }
    }
}

async fn revision(world: &World, actor: &Actor) -> i64 {
    let page = world
        .services
        .members(actor, &MemberQuery::default())
        .await
        .unwrap();
    page.revision
}

on_both! {
    async fn an_open_page_hears_of_each_change_of_any_server(world) {
        let made = set_up(world).await;
        let session = world.services.session(made.session.expose()).await.unwrap().unwrap();
        let owner = world.services.actor(session.user, &made.slug).await.unwrap();
        let follow = world.services.follow_changes(owner.clone(), session, made.session.expose());
        let mut following = follow.await.unwrap();
        let Some(Followed::Revision(first)) = heard(&mut following).await else { panic!("nothing was told at first") };
        assert_eq!(first, revision(world, &owner).await);

        // A team decides nothing about access, and is shown all the same.
        let team = world.services.create_team(&owner, "Sales", &fresh_key()).await.unwrap();
        let second = change(&mut following, first).await;
        assert_eq!(second, revision(world, &owner).await);
        let there = Services::open(world.config.clone()).await.unwrap();
        there.delete_team(&owner, team.id).await.unwrap();
        let third = change(&mut following, second).await;
        assert_eq!(third, revision(world, &owner).await);

        // What happens in another organization is nothing to tell: the next that comes is the owner's.
        world.organization("theirs").await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        world.services.create_team(&stranger, "Their team", &fresh_key()).await.unwrap();
        world.services.create_team(&owner, "Sales", &fresh_key()).await.unwrap();
        let fourth = revision(world, &owner).await;
        assert_eq!(heard(&mut following).await, Some(Followed::Revision(fourth)));
    }

    async fn whoever_may_no_longer_see_a_page_is_told_nothing_more(world) {
        let made = set_up(world).await;
        let services = &world.services;
        let owner_session = services.session(made.session.expose()).await.unwrap().unwrap();
        let owner = services.actor(owner_session.user, &made.slug).await.unwrap();
        let token = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        let mut signed_out = services.follow_changes(owner.clone(), owner_session, token.expose()).await.unwrap();
        assert!(heard(&mut signed_out).await.is_some());
        services.sign_out(token.expose()).await.unwrap();
        services.create_team(&owner, "Sales", &fresh_key()).await.unwrap();
        assert_eq!(heard(&mut signed_out).await, None);

        // A page that is only open does not keep its session from ending.
        let mut idle = services.follow_changes(owner.clone(), owner_session, made.session.expose()).await.unwrap();
        assert!(heard(&mut idle).await.is_some());
        world.clock.set(NOW.plus(400 * Timestamp::DAY));
        services.create_team(&owner, "Support", &fresh_key()).await.unwrap();
        assert_eq!(heard(&mut idle).await, None);
    }

    async fn nobody_follows_without_the_role_or_without_end(world) {
        let made = set_up(world).await;
        let services = &world.services;
        let session = services.session(made.session.expose()).await.unwrap().unwrap();
        let owner = services.actor(session.user, &made.slug).await.unwrap();
        let member = world.join(&made.slug, "member@example.com", Role::Member).await;
        let refused = services.follow_changes(member, session, made.session.expose()).await;
        assert_eq!(code(refused.map(drop)), ProblemCode::Forbidden);
        let mut pages = Vec::new();
        for _ in 0..FOLLOWED_PAGES_PER_MEMBER {
            pages.push(services.follow_changes(owner.clone(), session, made.session.expose()).await.unwrap());
        }
        let refused = services.follow_changes(owner.clone(), session, made.session.expose()).await;
        assert_eq!(code(refused.map(drop)), ProblemCode::RateLimited);
        pages.pop();
        services.follow_changes(owner, session, made.session.expose()).await.unwrap();
    }
}
