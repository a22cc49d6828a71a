//! `<details>` that open over the page: they close when the person turns to something else.

/// Closes every open `details.drop` but the one the person is in. Installed once, for all pages.
pub fn close_on_leave() {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        use wasm_bindgen::prelude::Closure;

        let Some(document) = super::dom::document() else {
            return;
        };
        let leave = Closure::<dyn FnMut(web_sys::Event)>::new(|event: web_sys::Event| {
            let target = event.target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
            let Some(body) = super::dom::document().and_then(|d| d.body()) else {
                return;
            };
            for open in super::dom::all(&body, "details.drop[open]") {
                // `beside`: what it opens is not inside it, but next to it.
                let whole = Some(&*open)
                    .filter(|o| o.class_list().contains("beside"))
                    .and_then(|o| o.parent_element());
                let whole = whole.unwrap_or_else(|| open.clone().into());
                if !whole.contains(target.as_ref()) {
                    let _ = open.remove_attribute("open");
                }
            }
        });
        for event in ["pointerdown", "focusin"] {
            let _ = document.add_event_listener_with_callback(event, leave.as_ref().unchecked_ref());
        }
        leave.forget();
    }
}

/// Closes the one with this id and gives the focus back to its summary.
pub fn close(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(details) = super::dom::element::<web_sys::Element>(id) {
        let had_focus = super::dom::document()
            .and_then(|d| d.active_element())
            .is_some_and(|e| details.contains(Some(&e)));
        let _ = details.remove_attribute("open");
        if had_focus && let Some(summary) = super::dom::all(&details, "summary").first() {
            let _ = summary.focus();
        }
    }
}
