//! Setting the own second factor up, and turning it off.

use crate::components::{CopyButton, Field, Notice, NoticeKind, TimeAgo};
use crate::forms::{FormOutcome, SecondFactorShown};
use domain::session::AccountSecurity;
use leptos::prelude::*;

/// Where the forms go.
const ACTION: &str = "/account/security";

/// Takes a code of an authenticator app, or a recovery code.
#[component]
pub fn CodeField(
    /// The outcome of the form.
    outcome: FormOutcome,
) -> impl IntoView {
    view! {
        <Field label="Code" name="code" error=outcome.field_problem("code").or_else(|| outcome.problem.map(|problem| problem.message))>
            <input class="input" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" autofocus required />
        </Field>
    }
}

/// The second factor of the own account: how it stands, or what a form has just made.
#[component]
pub fn SecondFactor(
    /// How it stands.
    security: AccountSecurity,
    /// What was just made, to be shown once.
    shown: Option<SecondFactorShown>,
    /// The outcome of the page's form.
    outcome: FormOutcome,
) -> impl IntoView {
    // Somebody with a second factor has signed in without it.
    let remedy = match security.second_factor {
        None => "Set it up to continue.",
        Some(_) => "Sign out, then sign in with your password and a code to continue.",
    };
    let demanded = (!security.demanded_by.is_empty()).then(|| {
        view! {
            <Notice kind=NoticeKind::Info>
                <p>"Second factor required by " <bdi>{security.demanded_by.join(", ")}</bdi> ". " {remedy}</p>
            </Notice>
        }
    });
    let body = match (shown, security.second_factor) {
        (Some(SecondFactorShown::Enrolment { secret, picture }), _) => {
            view! { <Enrol secret picture /> }.into_any()
        }
        (Some(SecondFactorShown::Codes(codes)), _) => view! { <Codes codes /> }.into_any(),
        (None, Some(since)) => view! {
            <p>
                "On since " <TimeAgo at=since now=security.now /> ". " {security.recovery_codes}
                " of 10 recovery codes left."
            </p>
            <TurnOff outcome=outcome.clone() open=outcome.failed_at("turn-off") />
        }
        .into_any(),
        (None, None) if outcome.failed_at("confirm") => view! {
            <Confirm outcome=outcome.clone() />
            <p class="muted">
                "Does it not work? Check the clock of your phone, or "
                <a href=ACTION rel="external">"start over"</a> "."
            </p>
        }
        .into_any(),
        (None, None) => view! { <Begin outcome=outcome.clone() /> }.into_any(),
    };
    view! {
        <section class="auth-section stack">
            <h2>"Second factor"</h2>
            {demanded}
            {body}
        </section>
    }
}

#[component]
fn PasswordField(outcome: FormOutcome) -> impl IntoView {
    view! {
        <Field label="Password" name="password" error=outcome.field_problem("password")>
            <input class="input" type="password" name="password" autocomplete="current-password" required />
        </Field>
    }
}

#[component]
fn Begin(outcome: FormOutcome) -> impl IntoView {
    view! {
        <p class="muted">
            "With an authenticator app, signing in with your password asks for a code as well. A password that somebody else learns is then not enough."
        </p>
        <form method="post" action=ACTION class="stack">
            <PasswordField outcome />
            <div class="row">
                <button class="button primary" type="submit" name="do" value="enrol">
                    "Set up authenticator app"
                </button>
            </div>
        </form>
    }
}

#[component]
fn Enrol(secret: String, picture: String) -> impl IntoView {
    view! {
        <p>"Scan this with your authenticator app, or enter the secret by hand. Then enter the code that the app shows."</p>
        <div class="qr" role="img" aria-label="QR code for your authenticator app" inner_html=picture></div>
        <code class="key-secret" aria-label="Secret">
            {secret.clone()}
        </code>
        <div class="row">
            <CopyButton value=secret label="Copy secret" />
        </div>
        <Confirm outcome=FormOutcome::default() />
    }
}

#[component]
fn Confirm(outcome: FormOutcome) -> impl IntoView {
    view! {
        <form method="post" action=ACTION class="stack">
            <CodeField outcome />
            <div class="row">
                <button class="button primary" type="submit" name="do" value="confirm">
                    "Turn on second factor"
                </button>
            </div>
        </form>
    }
}

/// The one time that recovery codes are shown.
#[component]
fn Codes(codes: Vec<String>) -> impl IntoView {
    let all = codes.join("\n");
    let items = codes
        .into_iter()
        .map(|code| view! { <li><code>{code}</code></li> })
        .collect_view();
    view! {
        <Notice kind=NoticeKind::Success>
            <p>
                <strong>"The second factor is on. Save your recovery codes now. "</strong>
                "They will not be shown again. Each works once, in place of a code, when you do not have your app."
            </p>
        </Notice>
        <ul class="recovery-codes" aria-label="Recovery codes">{items}</ul>
        <div class="row">
            <CopyButton value=all label="Copy codes" />
            <a class="button" href="/" rel="external">"Done"</a>
        </div>
    }
}

#[component]
fn TurnOff(outcome: FormOutcome, open: bool) -> impl IntoView {
    let outcome = match open {
        true => outcome,
        false => FormOutcome::default(),
    };
    view! {
        <details open=open>
            <summary class="button small">"Turn off second factor…"</summary>
            <form method="post" action=ACTION class="stack">
                <PasswordField outcome=outcome.clone() />
                // An error of the password is shown there.
                <Field label="Code" name="code" hint="Of your app, or a recovery code." error=outcome.field_problem("code")>
                    <input class="input" name="code" autocomplete="one-time-code" required />
                </Field>
                <div class="row">
                    <button class="button danger" type="submit" name="do" value="turn-off">
                        "Turn off second factor"
                    </button>
                </div>
            </form>
        </details>
    }
}
