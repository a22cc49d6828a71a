use super::*;
use serde_json::json;

fn values(value: Value) -> Values {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn ana() -> Values {
    values(json!({
        "userName": "ana", "active": true, "displayName": "Ana",
        "name": { "givenName": "Ana" },
        "emails": [{ "value": "ana@example.com", "type": "work", "primary": true },
                   { "value": "ana.home@example.com", "type": "home" }],
    }))
}

/// What becomes of Ana, or the kind of error.
fn becomes(kind: ScimKind, mut resource: Values, operations: Value) -> Result<Values, &'static str> {
    let message = values(
        json!({ "SCHEMAS": ["URN:ietf:params:scim:api:messages:2.0:PatchOp"],
        "operations": operations }),
    );
    apply(kind, &mut resource, &message).map_err(|why| why.scim_type.unwrap())?;
    Ok(resource)
}

fn user(operations: Value) -> Result<Values, &'static str> {
    becomes(ScimKind::User, ana(), operations)
}

#[test]
fn elements_are_set_one_by_one() {
    let after = user(json!([
        { "op": "replace", "path": "emails[type eq \"home\" and value co \"home\"].primary", "value": "True" },
        { "op": "add", "path": "emails[type eq \"other\"]", "value": { "value": "x@example.com" } },
        { "op": "ADD", "path": "emails", "value": { "value": "ANA@example.com", "display": "Ana" } },
        { "op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:user:emails[type eq \"home\"].display" },
    ]));
    assert_eq!(
        after.unwrap()["emails"],
        json!([{ "value": "ana@example.com", "type": "work", "primary": false, "display": "Ana" },
               { "value": "ana.home@example.com", "type": "home", "primary": true },
               { "value": "x@example.com", "type": "other" }])
    );
    let after =
        user(json!([{ "op": "remove", "path": "emails", "value": [{ "value": "ana@example.com" }] }]));
    assert_eq!(after.unwrap()["emails"].as_array().map(Vec::len), Some(1));
    let after = user(json!([{ "op": "replace", "path": "emails", "value": null }])).unwrap();
    assert!(!after.contains_key("emails"));
}

#[test]
fn keys_of_a_value_are_paths() {
    let after = user(json!([{ "op": "add", "value": {
        "NAME.familyName": "Rossi",
        "emails[type eq \"work\"].value": "rossi@example.com",
        "urn:ietf:params:scim:schemas:core:2.0:User:externalId": "7",
        "id": "x", "meta.location": "x", "password": "x", "displayName": null, "active": null,
    } }]));
    let after = after.unwrap();
    assert_eq!(
        after["name"],
        json!({ "givenName": "Ana", "familyName": "Rossi" })
    );
    assert_eq!(after["emails"][0]["value"], "rossi@example.com");
    assert_eq!(
        (&after["externalId"], &after["active"]),
        (&json!("7"), &json!(true))
    );
    assert_eq!(after.len(), 6, "{after:?}");
}

#[test]
fn what_cannot_be_done_is_said_by_its_kind() {
    for (operations, kind) in [
        (json!({}), "invalidSyntax"),
        (json!([]), "invalidSyntax"),
        (json!(["remove"]), "invalidSyntax"),
        (
            json!([{ "op": "replace", "path": "displayName" }]),
            "invalidValue",
        ),
        (
            json!([{ "op": "replace", "path": "userName", "value": null }]),
            "invalidValue",
        ),
        (
            json!([{ "op": "replace", "path": "name", "value": "Ana" }]),
            "invalidValue",
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": ["a@example.com"] }]),
            "invalidValue",
        ),
        (
            json!([{ "op": "replace", "path": "", "value": "x" }]),
            "invalidPath",
        ),
        (
            json!([{ "op": "replace", "path": 4, "value": "x" }]),
            "invalidPath",
        ),
        (
            json!([{ "op": "replace", "path": "displayName[value eq \"x\"]", "value": "x" }]),
            "invalidPath",
        ),
        (
            json!([{ "op": "replace", "path": "emails[shoe eq \"x\"].value", "value": "x" }]),
            "invalidFilter",
        ),
        (json!([{ "op": "remove", "path": "Schemas" }]), "mutability"),
        (json!([{ "op": "remove", "path": null }]), "noTarget"),
    ] {
        assert_eq!(user(operations.clone()).unwrap_err(), kind, "{operations}");
    }
    let without = |path: &str| user(json!([{ "op": "remove", "path": path }])).unwrap();
    assert_eq!(without("active"), ana());
    assert_eq!(without("displayName.x"), ana());
    assert!(!without("name.givenName").contains_key("name"));
}

#[test]
fn ids_of_members_are_compared_exactly() {
    let team = values(json!({ "displayName": "Ops", "members": [{ "value": "u1", "display": "Ana" }] }));
    let group = |operations| becomes(ScimKind::Group, team.clone(), operations);
    let after =
        group(json!([{ "op": "add", "path": "members", "value": [{ "value": "U1" }, { "value": "u1" }] }]));
    assert_eq!(
        after.unwrap()["members"],
        json!([{ "value": "u1", "display": "Ana" }, { "value": "U1" }])
    );
    let after = group(json!([{ "op": "remove", "path": "members", "value": [{ "value": "U1" }] }]));
    assert_eq!(after.unwrap(), team);
    let refused = group(json!([{ "op": "remove", "path": "displayName" }]));
    assert_eq!(refused.unwrap_err(), "mutability");
}
