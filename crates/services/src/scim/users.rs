//! Users: members that SCIM made or linked.

use super::attribute::{ScimKind, Values};
use super::error::{ScimError, ScimRefusal};
use super::resource::{CheckedUser, ScimResource, check_user, display_name, kept, user, user_values};
use super::{Precondition, ScimConnection, patch};
use crate::as_of::keeping;
use crate::change::Change;
use crate::crypto::random_text;
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::email::Email;
use domain::member::KeysForOthers;
use domain::{MemberId, MemberStatus, Role, UserId};
use serde_json::json;
use store::Conn;
use store::invitations::InvitationState;
use store::members::{MemberRecord, NewMember};
use store::scim::{NewScimUser, ScimUserRecord, Which};
use store::users::NewUser;

/// Users as they are answered.
pub(super) async fn read(
    conn: &impl Conn,
    connection: &ScimConnection,
    which: Which<'_>,
    with_groups: bool,
) -> Result<Vec<ScimResource>, ScimError> {
    let records = store::scim::users(conn, connection.organization, which).await?;
    let ids: Vec<MemberId> = records.iter().map(|record| record.member).collect();
    let mut groups = match with_groups && !ids.is_empty() {
        true => store::scim::groups_of(conn, connection.organization, &ids).await?,
        false => Default::default(),
    };
    let mut found = Vec::with_capacity(records.len());
    for record in records {
        let groups = groups.remove(&record.member).unwrap_or_default();
        found.push(user(&connection.base, &record, user_values(&record)?, &groups));
    }
    Ok(found)
}

/// One user as stored.
async fn record(change: &Change, id: &str) -> Result<ScimUserRecord, ScimError> {
    let id = ScimKind::User.number(id).ok_or_else(ScimRefusal::not_found)?;
    let found = store::scim::users(&change.tx, change.organization, Which::Id(id)).await?;
    Ok(found.into_iter().next().ok_or_else(ScimRefusal::not_found)?)
}

async fn answer(
    change: &Change,
    connection: &ScimConnection,
    member: MemberId,
) -> Result<ScimResource, ScimError> {
    let found = read(&change.tx, connection, Which::Id(member.0), true).await?;
    Ok(found.into_iter().next().ok_or_else(ScimRefusal::not_found)?)
}

/// Makes a member, or links the one who has the address.
pub(super) async fn create(
    change: &Change,
    connection: &ScimConnection,
    body: &Values,
) -> Result<ScimResource, ScimError> {
    let values = patch::read_resource(ScimKind::User, body)?;
    let checked = check_user(&values)?;
    let (tx, organization) = (&change.tx, change.organization);
    name_is_free(change, &checked, None).await?;
    let holder = store::members::by_identity(tx, organization, &checked.email.identity, change.now).await?;
    let member = match &holder {
        Some(holder) => {
            may_be_linked(change, holder).await?;
            holder.id
        }
        None => make(change, &checked).await?,
    };
    let kept = kept(&values);
    let new = NewScimUser {
        user_name_folded: &checked.user_name_folded,
        external_id: checked.external_id.as_deref(),
        kept: &kept,
    };
    store::scim::insert_user(tx, organization, member, new, holder.is_some(), change.now).await?;
    if let Some(holder) = &holder {
        link(change, holder, &checked).await?;
    }
    if checked.active == Some(false) {
        let record = change.changeable(member).await?;
        change.switch(&record, true, KeysForOthers::Keep).await?;
    }
    answer(change, connection, member).await
}

/// Whom SCIM may take over: nobody who is above a member's rights, and nobody whom it has already.
async fn may_be_linked(change: &Change, holder: &MemberRecord) -> Result<(), ScimError> {
    let seen = store::scim::users(&change.tx, change.organization, Which::Id(holder.id.0)).await?;
    if !seen.is_empty() || matches!(holder.role, Role::Owner | Role::Admin) {
        return Err(taken(&holder.email).into());
    }
    Ok(())
}

fn taken(email: &str) -> ScimRefusal {
    ScimRefusal::taken(format!("The address {email} belongs to another member."))
}

async fn name_is_free(
    change: &Change,
    checked: &CheckedUser,
    own: Option<MemberId>,
) -> Result<(), ScimError> {
    let holder =
        store::scim::user_by_name(&change.tx, change.organization, &checked.user_name_folded).await?;
    match holder {
        Some(holder) if Some(holder) != own => {
            let message = format!("There is another user named {}.", checked.user_name);
            Err(ScimRefusal::taken(message).into())
        }
        _ => Ok(()),
    }
}

/// A new member, at once and without an invitation.
async fn make(change: &Change, checked: &CheckedUser) -> Result<MemberId, ScimError> {
    let (tx, organization, now) = (&change.tx, change.organization, change.now);
    let new = NewMember {
        user: account(change, &checked.name, &checked.email).await?,
        name: &checked.name,
        email: &checked.email.text,
        email_identity: &checked.email.identity,
        role: Role::Member,
        last_login: None,
    };
    let member = store::members::insert_active(tx, organization, new, now).await?;
    let after = json!({
        "name": checked.name,
        "email": checked.email.text,
        "role": Role::Member,
        "status": MemberStatus::Active,
    });
    let target = AuditTarget::Member(member);
    change
        .audit(
            AuditAction::MemberCreate,
            target,
            &checked.email.text,
            None,
            Some(after),
        )
        .await?;
    Ok(member)
}

/// A new account, to which nobody can sign in with a password. One that has the address already is never joined: who
/// made it need not be whom the directory means, and may be of another organization. Then the new one is not found by
/// the address.
async fn account(change: &Change, name: &str, email: &Email) -> Result<UserId, ScimError> {
    let held = store::users::by_identity(&change.tx, &email.identity).await?;
    let identity = match held {
        // No address is such a text.
        Some(_) => format!("scim:{}", random_text::<16>().map_err(crate::Error::from)?),
        None => email.identity.clone(),
    };
    let new = NewUser {
        name,
        email: &email.text,
        email_identity: &identity,
        password_hash: None,
    };
    Ok(store::users::insert(&change.tx, new, change.now).await?)
}

/// Takes over a row made by hand: an invitation becomes a member, and the name and address are SCIM's from then on.
async fn link(change: &Change, holder: &MemberRecord, checked: &CheckedUser) -> Result<(), ScimError> {
    let (tx, organization, now) = (&change.tx, change.organization, change.now);
    if holder.status.is_invitation() {
        if let Some(invitation) = store::invitations::of_member(tx, organization, holder.id).await? {
            store::invitations::end(tx, organization, invitation.id, InvitationState::Revoked, now).await?;
        }
        let user = account(change, &checked.name, &checked.email).await?;
        store::members::activate(tx, organization, holder.id, user, &checked.name, None).await?;
    }
    describe(change, holder, &checked.name, &checked.email).await?;
    let kept = Kept {
        expires_at: holder.expires_at,
        ..Kept::default()
    };
    let before = json!({ "name": holder.name, "email": holder.email, "status": holder.status });
    let before = keeping(before, &kept);
    let after = json!({ "name": checked.name, "email": checked.email.text });
    let target = AuditTarget::Member(holder.id);
    change
        .audit(
            AuditAction::MemberLink,
            target,
            &holder.email,
            Some(before),
            Some(after),
        )
        .await?;
    Ok(())
}

/// Writes a name and an address into a member's row, where they are others.
async fn describe(
    change: &Change,
    record: &MemberRecord,
    name: &str,
    email: &Email,
) -> Result<bool, ScimError> {
    let (tx, organization) = (&change.tx, change.organization);
    let (renamed, moved) = (record.name != name, record.email != email.text);
    if renamed {
        store::members::set_name(tx, organization, record.id, name).await?;
    }
    if moved {
        store::members::set_email(tx, organization, record.id, &email.text, &email.identity).await?;
    }
    Ok(renamed || moved)
}

/// Replaces all attributes but `active`, which stays as it is where it is absent.
pub(super) async fn replace(
    change: &Change,
    connection: &ScimConnection,
    id: &str,
    precondition: &Precondition,
    body: &Values,
) -> Result<ScimResource, ScimError> {
    let mut after = patch::read_resource(ScimKind::User, body)?;
    let record = record(change, id).await?;
    let before = user_values(&record)?;
    if let (false, Some(active)) = (after.contains_key("active"), before.get("active")) {
        after.insert("active".to_owned(), active.clone());
    }
    save(change, connection, &record, precondition, (before, after)).await
}

/// Applies changes.
pub(super) async fn modify(
    change: &Change,
    connection: &ScimConnection,
    id: &str,
    precondition: &Precondition,
    body: &Values,
) -> Result<ScimResource, ScimError> {
    let record = record(change, id).await?;
    let before = user_values(&record)?;
    let mut after = before.clone();
    patch::apply(ScimKind::User, &mut after, body)?;
    save(change, connection, &record, precondition, (before, after)).await
}

async fn save(
    change: &Change,
    connection: &ScimConnection,
    record: &ScimUserRecord,
    precondition: &Precondition,
    (before, after): (Values, Values),
) -> Result<ScimResource, ScimError> {
    let member = record.member;
    let now = answer(change, connection, member).await?;
    precondition.allows(&now.version)?;
    if before == after {
        return Ok(now);
    }
    let (was, is) = (check_user(&before)?, check_user(&after)?);
    name_is_free(change, &is, Some(member)).await?;
    let (tx, organization) = (&change.tx, change.organization);
    if was.email.identity != is.email.identity {
        let holder = store::members::by_identity(tx, organization, &is.email.identity, change.now).await?;
        if holder.is_some_and(|holder| holder.id != member) {
            return Err(taken(&is.email.text).into());
        }
    }
    let kept = kept(&after);
    let new = NewScimUser {
        user_name_folded: &is.user_name_folded,
        external_id: is.external_id.as_deref(),
        kept: &kept,
    };
    store::scim::update_user(tx, organization, member, new, change.now).await?;
    let row = change.changeable(member).await?;
    // What people changed in the row stays until the directory says something else.
    let name = match display_name(&before) == is.name {
        true => row.name.clone(),
        false => is.name.clone(),
    };
    if describe(change, &row, &name, &is.email).await? {
        let before = json!({ "name": row.name, "email": row.email });
        let after = json!({ "name": name, "email": is.email.text });
        let target = AuditTarget::Member(member);
        change
            .audit(
                AuditAction::MemberUpdate,
                target,
                &row.email,
                Some(before),
                Some(after),
            )
            .await?;
    }
    if let Some(active) = is.active
        && was.active != Some(active)
    {
        let row = change.changeable(member).await?;
        change.switch(&row, !active, KeysForOthers::Keep).await?;
    }
    answer(change, connection, member).await
}

/// Removes the member with all they had.
pub(super) async fn delete(
    change: &Change,
    connection: &ScimConnection,
    id: &str,
    precondition: &Precondition,
) -> Result<(), ScimError> {
    let record = record(change, id).await?;
    precondition.allows(&answer(change, connection, record.member).await?.version)?;
    let row = change.changeable(record.member).await?;
    change.remove(&row, KeysForOthers::Keep).await?;
    Ok(())
}
