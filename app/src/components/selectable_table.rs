//! A table in a form, whose rows may begin with a box.

use leptos::prelude::*;

/// The head and the frame of the table; its rows are the children.
#[component]
pub fn SelectableTable(
    /// Whether rows begin with a cell for a box.
    select: bool,
    /// What the columns after it are called.
    columns: &'static [&'static str],
    children: Children,
) -> impl IntoView {
    let columns = columns
        .iter()
        .map(|column| view! { <th scope="col">{*column}</th> });
    view! {
        <div class="table-panel">
            <table class="table spend-table">
                <thead>
                    <tr>
                        {select.then(|| view! { <th scope="col"><span class="visually-hidden">"Select"</span></th> })}
                        {columns.collect_view()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}
