//! Teams and the people in them.

use crate::{Actor, Error, Services};
use domain::team::{TeamPeopleChange, TeamPerson, TeamView};
use domain::{Problem, ProblemCode, TeamId, VersionedOutcome};

impl Services {
    /// Every team, by name.
    pub async fn teams(&self, actor: &Actor) -> Result<Vec<TeamView>, Error> {
        let _ = (actor,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// The people of one team, by name.
    pub async fn team_people(&self, actor: &Actor, team: TeamId) -> Result<Vec<TeamPerson>, Error> {
        let _ = (actor, team);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// The first people that match, for adding to a team.
    pub async fn find_people(&self, actor: &Actor, text: &str) -> Result<Vec<TeamPerson>, Error> {
        let _ = (actor, text);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Creates a team.
    pub async fn create_team(
        &self,
        actor: &Actor,
        name: &str,
        idempotency_key: &str,
    ) -> Result<TeamView, Error> {
        let _ = (actor, name, idempotency_key);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Renames a team, if it is still as it was read.
    pub async fn rename_team(
        &self,
        actor: &Actor,
        team: TeamId,
        version: i64,
        name: &str,
    ) -> Result<VersionedOutcome<TeamView>, Error> {
        let _ = (actor, team, version, name);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Deletes a team; its people stay.
    pub async fn delete_team(&self, actor: &Actor, team: TeamId) -> Result<(), Error> {
        let _ = (actor, team);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Adds people to a team and takes people out, whatever else changed.
    pub async fn change_team_people(
        &self,
        actor: &Actor,
        team: TeamId,
        change: &TeamPeopleChange,
    ) -> Result<(), Error> {
        let _ = (actor, team, change);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
