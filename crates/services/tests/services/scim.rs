//! SCIM beside its case file: tokens, accounts of others, what the audit log says, and what people change meanwhile.

use crate::common::{World, code, fresh_key, invited, on_both};
use domain::audit::AuditQuery;
use domain::scim::{ScimTokenInput, TokenLifetime};
use domain::team::TeamPeopleChange;
use domain::{MemberStatus, ProblemCode, Role, Timestamp};
use serde_json::{Map, Value, json};
use services::{Actor, Precondition, ScimConnection, ScimError, ScimKind, ScimResource};
use store::scim::Which;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn input(name: &str) -> ScimTokenInput {
    ScimTokenInput {
        name: name.to_owned(),
        lifetime: TokenLifetime::Month,
    }
}

async fn connected(world: &World, owner: &Actor) -> ScimConnection {
    let made = world
        .services
        .create_scim_token(owner, &input("Entra ID"))
        .await
        .unwrap();
    let secret = made.expose();
    world
        .services
        .scim_connection(&owner.slug, secret)
        .await
        .unwrap()
        .expect("a live token")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

async fn created(world: &World, to: &ScimConnection, kind: ScimKind, body: Value) -> ScimResource {
    world.services.scim_create(to, kind, &object(body)).await.unwrap()
}

async fn patched(
    world: &World,
    to: &ScimConnection,
    (kind, id): (ScimKind, &str),
    operation: Value,
) -> Result<ScimResource, ScimError> {
    let message =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    let any = Precondition::default();
    world
        .services
        .scim_modify(to, (kind, id), &any, &object(message))
        .await
}

on_both! {
    async fn a_token_works_until_its_end_or_until_it_is_revoked_and_only_in_its_organization(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        let services = &world.services;
        let first = services.create_scim_token(&owner, &input("First")).await.unwrap();
        let second = services.create_scim_token(&owner, &input("Second")).await.unwrap();
        let works = async |org: &str, secret: &str| {
            services.scim_connection(org, secret).await.unwrap().is_some()
        };
        assert!(!format!("{first:?}").contains(first.expose()));
        assert!(works("ours", first.expose()).await && works("ours", second.expose()).await);
        assert!(!works("theirs", first.expose()).await && !works("nobody", first.expose()).await);
        let listed = services.scim_settings(&owner).await.unwrap();
        assert_eq!(listed.address, "https://gatehouse.example/o/ours/scim/v2");
        let names: Vec<_> = listed.tokens.iter().map(|token| token.name.as_str()).collect();
        assert_eq!(names, ["Second", "First"]);
        assert!(listed.tokens.iter().all(|token| token.last_used_at == Some(services.now())));
        assert_eq!(services.scim_settings(&stranger).await.unwrap().tokens, []);

        assert_eq!(code(services.revoke_scim_token(&stranger, first.token.id).await), ProblemCode::NotFound);
        // What has begun with a token that is then revoked changes nothing.
        let begun = services.scim_connection("ours", first.expose()).await.unwrap().unwrap();
        services.revoke_scim_token(&owner, first.token.id).await.unwrap();
        assert!(!works("ours", first.expose()).await && works("ours", second.expose()).await);
        let body = object(json!({ "schemas": [USER], "userName": "late@example.com" }));
        let refused = services.scim_create(&begun, ScimKind::User, &body).await.unwrap_err();
        assert_eq!(refused.refusal().status, 401);
        assert_eq!(code(services.revoke_scim_token(&owner, first.token.id).await), ProblemCode::NotFound);

        world.clock.set(services.now().plus(30 * Timestamp::DAY - 1));
        assert!(works("ours", second.expose()).await);
        world.clock.set(services.now().plus(1));
        assert!(!works("ours", second.expose()).await);
    }

    async fn an_account_that_has_the_address_is_never_joined(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let elsewhere = world.join("theirs", "ana@example.com", Role::Member).await;
        let connection = connected(world, &owner).await;
        let ana = created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "ana@example.com" })).await;
        assert_eq!(code(world.services.actor(elsewhere.user, "ours").await), ProblemCode::NotFound);
        // Nor is an invitation's: whoever has an account with the address did not accept it.
        let (ines, _) = invited(world, &owner, "ines@example.com", Role::Member).await;
        let other = world.join("theirs", "ines@example.com", Role::Member).await;
        created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "ines@example.com" })).await;
        assert_eq!(code(world.services.actor(other.user, "ours").await), ProblemCode::NotFound);
        assert_eq!(world.services.member(&owner, ines).await.unwrap().status, MemberStatus::Active);
        // An address that has become free is somebody else's then, and so is one whose member is gone.
        patched(world, &connection, (ScimKind::User, &ana.id),
            json!({ "op": "replace", "path": "userName", "value": "ana.new@example.com" })).await.unwrap();
        let next = created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "ana@example.com" })).await;
        world.services.scim_delete(&connection, (ScimKind::User, &next.id), &Precondition::default()).await.unwrap();
        let back = created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "ana@example.com" })).await;
        assert_ne!(back.id, next.id);
    }

    async fn the_audit_log_names_the_connection(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        world.join("ours", "hana@example.com", Role::Member).await;
        let connection = connected(world, &owner).await;
        let user = created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "hana@example.com", "displayName": "Hana" })).await;
        let new = created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "new@example.com" })).await;
        let replace = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
        let id = (ScimKind::User, user.id.as_str());
        patched(world, &connection, id, replace("displayName", json!("Hana Sato"))).await.unwrap();
        patched(world, &connection, id, replace("active", json!(false))).await.unwrap();
        // What is so already is no change, and nothing is said of it.
        patched(world, &connection, id, replace("active", json!("FALSE"))).await.unwrap();
        let team = created(world, &connection, ScimKind::Group,
            json!({ "schemas": [GROUP], "displayName": "Ops", "members": [{ "value": user.id }] })).await;
        world.services.scim_delete(&connection, (ScimKind::Group, &team.id), &Precondition::default()).await.unwrap();
        world.services.scim_delete(&connection, (ScimKind::User, &new.id), &Precondition::default()).await.unwrap();
        let query = AuditQuery::from_query_string("q=scim%3A");
        let page = world.services.audit_log(&owner, &query).await.unwrap();
        let told: Vec<_> = page.entries.iter().rev().map(|entry| entry.what.as_str()).collect();
        assert_eq!(told, [
            "linked the member to the directory", "created the member", "changed the member's name or email",
            "suspended the member", "created the team Ops", "deleted the team Ops", "removed the member",
        ]);
        assert!(page.entries.iter().all(|entry| entry.by_email == "SCIM: Entra ID"), "{page:?}");
    }

    async fn what_people_change_is_seen_and_stays(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let connection = connected(world, &owner).await;
        let services = &world.services;
        let user = created(world, &connection, ScimKind::User,
            json!({ "schemas": [USER], "userName": "ana@example.com", "displayName": "Ana" })).await;
        let team = created(world, &connection, ScimKind::Group, json!({ "schemas": [GROUP], "displayName": "Ops",
            "members": [{ "value": user.id }] })).await;
        let read = async || services.scim_get(&connection, ScimKind::User, &user.id).await.unwrap();
        let before = read().await;
        let page = services.members(&owner, &domain::query::MemberQuery::default()).await.unwrap();
        let member = page.rows.iter().find(|row| row.email == "ana@example.com").unwrap().id;

        // A person suspends: another version, and the directory is told.
        services.set_suspended(&owner, member, None, true).await.unwrap();
        let after = read().await;
        assert_ne!(before.version, after.version);
        let query = services::ScimQuery { filter: Some("active eq false".into()), ..Default::default() };
        let found = services.scim_list(&connection, ScimKind::User, &query).await.unwrap();
        assert_eq!(found["totalResults"], 1);
        let stale = Precondition::new(Some(&before.version));
        let body = object(json!({ "schemas": [USER], "userName": "ana@example.com", "active": true }));
        let id = (ScimKind::User, user.id.as_str());
        let refused = services.scim_replace(&connection, id, &stale, &body).await.unwrap_err();
        assert_eq!(refused.refusal().status, 412);

        // A person puts somebody into the team whom SCIM put there: then both hold the place.
        let tx = world.store.read().await.unwrap();
        let groups = store::scim::groups(&tx, owner.organization, Which::All).await.unwrap();
        drop(tx);
        let change = TeamPeopleChange { added: vec![member], ..TeamPeopleChange::default() };
        services.change_team_people(&owner, groups[0].team, &change).await.unwrap();
        patched(world, &connection, (ScimKind::Group, &team.id), json!({ "op": "remove", "path": "members" })).await.unwrap();
        let people = services.team_people(&owner, groups[0].team).await.unwrap();
        assert_eq!(people.len(), 1);

        // What a team carries is gained and lost with the place that SCIM gives.
        let provider = world.provider(&owner, "OpenAI").await;
        let lab = created(world, &connection, ScimKind::Group, json!({ "schemas": [GROUP], "displayName": "Lab" })).await;
        let tx = world.store.read().await.unwrap();
        let lab_team = store::teams::by_name(&tx, owner.organization, "lab").await.unwrap().unwrap();
        drop(tx);
        let version = services.teams(&owner).await.unwrap().iter().find(|team| team.id == lab_team).unwrap().version;
        let carries = domain::member::ProvidersChange { version, added: vec![provider.id], removed: vec![] };
        services.set_team_providers(&owner, lab_team, &carries).await.unwrap();
        let providers = async || services.member(&owner, member).await.unwrap().providers.len();
        let lab = (ScimKind::Group, lab.id.as_str());
        let members = |op: &str| json!({ "op": op, "path": "members", "value": [{ "value": user.id }] });
        assert_eq!(providers().await, 0);
        patched(world, &connection, lab, members("add")).await.unwrap();
        assert_eq!(providers().await, 1);
        patched(world, &connection, lab, members("remove")).await.unwrap();
        assert_eq!(providers().await, 0);

        // Whoever is removed by a person is gone for SCIM, too, and comes back as somebody new.
        services.remove(&owner, member).await.unwrap();
        assert_eq!(services.scim_get(&connection, ScimKind::User, &user.id).await.unwrap_err().refusal().status, 404);
        created(world, &connection, ScimKind::User, json!({ "schemas": [USER], "userName": "ana@example.com" })).await;
        // A team of people is nobody's but theirs.
        let ours = services.create_team(&owner, "By hand", &fresh_key()).await.unwrap();
        let refused = services.scim_get(&connection, ScimKind::Group, &format!("g{}", ours.id)).await.unwrap_err();
        assert_eq!(refused.refusal().status, 404);
    }

    async fn texts_that_cannot_be_stored_or_have_no_end_are_refused(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let connection = connected(world, &owner).await;
        for name in [json!("a\0b"), json!("a".repeat(1_025)), json!(["a"])] {
            let body = object(json!({ "schemas": [USER], "userName": "ana@example.com", "displayName": name }));
            let refused = world.services.scim_create(&connection, ScimKind::User, &body).await.unwrap_err();
            assert_eq!(refused.refusal().scim_type, Some("invalidValue"), "{name}");
        }
        let query = services::ScimQuery { filter: Some("userName eq \"a\\u0000\"".into()), ..Default::default() };
        let found = world.services.scim_list(&connection, ScimKind::User, &query).await;
        assert_eq!(found.unwrap()["totalResults"], 0);
    }
}
