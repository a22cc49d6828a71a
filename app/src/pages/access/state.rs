//! What the parts of the page share.

use super::bulk::Selected;
use super::columns::KEEP;
use super::editor::{Afterwards, Choices, RowEditor};
use crate::api::ApiResult;
use crate::api::members::list_members;
use crate::browser::columns;
use crate::pages::reading::{held, stays};
use domain::member::{MemberPage, MemberRow};
use domain::organization::Viewer;
use domain::query::{Columns, MemberQuery};
use domain::views::view_query;
use domain::{MemberId, Problem, Role};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use serde::{Deserialize, Serialize};

/// How a change of the view goes into the browser's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Back returns to the view before.
    Push,
    /// It takes the place of the view before, as each letter typed into the search does.
    Replace,
}

/// An answer with its question, since the address may ask for something else by the time it comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// What was asked for.
    pub query: MemberQuery,
    /// The page of it.
    pub page: ApiResult<MemberPage>,
    /// Why this is not the answer to what was asked last, but one before that stays.
    pub problem: Option<Problem>,
}

impl Answered {
    fn or_before(query: MemberQuery, page: ApiResult<MemberPage>, before: Option<Self>) -> Self {
        match (page, before) {
            (Err(error), Some(before)) if before.page.is_ok() && stays(&error.0) => Self {
                problem: Some(error.0),
                ..before
            },
            (page, _) => Self {
                query,
                page,
                problem: None,
            },
        }
    }
}

/// Counts a question to the server for as long as it is not answered or given up.
struct Asking(RwSignal<u32>);

impl Asking {
    fn new(questions: RwSignal<u32>) -> Self {
        questions.update(|n| *n += 1);
        Self(questions)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        // The page may be gone before the answer.
        self.0.try_update(|n| *n -= 1);
    }
}

/// The page's state. The view itself (search, filters, order, page) is the address; the rest is which row is worked on.
#[derive(Clone, Copy)]
pub struct Access {
    organization: StoredValue<String>,
    /// What the menu and the dialogs of a row work with.
    pub editor: RowEditor,
    /// The role of the person looking.
    pub role: Role,
    /// The rows that are selected for a change of many.
    pub selected: Selected,
    /// What the address asks for.
    pub query: Memo<MemberQuery>,
    /// The columns shown: those of the address, or as the person chose before.
    pub columns: Memo<Columns>,
    /// What the server answered, to that or still to what was asked before.
    pub answer: Resource<Answered>,
    /// Questions to the server that are not answered yet.
    asking: RwSignal<u32>,
    /// Rows in an order that is not shown yet, and the revision that they are of; see [`super::live`].
    pub held: StoredValue<Option<(i64, Vec<MemberRow>)>>,
    go: Callback<(String, History)>,
}

impl Access {
    /// The state of the page that is being made.
    pub fn new(viewer: &Viewer) -> Self {
        let slug = viewer.organization.slug.clone();
        let path = format!("/o/{slug}/access");
        let location = use_location();
        let query = Memo::new(move |before: Option<&MemberQuery>| match before {
            // The address changes before this page goes away; what it says then is not for this page.
            Some(before) if *location.pathname.read() != path => before.clone(),
            _ => MemberQuery::from_query_string(&location.search.read()),
        });
        let columns = Memo::new(move |_| {
            let search = location.search.read();
            let asked = Columns::from_query_string(&search);
            // Only the form that works without scripts asks for this.
            if cfg!(feature = "ssr") && search.contains(KEEP) {
                columns::keep(asked.unwrap_or_default());
            }
            asked.or_else(columns::kept).unwrap_or_default()
        });
        let organization = StoredValue::new(slug);
        let shown = StoredValue::new(None::<Resource<Answered>>);
        let asking = RwSignal::new(0);
        let answer = Resource::new(
            move || query.get(),
            move |query| {
                let question = Asking::new(asking);
                async move {
                    let page = list_members(organization.get_value(), query.clone()).await;
                    drop(question);
                    Answered::or_before(query, page, held(shown))
                }
            },
        );
        shown.set_value(Some(answer));
        let navigate = use_navigate();
        let go = Callback::new(move |(address, history): (String, History)| {
            let replace = history == History::Replace;
            navigate(
                &address,
                NavigateOptions {
                    resolve: false,
                    replace,
                    scroll: false,
                    ..Default::default()
                },
            );
        });
        let editor = RowEditor::new(
            viewer,
            Choices {
                providers: Signal::derive(move || of_page(answer, |page| page.providers.clone())),
                teams: Signal::derive(move || of_page(answer, |page| page.teams.clone())),
            },
            Afterwards {
                saved: Callback::new(move |row| replace(answer, row)),
                reload: Callback::new(move |()| answer.refetch()),
                gone: Callback::new(move |()| answer.refetch()),
            },
        );
        Self {
            organization,
            editor,
            role: viewer.organization.role,
            selected: Selected::new(),
            query,
            columns,
            answer,
            asking,
            held: StoredValue::new(None),
            go,
        }
    }

    /// The page's path.
    pub fn path(self) -> String {
        self.organization.with_value(|slug| format!("/o/{slug}/access"))
    }

    /// The address of a view, in the columns that are shown.
    pub fn address(self, query: &MemberQuery) -> String {
        self.address_in(query, self.columns.get())
    }

    fn address_in(self, query: &MemberQuery, columns: Columns) -> String {
        let parameters = view_query(query, columns);
        let mark = if parameters.is_empty() { "" } else { "?" };
        format!("{}{mark}{parameters}", self.path())
    }

    /// Shows this view in other columns.
    pub fn show_columns(self, columns: Columns, history: History) {
        self.go
            .run((self.address_in(&self.query.get_untracked(), columns), history));
    }

    /// The address of this view with something changed. Follows the view.
    pub fn address_with(self, change: impl FnOnce(&mut MemberQuery)) -> String {
        self.address(&self.query.get().with(change))
    }

    /// The page of a member, which knows the way back to this view. Follows the view.
    pub fn member_address(self, member: MemberId) -> String {
        let view = self.address(&self.query.get());
        let parameters = view
            .split_once('?')
            .map_or(String::new(), |(_, rest)| format!("?{rest}"));
        format!("{}/{member}{parameters}", self.path())
    }

    /// Goes to a view.
    pub fn go(self, query: &MemberQuery, history: History) {
        self.go
            .run((self.address_in(query, self.columns.get_untracked()), history));
    }

    /// What the page that is shown says, and to which question, if there is one. Follows the answer.
    pub fn shown<T>(self, read: impl FnOnce(&MemberPage, &MemberQuery) -> T) -> Option<T> {
        self.answer.with(|answer| {
            let Answered { query, page, .. } = answer.as_ref()?;
            page.as_ref().ok().map(|page| read(page, query))
        })
    }

    /// Whether the server is being asked for a page. Follows the question.
    pub fn is_asking(self) -> bool {
        self.asking.get() > 0
    }

    /// Reads the page again.
    pub fn reload(self) {
        self.answer.refetch();
    }
}

/// What every row can be given, as the page that is shown says. Follows the answer.
fn of_page<T>(answer: Resource<Answered>, read: impl FnOnce(&MemberPage) -> Vec<T>) -> Vec<T> {
    answer.with(|answer| match answer {
        Some(Answered { page: Ok(page), .. }) => read(page),
        _ => Vec::new(),
    })
}

/// Puts a row as the server now has it in its place, and counts again.
fn replace(answer: Resource<Answered>, row: MemberRow) {
    answer.update(|answer| {
        if let Some(Answered { page: Ok(page), .. }) = answer
            && let Some(place) = page.rows.iter_mut().find(|shown| shown.id == row.id)
        {
            *place = row;
        }
    });
    answer.refetch();
}

/// What is made of the answer: in the browser once for each answer. On the server, where the answer comes on another
/// thread while the page is being rendered, at each reading: a memo (of reactive_graph 0.2) that was computing just then
/// forgets that its source has changed, and would leave its part of the page without the answer for good.
pub fn derived<T>(make: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    if cfg!(feature = "ssr") {
        Signal::derive(make)
    } else {
        Memo::new(move |_| make()).into()
    }
}

/// The id of the button that opens a row's menu.
pub fn row_button(member: MemberId) -> String {
    format!("actions-{member}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn an_answer_that_comes_while_a_part_is_made_is_not_lost() {
        let owner = Owner::new();
        owner.set();
        let answer = ArcRwSignal::new(1);
        let came = AtomicBool::new(false);
        let source = answer.clone();
        let part = derived(move || {
            let seen = source.get();
            if !came.swap(true, Ordering::SeqCst) {
                let answer = answer.clone();
                std::thread::spawn(move || answer.set(2)).join().unwrap();
            }
            seen
        });
        assert_eq!(part.get_untracked(), 1);
        assert_eq!(part.get_untracked(), 2);
    }
}
