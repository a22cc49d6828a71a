//! Past access, with ten thousand entries of the audit log to undo.

use crate::Figure;
use crate::sample::Sample;
use domain::as_of::AsOfQuery;
use domain::bulk::{ApplyInput, BulkChange, BulkInput, Selection};
use domain::query::MemberQuery;
use services::Clock;
use std::time::Instant;

/// Rows that are changed, with two entries for most.
const ROWS: usize = 6_000;
/// Repetitions of a look.
const LOOKS: usize = 20;

/// A page of who could use a provider, a page of a search, and what differs between then and now.
pub async fn figures(sample: &Sample) -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    let at = Clock::System.now().rfc3339_exact();
    let providers = sample.services.providers(&sample.actor).await?;
    let provider = providers.first().ok_or("the sample has a provider")?.id;
    let tx = sample.store.read().await?;
    let all = MemberQuery::default();
    let ids = store::members::ordered_ids(&tx, sample.actor.organization, &all, sample.now).await?;
    drop(tx);
    let asked = BulkInput {
        selection: Selection::Ids(ids.into_iter().take(ROWS).collect()),
        change: BulkChange {
            add_teams: vec![sample.services.teams(&sample.actor).await?[0].id],
            remove_providers: vec![provider],
            ..BulkChange::default()
        },
    };
    let shown = sample.services.bulk_preview(&sample.actor, &asked).await?;
    let input = ApplyInput {
        asked,
        fingerprint: shown.fingerprint,
        idempotency_key: "bench-as-of".to_owned(),
    };
    sample.services.bulk_apply(&sample.actor, &input).await?;
    let then = AsOfQuery {
        at,
        ..AsOfQuery::default()
    };
    let who = AsOfQuery {
        provider: Some(provider),
        ..then.clone()
    };
    let search = AsOfQuery {
        search: "okafor".to_owned(),
        ..then.clone()
    };
    let two = AsOfQuery {
        to: Clock::System.now().rfc3339_exact(),
        ..then
    };
    let mut figures = Vec::new();
    for (bench, query) in [("as_of", who), ("as_of_search", search), ("as_of_two", two)] {
        let mut times = Vec::with_capacity(LOOKS);
        for _ in 0..LOOKS {
            let start = Instant::now();
            let page = sample.services.as_of(&sample.actor, &query).await?;
            times.push(start.elapsed());
            let found = page.found.ok_or("the log tells all")?;
            assert!(found.matched > 0, "a look at nothing measures nothing");
        }
        figures.push(Figure {
            bench,
            times,
            rss_growth_mb: None,
        });
    }
    Ok(figures)
}
