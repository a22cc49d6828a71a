//! The table's head and its rows.

use super::bulk::PickPage;
use super::live::settle;
use super::row::{Line, Row};
use super::state::Access;
use crate::components::{Dropdown, Icon};
use domain::query::{MemberQuery, SortColumn};
use leptos::prelude::*;

/// Explicit roles, since on a narrow window rows become cards and browsers then forget that it is a table.
#[component]
pub fn Table(access: Access, #[prop(into)] lines: Signal<Vec<Line>>) -> impl IntoView {
    // What is not shown is left to the style, so that a change of columns makes no row anew.
    let class = move || {
        let columns = access.columns.get();
        let hidden = SortColumn::ALL
            .iter()
            .filter(move |column| !columns.shows(**column));
        hidden.fold("table fitted members".to_owned(), |class, column| {
            class + " without-" + column.as_str()
        })
    };
    view! {
        <div class="table-panel" on:mouseleave=move |_| settle(access) on:focusout=move |_| settle(access)>
            <table class=class role="table" aria-label="Members and invitations">
                <thead role="rowgroup">
                    <tr role="row">
                        {SortColumn::ALL.iter().map(|column| view! { <SortHeader access column=*column /> }).collect_view()}
                        <th role="columnheader" scope="col" class="c-actions">
                            <span class="visually-hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || lines.get() key=Line::key children=move |line| view! { <Row access line /> } />
                </tbody>
            </table>
        </div>
    }
}

fn label(column: SortColumn) -> &'static str {
    match column {
        SortColumn::Keys => "Keys",
        column => column.label(),
    }
}

/// `Some(descending)` when the rows are ordered by this column.
fn order(query: &MemberQuery, column: SortColumn) -> Option<bool> {
    (query.sort == column).then_some(query.descending)
}

fn arrow(order: Option<bool>) -> Option<AnyView> {
    order.map(|descending| {
        view! { <Icon name=if descending { "arrow-down" } else { "arrow-up" } /> }.into_any()
    })
}

#[component]
fn SortHeader(access: Access, column: SortColumn) -> impl IntoView {
    let order = Memo::new(move |_| order(&access.query.read(), column));
    view! {
        <th
            role="columnheader"
            scope="col"
            class=format!("c-{column}")
            // Not also what the box in it says.
            aria-label=label(column)
            aria-sort=move || order.get().map(|descending| if descending { "descending" } else { "ascending" })
        >
            {(column == SortColumn::Name && access.role.administers()).then(|| view! { <PickPage access /> })}
            <a href=move || access.address(&access.query.get().toggled_sort(column)) data-noscroll="true">
                {label(column)}
                {move || arrow(order.get())}
            </a>
        </th>
    }
}

/// The order, where there is no head to click on.
#[component]
pub fn SortMenu(access: Access) -> impl IntoView {
    let summary = move || {
        let query = access.query.read();
        view! {
            {format!("Sort: {}", label(query.sort))}
            {arrow(Some(query.descending))}
        }
    };
    let links = SortColumn::ALL.iter().map(move |column| {
        let column = *column;
        view! {
            <li>
                <a
                    class="menu-item"
                    href=move || access.address(&access.query.get().toggled_sort(column))
                    aria-current=move || order(&access.query.read(), column).map(|_| "true")
                    data-noscroll="true"
                >
                    {label(column)}
                    {move || arrow(order(&access.query.read(), column))}
                </a>
            </li>
        }
    });
    view! {
        <Dropdown id="sort" class="only-cards" button="chip" summary=summary>
            <ul class="plain-list">{links.collect_view()}</ul>
        </Dropdown>
    }
}
