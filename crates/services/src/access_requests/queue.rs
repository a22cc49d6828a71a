//! Whose requests somebody decides or sees, and what somebody can ask for.

use crate::members::explained;
use crate::{Actor, Error};
use domain::access::Denial;
use domain::limits::QUEUE_ROWS;
use domain::requests::{AccessRequest, AccessRequestState, Askable, Decider, RequestQueue};
use domain::{MemberId, OrganizationId, ProviderId, Role, Timestamp};
use store::Conn;
use store::access_requests::{self, Whose};

/// How many open requests wait for somebody.
pub(crate) async fn waiting_for(conn: &impl Conn, actor: &Actor, now: Timestamp) -> Result<u32, Error> {
    Ok(match deciding(conn, actor, now).await? {
        Some(whose) => access_requests::waiting(conn, actor.organization, &whose).await?,
        None => 0,
    })
}

/// The requests that somebody may decide; `None` when there can be none. As [`Decider::may_decide`] has it.
pub(crate) async fn deciding(
    conn: &impl Conn,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<Whose>, Error> {
    let (organization, member) = (actor.organization, actor.member);
    let roles =
        |may: &dyn Fn(Role) -> bool| Whose::of_roles(Role::ALL.iter().copied().filter(|role| may(*role)));
    if actor.role.administers() {
        return Ok(Some(roles(&|role| actor.role.may_change(role))));
    }
    if !access_requests::leads(conn, organization, member, None).await? {
        return Ok(None);
    }
    let usable = usable(conn, organization, member, now).await?;
    Ok(Some(Whose {
        led: Some((member, usable)),
        ..roles(&|role| role <= actor.role)
    }))
}

/// The providers that a member can use.
pub(super) async fn usable(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<ProviderId>, Error> {
    let access = explained(conn, organization, member, now).await?;
    let usable = access.into_iter().filter(|access| access.denial.is_none());
    Ok(usable.map(|access| access.provider.id).collect())
}

/// The active providers that are not allowed to a member and not asked for, by name.
pub(super) async fn askable(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    own: &[AccessRequest],
    now: Timestamp,
) -> Result<Vec<Askable>, Error> {
    let mut active = access_requests::active_providers(conn, organization).await?;
    let access = explained(conn, organization, member, now).await?;
    let is_open = |id: ProviderId| {
        own.iter()
            .any(|request| request.provider.id == id && request.state == AccessRequestState::Open)
    };
    active.retain(|provider| {
        let of_it = access.iter().find(|access| access.provider.id == provider.id);
        of_it.is_some_and(|access| access.denial == Some(Denial::ProviderNotAllowed)) && !is_open(provider.id)
    });
    Ok(active)
}

pub(super) async fn queue(
    conn: &impl Conn,
    actor: &Actor,
    shown: &Whose,
    deciding: Option<&Whose>,
    page: u32,
) -> Result<RequestQueue, Error> {
    let organization = actor.organization;
    let total = access_requests::waiting(conn, organization, shown).await?;
    let pages = total.div_ceil(QUEUE_ROWS).max(1);
    let page = page.clamp(1, pages);
    let skip = (page - 1) * QUEUE_ROWS;
    let mut rows = access_requests::queue(conn, organization, shown, skip, QUEUE_ROWS).await?;
    for row in &mut rows {
        row.may_decide = match deciding {
            Some(whose) => match &whose.led {
                None => whose.roles.contains(&row.role),
                Some((lead, providers)) => {
                    let decider = Decider {
                        role: actor.role,
                        is_asker: row.member == *lead,
                        leads_asker: access_requests::leads(conn, organization, *lead, Some(row.member))
                            .await?,
                        can_use: providers.contains(&row.request.provider.id),
                    };
                    decider.may_decide(row.role)
                }
            },
            None => false,
        };
    }
    Ok(RequestQueue {
        rows,
        total,
        page,
        pages,
    })
}
