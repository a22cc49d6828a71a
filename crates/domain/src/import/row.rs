//! How somebody stands, or stood at the export.

use crate::export::{KEY_SEPARATOR, joined, key_text};
use crate::member::MemberRow;
use crate::{MemberId, MemberStatus, ProviderId, Role, TeamId};

/// A row of the table, as far as a file can say something of it. Texts that cannot be edited are kept as digests: a
/// hundred thousand rows are in memory at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedRow {
    /// Which row.
    pub member: MemberId,
    /// The organization role.
    pub role: Role,
    /// The status.
    pub status: MemberStatus,
    /// The teams, in the table's order.
    pub teams: Box<[TeamId]>,
    /// The allowed providers, in the table's order.
    pub providers: Box<[ProviderId]>,
    /// Those of them that come from teams alone, and are not for this row to lose. Known of a row as it is now.
    pub from_team: Box<[ProviderId]>,
    /// Digest of the name.
    pub name: u32,
    /// Digest of the virtual keys, as a cell shows them.
    pub keys: u32,
    /// The second of the last sign-in.
    pub last_login: Option<i64>,
    /// The second in which an invitation ends.
    pub expires_at: Option<i64>,
}

impl ExportedRow {
    /// What the export writes of a row.
    pub fn of(row: &MemberRow) -> Self {
        Self {
            member: row.id,
            role: row.role,
            status: row.status,
            teams: row.teams.iter().map(|team| team.id).collect(),
            providers: row.providers.iter().map(|provider| provider.id).collect(),
            from_team: row
                .providers
                .iter()
                .map(|provider| provider.id)
                .filter(|id| !row.owns(*id))
                .collect(),
            name: text_digest(&row.name),
            keys: text_digest(&joined(row.keys.iter().map(key_text), KEY_SEPARATOR)),
            last_login: row.last_login.map(|at| at.0.div_euclid(1_000)),
            expires_at: row.expires_at.map(|at| at.0.div_euclid(1_000)),
        }
    }
}

/// By which a text is known again, without the space around it (FNV-1a, 32 bits). Only notes depend on it: whoever makes
/// two texts of one digest is not told that a cell was ignored.
pub fn text_digest(text: &str) -> u32 {
    super::trimmed(text).bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
