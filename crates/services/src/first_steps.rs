//! First Steps, ticked off from what is really there.

use crate::{Actor, Error, Services};
use domain::organization::FirstSteps;
use domain::{Problem, ProblemCode};

impl Services {
    /// What has been done and what is next.
    pub async fn first_steps(&self, actor: &Actor) -> Result<FirstSteps, Error> {
        let _ = (actor,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
