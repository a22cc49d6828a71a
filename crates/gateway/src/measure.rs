//! What a request used, made out of what the provider says of it, whole or piece by piece. The rules are those of
//! `cost.json`.

use crate::wire::Answer;
use domain::usage::{Bucket, Buckets, Dialect, Measured, Message, Report, UsageSource};

/// Octets of text that make a token, about, in English and in code (OpenAI's rule of thumb).
pub(crate) const TOKEN_BYTES: u64 = 4;

/// The service tiers that are none: the usual one, and whichever the provider chose.
const USUAL_TIERS: [&str; 3] = ["default", "standard", "auto"];

/// Octets of a service tier's name that are kept; no real one comes near.
const TIER_BYTES: usize = 64;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In the provider's own way.
    Complete,
    /// The client left, or was sent away.
    ClientGone,
    /// The provider broke it off.
    Broken,
}

/// What was said of one request so far.
#[derive(Debug)]
pub(crate) struct Measure {
    dialect: Dialect,
    report: Report,
    /// What Anthropic said, which later events replace member by member.
    message: Message,
    /// What is reported is the last word.
    is_final: bool,
    /// The provider has said that the answer is over.
    is_over: bool,
    /// It came in one piece.
    is_whole: bool,
    has_error: bool,
    /// Octets of text that came.
    text: u64,
    /// Of these, what the last report of output covers.
    covered: u64,
    service_tier: Option<String>,
    /// Searches that events told of one by one.
    searches: u64,
}

impl Measure {
    /// Of a stream that has not begun.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            report: Report::default(),
            message: Message::default(),
            is_final: false,
            is_over: false,
            is_whole: false,
            has_error: false,
            text: 0,
            covered: 0,
            service_tier: None,
            searches: 0,
        }
    }

    /// Of a whole answer with success.
    pub(crate) fn of(dialect: Dialect, answer: &Answer) -> Self {
        let usage = answer.usage.as_ref();
        let mut report = match dialect {
            Dialect::Messages => usage.map(|usage| usage.message().report()),
            _ => usage.map(|usage| usage.totals(dialect).report(dialect)),
        }
        .unwrap_or_default();
        if dialect == Dialect::Responses {
            report.web_searches = answer.web_searches();
        }
        Self {
            report,
            is_final: true,
            is_whole: true,
            has_error: answer.has_error(),
            text: answer.text(dialect),
            service_tier: answer.tier(dialect).map(str::to_owned),
            ..Self::new(dialect)
        }
    }

    /// Takes note of an event of a stream.
    pub(crate) fn take(&mut self, event: &Answer) {
        self.has_error |= event.is_error_event();
        self.text = self.text.saturating_add(event.event_text(self.dialect));
        self.is_over |= event.is_final(self.dialect);
        if let Some(tier) = event.event_tier(self.dialect) {
            self.service_tier = Some(tier.to_owned());
        }
        let usage = event.event_usage(self.dialect);
        match self.dialect {
            Dialect::Messages => {
                if let Some(usage) = usage {
                    let said = usage.message();
                    self.message.replace(&said);
                    self.report = self.message.report();
                    if said.report().output.is_some() {
                        self.covered = self.text;
                    }
                }
                self.is_final = self.is_over;
            }
            dialect => {
                let (inside, made) = event.event_searches();
                self.searches += u64::from(made);
                let Some(mut report) = usage.map(|usage| usage.totals(dialect).report(dialect)) else {
                    return;
                };
                if report.is_one() {
                    report.web_searches = inside;
                    self.covered = report.output.map_or(0, |_| self.text);
                    self.report = report;
                    self.is_final = match dialect {
                        Dialect::Responses => event.is_final(dialect),
                        _ => self.is_over,
                    };
                }
            }
        }
    }

    /// The stream ended with the mark by which chat completions end.
    pub(crate) fn done(&mut self) {
        self.is_final = true;
    }

    /// What it used, now that it is over. `given` finds the octets of text that the model was given.
    pub(crate) fn measured(&self, end: End, given: impl FnOnce() -> u64) -> Measured {
        if self.has_failed(end) {
            return Measured::NOTHING;
        }
        let has_output = self.dialect != Dialect::Embeddings;
        let reports_output = !has_output || (self.is_final && self.report.output.is_some());
        let mut buckets = Buckets::default();
        let mut estimated = 0;
        match &self.report.input {
            Some(input) => buckets.add_all(input),
            None => estimated += estimate(&mut buckets, Bucket::InputText, given()),
        }
        if let Some(output) = &self.report.output {
            buckets.add_all(output);
        }
        if !reports_output {
            estimated += estimate(&mut buckets, Bucket::OutputText, self.text - self.covered);
        }
        let source = match (
            self.report.is_one(),
            self.report.input.is_some() && reports_output,
        ) {
            (_, true) => UsageSource::Reported,
            (false, false) if estimated == 0 => UsageSource::None,
            _ => UsageSource::Estimated,
        };
        buckets.add(Bucket::Requests, 1);
        let searches = match self.dialect {
            Dialect::Responses if !(self.is_final && self.report.is_one()) => self.searches,
            _ => self.report.web_searches,
        };
        buckets.add(Bucket::WebSearches, searches.into());
        let tier = self.service_tier.as_deref();
        let tier = tier.filter(|tier| !USUAL_TIERS.contains(tier) && tier.len() <= TIER_BYTES);
        Measured {
            source,
            buckets,
            service_tier: tier.map(str::to_owned),
        }
    }

    fn has_failed(&self, end: End) -> bool {
        if self.is_whole {
            return self.has_error;
        }
        let settled = self.is_final && self.report.is_one();
        !settled
            && self.text == 0
            && (self.has_error || end == End::Broken || (end == End::ClientGone && !self.report.is_one()))
    }
}

/// Adds what so many octets of text are about. How many tokens that is.
fn estimate(buckets: &mut Buckets, bucket: Bucket, bytes: u64) -> u64 {
    let tokens = bytes.div_ceil(TOKEN_BYTES);
    buckets.add(bucket, tokens.into());
    tokens
}

#[cfg(test)]
mod tests;
