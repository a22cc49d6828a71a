//! Bringing back a download of AI Access that was edited: what the file would change, then changing that.

mod form;
mod plan;
mod words;

use crate::components::{Notice, NoticeKind};
use crate::forms::{form_outcome, import_answer};
use crate::pages::access::DoneNotice;
use crate::pages::auth::answer_with_status;
use crate::pages::organization::use_viewer;
use crate::pages::request::first_key;
use domain::ProblemCode;
use domain::import::Answer;
use form::ImportForm;
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, and in it the plan of the file that was chosen.
#[component]
pub fn ImportPage() -> impl IntoView {
    let viewer = use_viewer();
    let org = StoredValue::new(viewer.organization.slug);
    let first_key = SharedValue::new(first_key).into_inner();
    let problem = RwSignal::new(form_outcome("import").problem);
    let (planned, applied) = match import_answer() {
        Some(Answer::Applied { change, changed }) => (None, Some(form::done(change, changed))),
        planned => (planned, None),
    };
    let (planned, done) = (RwSignal::new(planned), RwSignal::new(applied));
    view! {
        <Title text="Import" />
        <div class="page-head">
            <div>
                <h1>"Import"</h1>
                <p class="lede">
                    "Download AI Access as XLSX or JSON, edit it, and bring it back. You see what would change before anything does."
                </p>
            </div>
        </div>
        {if viewer.organization.role.administers() {
            view! {
                <div class="import stack">
                    <DoneNotice org=org.get_value() done on_undone=|()| () />
                    <ImportForm org first_key planned problem done />
                    <About />
                </div>
            }
                .into_any()
        } else {
            answer_with_status(ProblemCode::Forbidden.http_status());
            view! {
                <Notice kind=NoticeKind::Info>
                    <p>"Auditors cannot import. Ask an owner or admin."</p>
                    <a class="button small" href=format!("/o/{}/access", org.get_value())>"Back to AI Access"</a>
                </Notice>
            }
                .into_any()
        }}
    }
}

#[component]
fn About() -> impl IntoView {
    view! {
        <section class="prose">
            <h2>"What a file can change"</h2>
            <ul>
                <li>"Organization role, teams and allowed providers of the people in it. Other columns are only read."</li>
                <li>"Names in a cell stand one a line, or with commas between them; an empty cell means none."</li>
                <li>"It invites nobody and removes nobody. People who are not in the file stay as they are."</li>
                <li>"What somebody else changed since the download is not overwritten: you are told of it."</li>
            </ul>
        </section>
    }
}
