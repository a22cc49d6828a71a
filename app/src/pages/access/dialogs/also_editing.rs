//! Who else has the same row open.

use super::super::editor::RowEditor;
use crate::api::members::note_editing;
use crate::browser::page;
use crate::components::picker::names;
use domain::MemberId;
use domain::limits::EDITING_TOLD;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Tells the server that the row is being edited, for as long as this is shown, and names the others who do.
#[component]
pub fn AlsoEditing(editor: RowEditor, member: MemberId) -> impl IntoView {
    let others = RwSignal::new(Vec::new());
    spawn_local(async move {
        while !others.is_disposed() {
            // Saving goes by what is stored, so nothing depends on this.
            if let Ok(found) = note_editing(editor.org(), member).await {
                others.try_set(found);
            }
            page::pause(Duration::from_millis(EDITING_TOLD)).await;
        }
    });
    move || {
        let others = others.read();
        let are = if others.len() == 1 { "is" } else { "are" };
        (!others.is_empty()).then(|| {
            let others = names(others.iter().map(String::as_str));
            view! { <p class="also-editing" role="status">{format!("{others} {are} editing this too.")}</p> }
        })
    }
}
