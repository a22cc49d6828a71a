//! What a member has handed out beyond their own row: keys of others whose secret they were shown, and invitations that
//! nobody has accepted yet.

use super::super::editor::RowEditor;
use crate::api::ApiResult;
use crate::api::members::removal_effect;
use crate::components::counted;
use domain::MemberId;
use domain::member::{KeysForOthers, RemovalEffect};
use leptos::prelude::*;

/// The counts of one member, and what is to become of the keys.
#[derive(Clone, Copy)]
pub struct Beyond {
    /// What is counted, for a dialog that tells all of it.
    pub effect: LocalResource<ApiResult<RemovalEffect>>,
    revoke: RwSignal<bool>,
}

impl Beyond {
    /// Counts for a dialog that opens.
    pub fn new(editor: RowEditor, member: MemberId) -> Self {
        Self {
            effect: LocalResource::new(move || removal_effect(editor.org(), member)),
            revoke: RwSignal::new(false),
        }
    }

    /// What the person chose for the keys.
    pub fn keys_for_others(self) -> Option<KeysForOthers> {
        self.revoke.get_untracked().then_some(KeysForOthers::Revoke)
    }
}

/// Offers to revoke the keys and says what becomes of the invitations, where there are any.
#[component]
pub fn BeyondChoice(beyond: Beyond) -> impl IntoView {
    move || {
        let effect = beyond.effect.get()?.ok()?;
        let keys = (effect.keys_for_others > 0).then(|| {
            let keys = counted(effect.keys_for_others, "key");
            view! {
                <label class="choice">
                    <input
                        type="checkbox"
                        prop:checked=move || beyond.revoke.get()
                        on:change=move |event| beyond.revoke.set(event_target_checked(&event))
                    />
                    {format!("Also revoke {keys} they created for others")}
                    <span class="aside">"They have seen these secrets, which otherwise keep working."</span>
                </label>
            }
        });
        let invitations = (effect.invitations > 0).then(|| {
            let invitations = counted(effect.invitations, "open invitation");
            view! { <p>{format!("They sent {invitations}; those for roles they can no longer grant are revoked.")}</p> }
        });
        Some(view! { {invitations} {keys} })
    }
}
