//! What a change would do, as it is shown.

use super::{BulkChange, Part};
use crate::MemberId;
use crate::role::{UnknownName, named};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::str::FromStr;

named!(
    /// Why a part of a change cannot be done to a row: the first of these that holds.
    Cannot {
        /// There is no such row in this organization, or no longer.
        Gone = "gone", "is gone";
        /// Their role is above the actor's.
        AboveOwnRole = "above_own_role", "only an owner can change an owner";
        /// The actor's own row.
        OwnRow = "own_row", "you cannot do this to yourself";
        /// An invitation has no providers and cannot be suspended or removed.
        NotJoined = "not_joined", "has not joined yet";
        /// Only an invitation can be sent again.
        Joined = "joined", "has joined already";
        /// The provider was deleted.
        ProviderGone = "provider_gone", "the provider was deleted";
        /// The team was deleted.
        TeamGone = "team_gone", "the team was deleted";
        /// They have the provider only through a team.
        FromTeam = "from_team", "has it through a team";
        /// A provider that is not active is not given.
        ProviderInactive = "provider_inactive", "the provider is inactive";
        /// No active owner would be left.
        LastOwner = "last_owner", "no active owner would be left";
    }
);

/// What a change would do to one row. Neither list holds a part that would leave the row as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// Which.
    pub member: MemberId,
    /// What will be done.
    pub will: Vec<Part>,
    /// What cannot be, and why.
    pub cannot: Vec<(Part, Cannot)>,
}

/// The rows of a preview, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All.
    pub rows: u32,
    /// Something will be done.
    pub change: u32,
    /// There is nothing to do.
    pub nothing: u32,
    /// Nothing will be done, and something cannot be.
    pub cannot: u32,
}

/// What one part of a change comes to, over all rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// Which part.
    pub part: Part,
    /// Rows to which it will be done.
    pub will: u32,
    /// Rows that it would leave as they are.
    pub nothing: u32,
    /// Rows to which it cannot be done, by reason.
    pub cannot: Vec<(Cannot, u32)>,
}

/// What a change would do to every selected row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The rows, by id.
    pub rows: Vec<PreviewRow>,
    /// How many of each.
    pub counts: Counts,
}

impl Preview {
    pub(super) fn new(rows: Vec<PreviewRow>) -> Self {
        let mut counts = Counts::default();
        for row in &rows {
            counts.rows += 1;
            let kind = match (row.will.is_empty(), row.cannot.is_empty()) {
                (false, _) => &mut counts.change,
                (true, false) => &mut counts.cannot,
                (true, true) => &mut counts.nothing,
            };
            *kind += 1;
        }
        Self { rows, counts }
    }

    /// What each part of the change that was asked for comes to.
    pub fn parts(&self, change: &BulkChange) -> Vec<PartCounts> {
        let counts = |part: Part| {
            let mut will = 0;
            let mut cannot: BTreeMap<Cannot, u32> = BTreeMap::new();
            for row in &self.rows {
                will += u32::from(row.will.contains(&part));
                if let Some((_, why)) = row.cannot.iter().find(|(of, _)| *of == part) {
                    *cannot.entry(*why).or_default() += 1;
                }
            }
            PartCounts {
                part,
                will,
                nothing: self.counts.rows - will - cannot.values().sum::<u32>(),
                cannot: cannot.into_iter().collect(),
            }
        };
        change.parts().into_iter().map(counts).collect()
    }

    /// What is written when it is applied: whose rows each part changes.
    pub fn effects(&self) -> BTreeMap<Part, Vec<MemberId>> {
        let mut effects: BTreeMap<Part, Vec<MemberId>> = BTreeMap::new();
        for row in &self.rows {
            for part in &row.will {
                effects.entry(*part).or_default().push(row.member);
            }
        }
        effects
    }

    /// The preview of this change as a text that is the same exactly when all that it shows is the same.
    pub fn canonical(&self, change: &BulkChange) -> String {
        let mut text = String::with_capacity(self.rows.len() * 16);
        for part in change.parts() {
            let _ = write!(text, "{part} ");
        }
        if let Some(role) = change.role {
            let _ = write!(text, "to {role}");
        }
        if let Some(end) = change.until {
            let _ = write!(text, "until {}", end.0);
        }
        for (provider, terms) in &change.terms {
            let _ = write!(text, "\np{provider} {terms:?}");
        }
        for row in &self.rows {
            let _ = write!(text, "\n{}:", row.member);
            for part in &row.will {
                let _ = write!(text, " {part}");
            }
            for (part, why) in &row.cannot {
                let _ = write!(text, " {part}={why}");
            }
        }
        text
    }
}
