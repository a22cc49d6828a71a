//! Which of a page's dialogs is open, and for which key.

use domain::key::policy::KeyPolicy;
use domain::key::{KeyView, MadeKey};
use domain::provider::ProviderRef;
use domain::{MemberId, Timestamp};
use leptos::prelude::*;

/// Whose keys a list holds.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyOwner {
    /// The organization's part of URLs.
    pub org: String,
    /// The organization's name.
    pub organization: String,
    /// The member, and what to call them; `None` is the person looking.
    pub member: Option<(MemberId, String)>,
    /// What a new key can be narrowed to.
    pub allowed: Vec<ProviderRef>,
    /// What the organization demands of a new one.
    pub policy: KeyPolicy,
    /// The server's clock.
    pub now: Timestamp,
}

/// The page has one dialog of each kind, whatever the number of keys.
#[derive(Clone, Copy)]
pub struct KeyDialogs {
    /// Whose keys the open dialog is about.
    pub owner: RwSignal<Option<KeyOwner>>,
    /// The key it is about; none while one is made.
    pub subject: RwSignal<Option<KeyView>>,
    /// A key that was just made or rotated, while its secret is shown.
    pub made: RwSignal<Option<MadeKey>>,
    /// Making one.
    pub create: RwSignal<bool>,
    /// Giving one another name.
    pub rename: RwSignal<bool>,
    /// Giving one another secret.
    pub rotate: RwSignal<bool>,
    /// The question before revoking.
    pub revoke: RwSignal<bool>,
}

impl KeyDialogs {
    /// All closed.
    pub fn new() -> Self {
        let dialogs = Self {
            owner: RwSignal::new(None),
            subject: RwSignal::new(None),
            made: RwSignal::new(None),
            create: RwSignal::new(false),
            rename: RwSignal::new(false),
            rotate: RwSignal::new(false),
            revoke: RwSignal::new(false),
        };
        Effect::new(move |_| {
            // Once out of sight, a secret is nowhere in the page.
            if !dialogs.create.get() && !dialogs.rotate.get() {
                dialogs.made.set(None);
            }
        });
        dialogs
    }

    /// Opens one of them.
    pub fn open(self, dialog: RwSignal<bool>, owner: KeyOwner, key: Option<KeyView>) {
        self.owner.set(Some(owner));
        self.subject.set(key);
        self.made.set(None);
        dialog.set(true);
    }

    /// The organization that the open dialog is about.
    pub fn org(self) -> String {
        self.owner
            .with_untracked(|owner| owner.as_ref().map(|owner| owner.org.clone()))
            .unwrap_or_default()
    }

    /// The name of the key in question.
    pub fn name(self) -> String {
        self.subject
            .read()
            .as_ref()
            .map(|key| key.name.clone())
            .unwrap_or_default()
    }
}

impl Default for KeyDialogs {
    fn default() -> Self {
        Self::new()
    }
}
