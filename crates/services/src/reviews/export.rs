//! The signed result of a closed review.

use super::document::{ALGORITHM, FORMAT, Head, Line, Signature, signed};
use super::find;
use crate::export::{ExportError, ExportFile};
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::reviews::ReviewQuery;
use domain::{Problem, ProblemCode, ReviewId};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Write};
use tokio::sync::mpsc;

/// Lines read and written at a time.
const BATCH: usize = 2_000;
/// Batches read ahead of the writer.
const AHEAD: usize = 2;

impl Services {
    /// Writes what a closed review says, signed. The same review is the same file, however often. For auditors and above.
    pub async fn export_review(&self, actor: &Actor, review: ReviewId) -> Result<ExportFile, Error> {
        actor.reads_admin_side()?;
        let (now, organization) = (self.now(), actor.organization);
        let (tx, _place) = self.read_for_export(actor).await?;
        let review = find(&tx, organization, review, None).await?;
        let head = Head::of(&review, &actor.slug, &self.inner.public_url).ok_or_else(|| {
            Problem::new(
                ProblemCode::Conflict,
                "This review is open. Its result can be downloaded once an owner has closed it.",
            )
        })?;
        let file = tempfile::NamedTempFile::new().map_err(ExportError::from)?;
        let handle = file.reopen().map_err(ExportError::from)?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let services = self.clone();
        let writer = crate::background::spawn(move || services.write_review(handle, &head, batches));
        let mut query = ReviewQuery::default();
        loop {
            let records =
                store::reviews::lines(&tx, organization, review.id, &query, None, BATCH, now).await?;
            let Some(last) = records.last() else { break };
            query.after = Some(last.line.id);
            let batch: Vec<Line> = records.into_iter().map(Line::from).collect();
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
            file_name: format!("gatehouse-{}-access-review-{}.json", actor.slug, review.id),
            content_type: "application/json",
            rows: u64::from(review.lines),
            bytes,
        };
        self.note_export(actor, "an access review", &export).await;
        Ok(export)
    }

    /// Blocking: runs beside the async threads.
    fn write_review(
        &self,
        file: File,
        head: &Head,
        mut batches: mpsc::Receiver<Vec<Line>>,
    ) -> Result<(), ExportError> {
        let mut out = BufWriter::new(file);
        out.write_all(b"{\"document\":")?;
        let mut document = Hashed {
            out,
            hash: Sha256::new(),
        };
        write!(document, "{{\"format\":\"{FORMAT}\",\"lines\":[")?;
        let mut first = true;
        while let Some(batch) = batches.blocking_recv() {
            for line in &batch {
                if !first {
                    document.write_all(b",")?;
                }
                first = false;
                serde_json::to_writer(&mut document, line)?;
            }
        }
        document.write_all(b"],\"review\":")?;
        serde_json::to_writer(&mut document, head)?;
        document.write_all(b"}")?;
        let Hashed { mut out, hash } = document;
        let signature = Signature {
            algorithm: ALGORITHM.to_owned(),
            public_key: self.review_public_key(),
            value: STANDARD.encode(self.inner.vault.sign(&signed(&hash.finalize()))),
        };
        out.write_all(b",\"signature\":")?;
        serde_json::to_writer(&mut out, &signature)?;
        out.write_all(b"}\n")?;
        Ok(out.flush()?)
    }

    /// The key by which anybody can check what this server signs of access reviews, in base64.
    pub fn review_public_key(&self) -> String {
        STANDARD.encode(self.inner.vault.public_key())
    }
}

/// Passes on what is written, and hashes it.
struct Hashed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
