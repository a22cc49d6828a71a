//! The requests that a page lists, over all its pages, as a file: a spreadsheet, or JSON. Never their content.

use crate::export::{Cell, ExportError, ExportFile, Format, Sheet, write_rows};
use crate::spend::whose;
use crate::{Actor, Error, Services};
use domain::number::decimal;
use domain::request_log::{RequestQuery, RequestRow};
use domain::usage::Bucket;
use serde::Serialize;
use std::fs::File;
use store::usage::requests;
use tokio::sync::mpsc;

/// Rows read and written at a time.
const BATCH: u32 = 2_000;
/// Batches read ahead of the writer.
const AHEAD: usize = 2;

/// Title of each column and its width in characters.
const COLUMNS: [(&str, f64); 15] = [
    ("When (UTC)", 20.0),
    ("Member", 28.0),
    ("Key", 22.0),
    ("Provider", 18.0),
    ("Model", 32.0),
    ("Tokens in", 12.0),
    ("Tokens out", 12.0),
    ("Usage", 11.0),
    ("First token (ms)", 15.0),
    ("Total (ms)", 12.0),
    ("Status", 8.0),
    ("Code", 22.0),
    ("Requests", 10.0),
    ("Cost (USD)", 16.0),
    ("Request ID", 38.0),
];

/// What the JSON file says before its rows.
#[derive(Serialize)]
struct Heading {
    when: String,
    organization: String,
    query: RequestQuery,
}

/// A request as the JSON file holds it.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    at: String,
    member: i64,
    member_name: &'a str,
    /// None is Chat.
    key: Option<&'a str>,
    provider: &'a str,
    model: &'a str,
    provider_model: &'a str,
    endpoint: &'a str,
    status: u16,
    code: Option<&'a str>,
    requests: u64,
    attempt: u32,
    tokens_in: u64,
    tokens_out: u64,
    usage_source: String,
    first_token_ms: Option<u32>,
    latency_ms: u32,
    /// Dollars with nine places; none when nobody knows.
    cost_usd: Option<String>,
    price: Option<&'a str>,
    service_tier: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> From<&'a RequestRow> for Line<'a> {
    fn from(row: &'a RequestRow) -> Self {
        Self {
            id: row.place.id,
            at: row.place.at.rfc3339(),
            member: row.member.0,
            member_name: &row.member_name,
            key: row.key.as_deref(),
            provider: &row.provider,
            model: &row.model,
            provider_model: &row.provider_model,
            endpoint: &row.endpoint,
            status: row.status,
            code: row.code.as_deref(),
            requests: row.requests,
            attempt: row.attempt,
            tokens_in: row.tokens(&Bucket::INPUT),
            tokens_out: row.tokens(&Bucket::OUTPUT),
            usage_source: row.source.to_string(),
            first_token_ms: row.first_token_ms,
            latency_ms: row.latency_ms,
            cost_usd: row.cost.map(decimal),
            price: row.price.as_deref(),
            service_tier: row.service_tier.as_deref(),
            request_id: row.request_id.as_deref(),
        }
    }
}

impl Services {
    /// Writes every request that the page of the same query lists, all of one instant. For every member, as the page.
    pub async fn export_requests(
        &self,
        actor: &Actor,
        query: &RequestQuery,
        format: Format,
    ) -> Result<ExportFile, Error> {
        let (until, now) = (query.ends()?, self.now());
        let mut query = RequestQuery {
            before: None,
            ..query.clone()
        };
        let (tx, _place) = self.read_for_export(actor).await?;
        let (_, whose) = whose(&tx, actor).await?;
        let heading = Heading {
            when: now.rfc3339(),
            organization: actor.slug.clone(),
            query: query.clone(),
        };
        let file = tempfile::NamedTempFile::new().map_err(ExportError::from)?;
        let handle = file.reopen().map_err(ExportError::from)?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let writer = crate::background::spawn(move || match format {
            Format::Xlsx => write_xlsx(&handle, batches),
            Format::Json => write_rows(handle, &heading, "rows", batches, |out, row| {
                serde_json::to_writer(out, &Line::from(row))
            }),
        });
        let mut rows = 0;
        loop {
            let batch = requests::page(&tx, actor.organization, whose, &query, until, BATCH).await?;
            let Some(last) = batch.last() else { break };
            query.before = Some(last.place);
            rows += batch.len() as u64;
            if format == Format::Xlsx && rows > Sheet::MOST {
                return Err(Sheet::too_many().into());
            }
            // The writer is gone only when it has failed, and then it says why below.
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        drop(sender);
        drop(tx);
        writer.await??;
        let bytes = file.as_file().metadata().map_err(ExportError::from)?.len();
        let export = ExportFile {
            file,
            file_name: format!(
                "gatehouse-{}-requests-{}.{}",
                actor.slug,
                now.date(),
                format.extension()
            ),
            content_type: format.content_type(),
            rows,
            bytes,
        };
        self.note_export(actor, "requests", &export).await;
        Ok(export)
    }
}

/// As a spreadsheet, in the columns of the page. Blocking: runs beside the async threads.
fn write_xlsx(file: &File, mut batches: mpsc::Receiver<Vec<RequestRow>>) -> Result<(), ExportError> {
    let mut sheet = Sheet::new("Requests", &COLUMNS)?;
    while let Some(batch) = batches.blocking_recv() {
        for row in &batch {
            let model = match row.provider_model.as_str() {
                "" => &row.model,
                name => name,
            };
            sheet.row([
                Cell::Instant(row.place.at),
                Cell::Text(&row.member_name),
                Cell::Text(row.key.as_deref().unwrap_or("Chat")),
                Cell::Text(&row.provider),
                Cell::Text(model),
                Cell::Count(row.tokens(&Bucket::INPUT)),
                Cell::Count(row.tokens(&Bucket::OUTPUT)),
                Cell::Text(row.source.label()),
                row.first_token_ms
                    .map_or(Cell::Empty, |ms| Cell::Count(ms.into())),
                Cell::Count(row.latency_ms.into()),
                Cell::Count(row.status.into()),
                Cell::Text(row.code.as_deref().unwrap_or_default()),
                Cell::Count(row.requests),
                row.cost.map_or(Cell::Empty, Cell::Money),
                Cell::Text(row.request_id.as_deref().unwrap_or_default()),
            ])?;
        }
    }
    sheet.finish(file)
}
