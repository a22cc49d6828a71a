//! Short confirmations in a corner, announced politely.

use crate::browser::popover;
use leptos::prelude::*;
use std::time::Duration;

const ID: &str = "toasts";

/// Shows toasts. Get it with [`use_toaster`] while the component is made; then it can be used anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Toaster(RwSignal<Option<(u32, String)>>);

impl Toaster {
    /// Provides the page's one toaster.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Shows a message for a few seconds.
    pub fn show(self, message: impl Into<String>) {
        let number = self
            .0
            .with_untracked(|shown| shown.as_ref().map_or(0, |(number, _)| number.wrapping_add(1)));
        self.0.set(Some((number, message.into())));
        popover::raise(ID);
        set_timeout(
            move || {
                self.0.update(|shown| {
                    if shown.as_ref().is_some_and(|(shown, _)| *shown == number) {
                        *shown = None;
                    }
                });
            },
            Duration::from_secs(6),
        );
    }
}

/// The page's toaster.
pub fn use_toaster() -> Toaster {
    use_context::<Toaster>().unwrap_or_else(|| Toaster(RwSignal::new(None)))
}

/// Where toasts appear: one live region for the whole application.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let Toaster(shown) = use_toaster();
    // Shown from the start, since what a region says as it appears is not announced.
    Effect::new(|_| popover::raise(ID));
    view! {
        <div class="toasts" id=ID popover="manual" role="status" aria-live="polite">
            {move || shown.get().map(|(_, message)| view! { <div class="toast">{message}</div> })}
        </div>
    }
}
