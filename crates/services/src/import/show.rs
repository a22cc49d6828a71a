//! What a page gets for a file.

use super::{ImportOutcome, ImportPlan};
use crate::{Actor, Error, Services};
use domain::import::{Answer, Refused, Shown, ShownNames};
use domain::{Problem, ProblemCode};
use std::fs::File;

/// The plan that somebody has seen and wants done.
#[derive(Clone, Debug)]
pub struct ToApply {
    /// The plan's fingerprint.
    pub fingerprint: String,
    /// Sent again with a retry, so that a plan is done once.
    pub idempotency_key: String,
}

impl Services {
    /// What a file would change or, when a plan is named, doing that, as a page shows it. A file that is not taken is a problem.
    /// For admins and above.
    pub async fn import(&self, actor: &Actor, file: File, apply: Option<&ToApply>) -> Result<Answer, Error> {
        let Some(apply) = apply else {
            let planned = self.plan_import(actor, file).await?.map_err(refusal)?;
            return Ok(Answer::Planned(self.show(actor, planned).await?));
        };
        let outcome = self.apply_import(actor, file, &apply.fingerprint, &apply.idempotency_key);
        match outcome.await? {
            ImportOutcome::Applied { change, changed } => Ok(Answer::Applied { change, changed }),
            ImportOutcome::PlanChanged(planned) => Ok(Answer::PlanChanged(self.show(actor, *planned).await?)),
            ImportOutcome::Refused(refused) => Err(refusal(refused).into()),
        }
    }

    async fn show(&self, actor: &Actor, planned: ImportPlan) -> Result<Box<Shown>, Error> {
        let mut shown = Shown::of(planned.plan, planned.fingerprint, planned.exported_at);
        let (tx, organization) = (self.read(actor).await?, actor.organization);
        let rows = store::members::rows(&tx, organization, &shown.people(), self.now()).await?;
        let providers = store::providers::refs(&tx, organization).await?;
        let teams = store::teams::refs(&tx, organization).await?;
        shown.names = ShownNames {
            people: rows
                .iter()
                .map(|row| (row.id, row.display_name().to_owned()))
                .collect(),
            providers: providers.into_iter().map(|p| (p.id, p.name)).collect(),
            teams: teams.into_iter().map(|team| (team.id, team.name)).collect(),
        };
        Ok(Box::new(shown))
    }
}

fn refusal(refused: Refused) -> Problem {
    let code = match refused {
        Refused::Forbidden => ProblemCode::Forbidden,
        _ => ProblemCode::Invalid,
    };
    Problem::new(code, refused.to_string())
}
