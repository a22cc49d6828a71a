//! Invitations: their link, a new link, taking them back.

use super::saving::{Saving, SavingFoot, SavingProblem};
use crate::api::invitations::{invitation_link, resend_invitation, revoke_invitation};
use crate::components::{Busy, Cancel, CopyButton, LoadFailed};
use crate::pages::organization::use_viewer;
use domain::mail::renewed;
use domain::member::MemberRow;
use leptos::prelude::*;

#[component]
fn Link(link: String) -> impl IntoView {
    view! {
        <div class="copy-line">
            <input class="input" type="text" readonly aria-label="Invitation link" value=link.clone() />
            <CopyButton value=link label="Copy link" />
        </div>
        <p class="muted">{by_hand()} " It works once, and only for this address."</p>
    }
}

/// What to do with a link where no mail is sent.
fn by_hand() -> Option<&'static str> {
    (!use_viewer().mail).then_some("Email is not set up, so copy the link and send it yourself.")
}

#[component]
fn CloseFoot() -> impl IntoView {
    view! {
        <div class="dialog-foot">
            <Cancel label="Close" />
        </div>
    }
}

/// The link of a pending invitation.
pub fn link_form(saving: Saving, row: MemberRow) -> AnyView {
    let editor = saving.editor;
    let id = row.id;
    let link = LocalResource::new(move || invitation_link(editor.org(), id));
    view! {
        <div class="dialog-body">
            {move || match link.get() {
                None => view! { <p><Busy /></p> }.into_any(),
                Some(Ok(link)) => {
                    view! {
                        {row.expires_at.map(|at| view! { <p>{format!("Expires {}.", at.exact())}</p> })}
                        <Link link />
                    }
                        .into_any()
                }
                Some(Err(error)) => {
                    view! { <LoadFailed problem=error.0 retry=move |()| link.refetch() /> }.into_any()
                }
            }}
        </div>
        <CloseFoot />
    }
    .into_any()
}

/// A new link in place of the old one.
pub fn resend_form(saving: Saving, row: MemberRow) -> AnyView {
    let editor = saving.editor;
    let id = row.id;
    let link = RwSignal::new(None::<String>);
    let resend = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        saving.ask(resend_invitation(editor.org(), id), move |new| {
            link.set(Some(new));
            editor.afterwards.reload.run(());
        });
    };
    view! {
        <form on:submit=resend>
            {move || match link.get() {
                Some(link) => {
                    view! {
                        <div class="dialog-body">
                            <p role="status">{renewed(use_viewer().mail)}</p>
                            <Link link />
                        </div>
                        <CloseFoot />
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <div class="dialog-body">
                            <p>
                                "The new link expires in 7 days and replaces the old one. "
                                {match use_viewer().mail {
                                    true => "It is sent by email.",
                                    false => "No email is sent: copy the link and send it yourself.",
                                }}
                            </p>
                            <SavingProblem saving />
                        </div>
                        <SavingFoot saving effect="" save=if use_viewer().mail { "Resend invitation" } else { "Create new link" } ready=true />
                    }
                        .into_any()
                }
            }}
        </form>
    }
    .into_any()
}

/// Takes an invitation back.
pub fn revoke_form(saving: Saving, row: MemberRow) -> AnyView {
    let editor = saving.editor;
    let (id, email) = (row.id, row.email.clone());
    let revoke = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let email = email.clone();
        saving.ask(revoke_invitation(editor.org(), id), move |()| {
            editor
                .toaster
                .show(format!("The invitation of {email} was revoked."));
            saving.close();
            editor.afterwards.gone.run(());
        });
    };
    view! {
        <form on:submit=revoke>
            <div class="dialog-body">
                <p>"The link stops working immediately. The address can be invited again."</p>
                <SavingProblem saving />
            </div>
            <SavingFoot saving effect="" save="Revoke invitation" ready=true danger=true />
        </form>
    }
    .into_any()
}
