//! Groups: teams that SCIM made.

use super::attribute::{ScimKind, Values, text};
use super::error::{ScimError, ScimRefusal};
use super::resource::{ScimResource, group, group_values};
use super::{Precondition, ScimConnection, patch};
use crate::as_of::keeping;
use crate::change::Change;
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::{MemberId, TeamId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::Conn;
use store::scim::{GroupMember, GroupRecord, Which};

/// Groups as they are answered.
pub(super) async fn read(
    conn: &impl Conn,
    connection: &ScimConnection,
    which: Which<'_>,
    with_members: bool,
) -> Result<Vec<ScimResource>, ScimError> {
    let records = store::scim::groups(conn, connection.organization, which).await?;
    let ids: Vec<TeamId> = records.iter().map(|record| record.team).collect();
    let mut members = match with_members && !ids.is_empty() {
        true => store::scim::members_of(conn, connection.organization, &ids).await?,
        false => Default::default(),
    };
    let found = records.into_iter().map(|record| {
        let members = members.remove(&record.team).unwrap_or_default();
        group(
            &connection.base,
            &record,
            group_values(&connection.base, &record, &members),
        )
    });
    Ok(found.collect())
}

/// A group as stored, with its members.
async fn record(change: &Change, id: &str) -> Result<(GroupRecord, Vec<GroupMember>), ScimError> {
    let id = ScimKind::Group.number(id).ok_or_else(ScimRefusal::not_found)?;
    let found = store::scim::groups(&change.tx, change.organization, Which::Id(id)).await?;
    let found = found.into_iter().next().ok_or_else(ScimRefusal::not_found)?;
    let members = members(change, found.team).await?;
    Ok((found, members))
}

async fn members(change: &Change, team: TeamId) -> Result<Vec<GroupMember>, ScimError> {
    let mut members = store::scim::members_of(&change.tx, change.organization, &[team]).await?;
    Ok(members.remove(&team).unwrap_or_default())
}

async fn answer(
    change: &Change,
    connection: &ScimConnection,
    team: TeamId,
) -> Result<ScimResource, ScimError> {
    let found = read(&change.tx, connection, Which::Id(team.0), true).await?;
    Ok(found.into_iter().next().ok_or_else(ScimRefusal::not_found)?)
}

fn name(values: &Values) -> Result<&str, ScimRefusal> {
    text(values, "displayName")
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| ScimRefusal::value("displayName is required and not empty."))
}

/// Refuses a name that another team has, whoever made that.
async fn name_is_free(change: &Change, name: &str, own: Option<TeamId>) -> Result<(), ScimError> {
    match store::teams::by_name(&change.tx, change.organization, name).await? {
        Some(holder) if Some(holder) != own => {
            Err(ScimRefusal::taken(format!("There is another team named {name}.")).into())
        }
        _ => Ok(()),
    }
}

/// The users among the members that are named, and whether there is anything else among them.
fn named_users(values: &Values) -> Result<(BTreeSet<MemberId>, bool), ScimRefusal> {
    let (mut users, mut others) = (BTreeSet::new(), false);
    let list = values.get("members").and_then(Value::as_array);
    for member in list.into_iter().flatten().filter_map(Value::as_object) {
        let id = text(member, "value").ok_or_else(|| ScimRefusal::value("members.value is required."))?;
        let is_group =
            text(member, "type").is_some_and(|kind| kind.eq_ignore_ascii_case(ScimKind::Group.name()));
        match ScimKind::User.number(id).filter(|_| !is_group) {
            Some(id) => {
                users.insert(MemberId(id));
            }
            None => others = true,
        }
    }
    Ok((users, others))
}

/// Makes a team.
pub(super) async fn create(
    change: &Change,
    connection: &ScimConnection,
    body: &Values,
) -> Result<ScimResource, ScimError> {
    let values = patch::read_resource(ScimKind::Group, body)?;
    let name = name(&values)?;
    name_is_free(change, name, None).await?;
    let (wanted, others) = named_users(&values)?;
    let (tx, organization) = (&change.tx, change.organization);
    let team = store::teams::insert(tx, organization, name, change.now).await?;
    store::scim::insert_group(tx, organization, team, text(&values, "externalId"), change.now).await?;
    let wanted: Vec<MemberId> = wanted.into_iter().collect();
    store::scim::insert_members(tx, organization, team, &wanted).await?;
    let members = members(change, team).await?;
    if others || members.len() != wanted.len() {
        return Err(ScimRefusal::value("A member is not a user that SCIM made or linked.").into());
    }
    let after = json!({ "name": name, "people": emails(&members) });
    change
        .audit(
            AuditAction::TeamCreate,
            AuditTarget::Team(team),
            name,
            None,
            Some(after),
        )
        .await?;
    answer(change, connection, team).await
}

fn emails(members: &[GroupMember]) -> Vec<&str> {
    members.iter().map(|member| member.email.as_str()).collect()
}

/// Replaces all attributes, members included.
pub(super) async fn replace(
    change: &Change,
    connection: &ScimConnection,
    id: &str,
    precondition: &Precondition,
    body: &Values,
) -> Result<ScimResource, ScimError> {
    let after = patch::read_resource(ScimKind::Group, body)?;
    let (record, members) = record(change, id).await?;
    save(change, connection, (&record, &members), precondition, &after).await
}

/// Applies changes.
pub(super) async fn modify(
    change: &Change,
    connection: &ScimConnection,
    id: &str,
    precondition: &Precondition,
    body: &Values,
) -> Result<ScimResource, ScimError> {
    let (record, members) = record(change, id).await?;
    let mut after = group_values(&connection.base, &record, &members);
    patch::apply(ScimKind::Group, &mut after, body)?;
    save(change, connection, (&record, &members), precondition, &after).await
}

async fn save(
    change: &Change,
    connection: &ScimConnection,
    (record, before): (&GroupRecord, &[GroupMember]),
    precondition: &Precondition,
    after: &Values,
) -> Result<ScimResource, ScimError> {
    let (tx, organization, team) = (&change.tx, change.organization, record.team);
    let now = answer(change, connection, team).await?;
    precondition.allows(&now.version)?;
    let name = name(after)?;
    let target = AuditTarget::Team(team);
    let mut changed = false;
    if name != record.name {
        name_is_free(change, name, Some(team)).await?;
        store::teams::rename(tx, organization, team, name).await?;
        let (before, after) = (json!({ "name": record.name }), json!({ "name": name }));
        change
            .audit(
                AuditAction::TeamRename,
                target,
                &record.name,
                Some(before),
                Some(after),
            )
            .await?;
        changed = true;
    }
    // Ids that SCIM does not see are passed over, so that one that is gone holds nothing up.
    let (wanted, _) = named_users(after)?;
    let had: BTreeSet<MemberId> = before.iter().map(|member| member.member).collect();
    let leave: Vec<MemberId> = had.difference(&wanted).copied().collect();
    let join: Vec<MemberId> = wanted.difference(&had).copied().collect();
    if !leave.is_empty() {
        store::scim::delete_members(tx, organization, team, &leave).await?;
    }
    if !join.is_empty() {
        store::scim::insert_members(tx, organization, team, &join).await?;
    }
    let members = members(change, team).await?;
    let are: BTreeSet<MemberId> = members.iter().map(|member| member.member).collect();
    let left: Vec<&str> = before
        .iter()
        .filter(|member| !wanted.contains(&member.member))
        .map(|member| member.email.as_str())
        .collect();
    let joined: Vec<&str> = members
        .iter()
        .filter(|member| !had.contains(&member.member))
        .map(|member| member.email.as_str())
        .collect();
    if !left.is_empty() || !joined.is_empty() {
        let kept = Kept {
            left: had.difference(&are).copied().collect(),
            joined: are.difference(&had).copied().collect(),
            ..Kept::default()
        };
        let (before, after) = (
            keeping(json!({ "removed": left }), &kept),
            json!({ "added": joined, "places": [] }),
        );
        change
            .audit(
                AuditAction::TeamPeopleChange,
                target,
                name,
                Some(before),
                Some(after),
            )
            .await?;
        changed = true;
    }
    let external_id = text(after, "externalId");
    if changed || external_id != record.external_id.as_deref() {
        store::scim::update_group(tx, organization, team, external_id, change.now).await?;
    }
    answer(change, connection, team).await
}

/// Deletes the team; its people stay.
pub(super) async fn delete(
    change: &Change,
    connection: &ScimConnection,
    id: &str,
    precondition: &Precondition,
) -> Result<(), ScimError> {
    let (record, _) = record(change, id).await?;
    precondition.allows(&answer(change, connection, record.team).await?.version)?;
    change.delete_team(record.team).await?;
    Ok(())
}
