//! Hearing of changes while a page is open.

/// Follows an address that sends numbers as events, and hands over each. Only while the page is in view: of such
/// addresses a browser keeps few open for all its windows together. Undone with the current owner.
pub fn follow(address: String, on_number: impl Fn(i64) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{
            GetValue, SetValue, StoredValue, UpdateValue, WithValue, on_cleanup,
            window_event_listener_untyped,
        };
        use wasm_bindgen::JsCast;
        use wasm_bindgen::closure::Closure;
        use web_sys::{EventSource, MessageEvent};

        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let number = event.data().as_string().and_then(|text| text.parse().ok());
            if let Some(number) = number {
                on_number(number);
            }
        });
        let heard = StoredValue::new_local(heard);
        let source = StoredValue::new_local(None::<EventSource>);
        let look = move || {
            let in_view = super::dom::document().is_some_and(|document| !document.hidden());
            // One that the server refused does not try again by itself.
            let works = |source: &EventSource| source.ready_state() != EventSource::CLOSED;
            if in_view && source.get_value().as_ref().is_some_and(works) {
                return;
            }
            if let Some(before) = source.try_update_value(Option::take).flatten() {
                before.close();
            }
            if in_view && let Ok(next) = EventSource::new(&address) {
                heard.with_value(|heard| next.set_onmessage(Some(heard.as_ref().unchecked_ref())));
                source.set_value(Some(next));
            }
        };
        look();
        let again = look.clone();
        let handles = [
            window_event_listener_untyped("visibilitychange", move |_| look()),
            window_event_listener_untyped("focus", move |_| again()),
        ];
        on_cleanup(move || {
            handles.into_iter().for_each(|handle| handle.remove());
            if let Some(last) = source.try_update_value(Option::take).flatten() {
                last.close();
            }
        });
    }
}
