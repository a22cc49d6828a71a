//! `<details>` that open over the page: they close when the person turns to something else.

/// Every open one.
#[cfg(feature = "hydrate")]
const OPEN: &str = "details.dropdown[open]";

/// Closes every open `details.dropdown` but the one the person is in: when they press elsewhere, when Tab takes them
/// elsewhere, and on Escape, which gives the focus back. Installed once, for all pages.
///
/// Never while the press or the focus is still on its way: a panel that goes away in the middle of it takes the press
/// with it, and ends Chromium's renderer.
pub fn close_on_leave() {
    #[cfg(feature = "hydrate")]
    {
        use leptos::ev;
        use leptos::prelude::{set_timeout, window_event_listener};
        use std::cell::{Cell, RefCell};
        use std::rc::Rc;
        use std::time::Duration;

        let pressed = Rc::new(RefCell::new(None::<web_sys::Node>));
        // A press moves the focus, too, and to wherever it can: only where a key moves it, it says where the person is.
        let by_key = Rc::new(Cell::new(false));

        let (down, key) = (pressed.clone(), by_key.clone());
        window_event_listener(ev::pointerdown, move |event| {
            key.set(false);
            *down.borrow_mut() = node(&event);
        });
        window_event_listener(ev::pointerup, move |event| {
            // Selecting text in a panel may well end outside of it.
            let (began, ended) = (pressed.borrow_mut().take(), node(&event));
            set_timeout(move || close_without(&[began, ended]), Duration::ZERO);
        });
        let key = by_key.clone();
        window_event_listener(ev::keydown, move |event| {
            key.set(true);
            if event.key() == "Escape" {
                give_back();
            }
        });
        window_event_listener(ev::focusin, move |event| {
            if by_key.get() {
                let now = node(&event);
                set_timeout(move || close_without(&[now]), Duration::ZERO);
            }
        });
    }
}

#[cfg(feature = "hydrate")]
fn node(event: &web_sys::Event) -> Option<web_sys::Node> {
    use wasm_bindgen::JsCast;
    event.target().and_then(|target| target.dyn_into().ok())
}

#[cfg(feature = "hydrate")]
fn all_open() -> Vec<web_sys::HtmlElement> {
    let body = super::dom::document().and_then(|document| document.body());
    body.map_or_else(Vec::new, |body| super::dom::all(&body, OPEN))
}

/// Closes those which hold none of these places.
#[cfg(feature = "hydrate")]
fn close_without(places: &[Option<web_sys::Node>]) {
    for open in all_open() {
        // `beside`: what it opens is not inside it, but next to it.
        let whole = Some(&*open)
            .filter(|open| open.class_list().contains("beside"))
            .and_then(|open| open.parent_element());
        let whole = whole.unwrap_or_else(|| open.clone().into());
        if !places.iter().flatten().any(|place| whole.contains(Some(place))) {
            let _ = open.remove_attribute("open");
        }
    }
}

/// Closes the one that is open and puts the focus on what opened it; what lies above the page closes first.
#[cfg(feature = "hydrate")]
fn give_back() {
    let above = super::dom::document().and_then(|document| {
        document
            // Menus alone: a toast lies above the page, too, and is nothing to close.
            .query_selector("dialog[open], .menu:popover-open")
            .ok()
            .flatten()
    });
    if above.is_some() {
        return;
    }
    for open in all_open() {
        let _ = open.remove_attribute("open");
        if let Some(summary) = super::dom::all(&open, "summary").first() {
            let _ = summary.focus();
        }
    }
}

/// Closes the one with this id and gives the focus back to its summary.
pub fn close(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(details) = super::dom::element::<web_sys::Element>(id) {
        let had_focus = super::dom::document()
            .and_then(|d| d.active_element())
            .is_some_and(|e| details.contains(Some(&e)));
        let _ = details.remove_attribute("open");
        if had_focus && let Some(summary) = super::dom::all(&details, "summary").first() {
            let _ = summary.focus();
        }
    }
}
