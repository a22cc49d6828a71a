//! AI Access: every member, what each may reach, and the changes to that.

mod bulk;
mod cells;
mod columns;
pub mod dialogs;
mod download;
pub mod editor;
mod filters;
mod keyboard;
mod live;
mod marked;
mod pager;
mod results;
mod row;
mod row_menu;
mod search_box;
mod state;
mod status_line;
mod table;
mod toolbar;

use crate::api::members::get_member;
use crate::pages::organization::use_viewer;
use bulk::Bulk;
pub use bulk::{Done, DoneNotice, words};
use dialogs::Dialogs;
use download::{DownloadMenu, DownloadNotice};
use editor::Task;
use keyboard::Keyboard;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use results::Results;
pub use row::badge_class;
use row_menu::RowMenu;
use state::{Access, History};
use status_line::StatusBar;
use toolbar::Toolbar;

/// The page administrators work in. Its whole state is in its address.
#[component]
pub fn AccessPage() -> impl IntoView {
    let viewer = use_viewer();
    let access = Access::new(&viewer);
    if access.role.administers() {
        open_as_asked(access);
    }
    let below = format!("/o/{}/access", viewer.organization.slug);
    live::keep_current(access);
    let download = RwSignal::new(download::Download::Idle);
    view! {
        <Title text="AI Access" />
        <div class="page-head">
            <div>
                <h1>"AI Access"</h1>
                <p class="lede">
                    "Who can use which provider. "
                    <a href=format!("{below}/how")>"How access works"</a>
                </p>
            </div>
            <div class="actions">
                <DownloadMenu access download />
                {access
                    .role
                    .administers()
                    .then(|| {
                        view! {
                            <a class="button" href=format!("{below}/import")>"Import"</a>
                            <a class="button primary" href=format!("{below}/invite")>"Invite"</a>
                        }
                    })}
            </div>
        </div>
        <DownloadNotice download />
        <Toolbar access />
        {access.role.administers().then(|| view! { <Bulk access /> })}
        <Results access />
        <StatusBar access />
        <Keyboard access />
        {access
            .role
            .administers()
            .then(|| {
                view! {
                    <RowMenu access />
                    <Dialogs editor=access.editor />
                }
            })}
    }
}

/// `?edit=12` opens the Allowed providers of row 12: the invite page's result links here.
fn open_as_asked(access: Access) {
    let parameters = use_query_map();
    Effect::new(move |_| {
        let asked = parameters.read().get("edit").and_then(|id| id.parse().ok());
        let Some(member) = asked else { return };
        // Done once: Back and reload do not open it again.
        access.go(&access.query.get_untracked(), History::Replace);
        spawn_local(async move {
            match get_member(access.editor.org(), member).await {
                Ok(row) if access.editor.role.may_change(row.role) && !row.status.is_invitation() => {
                    access.editor.start(Task::Providers, row);
                }
                Ok(row) => access.editor.toaster.show(format!(
                    "Providers cannot be assigned to {} now.",
                    row.display_name()
                )),
                Err(error) => access.editor.toaster.show(error.0.message),
            }
        });
    });
}
