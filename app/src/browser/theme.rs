//! The colour theme that the person chose, kept in this browser.

/// The chosen theme: `light`, `dark`, or empty to follow the system.
pub fn chosen() -> String {
    #[cfg(feature = "hydrate")]
    if let Some(theme) = storage().and_then(|s| s.get_item("theme").ok().flatten()) {
        return theme;
    }
    String::new()
}

/// Chooses a theme, now and for the next visit.
pub fn choose(theme: &str) {
    #[cfg(feature = "hydrate")]
    {
        if let Some(root) = super::dom::document().and_then(|d| d.document_element()) {
            let _ = if theme.is_empty() {
                root.remove_attribute("data-theme")
            } else {
                root.set_attribute("data-theme", theme)
            };
        }
        // Private windows may refuse to keep anything; the theme then lasts as long as the page.
        if let Some(storage) = storage() {
            let _ = if theme.is_empty() {
                storage.remove_item("theme")
            } else {
                storage.set_item("theme", theme)
            };
        }
    }
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
