//! How far down the page the person is.

/// Distance from the end, in CSS pixels, at which they still follow what comes.
#[cfg(feature = "hydrate")]
const NEAR: f64 = 80.0;

/// Whether the end of the page is in view.
pub fn is_at_end() -> bool {
    #[cfg(feature = "hydrate")]
    {
        let Some((window, height)) = page() else {
            return false;
        };
        let number =
            |v: Result<wasm_bindgen::JsValue, _>| v.ok().and_then(|v| v.as_f64()).unwrap_or_default();
        let seen = window.scroll_y().unwrap_or_default() + number(window.inner_height());
        seen >= height - NEAR
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Goes to the end of the page.
pub fn to_end() {
    #[cfg(feature = "hydrate")]
    if let Some((window, height)) = page() {
        window.scroll_to_with_x_and_y(0.0, height);
    }
}

#[cfg(feature = "hydrate")]
fn page() -> Option<(web_sys::Window, f64)> {
    let window = web_sys::window()?;
    let height = super::dom::document()?.document_element()?.scroll_height();
    Some((window, f64::from(height)))
}
