//! The virtual keys of one member: the list and its dialogs, for the person and for administrators.

mod create;
mod dialogs;
mod draft;
mod list;
mod rename;
mod revoke;
mod rotate;
mod secret;

pub use create::CreateDialog;
pub use dialogs::{KeyDialogs, KeyOwner};
pub use list::KeyPanel;

use leptos::prelude::*;
use rename::RenameDialog;
use revoke::RevokeDialog;
use rotate::RotateDialog;

/// The dialogs of a page, however many lists it has. They stand outside what is read anew after each change, so that a
/// secret stays in sight.
#[component]
pub fn KeyDialogsView(
    /// Which of them is open.
    dialogs: KeyDialogs,
    /// A list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    view! {
        <CreateDialog dialogs on_changed />
        <RenameDialog dialogs on_changed />
        <RotateDialog dialogs on_changed />
        <RevokeDialog dialogs on_changed />
    }
}
