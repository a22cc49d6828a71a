//! Which rows of the table are selected.

use super::super::state::Access;
use crate::components::thousands;
use domain::MemberId;
use domain::bulk::{BulkAsked, Selection};
use domain::query::MemberQuery;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The selected rows. They stay while the table is sorted, searched and paged; all that match is a selection of its own,
/// which another search ends.
#[derive(Clone, Copy)]
pub struct Selected {
    ids: RwSignal<BTreeSet<MemberId>>,
    /// The view of which all rows are selected, and how many they are.
    all: RwSignal<Option<(MemberQuery, u32)>>,
    /// From where shift selects a range.
    anchor: RwSignal<Option<MemberId>>,
}

impl Selected {
    /// Nothing is selected.
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(BTreeSet::new()),
            all: RwSignal::new(None),
            anchor: RwSignal::new(None),
        }
    }

    /// How many rows are selected. Follows it.
    pub fn count(self) -> usize {
        match &*self.all.read() {
            Some((_, matched)) => *matched as usize,
            None => self.ids.read().len(),
        }
    }

    /// Whether a row is. Follows it.
    pub fn has(self, id: MemberId) -> bool {
        self.all.read().is_some() || self.ids.read().contains(&id)
    }

    /// Whether all that match are, and not single rows. Follows it.
    pub fn is_all(self) -> bool {
        self.all.read().is_some()
    }

    /// Selects or leaves a row, with shift all from the last one on that are on the page.
    pub fn pick(self, id: MemberId, selected: bool, shift: bool, page: &[MemberId]) {
        self.single(page);
        let place = |of: MemberId| page.iter().position(|row| *row == of);
        let from = self.anchor.get_untracked().filter(|_| shift).and_then(place);
        let range = match (from, place(id)) {
            (Some(a), Some(b)) => page[a.min(b)..=a.max(b)].to_vec(),
            _ => vec![id],
        };
        self.put(&range, selected);
        self.anchor.set(Some(id));
    }

    /// Selects or leaves every row of the page.
    pub fn pick_page(self, page: &[MemberId], selected: bool) {
        self.single(page);
        self.put(page, selected);
    }

    /// Selects all that match, over all pages.
    pub fn pick_all(self, query: MemberQuery, matched: u32) {
        self.ids.update(BTreeSet::clear);
        self.all.set(Some((query, matched)));
    }

    /// Leaves all.
    pub fn clear(self) {
        self.ids.update(BTreeSet::clear);
        self.all.set(None);
        self.anchor.set(None);
    }

    /// Another search ends the selection of all that match the one before. The page and the order do not matter.
    pub fn searched(self, query: &MemberQuery) {
        let same = |all: &MemberQuery| all.finds_rows_of(query);
        if self
            .all
            .with_untracked(|all| all.as_ref().is_some_and(|(all, _)| !same(all)))
        {
            self.clear();
        }
    }

    /// As the server is told it.
    pub fn selection(self) -> Selection {
        match self.all.get_untracked() {
            Some((query, _)) => Selection::Matching(Box::new(query)),
            None => Selection::Ids(self.ids.get_untracked().into_iter().collect()),
        }
    }

    /// Goes over from all that match to the rows of this page.
    fn single(self, page: &[MemberId]) {
        if self.all.with_untracked(Option::is_some) {
            self.all.set(None);
            self.ids.set(page.iter().copied().collect());
        }
    }

    fn put(self, rows: &[MemberId], selected: bool) {
        self.ids.update(|ids| {
            for row in rows {
                if selected {
                    ids.insert(*row);
                } else {
                    ids.remove(row);
                }
            }
        });
    }
}

fn ids(access: Access) -> Vec<MemberId> {
    let rows = access.shown(|page, _| page.rows.iter().map(|row| row.id).collect());
    rows.unwrap_or_default()
}

/// The form that takes what is selected to its own page, where there are no scripts.
const SELECTION_FORM: &str = "selection-form";

/// The box of one row.
#[component]
pub fn PickRow(access: Access, id: MemberId, label: String) -> impl IntoView {
    let selected = access.selected;
    view! {
        <label class="pick">
            <input
                type="checkbox"
                name="row"
                value=id.to_string()
                form=SELECTION_FORM
                aria-label=format!("Select {label}")
                prop:checked=move || selected.has(id)
                on:click=move |event: leptos::ev::MouseEvent| {
                    let page = untrack(|| ids(access));
                    selected.pick(id, event_target_checked(&event), event.shift_key(), &page);
                }
            />
        </label>
    }
}

/// The box above them: every row of the page.
#[component]
pub fn PickPage(access: Access) -> impl IntoView {
    let selected = access.selected;
    let all = move || {
        let page = ids(access);
        !page.is_empty() && page.iter().all(|id| selected.has(*id))
    };
    view! {
        <label class="pick needs-script">
            <input
                type="checkbox"
                aria-label="Select all rows on this page"
                prop:checked=all
                on:change=move |event| {
                    let page = untrack(|| ids(access));
                    selected.pick_page(&page, event_target_checked(&event));
                }
            />
        </label>
    }
}

/// How many are selected, and what can be done with them. In view whenever something is.
#[component]
pub fn SelectionBar(access: Access, open: RwSignal<bool>) -> impl IntoView {
    let selected = access.selected;
    Effect::new(move |_| selected.searched(&access.query.read()));
    let matched = move || access.shown(|page, query| (page.matched, query.clone()));
    let offer_all = move || {
        let (matched, query) = matched()?;
        let more = !selected.is_all() && selected.count() < matched as usize;
        more.then(|| {
            view! {
                <button
                    type="button"
                    class="link"
                    on:click=move |_| selected.pick_all(query.clone(), matched)
                >
                    {format!("Select all {}", thousands(matched))}
                </button>
            }
        })
    };
    let text = move || {
        let count = thousands(u32::try_from(selected.count()).unwrap_or(u32::MAX));
        match selected.is_all() {
            true => format!("All {count} selected"),
            false => format!("{count} selected"),
        }
    };
    view! {
        <Show when=move || { selected.count() > 0 }>
            <div class="selection-bar" role="region" aria-label="Selection">
                <strong role="status">{text}</strong>
                {offer_all}
                <button type="button" class="button primary" on:click=move |_| open.set(true)>
                    "Change…"
                </button>
                <button type="button" class="button" on:click=move |_| selected.clear()>
                    "Clear selection"
                </button>
            </div>
        </Show>
    }
}

/// The same without scripts: a form to a page of its own.
#[component]
pub fn SelectionForm(access: Access) -> impl IntoView {
    // The view that is shown, for all that match it.
    let view = move || {
        let query = access.query.get();
        let pairs = BulkAsked::from_query_string(&query.to_query_string()).only(|_| true);
        let field = |(name, value)| view! { <input type="hidden" name=name value=value /> };
        pairs.into_iter().map(field).collect_view()
    };
    view! {
        <form
            id=SELECTION_FORM
            class="row selection-form"
            method="get"
            action=format!("{}/change", access.path())
        >
            {view}
            <button type="submit" class="button">"Change selected…"</button>
            <button type="submit" class="button" name="all" value="1">"Change all that match…"</button>
        </form>
    }
}
