//! Access reviews: starting, deciding and closing them.

mod document;
mod export;
mod verify;

pub use verify::{ReviewFault, VerifiedReview, verify_review};

use crate::access_requests::deciding;
use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::reviews::{
    REVIEW_LINES, REVIEW_PAGE, REVIEWS_SHOWN, Review, ReviewDecided, ReviewDecision, ReviewInput, ReviewLine,
    ReviewList, ReviewOutcome, ReviewPage, ReviewQuery, ReviewScope, ReviewVerdict, due,
};
use domain::{OrganizationId, Problem, ProblemCode, ReviewId, Role, Timestamp};
use serde_json::json;
use store::Conn;
use store::access_requests::leads;
use store::reviews::{self, LineRecord, NewReview, Reviewer};

const NO_REVIEWER: &str =
    "Only admins, owners and the leads of teams can decide in access reviews. Ask one of them.";

impl Services {
    /// Reviews, the newest first, before one if it is given, and what a new one can be about. For auditors and above; the lead
    /// of a team sees those that have lines for them.
    pub async fn reviews(&self, actor: &Actor, before: Option<ReviewId>) -> Result<ReviewList, Error> {
        let (tx, organization, now) = (self.read(actor).await?, actor.organization, self.now());
        let (only, _) = sight(&tx, actor, now).await?;
        // One more than is shown says whether there are others.
        let mut reviews = reviews::list(&tx, organization, before, only.as_ref(), REVIEWS_SHOWN + 1).await?;
        let more = reviews.len() > REVIEWS_SHOWN;
        reviews.truncate(REVIEWS_SHOWN);
        // Whoever sees not all lines starts none.
        let (teams, providers) = match only {
            None => (
                store::teams::refs(&tx, organization).await?,
                store::providers::refs(&tx, organization).await?,
            ),
            Some(_) => (Vec::new(), Vec::new()),
        };
        Ok(ReviewList {
            next: reviews.last().filter(|_| more).map(|review| review.id),
            reviews,
            teams,
            providers,
            zone: store::time_zones::of(&tx, organization)
                .await?
                .current()
                .name()
                .to_owned(),
            may_start: actor.role == Role::Owner,
            now,
        })
    }

    /// A review with a page of its lines. For auditors and above; the lead of a team sees the lines that they decide about.
    pub async fn review(
        &self,
        actor: &Actor,
        review: ReviewId,
        query: &ReviewQuery,
    ) -> Result<ReviewPage, Error> {
        let (tx, now) = (self.search(actor).await?, self.now());
        let organization = actor.organization;
        let (only, reviewer) = sight(&tx, actor, now).await?;
        let review = find(&tx, organization, review, only.as_ref()).await?;
        let mut records = reviews::lines(
            &tx,
            organization,
            review.id,
            query,
            only.as_ref(),
            REVIEW_PAGE + 1,
            now,
        )
        .await?;
        let more = records.len() > REVIEW_PAGE;
        records.truncate(REVIEW_PAGE);
        let mut lines: Vec<ReviewLine> = Vec::with_capacity(records.len());
        for record in records {
            let may_decide = match &reviewer {
                Some(reviewer) if review.closed.is_none() && !is_over(&record) => {
                    may_decide(&tx, organization, reviewer, &record).await?
                }
                _ => false,
            };
            lines.push(ReviewLine {
                may_decide,
                ..record.line
            });
        }
        Ok(ReviewPage {
            next: lines.last().filter(|_| more).map(|line| line.id),
            may_close: review.closed.is_none() && actor.role == Role::Owner,
            review,
            lines,
            now,
        })
    }

    /// Starts a review of what everybody can use, the people of a team, or those of a provider. For owners.
    pub async fn start_review(&self, actor: &Actor, input: &ReviewInput) -> Result<ReviewId, Error> {
        let (scope, due_day) = input.check()?;
        let change = self.change(actor).await?;
        change.owns("start access reviews")?;
        let (tx, organization, now) = (&change.tx, change.organization, change.now);
        let zones = store::time_zones::of(tx, organization).await?;
        let due_at = zones.current().end_of(&due_day);
        let due_at = due_at.ok_or_else(|| Problem::invalid("due", "Choose a day within the next year."))?;
        due(due_at, now)?;
        let about = about(tx, organization, scope).await?;
        let by = change.actor_name().await?;
        let new = NewReview {
            scope,
            about: &about,
            due_day: &due_day,
            due_at,
            by: &by,
        };
        let (review, lines) = reviews::start(tx, organization, new, now).await?;
        match lines {
            0 => {
                let message = "Nobody there can use a provider, so that there is nothing to review.";
                return Err(Problem::invalid("scope", message).into());
            }
            lines if lines > REVIEW_LINES => {
                let message = format!(
                    "This review would have more than {REVIEW_LINES} lines. Review one team or one provider at a time."
                );
                return Err(Problem::invalid("scope", message).into());
            }
            _ => {}
        }
        let told = json!({ "scope": scope.to_string(), "due": due_day, "lines": lines });
        change
            .audit(
                AuditAction::ReviewStart,
                AuditTarget::Review(review),
                &about,
                None,
                Some(told),
            )
            .await?;
        change.commit().await?;
        Ok(review)
    }

    /// Keeps or ends what lines of an open review are about. Own grants end with the decision; what a team gives cannot be
    /// taken from one person alone. Each is an entry of the audit log, and all are one transaction. For whoever decides about
    /// the person's access requests, but for themselves.
    pub async fn decide_review(
        &self,
        actor: &Actor,
        review: ReviewId,
        asked: ReviewDecision,
    ) -> Result<ReviewOutcome, Error> {
        let asked = asked.check()?;
        let change = self.change(actor).await?;
        let (organization, now) = (change.organization, change.now);
        let reviewer = reviewer(&change.tx, change.actor()?, now).await?;
        let reviewer = reviewer.ok_or_else(|| change.refuse(NO_REVIEWER))?;
        let only = Some(&reviewer).filter(|_| !change.role().reads_admin_side());
        let review = find(&change.tx, organization, review, only).await?;
        is_open(&review)?;
        let records = reviews::lines_by_id(&change.tx, organization, review.id, &asked.lines, now).await?;
        let mut outcome = ReviewOutcome::default();
        let decided = ReviewDecided {
            verdict: asked.verdict,
            note: asked.note,
            by: change.actor_name().await?,
            at: now,
        };
        for record in &records {
            let before = record.line.decided.as_ref().map(|decided| decided.verdict);
            let moot = match decided.verdict {
                ReviewVerdict::Keep => !record.line.still,
                ReviewVerdict::End => record.line.still && record.line.team.is_some(),
            };
            let over = is_over(record) || before == Some(decided.verdict);
            match !over && may_decide(&change.tx, organization, &reviewer, record).await? {
                true if !moot => {
                    change.decide(&review, record, before, &decided).await?;
                    outcome.decided += 1;
                }
                true if decided.verdict == ReviewVerdict::End => outcome.of_team += 1,
                _ => {}
            }
        }
        let asked = u32::try_from(asked.lines.len()).unwrap_or(u32::MAX);
        outcome.left = asked - outcome.decided - outcome.of_team;
        change.commit().await?;
        Ok(outcome)
    }

    /// Closes a review. What nobody has decided about stays as it is. For owners.
    pub async fn close_review(&self, actor: &Actor, review: ReviewId) -> Result<(), Error> {
        let change = self.change(actor).await?;
        change.owns("close access reviews")?;
        let review = find(&change.tx, change.organization, review, None).await?;
        is_open(&review)?;
        let by = change.actor_name().await?;
        reviews::close(&change.tx, change.organization, review.id, &by, change.now).await?;
        let told = json!({ "kept": review.kept, "ended": review.ended, "undecided": review.undecided() });
        change
            .audit(
                AuditAction::ReviewClose,
                AuditTarget::Review(review.id),
                &review.about,
                None,
                Some(told),
            )
            .await?;
        change.commit().await
    }
}

/// How many open reviews have lines that wait for somebody; nothing for whoever decides in none.
pub(crate) async fn reviews_waiting(
    conn: &impl Conn,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<u32>, Error> {
    Ok(match reviewer(conn, actor, now).await? {
        Some(reviewer) => Some(reviews::waiting(conn, actor.organization, &reviewer).await?),
        None => None,
    })
}

async fn reviewer(conn: &impl Conn, actor: &Actor, now: Timestamp) -> Result<Option<Reviewer>, Error> {
    let whose = deciding(conn, actor, now).await?;
    Ok(whose.map(|whose| Reviewer {
        member: actor.member,
        whose,
    }))
}

/// To whose lines somebody is held who sees not all of them, and what they decide about, if anything. Refuses whoever sees
/// none.
async fn sight(
    conn: &impl Conn,
    actor: &Actor,
    now: Timestamp,
) -> Result<(Option<Reviewer>, Option<Reviewer>), Error> {
    let reviewer = reviewer(conn, actor, now).await?;
    if reviewer.is_none() {
        actor.reads_admin_side()?;
    }
    let only = reviewer.clone().filter(|_| !actor.role.reads_admin_side());
    Ok((only, reviewer))
}

/// Whether a reviewer may decide about a line of an open review: never about themselves. About somebody who is gone, whoever
/// decides about everybody of some roles.
async fn may_decide(
    conn: &impl Conn,
    organization: OrganizationId,
    reviewer: &Reviewer,
    record: &LineRecord,
) -> Result<bool, Error> {
    let Reviewer { member, whose } = reviewer;
    let of_role = record.role.is_none_or(|role| whose.roles.contains(&role));
    if record.line.member == *member || !of_role {
        return Ok(false);
    }
    Ok(match &whose.led {
        None => true,
        Some((lead, providers)) => {
            providers.contains(&record.provider)
                && leads(conn, organization, *lead, Some(record.line.member)).await?
        }
    })
}

async fn find(
    conn: &impl Conn,
    organization: OrganizationId,
    review: ReviewId,
    only: Option<&Reviewer>,
) -> Result<Review, Error> {
    let found = reviews::get(conn, organization, review, only).await?;
    Ok(found.ok_or_else(|| Problem::not_found("review"))?)
}

/// What was ended stays so: it would have to be given again.
fn is_over(record: &LineRecord) -> bool {
    let decided = record.line.decided.as_ref();
    decided.is_some_and(|decided| decided.verdict == ReviewVerdict::End)
}

fn is_open(review: &Review) -> Result<(), Problem> {
    match &review.closed {
        None => Ok(()),
        Some((at, by)) => Err(Problem::new(
            ProblemCode::Conflict,
            format!(
                "{by} closed this review at {}. Start another to decide again.",
                at.exact()
            ),
        )),
    }
}

/// What a review is about, as it is called now.
async fn about(conn: &impl Conn, organization: OrganizationId, scope: ReviewScope) -> Result<String, Error> {
    let name = match scope {
        ReviewScope::Everybody => Some("Everybody".to_owned()),
        ReviewScope::Team(id) => {
            let teams = store::teams::refs(conn, organization).await?;
            let team = teams.into_iter().find(|team| team.id == id);
            team.map(|team| format!("Team {}", team.name))
        }
        ReviewScope::Provider(id) => {
            let providers = store::providers::refs(conn, organization).await?;
            let provider = providers.into_iter().find(|provider| provider.id == id);
            provider.map(|provider| format!("Provider {}", provider.name))
        }
    };
    let gone = || Problem::invalid("scope", "This team or provider is gone. Choose another.");
    Ok(name.ok_or_else(gone)?)
}

impl Change {
    /// What the member who makes the change is called now, as a review keeps it.
    async fn actor_name(&self) -> Result<String, Error> {
        let actor = self.actor()?;
        let record = store::members::get(&self.tx, self.organization, actor.member, self.now).await?;
        let name = record.map(|record| record.name).unwrap_or_default();
        Ok(match name.is_empty() {
            true => actor.email.clone(),
            false => format!("{name} ({})", actor.email),
        })
    }

    /// Writes a decision down, and ends what it ends.
    async fn decide(
        &self,
        review: &Review,
        record: &LineRecord,
        before: Option<ReviewVerdict>,
        decided: &ReviewDecided,
    ) -> Result<(), Error> {
        let line = &record.line;
        if decided.verdict == ReviewVerdict::End && line.still {
            let member = store::members::get(&self.tx, self.organization, line.member, self.now).await?;
            let member = member.ok_or_else(|| Problem::not_found("member"))?;
            self.grant(&member, &[], &[record.provider]).await?;
        }
        reviews::decide(&self.tx, review.id, line.id, before, decided).await?;
        let action = match decided.verdict {
            ReviewVerdict::Keep => AuditAction::ReviewKeep,
            ReviewVerdict::End => AuditAction::ReviewEnd,
        };
        let told = json!({
            "review": { "id": review.id, "name": review.about },
            "provider": { "id": record.provider, "name": line.provider },
            "team": line.team.as_ref().map(|team| json!({ "id": team.id, "name": team.name })),
            "note": decided.note,
        });
        self.audit(
            action,
            AuditTarget::Member(line.member),
            &line.email,
            None,
            Some(told),
        )
        .await
    }
}
