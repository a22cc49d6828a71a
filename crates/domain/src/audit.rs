//! What the audit log tells of: which action, done to which target.

mod log;

pub use log::{AuditEntry, AuditFilter, AuditKind, AuditPage, AuditQuery};

use crate::{
    BudgetId, BulkChangeId, KeyId, MemberId, OrganizationId, PriceId, ProviderId, ReviewId, ScimTokenId,
    TeamId, TemplateId, UserId,
};
use std::fmt;
use std::str::FromStr;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What was done. The texts are stored and exported, so that they never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditAction { $($(#[$doc])* $name,)+ }

        impl AuditAction {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// As it is stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

actions! {
    /// An organization was made.
    OrganizationCreate = "organization.create",
    /// An organization got another name.
    OrganizationRename = "organization.rename",
    /// What an organization demands of sessions changed.
    SessionPolicyChange = "organization.session_policy.change",
    /// An organization moved to another time zone.
    TimeZoneChange = "organization.time_zone.change",
    /// An organization demands a second factor, or no more.
    SecondFactorDemand = "organization.second_factor.change",
    /// An organization changed its rules for virtual keys.
    KeyPolicyChange = "organization.key_policy.change",
    /// A person signed in.
    SignIn = "user.sign_in",
    /// Somebody failed to sign in to a person's account, as often as is said.
    SignInFail = "user.sign_in.fail",
    /// A member may not make the changes they tried to, as many as is said.
    ChangeRefuse = "member.change.refuse",
    /// Somebody exported what the organization has.
    ExportCreate = "export.create",
    /// A person turned their second factor on.
    SecondFactorOn = "user.second_factor.on",
    /// A person turned their second factor off.
    SecondFactorOff = "user.second_factor.off",
    /// Somebody else took a member's second factor away.
    SecondFactorReset = "member.second_factor.reset",
    /// A person used one of their recovery codes.
    RecoveryCodeUse = "user.recovery_code.use",
    /// A person ended sessions of their own.
    UserSessionsEnd = "user.sessions.end",
    /// A person changed their password.
    UserPasswordChange = "user.password.change",
    /// A person changed their name.
    UserNameChange = "user.name.change",
    /// Somebody was invited.
    InvitationCreate = "invitation.create",
    /// An invitation got a new link.
    InvitationResend = "invitation.resend",
    /// The link of an invitation was shown again.
    InvitationLinkRead = "invitation.link.read",
    /// An invitation was withdrawn.
    InvitationRevoke = "invitation.revoke",
    /// Somebody joined by an invitation.
    InvitationAccept = "invitation.accept",
    /// SCIM made a member.
    MemberCreate = "member.create",
    /// SCIM linked a member who was there, and keeps them from then on.
    MemberLink = "member.link",
    /// SCIM changed a member's name or address.
    MemberUpdate = "member.update",
    /// Somebody joined by signing in with single sign-on.
    MemberJoin = "member.join",
    /// An account was linked to the provider of single sign-on.
    IdentityLink = "user.identity.link",
    /// Single sign-on was set up or changed.
    SignOnChange = "sign_on.change",
    /// Single sign-on was removed.
    SignOnRemove = "sign_on.remove",
    /// A member's allowed providers changed.
    MemberProvidersChange = "member.providers.change",
    /// An own grant of a member got another end, or none.
    MemberProviderEnd = "member.provider.end",
    /// A member's teams changed.
    MemberTeamsChange = "member.teams.change",
    /// A member's role changed.
    MemberRoleChange = "member.role.change",
    /// A member was suspended.
    MemberSuspend = "member.suspend",
    /// A member was reactivated.
    MemberReactivate = "member.reactivate",
    /// A member was removed by somebody else.
    MemberRemove = "member.remove",
    /// A member who had been removed was brought back.
    MemberRestore = "member.restore",
    /// Many rows were changed at once.
    BulkApply = "bulk.apply",
    /// A change of many rows was undone.
    BulkUndo = "bulk.undo",
    /// A member left.
    MemberLeave = "member.leave",
    /// A member asked for a provider.
    AccessAsk = "access.ask",
    /// A member no longer wants what they asked for.
    AccessWithdraw = "access.withdraw",
    /// A member got the provider that they asked for.
    AccessApprove = "access.approve",
    /// A member did not get the provider that they asked for.
    AccessDecline = "access.decline",
    /// A provider was registered.
    ProviderCreate = "provider.create",
    /// A provider was edited.
    ProviderUpdate = "provider.update",
    /// A provider was activated.
    ProviderActivate = "provider.activate",
    /// A provider was deactivated.
    ProviderDeactivate = "provider.deactivate",
    /// A model of a provider was switched on or off.
    ProviderModelChange = "provider.model.change",
    /// A provider was deleted.
    ProviderDelete = "provider.delete",
    /// A team was made.
    TeamCreate = "team.create",
    /// A team was renamed.
    TeamRename = "team.rename",
    /// A team was deleted.
    TeamDelete = "team.delete",
    /// The people of a team changed.
    TeamPeopleChange = "team.people.change",
    /// The providers that a team carries changed.
    TeamProvidersChange = "team.providers.change",
    /// A provider that a team carries got another end, or none.
    TeamProviderEnd = "team.provider.end",
    /// A virtual key was made.
    KeyCreate = "key.create",
    /// A virtual key was renamed.
    KeyRename = "key.rename",
    /// A virtual key got a new secret.
    KeyRotate = "key.rotate",
    /// A virtual key got an earlier end.
    KeyEndChange = "key.end.change",
    /// A virtual key was revoked.
    KeyRevoke = "key.revoke",
    /// A token for SCIM was made.
    ScimTokenCreate = "scim.token.create",
    /// A token for SCIM was revoked.
    ScimTokenRevoke = "scim.token.revoke",
    /// A budget was made.
    BudgetCreate = "budget.create",
    /// A budget got another limit.
    BudgetChange = "budget.change",
    /// A budget was deleted.
    BudgetDelete = "budget.delete",
    /// A model of a provider got an own price.
    PriceSet = "price.set",
    /// An own price was ended.
    PriceEnd = "price.end",
    /// A template was made.
    TemplateCreate = "template.create",
    /// A template was changed.
    TemplateChange = "template.change",
    /// A template was deleted.
    TemplateDelete = "template.delete",
    /// Past requests were priced again.
    UsageReprice = "usage.reprice",
    /// An access review was started.
    ReviewStart = "review.start",
    /// A reviewer kept a member's access.
    ReviewKeep = "review.keep",
    /// A reviewer decided that a member's access ends.
    ReviewEnd = "review.end",
    /// An access review was closed.
    ReviewClose = "review.close",
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stored action or kind of target that this program does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log has no {0:?}")]
pub struct UnknownAudit(String);

impl FromStr for AuditAction {
    type Err = UnknownAudit;
    fn from_str(text: &str) -> Result<Self, UnknownAudit> {
        let found = Self::ALL.iter().find(|action| action.as_str() == text);
        found.copied().ok_or_else(|| UnknownAudit(text.to_owned()))
    }
}

/// What an action was done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditTarget {
    /// An organization.
    Organization(OrganizationId),
    /// A person's account.
    User(UserId),
    /// A member or an invitation.
    Member(MemberId),
    /// A provider.
    Provider(ProviderId),
    /// A team.
    Team(TeamId),
    /// A virtual key.
    Key(KeyId),
    /// A change of many rows.
    Bulk(BulkChangeId),
    /// A token of a SCIM connection.
    ScimToken(ScimTokenId),
    /// A budget.
    Budget(BudgetId),
    /// An own price.
    Price(PriceId),
    /// A template.
    Template(TemplateId),
    /// A sign-in to a member's account.
    SignIn(MemberId),
    /// An access review.
    Review(ReviewId),
}

impl AuditTarget {
    /// Its kind and its id, as they are stored.
    pub fn parts(self) -> (&'static str, i64) {
        let id = match self {
            Self::Organization(id) => id.0,
            Self::User(id) => id.0,
            Self::Member(id) => id.0,
            Self::Provider(id) => id.0,
            Self::Team(id) => id.0,
            Self::Key(id) => id.0,
            Self::Bulk(id) => id.0,
            Self::ScimToken(id) => id.0,
            Self::Budget(id) => id.0,
            Self::Price(id) => id.0,
            Self::Template(id) => id.0,
            Self::SignIn(id) => id.0,
            Self::Review(id) => id.0,
        };
        (self.kind().as_str(), id)
    }

    /// What kind of thing it is.
    pub fn kind(self) -> AuditKind {
        match self {
            Self::Organization(_) => AuditKind::Organization,
            Self::User(_) => AuditKind::User,
            Self::Member(_) => AuditKind::Member,
            Self::Provider(_) => AuditKind::Provider,
            Self::Team(_) => AuditKind::Team,
            Self::Key(_) => AuditKind::Key,
            Self::Bulk(_) => AuditKind::Bulk,
            Self::ScimToken(_) => AuditKind::ScimToken,
            Self::Budget(_) => AuditKind::Budget,
            Self::Price(_) => AuditKind::Price,
            Self::Template(_) => AuditKind::Template,
            Self::SignIn(_) => AuditKind::SignIn,
            Self::Review(_) => AuditKind::Review,
        }
    }

    /// From what [`AuditTarget::parts`] gave.
    pub fn from_parts(kind: &str, id: i64) -> Result<Self, UnknownAudit> {
        let kind: AuditKind = kind.parse().map_err(|_| UnknownAudit(kind.to_owned()))?;
        Ok(match kind {
            AuditKind::Organization => Self::Organization(OrganizationId(id)),
            AuditKind::User => Self::User(UserId(id)),
            AuditKind::Member => Self::Member(MemberId(id)),
            AuditKind::Provider => Self::Provider(ProviderId(id)),
            AuditKind::Team => Self::Team(TeamId(id)),
            AuditKind::Key => Self::Key(KeyId(id)),
            AuditKind::Bulk => Self::Bulk(BulkChangeId(id)),
            AuditKind::ScimToken => Self::ScimToken(ScimTokenId(id)),
            AuditKind::Budget => Self::Budget(BudgetId(id)),
            AuditKind::Price => Self::Price(PriceId(id)),
            AuditKind::Template => Self::Template(TemplateId(id)),
            AuditKind::SignIn => Self::SignIn(MemberId(id)),
            AuditKind::Review => Self::Review(ReviewId(id)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        for action in AuditAction::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
        let unknown: Result<AuditAction, _> = "member.praise".parse();
        assert_eq!(
            unknown.map_err(|why| why.to_string()),
            Err("the audit log has no \"member.praise\"".to_owned())
        );
        for target in [
            AuditTarget::Organization(OrganizationId(1)),
            AuditTarget::User(UserId(2)),
            AuditTarget::Member(MemberId(3)),
            AuditTarget::Provider(ProviderId(4)),
            AuditTarget::Team(TeamId(5)),
            AuditTarget::Key(KeyId(6)),
            AuditTarget::Bulk(BulkChangeId(7)),
            AuditTarget::ScimToken(ScimTokenId(8)),
            AuditTarget::Budget(BudgetId(9)),
            AuditTarget::Price(PriceId(10)),
            AuditTarget::SignIn(MemberId(11)),
            AuditTarget::Review(ReviewId(12)),
            AuditTarget::Template(TemplateId(13)),
        ] {
            let (kind, id) = target.parts();
            assert_eq!(AuditTarget::from_parts(kind, id), Ok(target));
        }
        assert!(AuditTarget::from_parts("planet", 1).is_err());
    }
}
