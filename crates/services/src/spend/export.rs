//! The rows behind the spend page as a file: CSV in the columns of FOCUS 1.0 (the FinOps Open Cost and Usage
//! Specification), JSON, or a spreadsheet. A row is what one member asked of one model on one day with one key.

use super::{gone, nothing, part};
use crate::export::{Cell, ExportError, ExportFile, Format, Sheet, write_rows};
use crate::{Actor, Error, Services};
use domain::number::decimal;
use domain::spend::{SpendBy, SpendDays, SpendQuery};
use domain::{Problem, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use store::Conn;
use store::usage::spend::{self, SpendRow};
use tokio::sync::mpsc;

/// Rows read and written at a time.
const BATCH: u32 = 2_000;
/// Batches read ahead of the writer.
const AHEAD: usize = 2;

/// What the spend is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendFormat {
    /// CSV in the columns of FOCUS 1.0.
    Csv,
    /// A JSON file.
    Json,
    /// A spreadsheet.
    Xlsx,
}

/// Title of each column of the spreadsheet and its width in characters.
const COLUMNS: [(&str, f64); 13] = [
    ("Day (UTC)", 12.0),
    ("Member", 28.0),
    ("Email", 34.0),
    ("Key", 22.0),
    ("Provider", 18.0),
    ("Model", 32.0),
    ("Usage", 11.0),
    ("Requests", 10.0),
    ("Failed or refused", 16.0),
    ("Tokens in", 14.0),
    ("Tokens out", 14.0),
    ("Cost (USD)", 18.0),
    ("Unpriced requests", 17.0),
];

/// The columns that FOCUS 1.0 asks for, with those of its optional ones that say something here.
const FOCUS: [&str; 30] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SubAccountId",
    "SubAccountName",
    "Tags",
];

/// A row as the files hold it.
#[derive(Serialize)]
struct Line {
    day: String,
    member: i64,
    member_name: String,
    member_email: String,
    key: Option<String>,
    provider: String,
    provider_slug: String,
    model: String,
    usage_source: String,
    requests: u64,
    refused: u64,
    tokens_in: u64,
    tokens_out: u64,
    /// Dollars with nine places; none when nobody knows.
    cost_usd: Option<String>,
    unpriced_requests: u64,
    unpriced_tokens: u64,
    #[serde(skip)]
    at: Timestamp,
    /// Nano-dollars; none when nobody knows.
    #[serde(skip)]
    cost: Option<i64>,
}

/// What is written before the rows.
#[derive(Serialize)]
struct Heading {
    when: String,
    organization: Organization,
    query: SpendQuery,
    from: String,
    until: String,
}

#[derive(Serialize)]
struct Organization {
    slug: String,
    name: String,
}

impl Services {
    /// Writes every row that the page of the same query adds up, all of one instant. For every member, as the page.
    pub async fn export_spend(
        &self,
        actor: &Actor,
        query: &SpendQuery,
        format: SpendFormat,
    ) -> Result<ExportFile, Error> {
        let now = self.now();
        let days = query.days(now)?;
        let (tx, _place) = self.read_for_export(actor).await?;
        let (_, part) = part(&tx, actor, query, days).await?;
        let organization = store::organizations::get(&tx, actor.organization)
            .await?
            .ok_or_else(|| Problem::not_found("organization"))?;
        let SpendDays { from, until } = days;
        let heading = Heading {
            when: now.rfc3339(),
            organization: Organization {
                slug: organization.slug,
                name: organization.name,
            },
            query: query.clone(),
            from: from.date(),
            until: until.last_day().date(),
        };
        let file = tempfile::NamedTempFile::new().map_err(ExportError::from)?;
        let handle = file.reopen().map_err(ExportError::from)?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let writer = crate::background::spawn(move || match format {
            SpendFormat::Csv => write_csv(handle, &heading, batches),
            SpendFormat::Json => write_rows(handle, &heading, "rows", batches, |out, line| {
                serde_json::to_writer(out, line)
            }),
            SpendFormat::Xlsx => write_xlsx(&handle, batches),
        });
        let (mut rows, mut after) = (0, None);
        loop {
            let batch = spend::rows(&tx, &part, after.as_ref(), BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.clone());
            rows += batch.len() as u64;
            if format == SpendFormat::Xlsx && rows > Sheet::MOST {
                return Err(Sheet::too_many().into());
            }
            let lines = lines(&tx, actor, batch).await?;
            // The writer is gone only when it has failed, and then it says why below.
            if sender.send(lines).await.is_err() {
                break;
            }
        }
        drop(sender);
        drop(tx);
        writer.await??;
        let bytes = file.as_file().metadata().map_err(ExportError::from)?.len();
        let (extension, content_type) = match format {
            SpendFormat::Csv => ("csv", "text/csv; charset=utf-8"),
            SpendFormat::Json => (Format::Json.extension(), Format::Json.content_type()),
            SpendFormat::Xlsx => (Format::Xlsx.extension(), Format::Xlsx.content_type()),
        };
        let export = ExportFile {
            file,
            file_name: format!(
                "gatehouse-{}-spend-{}-{}.{extension}",
                actor.slug,
                from.date(),
                until.last_day().date()
            ),
            content_type,
            rows,
            bytes,
        };
        self.note_export(actor, "spend", &export).await;
        Ok(export)
    }
}

/// Rows with the names of what they are of.
async fn lines(conn: &impl Conn, actor: &Actor, rows: Vec<SpendRow>) -> Result<Vec<Line>, Error> {
    let ids = |of: fn(&SpendRow) -> i64| {
        let mut ids: Vec<i64> = rows.iter().map(of).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let organization = actor.organization;
    let members = spend::labels(conn, organization, SpendBy::Member, ids(|row| row.member.0)).await?;
    let keys = spend::labels(conn, organization, SpendBy::Key, ids(|row| row.key.0)).await?;
    let providers = spend::labels(conn, organization, SpendBy::Provider, ids(|row| row.provider.0)).await?;
    let label = |names: &BTreeMap<i64, (String, String)>, by: SpendBy, id: i64| match names.get(&id) {
        Some(label) => label.clone(),
        None if id == 0 => (nothing(by).to_owned(), String::new()),
        None => (gone(by).to_owned(), String::new()),
    };
    let line = |row: SpendRow| {
        let (member_name, member_email) = label(&members, SpendBy::Member, row.member.0);
        let key = (row.key.0 != 0).then(|| label(&keys, SpendBy::Key, row.key.0).0);
        let (provider, _) = label(&providers, SpendBy::Provider, row.provider.0);
        let sum = row.sum;
        Line {
            day: row.at.date(),
            member: row.member.0,
            member_name,
            member_email,
            key,
            provider,
            provider_slug: row.provider_slug,
            model: row.model,
            usage_source: row.source.to_string(),
            requests: sum.requests,
            refused: sum.refused,
            tokens_in: sum.tokens_in,
            tokens_out: sum.tokens_out,
            cost_usd: (!sum.is_unpriced()).then(|| decimal(sum.cost)),
            cost: (!sum.is_unpriced()).then_some(sum.cost),
            unpriced_requests: sum.unpriced,
            unpriced_tokens: sum.unpriced_tokens,
            at: row.at,
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// As a spreadsheet. Blocking: runs beside the async threads.
fn write_xlsx(file: &File, mut batches: mpsc::Receiver<Vec<Line>>) -> Result<(), ExportError> {
    let mut sheet = Sheet::new("Spend", &COLUMNS)?;
    while let Some(batch) = batches.blocking_recv() {
        for line in &batch {
            sheet.row([
                Cell::Text(&line.day),
                Cell::Text(&line.member_name),
                Cell::Text(&line.member_email),
                Cell::Text(line.key.as_deref().unwrap_or("Chat")),
                Cell::Text(&line.provider),
                Cell::Text(&line.model),
                Cell::Text(&line.usage_source),
                Cell::Count(line.requests),
                Cell::Count(line.refused),
                Cell::Count(line.tokens_in),
                Cell::Count(line.tokens_out),
                line.cost.map_or(Cell::Empty, Cell::Money),
                Cell::Count(line.unpriced_requests),
            ])?;
        }
    }
    sheet.finish(file)
}

/// The same as CSV (RFC 4180).
fn write_csv(
    file: File,
    heading: &Heading,
    mut batches: mpsc::Receiver<Vec<Line>>,
) -> Result<(), ExportError> {
    let mut out = BufWriter::new(file);
    out.write_all(FOCUS.join(",").as_bytes())?;
    out.write_all(b"\r\n")?;
    while let Some(batch) = batches.blocking_recv() {
        for line in &batch {
            let cells = focus(&heading.organization, line)?.map(|text| cell(&text));
            out.write_all(cells.join(",").as_bytes())?;
            out.write_all(b"\r\n")?;
        }
    }
    out.flush()?;
    Ok(())
}

/// A row in the order of [`FOCUS`]. A cost that nobody knows is left empty, which FOCUS does not foresee: 0 would be
/// untrue, and the tag `unpriced_requests` says why.
fn focus(organization: &Organization, line: &Line) -> Result<[String; 30], serde_json::Error> {
    let cost = line.cost_usd.clone().unwrap_or_default();
    let tokens = line.tokens_in.saturating_add(line.tokens_out).to_string();
    let unit = || "Tokens".to_owned();
    let month = SpendQuery {
        until: line.day.clone(),
        ..SpendQuery::default()
    };
    // A day alone as the last means its month up to it.
    let month = month.days(line.at).map_or(line.at, |days| days.from);
    // No month has more days than 31, and none fewer than 28.
    let next = month.plus(31 * Timestamp::DAY);
    let days_over = next
        .date()
        .rsplit('-')
        .next()
        .and_then(|day| day.parse::<i64>().ok());
    let next = next.plus((1 - days_over.unwrap_or(1)) * Timestamp::DAY);
    let model = match line.model.is_empty() {
        true => "(refused)",
        false => line.model.as_str(),
    };
    let tags = serde_json::json!({
        "member": line.member_email,
        "key": line.key,
        "model": line.model,
        "usage_source": line.usage_source,
        "requests": line.requests,
        "tokens_in": line.tokens_in,
        "tokens_out": line.tokens_out,
        "unpriced_requests": line.unpriced_requests,
    });
    Ok([
        cost.clone(),
        organization.slug.clone(),
        organization.name.clone(),
        "USD".to_owned(),
        month.rfc3339(),
        next.rfc3339(),
        "Usage".to_owned(),
        String::new(),
        format!("Requests to {model} at {}", line.provider),
        "Usage-Based".to_owned(),
        line.at.rfc3339(),
        line.at.plus(Timestamp::DAY).rfc3339(),
        tokens.clone(),
        unit(),
        cost.clone(),
        cost.clone(),
        line.provider.clone(),
        cost,
        tokens,
        unit(),
        line.provider.clone(),
        line.provider.clone(),
        format!("{}/{model}", line.provider_slug),
        model.to_owned(),
        "Model".to_owned(),
        "AI and Machine Learning".to_owned(),
        line.provider.clone(),
        line.member.to_string(),
        line.member_name.clone(),
        serde_json::to_string(&tags)?,
    ])
}

/// A cell as text in quotes. What a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV
/// injection).
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        for (text, written) in [
            ("Ana", "\"Ana\""),
            ("=1+1", "\"'=1+1\""),
            ("@cmd", "\"'@cmd\""),
            ("a\"b,\r\nc", "\"a\"\"b,\r\nc\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
