//! What the people of the sample organization asked of models in the last three months. The same each time it is made.

use super::models_of;
use crate::prices::shipped;
use domain::price::OwnPrices;
use domain::provider::ApiType;
use domain::usage::Measured;
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Timestamp};
use store::usage::UsageEvent;

/// Days of usage: some months, so that spend can be compared.
const DAYS: i64 = 92;

/// Whose requests they are.
pub(super) struct Asker<'a> {
    /// Which of the people.
    pub(super) n: usize,
    /// Own prices of their organization.
    pub(super) prices: &'a OwnPrices,
    pub(super) organization: OrganizationId,
    pub(super) member: MemberId,
    pub(super) keys: &'a [KeyId],
    /// What may be used, of what answers: provider, slug and API.
    pub(super) allowed: &'a [(ProviderId, &'static str, ApiType)],
}

/// Their requests until `now`: on working days, to what they are allowed, with their keys and in Chat.
pub(super) fn of(asker: &Asker<'_>, now: Timestamp) -> Vec<UsageEvent> {
    let mut events = Vec::new();
    // One in five has not begun.
    if asker.allowed.is_empty() || asker.n % 5 == 4 {
        return events;
    }
    let mut draw = Draw(asker.n as u64 + 1);
    for day in 1..=DAYS {
        let midnight = Timestamp(now.0 - now.0.rem_euclid(Timestamp::DAY)).plus(-day * Timestamp::DAY);
        // 1 January 1970 was a Thursday.
        if matches!((midnight.0 / Timestamp::DAY).rem_euclid(7), 2 | 3) {
            continue;
        }
        for _ in 0..draw.below(4) {
            let choice = draw.below(asker.allowed.len() as u64) as usize;
            let (provider, slug, api_type) = asker.allowed[choice];
            let models = models_of(api_type);
            let key = asker.keys.get(draw.below(1 + asker.keys.len() as u64) as usize);
            let model = models[draw.below(models.len() as u64) as usize];
            let at = midnight.plus(7 * Timestamp::HOUR + draw.below(11 * 3_600_000) as i64);
            let measured = Measured::reported(120 + draw.below(6_000), 40 + draw.below(1_500));
            let first_token = 180 + draw.below(900) as u32;
            events.push(UsageEvent {
                organization: asker.organization,
                member: asker.member,
                key: key.copied(),
                provider: Some(provider),
                provider_slug: slug.to_owned(),
                model: model.to_owned(),
                provider_model: model.to_owned(),
                request_id: None,
                attempt: 1,
                endpoint: match (key, api_type) {
                    (None, _) => "chat",
                    (Some(_), ApiType::Anthropic) => "messages",
                    (Some(_), _) => "chat/completions",
                },
                status: 200,
                code: None,
                provider_problem: None,
                started_at: at,
                latency_ms: first_token + draw.below(8_000) as u32,
                first_token_ms: Some(first_token),
                charge: asker
                    .prices
                    .charge(provider, model, at, &measured)
                    .unwrap_or_else(|| shipped(api_type, model, at, &measured)),
                measured,
                requests: 1,
                budgets: Vec::new(),
            });
        }
    }
    events
}

/// Numbers that look drawn: Knuth's linear congruential generator (The Art of Computer Programming 2, 3.3.4).
struct Draw(u64);

impl Draw {
    /// Less than `bound`, which is not zero.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
