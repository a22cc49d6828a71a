//! The export: a plain link without scripts, a download with progress with them.

use super::state::Access;
use crate::browser::download::{Progress, save};
use crate::components::{Busy, Dropdown, Icon, ProblemNotice, thousands};
use domain::Problem;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Where a download is.
#[derive(Clone, Debug, PartialEq)]
pub enum Download {
    Idle,
    Running(&'static str, Progress),
    Failed(Problem),
}

const FORMATS: [(&str, &str); 2] = [("xlsx", "XLSX spreadsheet"), ("json", "JSON file")];

/// The menu of formats. What is downloaded is what the table shows, over all its pages.
#[component]
pub fn DownloadMenu(access: Access, download: RwSignal<Download>) -> impl IntoView {
    let start = move |address: String, what: &'static str| {
        if matches!(*download.read_untracked(), Download::Running(..)) {
            return;
        }
        download.set(Download::Running(what, Progress::default()));
        let toaster = access.editor.toaster;
        spawn_local(async move {
            match save(&address, move |progress| {
                download.set(Download::Running(what, progress))
            })
            .await
            {
                Ok(saved) => {
                    download.set(Download::Idle);
                    toaster.show(format!(
                        "Downloaded {} with {} rows.",
                        saved.name,
                        thousands(saved.rows)
                    ));
                }
                Err(problem) => download.set(Download::Failed(problem)),
            }
        });
    };
    let links = FORMATS.map(|(extension, label)| {
        let address = move || {
            let query = access.query.get().with_page(1).to_query_string();
            let mark = if query.is_empty() { "" } else { "?" };
            format!("{}/export.{extension}{mark}{query}", access.path())
        };
        view! {
            <li>
                <a
                    class="menu-item"
                    href=address
                    rel="external"
                    on:click=move |event| {
                        event.prevent_default();
                        crate::browser::details::close("download");
                        start(untrack(address), label);
                    }
                >
                    {label}
                </a>
            </li>
        }
    });
    view! {
        <Dropdown
            id="download"
            class="from-right"
            label="Download"
            summary=|| {
                view! {
                    <Icon name="download" />
                    <span class="label">"Download"</span>
                    <Icon name="down" />
                }
            }
        >
            <ul class="plain-list">{links.collect_view()}</ul>
        </Dropdown>
    }
}

/// How the download is going, or why it did not.
#[component]
pub fn DownloadNotice(download: RwSignal<Download>) -> impl IntoView {
    move || {
        match download.get() {
        Download::Idle => None,
        Download::Running(what, progress) => Some(
            view! {
                <p class="download-progress">
                    <Busy label=format!("{what}: {}", progress.words()) />
                </p>
            }
            .into_any(),
        ),
        Download::Failed(problem) => Some(
            view! {
                <div class="download-progress">
                    <ProblemNotice problem before="Nothing was downloaded. ">
                        <button type="button" class="button small" on:click=move |_| download.set(Download::Idle)>
                            "Close"
                        </button>
                    </ProblemNotice>
                </div>
            }
            .into_any(),
        ),
    }
    }
}
