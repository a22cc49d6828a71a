//! Copying a text.

/// Copies; `false` when the browser refuses.
pub async fn copy(text: String) -> bool {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        // The clipboard object is only there on HTTPS and on the local machine.
        if window.is_secure_context() {
            let written = window.navigator().clipboard().write_text(&text);
            if wasm_bindgen_futures::JsFuture::from(written).await.is_ok() {
                return true;
            }
        }
        return copy_by_selection(&text).unwrap_or(false);
    }
    false
}

/// The way that plain HTTP still allows: select the text in a field of its own and ask for a copy.
#[cfg(feature = "hydrate")]
fn copy_by_selection(text: &str) -> Option<bool> {
    use wasm_bindgen::JsCast;

    let document: web_sys::HtmlDocument = super::dom::document()?.dyn_into().ok()?;
    let before = document.active_element();
    let field: web_sys::HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_class_name("visually-hidden");
    // Inside an open modal dialog only what belongs to the dialog can be selected.
    let home = before
        .as_ref()
        .and_then(|e| e.closest("dialog[open]").ok().flatten());
    let home: web_sys::Element = home.or_else(|| document.body().map(Into::into))?;
    home.append_child(&field).ok()?;
    field.select();
    let copied = document.exec_command("copy").unwrap_or(false);
    field.remove();
    if let Some(before) = before.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = before.focus();
    }
    Some(copied)
}

/// The code beside the button `button.copy-code` that an event happened on, if it did.
pub fn code_beside(event: &leptos::ev::MouseEvent) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        let button = super::dom::closest(event, "button.copy-code")?;
        let code = button.closest(".code").ok()??.query_selector("code").ok()??;
        code.text_content()
    }
    #[cfg(not(feature = "hydrate"))]
    None
}
