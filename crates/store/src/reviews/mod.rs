//! Access reviews. A line says what was so when its review was started.

mod lines;
mod start;

pub use lines::{LineRecord, decide, lines, lines_by_id};
pub use start::{NewReview, start};

use crate::access_requests::Whose;
use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql::{self, Sql};
use domain::reviews::Review;
use domain::{MemberId, OrganizationId, ReviewId, Timestamp};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct ReviewRow {
    id: i64,
    about: String,
    due_day: String,
    due_at: i64,
    started_by: String,
    started_at: i64,
    lines: i64,
    kept: i64,
    ended: i64,
    closed_by: Option<String>,
    closed_at: Option<i64>,
}

impl From<ReviewRow> for Review {
    fn from(row: ReviewRow) -> Self {
        Self {
            id: ReviewId(row.id),
            about: row.about,
            due_day: row.due_day,
            due_at: Timestamp(row.due_at),
            started_at: Timestamp(row.started_at),
            started_by: row.started_by,
            lines: sql::count_of(row.lines),
            kept: sql::count_of(row.kept),
            ended: sql::count_of(row.ended),
            closed: row.closed_at.map(Timestamp).zip(row.closed_by),
        }
    }
}

/// Somebody who decides, and about whom: as about access requests, but never about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewer {
    /// Who.
    pub member: MemberId,
    /// Whose lines.
    pub whose: Whose,
}

/// Narrows lines `l` with their members `m` to those that a reviewer decides about.
fn push_reviewer(query: &mut Sql, reviewer: &Reviewer) {
    query
        .push(" AND l.member_id <> ")
        .bind(reviewer.member.0)
        .push(" AND m.role IN ")
        .list(reviewer.whose.roles.iter().map(|role| role.as_str()));
    if let Some((lead, providers)) = &reviewer.whose.led {
        // No database takes an empty list; nothing is equal to 0.
        query
            .push(" AND l.provider_id IN ")
            .list(providers.iter().map(|provider| provider.0).chain([0]));
        query
            .push(
                " AND EXISTS (SELECT 1 FROM team_member mine JOIN team_member theirs ON theirs.team_id = mine.team_id \
                 WHERE mine.member_id = ",
            )
            .bind(lead.0)
            .push(" AND mine.role = 'lead' AND theirs.member_id = l.member_id)");
    }
}

/// Narrows reviews `r` to those that have lines for a reviewer; `more` is another condition on the line `l`.
fn push_has_lines(query: &mut Sql, reviewer: &Reviewer, more: &str) {
    query.push(
        " AND EXISTS (SELECT 1 FROM access_review_line l JOIN member m ON m.id = l.member_id \
         AND m.organization_id = r.organization_id WHERE l.review_id = r.id",
    );
    query.push(more);
    push_reviewer(query, reviewer);
    query.push(")");
}

/// How many open reviews have lines that wait for a reviewer.
pub async fn waiting(conn: &impl Conn, organization: OrganizationId, reviewer: &Reviewer) -> Result<u32> {
    let mut query = Sql::default();
    query
        .push("SELECT count(*) FROM access_review r WHERE r.closed_at IS NULL AND r.organization_id = ")
        .bind(organization.0);
    push_has_lines(&mut query, reviewer, " AND l.verdict IS NULL");
    sql::number_of(conn, &query.text, query.values).await
}

/// Reviews, the newest first, before a review if one is given; only those that have lines for a reviewer, if one is given.
pub async fn list(
    conn: &impl Conn,
    organization: OrganizationId,
    before: Option<ReviewId>,
    only: Option<&Reviewer>,
    most: usize,
) -> Result<Vec<Review>> {
    let mut query = reviews_of(organization, only);
    query
        .push(" AND r.id < ")
        .bind(before.map_or(i64::MAX, |review| review.0))
        .push(" ORDER BY r.id DESC LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    let rows: Vec<ReviewRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().map(Review::from).collect())
}

/// One review; only if it has lines for a reviewer, if one is given.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    review: ReviewId,
    only: Option<&Reviewer>,
) -> Result<Option<Review>> {
    let mut query = reviews_of(organization, only);
    query.push(" AND r.id = ").bind(review.0);
    let rows: Vec<ReviewRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().next().map(Review::from))
}

/// The start of a read of reviews: what follows is another condition on `r`.
fn reviews_of(organization: OrganizationId, only: Option<&Reviewer>) -> Sql {
    let mut query = Sql::default();
    query
        .push(
            "SELECT r.id, r.about, r.due_day, r.due_at, r.started_by, r.started_at, r.lines, r.kept, r.ended, r.closed_by, \
             r.closed_at FROM access_review r WHERE r.organization_id = ",
        )
        .bind(organization.0);
    if let Some(reviewer) = only {
        push_has_lines(&mut query, reviewer, "");
    }
    query
}

/// Closes an open review. False when it is not open, or not in this organization.
pub async fn close(
    tx: &WriteTx,
    organization: OrganizationId,
    review: ReviewId,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "UPDATE access_review SET closed_by = ?, closed_at = ? WHERE organization_id = ? AND id = ? AND closed_at IS NULL",
        vec![by.into(), now.0.into(), organization.0.into(), review.0.into()],
    )
    .await?;
    Ok(done == 1)
}

#[cfg(test)]
mod tests {
    use super::lines::lines_of;
    use super::start::lines_now;
    use super::*;
    use crate::Store;
    use crate::testing::{NOW, TestDatabase};
    use domain::reviews::ReviewScope;
    use domain::{ProviderId, TeamId};

    #[derive(FromQueryResult)]
    struct Step {
        detail: String,
    }

    async fn plan(tx: &WriteTx, query: Sql) -> Vec<String> {
        let explain = format!("EXPLAIN QUERY PLAN {}", query.text);
        let steps: Vec<Step> = sql::rows(tx, &explain, query.values).await.expect("a plan");
        steps.into_iter().map(|step| step.detail).collect()
    }

    #[tokio::test]
    async fn nothing_is_read_but_what_is_of_the_review() {
        let test = TestDatabase::embedded();
        let store = Store::open(&test.database).await.expect("a store");
        let tx = store.write().await.expect("a change");
        let (organization, review) = (OrganizationId(1), ReviewId(1));
        for scope in [
            ReviewScope::Everybody,
            ReviewScope::Team(TeamId(1)),
            ReviewScope::Provider(ProviderId(1)),
        ] {
            let plan = plan(&tx, lines_now(organization, review, scope, NOW, false)).await;
            let last_use =
                "SEARCH d USING INDEX usage_day_use (organization_id=? AND member_id=? AND provider_id=?)";
            assert!(plan.iter().any(|line| line == last_use), "{scope}\n{plan:#?}");
            let scans = plan.iter().filter(|line| line.starts_with("SCAN"));
            assert!(scans.clone().all(|line| line == "SCAN s"), "{scope}\n{plan:#?}");
        }
        let plan = plan(&tx, lines_of(organization, review, NOW)).await;
        assert!(!plan.iter().any(|line| line.starts_with("SCAN")), "{plan:#?}");
    }
}
