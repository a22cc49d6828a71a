//! One JSON object, with a list that is streamed a row a line.

use super::ExportError;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use tokio::sync::mpsc;

/// Writes the heading with the list `name` added to it, until there are no more batches. Blocking: runs beside the async
/// threads.
pub(crate) fn write_rows<T>(
    file: File,
    heading: &impl Serialize,
    name: &str,
    mut batches: mpsc::Receiver<Vec<T>>,
    write: impl Fn(&mut BufWriter<File>, &T) -> Result<(), serde_json::Error>,
) -> Result<(), ExportError> {
    let mut out = BufWriter::new(file);
    let heading = serde_json::to_string(heading)?;
    // The object is left open for its list.
    out.write_all(heading.strip_suffix('}').unwrap_or(&heading).as_bytes())?;
    write!(out, ",\"{name}\":[")?;
    let mut first = true;
    while let Some(batch) = batches.blocking_recv() {
        for row in &batch {
            out.write_all(if first { b"\n" } else { b",\n" })?;
            first = false;
            write(&mut out, row)?;
        }
    }
    out.write_all(b"\n]}\n")?;
    Ok(out.flush()?)
}
