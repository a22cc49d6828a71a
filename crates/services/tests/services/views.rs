//! Saved views of AI Access, and who edits the same row.

use crate::common::{NOW, code, fresh_key, on_both};
use domain::limits::{EDITING_SHOWN, VIEWS_PER_MEMBER};
use domain::views::{SavedView, ViewInput};
use domain::{ProblemCode, Role, ViewId};
use services::{Actor, Error, Services};

async fn save(
    services: &Services,
    actor: &Actor,
    name: &str,
    query: &str,
    shared: bool,
) -> Result<(), Error> {
    let (name, query) = (name.to_owned(), query.to_owned());
    services
        .save_view(actor, ViewInput { name, query, shared })
        .await
        .map(drop)
}

/// What the sidebar of somebody lists.
async fn listed(services: &Services, actor: &Actor) -> Vec<SavedView> {
    services.viewer(actor.user, &actor.slug).await.unwrap().views
}

async fn names(services: &Services, actor: &Actor) -> Vec<String> {
    listed(services, actor)
        .await
        .into_iter()
        .map(|view| view.name)
        .collect()
}

on_both! {
    async fn own_views_are_seen_by_their_owner_and_shared_ones_by_all(world) {
        world.organization("ours").await;
        let services = &world.services;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let auditor = world.join("ours", "auditor@example.com", Role::Auditor).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        save(services, &owner, "Mine", "?q=ana&page=3", false).await.unwrap();
        save(services, &owner, "Ours", "role=admin&columns=name,email", true).await.unwrap();
        save(services, &auditor, "Mine", "", false).await.unwrap();
        let seen = listed(services, &owner).await;
        let told: Vec<_> = seen.iter().map(|view| (view.name.as_str(), view.query.as_str(), view.shared)).collect();
        assert_eq!(told, [("Mine", "q=ana", false), ("Ours", "role=admin&columns=name,email", true)]);
        assert_eq!(names(services, &auditor).await, ["Mine", "Ours"]);
        assert_eq!(names(services, &member).await, [""; 0]);

        // Saved twice by a double click it is one; another under the same name is refused.
        save(services, &owner, "Mine", "q=ana", false).await.unwrap();
        assert_eq!(code(save(services, &owner, "Mine", "q=ben", false).await), ProblemCode::Invalid);
        assert_eq!(listed(services, &owner).await, seen);

        // Whoever only reads shares nothing, and takes away nothing that is shared.
        let shared = seen[1].id;
        assert_eq!(code(save(services, &auditor, "All", "", true).await), ProblemCode::Forbidden);
        assert_eq!(code(services.change_view(&auditor, shared, "Theirs", true).await), ProblemCode::Forbidden);
        assert_eq!(code(services.delete_view(&auditor, shared).await), ProblemCode::Forbidden);
        assert_eq!(code(save(services, &member, "All", "", false).await), ProblemCode::Forbidden);
        // Nobody reaches another's, as if it were not there.
        let hidden = listed(services, &auditor).await[0].id;
        assert_eq!(code(services.change_view(&owner, hidden, "Theirs", true).await), ProblemCode::NotFound);
        services.delete_view(&owner, hidden).await.unwrap();
        assert_eq!(names(services, &auditor).await, ["Mine", "Ours"]);

        services.change_view(&owner, shared, "Admins", false).await.unwrap();
        assert_eq!(names(services, &auditor).await, ["Mine"]);
        assert_eq!(code(services.change_view(&owner, shared, "Mine", false).await), ProblemCode::Invalid);
        services.delete_view(&owner, shared).await.unwrap();
        services.delete_view(&owner, shared).await.unwrap();
        assert_eq!(names(services, &owner).await, ["Mine"]);
    }

    async fn views_are_a_bounded_number_and_stay_in_their_organization(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let services = &world.services;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let other = world.join("theirs", "other@example.com", Role::Owner).await;
        for n in 0..VIEWS_PER_MEMBER {
            save(services, &owner, &format!("View {n}"), "", false).await.unwrap();
        }
        assert_eq!(code(save(services, &owner, "One more", "", false).await), ProblemCode::Invalid);
        save(services, &owner, "Shared", "", true).await.unwrap();
        assert!(listed(services, &other).await.is_empty());
        let view = listed(services, &owner).await[0].id;
        assert_eq!(code(services.change_view(&other, view, "Theirs", false).await), ProblemCode::NotFound);
        services.delete_view(&other, view).await.unwrap();
        assert_eq!(listed(services, &owner).await.len(), VIEWS_PER_MEMBER + 1);
        assert_eq!(code(services.change_view(&owner, ViewId(i64::MAX), "No", false).await), ProblemCode::NotFound);
    }

    async fn whoever_edits_the_same_row_is_named_until_they_stop(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let services = &world.services;
        let ana = world.join("ours", "ana@example.com", Role::Owner).await;
        let bo = world.join("ours", "bo@example.com", Role::Admin).await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        let row = world.join("ours", &format!("{}@example.com", fresh_key()), Role::Member).await.member;
        let none = [""; 0];
        assert_eq!(services.note_editing(&ana, row).await.unwrap(), none);
        assert_eq!(services.note_editing(&bo, row).await.unwrap(), ["ana"]);
        assert_eq!(services.note_editing(&ana, row).await.unwrap(), ["bo"]);
        assert_eq!(services.note_editing(&bo, bo.member).await.unwrap(), none);
        assert_eq!(services.note_editing(&stranger, row).await.unwrap(), none);
        assert_eq!(services.note_editing(&ana, row).await.unwrap(), ["bo"]);
        world.clock.set(NOW.plus(EDITING_SHOWN + 1));
        assert_eq!(services.note_editing(&ana, row).await.unwrap(), none);
    }

    async fn the_palette_finds_people_providers_and_teams(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let services = &world.services;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let other = world.join("theirs", "zoe-stranger@example.com", Role::Owner).await;
        let member = world.join("ours", "zoe@example.com", Role::Member).await;
        world.provider(&owner, "Zoetrope Lab").await;
        world.provider(&other, "Zoes Lab").await;
        services.create_team(&owner, "Friends of Zoë", &fresh_key()).await.unwrap();
        let found = services.find(&owner, " ZOE ").await.unwrap();
        assert_eq!(found.members.iter().map(|member| member.email.as_str()).collect::<Vec<_>>(), ["zoe@example.com"]);
        assert_eq!(found.providers.iter().map(|provider| provider.name.as_str()).collect::<Vec<_>>(), ["Zoetrope Lab"]);
        assert_eq!(found.teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>(), ["Friends of Zoë"]);
        assert_eq!(services.find(&owner, " ").await.unwrap(), domain::find::Found::default());
        assert_eq!(code(services.find(&member, "zoe").await), ProblemCode::Forbidden);
    }
}
