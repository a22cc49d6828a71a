//! The form that asks.

use super::Sent;
use crate::components::Field;
use crate::forms::textarea_text;
use domain::limits::REQUEST_REASON_CHARS;
use domain::requests::Askable;
use leptos::prelude::*;

/// Provider, reason, and optionally until when.
#[component]
pub fn Ask(
    action: String,
    askable: Vec<Askable>,
    /// The slug of the provider that is chosen at first.
    wanted: String,
    sent: Sent,
) -> impl IntoView {
    if askable.is_empty() {
        return view! {
            <section class="member-section" id="ask">
                <h2>"Ask for access"</h2>
                <p class="muted">"You can use every active provider, or have asked for it."</p>
            </section>
        }
        .into_any();
    }
    let typed = move |field: &str| sent.value("", field).unwrap_or_default();
    let chosen = typed("provider");
    let options = askable
        .into_iter()
        .map(|provider| {
            let id = provider.id.to_string();
            let selected = match chosen.as_str() {
                "" => provider.slug == wanted,
                chosen => id == chosen,
            };
            view! {
                <option value=id selected=selected>
                    {provider.name}
                </option>
            }
        })
        .collect_view();
    let most = REQUEST_REASON_CHARS.to_string();
    view! {
        <section class="member-section" id="ask">
            <h2>"Ask for access"</h2>
            <form method="post" action=action class="stack" data-unsaved="">
                <Field label="Provider" name="provider" error=sent.problem("provider")>
                    <select class="input" name="provider" required>
                        {options}
                    </select>
                </Field>
                <Field label="Reason" name="reason" hint="What you need it for." error=sent.problem("reason")>
                    <textarea class="input" name="reason" rows="3" maxlength=most required>
                        {textarea_text(typed("reason"))}
                    </textarea>
                </Field>
                <Field label="Until (optional)" name="until" error=sent.problem("until")>
                    <input class="input" type="date" name="until" value=typed("until") />
                </Field>
                <div class="row">
                    <button class="button primary" type="submit" name="do" value="ask">
                        "Send request"
                    </button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
