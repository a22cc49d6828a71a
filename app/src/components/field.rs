//! A labelled control with its hint and its error.

use leptos::prelude::*;

/// Label, control, hint and error, tied together for assistive technology. The control (one `<input>`, `<select>` or
/// `<textarea>`) is the child; its `id`, `aria-describedby` and `aria-invalid` are set here. The id is `field-{name}`.
#[component]
pub fn Field(
    /// What the control is for.
    #[prop(into)]
    label: String,
    /// The control's name in its form, unique on the page.
    name: &'static str,
    /// What to put in, in a few words.
    #[prop(into, optional)]
    hint: Option<String>,
    /// What is wrong with what was put in.
    #[prop(into, optional)]
    error: MaybeProp<String>,
    children: Children,
) -> impl IntoView {
    let id = format!("field-{name}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let has_hint = hint.is_some();
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (has_hint, error.get().is_some()) {
            (false, false) => None,
            (true, false) => Some(hint_id.clone()),
            (false, true) => Some(error_id.clone()),
            (true, true) => Some(format!("{hint_id} {error_id}")),
        }
    };
    let control = children()
        .add_any_attr(leptos::attr::id(id.clone()))
        .add_any_attr(leptos::attr::custom::custom_attribute(
            "aria-describedby",
            described_by,
        ))
        .add_any_attr(leptos::attr::custom::custom_attribute(
            "aria-invalid",
            move || error.get().map(|_| "true"),
        ));
    view! {
        <div class="field" class:invalid=move || error.get().is_some()>
            <label for=id>{label}</label>
            {control}
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {move || error.get().map(|error| view! { <p class="error" id=error_id.clone()>{error}</p> })}
        </div>
    }
}
