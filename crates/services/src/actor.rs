//! Who is asking, and who the audit log says did it.

use domain::audit::{AuditAction, AuditTarget};
use domain::{MemberId, OrganizationId, Role, Timestamp, UserId};
use store::audit::AuditRecord;

/// An active member, acting in one organization. Every use case of an organization takes one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// Its e-mail, for the audit log.
    pub email: String,
    /// The organization of the URL.
    pub organization: OrganizationId,
    /// Its part of the URL.
    pub slug: String,
    /// The account's row in this organization.
    pub member: MemberId,
    /// The role when the request came in; changes read it again in their own transaction.
    pub role: Role,
}

/// On whose behalf a change is made.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// A member of the organization that is changed.
    Member(Actor),
    /// An account that is not, or not yet, acting in an organization.
    Account { user: UserId, email: String },
    /// A directory that keeps members and teams by SCIM; named after its connection.
    Directory { connection: String },
    /// Whoever has a shell on the server and can do what owners can; named after the command that was used.
    Operator { command: &'static str },
}

impl Principal {
    /// A row of the audit log: what this principal did to a target, which was called `label` then.
    pub(crate) fn record(
        &self,
        organization: Option<OrganizationId>,
        at: Timestamp,
        action: AuditAction,
        target: AuditTarget,
        label: &str,
    ) -> AuditRecord {
        let (actor, email) = match self {
            Self::Member(Actor { user, email, .. }) | Self::Account { user, email } => {
                (Some(*user), email.as_str())
            }
            Self::Directory { connection } => (None, connection.as_str()),
            Self::Operator { command } => (None, *command),
        };
        AuditRecord {
            organization,
            at,
            actor,
            actor_email: email.to_owned(),
            action,
            target,
            target_label: label.to_owned(),
            before: None,
            after: None,
        }
    }

    /// The account, which directories and the operator have not.
    pub(crate) fn user(&self) -> Option<UserId> {
        match self {
            Self::Member(Actor { user, .. }) | Self::Account { user, .. } => Some(*user),
            Self::Directory { .. } | Self::Operator { .. } => None,
        }
    }
}
