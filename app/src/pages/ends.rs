//! On which terms a provider is allowed, until when and of which models: setting those of a member's own grant or of a
//! team's, and extending it in one click.

use super::request::{RequestProblem, field_problem, refuse};
use crate::api::ApiResult;
use crate::api::members::set_provider_terms;
use crate::api::teams::set_team_provider_terms;
use crate::components::{Cancel, Dialog, Field, Notice, NoticeKind, Toaster, use_dialog, use_toaster};
use domain::access::ModelList;
use domain::ends::{EXTENSION, Terms, TermsChange, expires, is_soon};
use domain::history::Granted;
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
    /// Its terms as they are; `None` while it is not given.
    pub given: Option<Terms>,
}

impl Subject {
    fn change(&self, terms: Terms) -> TermsChange {
        let Terms {
            ends_at,
            reason,
            models,
        } = terms;
        TermsChange {
            version: self.version,
            provider: self.provider.id,
            ends_at,
            reason,
            models,
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

/// The terms of a grant as a page tells them of it.
pub fn terms_of(granted: &Granted) -> Terms {
    Terms {
        ends_at: granted.ends_at,
        reason: granted.reason.clone(),
        models: granted.models.clone(),
    }
}

/// A grant as it is after a change, or as somebody else left it.
struct Now {
    version: i64,
    /// What became of the grant, as far as that is known.
    told: String,
}

fn told(row: &MemberRow, change: &TermsChange) -> String {
    match row.sources(change.provider).find(|by| by.team.is_none()) {
        None => "Now it is not assigned.".to_owned(),
        Some(by) => {
            let end = by.ends_at.map(|end| until(end, &by.reason));
            let told: Vec<String> = end.into_iter().chain(by.models.words()).collect();
            match told.as_slice() {
                [] => "Now it is assigned without limits.".to_owned(),
                told => format!("Now it is assigned {}.", told.join(", ")),
            }
        }
    }
}

async fn send(org: String, whose: Whose, change: TermsChange) -> ApiResult<VersionedOutcome<Now>> {
    match whose {
        Whose::Member(member) => {
            let outcome = set_provider_terms(org, member, change.clone()).await?;
            Ok(outcome.map(|row| Now {
                version: row.version,
                told: told(&row, &change),
            }))
        }
        Whose::Team(team) => {
            let outcome = set_team_provider_terms(org, team, change).await?;
            Ok(outcome.map(|team| Now {
                version: team.version,
                told: String::new(),
            }))
        }
    }
}

/// Sets ends on a page that has one dialog for all of them, [`TermsDialog`].
#[derive(Clone, Copy)]
pub struct TermsEditor {
    org: StoredValue<String>,
    subject: RwSignal<Option<Subject>>,
    open: RwSignal<bool>,
    /// An extension is under way.
    pending: RwSignal<bool>,
    toaster: Toaster,
    on_changed: Callback<()>,
}

impl TermsEditor {
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

    fn saved(self, subject: &Subject, terms: &Terms) {
        let end = match terms.ends_at {
            None => "never expires".to_owned(),
            Some(end) => until(end, ""),
        };
        let end = match terms.models.words() {
            None => end,
            Some(models) => format!("{end}, {models}"),
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
        let later = Terms {
            ends_at: Some(ends_at.plus(EXTENSION)),
            ..subject.given.clone().unwrap_or_default()
        };
        let change = subject.change(later.clone());
        spawn_local(async move {
            let answer = send(self.org.get_value(), subject.whose, change).await;
            self.pending.set(false);
            match answer {
                Ok(VersionedOutcome::Saved(_)) => self.saved(&subject, &later),
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
pub fn TermsButtons(
    /// The page's.
    editor: TermsEditor,
    /// Of which grant.
    subject: Subject,
) -> impl IntoView {
    let end = subject.given.as_ref().and_then(|terms| terms.ends_at);
    let label = match &subject.given {
        None => "Assign with limits…",
        Some(_) => "Edit limits…",
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
pub fn TermsDialog(
    /// The page's.
    editor: TermsEditor,
) -> impl IntoView {
    let of = move |tell: fn(&Subject) -> String| editor.subject.read().as_ref().map(tell).unwrap_or_default();
    let title = move || {
        of(|subject| match subject.given {
            None => format!("Assign {}", subject.provider.name),
            Some(_) => format!("Limits of {}", subject.provider.name),
        })
    };
    let about = Signal::derive(move || Some(of(|subject| subject.name.clone())));
    view! {
        <Dialog id="end-dialog" open=editor.open title=Signal::derive(title) subtitle=about>
            {move || editor.subject.get_untracked().map(|subject| view! { <TermsForm editor subject /> })}
        </Dialog>
    }
}

#[component]
fn TermsForm(editor: TermsEditor, subject: Subject) -> impl IntoView {
    let given = subject.given.is_some();
    let Terms {
        ends_at: was,
        reason,
        models,
    } = subject.given.clone().unwrap_or_default();
    let day = was.map(|end| end.last_day().date()).unwrap_or_default();
    let models = models.names().join("\n");
    let before = StoredValue::new((day.clone(), reason.clone(), models.clone()));
    let (day, reason, models) = (RwSignal::new(day), RwSignal::new(reason), RwSignal::new(models));
    let is_changed = Memo::new(move |_| {
        before.with_value(|(was, why, of)| {
            *was != *day.read() || *why != *reason.read() || *of != *models.read()
        })
    });
    use_dialog().changed_when(move || is_changed.get());
    let version = RwSignal::new(subject.version);
    let theirs = RwSignal::new(None::<String>);
    let problem = RwSignal::new(None::<Problem>);
    let pending = RwSignal::new(false);
    let subject = StoredValue::new(subject);
    // The day that it was is the instant that it was, which need not be a midnight.
    let ends_at = move || {
        let day = day.read();
        match before.with_value(|(before, ..)| *before == *day) {
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
        let terms = Terms {
            ends_at: end,
            reason: end.map_or_else(String::new, |_| reason.get_untracked()),
            models: ModelList::stored(Some(&models.read_untracked())),
        };
        let change = subject.change(terms.clone());
        spawn_local(async move {
            let answer = send(editor.org.get_value(), subject.whose, change).await;
            pending.set(false);
            match answer {
                Ok(VersionedOutcome::Saved(_)) => {
                    editor.open.set(false);
                    editor.saved(&subject, &terms);
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
                <Field
                    label="Models"
                    name="models"
                    hint="One per line; * stands for any text, such as gpt-5*. Leave empty for all models."
                    error=field_problem(problem, "models")
                >
                    <textarea
                        class="input code"
                        rows="3"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        prop:value=move || models.get()
                        on:input=move |event| models.set(event_target_value(&event))
                    ></textarea>
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
