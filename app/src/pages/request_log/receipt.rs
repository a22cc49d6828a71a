//! The receipt of one request: rule, limits, provider, price.

use super::{cost, milliseconds, model};
use crate::api::request_log::request_receipt;
use crate::components::{LoadFailed, Skeleton, thousands};
use crate::pages::auth::answer_with_status;
use crate::pages::organization::use_viewer;
use domain::ProblemCode;
use domain::access::Denial;
use domain::number::usd;
use domain::prices::told_of;
use domain::request_log::{PriceTold, ReceiptView, RequestRow};
use domain::usage::UsageSource;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// One request, by its id in the address.
#[component]
pub fn ReceiptPage() -> impl IntoView {
    let org = use_viewer().organization.slug;
    let params = use_params_map();
    // What is no number means none.
    let id = Memo::new(move |_| {
        let id = params.read().get("request").and_then(|id| id.parse::<i64>().ok());
        id.unwrap_or(0)
    });
    let slug = org.clone();
    let found = Resource::new(move || id.get(), move |id| request_receipt(slug.clone(), id));
    let org = StoredValue::new(org);
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(receipt) => view! { <Receipt org=org.get_value() receipt /> }.into_any(),
                    Err(error) if error.0.code == ProblemCode::NotFound => {
                        view! { <NoSuchRequest org=org.get_value() /> }.into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NoSuchRequest(org: String) -> impl IntoView {
    answer_with_status(404);
    view! {
        <Title text="Not found" />
        <div class="page-head">
            <h1>"Request not found"</h1>
        </div>
        <div class="prose">
            <p>"It may be too old to be kept, or belong to somebody else."</p>
            <p>
                <a href=format!("/o/{org}/requests")>"Back to Requests"</a>
            </p>
        </div>
    }
}

/// What the access rule and the limits said.
fn decided(row: &RequestRow) -> [(&'static str, String); 2] {
    let denied = row.code.as_deref().filter(|code| code.parse::<Denial>().is_ok());
    let limited = row
        .code
        .as_deref()
        .filter(|_| row.status == 429 && row.provider_model.is_empty());
    let rule = denied.map_or_else(|| "Allowed".to_owned(), |code| format!("Refused: {code}"));
    let limits = match (denied, limited) {
        (Some(_), _) => "Not asked".to_owned(),
        (None, Some(code)) => format!("Refused: {code}"),
        (None, None) => "Passed".to_owned(),
    };
    [("Access rule", rule), ("Limits", limits)]
}

/// A price with its date.
fn priced(name: &str, asked: Option<&PriceTold>) -> String {
    let Some(asked) = asked else {
        return name.to_owned();
    };
    let since = asked.since.map(|since| format!("from {}", since.exact()));
    match (asked.own, since) {
        (true, since) => format!("Own price {}", since.unwrap_or_default()),
        (false, Some(since)) => format!("{name}, {since}, checked on {}", asked.checked),
        (false, None) => format!("{name}, checked on {}", asked.checked),
    }
}

#[component]
fn Receipt(org: String, receipt: ReceiptView) -> impl IntoView {
    let ReceiptView { row, price: asked } = receipt;
    let source = match row.source {
        UsageSource::Reported => "Reported by the provider",
        UsageSource::Estimated => "Estimated, since the provider did not report it",
        UsageSource::None => "Nothing was used",
    };
    let ended = match &row.code {
        None => row.status.to_string(),
        Some(code) => format!("{} {code}", row.status),
    };
    let provider = match row.provider_model.is_empty() {
        true => "Not asked".to_owned(),
        false => model(&row),
    };
    let price = match (&row.price, row.cost) {
        (Some(price), _) => priced(price, asked.as_ref()),
        (None, Some(_)) => "None needed".to_owned(),
        (None, None) => "No price for this model".to_owned(),
    };
    let [rule, limits] = decided(&row);
    let mut facts = vec![
        ("Member", row.member_name.clone()),
        ("Key", row.key.clone().unwrap_or_else(|| "Chat".to_owned())),
        ("Asked for", row.model.clone()),
        ("Endpoint", row.endpoint.clone()),
        rule,
        limits,
        ("Provider and model", provider),
        ("Status", ended),
    ];
    facts.extend(
        row.first_token_ms
            .map(|ms| ("Time to first token", milliseconds(ms))),
    );
    facts.extend([("Total time", milliseconds(row.latency_ms))]);
    facts.extend((row.requests > 1).then(|| ("Requests counted together", thousands(row.requests))));
    facts.extend((row.attempt > 1).then(|| ("Attempt", row.attempt.to_string())));
    facts.extend(row.service_tier.clone().map(|tier| ("Service tier", tier)));
    facts.extend([
        ("Usage", source.to_owned()),
        ("Price", price),
        ("Cost", cost(&row)),
    ]);
    facts.extend(row.corrected.map(|before| {
        let cost = before.cost.map_or_else(|| "unpriced".to_owned(), usd);
        ("Repriced", format!("{}; before that {cost}", before.at.exact()))
    }));
    facts.extend(row.request_id.clone().map(|id| ("Request id", id)));
    let facts = facts
        .into_iter()
        .map(|(name, value)| {
            view! {
                <dt>{name}</dt>
                <dd>
                    <bdi>{value}</bdi>
                </dd>
            }
        })
        .collect_view();
    let buckets = row
        .buckets
        .iter()
        .map(|(bucket, count)| {
            let rates = asked.iter().flat_map(|asked| &asked.rates);
            let rate = rates.clone().find(|rate| rate.bucket == *bucket);
            let rate = rate.map(|rate| format!("${} per {}", rate.amount, told_of(*bucket)));
            view! {
                <tr>
                    <th scope="row">{bucket.label()}</th>
                    <td class="numeric" data-label="Used">
                        {thousands(count)}
                    </td>
                    <td class="numeric" data-label="Price">
                        {rate}
                    </td>
                </tr>
            }
        })
        .collect_view();
    let used = (!row.buckets.is_empty()).then(|| {
        view! {
            <section class="spend-section" aria-labelledby="used">
                <h2 id="used">"Usage"</h2>
                <div class="table-panel">
                    <table class="table spend-table">
                        <thead>
                            <tr>
                                <th scope="col">"Of"</th>
                                <th scope="col" class="numeric">"Used"</th>
                                <th scope="col" class="numeric">"Price"</th>
                            </tr>
                        </thead>
                        <tbody>{buckets}</tbody>
                    </table>
                </div>
            </section>
        }
    });
    let at = row.place.at;
    view! {
        <Title text="Request" />
        <div class="page-head">
            <div>
                <h1>"Request"</h1>
                <p class="lede">
                    <time datetime=at.rfc3339()>{at.exact()}</time>
                    " · "
                    <a href=format!("/o/{org}/requests")>"All requests"</a>
                </p>
            </div>
        </div>
        <dl class="facts">{facts}</dl>
        {used}
    }
}
