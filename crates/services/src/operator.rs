//! Keys for whoever has a shell on the server: for scripts, and for the first key of all. What they do is in the audit
//! log under the name of the command.

use crate::actor::Principal;
use crate::change::Change;
use crate::keys::{no_key, view};
use crate::{Error, Services};
use domain::key::{KeyInput, KeyView, MadeKey, public_id};
use domain::{MemberId, OrganizationId, Problem, ProblemCode, ProviderId, Timestamp, email, slug};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use store::Conn;
use store::members::MemberRecord;

/// How the audit log calls who did it.
const COMMAND: &str = "gatehouse keys";

/// A key in a list over members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// The owner's e-mail.
    pub email: String,
    /// The key.
    pub key: KeyView,
}

impl Services {
    /// Makes a key for the member with an e-mail, narrowed to the providers with these slugs if any are given.
    pub async fn operator_create_key(
        &self,
        organization: &str,
        email: &str,
        providers: Option<&[String]>,
        input: KeyInput,
    ) -> Result<MadeKey, Error> {
        let change = self.operate(organization).await?;
        let scope = match providers {
            Some(slugs) => Some(by_slugs(&change.tx, change.organization, slugs).await?),
            None => None,
        };
        let input = KeyInput { scope, ..input }.check(change.now)?;
        let id = change.organization;
        let owner = member(&change.tx, id, organization, email, change.now).await?;
        let made = change.make_key(&owner, &input).await?;
        change.commit().await?;
        Ok(made)
    }

    /// The keys that are not revoked, oldest first; of one member if an e-mail is given.
    pub async fn operator_keys(
        &self,
        organization: &str,
        email: Option<&str>,
    ) -> Result<Vec<ListedKey>, Error> {
        let (tx, now) = (self.inner.store.read().await?, self.now());
        let id = organization_id(&tx, organization).await?;
        let only = match email {
            Some(email) => Some(member(&tx, id, organization, email, now).await?.id),
            None => None,
        };
        let providers = store::providers::refs(&tx, id).await?;
        let mut emails: HashMap<MemberId, String> = HashMap::new();
        let mut listed = Vec::new();
        for record in store::keys::of_organization(&tx, id).await? {
            let Some(owner) = record
                .member
                .filter(|owner| only.is_none_or(|only| only == *owner))
            else {
                continue;
            };
            let email = match emails.entry(owner) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let found = store::members::get(&tx, id, owner, now).await?;
                    unknown.insert(found.map(|member| member.email).unwrap_or_default())
                }
            };
            listed.push(ListedKey {
                email: email.clone(),
                key: view(record, &providers, now),
            });
        }
        Ok(listed)
    }

    /// Withdraws the key with a public id, given as such, as it is shown or whole.
    pub async fn operator_revoke_key(&self, organization: &str, key: &str) -> Result<KeyView, Error> {
        let change = self.operate(organization).await?;
        let public_id = public_id(key).ok_or_else(|| {
            Problem::new(
                ProblemCode::Invalid,
                "A key is given by its public id or as it is shown, such as gk_k3v9x2m4q8z1.",
            )
        })?;
        let record = store::keys::by_public_id(&change.tx, change.organization, public_id)
            .await?
            .ok_or_else(no_key)?;
        change.withdraw_key(&record).await?;
        let view = change.key_view(record.id).await?;
        change.commit().await?;
        Ok(view)
    }

    /// Begins a change as the operator.
    async fn operate(&self, slug: &str) -> Result<Change, Error> {
        let tx = self.inner.store.write().await?;
        let organization = organization_id(&tx, slug).await?;
        if !tx.lock_organization(organization).await? {
            return Err(no_organization(slug).into());
        }
        Ok(Change {
            services: self.clone(),
            tx,
            organization,
            principal: Principal::Operator { command: COMMAND },
            now: self.now(),
        })
    }
}

async fn organization_id(conn: &impl Conn, slug: &str) -> Result<OrganizationId, Error> {
    let found = match slug::check(slug) {
        Ok(()) => store::organizations::by_slug(conn, slug).await?,
        Err(_) => None,
    };
    Ok(found.ok_or_else(|| no_organization(slug))?.id)
}

fn no_organization(slug: &str) -> Problem {
    Problem::new(
        ProblemCode::NotFound,
        format!("There is no organization {slug}. Its name in the address counts, as in /o/{slug}/access."),
    )
}

async fn member(
    conn: &impl Conn,
    organization: OrganizationId,
    slug: &str,
    address: &str,
    now: Timestamp,
) -> Result<MemberRecord, Error> {
    let identity = email::check(address.trim())
        .map_err(|why| Problem::invalid("member", why.to_string()))?
        .identity;
    let found = store::members::by_identity(conn, organization, &identity, now).await?;
    Ok(found.ok_or_else(|| {
        Problem::new(
            ProblemCode::NotFound,
            format!("{address} is no member of {slug}."),
        )
    })?)
}

async fn by_slugs(
    conn: &impl Conn,
    organization: OrganizationId,
    slugs: &[String],
) -> Result<Vec<ProviderId>, Error> {
    let mut ids = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let found = match slug::check(slug) {
            Ok(()) => store::providers::by_slug(conn, organization, slug).await?,
            Err(_) => None,
        };
        ids.push(found.ok_or_else(|| {
            Problem::new(
                ProblemCode::NotFound,
                format!("There is no provider with the slug {slug}."),
            )
        })?);
    }
    Ok(ids)
}
