//! What the AI Access page shows, and what its exports hold.

use super::select::Selection;
use super::{rows, status_counts};
use crate::connection::Conn;
use crate::error::Result;
use crate::{access, providers, teams};
use domain::limits::PAGE_ROWS;
use domain::member::MemberPage;
use domain::query::MemberQuery;
use domain::{MemberId, OrganizationId, Timestamp};

/// One page of the table with everything around it. A page out of range is clamped to the nearest.
pub async fn page(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &MemberQuery,
    now: Timestamp,
) -> Result<MemberPage> {
    let selection = Selection::new(conn, organization, query, now).await?;
    let matched = selection.count(conn).await?;
    let pages = matched.div_ceil(PAGE_ROWS).max(1);
    let page = query.page.clamp(1, pages);
    let ids = selection
        .ids(conn, Some((PAGE_ROWS, (page - 1) * PAGE_ROWS)))
        .await?;
    Ok(MemberPage {
        rows: rows(conn, organization, &ids, now).await?,
        matched,
        page,
        pages,
        counts: status_counts(conn, organization, now).await?,
        teams: teams::refs(conn, organization).await?,
        providers: providers::refs(conn, organization).await?,
        revision: access::revision(conn, organization).await?,
        now,
    })
}

/// How many rows match.
pub async fn count(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &MemberQuery,
    now: Timestamp,
) -> Result<u32> {
    Selection::new(conn, organization, query, now)
        .await?
        .count(conn)
        .await
}

/// Every row that matches, over all pages, in order.
pub async fn ordered_ids(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &MemberQuery,
    now: Timestamp,
) -> Result<Vec<MemberId>> {
    Selection::new(conn, organization, query, now)
        .await?
        .ids(conn, None)
        .await
}

/// The first rows that match, for a list to choose from.
pub async fn first_ids(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &MemberQuery,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<MemberId>> {
    Selection::new(conn, organization, query, now)
        .await?
        .ids(conn, Some((limit, 0)))
        .await
}
