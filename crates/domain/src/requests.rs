//! Asking for access: a member asks for a provider with a reason, and somebody who may give it decides. An access request
//! is not to be confused with a request to a model.

use crate::access::Denial;
use crate::limits::{KEY_LIFETIME, REQUEST_REASON_CHARS};
use crate::provider::{ProviderRef, ProviderStatus};
use crate::role::{UnknownName, named};
use crate::{AccessRequestId, MemberId, Problem, ProblemCode, ProviderId, Role, Timestamp, input};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// What became of an access request.
    AccessRequestState {
        /// It waits for somebody to decide.
        Open = "open", "Open";
        /// The provider was allowed.
        Approved = "approved", "Approved";
        /// It was refused, with words.
        Declined = "declined", "Declined";
        /// Who asked no longer wants it.
        Withdrawn = "withdrawn", "Withdrawn";
    }
);

/// Whether somebody may ask for a provider, by what the access rule says of them: only what would be given by a grant can
/// be asked for.
pub fn may_ask(access: Result<(), Denial>, provider: &str) -> Result<(), Problem> {
    match access {
        Err(Denial::ProviderNotAllowed) => Ok(()),
        Ok(()) => Err(Problem::invalid(
            "provider",
            format!("You can use {provider} already."),
        )),
        Err(Denial::ProviderInactive) => Err(Problem::invalid(
            "provider",
            format!("{provider} is inactive. Ask an admin to activate it."),
        )),
        Err(denial) => Err(Problem::new(
            ProblemCode::Forbidden,
            format!("{}.", denial.label()),
        )),
    }
}

/// Who decides, as far as it matters for one access request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decider {
    /// Their organization role.
    pub role: Role,
    /// They asked themselves.
    pub is_asker: bool,
    /// They lead a team in which the asker is.
    pub leads_asker: bool,
    /// They can use the provider themselves.
    pub can_use: bool,
}

impl Decider {
    /// Whether they may decide about somebody with this role. Whoever could give the provider in AI Access may, for
    /// themselves as well. A team's lead may for the people of the team who are not above them, passes on no more than
    /// they can use, and never decides about themselves.
    pub fn may_decide(self, asker: Role) -> bool {
        let as_lead = self.leads_asker && self.can_use && !self.is_asker && asker <= self.role;
        self.role.may_change(asker) || as_lead
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRequestInput {
    /// Which provider.
    pub provider: ProviderId,
    /// What for.
    pub reason: String,
    /// Until when it is wanted; `None` is without end.
    pub until: Option<Timestamp>,
}

impl AccessRequestInput {
    /// The input as it will be stored, or everything that is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<Self, Problem> {
        let mut found = input::Findings::default();
        let checked = Self {
            provider: self.provider,
            reason: found.keep(input::prose(
                "reason",
                &self.reason,
                "the reason",
                REQUEST_REASON_CHARS,
            )),
            until: found.keep(ahead("until", self.until, now)),
        };
        found.finish(checked)
    }
}

/// How an access request is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// The provider is allowed.
    Approve {
        /// Until when; `None` is without end.
        until: Option<Timestamp>,
    },
    /// It is not.
    Decline {
        /// Why not, which who asked gets to read.
        note: String,
    },
}

impl Verdict {
    /// The verdict as it will be stored, or what is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<Self, Problem> {
        Ok(match self {
            Self::Approve { until } => Self::Approve {
                until: ahead("until", *until, now)?,
            },
            Self::Decline { note } => Self::Decline {
                note: input::prose("note", note, "the reason", REQUEST_REASON_CHARS)?,
            },
        })
    }
}

/// An end that is still to come, and not out of sight.
fn ahead(field: &str, end: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
    let message = match end {
        Some(end) if end <= now => "Choose a date that is not in the past.",
        Some(end) if end > now.plus(KEY_LIFETIME) => {
            "Choose a date within the next ten years, or leave it empty."
        }
        _ => return Ok(end),
    };
    Err(Problem::invalid(field, message))
}

/// How an access request was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// By whom; `None` when that person is gone.
    pub by: Option<String>,
    /// What was said with it; empty for nothing.
    pub note: String,
    /// Until when it was approved; `None` is without end.
    pub until: Option<Timestamp>,
}

/// One access request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequest {
    /// Which.
    pub id: AccessRequestId,
    /// What is asked for.
    pub provider: ProviderRef,
    /// What for.
    pub reason: String,
    /// Until when it is wanted; `None` is without end.
    pub until: Option<Timestamp>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What became of it.
    pub state: AccessRequestState,
    /// How it was closed; `None` while it is open.
    pub closed: Option<Closed>,
}

/// An open access request as those see it who may decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedRequest {
    /// What is asked.
    pub request: AccessRequest,
    /// Who asks.
    pub member: MemberId,
    /// Their name; empty where there is none.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their role, which decides who may decide.
    pub role: Role,
    /// Whether whoever looks may decide.
    pub may_decide: bool,
}

impl QueuedRequest {
    /// What to call the person: the name, or the e-mail where there is none.
    pub fn display_name(&self) -> &str {
        match self.name.as_str() {
            "" => &self.email,
            name => name,
        }
    }

    /// Whether the provider can be given to anybody just now.
    pub fn can_be_approved(&self) -> bool {
        self.request.provider.status == ProviderStatus::Active
    }
}

/// A provider that somebody can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Askable {
    /// Which.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its part of model names, by which links name it.
    pub slug: String,
}

/// Some of the open access requests, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestQueue {
    /// They.
    pub rows: Vec<QueuedRequest>,
    /// How many there are over all pages.
    pub total: u32,
    /// The page that was served, from 1; one that is out of range is clamped to the nearest.
    pub page: u32,
    /// Pages there are, at least 1.
    pub pages: u32,
}

/// Everything that the page of access requests tells one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequests {
    /// Their own, the newest first.
    pub own: Vec<AccessRequest>,
    /// What they can ask for, by name.
    pub askable: Vec<Askable>,
    /// Those of others, for whoever decides or reads the admin side.
    pub queue: Option<RequestQueue>,
    /// The server's clock.
    pub now: Timestamp,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    #[test]
    fn only_what_a_grant_would_give_can_be_asked_for() {
        assert_eq!(may_ask(Err(Denial::ProviderNotAllowed), "Lab"), Ok(()));
        let refused = |access| may_ask(access, "Lab").unwrap_err().message;
        assert_eq!(refused(Ok(())), "You can use Lab already.");
        assert_eq!(
            refused(Err(Denial::ProviderInactive)),
            "Lab is inactive. Ask an admin to activate it."
        );
        for other in Denial::ALL {
            let asked = may_ask(Err(*other), "Lab");
            assert_eq!(asked.is_ok(), *other == Denial::ProviderNotAllowed, "{other}");
        }
    }

    #[test]
    fn admins_decide_up_to_their_role_and_leads_for_their_team() {
        let nobody = Decider {
            role: Role::Member,
            is_asker: false,
            leads_asker: false,
            can_use: true,
        };
        for asker in Role::ALL {
            for role in Role::ALL {
                let decider = Decider {
                    role: *role,
                    ..nobody
                };
                assert_eq!(
                    decider.may_decide(*asker),
                    role.may_change(*asker),
                    "{role} {asker}"
                );
                let own = Decider {
                    is_asker: true,
                    leads_asker: true,
                    ..decider
                };
                // An admin could give it to themselves in AI Access; a lead could not.
                assert_eq!(own.may_decide(*asker), role.may_change(*asker), "{role} {asker}");
                let lead = Decider {
                    leads_asker: true,
                    ..decider
                };
                let may = asker <= role || role.may_change(*asker);
                assert_eq!(lead.may_decide(*asker), may, "{role} {asker}");
                let without = Decider {
                    can_use: false,
                    ..lead
                };
                assert_eq!(
                    without.may_decide(*asker),
                    role.may_change(*asker),
                    "{role} {asker}"
                );
            }
        }
    }

    #[test]
    fn a_reason_is_needed_and_an_end_lies_ahead() {
        let asked = |reason: &str, until| {
            AccessRequestInput {
                provider: ProviderId(1),
                reason: reason.to_owned(),
                until,
            }
            .check(NOW)
        };
        assert_eq!(
            asked(" For the report.\r\nTwo weeks. ", None).unwrap().reason,
            "For the report.\nTwo weeks."
        );
        assert_eq!(asked("x", Some(NOW.plus(1))).unwrap().until, Some(NOW.plus(1)));
        let problem = asked(" ", Some(NOW)).unwrap_err();
        assert_eq!(problem.field("reason"), Some("Enter the reason."));
        assert_eq!(
            problem.field("until"),
            Some("Choose a date that is not in the past.")
        );
        assert!(asked(&"x".repeat(REQUEST_REASON_CHARS), None).is_ok());
        assert!(asked(&"x".repeat(REQUEST_REASON_CHARS + 1), None).is_err());
        let declined = |note: &str| {
            Verdict::Decline {
                note: note.to_owned(),
            }
            .check(NOW)
        };
        assert!(declined("").unwrap_err().field("note").is_some());
        assert!(declined("Use Azure.").is_ok());
        assert!(Verdict::Approve { until: Some(NOW) }.check(NOW).is_err());
    }
}
