//! Prices: what models cost, and the own ones of an organization. All forms are native and work without JavaScript; one address
//! takes them, and the field `do` says which it is.

mod forms;

use super::organization::use_viewer;
use crate::api::prices::prices;
use crate::components::{EmptyState, LoadFailed, Notice, NoticeKind, Skeleton, thousands};
use crate::forms::{FormOutcome, form_outcome};
use domain::Timestamp;
use domain::prices::{OwnPriceView, PriceList, PricedModel, RateView, set_price_address, told_of};
use domain::usage::Bucket;
use forms::{End, Reprice, Set};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn PricesPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let query = use_query_map();
    let outcome = StoredValue::new(form_outcome("prices"));
    let problem = outcome.read_value().problem.clone();
    let chosen = Memo::new(move |_| {
        let query = query.read();
        let provider = query.get_str("provider").unwrap_or_default().to_owned();
        (provider, query.get_str("model").unwrap_or_default().to_owned())
    });
    let found = Resource::new(
        move || chosen.get(),
        move |(provider, model)| prices(org.get_value(), provider, model),
    );
    view! {
        <Title text="Prices" />
        <div class="page-head">
            <div>
                <h1>"Prices"</h1>
                <p class="lede">
                    "What models cost, in US dollars. A price of your own replaces the one that comes with Gatehouse, from its first instant on."
                </p>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || {
            let said = match query.read().get_str("done") {
                Some("set") => "Price set. Requests that were answered before keep their cost.",
                Some("ended") => "Price ended.",
                Some("repriced") => "Requests repriced. Spend shows the new sums.",
                _ => return None,
            };
            Some(view! { <Notice kind=NoticeKind::Success><p>{said}</p></Notice> })
        }}
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(list) => {
                        view! { <Prices org=org.get_value() list outcome=outcome.get_value() /> }.into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Prices(org: String, list: PriceList, outcome: FormOutcome) -> impl IntoView {
    let administers = use_viewer().organization.role.administers();
    let action = format!("/o/{org}/prices");
    let PriceList {
        models,
        own,
        providers,
        draft,
        checked,
        now,
    } = list;
    let (to_set, to_reprice) = (action.clone(), action.clone());
    view! {
        <Models org models checked administers />
        <Own action own now administers />
        {administers
            .then(|| {
                view! {
                    <Set action=to_set providers=providers.clone() draft outcome=outcome.clone() />
                    <Reprice action=to_reprice providers outcome />
                }
            })}
    }
}

/// Rates in a line: `$2.5 input · $10 output per 1M tokens`.
fn rates(rates: &[RateView]) -> String {
    let of = |bucket: Bucket| rates.iter().find(|rate| rate.bucket == bucket);
    let told = |rate: &RateView| format!("${} {}", rate.amount, rate.bucket.label().to_lowercase());
    let main = [Bucket::InputText, Bucket::OutputText];
    let main: Vec<String> = main.into_iter().filter_map(of).map(told).collect();
    match main.is_empty() {
        true => String::new(),
        false => format!("{} per {}", main.join(" · "), told_of(Bucket::InputText)),
    }
}

/// Every rate, to be opened.
#[component]
fn AllRates(all: Vec<RateView>) -> impl IntoView {
    let line = rates(&all);
    let items = all
        .into_iter()
        .map(|rate| {
            let told = format!(
                "{}: ${} per {}",
                rate.bucket.label(),
                rate.amount,
                told_of(rate.bucket)
            );
            view! { <li>{told}</li> }
        })
        .collect_view();
    view! {
        <details>
            <summary>{line}</summary>
            <ul class="muted">{items}</ul>
        </details>
    }
}

#[component]
fn Models(org: String, models: Vec<PricedModel>, checked: String, administers: bool) -> impl IntoView {
    if models.is_empty() {
        return view! {
            <div class="panel">
                <EmptyState title="No models in use" text="No model was asked in the last 30 days." />
            </div>
        }
        .into_any();
    }
    let rows = models
        .into_iter()
        .map(|model| {
            let name = model.model.clone();
            let set = administers.then(|| {
                let href = set_price_address(&org, model.provider, &model.model);
                view! {
                    <td class="actions-cell">
                        <a class="button small" href=href>
                            "Set price"
                            <span class="visually-hidden">" of " {model.model.clone()}</span>
                        </a>
                    </td>
                }
            });
            let unpriced = (model.unpriced > 0).then(|| {
                view! { <span class="badge warn">{format!("{} unpriced", thousands(model.unpriced))}</span> }
            });
            let price = match &model.price {
                None => view! { <span class="badge warn">"No price"</span> }.into_any(),
                Some(price) => {
                    let own = price.starts_with(domain::price::OWN_PRICE);
                    view! {
                        <AllRates all=model.rates />
                        {own.then(|| view! { <span class="badge info">"Own price"</span> })}
                    }
                    .into_any()
                }
            };
            view! {
                <tr>
                    <th scope="row">
                        <bdi>{name}</bdi>
                        " "
                        <span class="muted">{model.provider_name}</span>
                    </th>
                    <td class="numeric" data-label="Requests">
                        {thousands(model.requests)}
                        " "
                        {unpriced}
                    </td>
                    <td data-label="Price">{price}</td>
                    {set}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="spend-section" aria-labelledby="models-in-use">
            <h2 id="models-in-use">"Models in use"</h2>
            <p class="muted">
                "Asked in the last 30 days. What has no price is in no sum, and is refused where a budget counts US dollars. Prices that come with Gatehouse were checked on "
                {checked}
                "."
            </p>
            <div class="table-panel">
                <table class="table spend-table">
                    <thead>
                        <tr>
                            <th scope="col">"Model"</th>
                            <th scope="col" class="numeric">"Requests"</th>
                            <th scope="col">"Price"</th>
                            {administers.then(|| view! { <th scope="col"><span class="visually-hidden">"Actions"</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// When a price serves, in words.
fn when(price: &OwnPriceView, now: Timestamp) -> String {
    let from = price.from.exact();
    match price.until {
        Some(until) if until == price.from => "Replaced before it began".to_owned(),
        Some(until) => format!("{from} to {}", until.exact()),
        None if price.from > now => format!("From {from}, not yet"),
        None => format!("Since {from}"),
    }
}

#[component]
fn Own(action: String, own: Vec<OwnPriceView>, now: Timestamp, administers: bool) -> impl IntoView {
    if own.is_empty() {
        return ().into_any();
    }
    let items = own
        .into_iter()
        .map(|price| {
            let ends = price.rates.is_empty();
            let current = !ends && price.until.is_none_or(|until| until > now);
            let form = (administers && current).then(|| {
                let title = format!("{} ({})", price.model, price.provider);
                view! { <End action=action.clone() id=price.id title /> }
            });
            let by = (!price.by.is_empty()).then(|| view! { <li>"Set by " <bdi>{price.by.clone()}</bdi></li> });
            let what = match ends {
                true => view! { <span class="muted">"No own price: a pattern's or the shipped one serves."</span> }.into_any(),
                false => view! { <AllRates all=price.rates.clone() /> }.into_any(),
            };
            view! {
                <li>
                    <div class="key-what">
                        <div class="row">
                            <strong>
                                <bdi>{price.model.clone()}</bdi>
                            </strong>
                            <span class="muted">{price.provider.clone()}</span>
                        </div>
                        {what}
                        <ul class="key-facts muted">
                            <li>{when(&price, now)}</li>
                            {by}
                        </ul>
                    </div>
                    {form}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="spend-section" aria-labelledby="own-prices">
            <h2 id="own-prices">"Own prices"</h2>
            <p class="muted">"A price is never changed, only succeeded: each request keeps the one it was answered at."</p>
            <ul class="keys-list">{items}</ul>
        </section>
    }
    .into_any()
}
