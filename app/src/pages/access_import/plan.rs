//! What a file would change, and what it would not.

use super::words::{conflict_line, note_line, problem_line};
use crate::components::{Notice, NoticeKind, counted, thousands};
use crate::pages::access::words::{Names, rows};
use domain::import::Shown;
use leptos::prelude::*;

/// The plan: sums first, then the rows with their numbers in the file.
#[component]
pub fn PlanView(
    shown: Shown,
    /// It is not the plan that was shown before.
    moved: bool,
) -> impl IntoView {
    let Shown {
        exported_at,
        plan,
        counts,
        deeds,
        names,
        ..
    } = shown;
    let people = names.people.clone();
    let names = Names::from(names);
    let person = move |id| {
        people
            .get(&id)
            .cloned()
            .unwrap_or_else(|| "Somebody who is gone".to_owned())
    };
    let sums: Vec<_> = deeds
        .iter()
        .map(|(deed, n)| view! { <li>{format!("{}: {}", names.deed(*deed), rows(*n))}</li> })
        .collect();
    let changes: Vec<_> = plan
        .rows
        .iter()
        .map(|row| {
            let what: Vec<_> = row.change.deeds().map(|deed| names.deed(deed)).collect();
            view! {
                <tr>
                    <td class="numeric">{row.row}</td>
                    <td>
                        <bdi>{person(row.member)}</bdi>
                    </td>
                    <td>{what.join(", ")}</td>
                </tr>
            }
        })
        .collect();
    let conflicts: Vec<_> = plan
        .conflicts
        .iter()
        .map(|conflict| {
            view! {
                <li>
                    {format!("Row {}, ", conflict.row)} <bdi>{person(conflict.member)}</bdi> ". "
                    {conflict_line(&conflict.cell, &names)}
                </li>
            }
        })
        .collect();
    let problems: Vec<_> = plan
        .problems
        .iter()
        .map(|p| view! { <li>{problem_line(p)}</li> })
        .collect();
    let notes: Vec<_> = plan
        .notes
        .iter()
        .map(|n| view! { <li>{note_line(n)}</li> })
        .collect();
    let head = match counts.rows {
        0 => "This file changes nothing.".to_owned(),
        n => format!("{} will change", rows(n)),
    };
    let rest = (counts.conflicts, counts.problems);
    view! {
        <section class="import-plan stack" aria-labelledby="plan-head">
            {moved
                .then(|| {
                    view! {
                        <Notice kind=NoticeKind::Info>
                            <p>"Nothing was changed: the file or the table is not what it was. This is the plan now."</p>
                        </Notice>
                    }
                })}
            <div>
                <h2 id="plan-head">{head}</h2>
                <p class="muted">
                    {exported_at.map(|at| view! { "Downloaded " <time datetime=at.rfc3339()>{at.exact()}</time> ". " })}
                    {match rest {
                        (0, 0) => "Nothing else in the file differs.".to_owned(),
                        (conflicts, problems) => format!(
                            "{} left alone since the table changed, {} that cannot be done.",
                            counted(conflicts, "cell"),
                            thousands(problems),
                        ),
                    }}
                </p>
            </div>
            {(!sums.is_empty()).then(|| view! { <ul class="plain-list bulk-parts">{sums}</ul> })}
            <Listed title="Changed since the download" all=counts.conflicts lines=conflicts />
            <Listed title="What cannot be done" all=counts.problems lines=problems />
            {(!changes.is_empty())
                .then(|| {
                    let more = counts.rows as usize - changes.len();
                    view! {
                        <div>
                            <h3>"Row by row"</h3>
                            <div class="table-panel import-rows" tabindex="0" role="group" aria-label="Row by row">
                                <table class="table">
                                    <thead>
                                        <tr>
                                            <th scope="col" class="numeric">"Row"</th>
                                            <th scope="col">"Person"</th>
                                            <th scope="col">"Change"</th>
                                        </tr>
                                    </thead>
                                    <tbody>{changes}</tbody>
                                </table>
                            </div>
                            {more_line(more)}
                        </div>
                    }
                })}
            <Listed title="Notes" all=counts.notes lines=notes />
        </section>
    }
}

/// A list with its title, if there is anything in it.
#[component]
fn Listed<V: IntoView + 'static>(title: &'static str, all: u32, lines: Vec<V>) -> impl IntoView {
    (!lines.is_empty()).then(|| {
        let more = all as usize - lines.len();
        view! {
            <div>
                <h3>{title}</h3>
                <div class="bulk-cannot" tabindex="0" role="group" aria-label=title>
                    <ul class="plain-list bulk-parts">{lines}</ul>
                </div>
                {more_line(more)}
            </div>
        }
    })
}

fn more_line(more: usize) -> Option<impl IntoView> {
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    (more > 0).then(|| view! { <p class="muted">{format!("And {} more.", thousands(more))}</p> })
}
