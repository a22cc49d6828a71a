//! Metrics for Prometheus, on an address of their own: they tell what goes on in every organization.
//!
//! No label has values without end: routes are patterns, providers are registered ones, codes come from a closed list.

use crate::serve::{Limits, serve};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use services::{Noted, Services};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Seconds; from an answer out of memory to a long stream.
const BUCKETS: [f64; 13] = [
    0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0,
];
/// Whoever collects metrics is one or two; more are a mistake.
const CONNECTIONS: usize = 16;

/// How often what was counted is added up.
const ADDED_UP_EVERY: Duration = Duration::from_secs(5);

/// Nothing is counted while nobody can ask.
static ON: AtomicBool = AtomicBool::new(false);

/// Begins to count.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    ON.store(true, Ordering::Relaxed);
    Ok(handle)
}

/// Counts a request that is over.
pub(crate) fn request(method: &'static str, route: &str, status: u16, took: Duration, noted: &Noted) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    let (route, status) = (route.to_owned(), status.to_string());
    counter!("gatehouse_requests_total", "method" => method, "route" => route.clone(), "status" => status.clone())
        .increment(1);
    histogram!("gatehouse_request_duration_seconds", "route" => route).record(took);
    let (Some(organization), Some(provider)) = (&noted.organization, &noted.provider) else {
        return;
    };
    let provider = [
        ("organization", organization.to_string()),
        ("provider", provider.clone()),
    ];
    histogram!("gatehouse_provider_request_duration_seconds", &provider).record(took);
    if let Some(code) = noted.code.filter(|code| code.starts_with("upstream_")) {
        let [organization, provider] = provider;
        let labels = [organization, provider, ("code", code.to_owned())];
        counter!("gatehouse_provider_errors_total", &labels).increment(1);
    }
}

/// What is there at the moment.
fn look(services: &Services) {
    let load = services.load();
    gauge!("gatehouse_access_snapshot_age_seconds").set(load.snapshot_age.as_secs_f64());
    gauge!("gatehouse_usage_backlog").set(count(load.usage_backlog));
    counter!("gatehouse_usage_lost_total").absolute(u64::try_from(load.usage_lost).unwrap_or(u64::MAX));
    for (queue, waiting) in load.waiting {
        gauge!("gatehouse_waiting", "queue" => queue).set(count(waiting));
    }
    for pool in load.pools {
        gauge!("gatehouse_database_connections", "pool" => pool.name, "state" => "open")
            .set(count(pool.open));
        gauge!("gatehouse_database_connections", "pool" => pool.name, "state" => "busy")
            .set(count(pool.busy));
        gauge!("gatehouse_database_connections", "pool" => pool.name, "state" => "most")
            .set(count(pool.most));
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// `GET /metrics`, on its own address, until the process ends. **Permissions:** whoever reaches the address.
pub async fn tell(listener: TcpListener, handle: PrometheusHandle, services: Services) {
    let rendered = handle.clone();
    let answer = move || {
        look(&services);
        let text = rendered.render();
        async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text) }
    };
    let app = Router::new().route("/metrics", get(answer));
    // Held, since its end would be a signal to stop.
    let (_signal, signals) = mpsc::channel(1);
    let limits = Limits::new(CONNECTIONS, Duration::ZERO);
    // What is counted lies about until it is added up, and nobody may ask for days.
    let adding_up = async {
        loop {
            tokio::time::sleep(ADDED_UP_EVERY).await;
            handle.run_upkeep();
        }
    };
    tokio::select! {
        _ = serve(listener, app, limits, signals, CancellationToken::new(), |_| {}) => {}
        () = adding_up => {}
    }
}
