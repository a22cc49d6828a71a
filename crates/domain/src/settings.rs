//! What an organization's settings show at a glance.

use crate::session::SessionPolicy;
use serde::{Deserialize, Serialize};

/// The settings of an organization, and where those with a page of their own stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationSettings {
    /// Its name.
    pub name: String,
    /// The issuer of single sign-on, where it is set up.
    pub issuer: Option<String>,
    /// Only owners may sign in with a password.
    pub sign_on_required: bool,
    /// SCIM tokens that still work.
    pub scim_tokens: u32,
    /// How mail stands.
    pub mail: MailStanding,
    /// When sessions of its people end.
    pub sessions: SessionPolicy,
    /// Where its days begin: `Europe/Berlin`.
    pub time_zone: String,
    /// The zones to choose from, for whoever may.
    pub time_zones: Vec<String>,
    /// Its people must have a second factor.
    pub second_factor: bool,
}

/// Whether mail is sent, and what became of the organization's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailStanding {
    /// The server has a mail server.
    pub set_up: bool,
    /// Messages that wait to be sent.
    pub waiting: u32,
    /// Messages of the last 30 days that could not be sent.
    pub failed: u32,
}
