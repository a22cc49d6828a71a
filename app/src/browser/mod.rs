//! Glue to the browser. Every function exists on the server too, where it does nothing, so that pages need no
//! conditions; `web_sys` is named nowhere else.

#![cfg_attr(
    not(feature = "hydrate"),
    allow(unused_variables, reason = "on the server there is nothing to act on")
)]

pub mod clipboard;
pub mod columns;
pub mod details;
pub mod dialog;
pub mod download;
pub mod draft;
pub mod fetch;
pub mod focus;
pub mod keys;
pub mod live;
pub mod navigation;
pub mod page;
pub mod picker;
pub mod popover;
pub mod random;
pub mod rows;
pub mod scroll;
pub mod stream;
pub mod textarea;
pub mod theme;
pub mod unsaved;
pub mod upload;

#[cfg(feature = "hydrate")]
mod dom {
    use wasm_bindgen::JsCast;

    /// The element with this id, if it is there and of this kind.
    pub fn element<T: JsCast>(id: &str) -> Option<T> {
        document()?.get_element_by_id(id)?.dyn_into().ok()
    }

    /// The page's document.
    pub fn document() -> Option<web_sys::Document> {
        web_sys::window()?.document()
    }

    /// The element that matches, nearest to where an event happened: there or around it.
    pub fn closest(event: &web_sys::Event, selector: &str) -> Option<web_sys::Element> {
        let target: web_sys::Element = event.target()?.dyn_into().ok()?;
        target.closest(selector).ok().flatten()
    }

    /// The elements inside `container` that match, in order.
    pub fn all(container: &web_sys::Element, selector: &str) -> Vec<web_sys::HtmlElement> {
        let Ok(found) = container.query_selector_all(selector) else {
            return Vec::new();
        };
        (0..found.length())
            .filter_map(|i| found.item(i)?.dyn_into().ok())
            .collect()
    }
}
