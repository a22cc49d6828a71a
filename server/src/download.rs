//! Exports as plain downloads, the same with and without JavaScript.

use crate::forms::failure_for;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::as_of::AsOfQuery;
use domain::audit::AuditQuery;
use domain::query::MemberQuery;
use domain::request_log::RequestQuery;
use domain::spend::SpendQuery;
use domain::{Problem, ProblemCode};
use services::{Actor, Error, ExportFile, Format, SpendFormat};
use tokio_util::io::ReaderStream;

/// `GET /o/{org}/access/export.xlsx`. **Permissions:** auditor and up.
pub async fn xlsx(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&headers, export(state, org, query, &headers, Format::Xlsx).await)
}

/// `GET /o/{org}/access/export.json`. **Permissions:** auditor and up.
pub async fn json(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&headers, export(state, org, query, &headers, Format::Json).await)
}

/// `GET /o/{org}/audit/export.json`. **Permissions:** auditor and up.
pub async fn audit(
    State(state): State<AppState>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let exported = async {
        let actor = reader(&state, &org, &headers).await?;
        let query = AuditQuery::from_query_string(&query.unwrap_or_default());
        sent(state.services.export_audit(&actor, &query).await?)
    };
    answer(&headers, exported.await)
}

/// `GET /o/{org}/reviews/{review}/result.json`. **Permissions:** auditor and up.
pub async fn review(
    State(state): State<AppState>,
    Path((org, review)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let exported = async {
        let actor = reader(&state, &org, &headers).await?;
        let review = review.parse().map_err(|_| Problem::not_found("review"))?;
        sent(state.services.export_review(&actor, review).await?)
    };
    answer(&headers, exported.await)
}

/// `GET /o/{org}/as-of/export.xlsx`. **Permissions:** auditor and up.
pub async fn as_of_xlsx(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&headers, as_of(state, org, query, &headers, Format::Xlsx).await)
}

/// `GET /o/{org}/as-of/export.json`. **Permissions:** auditor and up.
pub async fn as_of_json(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&headers, as_of(state, org, query, &headers, Format::Json).await)
}

/// `GET /o/{org}/spend/export.csv`. **Permissions:** every member, of what they see.
pub async fn spend_csv(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        spend(state, org, query, &headers, SpendFormat::Csv).await,
    )
}

/// `GET /o/{org}/spend/export.json`. **Permissions:** every member, of what they see.
pub async fn spend_json(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        spend(state, org, query, &headers, SpendFormat::Json).await,
    )
}

/// `GET /o/{org}/spend/export.xlsx`. **Permissions:** every member, of what they see.
pub async fn spend_xlsx(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        spend(state, org, query, &headers, SpendFormat::Xlsx).await,
    )
}

/// `GET /o/{org}/requests/export.xlsx`. **Permissions:** every member, of what they see.
pub async fn requests_xlsx(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        requests(state, org, query, &headers, Format::Xlsx).await,
    )
}

/// `GET /o/{org}/requests/export.json`. **Permissions:** every member, of what they see.
pub async fn requests_json(
    state: State<AppState>,
    org: Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(
        &headers,
        requests(state, org, query, &headers, Format::Json).await,
    )
}

async fn as_of(
    State(state): State<AppState>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    format: Format,
) -> Result<Response, Error> {
    let actor = reader(&state, &org, headers).await?;
    let query = AsOfQuery::from_query_string(&query.unwrap_or_default());
    sent(state.services.export_as_of(&actor, &query, format).await?)
}

async fn requests(
    State(state): State<AppState>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    format: Format,
) -> Result<Response, Error> {
    let actor = reader(&state, &org, headers).await?;
    let query = RequestQuery::from_query_string(&query.unwrap_or_default());
    sent(state.services.export_requests(&actor, &query, format).await?)
}

async fn spend(
    State(state): State<AppState>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    format: SpendFormat,
) -> Result<Response, Error> {
    let actor = reader(&state, &org, headers).await?;
    let query = SpendQuery::from_query_string(&query.unwrap_or_default());
    sent(state.services.export_spend(&actor, &query, format).await?)
}

fn answer(headers: &HeaderMap, result: Result<Response, Error>) -> Response {
    result.unwrap_or_else(|error| failure_for(headers, &error))
}

async fn export(
    State(state): State<AppState>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    format: Format,
) -> Result<Response, Error> {
    let actor = reader(&state, &org, headers).await?;
    let query = MemberQuery::from_query_string(&query.unwrap_or_default());
    sent(state.services.export(&actor, &query, format).await?)
}

/// Who downloads.
async fn reader(state: &AppState, org: &str, headers: &HeaderMap) -> Result<Actor, Error> {
    let session = state.session(headers).await?.ok_or_else(|| {
        Problem::new(
            ProblemCode::Unauthenticated,
            "Your session has ended. Sign in again, then download.",
        )
    })?;
    state.services.actor(session, org).await
}

fn sent(export: ExportFile) -> Result<Response, Error> {
    let disposition = format!("attachment; filename=\"{}\"", export.file_name);
    let (bytes, rows, content_type) = (export.bytes, export.rows, export.content_type);
    // The name is gone as soon as the file is open for reading; the space with it once it is sent.
    let file = tokio::fs::File::from_std(export.file.reopen().map_err(services::ExportError::Io)?);
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::HeaderName::from_static("x-row-count"), rows.to_string()),
    ];
    Ok((
        headers,
        Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024)),
    )
        .into_response())
}
