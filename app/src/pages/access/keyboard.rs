//! The table by single keys.

use super::editor::Task;
use super::state::Access;
use crate::browser::{keys, rows};
use crate::components::Dialog;
use domain::MemberId;
use leptos::prelude::*;

/// Each key and what it does, as HTML: no part of it ever changes.
const KEYS: &str = "<dt><kbd>/</kbd></dt><dd>Search</dd>\
    <dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next row, previous row</dd>\
    <dt><kbd>x</kbd></dt><dd>Select the row; with <kbd>Shift</kbd> all from the last one</dd>\
    <dt><kbd>e</kbd></dt><dd>Allowed providers of the row</dd>\
    <dt><kbd>Enter</kbd></dt><dd>Open the member</dd>\
    <dt><kbd>?</kbd></dt><dd>This list</dd>";

/// Listens for keys, and says which there are when asked with `?`.
#[component]
pub fn Keyboard(access: Access) -> impl IntoView {
    let help = RwSignal::new(false);
    Effect::new(move |_| {
        keys::on_key(move |key| {
            match key {
                "j" => rows::step(true),
                "k" => rows::step(false),
                "x" | "X" if access.role.administers() => select(access, key == "X"),
                "e" if access.role.administers() => edit(access),
                "?" => help.set(true),
                _ => return false,
            }
            true
        });
    });
    view! {
        <Dialog id="keyboard" open=help title="Keyboard shortcuts">
            <form method="dialog">
                <div class="dialog-body">
                    <dl class="shortcuts" inner_html=KEYS></dl>
                </div>
                <div class="dialog-foot">
                    <button class="button primary" type="submit">"Close"</button>
                </div>
            </form>
        </Dialog>
    }
}

fn select(access: Access, range: bool) {
    let Some(row) = rows::focused().map(MemberId) else {
        return;
    };
    let page = untrack(|| access.shown(|page, _| page.rows.iter().map(|row| row.id).collect::<Vec<_>>()));
    let selected = untrack(|| access.selected.has(row));
    access
        .selected
        .pick(row, range || !selected, range, &page.unwrap_or_default());
}

fn edit(access: Access) {
    let Some(id) = rows::focused() else { return };
    let row =
        untrack(|| access.shown(|page, _| page.rows.iter().find(|row| row.id.0 == id).cloned())).flatten();
    if let Some(row) = row
        && access.role.may_change(row.role)
        && !row.status.is_invitation()
    {
        access.editor.start(Task::Providers, row);
    }
}
