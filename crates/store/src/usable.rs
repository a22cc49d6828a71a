//! What a member may use.

use crate::connection::Conn;
use crate::error::Result;
use crate::sql;
use domain::access::UsableProvider;
use domain::{MemberId, OrganizationId, ProviderId, Timestamp};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    name: String,
    slug: String,
    model: Option<String>,
}

/// The providers of a member, with models, by name.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<UsableProvider>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT p.id, p.name, p.slug, m.name AS model FROM provider p \
         JOIN provider_grant g ON g.provider_id = p.id AND g.member_id = ? \
         LEFT JOIN provider_model m ON m.provider_id = p.id \
         WHERE p.organization_id = ? AND p.status = 'active' AND (g.ends_at IS NULL OR g.ends_at > ?) \
         ORDER BY p.name_key, p.name_folded, m.name",
        vec![member.0.into(), organization.0.into(), now.0.into()],
    )
    .await?;
    let mut found: Vec<UsableProvider> = Vec::new();
    for row in rows {
        if found.last().is_none_or(|last| last.id.0 != row.id) {
            found.push(UsableProvider {
                id: ProviderId(row.id),
                name: row.name,
                slug: row.slug,
                models: Vec::new(),
            });
        }
        if let Some(last) = found.last_mut() {
            last.models.extend(row.model);
        }
    }
    Ok(found)
}
