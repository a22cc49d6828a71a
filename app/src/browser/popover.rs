//! Native popovers: in the top layer, so that no scrolling table cuts them off.

/// Puts a popover under the element that opens it, their right edges in line where there is room.
pub fn place(popover: &str, anchor: &str) {
    #[cfg(feature = "hydrate")]
    {
        let Some(popover) = super::dom::element::<web_sys::HtmlElement>(popover) else {
            return;
        };
        let Some(anchor) = super::dom::element::<web_sys::Element>(anchor) else {
            return;
        };
        let Some(window) = web_sys::window() else { return };
        let size = |v: Result<wasm_bindgen::JsValue, _>| v.ok().and_then(|v| v.as_f64()).unwrap_or_default();
        let (width, height) = (size(window.inner_width()), size(window.inner_height()));
        let at = anchor.get_bounding_client_rect();
        let style = popover.style();
        let set = |name, px: Option<f64>| {
            let px = px.map_or_else(|| "auto".to_owned(), |px| format!("{}px", px.round() as i32));
            let _ = style.set_property(name, &px);
        };
        // Only its size once shown is known, so it opens towards the roomier half of the window.
        if at.left() + at.width() / 2.0 > width / 2.0 {
            set("left", None);
            set("right", Some(width - at.right()));
        } else {
            set("left", Some(at.left()));
            set("right", None);
        }
        if at.bottom() > height * 0.6 {
            set("top", None);
            set("bottom", Some(height - at.top() + 4.0));
        } else {
            set("top", Some(at.bottom() + 4.0));
            set("bottom", None);
        }
    }
}

/// Shows the popover beside the element that asks for it.
pub fn show(popover: &str, anchor: &str) {
    #[cfg(feature = "hydrate")]
    {
        place(popover, anchor);
        if let Some(popover) = super::dom::element::<web_sys::HtmlElement>(popover) {
            let _ = popover.show_popover();
        }
    }
}

/// Shows a popover above everything else, dialogs too.
pub fn raise(popover: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(popover) = super::dom::element::<web_sys::HtmlElement>(popover) {
        let _ = popover.hide_popover();
        let _ = popover.show_popover();
    }
}

/// Hides the popover; the browser gives the focus back to where it was.
pub fn hide(popover: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(popover) = super::dom::element::<web_sys::HtmlElement>(popover) {
        let _ = popover.hide_popover();
    }
}

/// Whether it is shown.
pub fn is_open(popover: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        super::dom::element::<web_sys::Element>(popover)
            .is_some_and(|p| p.matches(":popover-open").unwrap_or(false))
    }
    #[cfg(not(feature = "hydrate"))]
    false
}
