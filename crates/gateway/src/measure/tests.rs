//! `cost.json`, by the way that answers come in: bytes of a body, or bytes of a stream.

use super::{End, Measure};
use crate::sse::Relay;
use crate::wire::{self, Answer};
use domain::cases::cost::{Case, End as Ended};
use domain::cases::{self};
use domain::price::{Price, charge};
use domain::usage::{Bucket, Measured};
use serde_json::Value;
use std::collections::BTreeMap;

fn measured(case: &Case) -> Measured {
    let dialect = case.dialect.dialect();
    let request = case.request.as_ref().map(Value::to_string).unwrap_or_default();
    let given = || wire::given_bytes(request.as_bytes());
    match (&case.answer, &case.events, case.end) {
        (Some(answer), None, None) => {
            if !matches!(case.status, None | Some(200..=299)) {
                return Measured::NOTHING;
            }
            let answer = wire::read::<Answer>(answer.to_string().as_bytes()).unwrap();
            Measure::of(dialect, &answer).measured(End::Complete, given)
        }
        (None, Some(events), Some(end)) => {
            let mut relay = Relay::new(dialect);
            for event in events {
                let data = match event {
                    Value::String(data) => data.clone(),
                    event => event.to_string(),
                };
                relay
                    .push(
                        format!("data: {data}\n\n").as_bytes(),
                        &mut Vec::new(),
                        &mut |_| {},
                    )
                    .unwrap();
            }
            let end = match end {
                Ended::Complete => End::Complete,
                Ended::ClientGone => End::ClientGone,
                Ended::Broken => End::Broken,
            };
            relay.measured(end, given)
        }
        _ => panic!("a case has an answer, or events and their end"),
    }
}

#[test]
fn cases_of_cost() {
    let mut wrong = Vec::new();
    for (id, case) in cases::each::<Case>() {
        let measured = measured(&case);
        let prices: Vec<Price> = case.prices.iter().map(|entry| entry.price()).collect();
        let charge = charge(&prices, case.provider_type, &case.model, case.at.0, &measured);
        let buckets: BTreeMap<Bucket, u64> = measured.buckets.used().collect();
        let expect = &case.expect;
        let wanted: BTreeMap<Bucket, u64> = expect
            .buckets
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(b, n)| (*b, *n))
            .collect();
        let got = (
            measured.source,
            &buckets,
            charge.cost,
            &charge.price,
            &charge.unpriced,
        );
        let want = (
            expect.usage_source,
            &wanted,
            expect.cost_nano,
            &expect.price,
            &expect.unpriced,
        );
        if got != want {
            wrong.push(format!("{id}:\n  got  {got:?}\n  want {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
