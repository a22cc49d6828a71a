//! What an organization demands of virtual keys, and where it is held to: wherever one is made or gets another secret.

use crate::change::Change;
use crate::keys::view;
use crate::settings::SETTINGS;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::key::policy::{KeyPolicy, KeySettings, OutlivingKey, days};
use domain::limits::OUTLIVING_KEYS_LISTED;
use domain::{Problem, ProblemCode};
use serde_json::json;
use store::audit::AuditRecord;
use store::keys::KeyRecord;
use store::members::MemberRecord;

impl Services {
    /// The rules for virtual keys and the keys that last longer than they allow. For auditors and above.
    pub async fn key_settings(&self, actor: &Actor) -> Result<KeySettings, Error> {
        actor.reads_admin_side()?;
        let now = self.now();
        let (tx, organization) = (self.read(actor).await?, actor.organization);
        let policy = store::key_policy::of(&tx, organization).await?;
        let mut settings = KeySettings {
            policy,
            outliving: Vec::new(),
            outliving_count: 0,
            now,
        };
        let Some(latest) = policy.latest_end(now) else {
            return Ok(settings);
        };
        settings.outliving_count = store::keys::count_outliving(&tx, organization, latest).await?;
        let providers = store::providers::refs(&tx, organization).await?;
        let some = Some(OUTLIVING_KEYS_LISTED);
        for record in store::keys::outliving(&tx, organization, latest, some).await? {
            let Some(member) = record.member else {
                continue;
            };
            let owner = store::members::get(&tx, organization, member, now).await?;
            let owner = owner.map(|owner| match owner.name.as_str() {
                "" => owner.email,
                _ => owner.name,
            });
            settings.outliving.push(OutlivingKey {
                member,
                owner: owner.unwrap_or_default(),
                key: view(record, &providers, now),
            });
        }
        Ok(settings)
    }

    /// Sets the rules for keys that are made and rotated from now on. For owners.
    pub async fn set_key_policy(&self, actor: &Actor, policy: KeyPolicy) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.owns(SETTINGS)?;
        let organization = change.organization;
        let before = store::key_policy::of(&change.tx, organization).await?;
        if before == policy {
            return Ok(());
        }
        store::key_policy::set(&change.tx, organization, policy).await?;
        change
            .audit(
                AuditAction::KeyPolicyChange,
                AuditTarget::Organization(organization),
                &actor.slug,
                Some(json!(before)),
                Some(json!(policy)),
            )
            .await?;
        change.commit().await
    }

    /// Has all keys that last longer than the policy allows end as one that is made now would at the latest. `shown` is the
    /// number of days that the page named: if the policy is another by now, nothing is done. For owners.
    pub async fn end_outliving_keys(&self, actor: &Actor, shown: Option<u32>) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.owns(SETTINGS)?;
        let (tx, organization) = (&change.tx, change.organization);
        let policy = store::key_policy::of(tx, organization).await?;
        let latest = policy.latest_end(change.now).filter(|_| policy.days == shown);
        let latest = latest.ok_or_else(|| {
            let message = "The longest life of a key was changed meanwhile. Look at the keys again before you end them.";
            Problem::new(ProblemCode::Conflict, message)
        })?;
        let keys = store::keys::outliving(tx, organization, latest, None).await?;
        let deeds = keys.into_iter().map(|key| AuditRecord {
            before: Some(json!({ "expires_at": key.expires_at })),
            after: Some(json!({ "expires_at": latest })),
            ..change.principal.record(
                Some(organization),
                change.now,
                AuditAction::KeyEndChange,
                AuditTarget::Key(key.id),
                &key.name,
            )
        });
        store::audit::insert_many(tx, deeds.collect()).await?;
        store::keys::end_outliving(tx, organization, latest).await?;
        change.commit().await
    }
}

impl Change {
    /// What the organization demands of a key of this member. Refused where only the member may be shown a secret of it.
    pub(crate) async fn key_policy(&self, owner: &MemberRecord) -> Result<KeyPolicy, Error> {
        let policy = store::key_policy::of(&self.tx, self.organization).await?;
        if policy.own_only && self.principal.user() != owner.user {
            let message = format!(
                "In this organization only members themselves create and rotate their keys. Ask {} to do it, or an owner to change this in the settings.",
                owner.email
            );
            return Err(self.refuse(&message).into());
        }
        Ok(policy)
    }

    /// Refuses another secret for a key that lasts longer than one that is made now may.
    pub(crate) fn may_last(&self, policy: KeyPolicy, key: &KeyRecord) -> Result<(), Problem> {
        if !policy.is_outlived_by(key.expires_at, self.now) {
            return Ok(());
        }
        let message = format!(
            "The organization's virtual keys expire within {}, and this one later. Create a new one instead.",
            days(policy.days.unwrap_or_default())
        );
        Err(Problem::new(ProblemCode::Invalid, message))
    }
}
