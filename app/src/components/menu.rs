//! A menu of actions that opens from a button.

use super::Icon;
use crate::browser::focus::{Step, rove};
use crate::browser::popover;
use leptos::prelude::*;

/// A button and the menu it opens: a native popover, so Escape and a click elsewhere close it; arrow keys, Home and End
/// move. The children are [`MenuItem`]s.
#[component]
pub fn Menu(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What the button says; with an icon, its accessible name.
    #[prop(into)]
    label: String,
    /// Shown instead of the label.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Classes of the button.
    #[prop(default = "button")]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let button = format!("{id}-button");
    let place = {
        let (id, button) = (id.clone(), button.clone());
        move |_| popover::place(&id, &button)
    };
    view! {
        <button
            type="button"
            id=button
            class=class
            popovertarget=id.clone()
            aria-haspopup="menu"
            aria-label=icon.map(|_| label.clone())
            title=icon.map(|_| label.clone())
            on:click=place
        >
            {match icon {
                Some(icon) => view! { <Icon name=icon /> }.into_any(),
                None => view! { {label.clone()} <Icon name="down" /> }.into_any(),
            }}
        </button>
        <MenuList id=id label=label>
            {children()}
        </MenuList>
    }
}

/// The list of a menu on its own, for several buttons that open the same one by their `popovertarget`.
#[component]
pub fn MenuList(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// Names the menu.
    #[prop(into)]
    label: Signal<String>,
    children: Children,
) -> impl IntoView {
    let on_toggle = {
        let id = id.clone();
        move |_| {
            if popover::is_open(&id) {
                rove(&id, Step::First);
            }
        }
    };
    let on_key = {
        let id = id.clone();
        move |event: leptos::ev::KeyboardEvent| {
            if let Some(step) = Step::of_key(&event.key()) {
                event.prevent_default();
                rove(&id, step);
            } else if event.key() == "Tab" {
                popover::hide(&id);
            }
        }
    };
    let on_click = {
        let id = id.clone();
        move |_| popover::hide(&id)
    };
    view! {
        <div
            id=id
            class="menu"
            popover="auto"
            role="menu"
            aria-label=label
            on:toggle=on_toggle
            on:keydown=on_key
            on:click=on_click
        >
            {children()}
        </div>
    }
}

/// One action of a menu. Choosing it closes the menu.
#[component]
pub fn MenuItem(
    /// Does it.
    #[prop(into)]
    on_select: Callback<()>,
    /// It takes something away.
    #[prop(optional)]
    danger: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="menuitem"
            class="menu-item"
            class:danger=danger
            tabindex="-1"
            on:click=move |_| on_select.run(())
        >
            {children()}
        </button>
    }
}
