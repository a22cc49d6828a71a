//! One access review: its lines, in the form that decides about some of them.

use super::{State, progress};
use crate::api::reviews::review;
use crate::components::{
    EmptyState, Icon, LoadFailed, NotCurrent, Notice, NoticeKind, SelectableTable, Skeleton, TimeAgo, counted,
};
use crate::forms::{FormOutcome, form_outcome};
use crate::pages::auth::answer_with_status;
use crate::pages::organization::use_viewer;
use crate::pages::reading::reading_of;
use domain::ends::expires;
use domain::reviews::{ReviewLine, ReviewPage as Page, ReviewQuery, ReviewShown, ReviewVerdict};
use domain::{ProblemCode, ReviewId, Timestamp};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

/// One review, by its id in the address.
#[component]
pub fn ReviewPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let (params, location) = (use_params_map(), use_location());
    let asked = Memo::new(move |_| {
        // What is no number means none.
        let id = params.read().get("review").and_then(|id| id.parse().ok());
        let query = ReviewQuery::from_query_string(&location.search.read());
        (id.unwrap_or(ReviewId(0)), query)
    });
    let sent = StoredValue::new(form_outcome("reviews"));
    let found = reading_of(asked, move |(id, query)| review(org.get_value(), id, query));
    let again = move |()| found.refetch();
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                let path = format!("/o/{}/reviews", org.get_value());
                match found.await {
                    Ok(read) => {
                        let (_, query) = asked.get_untracked();
                        view! {
                            <NotCurrent problem=read.problem retry=again />
                            <Found org=org.get_value() query page=read.value sent=sent.get_value() />
                        }
                            .into_any()
                    }
                    Err(error) if error.0.code == ProblemCode::NotFound => {
                        view! { <NoSuchReview path /> }.into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=again /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NoSuchReview(path: String) -> impl IntoView {
    answer_with_status(404);
    view! {
        <Title text="Not found" />
        <div class="page-head">
            <h1>"Review not found"</h1>
        </div>
        <p>
            <a href=path>"Back to Access reviews"</a>
        </p>
    }
}

/// What came of a form, which a redirect says in the address.
#[component]
fn Done(org: String) -> impl IntoView {
    let done = use_query_map();
    let number = move |name: &str| {
        done.read()
            .get_str(name)
            .and_then(|number| number.parse::<u32>().ok())
    };
    move || {
        let said = match done.read().get_str("done") {
            Some("started") => Some("Review started. Decide about the lines below."),
            Some("closed") => Some("Review closed. Undecided access stays as it is."),
            _ => None,
        };
        if let Some(said) = said {
            return view! { <Notice kind=NoticeKind::Success><p>{said}</p></Notice> }.into_any();
        }
        let Some(decided) = number("decided") else {
            return ().into_any();
        };
        let (team, left) = (number("team").unwrap_or(0), number("left").unwrap_or(0));
        let kind = match decided {
            0 => NoticeKind::Info,
            _ => NoticeKind::Success,
        };
        let of_team = (team > 0).then(|| {
            let href = format!("/o/{org}/teams");
            view! {
                <p>
                    {format!("{} not ended: a team gives this access, and it cannot be taken from one person alone. ", counted(team, "line"))}
                    "Change the team’s people or providers under " <a href=href>"Teams"</a> ", then end the line here."
                </p>
            }
        });
        let left = (left > 0).then(|| {
            let said = format!(
                "{} left as is: decided or ended already, or not yours to decide.",
                counted(left, "line")
            );
            view! { <p>{said}</p> }
        });
        view! {
            <Notice kind>
                <p>{format!("Decided: {}.", counted(decided, "line"))}</p>
                {of_team}
                {left}
            </Notice>
        }
        .into_any()
    }
}

#[component]
fn Found(org: String, query: ReviewQuery, page: Page, sent: FormOutcome) -> impl IntoView {
    let Page {
        review,
        lines,
        next,
        may_close,
        now,
    } = page;
    let path = format!("/o/{org}/reviews/{}", review.id);
    let at = |query: ReviewQuery| format!("{path}{}", query.to_query_string());
    let here = at(query.clone());
    let page_after = |after| {
        at(ReviewQuery {
            after,
            ..query.clone()
        })
    };
    let (first, next) = (page_after(None), next.map(|line| page_after(Some(line))));
    let shown = [
        (None, review.lines),
        (Some(ReviewShown::Undecided), review.undecided()),
        (Some(ReviewShown::Kept), review.kept),
        (Some(ReviewShown::Ended), review.ended),
    ];
    let shown = shown.map(|(show, count)| {
        let href = at(ReviewQuery { show, after: None });
        let current = (show == query.show).then_some("page");
        let label = show.map_or("All", ReviewShown::label);
        view! {
            <li>
                <a class="button small" href=href aria-current=current>
                    {format!("{label} ({count})")}
                </a>
            </li>
        }
    });
    // A file, and no page of this program.
    let result = review.closed.is_some().then(|| {
        let href = format!("/o/{org}/reviews/{}/result.json", review.id);
        view! {
            <div class="actions">
                <a class="button" href=href rel="external" download="">
                    <Icon name="download" />
                    "Download result"
                </a>
            </div>
        }
    });
    let closed = review.closed.clone().map(|(at, by)| {
        view! {
            <li>"Closed " <TimeAgo at now /> " by " <bdi>{by}</bdi></li>
        }
    });
    let list = match lines.is_empty() {
        true => view! {
            <div class="panel">
                <EmptyState title="No lines here" text="Every line of this review is under another of the filters above.">
                    <a class="button" href=path.clone()>"Show all lines"</a>
                </EmptyState>
            </div>
        }
        .into_any(),
        false => {
            let org = org.clone();
            view! { <Lines org action=here.clone() lines sent=sent.clone() now /> }.into_any()
        }
    };
    let problem = sent.problem.map(|problem| {
        view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> }
    });
    let (due, told) = (review.due(), progress(&review));
    let undecided = review.undecided();
    view! {
        <Title text=format!("Access review: {}", review.about) />
        <div class="page-head">
            <div>
                <h1>"Access review: " <bdi>{review.about.clone()}</bdi></h1>
                <ul class="key-facts muted">
                    <li>
                        <State review=review.clone() now />
                    </li>
                    <li>"Due " {due}</li>
                    <li>{told}</li>
                    <li>"Started " <TimeAgo at=review.started_at now /> " by " <bdi>{review.started_by.clone()}</bdi></li>
                    {closed}
                </ul>
            </div>
            {result}
        </div>
        <div class="stack">
            {problem}
            <Done org=org />
            <ul class="choices" aria-label="Lines shown">{shown}</ul>
            {list}
        </div>
        <nav class="row audit-pages" aria-label="Pages">
            {query.after.is_some().then(|| view! { <a class="button" href=first>"First page"</a> })}
            {next.map(|next| view! { <a class="button" href=next>"Next page"</a> })}
        </nav>
        {may_close.then(|| view! { <Close action=here undecided /> })}
    }
}

/// Closing it, which says what is left.
#[component]
fn Close(action: String, undecided: u32) -> impl IntoView {
    let told = match undecided {
        0 => "Every line is decided.".to_owned(),
        1 => "1 line is undecided. It stays as it is.".to_owned(),
        n => format!("{n} lines are undecided. They stay as they are."),
    };
    view! {
        <section class="spend-section" aria-labelledby="close-review">
            <h2 id="close-review">"Close this review"</h2>
            <form method="post" action=action class="stack">
                <p class="muted">{told} " Nothing can be decided in a closed review."</p>
                <div class="row">
                    <button class="button" type="submit" name="do" value="close">
                        "Close review"
                    </button>
                </div>
            </form>
        </section>
    }
}

/// The lines, in the form that decides about some of them.
#[component]
fn Lines(
    org: String,
    action: String,
    lines: Vec<ReviewLine>,
    sent: FormOutcome,
    now: Timestamp,
) -> impl IntoView {
    let any = lines.iter().any(|line| line.may_decide);
    let (selected, all) = (sent.values_of("line"), !sent.value("all").is_empty());
    let note = sent.value("note");
    let rows = lines
        .into_iter()
        .map(|line| {
            let checked = selected.contains(&line.id.to_string());
            view! { <Line org=org.clone() line checked any now /> }
        })
        .collect_view();
    view! {
        <form method="post" action=action class="stack unused">
            {any.then(|| view! { <Decide all note /> })}
            <SelectableTable select=any columns=&["Member", "Provider", "Source", "Since", "Last used", "Decision"]>{rows}</SelectableTable>
        </form>
    }
}

/// The buttons, for what is selected or all of the page.
#[component]
fn Decide(all: bool, note: String) -> impl IntoView {
    view! {
        <div class="toolbar audit-filters">
            <label class="choice">
                <input type="checkbox" name="all" value="1" checked=all />
                "All on this page"
            </label>
            <input
                class="input"
                name="note"
                maxlength="200"
                autocomplete="off"
                placeholder="Why (optional)"
                aria-label="Why (optional)"
                value=note
            />
            <button class="button primary" type="submit" name="do" value=ReviewVerdict::Keep.as_str()>
                {ReviewVerdict::Keep.label()}
            </button>
            <button class="button danger" type="submit" name="do" value=ReviewVerdict::End.as_str()>
                {ReviewVerdict::End.label()}
            </button>
            <span class="muted">"A member’s own access ends immediately."</span>
        </div>
    }
}

#[component]
fn Line(
    org: String,
    line: ReviewLine,
    checked: bool,
    /// Whether the table has a column to select by.
    any: bool,
    now: Timestamp,
) -> impl IntoView {
    let name = line.display_name().to_owned();
    let id = line.id.to_string();
    // A person has a line for each source.
    let label = match &line.team {
        Some(team) => format!("Select {name}, {}, team {}", line.provider, team.name),
        None => format!("Select {name}, {}, own", line.provider),
    };
    let select = line.may_decide.then(|| {
        view! {
            <input type="hidden" name="shown" value=id.clone() />
            <input type="checkbox" name="line" value=id.clone() aria-label=label checked=checked />
        }
    });
    let source = match line.team.clone() {
        Some(team) => {
            let href = format!("/o/{org}/teams");
            view! { <span>"Team " <a href=href><bdi>{team.name}</bdi></a></span> }.into_any()
        }
        None => view! { <span>"Own"</span> }.into_any(),
    };
    let ends = line
        .ends_at
        .filter(|end| line.still && *end > now)
        .map(|end| view! { " " <span class="badge warn">{expires(end, now)}</span> });
    let given = line.given_by.clone().map(|by| {
        view! { <span class="muted">" by " <bdi>{by}</bdi></span> }
    });
    let used = match line.last_used {
        Some(at) => view! { <TimeAgo at now /> }.into_any(),
        None => view! { <span class="muted">"Never used"</span> }.into_any(),
    };
    view! {
        <tr>
            {any.then(|| view! { <td class="select" data-label="Select">{select}</td> })}
            <th scope="row">
                <a href=format!("/o/{org}/access/{}", line.member)>
                    <bdi>{name}</bdi>
                </a>
            </th>
            <td data-label="Provider">
                <bdi>{line.provider.clone()}</bdi>
            </td>
            <td data-label="Source"><span>{source} {ends}</span></td>
            <td data-label="Since">
                <span>
                    <TimeAgo at=line.since now />
                    {given}
                </span>
            </td>
            <td data-label="Last used">{used}</td>
            <td data-label="Decision">
                <span>
                    <Decision line now />
                </span>
            </td>
        </tr>
    }
}

/// What was decided about a line, or why nobody has.
#[component]
fn Decision(line: ReviewLine, now: Timestamp) -> impl IntoView {
    let own = line.member == use_viewer().member;
    let ended = line
        .decided
        .as_ref()
        .is_some_and(|decided| decided.verdict == ReviewVerdict::End);
    let told = match line.decided {
        Some(decided) => {
            let (class, label) = match decided.verdict {
                ReviewVerdict::Keep => ("badge ok", ReviewShown::Kept.label()),
                ReviewVerdict::End => ("badge", ReviewShown::Ended.label()),
            };
            let note = (!decided.note.is_empty()).then(|| format!(": {}", decided.note));
            view! {
                <span class=class>{label}</span>
                <span class="muted">" " <TimeAgo at=decided.at now /> " by " <bdi>{decided.by}</bdi> {note}</span>
            }
            .into_any()
        }
        None => match own {
            true => view! { <span class="muted">"Your own access: somebody else decides"</span> }.into_any(),
            false => view! { <span class="muted">"Undecided"</span> }.into_any(),
        },
    };
    let gone = (!line.still && !ended).then(|| view! { " " <span class="badge">"No longer has it"</span> });
    let again = (line.still && ended).then(|| view! { " " <span class="badge info">"Given again"</span> });
    view! {
        {told}
        {gone}
        {again}
    }
}
