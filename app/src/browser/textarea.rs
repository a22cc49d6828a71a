//! Text areas that are as high as their text.

/// Makes the one with this id as high as what is in it; the style sheet says how high at most.
pub fn fit(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(area) = super::dom::element::<web_sys::HtmlTextAreaElement>(id) {
        let style = area.style();
        let _ = style.set_property("height", "auto");
        // What is around the text counts into the height as well.
        let edges = area.offset_height() - area.client_height();
        let _ = style.set_property("height", &format!("{}px", area.scroll_height() + edges));
    }
}

/// Focuses the one with this id, with the caret at the end.
pub fn focus_end(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(area) = super::dom::element::<web_sys::HtmlTextAreaElement>(id) {
        let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(u32::MAX);
        let _ = area.focus();
        let _ = area.set_selection_range(end, end);
    }
}

/// Focuses the one with this id when the person is nowhere yet, and has a keyboard: on a phone it would cover the page.
pub fn focus_first(id: &str) {
    #[cfg(feature = "hydrate")]
    {
        let document = super::dom::document();
        let is_nowhere = document
            .and_then(|document| Some(document.active_element()? == document.body()?.into()))
            .unwrap_or(true);
        let has_keyboard = web_sys::window()
            .and_then(|window| window.match_media("(hover: hover) and (pointer: fine)").ok()?)
            .is_some_and(|query| query.matches());
        if is_nowhere && has_keyboard {
            focus_end(id);
        }
    }
}
