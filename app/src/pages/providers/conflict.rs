//! Two people edited the same provider: both versions, and the choice.

use super::draft::Draft;
use domain::input::models;
use domain::provider::ProviderView;
use leptos::prelude::*;

/// Shows what differs and lets the person choose; nothing is overwritten silently.
#[component]
pub fn Conflict(
    /// The provider as somebody else saved it meanwhile.
    theirs: RwSignal<Option<ProviderView>>,
    /// What is in the form.
    draft: RwSignal<Draft>,
    /// Go on from what they saved.
    #[prop(into)]
    on_theirs: Callback<ProviderView>,
    /// Save the form over it.
    #[prop(into)]
    on_mine: Callback<ProviderView>,
) -> impl IntoView {
    move || {
        theirs.get().map(|now| {
            let mine = draft.get_untracked();
            let rows = differences(&now, &mine);
            let (keep, replace) = (now.clone(), now);
            view! {
                <section class="conflict" role="alert">
                    <h3>"Someone else changed this provider while you were editing"</h3>
                    <p>"Your changes are not saved. Choose which version to keep."</p>
                    {(!rows.is_empty())
                        .then(|| {
                            view! {
                                <table class="table">
                                    <thead>
                                        <tr>
                                            <td></td>
                                            <th scope="col">"Saved version"</th>
                                            <th scope="col">"Yours"</th>
                                        </tr>
                                    </thead>
                                    <tbody>
                                        {rows
                                            .into_iter()
                                            .map(|(what, theirs, mine)| {
                                                view! {
                                                    <tr>
                                                        <th scope="row">{what}</th>
                                                        <td class="break">{theirs}</td>
                                                        <td class="break">{mine}</td>
                                                    </tr>
                                                }
                                            })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            }
                        })}
                    <div class="row">
                        <button type="button" class="button" on:click=move |_| on_theirs.run(keep.clone())>
                            "Use their version"
                        </button>
                        <button type="button" class="button" on:click=move |_| on_mine.run(replace.clone())>
                            "Overwrite with mine"
                        </button>
                    </div>
                </section>
            }
        })
    }
}

/// What differs: the field, their value, mine.
fn differences(theirs: &ProviderView, mine: &Draft) -> Vec<(&'static str, String, String)> {
    let shown = |text: &str| {
        if text.is_empty() {
            "—".to_owned()
        } else {
            text.to_owned()
        }
    };
    let sent = mine.input();
    let entered = models(&sent.models).unwrap_or_else(|_| sent.models.clone());
    let credential = match (mine.credential.is_empty(), mine.remove_credential) {
        (false, _) => "a new one",
        (true, true) => "removed",
        (true, false) => "as stored",
    };
    let stored = if theirs.has_credential { "stored" } else { "none" };
    [
        ("Name", shown(&theirs.name), shown(&mine.name)),
        (
            "API type",
            theirs.api_type.label().to_owned(),
            mine.api_type.label().to_owned(),
        ),
        ("Base URL", shown(&theirs.base_url), shown(&mine.base_url)),
        (
            "API version",
            shown(&theirs.api_version),
            shown(&sent.api_version),
        ),
        (
            "Models",
            shown(&theirs.models.join(", ")),
            shown(&entered.join(", ")),
        ),
        (
            "Description",
            shown(&theirs.description),
            shown(&mine.description),
        ),
        ("Credential", stored.to_owned(), credential.to_owned()),
    ]
    .into_iter()
    .filter(|(what, theirs, mine)| {
        if *what == "Credential" {
            mine != "as stored"
        } else {
            theirs != mine
        }
    })
    .collect()
}
