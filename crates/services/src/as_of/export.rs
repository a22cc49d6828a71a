//! All that the page of the same query shows, over all its pages, as a file: a spreadsheet, or JSON.

use super::{Asked, Past, told};
use crate::export::{Cell, ExportError, ExportFile, Format, Sheet, write_rows};
use crate::{Actor, Error, Services};
use domain::as_of::{AsOfDifference, AsOfProvider, AsOfQuery, AsOfRow, AsOfSource, Look, differences};
use domain::export::{INACTIVE_SUFFIX, NAME_SEPARATOR, joined};
use domain::{Problem, ProblemCode};
use serde_json::{Value, json};
use std::fs::File;
use store::sort_key;
use tokio::sync::mpsc;

/// Rows written at a time.
const BATCH: usize = 2_000;
/// Batches made ahead of the writer.
const AHEAD: usize = 2;

/// Title of each column and its width in characters, of the rows at one instant.
const COLUMNS: [(&str, f64); 7] = [
    ("Name", 28.0),
    ("Email", 32.0),
    ("Role", 10.0),
    ("Status", 12.0),
    ("Teams", 24.0),
    ("Allowed providers", 32.0),
    ("Sources", 48.0),
];
/// The same of what differs between two.
const COLUMNS_OF_TWO: [(&str, f64); 7] = [
    ("Name", 28.0),
    ("Email", 32.0),
    ("Change", 12.0),
    ("Role", 22.0),
    ("Status", 24.0),
    ("Can now use", 32.0),
    ("Can no longer use", 32.0),
];

enum Line {
    Row(AsOfRow),
    Difference(AsOfDifference),
}

impl Services {
    /// Writes every row, or difference, that the page of the same query shows. For auditors and above.
    pub async fn export_as_of(
        &self,
        actor: &Actor,
        query: &AsOfQuery,
        format: Format,
    ) -> Result<ExportFile, Error> {
        actor.reads_admin_side()?;
        let now = self.now();
        let (tx, _place) = self.read_for_export(actor).await?;
        let zone = store::time_zones::of(&tx, actor.organization).await?;
        let zone = zone.current();
        let asked = Asked::read(query, zone, now)?;
        let past = Past::read(&tx, actor.organization, asked).await?;
        let past = past.map_err(|gap| Problem::new(ProblemCode::Invalid, told(gap, zone)))?;
        drop(tx);
        let heading = json!({
            "when": now.rfc3339(),
            "organization": actor.slug,
            "at": asked.at.rfc3339(),
            "to": asked.to.map(|to| to.rfc3339()),
            "search": query.search,
            "provider": query.provider,
            "member": query.member,
        });
        let file = tempfile::NamedTempFile::new().map_err(ExportError::from)?;
        let handle = file.reopen().map_err(ExportError::from)?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let two = past.second.is_some();
        let writer = crate::background::spawn(move || match format {
            Format::Xlsx => write_xlsx(&handle, two, batches),
            Format::Json => write_rows(handle, &heading, "rows", batches, |out, line| {
                serde_json::to_writer(out, &written(line))
            }),
        });
        let rows = send(&past, query, format, sender).await?;
        writer.await??;
        let bytes = file.as_file().metadata().map_err(ExportError::from)?.len();
        let export = ExportFile {
            file,
            file_name: format!(
                "gatehouse-{}-access-as-of-{}.{}",
                actor.slug,
                asked.at.date(),
                format.extension()
            ),
            content_type: format.content_type(),
            rows,
            bytes,
        };
        self.note_export(actor, "past access", &export).await;
        Ok(export)
    }
}

/// Hands the lines to the writer; how many there are.
async fn send(
    past: &Past,
    query: &AsOfQuery,
    format: Format,
    sender: mpsc::Sender<Vec<Line>>,
) -> Result<u64, Error> {
    let fits = |rows: u64| match format == Format::Xlsx && rows > Sheet::MOST {
        true => Err(Sheet::too_many()),
        false => Ok(rows),
    };
    // The writer is gone only when it has failed, which is said where it ends.
    if let (Some(second), Some(to)) = (&past.second, past.asked.to) {
        let all = differences((&past.first, past.asked.at), (second, to), query, sort_key);
        let rows = fits(all.len() as u64)?;
        for batch in all.chunks(BATCH) {
            let lines = batch.iter().cloned().map(Line::Difference).collect();
            if sender.send(lines).await.is_err() {
                break;
            }
        }
        return Ok(rows);
    }
    let look: Look<'_> = past.look();
    let all = look.matching(query);
    let rows = fits(all.len() as u64)?;
    for batch in all.chunks(BATCH) {
        let lines = batch.iter().filter_map(|id| look.row(*id)).map(Line::Row);
        if sender.send(lines.collect()).await.is_err() {
            break;
        }
    }
    Ok(rows)
}

/// A line as the JSON file holds it.
fn written(line: &Line) -> Value {
    match line {
        Line::Row(row) => json!({
            "member": row.member,
            "name": row.name,
            "email": row.email,
            "role": row.role,
            "status": row.status,
            "teams": row.teams,
            "providers": row.providers.iter().map(|provider| json!({
                "name": provider.name,
                "active": provider.active,
                "sources": provider.sources.iter().map(|source| json!({
                    "team": source.team,
                    "ends_at": source.ends_at.map(|end| end.rfc3339()),
                    "models": source.models,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }),
        Line::Difference(found) => json!({
            "member": found.member,
            "name": found.name,
            "email": found.email,
            "change": found.kind().to_lowercase(),
            "role": found.role.map(|(before, after)| json!({ "before": before, "after": after })),
            "status": found.status.map(|(before, after)| json!({ "before": before, "after": after })),
            "can_now_use": found.gained,
            "can_no_longer_use": found.lost,
        }),
    }
}

/// As a spreadsheet. Blocking: runs beside the async threads.
fn write_xlsx(file: &File, two: bool, mut batches: mpsc::Receiver<Vec<Line>>) -> Result<(), ExportError> {
    let columns = if two { &COLUMNS_OF_TWO } else { &COLUMNS };
    let mut sheet = Sheet::new("Past access", columns)?;
    while let Some(batch) = batches.blocking_recv() {
        for line in &batch {
            let cells: [String; 7] = match line {
                Line::Row(row) => [
                    row.name.clone(),
                    row.email.clone(),
                    row.role.label().to_owned(),
                    row.status.label().to_owned(),
                    joined(&row.teams, NAME_SEPARATOR),
                    joined(row.providers.iter().map(named), NAME_SEPARATOR),
                    joined(row.providers.iter().map(sources), NAME_SEPARATOR),
                ],
                Line::Difference(found) => [
                    found.name.clone(),
                    found.email.clone(),
                    found.kind().to_owned(),
                    found
                        .role
                        .map_or_else(String::new, |(was, is)| arrow(was.label(), is.label())),
                    found
                        .status
                        .map_or_else(String::new, |(was, is)| arrow(was.label(), is.label())),
                    joined(&found.gained, NAME_SEPARATOR),
                    joined(&found.lost, NAME_SEPARATOR),
                ],
            };
            sheet.row(cells.iter().map(|text| match text.as_str() {
                "" => Cell::Empty,
                text => Cell::Text(text),
            }))?;
        }
    }
    sheet.finish(file)
}

fn arrow(was: &str, is: &str) -> String {
    format!("{was} → {is}")
}

fn named(provider: &AsOfProvider) -> String {
    let inactive = if provider.active { "" } else { INACTIVE_SUFFIX };
    format!("{}{inactive}", provider.name)
}

/// One line for each provider, in their order.
fn sources(provider: &AsOfProvider) -> String {
    joined(provider.sources.iter().map(AsOfSource::words), "; ")
}
