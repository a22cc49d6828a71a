//! What the gateway costs: the real server on one core, a zero-delay provider and the load on another.
//!
//! `cargo bench --package server --bench gateway [-- --json]`, or `script/bench gateway`.

mod load;
mod provider;
mod subject;

use load::{Answer, paced_streams, percentile, run};
use std::io::Write;
use std::time::Duration;
use subject::Subject;

/// Requests of each latency measurement, after a tenth as many to warm up.
const REQUESTS: usize = 20_000;
/// Connections of the throughput measurement, and how long it runs.
const CONNECTIONS: usize = 32;
const THROUGHPUT_FOR: Duration = Duration::from_secs(8);
/// Streams at once, pieces of each, and the time between two.
const STREAMS: usize = 500;
const PIECES: usize = 40;
const PACE: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let json = std::env::args().any(|argument| argument == "--json");
    // This process on the last core, the server on the first: neither takes time from the other.
    subject::pin_self_to_last_core();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(measure(json))
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
        format!("{name:<24} {}", fields.join("   "))
    };
    // Nobody reads any more: there is nothing to be done about that.
    let _ = writeln!(out, "{line}");
}

async fn measure(json: bool) -> Result<(), Box<dyn std::error::Error>> {
    let provider = provider::start(PIECES, PACE).await?;
    let subject = Subject::start(provider).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    say(json, "gateway_memory_at_rest", &[("rss_mb", subject.rss_mb())]);

    let direct = subject.request(provider, "plain");
    let through = subject.request(subject.address, "plain");
    // Alternating, so that whatever else the machine does falls on both.
    let (mut alone, mut added) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        run(provider, &direct, REQUESTS / 40, Answer::Whole).await?;
        run(subject.address, &through, REQUESTS / 40, Answer::Whole).await?;
        alone.extend(run(provider, &direct, REQUESTS / 4, Answer::Whole).await?);
        added.extend(run(subject.address, &through, REQUESTS / 4, Answer::Whole).await?);
    }
    let figures = |name: &str, mut direct: Vec<f64>, mut through: Vec<f64>| {
        let (d50, d99) = (percentile(&mut direct, 0.5), percentile(&mut direct, 0.99));
        let (t50, t99) = (percentile(&mut through, 0.5), percentile(&mut through, 0.99));
        say(
            json,
            name,
            &[
                ("n", through.len() as f64),
                ("p50_ms", t50),
                ("p99_ms", t99),
                ("direct_p50_ms", d50),
                ("direct_p99_ms", d99),
                ("added_p50_ms", t50 - d50),
                ("added_p99_ms", t99 - d99),
            ],
        );
    };
    figures("gateway_latency", alone, added);

    let direct = subject.request(provider, "stream");
    let through = subject.request(subject.address, "stream");
    let (mut alone, mut added) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        alone.extend(run(provider, &direct, REQUESTS / 16, Answer::FirstToken).await?);
        added.extend(run(subject.address, &through, REQUESTS / 16, Answer::FirstToken).await?);
    }
    figures("gateway_first_token", alone, added);

    let through = subject.request(subject.address, "plain");
    let mut rates = Vec::new();
    for _ in 0..3 {
        rates.push(load::throughput(subject.address, &through, CONNECTIONS, THROUGHPUT_FOR / 3).await?);
    }
    let median = percentile(&mut rates, 0.5);
    say(
        json,
        "gateway_throughput",
        &[
            ("connections", CONNECTIONS as f64),
            ("requests_per_second", median),
            ("rss_mb", subject.rss_mb()),
        ],
    );

    let paced = subject.request(subject.address, "paced");
    let outcome = paced_streams(subject.address, &paced, STREAMS, PIECES).await;
    say(
        json,
        "gateway_paced_streams",
        &[
            ("streams", STREAMS as f64),
            ("lost", (STREAMS - outcome.whole) as f64),
            ("late_p99_ms", outcome.late_p99_ms(PACE)),
            ("rss_mb", subject.rss_mb()),
        ],
    );
    subject.stop();
    Ok(())
}
