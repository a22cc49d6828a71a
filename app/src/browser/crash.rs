//! The end of a broken page.

/// Shows the notice that offers a reload. Called by the panic hook, when nothing of the page works any more.
pub fn show_notice() {
    #[cfg(feature = "hydrate")]
    if let Some(notice) = super::dom::element::<web_sys::HtmlElement>("crash") {
        notice.set_hidden(false);
    }
}
