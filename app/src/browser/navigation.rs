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

/// Lets the browser follow the links to the paths that `is_elsewhere` names, instead of the router. Installed once, for
/// all pages.
pub fn load_elsewhere(is_elsewhere: impl Fn(&str) -> bool + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        use wasm_bindgen::prelude::Closure;

        let Some(document) = super::dom::document() else {
            return;
        };
        let mark = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            let link = super::dom::closest(&event, "a[href]")
                .and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok());
            if let Some(link) = link
                && is_elsewhere(&link.pathname())
            {
                // What the router leaves alone.
                let _ = link.set_attribute("rel", "external");
            }
        });
        // On the way down, so before the router hears of it.
        let _ =
            document.add_event_listener_with_callback_and_bool("click", mark.as_ref().unchecked_ref(), true);
        mark.forget();
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
