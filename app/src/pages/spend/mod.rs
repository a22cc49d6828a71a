//! Spend: what models cost, by day and by whom or what. Everything chosen stands in the address, so that every control is
//! a plain form or link.

mod chart;

use crate::api::spend::spend;
use crate::components::{EmptyState, Icon, LoadFailed, NotCurrent, Skeleton, counted, thousands};
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading_of;
use chart::Days;
use domain::ProviderId;
use domain::number::usd;
use domain::prices::set_price_address;
use domain::spend::{SpendBy, SpendGroup, SpendPage, SpendQuery, SpendScope, SpendSpan, SpendSum};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The page.
#[component]
pub fn SpendingPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let location = use_location();
    let query = Memo::new(move |_| SpendQuery::from_query_string(&location.search.read()));
    let found = reading_of(query, move |query| spend(org.get_value(), query));
    let again = move |()| found.refetch();
    let export = move |format: &str| {
        let (org, query) = (org.get_value(), query.read().to_query_string());
        format!("/o/{org}/spend/export.{format}{query}")
    };
    view! {
        <Title text="Spend" />
        <div class="page-head">
            <div>
                <h1>"Spend"</h1>
                <p class="lede">"What requests to models cost, in US dollars. Days are in UTC."</p>
            </div>
            <div class="actions">
                <a class="button" href=move || export("csv") rel="external" download="">
                    <Icon name="download" />
                    "Download CSV"
                </a>
                <a class="button" href=move || export("xlsx") rel="external" download="">
                    <Icon name="download" />
                    "Download XLSX"
                </a>
                <a class="button" href=move || export("json") rel="external" download="">
                    <Icon name="download" />
                    "Download JSON"
                </a>
            </div>
        </div>
        <Filters org query />
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(read) => {
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Shown org=org.get_value() query=query.get_untracked() page=read.value />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
    }
}

fn address(org: &str, query: &SpendQuery) -> String {
    format!("/o/{org}/spend{}", query.to_query_string())
}

/// Which days: some by name, others as a GET form.
#[component]
fn Filters(org: StoredValue<String>, query: Memo<SpendQuery>) -> impl IntoView {
    let spans = move || {
        let query = query.get();
        let named = query.from.is_empty() && query.until.is_empty();
        let link = |span: &SpendSpan| {
            let here = (named && query.span == *span).then_some("true");
            let chosen = SpendQuery {
                span: *span,
                from: String::new(),
                until: String::new(),
                ..query.clone()
            };
            view! {
                <li>
                    <a class="button small" href=address(&org.get_value(), &chosen) aria-current=here>
                        {span.label()}
                    </a>
                </li>
            }
        };
        SpendSpan::ALL.iter().map(link).collect_view()
    };
    // What the form does not ask for stays as it is.
    let kept = move || {
        let pairs = query.get().pairs().into_iter();
        pairs
            .filter(|(name, _)| !matches!(*name, "from" | "until"))
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    };
    view! {
        <div class="toolbar spend-days">
            <ul class="choices" aria-label="Days">
                {spans}
            </ul>
            <form class="row" method="get" action=move || format!("/o/{}/spend", org.get_value()) aria-label="Custom dates">
                {kept}
                <label class="audit-day">
                    <span>"From"</span>
                    <input class="input" type="date" name="from" value=move || query.get().from />
                </label>
                <label class="audit-day">
                    <span>"until"</span>
                    <input class="input" type="date" name="until" value=move || query.get().until />
                </label>
                <button type="submit" class="button">"Show"</button>
            </form>
        </div>
    }
}

#[component]
fn Shown(org: String, query: SpendQuery, page: SpendPage) -> impl IntoView {
    let SpendPage {
        scope,
        days,
        total,
        by_day,
        groups,
        group_count,
        unpriced,
        narrowed,
    } = page;
    let span = format!("{} to {}", days.from.day(), days.until.last_day().day());
    let whose = match scope {
        SpendScope::Organization => "The whole organization",
        SpendScope::Teams => "You and the teams you lead",
        SpendScope::Own => "Your own usage",
    };
    let chips = narrowed
        .into_iter()
        .map(|(by, label)| {
            let href = address(&org, &query.without(by));
            let name = format!("Remove filter {}: {label}", by.label());
            view! {
                <li>
                    <a class="button small" href=href aria-label=name>
                        {by.label()}
                        ": "
                        <bdi>{label}</bdi>
                        <Icon name="close" />
                    </a>
                </li>
            }
        })
        .collect_view();
    let all = address(&org, &SpendQuery::default());
    let used = total.requests > 0;
    let sums = view! {
        <Totals total />
        <Days by_day />
        <Groups org=org.clone() query=query.clone() groups group_count />
        {(!unpriced.is_empty()).then(|| view! { <Unpriced org=org.clone() unpriced /> })}
    };
    view! {
        <p class="muted spend-what">{span} " · " {whose}</p>
        <ul class="choices" aria-label="Filters">{chips}</ul>
        {match used {
            true => sums.into_any(),
            false => view! {
                <div class="panel">
                    <EmptyState title="No usage" text="No request on these days matches these filters.">
                        <a class="button" href=all>"Show this month, unfiltered"</a>
                    </EmptyState>
                </div>
            }
            .into_any(),
        }}
    }
}

#[component]
fn Totals(total: SpendSum) -> impl IntoView {
    let estimated = (total.estimated > 0).then(|| format!("Of this {} estimated", usd(total.estimated)));
    let spent = match total.is_unpriced() {
        true => "Unpriced".to_owned(),
        false => usd(total.cost),
    };
    view! {
        <ul class="cards spend-totals">
            <li>
                <span class="number">{spent}</span>
                <span class="muted">"Spend"</span>
                {estimated.map(|text| view! { <span class="muted note">{text}</span> })}
            </li>
            <li>
                <span class="number">{thousands(total.requests)}</span>
                <span class="muted">"Requests"</span>
                {(total.refused > 0)
                    .then(|| view! { <span class="muted note">{format!("{} failed or refused", thousands(total.refused))}</span> })}
            </li>
            <li>
                <span class="number">{thousands(total.tokens())}</span>
                <span class="muted">"Tokens"</span>
                <span class="muted note">
                    {format!("{} in · {} out", thousands(total.tokens_in), thousands(total.tokens_out))}
                </span>
            </li>
            <li>
                <span class="number">{thousands(total.unpriced)}</span>
                <span class="muted">"Unpriced requests"</span>
                {(total.unpriced > 0).then(|| view! { <span class="muted note">"Not in the spend"</span> })}
            </li>
        </ul>
    }
}

/// What a sum cost: unknown is not nothing, and what is estimated or not all is said to be.
fn cost(sum: &SpendSum) -> impl IntoView + use<> {
    let unpriced = (sum.unpriced > 0).then(|| {
        let n = u32::try_from(sum.unpriced).unwrap_or(u32::MAX);
        view! { <span class="badge warn">{format!("{} unpriced", counted(n, "request"))}</span> }
    });
    let known = (!sum.is_unpriced()).then(|| usd(sum.cost));
    let estimated = (sum.estimated > 0).then(|| {
        let title = format!("{} of it rests on estimated tokens", usd(sum.estimated));
        view! { <span class="badge" title=title>"Estimated"</span> }
    });
    view! {
        {known}
        " "
        {estimated}
        " "
        {unpriced}
    }
}

#[component]
fn Groups(org: String, query: SpendQuery, groups: Vec<SpendGroup>, group_count: u32) -> impl IntoView {
    let by = query.by;
    let tabs = SpendBy::ALL
        .iter()
        .map(|tab| {
            let to = SpendQuery {
                by: *tab,
                ..query.clone()
            };
            let here = (*tab == by).then_some("true");
            view! {
                <li>
                    <a class="button small" href=address(&org, &to) aria-current=here>
                        {tab.label()}
                    </a>
                </li>
            }
        })
        .collect_view();
    let shown = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let more = group_count.saturating_sub(shown);
    let more = (more > 0).then(|| {
        let text = format!(
            "{} more are not listed; the most expensive {} are. Choose one, or download all.",
            thousands(more),
            thousands(shown)
        );
        view! { <p class="muted">{text}</p> }
    });
    let rows = groups
        .into_iter()
        .map(|group| {
            let href = address(&org, &query.of_group(&group));
            let detail = (group.detail != group.label).then_some(group.detail);
            view! {
                <tr>
                    <th scope="row">
                        <a href=href>
                            <bdi>{group.label}</bdi>
                        </a>
                        " "
                        <span class="muted">{detail}</span>
                    </th>
                    <td class="numeric" data-label="Requests">
                        {thousands(group.sum.requests)}
                    </td>
                    <td class="numeric" data-label="Tokens">
                        {thousands(group.sum.tokens())}
                    </td>
                    <td class="numeric" data-label="Spend">
                        {cost(&group.sum)}
                    </td>
                </tr>
            }
        })
        .collect_view();
    let note = (by == SpendBy::Team)
        .then(|| view! { <p class="muted">"Somebody in several teams counts in each of them."</p> });
    view! {
        <section class="spend-section" aria-labelledby="spend-by">
            <h2 id="spend-by">{format!("By {}", by.label().to_lowercase())}</h2>
            <ul class="choices" aria-label="Add up by">
                {tabs}
            </ul>
            {note}
            <div class="table-panel">
                <table class="table spend-table">
                    <thead>
                        <tr>
                            <th scope="col">{by.label()}</th>
                            <th scope="col" class="numeric">"Requests"</th>
                            <th scope="col" class="numeric">"Tokens"</th>
                            <th scope="col" class="numeric">"Spend"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </section>
    }
}

#[component]
fn Unpriced(org: String, unpriced: Vec<SpendGroup>) -> impl IntoView {
    let administers = use_viewer().organization.role.administers();
    let rows = unpriced
        .into_iter()
        .map(|model| {
            // Of a provider that is gone nothing can be asked any more.
            let set = match administers && model.id != 0 {
                true => {
                    let href = set_price_address(&org, ProviderId(model.id), &model.model);
                    view! {
                        <a class="button small" href=href>
                            "Set price"
                            <span class="visually-hidden">" of " {model.label.clone()}</span>
                        </a>
                    }
                    .into_any()
                }
                false => view! { <span class="badge warn">"Unpriced"</span> }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">
                        <bdi>{model.label}</bdi>
                        " "
                        <span class="muted">{model.detail}</span>
                    </th>
                    <td class="numeric" data-label="Requests">
                        {thousands(model.sum.unpriced)}
                    </td>
                    <td class="numeric" data-label="Tokens">
                        {thousands(model.sum.unpriced_tokens)}
                    </td>
                    <td class="numeric" data-label="Spend">
                        {set}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="spend-section" aria-labelledby="spend-unpriced">
            <h2 id="spend-unpriced">"Unpriced models"</h2>
            <p class="muted">"What these cost is not known. It is in no sum on this page."</p>
            <div class="table-panel">
                <table class="table spend-table">
                    <thead>
                        <tr>
                            <th scope="col">"Model"</th>
                            <th scope="col" class="numeric">"Requests"</th>
                            <th scope="col" class="numeric">"Tokens"</th>
                            <th scope="col" class="numeric">"Spend"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
