//! Somebody else was first: both versions, and a choice.

use super::saving::{Saving, SavingProblem};
use domain::member::MemberRow;
use leptos::prelude::*;

/// Shows the form, or once somebody else was first, both versions side by side. Nothing is overwritten unless the person
/// says so.
#[component]
pub fn OrConflict(
    saving: Saving,
    /// What is being edited, as the other version has it.
    #[prop(into)]
    theirs: Callback<MemberRow, String>,
    /// What this person chose.
    #[prop(into)]
    mine: Signal<String>,
    /// Applies this person's choice to the row as it is now.
    #[prop(into)]
    use_mine: Callback<MemberRow>,
    children: ChildrenFn,
) -> impl IntoView {
    move || match saving.conflict.get() {
        None => children(),
        Some(now) => {
            let (kept, base) = (now.clone(), now.clone());
            let keep_theirs = move |_| {
                saving.close();
                saving.editor.afterwards.saved.run(kept.clone());
            };
            view! {
                <div class="dialog-body">
                    <p role="alert">
                        {format!(
                            "Someone else changed {} while this was open. Your changes are not saved yet.",
                            now.display_name(),
                        )}
                    </p>
                    <div class="versions">
                        <section>
                            <h3>"Current"</h3>
                            <p>{theirs.run(now.clone())}</p>
                        </section>
                        <section>
                            <h3>"Your changes"</h3>
                            <p>{mine}</p>
                        </section>
                    </div>
                    <SavingProblem saving />
                </div>
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=keep_theirs>
                        "Keep theirs"
                    </button>
                    <button
                        type="button"
                        class="button primary"
                        disabled=saving.pending
                        on:click=move |_| use_mine.run(base.clone())
                    >
                        "Use mine"
                    </button>
                </div>
            }
            .into_any()
        }
    }
}
