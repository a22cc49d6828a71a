//! The tokens with which directories connect by SCIM, as pages show and make them.

use crate::input;
use crate::role::{UnknownName, named};
use crate::{Problem, ScimTokenId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// How long a token works. Every one has an end.
    TokenLifetime {
        /// 30 days.
        Month = "30d", "30 days";
        /// 90 days.
        Quarter = "90d", "90 days";
        /// 180 days.
        HalfYear = "180d", "180 days";
        /// 365 days.
        Year = "365d", "1 year";
    }
);

impl TokenLifetime {
    /// In milliseconds.
    pub fn milliseconds(self) -> i64 {
        let days = match self {
            Self::Month => 30,
            Self::Quarter => 90,
            Self::HalfYear => 180,
            Self::Year => 365,
        };
        days * Timestamp::DAY
    }
}

/// A token to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScimTokenInput {
    /// What it is called: the directory that has it.
    pub name: String,
    /// How long it works.
    pub lifetime: TokenLifetime,
}

impl ScimTokenInput {
    /// The same with a name that can be shown.
    pub fn check(&self) -> Result<Self, Problem> {
        Ok(Self {
            name: input::name("name", &self.name, "the token's name")?,
            lifetime: self.lifetime,
        })
    }
}

/// A token as it is listed, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScimTokenView {
    /// Which.
    pub id: ScimTokenId,
    /// What it is called.
    pub name: String,
    /// Who made it; `None` once their account is gone.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What a directory is given to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScimSettings {
    /// SCIM's address.
    pub address: String,
    /// The tokens that are not revoked, newest first.
    pub tokens: Vec<ScimTokenView>,
    /// When this was read.
    pub now: Timestamp,
}
