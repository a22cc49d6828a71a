//! Provider by provider: allowed, or why not.

use domain::access::{Denial, ProviderAccess};
use domain::member::MemberRow;
use domain::organization::Viewer;
use domain::query::MemberQuery;
use leptos::prelude::*;

/// Why a provider may not be used, as a sentence about the member.
fn reason(denial: Denial) -> &'static str {
    match denial {
        Denial::MemberSuspended => "The member is suspended and reaches nothing until they are reactivated.",
        Denial::Unauthenticated => "The invitation has not been accepted yet.",
        Denial::ProviderInactive => "The provider is inactive, for everybody.",
        Denial::ProviderNotAllowed => "Not assigned",
        // What keys and names of models are refused for has no place here.
        other => other.label(),
    }
}

/// Every provider.
#[component]
pub fn AccessList(viewer: Viewer, row: MemberRow, list: Vec<ProviderAccess>) -> impl IntoView {
    let org = viewer.organization.slug;
    if list.is_empty() {
        return view! {
            <p class="muted">
                "No provider is registered yet. " <a href=format!("/o/{org}/providers")>"Providers"</a>
            </p>
        }
        .into_any();
    }
    let change = viewer.organization.role.may_change(row.role).then(|| {
        let query = MemberQuery {
            search: row.email.clone(),
            ..MemberQuery::default()
        };
        let here = format!("/o/{org}/access?{}", query.to_query_string());
        view! {
            <p>
                <a href=here>"Edit access"</a>
            </p>
        }
    });
    let items = list
        .into_iter()
        .map(|ProviderAccess { provider, denial }| {
            let (class, word) = match denial {
                None => ("badge ok", "Allowed"),
                Some(_) => ("badge", "Not allowed"),
            };
            view! {
                <li>
                    <span class="person">
                        <strong>{provider.name}</strong>
                        <span class="muted">{denial.map_or(provider.api_type.label(), reason)}</span>
                    </span>
                    <span class=class>{word}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="people access-list">{items}</ul>
        {change}
    }
    .into_any()
}
