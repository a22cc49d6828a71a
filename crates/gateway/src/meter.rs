//! Keeping account of one request, however it ends.

use crate::load::Slot;
use crate::rates::Rates;
use crate::refusal::Refusal;
use crate::upstream::Endpoint;
use crate::wire;
use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;
use domain::Timestamp;
use domain::price::Charge;
use domain::usage::{Bucket, Measured, UsageSource};
use services::snapshot::{Caller, Provider};
use services::{BudgetHold, RequestNote, Services, UsageEvent};
use std::sync::Arc;
use std::time::Instant;

/// One request under way. Dropped before it was [`Meter::finish`]ed, the client went away.
pub(crate) struct Meter {
    services: Services,
    rates: Arc<Rates>,
    caller: Caller,
    provider: Option<Arc<Provider>>,
    model: String,
    provider_model: String,
    endpoint: &'static str,
    started: Instant,
    started_at: Timestamp,
    first_token: Option<Instant>,
    given: Given,
    measured: Measured,
    status: u16,
    code: Option<&'static str>,
    provider_problem: Option<&'static str>,
    /// Counts it among the requests under way.
    slot: Option<Slot>,
    note: Option<RequestNote>,
    /// What it holds of budgets.
    budget: Option<BudgetHold>,
}

/// What the model is given, for estimates.
#[derive(Debug)]
pub(crate) enum Given {
    /// A body that is small enough to be kept until it is known whether an estimate is needed.
    Body(Bytes),
    /// What is in one that is not.
    Counted(wire::Length),
}

impl Given {
    /// The body of a request.
    pub(crate) fn of(body: &Bytes) -> Self {
        match body.len() {
            0..=KEPT_BODY => Self::Body(body.clone()),
            _ => Self::Counted(wire::Length::of(body)),
        }
    }

    fn length(&self) -> wire::Length {
        match self {
            Self::Body(body) => wire::Length::of(body),
            Self::Counted(length) => *length,
        }
    }
}

/// Octets of a body that is kept.
const KEPT_BODY: usize = 16 * 1024;

/// The status that is written down when the client went away, as nginx does; no client ever sees it.
const CLIENT_CLOSED: u16 = 499;

impl Meter {
    pub(crate) fn new(services: Services, rates: Arc<Rates>, caller: Caller, endpoint: &'static str) -> Self {
        Self {
            started_at: services.now(),
            services,
            rates,
            caller,
            provider: None,
            model: String::new(),
            provider_model: String::new(),
            endpoint,
            started: Instant::now(),
            first_token: None,
            given: Given::Counted(wire::Length::default()),
            measured: Measured::NOTHING,
            status: CLIENT_CLOSED,
            code: Some("client_closed"),
            provider_problem: None,
            slot: None,
            note: None,
            budget: None,
        }
    }

    /// It is under way until the account is closed.
    pub(crate) fn holds(&mut self, slot: Slot) {
        self.slot = Some(slot);
    }

    /// Where to write down what is found out, for the line in the log.
    pub(crate) fn noted_in(mut self, note: Option<RequestNote>) -> Self {
        self.note = note;
        self
    }

    /// The model as it was asked for.
    pub(crate) fn asks_for(&mut self, model: &str) {
        model.clone_into(&mut self.model);
    }

    /// What the provider is sent.
    pub(crate) fn gives(&mut self, given: Given) {
        self.given = given;
    }

    /// The provider answered: what that used. What it did not count is estimated: it will be billed all the same, also when
    /// the client did not wait for the end. The octets of text that the model was given are found when they are asked for.
    pub(crate) fn answered(&mut self, measured: impl FnOnce(&dyn Fn() -> u64) -> Measured) {
        let given = || self.given.length().text;
        self.measured = measured(&given);
    }

    /// The provider it goes to, and its name there for the model.
    pub(crate) fn goes_to(&mut self, provider: Arc<Provider>, model: &str) {
        self.provider = Some(provider);
        model.clone_into(&mut self.provider_model);
    }

    /// Asks the budgets, once it is known where it goes and with what. What it is expected to take is held until the
    /// account is closed.
    pub(crate) fn admit(&mut self) -> Result<(), Refusal> {
        let Some(provider) = &self.provider else {
            return Ok(());
        };
        let expected = || {
            self.given
                .length()
                .expected(self.endpoint != Endpoint::Embeddings.path())
        };
        let held = self
            .services
            .admit(&self.caller, provider, &self.provider_model, expected);
        self.budget = held.map_err(Refusal::over_budget)?;
        Ok(())
    }

    /// The first piece of a streamed answer is here.
    pub(crate) fn first_token(&mut self) {
        self.first_token.get_or_insert_with(Instant::now);
    }

    /// It was answered.
    pub(crate) fn finish(mut self, status: u16) {
        self.status = status;
        self.code = None;
    }

    /// It was refused: the answer that says so.
    pub(crate) fn refuse(self, refusal: &Refusal) -> Response<Body> {
        self.fail(refusal);
        refusal.response()
    }

    /// It was refused, or broke off.
    pub(crate) fn fail(mut self, refusal: &Refusal) {
        self.status = refusal.status;
        self.code = Some(refusal.code);
        self.provider_problem = refusal.provider_problem;
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let milliseconds = |until: Instant| {
            u32::try_from(until.duration_since(self.started).as_millis()).unwrap_or(u32::MAX)
        };
        let tokens = |of: &[Bucket]| u64::try_from(self.measured.buckets.sum(of)).unwrap_or(u64::MAX);
        let (input, output) = (tokens(&Bucket::INPUT), tokens(&Bucket::OUTPUT));
        if let Some(key) = &self.caller.key {
            self.rates
                .used(key, input.saturating_add(output), self.services.now());
        }
        let counted = |tokens| (self.measured.source != UsageSource::None).then_some(tokens);
        let (tokens_in, tokens_out) = (counted(input), counted(output));
        let (provider, provider_slug) = match &self.provider {
            Some(provider) => (Some(provider.id), provider.slug.clone()),
            None => (None, String::new()),
        };
        let mut request_id = None;
        if let Some(note) = &self.note {
            note.set(|noted| {
                request_id.clone_from(&noted.id);
                noted.organization = Some(self.caller.slug.clone());
                noted.member = Some(self.caller.member);
                noted.key = self.caller.key.as_ref().map(|key| key.id);
                noted.code = self.code;
                if self.provider.is_some() {
                    noted.provider = Some(provider_slug.clone());
                    noted.model = Some(self.model.clone());
                    noted.tokens_in = tokens_in;
                    noted.tokens_out = tokens_out;
                }
            });
        }
        let charge = match &self.provider {
            Some(provider) => {
                let (of, model, at) = (self.caller.organization, &self.provider_model, self.started_at);
                self.services.charge(of, provider, model, at, &self.measured)
            }
            None => Charge::NOTHING,
        };
        let budget = self.budget.take();
        let budgets = budget.map(|held| held.settle(&self.measured, charge.cost, self.services.now()));
        self.services.record_usage(UsageEvent {
            organization: self.caller.organization,
            member: self.caller.member,
            key: self.caller.key.as_ref().map(|key| key.id),
            provider,
            provider_slug,
            model: std::mem::take(&mut self.model),
            provider_model: std::mem::take(&mut self.provider_model),
            request_id,
            attempt: 1,
            endpoint: self.endpoint,
            status: self.status,
            code: self.code,
            provider_problem: self.provider_problem,
            started_at: self.started_at,
            latency_ms: milliseconds(Instant::now()),
            first_token_ms: self.first_token.map(milliseconds),
            measured: std::mem::replace(&mut self.measured, Measured::NOTHING),
            charge,
            requests: 1,
            budgets: budgets.unwrap_or_default(),
        });
    }
}
