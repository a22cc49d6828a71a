//! What stands in the composer's place for somebody who may not use any provider.

use super::state::Chat;
use crate::components::EmptyState;
use domain::access::{Denial, ProviderAccess};
use domain::chat::Helper;
use leptos::prelude::*;

/// Says so, what was found, and who can help.
#[component]
pub fn NoProvider(chat: Chat) -> impl IntoView {
    let found = move || {
        let refused = &chat.offer.read().refused;
        if refused.is_empty() {
            vec!["No provider is assigned to you.".to_owned()]
        } else {
            refused.iter().map(finding).collect()
        }
    };
    let ask = format!("/o/{}/access/requests", chat.org());
    let helpers = move || chat.offer.read().helpers.clone();
    view! {
        <div class="panel chat-nobody">
            <EmptyState
                title="No provider available"
                text="To send messages, you need at least one active allowed provider."
            >
                <button type="button" class="button needs-script" on:click=move |_| chat.reload_offer()>
                    "Check again"
                </button>
                <a class="button primary" href=ask>
                    "Ask for access"
                </a>
            </EmptyState>
            <h3>"Details"</h3>
            <ul>{move || found().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            <h3>"Who can help"</h3>
            <ul>{move || helpers().into_iter().map(|helper| view! { <Who helper /> }).collect_view()}</ul>
        </div>
    }
}

#[component]
fn Who(helper: Helper) -> impl IntoView {
    let address = format!("mailto:{}", helper.email);
    view! {
        <li>
            {helper.name}
            " · "
            <a href=address>{helper.email}</a>
        </li>
    }
}

fn finding(access: &ProviderAccess) -> String {
    let name = &access.provider.name;
    match access.denial {
        Some(Denial::ProviderInactive) => {
            format!("{name} is assigned to you, but inactive. An owner or admin can activate it.")
        }
        Some(denial) => format!("{name}: {}.", denial.label().to_lowercase()),
        None => format!("{name} can be used."),
    }
}
