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
