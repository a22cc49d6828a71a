//! Who is asking.

use domain::{MemberId, OrganizationId, Role, UserId};

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
