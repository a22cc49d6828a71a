//! Keys from a shell on the server.

use crate::common::{code, key_input, on_both};
use domain::key::KeyInput;
use domain::member::KeyState;
use domain::{ProblemCode, Role};

on_both! {
    async fn the_operator_makes_lists_and_revokes(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let provider = world.provider(&owner, "Open AI").await.id;
        world.provider(&owner, "Other").await;
        services.add_provider(&owner, member.member, provider).await.unwrap();

        let slugs = ["open-ai".to_owned()];
        let made = services.operator_create_key("ours", "Member@Example.com", Some(&slugs), key_input("ci")).await.unwrap();
        assert_eq!(made.key.scope.as_ref().unwrap()[0].id, provider);
        services.operator_create_key("ours", "owner@example.com", None, key_input("own")).await.unwrap();
        let listed = services.operator_keys("ours", None).await.unwrap();
        let emails: Vec<_> = listed.iter().map(|listed| listed.email.as_str()).collect();
        assert_eq!(emails, ["member@example.com", "owner@example.com"]);
        let listed = services.operator_keys("ours", Some("member@example.com")).await.unwrap();
        assert_eq!(listed.iter().map(|listed| &listed.key).collect::<Vec<_>>(), [&made.key]);

        let gone = services.operator_revoke_key("ours", &made.key.shown()).await.unwrap();
        assert_eq!((gone.id, gone.state), (made.key.id, KeyState::Revoked));
        assert_eq!(services.operator_revoke_key("ours", &made.key.public_id).await.unwrap(), gone);
        assert_eq!(services.operator_keys("ours", Some("member@example.com")).await.unwrap(), []);
        let deeds: Vec<_> = world
            .audit(organization)
            .await
            .into_iter()
            .filter(|deed| deed.action.as_str().starts_with("key."))
            .map(|deed| (deed.action.as_str(), deed.actor, deed.actor_email))
            .collect();
        let deed = |action| (action, None, "gatehouse keys".to_owned());
        assert_eq!(deeds, [deed("key.create"), deed("key.create"), deed("key.revoke")]);
    }

    async fn what_the_operator_mistypes_is_said(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let services = &world.services;
        world.provider(&owner, "Lab").await;
        let make = async |org: &str, email: &str, providers: Option<&str>, input: KeyInput| {
            let slugs = providers.map(|slug| vec![slug.to_owned()]);
            let made = services.operator_create_key(org, email, slugs.as_deref(), input).await;
            made.unwrap_err().problem()
        };
        let owners = "owner@example.com";
        let problem = make("nowhere", owners, None, key_input("ci")).await;
        assert!(problem.message.starts_with("There is no organization nowhere."), "{problem}");
        let problem = make("ours", "them@example.com", None, key_input("ci")).await;
        assert_eq!(problem.message, "them@example.com is no member of ours.");
        let problem = make("ours", owners, Some("nothing"), key_input("ci")).await;
        assert_eq!(problem.message, "There is no provider with the slug nothing.");
        assert_eq!(make("ours", owners, Some("lab"), key_input("ci")).await.code, ProblemCode::KeyScope);
        assert_eq!(make("ours", owners, None, key_input("")).await.code, ProblemCode::Invalid);
        let theirs = services.create_key(&them, them.member, &key_input("ci"), "k").await.unwrap().key;
        assert_eq!(code(services.operator_revoke_key("ours", &theirs.public_id).await), ProblemCode::NotFound);
        assert_eq!(code(services.operator_revoke_key("ours", "gk_what").await), ProblemCode::Invalid);
        assert_eq!(code(services.operator_keys("nowhere", None).await), ProblemCode::NotFound);
        assert_eq!(services.operator_keys("ours", None).await.unwrap(), []);
    }
}
