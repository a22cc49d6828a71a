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

/// Whether no other dialog was opened from this one; such a one stands after it.
pub fn is_topmost(id: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let body = super::dom::document().and_then(|document| document.body());
        let open = body.map_or_else(Vec::new, |body| super::dom::all(&body, "dialog[open]"));
        open.last().is_some_and(|last| last.id() == id)
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Whether the mouse is on a dialog's backdrop: on the dialog itself, and not on what it leaves free between its parts.
pub fn is_on_backdrop(event: &leptos::ev::MouseEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let dialog = event
            .target()
            .filter(|target| Some(target) == event.current_target().as_ref())
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        dialog.is_some_and(|dialog| {
            let area = dialog.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            x < area.left() || x > area.right() || y < area.top() || y > area.bottom()
        })
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Whether an input was typed or chosen in a form, other than what is only searched for.
pub fn is_typed(event: &leptos::ev::Event) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|element| {
                element.matches("form *").unwrap_or_default()
                    && !element.matches("[type=search]").unwrap_or_default()
            })
    }
    #[cfg(not(feature = "hydrate"))]
    false
}
