//! What the gateway costs: the real server on one core, a zero-delay provider and the load on another; nginx in its place
//! where there is one.

use crate::load::{Answer, paced_streams, percentile, run, throughput};
use crate::subject::{Subject, rss_mb};
use crate::{Failed, nginx, provider, say};
use std::net::SocketAddr;
use std::time::Duration;

/// Requests of each latency measurement, after a tenth as many to warm up.
const REQUESTS: usize = 20_000;
/// Connections of the throughput measurement, and how long it runs.
const CONNECTIONS: usize = 32;
const THROUGHPUT_FOR: Duration = Duration::from_secs(8);
/// Streams at once, pieces of each, and the time between two.
const STREAMS: usize = 500;
const PIECES: usize = 40;
const PACE: Duration = Duration::from_millis(50);

/// Measures one after the other, so that each has the core for itself.
pub async fn measure(json: bool) -> Result<(), Failed> {
    let provider = provider::start(PIECES, PACE).await?;
    let mut key = String::new();
    for (who, budgets) in [("gateway", false), ("gateway_with_budgets", true)] {
        let subject = Subject::start(provider, 0, budgets).await?;
        key.clone_from(&subject.access.key);
        tokio::time::sleep(Duration::from_secs(1)).await;
        measure_one(json, who, provider, subject.address, &key, subject.pid()).await?;
    }
    match nginx::start(provider).await? {
        Some(nginx) => measure_one(json, "nginx", provider, nginx.address, &key, nginx.pid()).await?,
        None => eprintln!("nginx is not installed: nothing to compare with"),
    }
    Ok(())
}

async fn measure_one(
    json: bool,
    who: &str,
    provider: SocketAddr,
    address: SocketAddr,
    key: &str,
    pid: u32,
) -> Result<(), Failed> {
    let say = |name: &str, values: &[(&str, f64)]| say(json, &format!("{who}_{name}"), values);
    let request = |to: SocketAddr, kind: &str| provider::request(to, key, kind);
    say("memory_at_rest", &[("rss_mb", rss_mb(pid))]);

    let direct = request(provider, "plain");
    let through = request(address, "plain");
    // Alternating, so that whatever else the machine does falls on both.
    let (mut alone, mut added) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        run(provider, &direct, REQUESTS / 40, Answer::Whole).await?;
        run(address, &through, REQUESTS / 40, Answer::Whole).await?;
        alone.extend(run(provider, &direct, REQUESTS / 4, Answer::Whole).await?);
        added.extend(run(address, &through, REQUESTS / 4, Answer::Whole).await?);
    }
    let figures = |name: &str, mut direct: Vec<f64>, mut through: Vec<f64>| {
        let (d50, d99) = (percentile(&mut direct, 0.5), percentile(&mut direct, 0.99));
        let (t50, t99) = (percentile(&mut through, 0.5), percentile(&mut through, 0.99));
        say(
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
    figures("latency", alone, added);

    let direct = request(provider, "stream");
    let through = request(address, "stream");
    let (mut alone, mut added) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        alone.extend(run(provider, &direct, REQUESTS / 16, Answer::FirstToken).await?);
        added.extend(run(address, &through, REQUESTS / 16, Answer::FirstToken).await?);
    }
    figures("first_token", alone, added);

    let through = request(address, "plain");
    let mut rates = Vec::new();
    for _ in 0..3 {
        rates.push(throughput(address, &through, CONNECTIONS, THROUGHPUT_FOR / 3).await?);
    }
    let median = percentile(&mut rates, 0.5);
    say(
        "throughput",
        &[
            ("connections", CONNECTIONS as f64),
            ("requests_per_second", median),
            ("rss_mb", rss_mb(pid)),
        ],
    );

    let paced = request(address, "paced");
    let outcome = paced_streams(address, &paced, STREAMS, PIECES).await;
    say(
        "paced_streams",
        &[
            ("streams", STREAMS as f64),
            ("lost", (STREAMS - outcome.whole) as f64),
            ("late_p99_ms", outcome.late_p99_ms(PACE)),
            ("rss_mb", rss_mb(pid)),
        ],
    );
    Ok(())
}
