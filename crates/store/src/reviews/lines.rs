//! The lines of reviews, and deciding about them.

use super::{Reviewer, push_reviewer};
use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result, known};
use crate::sql::{self, Sql};
use domain::reviews::{ReviewDecided, ReviewLine, ReviewQuery, ReviewShown, ReviewVerdict};
use domain::team::TeamRef;
use domain::{MemberId, OrganizationId, ProviderId, ReviewId, ReviewLineId, Role, TeamId, Timestamp};
use sea_orm::FromQueryResult;

/// A line, with what is so now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRecord {
    /// The line. Nobody is said to be able to decide.
    pub line: ReviewLine,
    /// The provider.
    pub provider: ProviderId,
    /// The member's role now; `None` when they are gone.
    pub role: Option<Role>,
}

#[derive(FromQueryResult)]
struct LineRow {
    id: i64,
    member_id: i64,
    name: String,
    email: String,
    provider_id: i64,
    provider_name: String,
    team_id: Option<i64>,
    team_name: Option<String>,
    since: i64,
    given_by: Option<String>,
    ends_at: Option<i64>,
    last_used: Option<i64>,
    verdict: Option<String>,
    note: String,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    role: Option<String>,
    still: i64,
}

impl TryFrom<LineRow> for LineRecord {
    type Error = Error;

    fn try_from(row: LineRow) -> Result<Self> {
        let verdict = row
            .verdict
            .map(|verdict| known("access_review_line.verdict", &verdict));
        let verdict: Option<ReviewVerdict> = verdict.transpose()?;
        let decided = match (verdict, row.decided_by, row.decided_at) {
            (Some(verdict), Some(by), Some(at)) => Some(ReviewDecided {
                verdict,
                note: row.note,
                by,
                at: Timestamp(at),
            }),
            _ => None,
        };
        let role = row.role.map(|role| known("member.role", &role)).transpose()?;
        Ok(Self {
            line: ReviewLine {
                id: ReviewLineId(row.id),
                member: MemberId(row.member_id),
                name: row.name,
                email: row.email,
                provider: row.provider_name,
                team: row
                    .team_id
                    .map(TeamId)
                    .zip(row.team_name)
                    .map(|(id, name)| TeamRef { id, name }),
                since: Timestamp(row.since),
                given_by: row.given_by,
                ends_at: row.ends_at.map(Timestamp),
                last_used: row.last_used.map(Timestamp),
                still: row.still != 0,
                decided,
                may_decide: false,
            },
            provider: ProviderId(row.provider_id),
            role,
        })
    }
}

/// The start of a read of lines: what follows is another condition on `l`.
pub(super) fn lines_of(organization: OrganizationId, review: ReviewId, now: Timestamp) -> Sql {
    let mut query = Sql::default();
    query
        .push(
            "SELECT l.id, l.member_id, l.name, l.email, l.provider_id, l.provider_name, l.team_id, l.team_name, l.since, \
             l.given_by, l.ends_at, l.last_used, l.verdict, l.note, l.decided_by, l.decided_at, m.role, \
             CAST(CASE WHEN l.team_id IS NULL THEN (SELECT count(*) FROM provider_grant g WHERE g.member_id = m.id \
             AND g.provider_id = l.provider_id AND (g.ends_at IS NULL OR g.ends_at > ",
        )
        .bind(now.0)
        .push(
            ")) ELSE (SELECT count(*) FROM team_member tm JOIN team_provider g ON g.team_id = tm.team_id \
             WHERE tm.member_id = m.id AND tm.team_id = l.team_id AND g.provider_id = l.provider_id \
             AND (g.ends_at IS NULL OR g.ends_at > ",
        )
        .bind(now.0)
        .push(
            ")) END AS bigint) AS still FROM access_review_line l JOIN access_review r ON r.id = l.review_id \
             LEFT JOIN member m ON m.id = l.member_id AND m.organization_id = r.organization_id WHERE r.organization_id = ",
        )
        .bind(organization.0)
        .push(" AND l.review_id = ")
        .bind(review.0);
    query
}

async fn records(conn: &impl Conn, query: Sql) -> Result<Vec<LineRecord>> {
    let rows: Vec<LineRow> = sql::rows(conn, &query.text, query.values).await?;
    rows.into_iter().map(LineRecord::try_from).collect()
}

/// Some lines of a review, in their order; only those for a reviewer, if one is given.
pub async fn lines(
    conn: &impl Conn,
    organization: OrganizationId,
    review: ReviewId,
    shown: &ReviewQuery,
    only: Option<&Reviewer>,
    most: usize,
    now: Timestamp,
) -> Result<Vec<LineRecord>> {
    let mut query = lines_of(organization, review, now);
    if let Some(after) = shown.after {
        query.push(" AND l.id > ").bind(after.0);
    }
    query.push(match shown.show {
        None => "",
        Some(ReviewShown::Undecided) => " AND l.verdict IS NULL",
        Some(ReviewShown::Kept) => " AND l.verdict = 'keep'",
        Some(ReviewShown::Ended) => " AND l.verdict = 'end'",
    });
    if let Some(reviewer) = only {
        push_reviewer(&mut query, reviewer);
    }
    query
        .push(" ORDER BY l.id LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    records(conn, query).await
}

/// These lines of a review, of those that there are.
pub async fn lines_by_id(
    conn: &impl Conn,
    organization: OrganizationId,
    review: ReviewId,
    ids: &[ReviewLineId],
    now: Timestamp,
) -> Result<Vec<LineRecord>> {
    let mut query = lines_of(organization, review, now);
    query.push(" AND l.id IN ").list(ids.iter().map(|id| id.0));
    query.push(" ORDER BY l.id");
    records(conn, query).await
}

/// Decides about a line, and counts it in its review. `before` is what was decided until now.
pub async fn decide(
    tx: &WriteTx,
    review: ReviewId,
    line: ReviewLineId,
    before: Option<ReviewVerdict>,
    decided: &ReviewDecided,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE access_review_line SET verdict = ?, note = ?, decided_by = ?, decided_at = ? WHERE review_id = ? AND id = ?",
        vec![
            decided.verdict.as_str().into(),
            decided.note.as_str().into(),
            decided.by.as_str().into(),
            decided.at.0.into(),
            review.0.into(),
            line.0.into(),
        ],
    )
    .await?;
    let change = |of: ReviewVerdict| i64::from(decided.verdict == of) - i64::from(before == Some(of));
    sql::execute(
        tx,
        "UPDATE access_review SET kept = kept + ?, ended = ended + ? WHERE id = ?",
        vec![
            change(ReviewVerdict::Keep).into(),
            change(ReviewVerdict::End).into(),
            review.0.into(),
        ],
    )
    .await?;
    Ok(())
}
