//! The table of AI Access and the changes of one row.

mod access;
mod details;
mod ends;
mod history;
mod offboarding;
mod removal;
mod standing;

pub(crate) use access::{provider_names, team_names};
pub(crate) use removal::removed;

use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::access::{self as rule, Grant, Grants, ProviderAccess};
use domain::member::{EditOutcome, MemberPage, MemberRow};
use domain::query::MemberQuery;
use domain::{MemberId, OrganizationId, Problem, ProblemCode, Timestamp, VersionedOutcome};
use store::Conn;
use store::members::MemberRecord;

impl Services {
    /// One page of the table with everything around it. For auditors and above.
    pub async fn members(&self, actor: &Actor, query: &MemberQuery) -> Result<MemberPage, Error> {
        actor.reads_admin_side()?;
        let query = &query.check()?;
        let tx = match query.search.trim() {
            "" => self.read(actor).await?,
            _ => self.search(actor).await?,
        };
        Ok(store::members::page(&tx, actor.organization, query, self.now()).await?)
    }

    /// One row. For auditors and above.
    pub async fn member(&self, actor: &Actor, member: MemberId) -> Result<MemberRow, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        row(&tx, actor.organization, member, self.now()).await
    }

    /// Every provider, by name, with whether the member may use it and if not, why not. For the member, and for auditors
    /// and above.
    pub async fn provider_access(
        &self,
        actor: &Actor,
        member: MemberId,
    ) -> Result<Vec<ProviderAccess>, Error> {
        if member != actor.member {
            actor.reads_admin_side()?;
        }
        let tx = self.read(actor).await?;
        explained(&tx, actor.organization, member, self.now()).await
    }
}

/// Every provider, by name, with whether a member may use it and if not, why not.
pub(crate) async fn explained(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<ProviderAccess>, Error> {
    let record = store::members::get(conn, organization, member, now)
        .await?
        .ok_or_else(|| Problem::not_found("member"))?;
    let grants: Vec<Grant> = store::grants::of_member(conn, organization, member, now)
        .await?
        .into_iter()
        .map(|grant| Grant {
            provider: grant.provider,
            ends_at: grant.ends_at,
            models: grant.models,
        })
        .collect();
    let providers = store::providers::refs(conn, organization).await?;
    Ok(providers
        .into_iter()
        .map(|provider| ProviderAccess {
            denial: rule::check(
                record.status,
                (provider.id, provider.status),
                Grants::listed(&grants),
                now,
            )
            .err(),
            provider,
        })
        .collect())
}

/// A row as the table shows it.
async fn row(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<MemberRow, Error> {
    store::members::row(conn, organization, member, now)
        .await?
        .ok_or_else(|| Problem::not_found("member").into())
}

impl Change {
    /// The row that is to be changed, by somebody who may.
    pub(crate) async fn changeable(&self, member: MemberId) -> Result<MemberRecord, Error> {
        let record = store::members::get(&self.tx, self.organization, member, self.now)
            .await?
            .ok_or_else(|| Problem::not_found("member"))?;
        self.may_change(record.role)?;
        Ok(record)
    }

    /// The row as it is now, within this change.
    async fn row(&self, member: MemberId) -> Result<MemberRow, Error> {
        row(&self.tx, self.organization, member, self.now).await
    }

    /// The answer when somebody else was first.
    async fn conflict(&self, member: MemberId) -> Result<EditOutcome, Error> {
        Ok(VersionedOutcome::Conflict(Box::new(self.row(member).await?)))
    }

    /// Makes the change last and answers with the row as it is then.
    async fn saved(self, member: MemberId) -> Result<EditOutcome, Error> {
        let row = self.row(member).await?;
        self.commit().await?;
        Ok(VersionedOutcome::Saved(Box::new(row)))
    }
}

/// Whether the row is another than the editor saw.
fn stale(record: &MemberRecord, version: Option<i64>) -> bool {
    version.is_some_and(|version| version != record.version)
}

/// Refuses what only makes sense for somebody who has joined.
fn must_have_joined(record: &MemberRecord, message: &str) -> Result<(), Problem> {
    if record.status.is_invitation() {
        Err(Problem::new(ProblemCode::Invalid, message))
    } else {
        Ok(())
    }
}
