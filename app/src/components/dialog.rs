//! A modal dialog.

use crate::browser;
use leptos::prelude::*;

/// A native `<dialog>`. Its children are made anew each time it opens. Put a `<form>` with `.dialog-body` and
/// `.dialog-foot` inside; Escape, a click on the backdrop and setting `open` to false close it.
#[component]
pub fn Dialog(
    /// Unique on the page.
    id: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Names the dialog.
    #[prop(into)]
    title: Signal<String>,
    /// What it is about, below the title.
    #[prop(into, optional)]
    subtitle: MaybeProp<String>,
    /// Twice as wide, for two things side by side.
    #[prop(optional)]
    wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    // Only a press that also began on the backdrop closes: selecting text and letting go outside does not.
    let pressed_backdrop = StoredValue::new(false);

    Effect::new(move |_| {
        if open.get() {
            // The content is put in place first, so that the dialog focuses the right thing.
            request_animation_frame(move || browser::dialog::show(id));
        } else {
            browser::dialog::close(id);
        }
    });

    view! {
        <dialog
            id=id
            class="dialog"
            class:wide=wide
            aria-labelledby=format!("{id}-title")
            on:close=move |_| open.set(false)
            on:mousedown=move |e| pressed_backdrop.set_value(browser::dialog::is_on_itself(&e))
            on:click=move |e| {
                if pressed_backdrop.get_value() && browser::dialog::is_on_itself(&e) {
                    open.set(false);
                }
            }
        >
            {move || {
                open.get()
                    .then(|| {
                        view! {
                            <div class="dialog-head">
                                <h2 id=format!("{id}-title")>{title}</h2>
                                {move || subtitle.get().map(|text| view! { <p class="muted">{text}</p> })}
                            </div>
                            {children()}
                        }
                    })
            }}
        </dialog>
    }
}
