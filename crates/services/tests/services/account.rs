//! The own account.

use crate::common::{World, code, fresh_key, key_input, on_both};
use domain::audit::{AuditAction, AuditTarget};
use domain::query::MemberQuery;
use domain::{ProblemCode, Role};
use serde_json::json;
use services::Actor;

async fn found(world: &World, actor: &Actor, search: &str) -> Vec<String> {
    let query = MemberQuery {
        search: search.to_owned(),
        ..MemberQuery::default()
    };
    let page = world.services.members(actor, &query).await.unwrap();
    page.rows
        .iter()
        .map(|row| row.display_name().to_owned())
        .collect()
}

on_both! {
    async fn a_name_changes_wherever_it_is_seen(world) {
        world.organization("acme").await;
        world.organization("beta").await;
        let owner = world.join("acme", "olga@example.com", Role::Owner).await;
        let there = world.join("beta", "olga@example.com", Role::Member).await;
        let other = world.join("acme", "peter@example.com", Role::Member).await;
        let beta = world.join("beta", "bo@example.com", Role::Owner).await;
        let services = &world.services;
        let own_key = services.create_key(&owner, owner.member, &key_input("night build"), &fresh_key()).await;
        assert!(own_key.is_ok());

        services.change_name(owner.user, "olga", "  Zoë Ángström ").await.unwrap();
        assert_eq!(services.me(owner.user).await.unwrap().name, "Zoë Ángström");
        // In the order, the search by name and by what else the row holds, and in the other organization.
        assert_eq!(found(world, &owner, "").await, ["peter", "Zoë Ángström"]);
        assert_eq!(found(world, &owner, "zoe angstrom").await, ["Zoë Ángström"]);
        assert_eq!(found(world, &owner, "night").await, ["Zoë Ángström"]);
        assert_eq!(found(world, &beta, "").await, ["bo", "Zoë Ángström"]);

        for actor in [&owner, &there] {
            let deed = world.audit(actor.organization).await.pop().unwrap();
            assert_eq!(deed.action, AuditAction::UserNameChange);
            assert_eq!((deed.actor, deed.target), (Some(owner.user), AuditTarget::Member(actor.member)));
            assert_eq!((deed.before, deed.after), (Some(json!({ "name": "olga" })), Some(json!({ "name": "Zoë Ángström" }))));
        }
        let history = services.member_history(&beta, there.member, None).await.unwrap();
        assert_eq!(history.entries[0].what, "changed the name to Zoë Ángström");

        // Saved again, it is no change.
        let before = world.audit(owner.organization).await.len();
        services.change_name(owner.user, "Zoë Ángström", "Zoë Ángström").await.unwrap();
        assert_eq!(world.audit(owner.organization).await.len(), before);
        assert_eq!(code(services.change_name(other.user, "peter", " ").await), ProblemCode::Invalid);
    }

    async fn of_two_windows_the_second_is_told(world) {
        world.organization("acme").await;
        let owner = world.join("acme", "olga@example.com", Role::Owner).await;
        let services = &world.services;
        services.change_name(owner.user, "olga", "Olga One").await.unwrap();
        let told = services.change_name(owner.user, "olga", "Olga Two").await.unwrap_err().problem();
        assert_eq!(told.code, ProblemCode::Conflict);
        assert!(told.field("name").unwrap().contains("Olga One"), "{told:?}");
        assert_eq!(found(world, &owner, "").await, ["Olga One"]);
        // Who has seen that may replace it.
        services.change_name(owner.user, "Olga One", "Olga Two").await.unwrap();
        assert_eq!(found(world, &owner, "two").await, ["Olga Two"]);

        // Of several at once, one is first.
        let change = |name| services.change_name(owner.user, "Olga Two", name);
        let (a, b, c) = tokio::join!(change("A"), change("B"), change("C"));
        assert_eq!([&a, &b, &c].iter().filter(|one| one.is_ok()).count(), 1, "{a:?} {b:?} {c:?}");
    }
}
