//! Starting a review: a line for each access that there is.

use crate::connection::{Inner, WriteTx};
use crate::error::Result;
use crate::sql::{self, Sql};
use domain::reviews::{REVIEW_LINES, ReviewScope};
use domain::{OrganizationId, ReviewId, Timestamp};
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
pub(super) fn lines_now(
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
