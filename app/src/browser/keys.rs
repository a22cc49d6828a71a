//! Keys that work wherever the focus is.

/// Hands over what is pressed outside a field, without Ctrl and its like; whether it meant something. Undone with the
/// current owner.
pub fn on_key(act: impl Fn(&str) -> bool + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{on_cleanup, window_event_listener};

        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let typing = super::dom::closest(
                &event,
                "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open], .menu:popover-open",
            )
            .is_some();
            if !typing && !event.ctrl_key() && !event.meta_key() && !event.alt_key() && act(&event.key()) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    }
}

/// Ctrl or ⌘ with K does this, wherever the focus is, but in a dialog. Undone with the current owner.
pub fn on_ctrl_k(act: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{on_cleanup, window_event_listener};

        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key())
                && event.key().eq_ignore_ascii_case("k")
                && super::dom::closest(&event, "dialog[open]").is_none()
            {
                event.prevent_default();
                act();
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
