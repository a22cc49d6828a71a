//! Changing many rows at once: selecting them, a preview, and taking it back.

mod dialog;
mod done;
mod selection;
pub mod words;

use super::state::Access;
use dialog::BulkDialog;
pub use done::{Done, DoneNotice};
use leptos::prelude::*;
pub use selection::{PickPage, PickRow, Selected};
use selection::{SelectionBar, SelectionForm};

/// The bar, the dialog that it opens, and what was done last.
#[component]
pub fn Bulk(access: Access) -> impl IntoView {
    let open = RwSignal::new(false);
    let done = RwSignal::new(None);
    view! {
        <DoneNotice org=access.editor.org() done on_undone=move |()| access.reload() />
        <SelectionForm access />
        <SelectionBar access open />
        <BulkDialog access open done />
    }
}
