//! A plan is done: computed again from the same file, and only as it was shown.

use super::ImportPlan;
use super::plan::PlanOutcome;
use crate::change::Change;
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::bulk::Part;
use domain::import::{Change as RowChange, Deed, Plan, Refused};
use domain::{BulkChangeId, MemberId, Problem, ProblemCode, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::File;

/// What comes of applying a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// The plan that was shown was done.
    Applied {
        /// By which it is undone, as any change of many rows.
        change: BulkChangeId,
        /// Rows that were changed.
        changed: u32,
    },
    /// Nothing was done, since the plan is another one by now.
    PlanChanged(Box<ImportPlan>),
    /// Nothing was done, since the file is not taken.
    Refused(Refused),
}

impl Services {
    /// Does what a file's plan says, in one transaction, when it is still the plan with this fingerprint. Sent again with the
    /// same key, it answers as the first time and does nothing. For admins and above.
    pub async fn apply_import(
        &self,
        actor: &Actor,
        file: File,
        fingerprint: &str,
        idempotency_key: &str,
    ) -> Result<ImportOutcome, Error> {
        let request = self.idempotent("import.apply", idempotency_key, &fingerprint)?;
        let _place = self.place_to_import(actor).await?;
        let change = self.administer(actor).await?;
        if let Some(answer) = request.answered(&change).await? {
            return Ok(answer);
        }
        let planned: PlanOutcome = self.read_and_plan(&change.tx, change.actor()?, file).await?;
        let planned = match planned {
            Ok(planned) if planned.fingerprint == fingerprint => planned,
            Ok(planned) => return Ok(ImportOutcome::PlanChanged(Box::new(planned))),
            Err(refused) => return Ok(ImportOutcome::Refused(refused)),
        };
        let outcome = change.apply_plan(&planned).await?;
        request.remember(&change, &outcome).await?;
        change.commit().await?;
        Ok(outcome)
    }
}

impl Change {
    async fn apply_plan(&self, planned: &ImportPlan) -> Result<ImportOutcome, Error> {
        let rows = &planned.plan.rows;
        if rows.is_empty() {
            return Err(Problem::new(ProblemCode::Invalid, "This file changes nothing.").into());
        }
        let parts: Vec<(MemberId, Vec<Part>, Option<Role>)> = rows
            .iter()
            .map(|row| (row.member, parts(&row.change), row.change.role))
            .collect();
        let about = json!({ "import": { "rows": rows.len(), "exported_at": planned.exported_at } });
        let change = self.apply_rows(&parts, &planned.fingerprint, about).await?;
        Ok(ImportOutcome::Applied {
            change,
            changed: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        })
    }
}

/// A row's change in the parts of which a bulk change consists.
fn parts(change: &RowChange) -> Vec<Part> {
    let part = |deed| match deed {
        Deed::Role(_) => Part::Role,
        Deed::AddProvider(id) => Part::AddProvider(id),
        Deed::RemoveProvider(id) => Part::RemoveProvider(id),
        Deed::AddTeam(id) => Part::AddTeam(id),
        Deed::RemoveTeam(id) => Part::RemoveTeam(id),
    };
    change.deeds().map(part).collect()
}

/// Another one as soon as anything that is shown is another.
pub(super) fn fingerprint(plan: &Plan) -> Result<String, serde_json::Error> {
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(serde_json::to_vec(plan)?)))
}
