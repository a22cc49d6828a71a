//! Prices as administrators see and set them.

use super::{SHIPPED, own, serving};
use crate::change::Change;
use crate::spend::whose;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::budgets::Choice;
use domain::limits::PRICES;
use domain::price::OwnPrice;
use domain::prices::{NewPrice, OwnPriceView, PriceInput, PriceList, PricedModel, RateView, read_end};
use domain::provider::ApiType;
use domain::spend::{SPEND_ROWS, SpendBy, SpendDays, SpendQuery};
use domain::usage::Bucket;
use domain::{PriceId, Problem, ProblemCode, ProviderId, Timestamp};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use store::prices::{NewPrice as Stored, PriceRecord};
use store::usage::spend::{self, Part};

/// How far back models count as used, in days.
const USED_DAYS: i64 = 30;

impl Services {
    /// Models that were asked and what they cost, own prices, and what the form for the price of a model begins with;
    /// none is begun where `provider`, its id, is empty. For auditors and above.
    pub async fn prices(&self, actor: &Actor, provider: &str, model: &str) -> Result<PriceList, Error> {
        actor.reads_admin_side()?;
        let now = self.now();
        let tx = self.search(actor).await?;
        let providers = store::providers::list(&tx, actor.organization, now).await?;
        let records = store::prices::list(&tx, actor.organization).await?;
        let own = own(&tx, actor.organization).await?;
        let (_, whose) = whose(&tx, actor).await?;
        let today = Timestamp(now.0 - now.0.rem_euclid(Timestamp::DAY));
        let part = Part {
            organization: actor.organization,
            whose,
            days: SpendDays {
                from: today.plus(-USED_DAYS * Timestamp::DAY),
                until: today.plus(Timestamp::DAY),
            },
            query: SpendQuery {
                by: SpendBy::Model,
                ..SpendQuery::default()
            },
        };
        let mut asked = spend::unpriced(&tx, &part, SPEND_ROWS).await?;
        for group in spend::groups(&tx, &part, SPEND_ROWS).await? {
            let known = asked
                .iter()
                .any(|other| (other.id, &other.model) == (group.id, &group.model));
            // What was refused before a model was asked needs no price.
            if !known && !group.model.is_empty() {
                asked.push(group);
            }
        }
        let kinds: HashMap<ProviderId, (&str, ApiType)> = providers
            .iter()
            .map(|provider| (provider.id, (provider.name.as_str(), provider.api_type)))
            .collect();
        let serving = |provider: ProviderId, model: &str| {
            let (_, api_type) = kinds.get(&provider)?;
            serving(&own, provider, *api_type, model, now)
        };
        let mut models: Vec<PricedModel> = asked
            .into_iter()
            .filter_map(|group| {
                let provider = ProviderId(group.id);
                let (name, _) = kinds.get(&provider)?;
                let price = serving(provider, &group.model);
                Some(PricedModel {
                    provider,
                    provider_name: (*name).to_owned(),
                    requests: group.sum.requests,
                    unpriced: group.sum.unpriced,
                    rates: price
                        .as_ref()
                        .map(|(_, rates)| RateView::all(rates))
                        .unwrap_or_default(),
                    price: price.map(|(name, _)| name),
                    model: group.model,
                })
            })
            .collect();
        models.sort_by_key(|model| model.price.is_some());
        let draft = provider.parse().ok().map(|provider: ProviderId| PriceInput {
            provider: provider.to_string(),
            model: model.to_owned(),
            from: String::new(),
            rates: serving(provider, model)
                .map(|(_, rates)| {
                    let rates = RateView::all(&rates).into_iter();
                    rates.map(|rate| (rate.bucket, rate.amount)).collect()
                })
                .unwrap_or_default(),
        });
        let name = |id: ProviderId| {
            kinds
                .get(&id)
                .map_or("Deleted provider", |(name, _)| name)
                .to_owned()
        };
        Ok(PriceList {
            models,
            own: views(records, name),
            providers: providers
                .iter()
                .map(|provider| Choice {
                    value: provider.id.to_string(),
                    label: provider.name.clone(),
                })
                .collect(),
            draft: draft.unwrap_or_default(),
            checked: SHIPPED.checked.clone(),
            now,
        })
    }

    /// Sets the price of a model from an instant on. What was answered before keeps its cost. For admins and owners.
    pub async fn set_price(&self, actor: &Actor, input: &PriceInput) -> Result<PriceId, Error> {
        let NewPrice {
            provider,
            model,
            from,
            rates,
        } = input.check(self.now())?;
        let change = self.administer(actor).await?;
        let (id, label) = change.put_price(provider, &model, from, Some(&rates)).await?;
        let told = told(from, Some(&rates));
        change
            .audit(
                AuditAction::PriceSet,
                AuditTarget::Price(id),
                &label,
                None,
                Some(told),
            )
            .await?;
        change.commit().await?;
        Ok(id)
    }

    /// Ends an own price from an instant on, or before it begins: a pattern's own price or the shipped one serves again.
    /// `from` is a day in UTC; empty is at once. For admins and owners.
    pub async fn end_price(&self, actor: &Actor, price: PriceId, from: &str) -> Result<(), Error> {
        let from = read_end(from, self.now())?;
        let change = self.administer(actor).await?;
        let records = store::prices::list(&change.tx, change.organization).await?;
        let record = records.iter().find(|record| record.price.id == price);
        let before = &record.ok_or_else(|| Problem::not_found("price"))?.price;
        let from = from.max(before.from);
        let follows = |other: &&OwnPrice| {
            let same = other.provider == before.provider && other.model == before.model;
            same && (other.from, other.id) > (before.from, before.id) && other.from <= from
        };
        let mut all = records.iter().map(|record| &record.price);
        if let Some(next) = all.find(follows) {
            let message = format!(
                "Another price of this model follows at {}. Choose an earlier day, or end that one.",
                next.from.exact()
            );
            return Err(Problem::invalid("from", message).into());
        }
        let (id, label) = change
            .put_price(before.provider, &before.model, from, None)
            .await?;
        let rates = before.tiers.first().map(|tier| &tier.rates);
        change
            .audit(
                AuditAction::PriceEnd,
                AuditTarget::Price(id),
                &label,
                Some(told(before.from, rates)),
                Some(told(from, None)),
            )
            .await?;
        change.commit().await
    }
}

impl Change {
    /// Stores a price, or an end of one; says what it is of, for the audit log.
    async fn put_price(
        &self,
        provider: ProviderId,
        model: &str,
        from: Timestamp,
        rates: Option<&BTreeMap<Bucket, u64>>,
    ) -> Result<(PriceId, String), Error> {
        let providers = store::providers::list(&self.tx, self.organization, self.now).await?;
        let known = providers.iter().find(|known| known.id == provider);
        let known = known.ok_or_else(|| Problem::invalid("provider", "There is no such provider."))?;
        let set = store::prices::list(&self.tx, self.organization).await?.len();
        if set >= PRICES {
            let message = format!(
                "This organization has set {PRICES} prices, which is the most. Use patterns such as gpt-5* instead of single models."
            );
            return Err(Problem::new(ProblemCode::Invalid, message).into());
        }
        let new = Stored {
            provider,
            model,
            from,
            rates,
            by: self.actor()?.user,
        };
        let id = store::prices::insert(&self.tx, self.organization, new, self.now).await?;
        Ok((id, format!("{model} ({})", known.name)))
    }
}

/// A price as the audit log tells it.
fn told(from: Timestamp, rates: Option<&BTreeMap<Bucket, u64>>) -> Value {
    let rates = rates.map(|rates| {
        let rates = RateView::all(rates).into_iter();
        rates
            .map(|rate| (rate.bucket.as_str().to_owned(), Value::from(rate.amount)))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({ "from": from.rfc3339(), "rates": rates })
}

/// Own prices, the latest first, each until the next one of the same model.
fn views(records: Vec<PriceRecord>, name: impl Fn(ProviderId) -> String) -> Vec<OwnPriceView> {
    let mut records = records;
    records.sort_by_key(|record| Reverse((record.price.from, record.price.id)));
    let mut next: HashMap<(ProviderId, String), Timestamp> = HashMap::new();
    records
        .into_iter()
        .map(|PriceRecord { price, by }| OwnPriceView {
            id: price.id,
            provider: name(price.provider),
            from: price.from,
            until: next.insert((price.provider, price.model.clone()), price.from),
            rates: price
                .tiers
                .first()
                .map(|tier| RateView::all(&tier.rates))
                .unwrap_or_default(),
            model: price.model,
            by,
        })
        .collect()
}
