//! Requests to models: a list of them, and one with its receipt. Never their content.

mod export;

use crate::spend::{narrowed, whose};
use crate::{Actor, Error, Services};
use domain::budgets::Choice;
use domain::request_log::{REQUESTS_PAGE, ReceiptView, RequestPage, RequestQuery};
use domain::spend::SpendQuery;
use domain::{Problem, ProviderId};
use store::Conn;
use store::usage::requests;

impl Services {
    /// The newest requests that a query lets through. For every member; of everybody for auditors and above, of their
    /// teams for leads, else their own.
    pub async fn requests(&self, actor: &Actor, query: &RequestQuery) -> Result<RequestPage, Error> {
        let until = query.ends()?;
        let tx = self.search(actor).await?;
        let (scope, whose) = whose(&tx, actor).await?;
        // One more than is shown says whether there are older ones.
        let most = REQUESTS_PAGE + 1;
        let mut rows = requests::page(&tx, actor.organization, whose, query, until, most).await?;
        let more = rows.len() > REQUESTS_PAGE as usize;
        rows.truncate(REQUESTS_PAGE as usize);
        let named = SpendQuery {
            member: query.member,
            key: query.key,
            ..SpendQuery::default()
        };
        let narrowed = narrowed(&tx, actor, scope, &named, !rows.is_empty()).await?;
        Ok(RequestPage {
            narrowed,
            providers: self.providers_to_choose(&tx, actor).await?,
            next: rows.last().filter(|_| more).map(|row| row.place),
            rows,
            now: self.now(),
        })
    }

    /// Every provider for auditors and above, else those that somebody may use.
    async fn providers_to_choose(&self, conn: &impl Conn, actor: &Actor) -> Result<Vec<Choice>, Error> {
        let choice = |id: ProviderId, name: String| Choice {
            value: id.to_string(),
            label: name,
        };
        if !actor.role.reads_admin_side() {
            let usable = self.usable_providers(actor)?.into_iter();
            return Ok(usable
                .map(|provider| choice(provider.id, provider.name))
                .collect());
        }
        let all = store::providers::refs(conn, actor.organization)
            .await?
            .into_iter();
        Ok(all.map(|provider| choice(provider.id, provider.name)).collect())
    }

    /// One request with its price. What somebody may not see is not found.
    pub async fn request(&self, actor: &Actor, id: i64) -> Result<ReceiptView, Error> {
        let tx = self.read(actor).await?;
        let (_, whose) = whose(&tx, actor).await?;
        let found = requests::get(&tx, actor.organization, whose, id).await?;
        let row = found.ok_or_else(|| Problem::not_found("request"))?;
        let price = self.price_told(&tx, actor.organization, &row).await?;
        Ok(ReceiptView { row, price })
    }
}
