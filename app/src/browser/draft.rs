//! Texts that are not sent yet, kept in this tab: they are there again after leaving and coming back.

/// What was typed under this name; empty when nothing was.
pub fn kept(name: &str) -> String {
    #[cfg(feature = "hydrate")]
    if let Some(text) = storage().and_then(|storage| storage.get_item(name).ok().flatten()) {
        return text;
    }
    String::new()
}

/// Keeps what was typed. A browser that keeps nothing keeps it as long as the page.
pub fn keep(name: &str, text: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(storage) = storage() {
        let _ = if text.is_empty() {
            storage.remove_item(name)
        } else {
            storage.set_item(name, text)
        };
    }
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}
