//! From page to page.

use super::state::{Access, derived};
use crate::components::{Icon, thousands};
use domain::limits::PAGE_ROWS;
use leptos::prelude::*;

/// Which rows are shown, out of how many, and links to the other pages.
#[component]
pub fn Pager(access: Access) -> impl IntoView {
    let place = derived(move || access.shown(|page, _| (page.page, page.pages, page.matched)));
    move || {
        let (page, pages, matched) = place.get().filter(|(_, _, matched)| *matched > 0)?;
        let first = (page - 1) * PAGE_ROWS + 1;
        let last = matched.min(page * PAGE_ROWS);
        Some(view! {
            <nav class="pager" aria-label="Pages">
                <span class="numeric">
                    {format!("{}–{} of {}", thousands(first), thousands(last), thousands(matched))}
                </span>
                {(pages > 1)
                    .then(|| {
                        view! {
                            <PageLink access to=(page > 1).then_some(1) label="First page" icon="first" />
                            <PageLink access to=(page > 1).then(|| page - 1) label="Previous page" icon="left" />
                            <PageLink access to=(page < pages).then(|| page + 1) label="Next page" icon="right" />
                            <PageLink access to=(page < pages).then_some(pages) label="Last page" icon="last" />
                        }
                    })}
            </nav>
        })
    }
}

/// A link to a page, or its place when there is none to go to.
#[component]
fn PageLink(access: Access, to: Option<u32>, label: &'static str, icon: &'static str) -> impl IntoView {
    match to {
        Some(page) => {
            let href = move || access.address(&access.query.get().with_page(page));
            view! {
                <a class="button icon-only" href=href aria-label=label title=label>
                    <Icon name=icon />
                </a>
            }
            .into_any()
        }
        None => view! {
            <span class="button icon-only" aria-disabled="true" role="link" aria-label=label>
                <Icon name=icon />
            </span>
        }
        .into_any(),
    }
}
