//! Making the second member like the first: what it would do, and the form that does it.

use super::{provider_name, sources};
use domain::compare::{CompareQuery, CopyShown, Effect, Side};
use domain::provider::ProviderRef;
use domain::{Role, TeamId};
use leptos::prelude::*;

/// Asks for the preview, or shows it.
#[component]
pub fn Copying(
    path: String,
    query: CompareQuery,
    a: Side,
    b: Side,
    providers: Vec<ProviderRef>,
    copy: Option<CopyShown>,
    /// Sent with the form, so that it is done once.
    key: String,
) -> impl IntoView {
    let title = {
        let (a, b) = (a.name.clone(), b.name.clone());
        view! { <h2 id="make-like">"Make " <bdi>{b}</bdi> " like " <bdi>{a}</bdi></h2> }
    };
    let (from, to) = (a.member.to_string(), b.member.to_string());
    let body = match copy {
        None if a.status.is_invitation() => view! {
            <p class="muted"><bdi>{a.name.clone()}</bdi> " has not joined yet, so there is nothing to copy from them."</p>
        }
        .into_any(),
        None => view! {
            <p class="muted">
                "The providers and teams become the same, with the same expiration dates and models. Status, keys and budgets stay. You see what would change before anything does."
            </p>
            <form method="get" action=path.clone() class="stack">
                <input type="hidden" name="a" value=from />
                <input type="hidden" name="b" value=to />
                <input type="hidden" name="copy" value="1" />
                <WithRole from=a.role to=b.role checked=query.role />
                <div class="row">
                    <button type="submit" class="button primary">"Preview"</button>
                    <Swap path=path.clone() query />
                </div>
            </form>
        }
        .into_any(),
        Some(copy) => {
            let back = CompareQuery {
                copy: false,
                ..query.clone()
            };
            let back = format!("{path}{}", back.to_query_string());
            let takes_away = lines(&b, &copy, &providers)
                .iter()
                .any(|line| line.effect == Effect::Loses);
            let changes = copy.changes;
            let fingerprint = copy.fingerprint.clone();
            let button = view! { "Make " <bdi>{b.name.clone()}</bdi> " like " <bdi>{a.name.clone()}</bdi> };
            view! {
                <Preview b copy providers />
                <form method="post" action=path class="row">
                    <input type="hidden" name="a" value=from />
                    <input type="hidden" name="b" value=to />
                    <input type="hidden" name="role" value=if query.role { "1" } else { "" } />
                    <input type="hidden" name="fingerprint" value=fingerprint />
                    <input type="hidden" name="idempotency_key" value=key />
                    <button type="submit" class="button primary" class:danger=takes_away disabled=!changes>
                        {button}
                    </button>
                    <a class="button" href=back>"Back"</a>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <section class="spend-section" aria-labelledby="make-like">
            {title}
            {body}
        </section>
    }
}

/// The role goes along only if that is asked for, and an owner's never does.
#[component]
fn WithRole(from: Role, to: Role, checked: bool) -> impl IntoView {
    match from {
        _ if from == to => ().into_any(),
        Role::Owner => view! { <p class="muted">"The role Owner is never copied."</p> }.into_any(),
        from => view! {
            <label class="choice">
                <input type="checkbox" name="role" value="1" checked=checked />
                {format!("Also change the role from {} to {}", to.label(), from.label())}
            </label>
        }
        .into_any(),
    }
}

/// The other way round.
#[component]
fn Swap(path: String, query: CompareQuery) -> impl IntoView {
    let other = CompareQuery {
        a: query.b,
        b: query.a,
        ..CompareQuery::default()
    };
    let href = format!("{path}{}", other.to_query_string());
    view! { <a class="button" href=href>"Swap members"</a> }
}

/// One thing, and what becomes of it.
struct Line {
    what: AnyView,
    effect: Effect,
    before: AnyView,
    after: AnyView,
}

/// The role, the teams and the providers; what changes first.
fn lines(b: &Side, copy: &CopyShown, providers: &[ProviderRef]) -> Vec<Line> {
    let role = Line {
        what: "Role".into_any(),
        effect: match copy.role == b.role {
            true => Effect::Stays,
            false => Effect::Changes,
        },
        before: b.role.label().into_any(),
        after: copy.role.label().into_any(),
    };
    let was_in = |id: TeamId| b.teams.iter().any(|team| team.id == id);
    let is_in = |id: TeamId| copy.teams.iter().any(|team| team.id == id);
    let place = |inside: bool| match inside {
        true => "In the team".into_any(),
        false => view! { <span class="muted">"Not in the team"</span> }.into_any(),
    };
    let joined = copy.teams.iter().filter(|team| !was_in(team.id));
    let teams = b.teams.iter().chain(joined).map(|team| {
        let (before, after) = (was_in(team.id), is_in(team.id));
        Line {
            what: view! { "Team " <bdi>{team.name.clone()}</bdi> }.into_any(),
            effect: match (before, after) {
                (false, true) => Effect::Gains,
                (true, false) => Effect::Loses,
                _ => Effect::Stays,
            },
            before: place(before),
            after: place(after),
        }
    });
    let providers = providers.iter().filter_map(|provider| {
        let before = b.sources(provider.id);
        let after = copy.sources.get(&provider.id).map_or(&[] as &[_], Vec::as_slice);
        (!before.is_empty() || !after.is_empty()).then(|| Line {
            what: provider_name(provider.clone()).into_any(),
            effect: Effect::of(before, after),
            before: sources(before),
            after: sources(after),
        })
    });
    let mut lines: Vec<Line> = std::iter::once(role).chain(teams).chain(providers).collect();
    lines.sort_by_key(|line| line.effect);
    lines
}

fn mark(effect: Effect) -> impl IntoView {
    let (class, sign) = match effect {
        Effect::Gains => ("badge ok", "+ "),
        Effect::Loses => ("badge danger", "− "),
        Effect::Changes => ("badge warn", "≠ "),
        Effect::Stays => ("badge", "= "),
    };
    view! {
        <span class=class>
            <span aria-hidden="true">{sign}</span>
            {effect.label()}
        </span>
    }
}

#[component]
fn Preview(b: Side, copy: CopyShown, providers: Vec<ProviderRef>) -> impl IntoView {
    let rows = lines(&b, &copy, &providers)
        .into_iter()
        .map(|line| {
            view! {
                <tr>
                    <th scope="row">{line.what}</th>
                    <td data-label="Effect">{mark(line.effect)}</td>
                    <td data-label="Now">{line.before}</td>
                    <td data-label="Afterwards">{line.after}</td>
                </tr>
            }
        })
        .collect_view();
    let cannot: Vec<_> = copy
        .cannot
        .iter()
        .map(|(what, why)| view! { <li><bdi>{what.clone()}</bdi> ": " {why.label()}</li> })
        .collect();
    let invited = b.status.is_invitation().then(|| {
        view! {
            <p class="muted">
                <bdi>{b.name.clone()}</bdi>
                " has not joined yet. What teams carry comes with joining."
            </p>
        }
    });
    view! {
        {(!copy.changes).then(|| view! { <p role="status"><strong>"There is nothing to change."</strong></p> })}
        {invited}
        <div class="table-panel">
            <table class="table spend-table compare-table">
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col">"Effect"</th>
                        <th scope="col">"Now"</th>
                        <th scope="col">"Afterwards"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(!cannot.is_empty())
            .then(|| {
                view! {
                    <h3>"What cannot be done"</h3>
                    <ul class="plain-list bulk-parts">{cannot}</ul>
                }
            })}
    }
}
