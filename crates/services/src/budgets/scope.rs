//! What a budget applies to: found by what was typed, and named.

use crate::Error;
use domain::budget::{Scope, ScopeKind, Subject};
use domain::{MemberId, OrganizationId, Problem, ProviderId, Timestamp, email};
use store::Conn;
use store::budgets::BudgetRecord;

/// Whose requests are meant, of this organization.
pub(super) async fn scope_of(
    conn: &impl Conn,
    organization: OrganizationId,
    subject: Subject,
    now: Timestamp,
) -> Result<Scope, Error> {
    match subject {
        Subject::Organization => Ok(Scope::Organization),
        Subject::Member(address) => Ok(Scope::Member(member_at(conn, organization, &address, now).await?)),
        Subject::MemberAtProvider(address, slug) => Ok(Scope::MemberAtProvider(
            member_at(conn, organization, &address, now).await?,
            provider_of(conn, organization, "provider", &slug).await?,
        )),
        Subject::Team(name) => {
            let team = store::teams::by_name(conn, organization, &name).await?;
            let team = team.ok_or_else(|| Problem::invalid("name", "There is no team of this name."))?;
            Ok(Scope::Team(team))
        }
        Subject::Provider(slug) => Ok(Scope::Provider(
            provider_of(conn, organization, "name", &slug).await?,
        )),
        Subject::Key(public_id) => {
            let key = store::keys::by_public_id(conn, organization, &public_id).await?;
            let none = "There is no key that begins like this.";
            let key = key.ok_or_else(|| Problem::invalid("name", none))?;
            Ok(Scope::Key(key.id))
        }
    }
}

async fn member_at(
    conn: &impl Conn,
    organization: OrganizationId,
    address: &str,
    now: Timestamp,
) -> Result<MemberId, Error> {
    let address = email::check(address).map_err(|why| Problem::invalid("name", why.to_string()))?;
    let found = store::members::by_identity(conn, organization, &address.identity, now).await?;
    let member = found.ok_or_else(|| Problem::invalid("name", "No member has this email address."))?;
    Ok(member.id)
}

async fn provider_of(
    conn: &impl Conn,
    organization: OrganizationId,
    field: &'static str,
    slug: &str,
) -> Result<ProviderId, Error> {
    let found = store::providers::by_slug(conn, organization, slug).await?;
    found.ok_or_else(|| Problem::invalid(field, "There is no provider with this slug.").into())
}

/// A budget by what it applies to: `Team Data`, `Member Ana · OpenAI`.
pub(crate) fn title(record: &BudgetRecord) -> String {
    let kind = record.budget.scope.kind();
    match kind {
        ScopeKind::Organization => kind.label().to_owned(),
        ScopeKind::MemberAtProvider => format!("{} {}", ScopeKind::Member.label(), record.of),
        kind => format!("{} {}", kind.label(), record.of),
    }
}
