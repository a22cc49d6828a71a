//! Keys that work wherever the focus is.

/// Pressing `/` outside a field focuses the element with this id. Undone with the current owner.
pub fn focus_on_slash(id: &'static str) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{on_cleanup, window_event_listener};

        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let typing = super::dom::closest(
                &event,
                "input, textarea, select, [contenteditable], dialog[open], .menu:popover-open",
            )
            .is_some();
            if event.key() == "/" && !typing && !event.ctrl_key() && !event.meta_key() && !event.alt_key() {
                event.prevent_default();
                super::focus::select(id);
            }
        });
        on_cleanup(move || handle.remove());
    }
}

/// Escape does this, and nothing of what the browser would do. Undone with the current owner.
pub fn on_escape(act: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{on_cleanup, window_event_listener};

        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                act();
            }
        });
        on_cleanup(move || handle.remove());
    }
}
