//! The table of AI Access and the changes of one row.

use crate::{Actor, Error, Services};
use domain::member::{EditOutcome, MemberPage, MemberRow, ProvidersChange, RemovalEffect, TeamsChange};
use domain::query::MemberQuery;
use domain::{MemberId, Problem, ProblemCode, ProviderId, Role};

impl Services {
    /// One page of the table with everything around it.
    pub async fn members(&self, actor: &Actor, query: &MemberQuery) -> Result<MemberPage, Error> {
        let _ = (actor, query);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// One row.
    pub async fn member(&self, actor: &Actor, member: MemberId) -> Result<MemberRow, Error> {
        let _ = (actor, member);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Changes the Allowed providers of a member, if the row is still as it was read.
    pub async fn set_providers(
        &self,
        actor: &Actor,
        member: MemberId,
        change: &ProvidersChange,
    ) -> Result<EditOutcome, Error> {
        let _ = (actor, member, change);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Allows one more provider, whatever else changed.
    pub async fn add_provider(
        &self,
        actor: &Actor,
        member: MemberId,
        provider: ProviderId,
    ) -> Result<(), Error> {
        let _ = (actor, member, provider);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Takes one provider away, whatever else changed.
    pub async fn remove_provider(
        &self,
        actor: &Actor,
        member: MemberId,
        provider: ProviderId,
    ) -> Result<(), Error> {
        let _ = (actor, member, provider);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Changes the organization role; with a version, only if the row is still as it was read.
    pub async fn set_role(
        &self,
        actor: &Actor,
        member: MemberId,
        version: Option<i64>,
        role: Role,
    ) -> Result<EditOutcome, Error> {
        let _ = (actor, member, version, role);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Changes the teams of a row, if it is still as it was read.
    pub async fn set_teams(
        &self,
        actor: &Actor,
        member: MemberId,
        change: &TeamsChange,
    ) -> Result<EditOutcome, Error> {
        let _ = (actor, member, change);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Suspends or reactivates; with a version, only if the row is still as it was read.
    pub async fn set_suspended(
        &self,
        actor: &Actor,
        member: MemberId,
        version: Option<i64>,
        suspended: bool,
    ) -> Result<EditOutcome, Error> {
        let _ = (actor, member, version, suspended);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// What removing a member would take away.
    pub async fn removal_effect(&self, actor: &Actor, member: MemberId) -> Result<RemovalEffect, Error> {
        let _ = (actor, member);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Removes a member with grants, team memberships and keys.
    pub async fn remove(&self, actor: &Actor, member: MemberId) -> Result<(), Error> {
        let _ = (actor, member);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Removes several members, all or none.
    pub async fn remove_many(&self, actor: &Actor, members: &[MemberId]) -> Result<(), Error> {
        let _ = (actor, members);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Leaves the organization.
    pub async fn leave(&self, actor: &Actor) -> Result<(), Error> {
        let _ = (actor,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
