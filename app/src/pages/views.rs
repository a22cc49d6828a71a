//! The saved views of AI Access. The forms are native and work without JavaScript.

use super::organization::use_viewer;
use crate::components::{EmptyState, Notice, NoticeKind};
use crate::forms::{FormOutcome, form_outcome};
use domain::views::SavedView;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Every view that the person sees, each with its name to change.
#[component]
pub fn ViewsPage() -> impl IntoView {
    let viewer = use_viewer();
    let outcome = form_outcome("views");
    let query = use_query_map();
    let done = [("changed", "View saved."), ("deleted", "View deleted.")]
        .into_iter()
        .find(|(name, _)| query.read_untracked().get(name).is_some());
    let org = viewer.organization.slug;
    let shares = viewer.organization.role.administers();
    let again = outcome
        .failed_at("save")
        .then(|| view! { <SaveAgain org=org.clone() outcome=outcome.clone() shares /> });
    let views: Vec<_> = viewer
        .views
        .into_iter()
        .map(|saved| {
            let outcome = outcome.clone();
            view! { <View org=org.clone() saved outcome shares /> }
        })
        .collect();
    let list = match views.is_empty() {
        true => view! {
            <div class="panel">
                <EmptyState title="No saved views" text="Search and filter AI Access, then choose Save view.">
                    <a class="button" href=format!("/o/{org}/access")>"Open AI Access"</a>
                </EmptyState>
            </div>
        }
        .into_any(),
        false => view! { <ul class="keys-list">{views}</ul> }.into_any(),
    };
    let problem = outcome.problem.clone();
    view! {
        <Title text="Saved views" />
        <div class="page-head">
            <div>
                <h1>"Saved views"</h1>
                <p class="lede">"Searches of AI Access by name, in the sidebar."</p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {done.map(|(_, said)| view! { <Notice kind=NoticeKind::Success><p>{said}</p></Notice> })}
        {again}
        {list}
    }
}

/// What could not be saved from AI Access, to be saved under another name.
#[component]
fn SaveAgain(org: String, outcome: FormOutcome, shares: bool) -> impl IntoView {
    let query = outcome.value("query");
    view! {
        <form method="post" action=format!("/o/{org}/views") class="panel padded stack" data-unsaved="">
            <h2>"Save view"</h2>
            <input type="hidden" name="query" value=query.clone() />
            <NameAndShare
                name=outcome.value("name")
                error=outcome.field_problem("name")
                shared=!outcome.value("shared").is_empty()
                shares
            />
            <div class="row">
                <button class="button primary" type="submit" name="do" value="save">
                    "Save view"
                </button>
                <a class="button" href=format!("/o/{org}/access?{query}")>"Cancel"</a>
            </div>
        </form>
    }
}

// Labels around their fields: there are several of each name on the page.
#[component]
fn NameAndShare(name: String, error: Option<String>, shared: bool, shares: bool) -> impl IntoView {
    view! {
        <label class="field">
            <span>"Name"</span>
            <input
                class="input"
                name="name"
                autocomplete="off"
                value=name
                aria-invalid=error.is_some().then_some("true")
            />
            {error.map(|error| view! { <span class="error">{error}</span> })}
        </label>
        {shares
            .then(|| {
                view! {
                    <label class="choice">
                        <input type="checkbox" name="shared" value="1" checked=shared />
                        "Share with everyone who sees AI Access"
                    </label>
                }
            })}
    }
}

#[component]
fn View(org: String, saved: SavedView, outcome: FormOutcome, shares: bool) -> impl IntoView {
    let again = outcome.failed_at("change") && outcome.value("view") == saved.id.to_string();
    let (name, shared) = match again {
        true => (outcome.value("name"), !outcome.value("shared").is_empty()),
        false => (saved.name.clone(), saved.shared),
    };
    let error = again.then(|| outcome.field_problem("name")).flatten();
    let action = format!("/o/{org}/views");
    let edit = (shares || !saved.shared).then(|| {
        view! {
            <details open=again>
                <summary class="button small" aria-label=format!("Edit {}", saved.name)>"Edit"</summary>
                <form method="post" action=action class="stack" data-unsaved="">
                    <input type="hidden" name="view" value=saved.id.to_string() />
                    <NameAndShare name error shared shares />
                    <div class="row">
                        <button class="button primary" type="submit" name="do" value="change">"Save"</button>
                        <button class="button danger" type="submit" name="do" value="delete">"Delete view"</button>
                    </div>
                </form>
            </details>
        }
    });
    view! {
        <li>
            <div class="key-what">
                <a href=format!("/o/{org}/access?{}", saved.query)>
                    <bdi>{saved.name.clone()}</bdi>
                </a>
                <p class="muted">{if saved.shared { "Shared with everyone who sees AI Access" } else { "Only you" }}</p>
            </div>
            {edit}
        </li>
    }
}
