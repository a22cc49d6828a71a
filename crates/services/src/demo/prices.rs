//! An own price of the sample; one model of the same provider is left without.

use super::Sample;
use crate::Error;
use crate::prices::own;
use domain::prices::read_rate;
use domain::usage::Bucket;
use domain::{ProviderId, Timestamp};
use std::collections::BTreeMap;
use store::prices::NewPrice;

/// The model that has one.
const MODEL: &str = "qwen3:8b";
/// US dollars for a million tokens: about what the electricity costs.
const DOLLARS: [(Bucket, &str); 2] = [(Bucket::InputText, "0.04"), (Bucket::OutputText, "0.12")];
/// For how long it has been set, in days.
const SET: i64 = 60;

impl Sample<'_> {
    /// Sets it.
    pub(super) async fn set_own_price(&mut self, provider: ProviderId) -> Result<(), Error> {
        let (tx, organization) = (&self.change.tx, self.change.organization);
        let mut rates = BTreeMap::new();
        for (bucket, dollars) in DOLLARS {
            rates.insert(bucket, read_rate(bucket, dollars)?);
        }
        let from = self.now.plus(-SET * Timestamp::DAY);
        let new = NewPrice {
            provider,
            model: MODEL,
            from,
            rates: Some(&rates),
            by: self.change.actor()?.user,
        };
        store::prices::insert(tx, organization, new, from).await?;
        self.prices = own(tx, organization).await?;
        Ok(())
    }
}
