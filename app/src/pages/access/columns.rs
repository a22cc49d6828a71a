//! Which columns are shown: a menu that is a form, so that it works without scripts.

use super::filters::HiddenFields;
use super::state::{Access, History};
use crate::browser::columns::keep;
use crate::components::Dropdown;
use domain::query::{Columns, SortColumn};
use leptos::prelude::*;

/// By this the form without scripts says that the choice is for the next visit too; a link of somebody else does not.
pub const KEEP: &str = "keep=1";

/// A checkbox for each column. The name and the actions always stay.
#[component]
pub fn ColumnMenu(access: Access) -> impl IntoView {
    let toggle = move |column: SortColumn| {
        let columns = access.columns.get_untracked().toggled(column);
        keep(columns);
        access.show_columns(columns, History::Replace);
    };
    let boxes = SortColumn::ALL[1..].iter().map(move |column| {
        let column = *column;
        let shown = move || access.columns.read().shows(column);
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    name=Columns::NAME
                    value=column.as_str()
                    checked=untrack(shown)
                    prop:checked=shown
                    on:change=move |_| toggle(column)
                />
                {column.label()}
            </label>
        }
    });
    let button = move || {
        if access.columns.get() == Columns::default() {
            "chip".to_owned()
        } else {
            "chip on".to_owned()
        }
    };
    view! {
        <Dropdown id="columns" button=Signal::derive(button) summary=|| "Columns">
            <form method="get" action=access.path()>
                <fieldset>
                    <legend class="visually-hidden">"Columns to show"</legend>
                    {boxes.collect_view()}
                </fieldset>
                <input type="hidden" name=Columns::NAME value="name" />
                <input type="hidden" name="keep" value="1" />
                <HiddenFields access except=Columns::NAME />
                <button class="button small until-live" type="submit">"Apply"</button>
            </form>
        </Dropdown>
    }
}
