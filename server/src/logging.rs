//! The log: lines on standard error, for people or as JSON.

use crate::config::LogFormat;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise.
const FILTER: &str = "warn,gatehouse=info,server=info,services=info,store=info,app=info,gateway=info";

/// Begins to log. What is waiting to be written is written when the guard is dropped.
pub fn start(format: LogFormat) -> WorkerGuard {
    // Written by a thread of its own: a terminal or a pipe that is slow must not hold up requests.
    let (writer, guard) = NonBlocking::new(std::io::stderr());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
    }
    guard
}
