//! What one member's worst does to the others: their requests to the gateway and their pages, idle and meanwhile.

use crate::load::percentile;
use crate::organization::ORG;
use crate::subject::{Subject, rss_mb};
use crate::worst::{Kind, Worst};
use crate::{Failed, provider, say};
use reqwest::{Client, RequestBuilder};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until};

/// People of the organization, besides those who ask.
const MEMBERS: usize = 100_000;
/// How long each kind goes on, and the rest before it.
const PHASE: Duration = Duration::from_secs(15);
const REST: Duration = Duration::from_secs(3);
/// The others' steady load: one request each so often, whether the one before was answered or not.
const GATEWAY_EVERY: Duration = Duration::from_millis(10);
const PAGE_EVERY: Duration = Duration::from_millis(250);

/// What the others saw.
#[derive(Default)]
struct Seen {
    times: Vec<f64>,
    refused: usize,
}

/// Measures without disturbance, then with each kind alone, then with all at once.
pub async fn measure(json: bool) -> Result<(), Failed> {
    let provider = provider::start(1, Duration::ZERO).await?;
    let subject = Subject::start(provider, MEMBERS, false).await?;
    let access = subject.access.clone();
    let worst = Worst::new(subject.address, access.worst.clone().ok_or("nobody disturbs")?)?;
    let others = Others::new(subject.address, access.key, access.session)?;
    others.go_on(Instant::now() + REST).await;

    let each = Kind::ALL.map(|kind| (kind.name(), vec![kind]));
    let phases = [("idle", Vec::new())]
        .into_iter()
        .chain(each)
        .chain([("everything", Kind::ALL.to_vec())]);
    for (name, kinds) in phases {
        sleep(REST).await;
        let until = Instant::now() + PHASE;
        let peak = watch_memory(subject.pid(), until);
        let pressing = press(worst.clone(), kinds, until);
        let (mut gateway, mut pages) = others.go_on(until).await;
        let gateway_n = gateway.times.len() as f64;
        say(
            json,
            &format!("neighbours_{name}"),
            &[
                ("requests", gateway_n),
                ("refused", gateway.refused as f64),
                ("gateway_p50_ms", percentile(&mut gateway.times, 0.5)),
                ("gateway_p99_ms", percentile(&mut gateway.times, 0.99)),
                ("pages", pages.times.len() as f64),
                ("pages_refused", pages.refused as f64),
                ("page_p50_ms", percentile(&mut pages.times, 0.5)),
                ("page_p95_ms", percentile(&mut pages.times, 0.95)),
                ("peak_rss_mb", peak.await?),
            ],
        );
        pressing.join().map_err(|_| "the load failed")?;
    }
    Ok(())
}

/// The disturbance has a thread of its own, so that it does not slow down those who measure more than the machine does.
fn press(worst: Worst, kinds: Vec<Kind>, until: Instant) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
            runtime.block_on(worst.press(&kinds, until));
        }
    })
}

fn watch_memory(pid: u32, until: Instant) -> tokio::task::JoinHandle<f64> {
    tokio::spawn(async move {
        let mut peak = 0.0_f64;
        while Instant::now() < until {
            peak = peak.max(rss_mb(pid));
            sleep(Duration::from_millis(50)).await;
        }
        peak
    })
}

/// Those who do their work meanwhile.
struct Others {
    client: Client,
    server: SocketAddr,
    key: String,
    session: String,
}

impl Others {
    fn new(server: SocketAddr, key: String, session: String) -> Result<Self, Failed> {
        Ok(Self {
            client: Client::builder().no_proxy().build()?,
            server,
            key,
            session,
        })
    }

    async fn go_on(&self, until: Instant) -> (Seen, Seen) {
        let pages = ["access", "access?q=okafor", "chat"];
        let gateway = (0..).map(|_: usize| {
            self.client
                .post(format!("http://{}/v1/chat/completions", self.server))
                .bearer_auth(&self.key)
                .header("content-type", "application/json")
                .body(format!(
                    "{{\"model\":\"bench/{}\",\"messages\":[]}}",
                    provider::MODEL
                ))
        });
        let pages = (0..).map(|number: usize| {
            let page = pages[number % pages.len()];
            self.client
                .get(format!("http://{}/o/{ORG}/{page}", self.server))
                .header("cookie", format!("gatehouse={}", self.session))
        });
        tokio::join!(
            steadily(gateway, GATEWAY_EVERY, until),
            steadily(pages, PAGE_EVERY, until)
        )
    }
}

/// Sends one at each tick, and counts from the tick: who has to wait behind a slow one has waited.
async fn steadily(requests: impl Iterator<Item = RequestBuilder>, every: Duration, until: Instant) -> Seen {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = JoinSet::new();
    for request in requests {
        let due = tokio::select! {
            due = ticks.tick() => due,
            () = sleep_until(until.into()) => break,
        };
        sent.spawn(async move {
            let answer = request.send().await;
            let fine = match answer {
                Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
                Err(_) => false,
            };
            (fine, due.elapsed().as_secs_f64() * 1_000.0)
        });
    }
    let mut seen = Seen::default();
    while let Some(done) = sent.join_next().await {
        if let Ok((fine, time)) = done {
            seen.times.push(time);
            seen.refused += usize::from(!fine);
        }
    }
    seen
}
