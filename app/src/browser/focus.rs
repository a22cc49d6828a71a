//! Where the keyboard is.

/// Focuses the element with this id.
pub fn set(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = super::dom::element::<web_sys::HtmlElement>(id) {
        let _ = element.focus();
    }
}

/// Focuses and selects the text of the input with this id.
pub fn select(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(input) = super::dom::element::<web_sys::HtmlInputElement>(id) {
        let _ = input.focus();
        input.select();
    }
}

/// Where to go among the items of a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first one.
    First,
    /// The last one.
    Last,
    /// The one after, around the end.
    Next,
    /// The one before, around the start.
    Previous,
}

impl Step {
    /// The step that a key asks for, by its DOM name.
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowDown" => Self::Next,
            "ArrowUp" => Self::Previous,
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }
}

/// Moves the focus among the menu items inside the element with this id.
pub fn rove(container: &str, step: Step) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let Some(container) = super::dom::element::<web_sys::Element>(container) else {
            return;
        };
        let items = super::dom::all(&container, "[role=menuitem]:not([aria-disabled=true])");
        let Some(last) = items.len().checked_sub(1) else {
            return;
        };
        let active = super::dom::document().and_then(|d| d.active_element());
        let at = items
            .iter()
            .position(|i| active.as_ref() == Some(i.unchecked_ref()));
        let to = match (step, at) {
            (Step::First, _) | (Step::Next, None) => 0,
            (Step::Last, _) | (Step::Previous, None) => last,
            (Step::Next, Some(i)) => (i + 1) % items.len(),
            (Step::Previous, Some(i)) => i.checked_sub(1).unwrap_or(last),
        };
        let _ = items[to].focus();
    }
}

/// Presses the first menu item inside the element with this id.
pub fn press_first(container: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(container) = super::dom::element::<web_sys::Element>(container)
        && let Some(first) = super::dom::all(&container, "[role=menuitem]").first()
    {
        first.click();
    }
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// What had the focus before a question was asked.
    static BEFORE: std::cell::RefCell<Option<web_sys::Element>> = const { std::cell::RefCell::new(None) };
}

/// Remembers what has the focus, for [`go_back`].
pub fn remember() {
    #[cfg(feature = "hydrate")]
    BEFORE.set(super::dom::document().and_then(|document| document.active_element()));
}

/// Gives the focus back to what had it at [`remember`].
pub fn go_back() {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        if let Some(element) = BEFORE
            .take()
            .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        {
            let _ = element.focus();
        }
    }
}

/// Whether what had the focus is gone.
#[cfg(feature = "hydrate")]
pub fn is_lost() -> bool {
    let document = super::dom::document();
    let active = document.and_then(|document| document.active_element());
    active.is_none_or(|active| active.tag_name() == "BODY")
}

/// Focuses the first of these elements that is there, when the focus has been lost with what it was on.
pub fn set_first_if_lost(ids: &[&str]) {
    #[cfg(feature = "hydrate")]
    if is_lost()
        && let Some(element) = ids
            .iter()
            .find_map(|id| super::dom::element::<web_sys::HtmlElement>(id))
    {
        let _ = element.focus();
    }
}
