//! The life of the page as a whole.

/// Says that the page has come to life: styles then stop offering what works without scripts, and the end-to-end tests
/// stop waiting.
pub fn mark_hydrated() {
    #[cfg(feature = "hydrate")]
    if let Some(root) = super::dom::document().and_then(|d| d.document_element()) {
        let _ = root.set_attribute("data-hydrated", "true");
    }
}

/// Shows the notice that offers a reload. Called by the panic hook, when nothing of the page works any more.
pub fn show_crash_notice() {
    #[cfg(feature = "hydrate")]
    if let Some(notice) = super::dom::element::<web_sys::HtmlElement>("crash") {
        notice.set_hidden(false);
    }
}

/// Does this when the person comes back to this tab from another. Undone with the current owner.
pub fn when_returned_to(act: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{on_cleanup, window_event_listener};

        let handle = window_event_listener(leptos::ev::focus, move |_| act());
        on_cleanup(move || handle.remove());
    }
}

/// Waits.
pub async fn pause(duration: std::time::Duration) {
    #[cfg(feature = "hydrate")]
    {
        let milliseconds = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
        let time_is_over = js_sys::Promise::new(&mut |resolve, _| {
            if let Some(window) = web_sys::window() {
                let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
            }
        });
        let _ = wasm_bindgen_futures::JsFuture::from(time_is_over).await;
    }
}
