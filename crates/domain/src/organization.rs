//! Organizations and the person who is looking at one.

use crate::views::SavedView;
use crate::{MemberId, MemberStatus, Role};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An organization as its members see it in the switcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationLink {
    /// Its part of every URL: `/o/{slug}/…`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The role the person has in it.
    pub role: Role,
}

/// The signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Display name.
    pub name: String,
    /// E-mail as it was typed.
    pub email: String,
    /// The organizations in which the person is an active member, by name.
    pub organizations: Vec<OrganizationLink>,
    /// Where signing in leads to: the slug of the organization that was last opened, else of one with the highest role.
    pub home: Option<String>,
    /// The names of those in which the person is suspended, by name.
    pub suspended: Vec<String>,
}

/// The signed-in person within one organization; what the frame around each page needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The person.
    pub me: Me,
    /// The organization of the URL.
    pub organization: OrganizationLink,
    /// The person's own row.
    pub member: MemberId,
    /// The person's own status; always active, since others are shown no page.
    pub status: MemberStatus,
    /// Access requests of others that wait for the person to decide.
    pub waiting: u32,
    /// Open access reviews with lines that wait for the person to decide; nothing for whoever decides in none.
    pub reviews: Option<u32>,
    /// Whether this server sends mail.
    pub mail: bool,
    /// The saved views of AI Access that the person sees, their own first.
    pub views: Vec<SavedView>,
}

/// What first set-up asks for.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupInput {
    /// The one-time code that the server printed.
    pub code: String,
    /// The organization's name; its slug is made from it.
    pub organization: String,
    /// The first owner's name.
    pub name: String,
    /// The first owner's e-mail.
    pub email: String,
    /// The first owner's password.
    pub password: String,
}

/// Without the code and the password, so that they are in no log.
impl fmt::Debug for SetupInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupInput")
            .field("organization", &self.organization)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// First Steps, ticked off from what is really there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSteps {
    /// Registered providers, whatever their status.
    pub providers: u32,
    /// Those that are active.
    pub active_providers: u32,
    /// Members (active or suspended).
    pub members: u32,
    /// Invitations that are pending or expired.
    pub invitations: u32,
    /// Active members with at least one allowed provider that is active.
    pub assigned: u32,
    /// Active members without.
    pub unassigned: u32,
}
