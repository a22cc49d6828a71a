//! Pricing the requests of a past span again, by the prices as they are known now.

use super::{own, shipped};
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::audit::{AuditAction, AuditTarget};
use domain::number::usd;
use domain::price::OwnPrices;
use domain::prices::{RepriceInput, RepriceSpan, Repricing};
use domain::provider::ApiType;
use domain::{OrganizationId, Problem, ProblemCode, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Conn;
use store::usage::corrections::{self, Correction, PricedRow, Span};

/// Requests that are priced again at once: it is one transaction, for which others wait a few seconds.
const MOST: u32 = 100_000;
/// Requests that are read at once.
const BATCH: u32 = 2_000;

/// What would become of a span, and what is to be written for it.
struct Plan {
    told: Repricing,
    corrections: Vec<Correction>,
    provider: String,
}

impl Services {
    /// What pricing a span again would change. For admins and owners.
    pub async fn preview_repricing(&self, actor: &Actor, input: &RepriceInput) -> Result<Repricing, Error> {
        let span = input.check()?;
        if !actor.role.administers() {
            let message = "Only admins and owners can price requests again. Ask one of them.";
            return Err(self.refuse(actor, message).into());
        }
        let tx = self.search(actor).await?;
        let up_to = corrections::latest(&tx).await?;
        let plan = plan(&tx, actor.organization, &span, up_to, self.now()).await?;
        Ok(plan.told)
    }

    /// Prices a span again, if that changes what was `seen` in the preview. Every request keeps its row; what it costs after
    /// all is written beside it, and in the sums. Budgets keep what they counted. For admins and owners.
    pub async fn reprice(&self, actor: &Actor, input: &RepriceInput, seen: &str) -> Result<Repricing, Error> {
        let span = input.check()?;
        let changed = || {
            let message = "What would change is not what the preview showed. Look at it again.";
            Problem::new(ProblemCode::Conflict, message)
        };
        let up_to = seen.split_once('.').and_then(|(up_to, _)| up_to.parse().ok());
        let up_to: i64 = up_to.ok_or_else(changed)?;
        let change = self.administer(actor).await?;
        let plan = plan(&change.tx, change.organization, &span, up_to, self.now()).await?;
        if plan.told.seen != seen {
            return Err(changed().into());
        }
        corrections::write(&change.tx, change.organization, change.now, &plan.corrections).await?;
        let model = match span.model.as_str() {
            "*" => String::new(),
            model => format!("{model} "),
        };
        change
            .audit(
                AuditAction::UsageReprice,
                AuditTarget::Provider(span.provider),
                &format!("{model}({})", plan.provider),
                Some(json!({ "spent": usd(plan.told.before), "unpriced": plan.told.unpriced_before })),
                Some(json!({
                    "spent": usd(plan.told.after),
                    "unpriced": plan.told.unpriced_after,
                    "from": span.from.rfc3339(),
                    "until": span.until.rfc3339(),
                    "requests": plan.told.changed,
                })),
            )
            .await?;
        change.commit().await?;
        Ok(plan.told)
    }
}

async fn plan(
    conn: &impl Conn,
    organization: OrganizationId,
    span: &RepriceSpan,
    up_to: i64,
    now: Timestamp,
) -> Result<Plan, Error> {
    let providers = store::providers::list(conn, organization, now).await?;
    let provider = providers.iter().find(|known| known.id == span.provider);
    let provider = provider.ok_or_else(|| Problem::invalid("provider", "There is no such provider."))?;
    let own = own(conn, organization).await?;
    let rows = Span {
        organization,
        provider: span.provider,
        model: (!span.model.contains('*')).then_some(span.model.as_str()),
        from: span.from,
        until: span.until,
        up_to,
    };
    if rows.count(conn, MOST + 1).await? > MOST {
        let message =
            format!("More than {MOST} requests are in these days. Choose fewer days, or one model.");
        return Err(Problem::invalid("until", message).into());
    }
    let mut told = Repricing::default();
    let (mut corrections, mut seen) = (Vec::new(), Sha256::new());
    let mut last: Option<PricedRow> = None;
    loop {
        let mut batch = rows.rows(conn, last.as_ref(), BATCH).await?;
        let Some(end) = batch.last().cloned() else { break };
        last = Some(end);
        batch.retain(|row| span.covers(&row.model));
        for row in batch {
            let correction = correction(&own, provider.api_type, row);
            told.requests += u64::from(correction.row.requests);
            told.before = told.before.saturating_add(correction.row.cost.unwrap_or(0));
            told.after = told.after.saturating_add(correction.cost.unwrap_or(0));
            let unpriced = |cost: Option<i64>| u64::from(cost.is_none()) * u64::from(correction.row.requests);
            told.unpriced_before += unpriced(correction.row.cost);
            told.unpriced_after += unpriced(correction.cost);
            let cost = |cost: Option<i64>| cost.unwrap_or(-1);
            for number in [
                correction.row.id,
                cost(correction.row.cost),
                cost(correction.cost),
            ] {
                seen.update(number.to_le_bytes());
            }
            if (correction.row.cost, &correction.row.price) != (correction.cost, &correction.price) {
                told.changed += 1;
                corrections.push(correction);
            }
        }
    }
    told.seen = format!("{up_to}.{}", URL_SAFE_NO_PAD.encode(seen.finalize()));
    Ok(Plan {
        told,
        corrections,
        provider: provider.name.clone(),
    })
}

fn correction(own: &OwnPrices, api_type: ApiType, row: PricedRow) -> Correction {
    let charge = own
        .charge(row.provider, &row.model, row.at, &row.measured)
        .unwrap_or_else(|| shipped(api_type, &row.model, row.at, &row.measured));
    Correction {
        row,
        price: charge.price,
        cost: charge.cost,
    }
}
