//! The limits of a key: requests per minute and tokens per day. Each server counts for itself.

use crate::refusal::Refusal;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{KeyId, Timestamp};
use services::Services;
use services::snapshot::Key;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What is counted of one key.
#[derive(Clone, Copy, Debug)]
struct Count {
    /// When all requests of a minute would be there again, in microseconds (the generic cell rate algorithm, ITU-T I.371).
    full_at: i64,
    /// The day that `tokens` are of, by its first instant (UTC).
    day: Timestamp,
    /// Tokens used on that day.
    tokens: u64,
}

/// The counts of all keys that have a limit.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    counts: Mutex<HashMap<KeyId, Count>>,
}

/// How a key stands after a request that is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    limit: u32,
    remaining: u32,
    /// Microseconds until all of the limit is there again.
    reset: i64,
}

impl Standing {
    /// As OpenAI's API tells it. Where the provider's own limit ends sooner, that is what stays.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let theirs = headers
            .get(REMAINING)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        if theirs.is_some_and(|theirs: u32| theirs < self.remaining) {
            return;
        }
        let reset = format!("{}ms", self.reset / 1_000);
        headers.insert(
            HeaderName::from_static("x-ratelimit-limit-requests"),
            self.limit.into(),
        );
        headers.insert(REMAINING, self.remaining.into());
        if let Ok(reset) = HeaderValue::from_str(&reset) {
            headers.insert(HeaderName::from_static("x-ratelimit-reset-requests"), reset);
        }
    }
}

const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining-requests");

fn day_of(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(Timestamp::DAY))
}

impl Rates {
    /// Counts a request, or refuses it. `None` for a key without a limit of requests.
    pub(crate) async fn take(&self, services: &Services, key: &Key) -> Result<Option<Standing>, Refusal> {
        if key.requests_per_minute.is_none() && key.tokens_per_day.is_none() {
            return Ok(None);
        }
        let now = services.now();
        self.know(services, key, now).await?;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.id).or_insert(Count {
            full_at: 0,
            day: day_of(now),
            tokens: 0,
        });
        if let Some(limit) = key.tokens_per_day
            && count.tokens >= limit
        {
            let wait = count.day.plus(Timestamp::DAY).0 - now.0;
            return Err(too_many(
                "tokens_per_day",
                format!(
                    "This key has used its {limit} tokens for today (UTC). Try again tomorrow, or use another key."
                ),
                wait,
            ));
        }
        let Some(limit) = key.requests_per_minute else {
            return Ok(None);
        };
        let minute = Timestamp::MINUTE * 1_000;
        let now = now.0 * 1_000;
        let each = (minute / i64::from(limit.max(1))).max(1);
        // It is never more than a minute ahead, unless the clock was set back meanwhile.
        count.full_at = count.full_at.clamp(now, now + minute);
        let full_at = count.full_at + each;
        let over = full_at - now - minute;
        if over > 0 || limit == 0 {
            return Err(too_many(
                "requests_per_minute",
                format!("This key is limited to {limit} requests/min. Wait a moment, then try again."),
                over / 1_000,
            ));
        }
        count.full_at = full_at;
        let reset = full_at - now;
        let remaining = (minute - reset) / each;
        Ok(Some(Standing {
            limit,
            remaining: u32::try_from(remaining).unwrap_or(0),
            reset,
        }))
    }

    /// Reads what was used today before this server counted.
    async fn know(&self, services: &Services, key: &Key, now: Timestamp) -> Result<(), Refusal> {
        let day = day_of(now);
        let known = {
            let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.get(&key.id).is_some_and(|count| count.day == day)
        };
        if known || key.tokens_per_day.is_none() {
            return Ok(());
        }
        let used = services.tokens_of_key(key.id, day).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the use of a key could not be read"
            );
            Refusal {
                retry_after: Some(1),
                ..Refusal::new(
                    503,
                    "limits_unknown",
                    "The limits of this key cannot be checked at the moment. Try again in a few seconds.",
                )
            }
        })?;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.id).or_insert(Count {
            full_at: 0,
            day: Timestamp(i64::MIN),
            tokens: 0,
        });
        if count.day != day {
            (count.day, count.tokens) = (day, used);
        }
        Ok(())
    }

    /// Adds tokens to what a key has used.
    pub(crate) fn used(&self, key: &Key, tokens: u64, now: Timestamp) {
        if key.tokens_per_day.is_none() || tokens == 0 {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&key.id)
            && count.day == day_of(now)
        {
            count.tokens = count.tokens.saturating_add(tokens);
        }
    }
}

fn too_many(code: &'static str, message: String, wait_ms: i64) -> Refusal {
    Refusal {
        retry_after: Some(u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1)),
        ..Refusal::new(429, code, message)
    }
}
