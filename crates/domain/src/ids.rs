//! Identifiers. All are positive 64-bit numbers given by the database; one type each, so that a team
//! can never be passed where a provider is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    };
}

id!(
    /// A tenant.
    OrganizationId
);
id!(
    /// A person's account, across organizations.
    UserId
);
id!(
    /// A row of the AI Access table: a member, or an invitation that may become one.
    MemberId
);
id!(
    /// A team of one organization.
    TeamId
);
id!(
    /// A provider of one organization.
    ProviderId
);
id!(
    /// A saved view of AI Access.
    ViewId
);
id!(
    /// A virtual key.
    KeyId
);
id!(
    /// A session of a signed-in browser.
    SessionId
);
id!(
    /// A conversation in Chat.
    ConversationId
);
id!(
    /// One message of a conversation.
    MessageId
);
id!(
    /// A change of many rows that was applied.
    BulkChangeId
);
id!(
    /// A member's request to be allowed a provider.
    AccessRequestId
);
id!(
    /// A token of a SCIM connection.
    ScimTokenId
);
id!(
    /// A budget of one organization.
    BudgetId
);
id!(
    /// A price that an organization set itself.
    PriceId
);
id!(
    /// A review of who can use what.
    ReviewId
);
id!(
    /// One line of such a review.
    ReviewLineId
);
id!(
    /// A template of one organization.
    TemplateId
);
