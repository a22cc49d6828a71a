//! Leaving the page for another document.

/// Goes to a page of the server, as a link would without WASM.
pub fn leave_to(address: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_href(address);
    }
}

/// Asks the server for this page again.
pub fn reload() {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Goes to the sign-in page, which comes back here afterwards.
pub fn to_sign_in() {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let location = window.location();
        let here = format!(
            "{}{}",
            location.pathname().unwrap_or_default(),
            location.search().unwrap_or_default()
        );
        leave_to(&format!("/login?next={}", js_sys::encode_uri_component(&here)));
    }
}
