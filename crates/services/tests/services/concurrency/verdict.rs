//! Whether what came out is one of the permitted results.

use super::{Stage, each};
use crate::common::World;
use domain::Role;
use domain::invite::InvitationView;
use domain::query::MemberQuery;
use serde_json::{Map, Value, json};

/// What is wrong with the final state, compared in the parts that are given.
async fn differences(world: &World, stage: &Stage, expected: &Value) -> Vec<String> {
    let now = world.clock.now();
    let tx = world.store.read().await.unwrap();
    let slug = if stage.names.setup_code.is_some() {
        "first"
    } else {
        &stage.slug
    };
    let organization = store::organizations::by_slug(&tx, slug)
        .await
        .unwrap()
        .unwrap()
        .id;
    let query = MemberQuery::default();
    let ids = store::members::ordered_ids(&tx, organization, &query, now)
        .await
        .unwrap();
    let rows = store::members::rows(&tx, organization, &ids, now).await.unwrap();
    let joined: Vec<_> = rows.iter().filter(|row| !row.status.is_invitation()).collect();
    let mut wrong = Vec::new();
    let mut check = |what: String, found: Value, wanted: &Value| {
        if found != *wanted {
            wrong.push(format!("{what}: {found}, not {wanted}"));
        }
    };
    for (part, wanted) in each(expected) {
        match part.as_str() {
            "members" => {
                for (name, wanted) in each(wanted) {
                    let row = rows.iter().find(|row| row.id == stage.names.members[name]);
                    let Some(row) = row else {
                        check(name.clone(), Value::Null, wanted);
                        continue;
                    };
                    if wanted.is_null() {
                        check(name.clone(), json!(row), wanted);
                        continue;
                    }
                    for (field, wanted) in each(wanted) {
                        let found = match field.as_str() {
                            "providers" => json!(row.providers.iter().map(|p| &p.name).collect::<Vec<_>>()),
                            "teams" => json!(row.teams.iter().map(|t| &t.name).collect::<Vec<_>>()),
                            "version" => json!(row.version),
                            "role" => json!(row.role),
                            "status" => json!(row.status),
                            other => panic!("unknown field {other}"),
                        };
                        check(format!("{name}.{field}"), found, wanted);
                    }
                }
            }
            "providers" => {
                for (name, wanted) in each(wanted) {
                    let id = stage.names.providers[name];
                    let found = store::providers::get(&tx, organization, id, now).await.unwrap();
                    check(name.clone(), json!(found.map(|p| p.status)), wanted);
                }
            }
            "keys" => {
                for (name, wanted) in each(wanted) {
                    let id = stage.names.keys[name];
                    let found = store::keys::get(&tx, organization, id).await.unwrap().unwrap();
                    let revoked = json!(found.revoked_at.is_some());
                    check(format!("{name}.revoked"), revoked, &wanted["revoked"]);
                }
            }
            "invitations" => {
                for (name, wanted) in each(wanted) {
                    let token = &stage.names.tokens[wanted["token"].as_str().unwrap_or("t1")];
                    let status = match stage.services.invitation(token, None).await.unwrap() {
                        InvitationView::Open { .. } => "pending",
                        InvitationView::Used { .. } => "accepted",
                        InvitationView::Revoked { .. } => "revoked",
                        other => panic!("{name}: {other:?}"),
                    };
                    check(name.clone(), json!(status), &wanted["status"]);
                }
            }
            "members_with_email" | "pending_for" => {
                let pending = part == "pending_for";
                for (email, wanted) in each(wanted) {
                    let found = rows
                        .iter()
                        .filter(|row| {
                            row.status.is_invitation() == pending && row.email.eq_ignore_ascii_case(email)
                        })
                        .count();
                    check(format!("{part} {email}"), json!(found), wanted);
                }
            }
            "owners" => check(
                part.clone(),
                json!(joined.iter().filter(|r| r.role == Role::Owner).count()),
                wanted,
            ),
            "member_count" => check(part.clone(), json!(joined.len()), wanted),
            other => panic!("unknown part {other} of a final state"),
        }
    }
    wrong
}

/// A list of kinds means any of them.
fn matches(found: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.contains(found),
        _ => found == wanted,
    }
}

pub(super) async fn judge(
    world: &World,
    stage: &Stage,
    id: &str,
    case: &Value,
    outcomes: &Map<String, Value>,
) {
    let mut reasons = Vec::new();
    for allowed in case["allowed"].as_array().unwrap() {
        let fits = each(&allowed["outcomes"])
            // What was left out has no outcome.
            .all(|(label, wanted)| outcomes.get(label).is_none_or(|found| matches(found, wanted)));
        if !fits {
            reasons.push(format!("outcomes {}", allowed["outcomes"]));
            continue;
        }
        let wrong = differences(world, stage, &allowed["final"]).await;
        if wrong.is_empty() {
            return;
        }
        reasons.extend(wrong);
    }
    panic!(
        "{id}: {} is none of what is allowed:\n{}",
        json!(outcomes),
        reasons.join("\n")
    );
}
