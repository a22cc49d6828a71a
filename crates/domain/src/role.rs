//! Roles and statuses, with the labels people see and the names machines use.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A text that is none of the names it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{given}\u{201d} is not one of: {allowed}")]
pub struct UnknownName {
    /// What was given.
    pub given: String,
    /// What it may be, separated by commas.
    pub allowed: String,
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $wire)] $variant,)+ }

        impl $name {
            /// Every value, lowest first.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name machines use: in URLs, JSON and the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// The label people see.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.as_str() == s).ok_or_else(|| UnknownName {
                    given: s.to_owned(),
                    allowed: Self::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}
pub(crate) use named;

named!(
    /// A member's organization role. Ordered: `Member < Auditor < Admin < Owner`.
    Role {
        /// Chat and own keys only.
        Member = "member", "Member";
        /// Reads all of the admin side, exports, changes nothing.
        Auditor = "auditor", "Auditor";
        /// Members (not owners), invitations up to admin, teams, providers, grants, keys.
        Admin = "admin", "Admin";
        /// Everything, including other owners and the organization itself.
        Owner = "owner", "Owner";
    }
);

impl Role {
    /// May open the admin side: AI Access, Providers, Teams.
    pub fn reads_admin_side(self) -> bool {
        self >= Self::Auditor
    }

    /// May change members, invitations, teams, providers and grants.
    pub fn administers(self) -> bool {
        self >= Self::Admin
    }

    /// May invite with, or change somebody to, `other`. Nobody acts above their own role.
    pub fn may_give(self, other: Self) -> bool {
        self.administers() && other <= self
    }

    /// May change, suspend or remove somebody who has `other` now.
    pub fn may_change(self, other: Self) -> bool {
        self.administers() && other <= self
    }
}

named!(
    /// The status of a row in the AI Access table.
    MemberStatus {
        /// May sign in and use what is allowed.
        Active = "active", "Active";
        /// Kept, but reaches nothing.
        Suspended = "suspended", "Suspended";
        /// An invitation that can still be accepted.
        Invited = "invited", "Invited";
        /// An invitation whose time is over.
        Expired = "expired", "Expired";
    }
);

impl MemberStatus {
    /// The row is an invitation, not yet a member.
    pub fn is_invitation(self) -> bool {
        matches!(self, Self::Invited | Self::Expired)
    }
}

/// Invited and suspended owners do not count where one owner must stay.
pub fn is_active_owner(role: Role, status: MemberStatus) -> bool {
    role == Role::Owner && status == MemberStatus::Active
}

/// Whether there is still an active owner once so many of them have gone and so many have come.
pub fn owner_remains(active_owners: u32, leaving: u32, joining: u32) -> bool {
    leaving == 0 || active_owners.saturating_add(joining) > leaving
}

named!(
    /// A member's place in one team.
    TeamRole {
        /// Belongs to the team.
        Member = "member", "Member";
        /// Leads the team.
        Lead = "lead", "Lead";
    }
);
