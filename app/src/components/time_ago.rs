//! Instants for people.

use domain::Timestamp;
use leptos::prelude::*;

/// How long ago something was, with the exact time for machines and on hovering. Both instants come from the server, so
/// that the browser writes the very same words.
#[component]
pub fn TimeAgo(
    /// When it was.
    at: Timestamp,
    /// The server's clock.
    now: Timestamp,
) -> impl IntoView {
    view! {
        <time datetime=at.rfc3339() title=at.exact()>
            {at.relative_to(now)}
        </time>
    }
}
