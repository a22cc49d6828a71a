//! How pasted rows were read.

use domain::invite::LineCount;
use leptos::prelude::*;

/// Lines shown as they were; whoever left out more looks into the table that they came from.
const SHOWN: usize = 5;

/// How many lines were read, and those without an address.
#[component]
pub fn LinesRead(lines: LineCount) -> impl IntoView {
    let more = lines.without_address.len().saturating_sub(SHOWN);
    let sentence = format!("{}.", lines.sentence());
    view! {
        <p class="hint">{sentence}</p>
        {(!lines.without_address.is_empty())
            .then(|| {
                view! {
                    <ul class="to-fix" aria-label="Lines without an address">
                        {lines
                            .without_address
                            .into_iter()
                            .take(SHOWN)
                            .map(|line| view! { <li>{line}</li> })
                            .collect_view()}
                        {(more > 0).then(|| view! { <li>{format!("and {more} more")}</li> })}
                    </ul>
                }
            })}
    }
}
