//! An access review of the sample that is under way.

use super::{SIGN_INS, Sample, TEAMS};
use crate::Error;
use domain::audit::{AuditAction, AuditTarget};
use domain::reviews::{ReviewDecided, ReviewQuery, ReviewScope, ReviewVerdict};
use domain::{TeamId, Timestamp};
use serde_json::json;
use store::reviews::{self, NewReview};

/// How long ago it was started.
const AGO: i64 = 3 * Timestamp::HOUR;
/// Until when it is to be decided.
const DUE: i64 = 9 * Timestamp::DAY;
/// Lines that are decided.
const KEPT: usize = 3;

impl Sample<'_> {
    /// Starts one of the first team.
    pub(super) async fn start_review(&mut self, team: TeamId) -> Result<(), Error> {
        self.change.now = self.now.plus(-AGO);
        let (tx, organization, now) = (&self.change.tx, self.change.organization, self.change.now);
        let scope = ReviewScope::Team(team);
        let about = format!("Team {}", TEAMS[0]);
        let due_day = self.now.plus(DUE).date();
        let (_, name, email) = SIGN_INS[0];
        let by = format!("{name} ({email})");
        let new = NewReview {
            scope,
            about: &about,
            due_day: &due_day,
            due_at: Timestamp::end_of(&due_day).unwrap_or(self.now),
            by: &by,
        };
        let (review, lines) = reviews::start(tx, organization, new, now).await?;
        let told = json!({ "scope": scope.to_string(), "due": due_day, "lines": lines });
        self.change
            .audit(
                AuditAction::ReviewStart,
                AuditTarget::Review(review),
                &about,
                None,
                Some(told),
            )
            .await?;
        let decided = ReviewDecided {
            verdict: ReviewVerdict::Keep,
            note: "Still on the project".to_owned(),
            by,
            at: self.now.plus(-AGO / 3),
        };
        let first =
            reviews::lines(tx, organization, review, &ReviewQuery::default(), None, KEPT, now).await?;
        for record in first {
            reviews::decide(tx, review, record.line.id, None, &decided).await?;
        }
        Ok(())
    }
}
