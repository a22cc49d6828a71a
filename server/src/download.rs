//! Exports as plain downloads, the same with and without JavaScript.

use crate::forms::failure_for;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use domain::Problem;
use domain::as_of::AsOfQuery;
use domain::audit::AuditQuery;
use domain::query::MemberQuery;
use domain::request_log::RequestQuery;
use domain::spend::SpendQuery;
use services::{Actor, Error, ExportFile, Format, Services, SpendFormat};
use tokio_util::io::ReaderStream;

/// What people are told to do whose session has ended.
const THEN: &str = "Sign in again, then download.";

/// `GET /o/{org}/access/export.{format}`. **Permissions:** auditor and up.
pub fn members(format: Format) -> MethodRouter<AppState> {
    of_query(move |services, actor, query| async move {
        let query = MemberQuery::from_query_string(&query);
        services.export(&actor, &query, format).await
    })
}

/// `GET /o/{org}/audit/export.json`. **Permissions:** auditor and up.
pub fn audit() -> MethodRouter<AppState> {
    of_query(|services, actor, query| async move {
        let query = AuditQuery::from_query_string(&query);
        services.export_audit(&actor, &query).await
    })
}

/// `GET /o/{org}/as-of/export.{format}`. **Permissions:** auditor and up.
pub fn as_of(format: Format) -> MethodRouter<AppState> {
    of_query(move |services, actor, query| async move {
        let query = AsOfQuery::from_query_string(&query);
        services.export_as_of(&actor, &query, format).await
    })
}

/// `GET /o/{org}/spend/export.{format}`. **Permissions:** every member, of what they see.
pub fn spend(format: SpendFormat) -> MethodRouter<AppState> {
    of_query(move |services, actor, query| async move {
        let query = SpendQuery::from_query_string(&query);
        services.export_spend(&actor, &query, format).await
    })
}

/// `GET /o/{org}/requests/export.{format}`. **Permissions:** every member, of what they see.
pub fn requests(format: Format) -> MethodRouter<AppState> {
    of_query(move |services, actor, query| async move {
        let query = RequestQuery::from_query_string(&query);
        services.export_requests(&actor, &query, format).await
    })
}

/// `GET /o/{org}/reviews/{review}/result.json`. **Permissions:** auditor and up.
pub async fn review(
    State(state): State<AppState>,
    Path((org, review)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let exported = async {
        let actor = state.actor(&headers, &org, THEN).await?;
        let review = review.parse().map_err(|_| Problem::not_found("review"))?;
        sent(state.services.export_review(&actor, review).await?)
    };
    answer(&headers, exported.await)
}

/// A download of what a page shows: it has the page's parameters.
fn of_query<Export, Exported>(export: Export) -> MethodRouter<AppState>
where
    Export: Fn(Services, Actor, String) -> Exported + Clone + Send + Sync + 'static,
    Exported: Future<Output = Result<ExportFile, Error>> + Send,
{
    get(
        |State(state): State<AppState>,
         Path(org): Path<String>,
         RawQuery(query): RawQuery,
         headers: HeaderMap| async move {
            let exported = async {
                let actor = state.actor(&headers, &org, THEN).await?;
                sent(export(state.services, actor, query.unwrap_or_default()).await?)
            };
            answer(&headers, exported.await)
        },
    )
}

fn answer(headers: &HeaderMap, result: Result<Response, Error>) -> Response {
    result.unwrap_or_else(|error| failure_for(headers, &error))
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
