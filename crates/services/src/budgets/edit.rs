//! Budgets as administrators keep them.

use super::{scope_of, title, whole};
use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::budget::{Limit, Mode, ScopeKind, Unit, read_limit, read_mode, read_warn, write_warn};
use domain::budgets::{BudgetChange, BudgetInput, BudgetList, BudgetView, Choice};
use domain::limits::BUDGETS;
use domain::period::PeriodKind;
use domain::{BudgetId, OrganizationId, Problem, ProblemCode, Timestamp, VersionedOutcome};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::budgets::BudgetRecord;

impl Services {
    /// Every budget with where it stands. For auditors and above.
    pub async fn budgets(&self, actor: &Actor) -> Result<BudgetList, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        let records = store::budgets::list(&tx, actor.organization).await?;
        let now = self.now();
        let choices = |all: Vec<(&str, &str)>| {
            let choice = |(value, label): (&str, &str)| Choice {
                value: value.to_owned(),
                label: label.to_owned(),
            };
            all.into_iter().map(choice).collect()
        };
        Ok(BudgetList {
            budgets: records
                .iter()
                .map(|record| self.view(actor.organization, record, now))
                .collect(),
            scopes: choices(
                ScopeKind::ALL
                    .iter()
                    .map(|kind| (kind.as_str(), kind.label()))
                    .collect(),
            ),
            units: choices(
                Unit::ALL
                    .iter()
                    .map(|unit| (unit.as_str(), unit.label()))
                    .collect(),
            ),
            periods: choices(
                PeriodKind::ALL
                    .iter()
                    .map(|kind| (kind.as_str(), kind.label()))
                    .collect(),
            ),
            modes: choices(
                Mode::ALL
                    .iter()
                    .map(|mode| (mode.as_str(), mode.label()))
                    .collect(),
            ),
            teams: store::teams::refs(&tx, actor.organization)
                .await?
                .into_iter()
                .map(|team| Choice {
                    value: team.name,
                    label: "Team".to_owned(),
                })
                .collect(),
            providers: store::providers::list(&tx, actor.organization, now)
                .await?
                .into_iter()
                .map(|provider| Choice {
                    value: provider.slug,
                    label: provider.name,
                })
                .collect(),
            zone: store::time_zones::of(&tx, actor.organization)
                .await?
                .current()
                .name()
                .to_owned(),
            now,
        })
    }

    /// Makes a budget. It begins with nothing spent. For admins and owners.
    pub async fn create_budget(&self, actor: &Actor, input: &BudgetInput) -> Result<BudgetId, Error> {
        let new = input.check()?;
        let change = self.administer(actor).await?;
        let (tx, organization) = (&change.tx, change.organization);
        if store::budgets::list(tx, organization).await?.len() >= BUDGETS {
            return Err(Problem::new(
                ProblemCode::Invalid,
                format!("This organization has {BUDGETS} budgets. Delete one first."),
            )
            .into());
        }
        let scope = scope_of(tx, organization, new.subject, change.now).await?;
        let id = store::budgets::insert(
            tx,
            organization,
            scope,
            new.limit,
            new.periods,
            &new.warn,
            change.now,
        )
        .await?;
        let made = change.budget(id).await?;
        change
            .audit(
                AuditAction::BudgetCreate,
                AuditTarget::Budget(id),
                &label(&made),
                None,
                Some(told(&made)),
            )
            .await?;
        change.commit().await?;
        Ok(id)
    }

    /// Gives a budget another limit, if it is still as it was read. What is spent stays spent. For admins and owners.
    pub async fn change_budget(
        &self,
        actor: &Actor,
        budget: BudgetId,
        input: &BudgetChange,
    ) -> Result<VersionedOutcome<BudgetView>, Error> {
        let change = self.administer(actor).await?;
        let before = change.budget(budget).await?;
        let unit = before.budget.unit;
        let limit = Limit {
            unit,
            amount: read_limit(unit, &input.limit)?,
            mode: read_mode(&input.mode)?,
        };
        let warn = read_warn(&input.warn)?;
        let organization = change.organization;
        if before.version != input.version {
            return Ok(VersionedOutcome::Conflict(self.view(
                organization,
                &before,
                change.now,
            )));
        }
        let same = (before.budget.limit, before.budget.mode) == (Some(limit.amount), limit.mode);
        if same && before.budget.warn == warn {
            return Ok(VersionedOutcome::Saved(self.view(
                organization,
                &before,
                change.now,
            )));
        }
        store::budgets::set_limit(&change.tx, organization, budget, limit.amount, limit.mode, &warn).await?;
        let mail = self
            .warn_of(&change.tx, &BTreeSet::from([budget]), change.now)
            .await?;
        let after = change.budget(budget).await?;
        change
            .audit(
                AuditAction::BudgetChange,
                AuditTarget::Budget(budget),
                &label(&before),
                Some(told(&before)),
                Some(told(&after)),
            )
            .await?;
        let now = change.now;
        change.commit().await?;
        if mail {
            self.mail_is_due();
        }
        Ok(VersionedOutcome::Saved(self.view(organization, &after, now)))
    }

    /// Deletes a budget: it stops nothing any more. For admins and owners.
    pub async fn delete_budget(&self, actor: &Actor, budget: BudgetId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let before = change.budget(budget).await?;
        store::budgets::delete(&change.tx, change.organization, budget).await?;
        change
            .audit(
                AuditAction::BudgetDelete,
                AuditTarget::Budget(budget),
                &label(&before),
                Some(told(&before)),
                None,
            )
            .await?;
        change.commit().await
    }

    fn view(&self, organization: OrganizationId, record: &BudgetRecord, now: Timestamp) -> BudgetView {
        let budget = &record.budget;
        let (stand, renews_at) = self.inner.budgets.stand(organization, budget, now);
        let limit = budget.limit.unwrap_or(0);
        let percent = match limit {
            0 => 100,
            limit => u32::try_from(stand.spent * 100 / i128::from(limit)).unwrap_or(u32::MAX),
        };
        BudgetView {
            id: budget.id,
            version: record.version,
            title: title(record),
            limit: budget.unit.amount(limit),
            limit_input: budget.unit.exact(limit),
            period: budget.periods.label(),
            mode: budget.mode.as_str().to_owned(),
            spent: budget.unit.part(whole(stand.spent), limit),
            held: match stand.held {
                0 => String::new(),
                held => budget.unit.amount(whole(held)),
            },
            percent,
            warn: write_warn(&budget.warn, ", "),
            warned: budget
                .warn
                .iter()
                .copied()
                .filter(|level| *level <= percent)
                .max()
                .unwrap_or(0),
            renews_at,
        }
    }
}

impl Change {
    async fn budget(&self, id: BudgetId) -> Result<BudgetRecord, Error> {
        let records = store::budgets::list(&self.tx, self.organization).await?;
        let found = records.into_iter().find(|record| record.budget.id == id);
        found.ok_or_else(|| Problem::not_found("budget").into())
    }
}

/// A budget as the audit log names it.
fn label(record: &BudgetRecord) -> String {
    let budget = &record.budget;
    format!(
        "{}, {} by {}",
        title(record),
        budget.unit.label(),
        budget.periods.kind.as_str()
    )
}

fn told(record: &BudgetRecord) -> Value {
    let budget = &record.budget;
    json!({
        "limit": budget.unit.amount(budget.limit.unwrap_or(0)),
        "period": budget.periods.label(),
        "mode": budget.mode.as_str(),
        "warn": write_warn(&budget.warn, ", "),
    })
}
