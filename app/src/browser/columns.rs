//! The columns that the person chose, kept in a cookie, so that the server renders the right ones at once.

use domain::query::Columns;

/// The choice that was kept, if any.
pub fn kept() -> Option<Columns> {
    #[cfg(feature = "hydrate")]
    return Columns::from_cookies(&document()?.cookie().ok()?);
    #[cfg(not(feature = "hydrate"))]
    {
        let parts = leptos::prelude::use_context::<axum::http::request::Parts>()?;
        let mut cookies = parts.headers.get_all(axum::http::header::COOKIE).iter();
        cookies.find_map(|cookie| Columns::from_cookies(cookie.to_str().ok()?))
    }
}

/// Keeps a choice for the next visit.
pub fn keep(columns: Columns) {
    // A browser without cookies keeps it in the address alone.
    #[cfg(feature = "hydrate")]
    if let Some(document) = document() {
        let _ = document.set_cookie(&columns.to_cookie());
    }
    #[cfg(not(feature = "hydrate"))]
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>()
        && let Ok(cookie) = columns.to_cookie().parse()
    {
        response.append_header(axum::http::header::SET_COOKIE, cookie);
    }
}

#[cfg(feature = "hydrate")]
fn document() -> Option<web_sys::HtmlDocument> {
    use wasm_bindgen::JsCast;
    super::dom::document()?.dyn_into().ok()
}
