//! The status line: always in view, the numbers of the whole organization.

use super::pager::Pager;
use super::state::{Access, derived};
use super::toolbar::everything;
use crate::components::{counted, thousands};
use domain::member::StatusCounts;
use domain::query::{MemberQuery, ProviderFilter};
use leptos::prelude::*;

/// Numbers on one side, pages on the other.
#[component]
pub fn StatusBar(access: Access) -> impl IntoView {
    let counts = derived(move || access.shown(|page, _| page.counts));
    let matched = derived(move || {
        access
            .shown(|page, query| query.narrows().then_some(page.matched))
            .flatten()
    });
    view! {
        <div class="status-bar">
            <Transition>
                <p class="status-line">
                    {move || counts.get().map(|counts| view! { <Counts access counts /> })}
                    <span role="status">
                        {move || {
                            matched
                                .get()
                                .map(|matched| {
                                    view! {
                                        <span aria-hidden="true">" · "</span>
                                        <strong>{format!("{} match", thousands(matched))}</strong>
                                    }
                                })
                        }}
                    </span>
                </p>
                <Pager access />
            </Transition>
        </div>
    }
}

#[component]
fn Counts(access: Access, counts: StatusCounts) -> impl IntoView {
    let those = move || {
        let query = access.query.read();
        access.address(&MemberQuery {
            without_providers: true,
            ..everything(&query)
        })
    };
    let ending = (counts.ending > 0).then(|| {
        let those = move || {
            let query = access.query.read();
            access.address(&MemberQuery {
                providers: vec![ProviderFilter::Ending],
                ..everything(&query)
            })
        };
        let more = if counts.ending_more { "+" } else { "" };
        view! {
            " · "
            <a href=those>{format!("{}{more} expiring soon", thousands(counts.ending))}</a>
        }
    });
    view! {
        {counted(counts.users, "user")}
        {format!(" · {} invited · {} suspended · ", thousands(counts.invited), thousands(counts.suspended))}
        <a href=those>{format!("{} without allowed providers", thousands(counts.without_providers))}</a>
        {ending}
    }
}
