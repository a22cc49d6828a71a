//! The log: lines on standard error, for people or as JSON.

mod batches;

use crate::config::LogFormat;
use batches::Batches;
pub use batches::Flush;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise.
const FILTER: &str = "warn,gatehouse=info,server=info,services=info,store=info,app=info,gateway=info";

/// Begins to log. What is waiting to be written is written when what this returns is dropped.
pub fn start(format: LogFormat) -> Flush {
    let (writer, flush) = Batches::start(std::io::stderr());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(writer);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
    }
    flush
}
