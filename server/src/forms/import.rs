//! Importing an edited download, with and without JavaScript.

use super::{failure_for, is_navigation, page_with, problem_of};
use crate::state::AppState;
use app::forms::FormOutcome;
use app::pages::organization::Looking;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::import::Answer;
use domain::limits::IMPORT_BYTES;
use domain::{Problem, ProblemCode};
use leptos::prelude::provide_context;
use services::{Error, ToApply};
use std::fs::File;
use tokio::io::AsyncWriteExt;

/// Octets of the whole form: the file, and the few fields beside it.
pub const BODY: usize = IMPORT_BYTES as usize + 64 * 1024;

/// Octets of a field that is no file: a fingerprint, a key.
const FIELD: usize = 1_000;

/// What the form says.
struct Sent {
    file: File,
    apply: Option<ToApply>,
}

/// What people are told to do whose session has ended.
const THEN: &str = "Sign in again in a new tab, then send the file again.";

/// `POST /o/{org}/access/import`: what a file would change or, with the fingerprint of that plan, changing it. Whoever does not
/// go there with a browser gets JSON. **Permissions:** admin and up, not above their own role.
pub async fn import(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let result: Result<Answer, Error> = async {
        let actor = state.actor(&parts.headers, &org, THEN).await?;
        // Before anything is taken in.
        if !actor.role.administers() {
            let only = Problem::new(ProblemCode::Forbidden, "Only admins and owners can import.");
            return Err(only.into());
        }
        let form = form.map_err(|_| not_understood("it is not a form with a file"))?;
        let sent = read(form).await?;
        state
            .services
            .import(&actor, sent.file, sent.apply.as_ref())
            .await
    }
    .await;
    if !is_navigation(&parts.headers) {
        return match result {
            Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response(),
            Err(error) => failure_for(&parts.headers, &error),
        };
    }
    let (problem, answer) = match result {
        Ok(answer) => (None, Some(answer)),
        Err(error) => (Some(problem_of(&error)), None),
    };
    if let Some(problem) = &problem
        && problem.code == ProblemCode::Unauthenticated
    {
        parts.extensions.insert(Looking(Err(problem.clone())));
    }
    let path = parts.uri.path().to_owned();
    let outcome = FormOutcome {
        form: "import".into(),
        problem,
        ..FormOutcome::default()
    };
    page_with(&state, parts, &path, outcome, move || {
        if let Some(answer) = &answer {
            provide_context(answer.clone());
        }
    })
    .await
}

async fn read(mut form: Multipart) -> Result<Sent, Error> {
    let (mut file, mut fingerprint, mut idempotency_key) = (None, String::new(), String::new());
    while let Some(field) = form.next_field().await.map_err(unread)? {
        match field.name() {
            Some("file") if file.is_none() => file = kept(field).await?,
            Some("fingerprint") => fingerprint = text(field).await?,
            Some("idempotency_key") => idempotency_key = text(field).await?,
            _ => return Err(not_understood("it has a field that is not known").into()),
        }
    }
    let file = file.ok_or_else(|| Problem::invalid("file", "Choose a file."))?;
    let apply = (!fingerprint.is_empty()).then_some(ToApply {
        fingerprint,
        idempotency_key,
    });
    Ok(Sent { file, apply })
}

/// The uploaded file on the disk, under no name. `None` when none was chosen.
async fn kept(mut field: Field<'_>) -> Result<Option<File>, Error> {
    let file = tokio::task::spawn_blocking(tempfile::tempfile)
        .await?
        .map_err(Error::Upload)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut bytes: u64 = 0;
    while let Some(chunk) = field.chunk().await.map_err(unread)? {
        bytes += chunk.len() as u64;
        if bytes > IMPORT_BYTES {
            return Err(too_large().into());
        }
        file.write_all(&chunk).await.map_err(Error::Upload)?;
    }
    file.flush().await.map_err(Error::Upload)?;
    Ok((bytes > 0).then_some(file.into_std().await))
}

async fn text(mut field: Field<'_>) -> Result<String, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unread)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD {
            return Err(not_understood("a field of it is too long").into());
        }
    }
    String::from_utf8(bytes).map_err(|_| not_understood("a field of it is no text").into())
}

fn unread(error: MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large().into(),
        _ => not_understood("it ended early").into(),
    }
}

fn too_large() -> Problem {
    Problem::invalid(
        "file",
        format!(
            "This file is too large: an import takes up to {} MB. Split it into several files.",
            IMPORT_BYTES / 1024 / 1024
        ),
    )
}

fn not_understood(why: &str) -> Problem {
    Problem::new(
        ProblemCode::Invalid,
        format!("The form was not understood: {why}. Reload the page and try again."),
    )
}
