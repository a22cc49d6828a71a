//! A modal dialog that loses nothing that was typed.

use crate::browser;
use crate::browser::unsaved;
use leptos::prelude::*;

/// What would be lost by closing, and how that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The question.
    pub question: &'static str,
    /// Stays.
    pub stay: &'static str,
    /// Closes all the same.
    pub close: &'static str,
}

/// What was typed or chosen and not saved.
const CHANGES: Loss = Loss {
    question: "You have unsaved changes.",
    stay: "Keep editing",
    close: "Discard changes",
};

/// The dialog that a part stands in. Each way out but saving goes through [`DialogState::leave`].
#[derive(Clone, Copy)]
pub struct DialogState {
    open: RwSignal<bool>,
    /// Something was typed or chosen in a form that does not say by itself whether that is a change.
    touched: RwSignal<bool>,
    losing: RwSignal<Option<Signal<Option<Loss>>>>,
    asking: RwSignal<Option<Loss>>,
}

impl DialogState {
    fn new(open: RwSignal<bool>) -> Self {
        Self {
            open,
            touched: RwSignal::new(false),
            losing: RwSignal::new(None),
            asking: RwSignal::new(None),
        }
    }

    fn loss(self) -> Option<Loss> {
        if !self.open.try_get_untracked().unwrap_or_default() {
            return None;
        }
        match self.losing.try_get_untracked().flatten() {
            Some(losing) => losing.try_get_untracked().flatten(),
            None => self.touched.try_get_untracked()?.then_some(CHANGES),
        }
    }

    /// Closes, unless something would be lost: then that is asked first.
    pub fn leave(self) {
        let loss = self.loss();
        if loss.is_none() {
            self.open.set(false);
        } else if self.asking.get_untracked().is_none() {
            self.asking.set(loss);
        }
    }

    /// Says when there are changes to lose.
    pub fn changed_when(self, is_changed: impl Fn() -> bool + Send + Sync + 'static) {
        self.loses(move || is_changed().then_some(CHANGES));
    }

    /// Says what there is to lose.
    pub fn loses(self, loss: impl Fn() -> Option<Loss> + Send + Sync + 'static) {
        self.losing.set(Some(Signal::derive(loss)));
    }
}

/// The dialog that is being filled.
pub fn use_dialog() -> DialogState {
    use_context().unwrap_or_else(|| DialogState::new(RwSignal::new(false)))
}

/// The way out of a dialog that changes nothing.
#[component]
pub fn Cancel(
    /// What the button says.
    #[prop(default = "Cancel")]
    label: &'static str,
) -> impl IntoView {
    let dialog = use_dialog();
    view! {
        <button type="button" class="button" on:click=move |_| dialog.leave()>
            {label}
        </button>
    }
}

/// A native `<dialog>`. Its children are made anew each time it opens. Put a `<form>` with `.dialog-body` and
/// `.dialog-foot` inside. Escape, a click on the backdrop and [`Cancel`] close it, after asking when something would be
/// lost; setting `open` to false closes it at once.
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
    let state = DialogState::new(open);
    unsaved::guard(move || state.loss().is_some());

    Effect::new(move |_| {
        state.asking.set(None);
        state.touched.set(false);
        if open.get() {
            // Wherever the focus is, and before the browser closes it by itself.
            browser::keys::on_escape(move || {
                if !browser::dialog::is_topmost(id) {
                    return;
                }
                match state.asking.get_untracked() {
                    Some(_) => state.asking.set(None),
                    None => state.leave(),
                }
            });
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
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                state.leave();
            }
            on:close=move |_| open.set(false)
            on:input=move |event| {
                state.asking.set(None);
                if browser::dialog::is_typed(&event) {
                    state.touched.set(true);
                }
            }
            on:mousedown=move |e| pressed_backdrop.set_value(browser::dialog::is_on_backdrop(&e))
            on:click=move |e| {
                if pressed_backdrop.get_value() && browser::dialog::is_on_backdrop(&e) {
                    state.leave();
                }
            }
        >
            {move || {
                open.get()
                    .then(|| {
                        provide_context(state);
                        // What the content before said is not about this one.
                        state.losing.set(None);
                        view! {
                            <div class="dialog-head">
                                <h2 id=format!("{id}-title")>{title}</h2>
                                {move || subtitle.get().map(|text| view! { <p class="muted">{text}</p> })}
                            </div>
                            {children()}
                            {move || state.asking.get().map(|loss| view! { <Question id state loss /> })}
                        }
                    })
            }}
        </dialog>
    }
}

/// Takes the place of the foot while it is asked.
#[component]
fn Question(id: &'static str, state: DialogState, loss: Loss) -> impl IntoView {
    let (text, stay) = (format!("{id}-question"), format!("{id}-stay"));
    let named = text.clone();
    browser::focus::remember();
    let focused = stay.clone();
    request_animation_frame(move || browser::focus::set(&focused));
    on_cleanup(browser::focus::go_back);
    view! {
        <div class="dialog-foot dialog-question" role="alertdialog" aria-labelledby=named>
            <p class="effect" id=text>
                {loss.question}
            </p>
            <button type="button" class="button" on:click=move |_| state.open.set(false)>
                {loss.close}
            </button>
            <button type="button" class="button primary" id=stay on:click=move |_| state.asking.set(None)>
                {loss.stay}
            </button>
        </div>
    }
}
