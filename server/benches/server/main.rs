//! What the running server costs and bears: the real binary in a process of its own.
//!
//! `script/bench gateway` and `script/bench neighbours`, each with `--json`.

mod gateway;
mod load;
mod neighbours;
mod nginx;
mod organization;
mod provider;
mod subject;
mod worst;

use std::io::Write;
use tokio::runtime::Builder;

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    // This process on the last core: it takes no time from the first.
    subject::pin_self_to_last_core();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    match arguments.first().map(String::as_str) {
        Some("neighbours") => runtime.block_on(neighbours::measure(json)),
        _ => runtime.block_on(gateway::measure(json)),
    }
}

/// One line of the result.
fn say(json: bool, name: &str, values: &[(&str, f64)]) {
    let mut out = std::io::stdout().lock();
    let line = if json {
        let fields: Vec<_> = values
            .iter()
            .map(|(key, value)| format!("\"{key}\":{value:.4}"))
            .collect();
        format!(
            "{{\"bench\":\"{name}\",\"database\":\"sqlite\",{}}}",
            fields.join(",")
        )
    } else {
        let fields: Vec<_> = values
            .iter()
            .map(|(key, value)| format!("{key} {value:.3}"))
            .collect();
        format!("{name:<32} {}", fields.join("   "))
    };
    // Nobody reads any more: there is nothing to be done about that.
    let _ = writeln!(out, "{line}");
}
