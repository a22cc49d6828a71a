//! What is typed and not saved: whoever leaves the page is asked first.

/// The question before another page of the same document; for another document the browser has its own.
#[cfg(feature = "hydrate")]
const QUESTION: &str = "You have unsaved changes. Discard them and leave this page?";

#[cfg(feature = "hydrate")]
type Guards = std::cell::RefCell<Vec<(u32, Box<dyn Fn() -> bool>)>>;

#[cfg(feature = "hydrate")]
thread_local! {
    static GUARDS: Guards = const { std::cell::RefCell::new(Vec::new()) };
    static MADE: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Asks before the page is left while this says that something would be lost. Undone with the current owner.
pub fn guard(is_unsaved: impl Fn() -> bool + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let number = MADE.get();
        MADE.set(number.wrapping_add(1));
        GUARDS.with_borrow_mut(|guards| guards.push((number, Box::new(is_unsaved))));
        leptos::prelude::on_cleanup(move || {
            GUARDS.with_borrow_mut(|guards| guards.retain(|(other, _)| *other != number));
        });
    }
}

/// Asks at each way out of the page: closing it, a link, Back. Installed once, for all pages. The links to the paths that
/// `is_elsewhere` names load another document, before which the browser asks.
///
/// A native form says by `data-unsaved` that what is typed into it is to be kept; sending it is no leaving.
pub fn ask_before_leaving(is_elsewhere: impl Fn(&str) -> bool + 'static) {
    #[cfg(feature = "hydrate")]
    leaving::install(is_elsewhere);
}

/// Asks whether what is unsaved may go. True when there is nothing.
pub fn may_discard(is_unsaved: bool) -> bool {
    #[cfg(feature = "hydrate")]
    {
        !is_unsaved || leaving::confirm()
    }
    #[cfg(not(feature = "hydrate"))]
    true
}

#[cfg(feature = "hydrate")]
mod leaving {
    use super::super::dom;
    use super::{GUARDS, QUESTION};
    use leptos::ev;
    use leptos::prelude::window_event_listener;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::Closure;

    const TYPED: &str = "data-typed";

    fn is_unsaved() -> bool {
        let typed = || {
            let document = dom::document()?;
            document.query_selector("form[data-typed]").ok().flatten()
        };
        GUARDS.with_borrow(|guards| guards.iter().any(|(_, is_unsaved)| is_unsaved())) || typed().is_some()
    }

    pub fn confirm() -> bool {
        web_sys::window().is_none_or(|window| window.confirm_with_message(QUESTION).unwrap_or(true))
    }

    pub fn install(is_elsewhere: impl Fn(&str) -> bool + 'static) {
        window_event_listener(ev::input, |event| {
            if let Some(form) = dom::closest(&event, "form[data-unsaved]") {
                let _ = form.set_attribute(TYPED, "");
            }
        });
        window_event_listener(ev::submit, |event| {
            if let Some(form) = dom::closest(&event, "form[data-unsaved]") {
                let _ = form.remove_attribute(TYPED);
            }
        });
        window_event_listener(ev::beforeunload, |event| {
            if is_unsaved() {
                event.prevent_default();
            }
        });
        let Some(window) = web_sys::window() else { return };
        // On the way down, so before the router hears of it.
        let follow = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
            let same_tab = !(event.ctrl_key() || event.meta_key() || event.shift_key());
            let link = dom::closest(&event, "a[href]:not([target], [download], [rel~=external])")
                .and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok())
                .filter(|link| !is_elsewhere(&link.pathname()));
            if same_tab && link.is_some() && is_unsaved() && !confirm() {
                event.prevent_default();
                event.stop_propagation();
            }
        });
        let _ =
            window.add_event_listener_with_callback_and_bool("click", follow.as_ref().unchecked_ref(), true);
        follow.forget();
        // Back and Forward between pages of this document, where the browser tells of them beforehand.
        let get =
            |target: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(target, &name.into()).ok();
        let navigation = get(&window, "navigation").and_then(|n| n.dyn_into::<web_sys::EventTarget>().ok());
        let Some(navigation) = navigation else { return };
        let traverse = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            let is =
                |target: &wasm_bindgen::JsValue, name: &str| get(target, name).is_some_and(|v| v.is_truthy());
            let back = get(&event, "navigationType").is_some_and(|kind| kind == "traverse");
            let here = get(&event, "destination").is_some_and(|to| is(&to, "sameDocument"));
            if back && here && event.cancelable() && is_unsaved() && !confirm() {
                event.prevent_default();
            }
        });
        let _ = navigation.add_event_listener_with_callback("navigate", traverse.as_ref().unchecked_ref());
        traverse.forget();
    }
}
