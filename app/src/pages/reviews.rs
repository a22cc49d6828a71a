//! Access reviews: the list with the form that starts one, and a page for each.

mod lines;

pub use lines::ReviewPage;

use super::organization::use_viewer;
use crate::api::reviews::reviews;
use crate::components::{
    EmptyState, Field, LoadFailed, Notice, NoticeKind, Skeleton, TimeAgo, counted, thousands,
};
use crate::forms::{FormOutcome, form_outcome};
use domain::reviews::{Review, ReviewList, ReviewScope};
use domain::{ReviewId, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The list.
#[component]
pub fn ReviewsPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let query = use_query_map();
    let before = Memo::new(move |_| {
        let query = query.read();
        query.get_str("before").and_then(|id| id.parse::<ReviewId>().ok())
    });
    let outcome = StoredValue::new(form_outcome("reviews"));
    let problem = outcome.read_value().problem.clone();
    let found = Resource::new(
        move || before.get(),
        move |before| reviews(org.get_value(), before),
    );
    view! {
        <Title text="Access reviews" />
        <div class="page-head">
            <div>
                <h1>"Access reviews"</h1>
                <p class="lede">
                    "Admins and owners decide, line by line, who still needs which provider. Undecided access stays as it is."
                </p>
            </div>
        </div>
        <div class="stack">
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(list) => {
                        let later = before.get_untracked().is_some();
                        view! { <Reviews org=org.get_value() list later outcome=outcome.get_value() /> }.into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
        </div>
    }
}

/// How a review stands.
#[component]
fn State(review: Review, now: Timestamp) -> impl IntoView {
    let (class, label) = match (&review.closed, review.is_overdue(now)) {
        (Some(_), _) => ("badge", "Closed"),
        (None, true) => ("badge warn", "Overdue"),
        (None, false) => ("badge info", "Open"),
    };
    view! { <span class=class>{label}</span> }
}

/// `12 of 40 decided`.
fn progress(review: &Review) -> String {
    let decided = review.lines - review.undecided();
    format!("{} of {} decided", thousands(decided), thousands(review.lines))
}

#[component]
fn Reviews(
    org: String,
    list: ReviewList,
    /// Whether this is not the first page.
    later: bool,
    outcome: FormOutcome,
) -> impl IntoView {
    let path = format!("/o/{org}/reviews");
    let now = list.now;
    let rows = list
        .reviews
        .iter()
        .map(|review| view! { <Row path=path.clone() review=review.clone() now /> })
        .collect_view();
    let table = match list.reviews.is_empty() {
        true => {
            let text = match list.may_start {
                true => "Start one below: of a team, a provider or everybody.",
                false => "Owners start them: of a team, a provider or everybody.",
            };
            view! {
                <div class="panel">
                    <EmptyState title="No access reviews" text />
                </div>
            }
            .into_any()
        }
        false => view! {
            <div class="table-panel">
                <table class="table spend-table">
                    <thead>
                        <tr>
                            <th scope="col">"Review"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Due"</th>
                            <th scope="col">"Progress"</th>
                            <th scope="col">"Started"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any(),
    };
    let next = list.next.map(|review| format!("{path}?before={review}"));
    let first = path.clone();
    view! {
        {table}
        <nav class="row audit-pages" aria-label="Pages">
            {later.then(|| view! { <a class="button" href=first>"First page"</a> })}
            {next.map(|next| view! { <a class="button" href=next>"Next page"</a> })}
        </nav>
        {list.may_start.then(|| view! { <Start action=path list outcome /> })}
    }
}

#[component]
fn Row(path: String, review: Review, now: Timestamp) -> impl IntoView {
    // What is left to do first.
    let show = match review.closed.is_none() && review.undecided() > 0 {
        true => "?show=undecided",
        false => "",
    };
    let (due, progress) = (review.due(), progress(&review));
    let ended = (review.ended > 0).then(|| {
        view! { <span class="muted">{format!(" · {} ended", counted(review.ended, "line"))}</span> }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=format!("{path}/{}{show}", review.id)>
                    <bdi>{review.about.clone()}</bdi>
                </a>
            </th>
            <td data-label="State">
                <State review=review.clone() now />
            </td>
            <td data-label="Due">{due}</td>
            <td data-label="Progress"><span>{progress} {ended}</span></td>
            <td data-label="Started">
                <span>
                    <TimeAgo at=review.started_at now />
                    <span class="muted">" by " <bdi>{review.started_by}</bdi></span>
                </span>
            </td>
        </tr>
    }
}

/// The form that starts one.
#[component]
fn Start(action: String, list: ReviewList, outcome: FormOutcome) -> impl IntoView {
    let (scope, due) = (outcome.value("scope"), outcome.value("due"));
    let chosen = StoredValue::new(scope);
    let option = move |scope: ReviewScope, name: String| {
        let value = scope.to_string();
        let selected = chosen.with_value(|chosen| *chosen == value);
        view! {
            <option value=value selected=selected>
                {name}
            </option>
        }
    };
    let teams = list.teams.into_iter();
    let teams = teams
        .map(|team| option(ReviewScope::Team(team.id), team.name))
        .collect_view();
    let providers = list.providers.into_iter();
    let providers = providers
        .map(|provider| option(ReviewScope::Provider(provider.id), provider.name))
        .collect_view();
    let hint = format!("The last day, in the organization’s time zone ({}).", list.zone);
    view! {
        <section class="spend-section" aria-labelledby="start-review">
            <h2 id="start-review">"Start a review"</h2>
            <form method="post" action=action class="stack price-form" data-unsaved="">
                <Field
                    label="Access of"
                    name="scope"
                    hint="A team’s review is of all that its people can use, from whatever source."
                    error=outcome.field_problem("scope")
                >
                    <select class="input" name="scope">
                        {option(ReviewScope::Everybody, "Everybody".to_owned())}
                        <optgroup label="The people of a team">{teams}</optgroup>
                        <optgroup label="Everybody with a provider">{providers}</optgroup>
                    </select>
                </Field>
                <Field label="Due" name="due" hint error=outcome.field_problem("due")>
                    <input class="input" type="date" name="due" required value=due />
                </Field>
                <div class="row">
                    <button class="button primary" type="submit">
                        "Start review"
                    </button>
                </div>
            </form>
        </section>
    }
}
