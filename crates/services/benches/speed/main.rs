//! How fast AI Access is with many members. `script/bench` runs it; every figure is measured, none is asserted.
//!
//! Arguments: `--json` for one object a line, `--members N` (default 100,000), `--postgres` to measure
//! PostgreSQL (the server of `GATEHOUSE_TEST_POSTGRES`) as well.

mod as_of;
mod bulk;
mod memory;
mod sample;

use domain::query::{MemberQuery, ProviderFilter, SortColumn};
use sample::Sample;
use services::Format;
use std::time::{Duration, Instant};
use store::testing::TestDatabase;

/// Repetitions of what a person waits for; the 95th percentile of 200 leaves ten above it.
const READS: usize = 200;
/// Repetitions of an export, which takes a good part of a second.
const EXPORTS: usize = 12;

/// Searches that a person might type, from one hit to a third of all rows.
const SEARCHES: &[&str] = &[
    "mueller",
    "okafor42",
    "nguy",
    "team:research ana",
    "provider:openai",
    "example.org",
    "role:admin",
    "status:suspended",
    "ana data",
    "provider:none",
    "zzzzz",
    "key:ci",
];

struct Options {
    json: bool,
    members: usize,
    postgres: bool,
}

/// What was measured of one thing.
struct Figure {
    bench: &'static str,
    times: Vec<Duration>,
    rss_growth_mb: Option<f64>,
}

fn main() {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            std::process::exit(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(&options)));
    if let Err(error) = outcome {
        eprintln!("The benchmark failed: {error}");
        std::process::exit(1);
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        json: false,
        members: 100_000,
        postgres: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--postgres" => options.postgres = true,
            // Given by `cargo bench` itself.
            "--bench" => {}
            "--members" => {
                let value = arguments.next().unwrap_or_default();
                options.members = value
                    .parse()
                    .map_err(|_| format!("--members needs a number, not “{value}”"))?;
            }
            other => {
                return Err(format!(
                    "unknown option “{other}”: there are --json, --members N, --postgres"
                ));
            }
        }
    }
    Ok(options)
}

async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    measure(options, "sqlite", TestDatabase::embedded()).await?;
    if options.postgres {
        measure(options, "postgres", TestDatabase::postgres().await).await?;
    }
    Ok(())
}

async fn measure(
    options: &Options,
    database: &str,
    on: TestDatabase,
) -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let sample = Sample::make(&on, options.members).await?;
    if !options.json {
        println!(
            "{} members on {database}, made in {:.1} s",
            options.members,
            started.elapsed().as_secs_f64()
        );
    }
    let first = MemberQuery::default();
    let last = MemberQuery {
        page: u32::MAX,
        ..MemberQuery::default()
    };
    let by_login = MemberQuery {
        sort: SortColumn::LastLogin,
        descending: true,
        ..MemberQuery::default()
    };
    let filtered = MemberQuery {
        providers: vec![ProviderFilter::None],
        sort: SortColumn::Email,
        ..MemberQuery::default()
    };
    for (bench, query) in [
        ("first_page", first.clone()),
        ("last_page", last),
        ("page_by_login", by_login),
        ("page_filtered", filtered),
    ] {
        report(options, database, &pages(&sample, bench, &[query]).await?);
    }
    let searches: Vec<_> = SEARCHES
        .iter()
        .map(|text| MemberQuery {
            search: (*text).to_owned(),
            ..MemberQuery::default()
        })
        .collect();
    report(options, database, &pages(&sample, "search", &searches).await?);
    report(options, database, &status_line(&sample).await?);
    for (bench, format) in [("export_xlsx", Format::Xlsx), ("export_json", Format::Json)] {
        report(options, database, &export(&sample, bench, &first, format).await?);
    }
    for (bench, format) in [("import_xlsx", Format::Xlsx), ("import_json", Format::Json)] {
        report(options, database, &import(&sample, bench, &first, format).await?);
    }
    for figure in as_of::figures(&sample).await? {
        report(options, database, &figure);
    }
    for figure in bulk::figures(&sample, options.members).await? {
        report(options, database, &figure);
    }
    sample.close(on).await?;
    Ok(())
}

/// The whole answer to one visit of the page: rows, count, status line, filters.
async fn pages(
    sample: &Sample,
    bench: &'static str,
    queries: &[MemberQuery],
) -> Result<Figure, services::Error> {
    for query in queries {
        sample.services.members(&sample.actor, query).await?;
    }
    let mut times = Vec::with_capacity(READS);
    for query in queries.iter().cycle().take(READS) {
        let start = Instant::now();
        sample.services.members(&sample.actor, query).await?;
        times.push(start.elapsed());
    }
    Ok(Figure {
        bench,
        times,
        rss_growth_mb: None,
    })
}

async fn status_line(sample: &Sample) -> Result<Figure, store::Error> {
    let mut times = Vec::with_capacity(READS);
    for _ in 0..READS {
        let start = Instant::now();
        let tx = sample.store.read().await?;
        store::members::status_counts(&tx, sample.actor.organization, sample.now).await?;
        times.push(start.elapsed());
    }
    Ok(Figure {
        bench: "status_line",
        times,
        rss_growth_mb: None,
    })
}

async fn export(
    sample: &Sample,
    bench: &'static str,
    query: &MemberQuery,
    format: Format,
) -> Result<Figure, services::Error> {
    let mut times = Vec::with_capacity(EXPORTS);
    let before = memory::resident_mb();
    memory::reset_peak();
    for _ in 0..EXPORTS {
        let start = Instant::now();
        let file = sample.services.export(&sample.actor, query, format).await?;
        times.push(start.elapsed());
        assert!(file.rows > 0, "an export of nothing measures nothing");
    }
    let rss_growth_mb = before.zip(memory::peak_mb()).map(|(before, peak)| peak - before);
    Ok(Figure {
        bench,
        times,
        rss_growth_mb,
    })
}

/// The plan of an export that is brought back, read and compared row by row.
async fn import(
    sample: &Sample,
    bench: &'static str,
    query: &MemberQuery,
    format: Format,
) -> Result<Figure, Box<dyn std::error::Error>> {
    let exported = sample.services.export(&sample.actor, query, format).await?;
    let mut times = Vec::with_capacity(EXPORTS);
    let before = memory::resident_mb();
    memory::reset_peak();
    for _ in 0..EXPORTS {
        let file = exported.file.reopen()?;
        let start = Instant::now();
        let planned = sample.services.plan_import(&sample.actor, file).await??;
        times.push(start.elapsed());
        assert!(planned.plan.rows.is_empty(), "nobody edited it");
    }
    let rss_growth_mb = before.zip(memory::peak_mb()).map(|(before, peak)| peak - before);
    Ok(Figure {
        bench,
        times,
        rss_growth_mb,
    })
}

/// The time that a part of `times` is under, by the nearest rank.
fn percentile(times: &[Duration], part: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

fn report(options: &Options, database: &str, figure: &Figure) {
    let (p50, p95) = (percentile(&figure.times, 0.50), percentile(&figure.times, 0.95));
    let n = figure.times.len();
    if !options.json {
        let memory = figure
            .rss_growth_mb
            .map_or(String::new(), |mb| format!("   {mb:>6.1} MB more memory"));
        println!(
            "{:<17} {database:<9} p50 {p50:>8.1} ms   p95 {p95:>8.1} ms   n {n}{memory}",
            figure.bench
        );
        return;
    }
    let mut line = serde_json::json!({
        "bench": figure.bench, "database": database, "members": options.members, "n": n,
        "p50_ms": rounded(p50), "p95_ms": rounded(p95),
    });
    if let Some(mb) = figure.rss_growth_mb {
        line["rss_growth_mb"] = rounded(mb).into();
    }
    println!("{line}");
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
