//! Refusals of one key in a flood, which are counted and not written a row each.

use super::UsageEvent;
use domain::usage::UsageSource;
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Timestamp};
use std::collections::HashMap;
use store::usage::BatchId;

/// Refusals of one key, or of one member in Chat, that are written each by itself in a minute: enough for whoever looks
/// for what is wrong with a program.
const EACH: u32 = 20;

/// What is counted together. Not the model, of which a client can name another in each request.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    organization: OrganizationId,
    member: MemberId,
    key: Option<KeyId>,
    provider: Option<ProviderId>,
    endpoint: &'static str,
    status: u16,
    code: &'static str,
}

/// Refusals of one kind and minute.
pub(super) struct Tally {
    /// The first of them, and how many are not written yet.
    pub(super) event: UsageEvent,
    /// The row in which they are counted.
    pub(super) row: Option<i64>,
    /// An attempt to write so many of them, whose end is not known.
    pub(super) attempt: Option<(BatchId, u32)>,
}

/// What is counted at the moment.
#[derive(Default)]
pub(super) struct Tallies {
    minute: i64,
    each: HashMap<(OrganizationId, MemberId, Option<KeyId>), u32>,
    counted: HashMap<Kind, Tally>,
}

impl Tallies {
    /// The request, if it is to be written by itself; else it is counted here.
    pub(super) fn take(&mut self, event: UsageEvent, now: Timestamp) -> Option<UsageEvent> {
        let Some(code) = event.code else {
            return Some(event);
        };
        // What used tokens is no mere refusal.
        if event.measured.source != UsageSource::None {
            return Some(event);
        }
        let minute = now.0.div_euclid(Timestamp::MINUTE);
        if minute != self.minute {
            self.minute = minute;
            self.each.clear();
            self.counted.retain(|_, tally| tally.event.requests > 0);
        }
        let who = (event.organization, event.member, event.key);
        let each = self.each.entry(who).or_insert(0);
        if *each < EACH {
            *each += 1;
            return Some(event);
        }
        let kind = Kind {
            organization: event.organization,
            member: event.member,
            key: event.key,
            provider: event.provider,
            endpoint: event.endpoint,
            status: event.status,
            code,
        };
        match self.counted.get_mut(&kind) {
            Some(tally) => {
                let at = event.started_at.max(tally.event.started_at);
                tally.event.requests = tally.event.requests.saturating_add(event.requests);
                tally.event.started_at = at;
            }
            None => {
                self.counted.insert(
                    kind,
                    Tally {
                        event,
                        row: None,
                        attempt: None,
                    },
                );
            }
        }
        None
    }

    /// Those of which some are not written yet.
    pub(super) fn waiting(&mut self) -> impl Iterator<Item = &mut Tally> {
        self.counted.values_mut().filter(|tally| tally.event.requests > 0)
    }

    /// Whether all that was counted is written.
    pub(super) fn is_written(&self) -> bool {
        self.counted.values().all(|tally| tally.event.requests == 0)
    }
}
