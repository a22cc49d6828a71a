//! AI Access: every member, what each may reach, and the changes to that.

mod cells;
mod columns;
mod dialogs;
mod download;
mod filters;
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

use crate::pages::organization::use_viewer;
use dialogs::Dialogs;
use download::{DownloadMenu, DownloadNotice};
use leptos::prelude::*;
use leptos_meta::Title;
use results::Results;
use row_menu::RowMenu;
use state::Access;
use status_line::StatusBar;
use toolbar::Toolbar;

/// The page administrators work in. Its whole state is in its address.
#[component]
pub fn AccessPage() -> impl IntoView {
    let viewer = use_viewer();
    let access = Access::new(&viewer);
    let below = format!("/o/{}/access", viewer.organization.slug);
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
                    .then(|| view! { <a class="button primary" href=format!("{below}/invite")>"Invite"</a> })}
            </div>
        </div>
        <DownloadNotice download />
        <Toolbar access />
        <Results access />
        <StatusBar access />
        {access
            .role
            .administers()
            .then(|| {
                view! {
                    <RowMenu access />
                    <Dialogs access />
                }
            })}
    }
}
