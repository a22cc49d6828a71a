//! Where the budgets of a key stand, for the program that holds it.

use super::{lock, whole};
use crate::snapshot::{ApiKey, Refused};
use crate::{Actor, Error, Services};
use domain::budget::{Budget, Scope};
use domain::{Role, Timestamp};

/// Where one budget stands. Amounts are exact decimals in the budget's unit, money in US dollars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetStanding {
    /// The budget itself.
    pub budget: Budget,
    /// Which of these, by its name; empty for the organization.
    pub of: String,
    /// How much may be spent in a period.
    pub limit: String,
    /// What is spent in this one.
    pub spent: String,
    /// What is held for requests under way.
    pub held: String,
    /// When this period began; `None` where it is the only one.
    pub began_at: Option<Timestamp>,
    /// When the next one begins; `None` is never.
    pub renews_at: Option<Timestamp>,
}

/// Why it cannot be told where budgets stand.
#[derive(Debug, thiserror::Error)]
pub enum UsageUnknown {
    /// The key does not work, or that cannot be checked.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database did not tell their names.
    #[error(transparent)]
    Unread(#[from] Error),
}

impl Services {
    /// Every budget that a request with this key can concern: those of the key, its member, the member's teams, the
    /// organization, and the providers that the key can use.
    pub async fn usage_of_key(&self, key: ApiKey) -> Result<Vec<BudgetStanding>, UsageUnknown> {
        let now = self.now();
        let caller = self.inner.snapshot.caller(key, now)?;
        let providers = self.inner.snapshot.providers_of(key, now)?;
        let teams = self.inner.snapshot.teams_of(&caller);
        // Whoever asks on and on waits like a page, and holds up no request to a model.
        let asks = Actor {
            user: caller.user,
            email: String::new(),
            organization: caller.organization,
            slug: caller.slug.to_string(),
            member: caller.member,
            role: Role::Member,
        };
        let tx = self.read(&asks).await?;
        let records = store::budgets::list(&tx, caller.organization)
            .await
            .map_err(Error::from)?;
        let concerned = records.into_iter().filter(|record| match record.budget.scope {
            Scope::Organization => true,
            Scope::Member(member) => member == caller.member,
            Scope::MemberAtProvider(member, provider) => {
                member == caller.member && providers.contains(&provider)
            }
            Scope::Key(id) => caller.key.as_ref().is_some_and(|key| key.id == id),
            Scope::Team(team) => teams.contains(&team),
            Scope::Provider(provider) => providers.contains(&provider),
        });
        let Some(ledger) = self.inner.budgets.of(caller.organization) else {
            return Ok(Vec::new());
        };
        let ledger = lock(&ledger);
        let standing = |record: store::budgets::BudgetRecord| {
            let (budget, of) = (record.budget, record.of);
            let stand = ledger.stand(budget.id, now).unwrap_or_default();
            let period = ledger.period(budget.periods, now);
            BudgetStanding {
                of,
                limit: budget.unit.exact(budget.limit.unwrap_or(0)),
                spent: budget.unit.exact(whole(stand.spent)),
                held: budget.unit.exact(whole(stand.held)),
                began_at: period.start,
                renews_at: period.end,
                budget,
            }
        };
        Ok(concerned.map(standing).collect())
    }
}
