//! A file becomes a plan.

use super::apply::fingerprint;
use super::{Part, ReadError, read};
use crate::export::Exported;
use crate::{Actor, Error, Services};
use domain::import::{ExportedRow, Names, Plan, Planner, Refused, Standing, Who};
use domain::provider::ProviderStatus;
use domain::{MemberId, Problem, ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use store::Conn;
use tokio::sync::mpsc;

/// Batches read ahead.
const AHEAD: usize = 2;

/// A plan, and what it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// What would be done.
    pub plan: Plan,
    /// When the file was exported; `None` when it does not say so.
    pub exported_at: Option<Timestamp>,
    /// By which the plan is named when it is applied.
    pub fingerprint: String,
}

/// What comes of a file.
pub type PlanOutcome = Result<ImportPlan, Refused>;

impl Services {
    /// What a file, an export that was edited, would change. Changes nothing. For admins and above.
    pub async fn plan_import(&self, actor: &Actor, file: File) -> Result<PlanOutcome, Error> {
        if !actor.role.administers() {
            return Ok(Err(Refused::Forbidden));
        }
        let (tx, _place) = self.read_for_import(actor).await?;
        self.read_and_plan(&tx, actor, file).await
    }

    /// Reads the file and compares it with what there is within a transaction.
    pub(super) async fn read_and_plan(
        &self,
        tx: &impl Conn,
        actor: &Actor,
        file: File,
    ) -> Result<PlanOutcome, Error> {
        let (sender, parts) = mpsc::channel(AHEAD);
        let reader = crate::background::spawn(move || read(file, sender));
        let planned = self.plan(tx, actor, parts).await;
        match reader.await {
            Ok(Ok(()) | Err(ReadError::Stopped)) => planned,
            Ok(Err(why)) => {
                tracing::info!(
                    error = &why as &dyn std::error::Error,
                    "an import could not be read"
                );
                Err(why.problem().into())
            }
            // A file that its reader stumbles over is as good as damaged; nothing of ours was at stake.
            Err(why) if why.is_panic() => Err(ReadError::Unrecognized.problem().into()),
            Err(why) => Err(why.into()),
        }
    }

    async fn plan(
        &self,
        tx: &impl Conn,
        actor: &Actor,
        mut parts: mpsc::Receiver<Part>,
    ) -> Result<PlanOutcome, Error> {
        let Some(Part::Head {
            header,
            state,
            format,
        }) = parts.recv().await
        else {
            // The reader says why.
            return Err(Problem::new(ProblemCode::Invalid, "The file is empty.").into());
        };
        let exported = state.and_then(|state| Exported::open(&self.inner.vault, actor.organization, &state));
        let standing = Standing {
            member: actor.member,
            role: actor.role,
        };
        let (providers, teams) = self.names(tx, actor, exported.as_ref()).await?;
        let planner = Planner::new(standing, format, &header, exported.is_some(), providers, teams);
        let mut planner = match planner {
            Ok(planner) => planner,
            Err(refused) => return Ok(Err(refused)),
        };
        let now = self.now();
        while let Some(part) = parts.recv().await {
            let Part::Rows(rows) = part else { continue };
            let who: Vec<_> = rows.iter().map(|(_, cells)| planner.who(cells)).collect();
            let people = People::of(tx, actor, &who, exported.as_ref(), now).await?;
            for ((number, cells), who) in rows.iter().zip(&who) {
                let (now, then) = people.of_row(who, exported.as_ref());
                planner.row(*number, cells, who, now, then);
            }
        }
        let owners = store::members::active_owners(tx, actor.organization).await?;
        let plan = match planner.finish(owners) {
            Ok(plan) => plan,
            Err(refused) => return Ok(Err(refused)),
        };
        Ok(Ok(ImportPlan {
            fingerprint: fingerprint(&plan)?,
            plan,
            exported_at: exported.map(|exported| exported.at),
        }))
    }

    async fn names(
        &self,
        tx: &impl Conn,
        actor: &Actor,
        exported: Option<&Exported>,
    ) -> Result<(Names<domain::ProviderId>, Names<domain::TeamId>), Error> {
        let providers = store::providers::refs(tx, actor.organization).await?;
        let teams = store::teams::refs(tx, actor.organization).await?;
        let then = exported.map(|exported| (exported.providers.clone(), exported.teams.clone()));
        let (providers_then, teams_then) = then.unwrap_or_default();
        let provider = |p: domain::provider::ProviderRef| (p.id, p.name, p.status);
        let team = |team: domain::team::TeamRef| (team.id, team.name, ProviderStatus::Active);
        Ok((
            Names::new(providers.into_iter().map(provider), providers_then),
            Names::new(teams.into_iter().map(team), teams_then),
        ))
    }
}

/// How the people of some rows stand now.
struct People {
    by_identity: HashMap<String, MemberId>,
    rows: HashMap<MemberId, ExportedRow>,
}

impl People {
    async fn of(
        tx: &impl Conn,
        actor: &Actor,
        who: &[Who],
        exported: Option<&Exported>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let identities: Vec<&str> = who
            .iter()
            .filter_map(|who| match who {
                Who::Person { identity, .. } => Some(identity.as_str()),
                _ => None,
            })
            .collect();
        let by_identity = store::members::ids_of_identities(tx, actor.organization, &identities).await?;
        // Whoever has another address now is found by the row that they had at the export.
        let moved = identities
            .iter()
            .filter(|identity| !by_identity.contains_key(**identity))
            .filter_map(|identity| exported?.of(identity).map(|row| row.member));
        let ids: Vec<MemberId> = by_identity.values().copied().chain(moved).collect();
        let rows = store::members::rows(tx, actor.organization, &ids, now).await?;
        Ok(Self {
            by_identity,
            rows: rows.iter().map(|row| (row.id, ExportedRow::of(row))).collect(),
        })
    }

    /// How the person of a row stands now, and stood at the export.
    fn of_row<'a>(
        &'a self,
        who: &Who,
        exported: Option<&'a Exported>,
    ) -> (Option<&'a ExportedRow>, Option<&'a ExportedRow>) {
        let Who::Person { identity, .. } = who else {
            return (None, None);
        };
        let then = exported.and_then(|exported| exported.of(identity));
        let id = self.by_identity.get(identity).copied();
        let now = id
            .or(then.map(|then| then.member))
            .and_then(|id| self.rows.get(&id));
        (now, then)
    }
}
