//! What a closed review says, as the file holds it that anybody can check (docs/decisions/0018). The document is written as
//! RFC 8785 has it: without spaces, the names of each object in order, so that the same review always is the same bytes.
//! Fields stand in the order of their names here for that reason.

use domain::Timestamp;
use domain::reviews::{Review, ReviewVerdict};
use serde::{Deserialize, Serialize};
use store::reviews::LineRecord;

/// What the document is, and what a signature is for: no other bytes that this key signs begin like this.
pub(super) const FORMAT: &str = "gatehouse-access-review/1";
/// How it is signed (RFC 8032).
pub(super) const ALGORITHM: &str = "Ed25519";

/// The document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub format: String,
    pub lines: Vec<Line>,
    pub review: Head,
}

/// The review itself. Instants are in UTC.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub about: String,
    pub closed_at: String,
    pub closed_by: String,
    /// The last day in the organization's time zone.
    pub due: String,
    pub ended: u32,
    pub id: i64,
    pub kept: u32,
    /// The organization's part of addresses.
    pub organization: String,
    /// The address at which it was reviewed.
    pub server: String,
    pub started_at: String,
    pub started_by: String,
    pub undecided: u32,
}

/// One person's access to one provider by one source, as it stood at the start, and what was decided.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub decided_at: Option<String>,
    pub decided_by: Option<String>,
    /// `keep` or `end`; null is undecided.
    pub decision: Option<ReviewVerdict>,
    pub email: String,
    pub ends_at: Option<String>,
    pub given_by: Option<String>,
    /// A day in UTC; null is never.
    pub last_used: Option<String>,
    pub member: i64,
    pub name: String,
    pub note: String,
    pub provider: String,
    pub provider_id: i64,
    pub since: String,
    /// Null is a grant of the member's own.
    pub team: Option<String>,
    pub team_id: Option<i64>,
}

/// By whom the document was signed, in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signature {
    pub algorithm: String,
    pub public_key: String,
    pub value: String,
}

impl Head {
    /// Nothing for a review that is open.
    pub fn of(review: &Review, organization: &str, server: &str) -> Option<Self> {
        let (closed_at, closed_by) = review.closed.as_ref()?;
        Some(Self {
            about: review.about.clone(),
            closed_at: closed_at.rfc3339(),
            closed_by: closed_by.clone(),
            due: review.due_day.clone(),
            ended: review.ended,
            id: review.id.0,
            kept: review.kept,
            organization: organization.to_owned(),
            server: server.to_owned(),
            started_at: review.started_at.rfc3339(),
            started_by: review.started_by.clone(),
            undecided: review.undecided(),
        })
    }
}

impl From<LineRecord> for Line {
    fn from(LineRecord { line, provider, .. }: LineRecord) -> Self {
        let decided = line.decided;
        let (team_id, team) = line.team.map(|team| (team.id.0, team.name)).unzip();
        Self {
            decided_at: decided.as_ref().map(|decided| decided.at.rfc3339()),
            decided_by: decided.as_ref().map(|decided| decided.by.clone()),
            decision: decided.as_ref().map(|decided| decided.verdict),
            email: line.email,
            ends_at: line.ends_at.map(Timestamp::rfc3339),
            given_by: line.given_by,
            last_used: line.last_used.map(Timestamp::date),
            member: line.member.0,
            name: line.name,
            note: decided.map(|decided| decided.note).unwrap_or_default(),
            provider: line.provider,
            provider_id: provider.0,
            since: line.since.rfc3339(),
            team,
            team_id,
        }
    }
}

/// What is signed of a document: what it is, and the SHA-256 of its bytes.
pub(super) fn signed(digest: &[u8]) -> Vec<u8> {
    let mut message = format!("{FORMAT}\n").into_bytes();
    for byte in digest {
        message.extend(format!("{byte:02x}").into_bytes());
    }
    message
}
