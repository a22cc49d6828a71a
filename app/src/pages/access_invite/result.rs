//! What became of each address.

use super::lines::LinesRead;
use crate::api::invitations::resend_invitation;
use crate::components::{CopyButton, Notice, NoticeKind};
use crate::pages::organization::use_viewer;
use domain::MemberId;
use domain::invite::{InviteLine, InviteOutcome, InviteResult};
use domain::mail::renewed;
use leptos::prelude::*;
use leptos_router::location::Url;

/// The addresses that stay in the field to be fixed, one a line.
pub fn to_fix(result: &InviteResult) -> String {
    let wrong = result
        .lines
        .iter()
        .filter(|line| matches!(line.outcome, InviteOutcome::Invalid { .. }));
    wrong
        .map(|line| line.email.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// `10 invited · 1 already a member · 1 invalid`.
fn summary(result: &InviteResult) -> String {
    let (mut invited, mut members, mut before, mut wrong, mut repeated) = (0, 0, 0, 0, 0);
    for line in &result.lines {
        match line.outcome {
            InviteOutcome::Invited { .. } => invited += 1,
            InviteOutcome::AlreadyMember { .. } => members += 1,
            InviteOutcome::AlreadyInvited { .. } => before += 1,
            InviteOutcome::Invalid { .. } => wrong += 1,
            InviteOutcome::Duplicate => repeated += 1,
        }
    }
    let mut parts = Vec::new();
    for (n, text) in [
        (invited, "invited"),
        (members, "already a member"),
        (before, "already invited"),
        (wrong, "invalid"),
        (repeated, "duplicate"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {text}"));
        }
    }
    parts.join(" · ")
}

/// One line per address, in the order of the field, with the next thing to do for each.
#[component]
pub fn Outcome(org: StoredValue<String>, result: InviteResult) -> impl IntoView {
    let title = summary(&result);
    let links = result
        .lines
        .iter()
        .filter_map(|line| match &line.outcome {
            InviteOutcome::Invited { link, .. } => Some(format!("{}\t{link}", line.email)),
            _ => None,
        })
        .collect::<Vec<_>>();
    let some_to_fix = !to_fix(&result).is_empty();
    view! {
        <section class="invite-result stack" aria-labelledby="invite-result">
            <div class="row spread">
                <h2 id="invite-result" tabindex="-1">{title}</h2>
                {(links.len() > 1)
                    .then(|| {
                        view! {
                            <span class="needs-script"><CopyButton value=links.join("\n") label="Copy all links" /></span>
                        }
                    })}
            </div>
            {(!links.is_empty())
                .then(|| {
                    view! {
                        <Notice kind=NoticeKind::Info>
                            <p>
                                {match use_viewer().mail {
                                    true => "Each person gets an email with their link.",
                                    false => "Email is not set up, so copy each link and send it yourself.",
                                }} " Each link works once, only for its address, and expires in 7 days."
                            </p>
                        </Notice>
                    }
                })}
            {result.read.map(|lines| view! { <LinesRead lines /> })}
            {some_to_fix.then(|| view! { <p>"Invalid addresses are still in the field below."</p> })}
            <div class="table-panel">
                <table class="table invite-lines">
                    <thead>
                        <tr>
                            <th scope="col">"Address"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"Next"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {result.lines.into_iter().map(|line| view! { <Line org line /> }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Line(org: StoredValue<String>, line: InviteLine) -> impl IntoView {
    let InviteLine { email, outcome } = line;
    let (class, label) = match &outcome {
        InviteOutcome::Invited { .. } => ("badge ok", "Invited"),
        InviteOutcome::AlreadyMember { .. } => ("badge", "Already a member"),
        InviteOutcome::AlreadyInvited { expired: false, .. } => ("badge info", "Already invited"),
        InviteOutcome::AlreadyInvited { expired: true, .. } => ("badge warn", "Invited, expired"),
        InviteOutcome::Invalid { .. } => ("badge danger", "Invalid"),
        InviteOutcome::Duplicate => ("badge", "Duplicate"),
    };
    let next = match outcome {
        InviteOutcome::Invited { link, .. } => view! { <Link email=email.clone() link /> }.into_any(),
        InviteOutcome::AlreadyMember { member } => {
            let href = format!(
                "/o/{}/access?q={}&edit={member}",
                org.get_value(),
                Url::escape(&email)
            );
            view! { <a class="button small" href=href>"Assign providers now"</a> }.into_any()
        }
        InviteOutcome::AlreadyInvited { member, .. } => {
            view! { <Resend org email=email.clone() member /> }.into_any()
        }
        InviteOutcome::Invalid { why } => view! { <span>{why}</span> }.into_any(),
        InviteOutcome::Duplicate => {
            view! { <span class="muted">"Same person as an earlier address; invited once."</span> }.into_any()
        }
    };
    view! {
        <tr>
            <th scope="row">{email}</th>
            <td><span class=class>{label}</span></td>
            <td>{next}</td>
        </tr>
    }
}

/// The link, to be selected and copied by hand where there is no script.
#[component]
fn Link(email: String, link: String) -> impl IntoView {
    view! {
        <div class="invite-link">
            <input class="input code" readonly aria-label=format!("Invitation link for {email}") value=link.clone() />
            <span class="needs-script"><CopyButton value=link label="Copy link" /></span>
        </div>
    }
}

#[component]
fn Resend(org: StoredValue<String>, email: String, member: MemberId) -> impl IntoView {
    let mail = use_viewer().mail;
    let resend = Action::new(move |_: &()| resend_invitation(org.get_value(), member));
    let pending = resend.pending();
    move || match resend.value().get() {
        Some(Ok(link)) => view! {
            <div class="stack" role="status">
                <span>{renewed(mail)}</span>
                <Link email=email.clone() link />
            </div>
        }
        .into_any(),
        answer => {
            let failed = answer.and_then(Result::err).map(|error| error.0.message);
            view! {
                <div class="row needs-script">
                    <button
                        type="button"
                        class="button small"
                        disabled=pending
                        on:click=move |_| {
                            resend.dispatch(());
                        }
                    >
                        {move || match (pending.get(), mail) {
                            (true, true) => "Sending…",
                            (true, false) => "Creating link…",
                            (false, true) => "Resend",
                            (false, false) => "Create new link",
                        }}
                        <span class="visually-hidden">{format!(" the invitation of {email}")}</span>
                    </button>
                    {failed.map(|message| view! { <span class="error" role="alert">{message}</span> })}
                </div>
            }
            .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_up_and_keeps_what_is_to_fix() {
        let line = |email: &str, outcome| InviteLine {
            email: email.to_owned(),
            outcome,
        };
        let result = InviteResult {
            read: None,
            lines: vec![
                line(
                    "a@example.com",
                    InviteOutcome::AlreadyMember { member: MemberId(1) },
                ),
                line(
                    "nobody",
                    InviteOutcome::Invalid {
                        why: "No @.".to_owned(),
                    },
                ),
                line(
                    "a@",
                    InviteOutcome::Invalid {
                        why: "No domain.".to_owned(),
                    },
                ),
            ],
        };
        assert_eq!(summary(&result), "1 already a member · 2 invalid");
        assert_eq!(to_fix(&result), "nobody\na@");
    }
}
