//! What decides about access, whole, and the entries of the audit log by which it is taken back to a past instant.

use crate::access::{carried, only, own_grants, places};
use crate::connection::Conn;
use crate::error::{Error, Result, known};
use crate::sql::{self, Sql};
use domain::access::Grant;
use domain::as_of::{Before, PastDeed, PastMember, PastProvider, PastTeam, Standing, UNDONE};
use domain::audit::AuditTarget;
use domain::{MemberId, OrganizationId, ProviderId, TeamId, Timestamp};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// Id, name, e-mail, role, status, end of an invitation.
type MemberRow = (i64, String, String, String, String, Option<i64>);

/// What is stored now.
pub async fn standing(conn: &impl Conn, organization: OrganizationId) -> Result<Standing> {
    let values = || vec![organization.0.into()];
    let mut grants = own_grants(conn, "", values()).await?;
    let mut teams_of = places(conn, "", values()).await?;
    let members: Vec<MemberRow> = sql::unordered(
        conn,
        "m.id, m.name, m.email, m.role, m.status, m.expires_at",
        "FROM member m WHERE m.organization_id = ?",
        values(),
    )
    .await?;
    let member = |(id, name, email, role, status, expires_at): MemberRow| {
        let past = PastMember {
            name,
            email,
            role: known("member.role", &role)?,
            status: known("member.status", &status)?,
            expires_at: expires_at.map(Timestamp),
            grants: grants.remove(&id).unwrap_or_default(),
            teams: teams_of.remove(&id).unwrap_or_default(),
        };
        Ok((MemberId(id), past))
    };
    let members = members.into_iter().map(member).collect::<Result<_>>()?;
    let teams: Vec<(i64, String)> =
        sql::unordered(conn, "id, name", "FROM team WHERE organization_id = ?", values()).await?;
    let mut standing = Standing {
        members,
        ..Standing::default()
    };
    for (id, name) in teams {
        let team = PastTeam {
            name,
            ..PastTeam::default()
        };
        standing.teams.insert(TeamId(id), team);
    }
    for of_team in carried(conn, organization).await? {
        if let Some(team) = standing.teams.get_mut(&of_team.team) {
            team.grants = of_team.grants;
        }
    }
    let providers: Vec<(i64, String, String)> = sql::unordered(
        conn,
        "id, name, status",
        "FROM provider WHERE organization_id = ?",
        values(),
    )
    .await?;
    for (id, name, status) in providers {
        let status = known("provider.status", &status)?;
        standing
            .providers
            .insert(ProviderId(id), PastProvider { name, status });
    }
    Ok(standing)
}

/// The own grants of these members, ended ones included; who has none is left out.
pub async fn own(
    conn: &impl Conn,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<Grant>>> {
    let mut values = vec![organization.0.into()];
    let ids = members.iter().map(|member| member.0).collect();
    let which = only(conn, "m.id", Some(ids), &mut values);
    let grants = own_grants(conn, &which, values).await?;
    Ok(grants
        .into_iter()
        .map(|(id, grants)| (MemberId(id), grants))
        .collect())
}

/// The grants of one provider, ended ones included: members' own, with those who have them on the same terms, and what
/// teams carry.
pub async fn given(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
) -> Result<(Vec<(Grant, Vec<MemberId>)>, Vec<(TeamId, Grant)>)> {
    let values = vec![organization.0.into(), provider.0.into()];
    let mut holders: HashMap<Grant, Vec<MemberId>> = HashMap::new();
    for (member, grants) in own_grants(conn, " AND g.provider_id = ?", values).await? {
        for grant in grants {
            holders.entry(grant).or_default().push(MemberId(member));
        }
    }
    let mut holders: Vec<(Grant, Vec<MemberId>)> = holders.into_iter().collect();
    // The same entry for the same grants, in whatever order they were read.
    for (_, members) in &mut holders {
        members.sort_unstable();
    }
    holders.sort_unstable_by_key(|(_, members)| members.first().copied());
    let carried = carried(conn, organization).await?.into_iter();
    let carriers = carried.filter_map(|of_team| {
        let grant = of_team
            .grants
            .into_iter()
            .find(|grant| grant.provider == provider)?;
        Some((of_team.team, grant))
    });
    Ok((holders, carriers.collect()))
}

#[derive(FromQueryResult)]
struct PlaceRow {
    id: i64,
}

/// The place of the last entry that was written until an instant; 0 before the first.
pub async fn last_until(conn: &impl Conn, organization: OrganizationId, at: Timestamp) -> Result<i64> {
    // Backwards along the index, so that it costs what happened since.
    let rows: Vec<PlaceRow> = sql::rows(
        conn,
        "SELECT id FROM audit WHERE organization_id = ? AND at <= ? ORDER BY id DESC LIMIT 1",
        vec![organization.0.into(), at.0.into()],
    )
    .await?;
    Ok(rows.first().map_or(0, |row| row.id))
}

/// Id, instant, action, kind and id of the target, its name, and what was before.
type DeedRow = (i64, i64, String, String, i64, String, Option<String>);

/// The entries after one place and before another that decide about access, newest first, with their places.
pub async fn deeds(
    conn: &impl Conn,
    organization: OrganizationId,
    (after, before): (i64, i64),
    limit: u32,
) -> Result<Vec<(i64, PastDeed)>> {
    let mut from = Sql::default();
    from.push("FROM (SELECT * FROM audit WHERE organization_id = ")
        .bind(organization.0);
    from.push(" AND id > ").bind(after);
    from.push(" AND id < ").bind(before).push(" AND action IN ");
    from.list(UNDONE.iter().map(|action| action.as_str()));
    from.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit));
    from.push(") a");
    let mut rows: Vec<DeedRow> = sql::unordered(
        conn,
        "a.id, a.at, a.action, a.target_kind, coalesce(a.target_id, 0), a.target_label, a.before",
        &from.text,
        from.values,
    )
    .await?;
    rows.sort_unstable_by_key(|(id, ..)| std::cmp::Reverse(*id));
    rows.into_iter().map(deed).collect()
}

fn deed((id, at, action, kind, target, label, before): DeedRow) -> Result<(i64, PastDeed)> {
    let before = match before {
        Some(before) => serde_json::from_str(&before).map_err(|why| Error::corrupt("audit.before", why))?,
        None => Before::default(),
    };
    let target =
        AuditTarget::from_parts(&kind, target).map_err(|why| Error::corrupt("audit.target_kind", why))?;
    let deed = PastDeed {
        at: Timestamp(at),
        action: known("audit.action", &action)?,
        target,
        label,
        before,
    };
    Ok((id, deed))
}
