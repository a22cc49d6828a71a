//! Testing a provider's connection.

use super::dialogs::Dialogs;
use crate::api::providers::test_provider;
use crate::components::{Busy, Cancel, Dialog, Notice, NoticeKind, counted};
use crate::pages::request::RequestProblem;
use domain::provider::{ProviderTest, ProviderView};
use leptos::prelude::*;

/// Asks the provider for its models as soon as it opens and shows how that went.
#[component]
pub fn TestDialog(
    org: StoredValue<String>,
    dialogs: Dialogs,
    /// It has been asked, which the list tells of.
    #[prop(into)]
    on_tested: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog id="provider-test" open=dialogs.test title=Signal::derive(move || format!("Test {}", dialogs.name()))>
            {move || {
                dialogs
                    .subject
                    .get_untracked()
                    .map(|provider| view! { <Test org provider on_tested /> })
            }}
        </Dialog>
    }
}

#[component]
fn Test(org: StoredValue<String>, provider: ProviderView, on_tested: Callback<()>) -> impl IntoView {
    let id = provider.id;
    let test = Action::new(move |_: &()| test_provider(org.get_value(), id));
    test.dispatch(());
    let pending = test.pending();
    let result = test.value();
    Effect::new(move |_| {
        if result.with(|result| matches!(result, Some(Ok(_)))) {
            on_tested.run(());
        }
    });
    let failed = Signal::derive(move || match &*result.read() {
        Some(Err(error)) => Some(error.0.clone()),
        _ => None,
    });
    view! {
        <div class="dialog-body">
            <p class="muted break">{provider.base_url}</p>
            <div class="stack" aria-live="polite">
                {move || {
                    if pending.get() {
                        view! { <Busy label="Requesting the model list. This takes up to 10 seconds." /> }
                            .into_any()
                    } else {
                        view! {
                            <RequestProblem problem=failed />
                            {move || result.get().and_then(Result::ok).map(|result| view! { <TestResult result /> })}
                        }
                            .into_any()
                    }
                }}
            </div>
        </div>
        <div class="dialog-foot">
            <Cancel label="Close" />
            <button
                type="button"
                class="button primary"
                disabled=pending
                on:click=move |_| {
                    test.dispatch(());
                }
            >
                {move || if pending.get() { "Testing…" } else { "Test again" }}
            </button>
        </div>
    }
}

#[component]
fn TestResult(result: ProviderTest) -> impl IntoView {
    let kind = if result.ok {
        NoticeKind::Success
    } else {
        NoticeKind::Error
    };
    let listed = u32::try_from(result.models.len()).unwrap_or(u32::MAX);
    let more = result.model_count.saturating_sub(listed);
    view! {
        <Notice kind>
            <p>{result.message}</p>
            {result.ok.then(|| view! { <p class="muted">{format!("Answered in {} ms.", result.milliseconds)}</p> })}
        </Notice>
        {(listed > 0)
            .then(|| {
                view! {
                    <section>
                        <h3>{counted(result.model_count, "model")}</h3>
                        <ul class="models">
                            {result.models.into_iter().map(|model| view! { <li><code>{model}</code></li> }).collect_view()}
                        </ul>
                        {(more > 0).then(|| view! { <p class="muted">{format!("and {more} more")}</p> })}
                    </section>
                }
            })}
    }
}
