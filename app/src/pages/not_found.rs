//! An address that leads nowhere.

use super::auth::{AuthCard, answer_with_status};
use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, with status 404, and offers the way back.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    answer_with_status(404);
    view! {
        <Title text="Not found" />
        <AuthCard title="Page not found">
            <p>"Check the address. The page may have been removed, or you may not have access to it."</p>
            <div class="row">
                <a class="button primary" href="/" rel="external">"Go to the start page"</a>
            </div>
        </AuthCard>
    }
}
