//! One member: what they may use and why not, who they are, their keys, usage and history; changed right here.

mod access;
mod head;
mod history;
mod why;

use super::access::dialogs::Dialogs;
use super::access::editor::{Afterwards, Choices, RowEditor, Task};
use super::auth::answer_with_status;
use super::ends::{TermsDialog, TermsEditor};
use super::keys::{KeyDialogs, KeyDialogsView, KeyOwner, KeyPanel};
use super::organization::use_viewer;
use super::reading::{Reading, reading};
use crate::api::ApiResult;
use crate::api::keys::list_keys;
use crate::api::members::{member_details, member_history};
use crate::browser::{focus, navigation};
use crate::components::{LoadFailed, MonthSpend, NotCurrent, Skeleton, UsageChart};
use access::AccessList;
use domain::history::MemberDetails;
use domain::key::KeyList;
use domain::member::MemberRow;
use domain::organization::Viewer;
use domain::{MemberId, MemberStatus, ProblemCode};
use head::{Edit, Facts, Head, opener};
use history::History;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use why::WhyPanel;

type Details = Resource<ApiResult<Reading<MemberDetails>>>;

/// What the organization has to choose from, as the page was read last.
fn of_details<T>(details: Details, read: impl FnOnce(&MemberDetails) -> Vec<T>) -> Vec<T> {
    details.with(|details| match details {
        Some(Ok(details)) => read(&details.value),
        _ => Vec::new(),
    })
}

/// The page of one row of AI Access. Its address carries the view of the table that the person came from.
#[component]
pub fn MemberPage(
    /// Whose.
    member: MemberId,
) -> impl IntoView {
    let viewer = StoredValue::new(use_viewer());
    let org = StoredValue::new(viewer.with_value(|viewer| viewer.organization.slug.clone()));
    let back = StoredValue::new(match use_location().search.get_untracked() {
        search if search.is_empty() => format!("/o/{}/access", org.get_value()),
        search => format!("/o/{}/access?{search}", org.get_value()),
    });
    let details = reading(move || member_details(org.get_value(), member));
    let keys = reading(move || list_keys(org.get_value(), member));
    let newest = Resource::new(|| (), move |()| member_history(org.get_value(), member, None));
    let again = move || {
        details.refetch();
        keys.refetch();
        newest.refetch();
    };
    let editor = viewer.with_value(|viewer| {
        RowEditor::new(
            viewer,
            Choices {
                providers: Signal::derive(move || {
                    let provider = |all: &MemberDetails| {
                        all.providers
                            .iter()
                            .map(|one| one.access.provider.clone())
                            .collect()
                    };
                    of_details(details, provider)
                }),
                teams: Signal::derive(move || of_details(details, |all| all.teams.clone())),
            },
            Afterwards {
                saved: Callback::new(move |_| again()),
                reload: Callback::new(move |()| again()),
                gone: Callback::new(move |()| navigation::leave_to(&back.get_value())),
            },
        )
    });
    let dialogs = KeyDialogs::new();
    let ends = TermsEditor::new(org, Callback::new(move |()| again()));
    // Side by side and not one in the other: each part is made of what it waits for, and reading the keys again leaves
    // the rest alone.
    view! {
        <div class="member-page">
            <div class="member-column">
                <Transition fallback=|| view! { <Skeleton /> }>
                    {move || Suspend::new(async move {
                        match details.await {
                            Ok(read) => {
                                view! {
                                    <NotCurrent problem=read.problem retry=move |()| details.refetch() />
                                    <Standing viewer=viewer.get_value() back=back.get_value() details=read.value editor ends />
                                }
                                    .into_any()
                            }
                            Err(error) if error.0.code == ProblemCode::NotFound => view! { <NoSuchMember /> }.into_any(),
                            Err(error) => {
                                view! { <LoadFailed problem=error.0 retry=move |()| details.refetch() /> }.into_any()
                            }
                        }
                    })}
                </Transition>
            </div>
            <div class="member-column">
                <Transition fallback=|| view! { <Skeleton lines=2 /> }>
                    {move || Suspend::new(async move {
                        match (details.await, keys.await) {
                            (Ok(read), Ok(list)) => {
                                let why_row = read.value.row.clone();
                                let month_of = format!("member={}", why_row.id);
                                let live_keys = list.value.keys.clone();
                                view! {
                                    <section class="member-section" id="keys">
                                        <NotCurrent problem=list.problem retry=move |()| keys.refetch() />
                                        <Keys viewer=viewer.get_value() row=read.value.row list=list.value dialogs />
                                    </section>
                                    <WhyPanel
                                        org
                                        row=why_row
                                        providers=read.value.providers.into_iter().map(|one| one.access.provider).collect()
                                        keys=live_keys
                                        editor
                                    />
                                    <UsageChart days=read.value.days />
                                    <MonthSpend
                                        org=use_viewer().organization.slug
                                        sum=read.value.month
                                        filter=month_of
                                    />
                                }
                                    .into_any()
                            }
                            (Ok(_), Err(error)) => {
                                view! { <LoadFailed problem=error.0 retry=move |()| keys.refetch() /> }.into_any()
                            }
                            // Said above.
                            (Err(_), _) => ().into_any(),
                        }
                    })}
                </Transition>
                <History org member newest />
            </div>
        </div>
        <KeyDialogsView dialogs on_changed=move |()| again() />
        {editor
            .role
            .administers()
            .then(|| {
                view! {
                    <Dialogs editor />
                    <TermsDialog editor=ends />
                }
            })}
    }
}

/// Who they are and what they may use.
#[component]
fn Standing(
    viewer: Viewer,
    back: String,
    details: MemberDetails,
    editor: RowEditor,
    ends: TermsEditor,
) -> impl IntoView {
    let MemberDetails {
        row,
        providers,
        second_factor,
        now,
        ..
    } = details;
    let last = editor.last;
    let editor = Some(editor).filter(|editor| editor.role.may_change(row.role));
    let joined = editor.filter(|_| !row.status.is_invitation());
    // The button that was used is gone together with the old row, and with it the focus.
    Effect::new(move |_| {
        if let Some(task) = last.get_value() {
            request_animation_frame(move || focus::set_first_if_lost(&[&opener(task), "main"]));
        }
    });
    view! {
        <Title text=row.display_name().to_owned() />
        <Head back row=row.clone() editor />
        <Facts row=row.clone() second_factor editor />
        <section class="member-section" id="providers">
            <div class="row spread">
                <h2>"Allowed providers"</h2>
                <Edit editor=joined task=Task::Providers row=row.clone() label="Edit" name="Edit allowed providers" />
            </div>
            <AccessList org=viewer.organization.slug list=providers row now ends=joined.map(|_| ends) />
        </section>
    }
}

#[component]
fn Keys(viewer: Viewer, row: MemberRow, list: KeyList, dialogs: KeyDialogs) -> impl IntoView {
    let own = viewer.member == row.id;
    let may_edit = own || viewer.organization.role.may_change(row.role);
    let owner = KeyOwner {
        org: viewer.organization.slug,
        organization: viewer.organization.name,
        member: (!own).then(|| (row.id, row.display_name().to_owned())),
        allowed: list.allowed,
        policy: list.policy,
        now: list.now,
    };
    let note = match row.status {
        MemberStatus::Active => None,
        MemberStatus::Suspended => {
            Some("The member is suspended: these keys do not work, and no new ones can be created.")
        }
        MemberStatus::Invited | MemberStatus::Expired => {
            Some("Keys can be created once the person has joined.")
        }
    };
    let by_owner = list.policy.own_only && !own;
    let note = note.or_else(|| by_owner.then_some("Only members themselves create and rotate their keys."));
    let may_create = may_edit && !by_owner && row.status == MemberStatus::Active;
    view! {
        <KeyPanel owner keys=list.keys usage=list.usage dialogs may_edit may_create>
            <h2>"Virtual keys"</h2>
        </KeyPanel>
        {note.map(|note| view! { <p class="muted">{note}</p> })}
    }
}

/// Stands where the page of a member would be when the address means none.
#[component]
pub fn NoSuchMember() -> impl IntoView {
    answer_with_status(404);
    let org = use_viewer().organization.slug;
    view! {
        <Title text="Not found" />
        <div class="page-head">
            <h1>"Member not found"</h1>
        </div>
        <div class="prose">
            <p>"The member may have been removed, or the invitation revoked."</p>
            <p>
                <a href=format!("/o/{org}/access")>"Back to AI Access"</a>
            </p>
        </div>
    }
}
