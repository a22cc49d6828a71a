//! Access reviews. A line says what was so when its review was started.

use crate::access_requests::Whose;
use crate::connection::{Conn, Inner, WriteTx};
use crate::error::{Error, Result, known};
use crate::sql::{self, Sql};
use domain::reviews::{
    REVIEW_LINES, Review, ReviewDecided, ReviewLine, ReviewQuery, ReviewScope, ReviewShown, ReviewVerdict,
};
use domain::team::TeamRef;
use domain::{MemberId, OrganizationId, ProviderId, ReviewId, ReviewLineId, Role, TeamId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

/// A review to start.
#[derive(Clone, Copy, Debug)]
pub struct NewReview<'a> {
    /// Whose access.
    pub scope: ReviewScope,
    /// What that is called.
    pub about: &'a str,
    /// The last day.
    pub due_day: &'a str,
    /// The first instant after it.
    pub due_at: Timestamp,
    /// Who starts it.
    pub by: &'a str,
}

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

/// Starts a review with a line for each access that counts now, and says how many those are: at most one more than a review
/// may have.
pub async fn start(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewReview<'_>,
    now: Timestamp,
) -> Result<(ReviewId, u32)> {
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
    }
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO access_review (organization_id, scope, about, due_day, due_at, started_by, started_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        vec![
            organization.0.into(),
            new.scope.to_string().into(),
            new.about.into(),
            new.due_day.into(),
            new.due_at.0.into(),
            new.by.into(),
            now.0.into(),
        ],
    )
    .await?;
    let made = made.first().ok_or(DbErr::RecordNotInserted)?;
    let review = ReviewId(made.id);
    let postgres = tx.inner().get_database_backend() == DbBackend::Postgres;
    let lines = lines_now(organization, review, new.scope, now, postgres);
    let lines = sql::execute(tx, &lines.text, lines.values).await?;
    sql::execute(
        tx,
        "UPDATE access_review SET lines = ? WHERE organization_id = ? AND id = ?",
        vec![
            i64::try_from(lines).unwrap_or(i64::MAX).into(),
            organization.0.into(),
            review.0.into(),
        ],
    )
    .await?;
    Ok((review, u32::try_from(lines).unwrap_or(u32::MAX)))
}

/// The statement that writes the lines of a new review, by name. Invitations have no access.
fn lines_now(
    organization: OrganizationId,
    review: ReviewId,
    scope: ReviewScope,
    now: Timestamp,
    postgres: bool,
) -> Sql {
    let mut select = Sql::default();
    select
        .push(
            "INSERT INTO access_review_line (review_id, member_id, name, email, provider_id, provider_name, team_id, \
             team_name, since, given_by, ends_at, last_used) SELECT ",
        )
        .bind(review.0);
    if postgres {
        // A value that is only selected would be taken for text.
        select.push("::bigint");
    }
    select
        .push(
            ", s.member_id, s.name, s.email, p.id, p.name, t.id, t.name, \
             CASE WHEN s.created_at > s.granted_at THEN s.created_at ELSE s.granted_at END, \
             CASE WHEN u.name = '' THEN u.email ELSE u.name || ' (' || u.email || ')' END, s.ends_at, (SELECT d.at FROM usage_day d",
        )
        .push(match postgres {
            true => "",
            false => " INDEXED BY usage_day_use",
        })
        .push(" WHERE d.organization_id = ")
        .bind(organization.0)
        .push(
            " AND d.member_id = s.member_id AND d.provider_id = p.id AND d.requests > d.refused \
             ORDER BY d.at DESC LIMIT 1) FROM (",
        );
    const PERSON: &str =
        "SELECT m.id AS member_id, m.name, m.email, m.name_key, m.created_at, g.provider_id, ";
    const TERMS: &str = "g.granted_by, g.granted_at, g.ends_at FROM member m ";
    select
        .push(PERSON)
        .push("CAST(NULL AS bigint) AS team_id, ")
        .push(TERMS)
        .push("JOIN provider_grant g ON g.member_id = m.id");
    push_members(&mut select, organization, scope, now);
    select
        .push(" UNION ALL ")
        .push(PERSON)
        .push("g.team_id, ")
        .push(TERMS)
        .push("JOIN team_member tm ON tm.member_id = m.id JOIN team_provider g ON g.team_id = tm.team_id");
    push_members(&mut select, organization, scope, now);
    select
        .push(
            ") s JOIN provider p ON p.id = s.provider_id LEFT JOIN team t ON t.id = s.team_id \
             LEFT JOIN app_user u ON u.id = s.granted_by \
             ORDER BY s.name_key IS NULL, s.name_key, s.member_id, p.name_key, p.id, s.team_id IS NOT NULL, t.name_key, t.id \
             LIMIT ",
        )
        .bind(i64::from(REVIEW_LINES) + 1);
    select
}

/// The condition on the member `m` and the grant `g`.
fn push_members(select: &mut Sql, organization: OrganizationId, scope: ReviewScope, now: Timestamp) {
    select
        .push(" WHERE m.organization_id = ")
        .bind(organization.0)
        .push(" AND m.user_id IS NOT NULL AND (g.ends_at IS NULL OR g.ends_at > ")
        .bind(now.0)
        .push(")");
    match scope {
        ReviewScope::Everybody => {}
        ReviewScope::Provider(provider) => {
            select.push(" AND g.provider_id = ").bind(provider.0);
        }
        ReviewScope::Team(team) => {
            select
                .push(" AND m.id IN (SELECT member_id FROM team_member WHERE team_id = ")
                .bind(team.0)
                .push(")");
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
fn lines_of(organization: OrganizationId, review: ReviewId, now: Timestamp) -> Sql {
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
    use super::*;
    use crate::Store;
    use crate::testing::{NOW, TestDatabase};

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
