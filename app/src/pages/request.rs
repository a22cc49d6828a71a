//! What forms that ask the server for a change have in common.

use crate::browser;
use crate::components::ProblemNotice;
use domain::Problem;
use leptos::prelude::*;

/// The idempotency key of a form that creates something. A second click and a retry after a lost answer send the same
/// key; other content is another request and gets another.
pub struct IdempotencyKey<T: 'static> {
    key: StoredValue<String>,
    sent: StoredValue<Option<T>>,
}

// Not derived: that would ask for a `T` that can be copied.
impl<T> Clone for IdempotencyKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for IdempotencyKey<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> IdempotencyKey<T> {
    /// Starts with a fresh key.
    pub fn fresh() -> Self {
        Self::starting_with(browser::random::idempotency_key())
    }

    /// Starts with the key that the server put into the form.
    pub fn starting_with(key: String) -> Self {
        Self {
            key: StoredValue::new(key),
            sent: StoredValue::new(None),
        }
    }

    /// The key to send this content with.
    pub fn of(self, content: &T) -> String {
        let is_other = self
            .sent
            .with_value(|sent| sent.as_ref().is_some_and(|sent| sent != content));
        if is_other {
            self.renew();
        }
        self.sent.set_value(Some(content.clone()));
        self.key.get_value()
    }

    /// The request was answered: whatever comes next is another one, even with the same content.
    pub fn renew(self) {
        self.sent.set_value(None);
        self.key.set_value(browser::random::idempotency_key());
    }
}

/// The key of the form as first shown. On the server it is made here, so that a form sent without WASM has one.
pub fn first_key() -> String {
    #[cfg(feature = "ssr")]
    {
        use std::hash::{BuildHasher, RandomState};
        // It must be unique among one person's requests, not secret; each state is seeded anew.
        let half = || RandomState::new().hash_one(std::time::SystemTime::now());
        format!("{:016x}{:016x}", half(), half())
    }
    #[cfg(not(feature = "ssr"))]
    browser::random::idempotency_key()
}

/// Why a change was not made. What was typed stays; a session that has ended can be renewed in another tab.
#[component]
pub fn RequestProblem(
    /// What went wrong, if anything.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    move || problem.get().map(|problem| view! { <ProblemNotice problem /> })
}

/// Shows what is wrong and goes to the first field it is about, whose id is that of a [`crate::components::Field`].
pub fn refuse(problem: RwSignal<Option<Problem>>, found: Problem) {
    if let Some(first) = found.fields.first() {
        browser::focus::set(&format!("field-{}", first.field));
    }
    problem.set(Some(found));
}

/// What is wrong with one field, to stand at it.
pub fn field_problem(problem: RwSignal<Option<Problem>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        problem
            .read()
            .as_ref()
            .and_then(|p| p.field(field))
            .map(str::to_owned)
    })
}
