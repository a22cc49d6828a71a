//! Which of the page's dialogs is open, and for which provider.

use domain::provider::ProviderView;
use leptos::prelude::*;

/// The page has one dialog of each kind, whatever the number of rows.
#[derive(Clone, Copy)]
pub struct Dialogs {
    /// The provider the open dialog or menu is about; none while a new one is registered.
    pub subject: RwSignal<Option<ProviderView>>,
    /// The form.
    pub form: RwSignal<bool>,
    /// The test of the connection.
    pub test: RwSignal<bool>,
    /// The question before deactivating.
    pub deactivate: RwSignal<bool>,
    /// The question before deleting.
    pub delete: RwSignal<bool>,
}

impl Dialogs {
    /// All closed.
    pub fn new() -> Self {
        Self {
            subject: RwSignal::new(None),
            form: RwSignal::new(false),
            test: RwSignal::new(false),
            deactivate: RwSignal::new(false),
            delete: RwSignal::new(false),
        }
    }

    /// Opens the empty form.
    pub fn add(self) {
        self.subject.set(None);
        self.form.set(true);
    }

    /// Opens the test of a provider and starts it.
    pub fn test(self, provider: ProviderView) {
        self.subject.set(Some(provider));
        self.test.set(true);
    }

    /// Whether what is open is about another provider than this one.
    pub fn is_about_another(self, provider: &ProviderView) -> bool {
        self.subject
            .read_untracked()
            .as_ref()
            .is_some_and(|subject| subject.id != provider.id)
    }

    /// The name of the provider in question.
    pub fn name(self) -> String {
        self.subject
            .read()
            .as_ref()
            .map(|p| p.name.clone())
            .unwrap_or_default()
    }
}
