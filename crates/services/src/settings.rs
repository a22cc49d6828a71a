//! An organization's settings.

use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::period::Zone;
use domain::session::SessionPolicy;
use domain::settings::{MailStanding, OrganizationSettings};
use domain::{Problem, ProblemCode, Role, input};
use serde_json::json;

/// What only owners can do.
pub(crate) const SETTINGS: &str = "change the organization's settings";

impl Services {
    /// The settings at a glance. For auditors and above.
    pub async fn organization_settings(&self, actor: &Actor) -> Result<OrganizationSettings, Error> {
        actor.reads_admin_side()?;
        let now = self.now();
        let (tx, organization) = (self.read(actor).await?, actor.organization);
        let record = store::organizations::get(&tx, organization).await?;
        let sign_on = store::sign_on::get(&tx, organization).await?;
        let tokens = store::scim::tokens(&tx, organization).await?;
        let (waiting, failed) = store::mail::standing(&tx, organization).await?;
        Ok(OrganizationSettings {
            name: record.map(|record| record.name).unwrap_or_default(),
            sign_on_required: sign_on.as_ref().is_some_and(|sign_on| sign_on.required),
            issuer: sign_on.map(|sign_on| sign_on.issuer),
            scim_tokens: u32::try_from(
                tokens
                    .iter()
                    .filter(|token| token.revoked_at.is_none() && now < token.expires_at)
                    .count(),
            )
            .unwrap_or(u32::MAX),
            mail: MailStanding {
                set_up: self.mail_is_set_up(),
                waiting,
                failed,
            },
            sessions: store::sessions::policy_of(&tx, organization).await?,
            time_zone: store::time_zones::of(&tx, organization)
                .await?
                .current()
                .name()
                .to_owned(),
            time_zones: match actor.role {
                Role::Owner => Zone::names(),
                _ => Vec::new(),
            },
            second_factor: store::second_factors::is_demanded(&tx, organization).await?,
        })
    }

    /// Moves the organization to another time zone, in which the periods of its budgets end from now on. Those under way go on:
    /// they keep what was spent of them, and end with the period of the new zone. For owners.
    pub async fn set_time_zone(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        let zone = Zone::named(name.trim()).ok_or_else(|| {
            Problem::invalid(
                "time_zone",
                "There is no such time zone. Choose one, such as Europe/Berlin or UTC.",
            )
        })?;
        let change = self.administer(actor).await?;
        change.owns(SETTINGS)?;
        let organization = change.organization;
        let zones = store::time_zones::of(&change.tx, organization).await?;
        let before = zones.current();
        if *before == zone {
            return Ok(());
        }
        store::time_zones::move_to(&change.tx, organization, &zone, change.now).await?;
        change
            .audit(
                AuditAction::TimeZoneChange,
                AuditTarget::Organization(organization),
                &actor.slug,
                Some(json!({ "time_zone": before.name() })),
                Some(json!({ "time_zone": zone.name() })),
            )
            .await?;
        change.commit().await
    }

    /// Gives the organization another name; its address stays. For owners. `was` is the name as it was shown: if it has
    /// been changed since, nothing is.
    pub async fn rename_organization(&self, actor: &Actor, was: &str, name: &str) -> Result<(), Error> {
        let name = input::name("name", name, "the organization's name")?;
        let change = self.administer(actor).await?;
        change.owns(SETTINGS)?;
        let organization = change.organization;
        let record = store::organizations::get(&change.tx, organization).await?;
        let before = record.ok_or_else(|| Problem::not_found("organization"))?.name;
        if before == name {
            return Ok(());
        }
        if before != was {
            let message =
                format!("The name was changed to {before} in another window. Save again to replace it.");
            return Err(Problem::new(ProblemCode::Conflict, message.clone())
                .with_field("name", message)
                .into());
        }
        store::organizations::set_name(&change.tx, organization, &name).await?;
        change
            .audit(
                AuditAction::OrganizationRename,
                AuditTarget::Organization(organization),
                &before,
                Some(json!({ "name": before })),
                Some(json!({ "name": name })),
            )
            .await?;
        change.commit().await
    }

    /// Sets when sessions of the organization's people end, from their next request on. For owners.
    pub async fn set_session_policy(&self, actor: &Actor, policy: SessionPolicy) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.owns(SETTINGS)?;
        let organization = change.organization;
        let before = store::sessions::policy_of(&change.tx, organization).await?;
        if before == policy {
            return Ok(());
        }
        store::sessions::set_policy(&change.tx, organization, policy).await?;
        change
            .audit(
                AuditAction::SessionPolicyChange,
                AuditTarget::Organization(organization),
                &actor.slug,
                Some(json!(before)),
                Some(json!(policy)),
            )
            .await?;
        change.commit().await
    }

    /// Sets whether the organization's people must have a second factor. Who has none reaches nothing of the
    /// organization from their next request on but by its own single sign-on; virtual keys go on working. For owners.
    pub async fn demand_second_factor(&self, actor: &Actor, demanded: bool) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.owns(SETTINGS)?;
        let organization = change.organization;
        let before = store::second_factors::is_demanded(&change.tx, organization).await?;
        if before == demanded {
            return Ok(());
        }
        store::second_factors::set_demanded(&change.tx, organization, demanded).await?;
        change
            .audit(
                AuditAction::SecondFactorDemand,
                AuditTarget::Organization(organization),
                &actor.slug,
                Some(json!({ "required": before })),
                Some(json!({ "required": demanded })),
            )
            .await?;
        change.commit().await
    }
}
