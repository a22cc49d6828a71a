//! Why an answer that was let through may not go on.

use crate::forward::Engine;
use crate::refusal::Refusal;
use services::snapshot::Permit;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// Resolves with the reason when an answer under way must end.
pub(crate) type Ending = Pin<Box<dyn Future<Output = Refusal> + Send>>;

/// How late an end by the calendar may be noticed when the system's clock is set.
const CLOCK_EVERY: Duration = Duration::from_millis(500);

impl Engine {
    /// Applies the access rule again whenever what decides about it changes, and when a key or a grant ends; beyond the
    /// limit of time no answer goes on.
    pub(crate) fn ending(&self, permit: Permit, model: &str) -> Ending {
        let (services, limit, model) = (self.services.clone(), self.limits.stream, model.to_owned());
        Box::pin(async move {
            let over = Instant::now() + limit;
            let mut changes = services.snapshot().changes();
            loop {
                changes.borrow_and_update();
                let now = services.now();
                let next = match services.snapshot().check(&permit, now) {
                    Ok(None) => over,
                    Ok(Some(end)) => {
                        let left = u64::try_from(end.0 - now.0).unwrap_or(0).max(1);
                        over.min(Instant::now() + CLOCK_EVERY.min(Duration::from_millis(left)))
                    }
                    Err(refused) => return Refusal::by_rule(refused, Some(&model)),
                };
                tokio::select! {
                    _ = changes.changed() => {}
                    () = tokio::time::sleep_until(next) => {}
                }
                if Instant::now() >= over {
                    return Refusal::new(
                        408,
                        "stream_limit",
                        format!(
                            "The answer took longer than {} minutes, the limit of this server, and was ended. Ask for less at once.",
                            limit.as_secs().div_ceil(60)
                        ),
                    );
                }
            }
        })
    }
}
