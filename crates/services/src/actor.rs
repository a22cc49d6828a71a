//! Who is asking.

use domain::{MemberId, OrganizationId, Role, UserId};

/// Whoever has a shell on the server: no account, and so no row anywhere. The database's own ids begin at 1.
const OPERATOR: (UserId, MemberId) = (UserId(0), MemberId(0));

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

impl Actor {
    /// The one who has a shell on the server and can do in an organization what its owners can. `deed` is how the audit
    /// log calls them, since they have no e-mail.
    pub(crate) fn operator(organization: OrganizationId, slug: &str, deed: &str) -> Self {
        let (user, member) = OPERATOR;
        Self {
            user,
            email: deed.to_owned(),
            organization,
            slug: slug.to_owned(),
            member,
            role: Role::Owner,
        }
    }

    /// The account, which the operator has not.
    pub(crate) fn account(&self) -> Option<UserId> {
        (self.user != OPERATOR.0).then_some(self.user)
    }
}
