//! Lists in which the keyboard moves while the focus stays in a field.

/// Scrolls the element with this id into the view of its list.
pub fn show(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = super::dom::element::<web_sys::Element>(id) {
        // Not `scrollIntoView`, which may scroll the page as well.
        if let Some(list) = element.parent_element() {
            let (item, list_at) = (
                element.get_bounding_client_rect(),
                list.get_bounding_client_rect(),
            );
            let (above, below) = (list_at.top() - item.top(), item.bottom() - list_at.bottom());
            let by = if above > 0.0 { -above } else { below.max(0.0) };
            list.set_scroll_top(list.scroll_top() + by.round() as i32);
        }
    }
}
