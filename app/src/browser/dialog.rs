//! Native `<dialog>`.

/// Opens as a modal dialog.
pub fn show(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = super::dom::element::<web_sys::HtmlDialogElement>(id)
        && !dialog.open()
    {
        let _ = dialog.show_modal();
    }
}

/// Closes; the browser gives the focus back to where it was.
pub fn close(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = super::dom::element::<web_sys::HtmlDialogElement>(id)
        && dialog.open()
    {
        dialog.close();
    }
}

/// Whether an event happened on the element itself, not on something inside it: for a dialog, on its backdrop.
pub fn is_on_itself(event: &leptos::ev::Event) -> bool {
    #[cfg(feature = "hydrate")]
    {
        event.target().is_some() && event.target() == event.current_target()
    }
    #[cfg(not(feature = "hydrate"))]
    false
}
