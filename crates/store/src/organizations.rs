//! Organizations, and which of them a person belongs to.

use crate::collation::sort_key;
use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::{member, organization};
use crate::error::{Result, known};
use domain::organization::OrganizationLink;
use domain::{MemberId, MemberStatus, OrganizationId, Role, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, Select, Set};

/// An organization as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRecord {
    /// Which.
    pub id: OrganizationId,
    /// Its part of every URL.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A person's active place in one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationId,
    /// Its part of every URL.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The person's row.
    pub member: MemberId,
    /// The person's role.
    pub role: Role,
}

impl From<organization::Model> for OrganizationRecord {
    fn from(row: organization::Model) -> Self {
        Self {
            id: OrganizationId(row.id),
            slug: row.slug,
            name: row.name,
            created_at: Timestamp(row.created_at),
        }
    }
}

/// One organization.
pub async fn get(conn: &impl Conn, organization: OrganizationId) -> Result<Option<OrganizationRecord>> {
    let row = organization::Entity::find_by_id(organization.0)
        .one(conn.inner())
        .await?;
    Ok(row.map(Into::into))
}

/// The organization with this slug.
pub async fn by_slug(conn: &impl Conn, slug: &str) -> Result<Option<OrganizationRecord>> {
    let row = organization::Entity::find()
        .filter(organization::Column::Slug.eq(slug))
        .one(conn.inner())
        .await?;
    Ok(row.map(Into::into))
}

/// Makes an organization. [`crate::Error::Constraint`] when the slug is taken.
pub async fn insert(tx: &WriteTx, slug: &str, name: &str, now: Timestamp) -> Result<OrganizationId> {
    let row = organization::ActiveModel {
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(OrganizationId(row.insert(tx.inner()).await?.id))
}

/// Gives an organization another name.
pub async fn set_name(tx: &WriteTx, organization: OrganizationId, name: &str) -> Result<()> {
    organization::Entity::update_many()
        .col_expr(organization::Column::Name, Expr::value(name))
        .filter(organization::Column::Id.eq(organization.0))
        .exec(tx.inner())
        .await?;
    Ok(())
}

/// The organization's id, slug and name; the member's id and role.
type MembershipRow = (i64, String, String, i64, String);

fn with_status(user: UserId, status: MemberStatus) -> Select<organization::Entity> {
    organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .column(organization::Column::Slug)
        .column(organization::Column::Name)
        .column_as(member::Column::Id, "member_id")
        .column_as(member::Column::Role, "role")
        .join(
            JoinType::InnerJoin,
            organization::Entity::belongs_to(member::Entity)
                .from(organization::Column::Id)
                .to(member::Column::OrganizationId)
                .into(),
        )
        .filter(member::Column::UserId.eq(user.0))
        .filter(member::Column::Status.eq(status.as_str()))
}

fn active_memberships(user: UserId) -> Select<organization::Entity> {
    with_status(user, MemberStatus::Active)
}

fn membership((organization, slug, name, member, role): MembershipRow) -> Result<Membership> {
    Ok(Membership {
        organization: OrganizationId(organization),
        slug,
        name,
        member: MemberId(member),
        role: known("member.role", &role)?,
    })
}

/// The person's active place in the organization with this slug.
pub async fn membership_of(conn: &impl Conn, user: UserId, slug: &str) -> Result<Option<Membership>> {
    active_memberships(user)
        .filter(organization::Column::Slug.eq(slug))
        .into_tuple::<MembershipRow>()
        .one(conn.inner())
        .await?
        .map(membership)
        .transpose()
}

/// The slugs and names of the organizations in which a person is suspended, by name.
pub async fn suspended_in(conn: &impl Conn, user: UserId) -> Result<Vec<(String, String)>> {
    let rows = with_status(user, MemberStatus::Suspended)
        .into_tuple::<MembershipRow>()
        .all(conn.inner())
        .await?;
    let mut found: Vec<_> = rows.into_iter().map(|(_, slug, name, ..)| (slug, name)).collect();
    found.sort_by_cached_key(|(slug, name)| (sort_key(name), slug.clone()));
    Ok(found)
}

/// Where a person is an active member, in no order.
pub async fn memberships(conn: &impl Conn, user: UserId) -> Result<Vec<Membership>> {
    active_memberships(user)
        .into_tuple::<MembershipRow>()
        .all(conn.inner())
        .await?
        .into_iter()
        .map(membership)
        .collect()
}

/// The organizations in which a person is an active member, by name.
pub async fn links_of(conn: &impl Conn, user: UserId) -> Result<Vec<OrganizationLink>> {
    let mut memberships = memberships(conn, user).await?;
    memberships.sort_by_cached_key(|m| (sort_key(&m.name), m.slug.clone()));
    Ok(memberships
        .into_iter()
        .map(|m| OrganizationLink {
            slug: m.slug,
            name: m.name,
            role: m.role,
        })
        .collect())
}
