//! What takes long with a large body or answer does not happen between the requests of others.

use crate::refusal::Refusal;
use services::background;

/// Octets from which on it is worth another thread: reading as much JSON takes a good half of a millisecond.
const LARGE: usize = 256 * 1024;

/// Does something with so many bytes: at once, or on a thread that gives way to answers.
pub(crate) async fn with_bytes<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    if bytes < LARGE {
        return Ok(work());
    }
    background::spawn(work).await.map_err(|error| {
        tracing::error!(%error, "work with a large body failed");
        Refusal::internal()
    })
}
