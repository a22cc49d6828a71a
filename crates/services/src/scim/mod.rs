//! SCIM 2.0 (RFC 7643, 7644): a directory keeps members and teams. It sees and touches only what it made or linked.
//!
//! What clients send is read in steps: `grammar` reads filters and paths as they are written, `attribute` the values of
//! attributes that are known, `condition` and `patch` apply them to a resource. `users` and `groups` are the use cases.

mod attribute;
mod condition;
mod documents;
mod error;
mod grammar;
mod groups;
mod patch;
mod resource;
mod tokens;
mod users;

pub use attribute::ScimKind;
pub use documents::{resource_type, resource_types, schema, schemas, service_provider_config};
pub use error::{ScimError, ScimRefusal};
pub use resource::{Projection, ScimResource};
pub use tokens::MadeScimToken;

use crate::actor::Principal;
use crate::change::Change;
use crate::crypto::token_hash;
use crate::{Error, Services};
use condition::Condition;
use domain::limits::SCIM_PAGE;
use domain::{OrganizationId, Timestamp};
use serde_json::{Map, Value, json};
use store::scim::{TokenRecord, Which};

/// The schema of an answer with several resources.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Whoever presents a token that is live, in the organization of the path.
#[derive(Clone, Debug)]
pub struct ScimConnection {
    organization: OrganizationId,
    /// What the token is called.
    name: String,
    hash: Vec<u8>,
    base: String,
}

impl ScimConnection {
    /// SCIM's address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }
}

/// Which versions a change, or a read, is for (RFC 7644, 3.14; RFC 9110, 13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Precondition(Option<String>);

impl Precondition {
    /// From the value of `If-Match`, where there is one.
    pub fn new(if_match: Option<&str>) -> Self {
        Self(if_match.map(str::to_owned))
    }

    fn allows(&self, version: &str) -> Result<(), ScimRefusal> {
        match &self.0 {
            Some(list) if !names_version(list, version) => Err(ScimRefusal::stale()),
            _ => Ok(()),
        }
    }
}

/// Whether a list of versions, as `If-Match` and `If-None-Match` have it, names this one; `*` is any.
pub fn names_version(list: &str, version: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.split(',')
        .any(|tag| tag.trim() == "*" || plain(tag) == plain(version))
}

/// Which resources are listed, and what of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScimQuery {
    /// As it is written.
    pub filter: Option<String>,
    /// The first that is wanted, from 1 on.
    pub start_index: Option<i64>,
    /// How many at most.
    pub count: Option<i64>,
    /// What of each.
    pub projection: Projection,
}

impl Services {
    /// SCIM's address of an organization.
    pub fn scim_url(&self, organization: &str) -> String {
        format!("{}/o/{organization}/scim/v2", self.inner.public_url)
    }

    /// Who presents this token in this organization; `None` unless it is live there.
    pub async fn scim_connection(
        &self,
        organization: &str,
        token: &str,
    ) -> Result<Option<ScimConnection>, Error> {
        let (hash, now) = (token_hash(token), self.now());
        let tx = self.inner.store.read().await?;
        let Some(token) = store::scim::token_by_hash(&tx, &hash).await? else {
            return Ok(None);
        };
        let place = store::organizations::get(&tx, token.organization).await?;
        drop(tx);
        if !is_live(&token, now) || place.is_none_or(|place| place.slug != organization) {
            return Ok(None);
        }
        if token
            .last_used_at
            .is_none_or(|last| now.0 - last.0 >= Timestamp::MINUTE)
        {
            self.note(async |tx| store::scim::touch_token(tx, token.id, now).await)
                .await;
        }
        Ok(Some(ScimConnection {
            organization: token.organization,
            name: token.name,
            hash,
            base: self.scim_url(organization),
        }))
    }

    /// One resource.
    pub async fn scim_get(
        &self,
        connection: &ScimConnection,
        kind: ScimKind,
        id: &str,
    ) -> Result<ScimResource, ScimError> {
        let number = kind.number(id).ok_or_else(ScimRefusal::not_found)?;
        let tx = self.scim_read(connection.organization).await?;
        let which = Which::Id(number);
        let found = match kind {
            ScimKind::User => users::read(&tx, connection, which, true).await?,
            ScimKind::Group => groups::read(&tx, connection, which, true).await?,
        };
        Ok(found.into_iter().next().ok_or_else(ScimRefusal::not_found)?)
    }

    /// The resources of a kind that match, a page of them, in order of creation.
    pub async fn scim_list(
        &self,
        connection: &ScimConnection,
        kind: ScimKind,
        query: &ScimQuery,
    ) -> Result<Value, ScimError> {
        let condition = match &query.filter {
            Some(filter) => Some(condition::read(kind, filter)?),
            None => None,
        };
        let start = query.start_index.unwrap_or(1).max(1);
        let offset = u32::try_from(start - 1).unwrap_or(u32::MAX);
        let most = i64::from(SCIM_PAGE);
        let limit = u32::try_from(query.count.unwrap_or(most).clamp(0, most)).unwrap_or(SCIM_PAGE);
        let (total, found) = match condition {
            None => self.scim_page(connection, kind, query, offset, limit).await?,
            Some(condition) => {
                let all = self.scim_matching(connection, kind, condition).await?;
                let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
                let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
                let taken = usize::try_from(limit).unwrap_or(usize::MAX);
                (total, all.into_iter().skip(skipped).take(taken).collect())
            }
        };
        let shown = found
            .iter()
            .map(|resource| query.projection.apply(kind, resource));
        Ok(list(total, start, shown.collect()))
    }

    /// A page of all, and how many there are.
    async fn scim_page(
        &self,
        connection: &ScimConnection,
        kind: ScimKind,
        query: &ScimQuery,
        offset: u32,
        limit: u32,
    ) -> Result<(u32, Vec<ScimResource>), ScimError> {
        let tx = self.scim_read(connection.organization).await?;
        let which = Which::Page { offset, limit };
        // Versions cover all attributes, so that what is not shown can be left unread only with them.
        let unread = |name| query.projection.lacks(kind, name) && query.projection.lacks(kind, "meta");
        Ok(match kind {
            ScimKind::User => (
                store::scim::users_count(&tx, connection.organization).await?,
                users::read(&tx, connection, which, !unread("groups")).await?,
            ),
            ScimKind::Group => (
                store::scim::groups_count(&tx, connection.organization).await?,
                groups::read(&tx, connection, which, !unread("members")).await?,
            ),
        })
    }

    /// All that match.
    async fn scim_matching(
        &self,
        connection: &ScimConnection,
        kind: ScimKind,
        condition: Condition,
    ) -> Result<Vec<ScimResource>, ScimError> {
        let tx = self.scim_read(connection.organization).await?;
        let which = condition.narrowed(kind).unwrap_or(Which::All);
        let found = match kind {
            ScimKind::User => users::read(&tx, connection, which, true).await?,
            ScimKind::Group => groups::read(&tx, connection, which, true).await?,
        };
        // A whole directory may be looked through, which takes a while.
        let matching = crate::background::spawn(move || {
            let mut found = found;
            found.retain(|resource| condition.holds(&resource.values));
            found
        });
        let matching = matching.await.map_err(Error::from)?;
        drop(tx);
        Ok(matching)
    }

    /// Makes a resource.
    pub async fn scim_create(
        &self,
        connection: &ScimConnection,
        kind: ScimKind,
        body: &Map<String, Value>,
    ) -> Result<ScimResource, ScimError> {
        let change = self.scim_change(connection).await?;
        let made = match kind {
            ScimKind::User => users::create(&change, connection, body).await?,
            ScimKind::Group => groups::create(&change, connection, body).await?,
        };
        change.commit().await?;
        Ok(made)
    }

    /// Replaces a resource (`PUT`).
    pub async fn scim_replace(
        &self,
        connection: &ScimConnection,
        (kind, id): (ScimKind, &str),
        precondition: &Precondition,
        body: &Map<String, Value>,
    ) -> Result<ScimResource, ScimError> {
        let change = self.scim_change(connection).await?;
        let done = match kind {
            ScimKind::User => users::replace(&change, connection, id, precondition, body).await?,
            ScimKind::Group => groups::replace(&change, connection, id, precondition, body).await?,
        };
        change.commit().await?;
        Ok(done)
    }

    /// Changes a resource (`PATCH`).
    pub async fn scim_modify(
        &self,
        connection: &ScimConnection,
        (kind, id): (ScimKind, &str),
        precondition: &Precondition,
        body: &Map<String, Value>,
    ) -> Result<ScimResource, ScimError> {
        let change = self.scim_change(connection).await?;
        let done = match kind {
            ScimKind::User => users::modify(&change, connection, id, precondition, body).await?,
            ScimKind::Group => groups::modify(&change, connection, id, precondition, body).await?,
        };
        change.commit().await?;
        Ok(done)
    }

    /// Deletes a resource.
    pub async fn scim_delete(
        &self,
        connection: &ScimConnection,
        (kind, id): (ScimKind, &str),
        precondition: &Precondition,
    ) -> Result<(), ScimError> {
        let change = self.scim_change(connection).await?;
        match kind {
            ScimKind::User => users::delete(&change, connection, id, precondition).await?,
            ScimKind::Group => groups::delete(&change, connection, id, precondition).await?,
        }
        change.commit().await?;
        Ok(())
    }

    /// Begins a change by a connection whose token is still live.
    async fn scim_change(&self, connection: &ScimConnection) -> Result<Change, ScimError> {
        let tx = self.scim_write(connection.organization).await?;
        let (there, now) = (tx.lock_organization(connection.organization).await?, self.now());
        let token = store::scim::token_by_hash(&tx, &connection.hash).await?;
        if !there || !token.is_some_and(|token| is_live(&token, now)) {
            return Err(ScimRefusal::new(401, "The token was revoked.").into());
        }
        Ok(Change {
            services: self.clone(),
            tx,
            organization: connection.organization,
            principal: Principal::Directory {
                connection: format!("SCIM: {}", connection.name),
            },
            now,
        })
    }
}

fn is_live(token: &TokenRecord, now: Timestamp) -> bool {
    token.revoked_at.is_none() && now < token.expires_at
}

/// An answer with several resources (RFC 7644, 3.4.2).
fn list(total: u32, start: i64, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}
