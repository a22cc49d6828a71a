//! The export as JSON: one object, its members streamed one a line.

use super::{ExportError, Heading};
use domain::member::{KeyState, MemberRow};
use domain::provider::ProviderStatus;
use domain::{MemberStatus, Role};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};

/// The entry in which the import finds what the export wrote.
pub(crate) const STATE_KEY: &str = "import_state";

/// Writes the object member by member.
pub(super) struct JsonWriter {
    out: BufWriter<File>,
    first: bool,
    /// The list of members has been closed.
    closed: bool,
}

/// A member as the file holds it: what the table shows, in words rather than numbers.
#[derive(Serialize)]
struct Member<'a> {
    name: &'a str,
    email: &'a str,
    role: Role,
    status: MemberStatus,
    teams: Vec<&'a str>,
    keys: Vec<Key<'a>>,
    providers: Vec<Provider<'a>>,
    last_login: Option<String>,
    expires_at: Option<String>,
}

#[derive(Serialize)]
struct Key<'a> {
    name: &'a str,
    last_four: &'a str,
    state: KeyState,
}

#[derive(Serialize)]
struct Provider<'a> {
    name: &'a str,
    status: ProviderStatus,
    sources: Vec<Source<'a>>,
}

/// By what a provider is allowed.
#[derive(Serialize)]
struct Source<'a> {
    /// The team that carries it; null for the member's own.
    team: Option<&'a str>,
    ends_at: Option<String>,
    /// Why it ends; null where nobody said so.
    reason: Option<&'a str>,
}

impl<'a> From<&'a MemberRow> for Member<'a> {
    fn from(row: &'a MemberRow) -> Self {
        Self {
            name: &row.name,
            email: &row.email,
            role: row.role,
            status: row.status,
            teams: row.teams.iter().map(|team| team.name.as_str()).collect(),
            keys: row
                .keys
                .iter()
                .map(|key| Key {
                    name: &key.name,
                    last_four: &key.last_four,
                    state: key.state,
                })
                .collect(),
            providers: row
                .providers
                .iter()
                .map(|provider| Provider {
                    name: &provider.name,
                    status: provider.status,
                    sources: row
                        .sources(provider.id)
                        .map(|by| Source {
                            team: by.team.and_then(|id| {
                                let team = row.teams.iter().find(|team| team.id == id);
                                team.map(|team| team.name.as_str())
                            }),
                            ends_at: by.ends_at.map(|end| end.rfc3339()),
                            reason: (!by.reason.is_empty()).then_some(by.reason.as_str()),
                        })
                        .collect(),
                })
                .collect(),
            last_login: row.last_login.map(|at| at.rfc3339()),
            expires_at: row.expires_at.map(|at| at.rfc3339()),
        }
    }
}

impl JsonWriter {
    /// Begins the object.
    pub(super) fn new(file: File, heading: &Heading) -> Result<Self, ExportError> {
        let mut out = BufWriter::with_capacity(256 * 1024, file);
        let text = serde_json::to_string(heading)?;
        // The heading is an object with at least one entry; its members follow before it closes.
        out.write_all(&text.as_bytes()[..text.len() - 1])?;
        out.write_all(b",\"members\":[")?;
        Ok(Self {
            out,
            first: true,
            closed: false,
        })
    }

    /// Adds members in the table's order.
    pub(super) fn rows(&mut self, rows: &[MemberRow]) -> Result<(), ExportError> {
        for row in rows {
            self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
            self.first = false;
            serde_json::to_writer(&mut self.out, &Member::from(row))?;
        }
        Ok(())
    }

    /// Adds what the import needs to know; nothing follows.
    pub(super) fn state(&mut self, state: &str) -> Result<(), ExportError> {
        self.out.write_all(b"\n],\"")?;
        self.out.write_all(STATE_KEY.as_bytes())?;
        self.out.write_all(b"\":")?;
        serde_json::to_writer(&mut self.out, state)?;
        self.closed = true;
        Ok(())
    }

    /// Closes the object.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        self.out.write_all(if self.closed { b"}\n" } else { b"\n]}\n" })?;
        Ok(self.out.flush()?)
    }
}
