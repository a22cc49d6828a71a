//! What each provider lists: asked for when a provider is registered or changed, on demand, and now and then.

use crate::crypto::CryptoError;
use crate::providers::get;
use crate::upstream::models::{self as listed, Failure};
use crate::{Actor, Error, Services};
use domain::provider::{ProviderStatus, ProviderTest, ProviderView};
use domain::{OrganizationId, ProviderId, Timestamp};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::Conn;
use tokio::sync::Notify;

/// How often an active provider is asked; new models appear that late at most.
const ASKED_EVERY: i64 = 10 * Timestamp::MINUTE;
/// How soon a provider that did not answer is asked again.
const AGAIN_AFTER: i64 = Timestamp::MINUTE;
/// How often it is looked which are due.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Which providers are to be asked before their time.
#[derive(Default)]
pub(crate) struct Models {
    due: Mutex<HashSet<ProviderId>>,
    bell: Notify,
}

impl Services {
    /// Asks the provider for its models, keeps them, and says in plain words how that went. For admins and owners: it
    /// sends the credential.
    pub async fn test_provider(&self, actor: &Actor, provider: ProviderId) -> Result<ProviderTest, Error> {
        // Read in a change, so that somebody demoted a moment ago no longer may; nothing is written.
        let change = self.administer(actor).await?;
        let organization = change.organization;
        let (view, sealed) = with_credential(&change.tx, organization, provider, change.now).await?;
        drop(change);
        let asked = self
            .ask_for_models(organization, &view, sealed.as_deref())
            .await?;
        Ok(asked.described(&view.models))
    }

    /// A provider was registered, changed or activated: what it lists may be another now.
    pub(crate) fn models_are_due(&self, provider: ProviderId) {
        let models = &self.inner.models;
        models
            .due
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(provider);
        models.bell.notify_one();
    }

    /// Keeps what providers list up to date. Never ends.
    pub async fn keep_models_fresh(&self) {
        let mut asked: HashMap<ProviderId, Timestamp> = HashMap::new();
        loop {
            let early = std::mem::take(
                &mut *self
                    .inner
                    .models
                    .due
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
            let mut work = tokio::task::JoinSet::new();
            for (organization, provider) in self.snapshot().providers() {
                let now = self.now();
                let waits = |since: Timestamp, wait: i64| since.plus(wait) > now;
                let rests = provider.models_at.is_some_and(|at| waits(at, ASKED_EVERY))
                    || asked.get(&provider.id).is_some_and(|at| waits(*at, AGAIN_AFTER));
                if provider.status == ProviderStatus::Active && (early.contains(&provider.id) || !rests) {
                    asked.insert(provider.id, now);
                    let services = self.clone();
                    work.spawn(async move {
                        if let Err(error) = services.refresh_models(organization, provider.id).await {
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                provider = %provider.id,
                                "the models of a provider could not be kept"
                            );
                        }
                    });
                }
            }
            // Together, so that one that does not answer holds up no other.
            while work.join_next().await.is_some() {}
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.inner.models.bell.notified() => {}
            }
        }
    }

    async fn refresh_models(&self, organization: OrganizationId, provider: ProviderId) -> Result<(), Error> {
        let tx = self.inner.store.read().await?;
        let (view, sealed) = with_credential(&tx, organization, provider, self.now()).await?;
        drop(tx);
        self.ask_for_models(organization, &view, sealed.as_deref())
            .await?;
        Ok(())
    }

    async fn ask_for_models(
        &self,
        organization: OrganizationId,
        view: &ProviderView,
        sealed: Option<&[u8]>,
    ) -> Result<listed::Asked, Error> {
        let asked = match self.unsealed(organization, &view.slug, sealed) {
            Ok(credential) => {
                listed::models(&listed::Target {
                    api_type: view.api_type,
                    base_url: &view.base_url,
                    api_version: &view.api_version,
                    credential: credential.as_ref(),
                    reach: self.reach(),
                })
                .await
            }
            Err(CryptoError::Open) => listed::Asked::without_asking(
                view.api_type,
                "The stored credential can no longer be read with this server's key. Enter it again.",
            ),
            Err(other) => return Err(other.into()),
        };
        let tx = self.inner.store.write().await?;
        tx.lock_organization(organization).await?;
        let now = self.now();
        // Edited meanwhile: what was heard is about another provider.
        if get(&tx, organization, view.id, now)
            .await
            .is_ok_and(|current| current.version != view.version)
        {
            return Ok(asked);
        }
        let none = listed::Listed::default();
        let listed = match &asked.models {
            // Where names were entered by hand, a provider without a list is as it should be.
            Err(Failure::NoList(_)) if !view.models.is_empty() => Ok(&none),
            Err(Failure::NoList(problem) | Failure::Other(problem)) => Err(problem),
            Ok(listed) => Ok(listed),
        };
        match listed {
            Ok(listed) => {
                let names: BTreeSet<&str> = listed.names.iter().map(String::as_str).collect();
                store::providers::set_models(&tx, organization, view.id, &names, now).await?;
                store::providers::record_success(&tx, view.id, now).await?;
            }
            Err(problem) => store::providers::record_failure(&tx, view.id, now, problem).await?,
        }
        self.commit(tx).await?;
        Ok(asked)
    }
}

/// A provider and its sealed credential as they are at one instant: a credential that was entered for a new base URL
/// must not go to the old one.
async fn with_credential(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<(ProviderView, Option<Vec<u8>>), Error> {
    let view = get(conn, organization, provider, now).await?;
    let sealed = store::providers::credential(conn, organization, provider).await?;
    Ok((view, sealed))
}
