//! What the parts of the page share.

use super::columns::KEEP;
use crate::api::ApiResult;
use crate::api::members::list_members;
use crate::browser::{columns, navigation};
use crate::components::{Toaster, use_toaster};
use crate::pages::reading::{held, stays};
use domain::member::{MemberPage, MemberRow};
use domain::organization::Viewer;
use domain::provider::ProviderRef;
use domain::query::{Columns, MemberQuery};
use domain::team::TeamRef;
use domain::{MemberId, Problem, Role};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use serde::{Deserialize, Serialize};

/// What can be done with one row; each has its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Providers,
    Role,
    Teams,
    Suspension,
    Remove,
    Link,
    Resend,
    Revoke,
}

const TASKS: usize = Task::Revoke as usize + 1;

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
    /// The row of the person looking, and their address.
    me: (MemberId, StoredValue<String>),
    /// The role of the person looking.
    pub role: Role,
    /// What the address asks for.
    pub query: Memo<MemberQuery>,
    /// The columns shown: those of the address, or as the person chose before.
    pub columns: Memo<Columns>,
    /// What the server answered, to that or still to what was asked before.
    pub answer: Resource<Answered>,
    /// Questions to the server that are not answered yet.
    asking: RwSignal<u32>,
    /// The row whose menu or dialog is open.
    pub row: RwSignal<Option<MemberRow>>,
    /// Says what was done.
    pub toaster: Toaster,
    dialogs: [RwSignal<bool>; TASKS],
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
        Self {
            organization,
            me: (viewer.member, StoredValue::new(viewer.me.email.clone())),
            role: viewer.organization.role,
            query,
            columns,
            answer,
            asking,
            row: RwSignal::new(None),
            toaster: use_toaster(),
            dialogs: std::array::from_fn(|_| RwSignal::new(false)),
            go,
        }
    }

    /// The organization's part of URLs, as server functions want it.
    pub fn org(self) -> String {
        self.organization.get_value()
    }

    /// The own address, when this is the own row.
    pub fn own_email(self, member: MemberId) -> Option<String> {
        (member == self.me.0).then(|| self.me.1.get_value())
    }

    /// Loads the organization anew: what its frame says of the person looking is no longer so.
    pub fn start_anew(self) {
        navigation::leave_to(&self.organization.with_value(|slug| format!("/o/{slug}")));
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
        let mut parameters = query.to_query_string();
        if columns != Columns::default() {
            let mark = if parameters.is_empty() { "" } else { "&" };
            parameters = format!("{parameters}{mark}{}={}", Columns::NAME, columns.to_list());
        }
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

    /// Every provider of the organization, by name. Follows the page.
    pub fn providers(self) -> Vec<ProviderRef> {
        self.shown(|page, _| page.providers.clone()).unwrap_or_default()
    }

    /// Every team of the organization, by name. Follows the page.
    pub fn teams(self) -> Vec<TeamRef> {
        self.shown(|page, _| page.teams.clone()).unwrap_or_default()
    }

    /// Whether the dialog of a task is open.
    pub fn dialog(self, task: Task) -> RwSignal<bool> {
        self.dialogs[task as usize]
    }

    /// Opens the dialog of a task for a row.
    pub fn start(self, task: Task, row: MemberRow) {
        self.row.set(Some(row));
        self.dialog(task).set(true);
    }

    /// Puts a row as the server now has it in its place, and counts again.
    pub fn saved(self, row: MemberRow) {
        let id = row.id;
        self.answer.update(|answer| {
            if let Some(Answered { page: Ok(page), .. }) = answer
                && let Some(place) = page.rows.iter_mut().find(|shown| shown.id == id)
            {
                *place = row;
            }
        });
        self.answer.refetch();
    }

    /// Reads the page again.
    pub fn reload(self) {
        self.answer.refetch();
    }
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
