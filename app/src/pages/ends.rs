//! Until when a provider is allowed: setting the end of a member's own grant or of a team's, and extending it in one click.

use super::request::{RequestProblem, field_problem, refuse};
use crate::api::ApiResult;
use crate::api::members::set_provider_end;
use crate::api::teams::set_team_provider_end;
use crate::components::{Cancel, Dialog, Field, Notice, NoticeKind, Toaster, use_dialog, use_toaster};
use domain::ends::{EXTENSION, EndChange, expires, is_soon};
use domain::member::MemberRow;
use domain::provider::ProviderRef;
use domain::{MemberId, Problem, TeamId, Timestamp, VersionedOutcome};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// To whom a provider is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// To a member, by a grant of their own.
    Member(MemberId),
    /// To a team.
    Team(TeamId),
}

/// A grant, or one that could be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// To whom.
    pub whose: Whose,
    /// What they are called.
    pub name: String,
    /// The version of the row or the team.
    pub version: i64,
    /// What is allowed.
    pub provider: ProviderRef,
    /// Until when and why, as it is; `None` while it is not given.
    pub given: Option<(Option<Timestamp>, String)>,
}

impl Subject {
    fn change(&self, ends_at: Option<Timestamp>, reason: String) -> EndChange {
        EndChange {
            version: self.version,
            provider: self.provider.id,
            ends_at,
            reason,
        }
    }
}

/// `until 3 Mar 2027 (contract ends)`.
pub fn until(ends_at: Timestamp, reason: &str) -> String {
    let day = ends_at.last_day().day();
    match reason {
        "" => format!("until {day}"),
        reason => format!("until {day} ({reason})"),
    }
}

/// A grant as it is after a change, or as somebody else left it.
struct Now {
    version: i64,
    /// What became of the grant, as far as that is known.
    told: String,
}

fn told(row: &MemberRow, change: &EndChange) -> String {
    match row.sources(change.provider).find(|by| by.team.is_none()) {
        None => "Now it is not assigned.".to_owned(),
        Some(by) => match by.ends_at {
            None => "Now it never expires.".to_owned(),
            Some(end) => format!("Now it is assigned {}.", until(end, &by.reason)),
        },
    }
}

async fn send(org: String, whose: Whose, change: EndChange) -> ApiResult<VersionedOutcome<Now>> {
    match whose {
        Whose::Member(member) => {
            let outcome = set_provider_end(org, member, change.clone()).await?;
            Ok(outcome.map(|row| Now {
                version: row.version,
                told: told(&row, &change),
            }))
        }
        Whose::Team(team) => {
            let outcome = set_team_provider_end(org, team, change).await?;
            Ok(outcome.map(|team| Now {
                version: team.version,
                told: String::new(),
            }))
        }
    }
}

/// Sets ends on a page that has one dialog for all of them, [`EndDialog`].
#[derive(Clone, Copy)]
pub struct EndEditor {
    org: StoredValue<String>,
    subject: RwSignal<Option<Subject>>,
    open: RwSignal<bool>,
    /// An extension is under way.
    pending: RwSignal<bool>,
    toaster: Toaster,
    on_changed: Callback<()>,
}

impl EndEditor {
    /// For a page that is being made, and that reads again what it shows when something has changed.
    pub fn new(org: StoredValue<String>, on_changed: Callback<()>) -> Self {
        Self {
            org,
            subject: RwSignal::new(None),
            open: RwSignal::new(false),
            pending: RwSignal::new(false),
            toaster: use_toaster(),
            on_changed,
        }
    }

    /// Opens the dialog.
    pub fn start(self, subject: Subject) {
        self.subject.set(Some(subject));
        self.open.set(true);
    }

    fn saved(self, subject: &Subject, ends_at: Option<Timestamp>) {
        let end = match ends_at {
            None => "never expires".to_owned(),
            Some(end) => until(end, ""),
        };
        let Subject { provider, name, .. } = subject;
        self.toaster.show(format!("{} for {name}: {end}.", provider.name));
        self.on_changed.run(());
    }

    /// Moves the end, at once.
    fn extend(self, subject: Subject, ends_at: Timestamp) {
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        let later = Some(ends_at.plus(EXTENSION));
        let reason = subject.given.as_ref().map(|(_, reason)| reason.clone());
        let change = subject.change(later, reason.unwrap_or_default());
        spawn_local(async move {
            let answer = send(self.org.get_value(), subject.whose, change).await;
            self.pending.set(false);
            match answer {
                Ok(VersionedOutcome::Saved(_)) => self.saved(&subject, later),
                Ok(VersionedOutcome::Conflict(_)) => {
                    self.toaster.show(format!(
                        "Someone else changed {}. Nothing was extended.",
                        subject.name
                    ));
                    self.on_changed.run(());
                }
                Err(error) => self.toaster.show(error.0.message),
            }
        });
    }
}

/// How long a grant still counts, and the ways to change that.
#[component]
pub fn EndButtons(
    /// The page's.
    editor: EndEditor,
    /// Of which grant.
    subject: Subject,
) -> impl IntoView {
    let end = subject.given.as_ref().and_then(|(end, _)| *end);
    let label = match (&subject.given, end) {
        (None, _) => "Assign until…",
        (Some(_), None) => "Set expiration…",
        (Some(_), Some(_)) => "Edit expiration…",
    };
    let about = subject.provider.name.clone();
    let named = format!("{label} ({about})");
    let extend = end.map(|end| {
        let subject = subject.clone();
        view! {
            <button
                type="button"
                class="button small needs-script"
                aria-label=format!("Extend 30 days ({about})")
                disabled=editor.pending
                on:click=move |_| editor.extend(subject.clone(), end)
            >
                "Extend 30 days"
            </button>
        }
    });
    view! {
        {extend}
        <button
            type="button"
            class="button small needs-script"
            aria-label=named
            on:click=move |_| editor.start(subject.clone())
        >
            {label}
        </button>
    }
}

/// That something ends soon, and when.
#[component]
pub fn EndsSoon(
    /// The end, if there is one.
    ends_at: Option<Timestamp>,
    /// The server's clock.
    now: Timestamp,
) -> impl IntoView {
    let soon = ends_at.filter(|end| is_soon(*end, now));
    soon.map(|end| view! { <span class="badge warn" title=end.exact()>{expires(end, now)}</span> })
}

/// The page's one dialog about an end.
#[component]
pub fn EndDialog(
    /// The page's.
    editor: EndEditor,
) -> impl IntoView {
    let of = move |tell: fn(&Subject) -> String| editor.subject.read().as_ref().map(tell).unwrap_or_default();
    let title = move || {
        of(|subject| match subject.given {
            None => format!("Assign {}", subject.provider.name),
            Some(_) => format!("Expiration of {}", subject.provider.name),
        })
    };
    let about = Signal::derive(move || Some(of(|subject| subject.name.clone())));
    view! {
        <Dialog id="end-dialog" open=editor.open title=Signal::derive(title) subtitle=about>
            {move || editor.subject.get_untracked().map(|subject| view! { <EndForm editor subject /> })}
        </Dialog>
    }
}

#[component]
fn EndForm(editor: EndEditor, subject: Subject) -> impl IntoView {
    let (was, reason) = subject.given.clone().unwrap_or_default();
    let given = subject.given.is_some();
    let day = was.map(|end| end.last_day().date()).unwrap_or_default();
    let before = StoredValue::new((day.clone(), reason.clone()));
    let (day, reason) = (RwSignal::new(day), RwSignal::new(reason));
    let is_changed =
        Memo::new(move |_| before.with_value(|(was, why)| *was != *day.read() || *why != *reason.read()));
    use_dialog().changed_when(move || is_changed.get());
    let version = RwSignal::new(subject.version);
    let theirs = RwSignal::new(None::<String>);
    let problem = RwSignal::new(None::<Problem>);
    let pending = RwSignal::new(false);
    let subject = StoredValue::new(subject);
    // The day that it was is the instant that it was, which need not be a midnight.
    let ends_at = move || {
        let day = day.read();
        match before.with_value(|(before, _)| *before == *day) {
            true => was,
            false => Timestamp::end_of(&day),
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        problem.set(None);
        theirs.set(None);
        pending.set(true);
        let end = untrack(ends_at);
        let subject = Subject {
            version: version.get_untracked(),
            ..subject.get_value()
        };
        let why = end.map_or_else(String::new, |_| reason.get_untracked());
        let change = subject.change(end, why);
        spawn_local(async move {
            let answer = send(editor.org.get_value(), subject.whose, change).await;
            pending.set(false);
            match answer {
                Ok(VersionedOutcome::Saved(_)) => {
                    editor.open.set(false);
                    editor.saved(&subject, end);
                }
                Ok(VersionedOutcome::Conflict(now)) => {
                    version.set(now.version);
                    theirs.set(Some(now.told));
                    editor.on_changed.run(());
                }
                Err(error) => refuse(problem, error.0),
            }
        });
    };
    let when = move || match ends_at() {
        None => "Never expires.".to_owned(),
        Some(end) => format!("Expires {}.", end.exact()),
    };
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                {move || {
                    theirs
                        .get()
                        .map(|theirs| {
                            view! {
                                <Notice kind=NoticeKind::Error>
                                    <p>
                                        {format!(
                                            "Someone else changed {} while this was open. {theirs} Nothing of yours is saved. Save again to use it.",
                                            subject.with_value(|subject| subject.name.clone()),
                                        )}
                                    </p>
                                </Notice>
                            }
                        })
                }}
                <RequestProblem problem />
                <Field
                    label="Expiration date"
                    name="ends_at"
                    hint="The last day, until midnight UTC. Leave empty to never expire."
                    error=field_problem(problem, "ends_at")
                >
                    <input
                        class="input"
                        type="date"
                        prop:value=move || day.get()
                        on:input=move |event| day.set(event_target_value(&event))
                    />
                </Field>
                <Field label="Reason" name="reason" hint="Optional, such as trial or contract." error=field_problem(problem, "reason")>
                    <input
                        class="input"
                        autocomplete="off"
                        disabled=move || day.read().is_empty()
                        prop:value=move || reason.get()
                        on:input=move |event| reason.set(event_target_value(&event))
                    />
                </Field>
            </div>
            <div class="dialog-foot">
                <p class="effect" role="status">
                    {when}
                </p>
                <Cancel />
                <button
                    type="submit"
                    class="button primary"
                    disabled=move || pending.get() || (given && !is_changed.get() && theirs.read().is_none())
                >
                    {move || match (pending.get(), given) {
                        (true, _) => "Saving…",
                        (false, true) => "Save changes",
                        (false, false) => "Assign provider",
                    }}
                </button>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_by_its_last_day() {
        let end = Timestamp::end_of("2027-03-03").unwrap();
        assert_eq!(until(end, ""), "until 3 Mar 2027");
        assert_eq!(until(end.plus(1), "trial"), "until 4 Mar 2027 (trial)");
    }
}
