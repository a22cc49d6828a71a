//! Changes of many rows: shown, applied and undone.

use crate::Figure;
use crate::sample::Sample;
use domain::MemberId;
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, Selection};
use domain::limits::BULK_IDS;
use domain::provider::ProviderStatus;
use domain::query::MemberQuery;
use std::time::Instant;

/// How many rows, what their figures are called, and how often.
const SIZES: &[(usize, [&str; 3], usize)] = &[
    (10, ["bulk_preview_10", "bulk_apply_10", "bulk_undo_10"], 20),
    (1_000, ["bulk_preview_1k", "bulk_apply_1k", "bulk_undo_1k"], 8),
    (10_000, ["bulk_preview_10k", "bulk_apply_10k", "bulk_undo_10k"], 4),
    (
        100_000,
        ["bulk_preview_100k", "bulk_apply_100k", "bulk_undo_100k"],
        1,
    ),
];

/// One provider given to so many members, of whom some have it, and taken away again.
pub async fn figures(sample: &Sample, members: usize) -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    let providers = sample.services.providers(&sample.actor).await?;
    let active = providers
        .iter()
        .find(|provider| provider.status == ProviderStatus::Active)
        .ok_or("the sample has no active provider")?;
    let change = BulkChange {
        add_providers: vec![active.id],
        ..BulkChange::default()
    };
    let all = MemberQuery::default();
    let tx = sample.store.read().await?;
    let ids = store::members::ordered_ids(&tx, sample.actor.organization, &all, sample.now).await?;
    drop(tx);
    let mut figures = Vec::new();
    for (size, names, times) in SIZES.iter().filter(|(size, ..)| *size <= members) {
        let mut measured = names.map(|bench| Figure {
            bench,
            times: Vec::new(),
            rss_growth_mb: None,
        });
        for _ in 0..*times {
            let asked = BulkInput {
                selection: selection(&ids, *size),
                change: change.clone(),
            };
            once(sample, asked, &mut measured).await?;
        }
        figures.extend(measured);
    }
    Ok(figures)
}

/// By id, as far as ids can be sent; else all that match.
fn selection(ids: &[MemberId], size: usize) -> Selection {
    match size <= BULK_IDS {
        true => Selection::Ids(ids.iter().copied().take(size).collect()),
        false => Selection::Matching(Box::default()),
    }
}

async fn once(
    sample: &Sample,
    asked: BulkInput,
    measured: &mut [Figure; 3],
) -> Result<(), Box<dyn std::error::Error>> {
    let (services, actor) = (&sample.services, &sample.actor);
    let [preview, apply, undo] = measured;
    let start = Instant::now();
    let shown = services.bulk_preview(actor, &asked).await?;
    preview.times.push(start.elapsed());
    let input = ApplyInput {
        asked,
        fingerprint: shown.fingerprint,
        idempotency_key: format!("bench-{}-{}", preview.bench, preview.times.len()),
    };
    let start = Instant::now();
    let outcome = services.bulk_apply(actor, &input).await?;
    apply.times.push(start.elapsed());
    let ApplyOutcome::Applied { change, .. } = outcome else {
        return Err("nobody else changes the sample".into());
    };
    let start = Instant::now();
    services.bulk_undo(actor, change).await?;
    undo.times.push(start.elapsed());
    Ok(())
}
