//! The page of one provider.

use crate::spend::this_month;
use crate::usage::{first_day, last_days};
use crate::{Actor, Error, Services};
use domain::limits::{PROVIDER_MEMBERS_SHOWN, PROVIDER_MODELS_SHOWN};
use domain::member::MemberRow;
use domain::provider::{ProviderDetails, ProviderMember, ProviderView};
use domain::query::{MemberQuery, ProviderFilter};
use domain::spend::SpendQuery;
use domain::{Problem, Timestamp, slug};
use store::ReadTx;
use store::usage::Of;

impl Services {
    /// One provider with who may use it, its models and what it was used for. For auditors and above.
    pub async fn provider_details(&self, actor: &Actor, slug: &str) -> Result<ProviderDetails, Error> {
        actor.reads_admin_side()?;
        let (tx, now) = (self.read(actor).await?, self.now());
        let organization = actor.organization;
        // What is no slug, such as a text with a NUL, names no provider.
        let id = match slug::check(slug) {
            Ok(_) => store::providers::by_slug(&tx, organization, slug).await?,
            Err(_) => None,
        };
        let nothing = || Problem::not_found("provider");
        let id = id.ok_or_else(nothing)?;
        let provider = store::providers::get(&tx, organization, id, now)
            .await?
            .ok_or_else(nothing)?;
        let models = match provider.models.as_slice() {
            [] => store::providers::listed_models(&tx, organization, id, PROVIDER_MODELS_SHOWN).await?,
            entered => entered.to_vec(),
        };
        let models_off = store::providers::models_off(&tx, organization, id).await?;
        Ok(ProviderDetails {
            models_off: models_off.ok_or_else(nothing)?,
            teams: store::team_grants::carriers(&tx, organization, id, now).await?,
            members: members(&tx, actor, &provider, now).await?,
            days: last_days(&tx, organization, Of::Provider(id), now).await?,
            month: this_month(&tx, organization, SpendQuery::of_provider(id), now).await?,
            provider,
            models,
            now,
        })
    }
}

/// The first members by name who have it: those that AI Access shows for it.
async fn members(
    tx: &ReadTx,
    actor: &Actor,
    provider: &ProviderView,
    now: Timestamp,
) -> Result<Vec<ProviderMember>, Error> {
    let (organization, provider) = (actor.organization, provider.id);
    let query = MemberQuery {
        providers: vec![ProviderFilter::Provider(provider)],
        ..MemberQuery::default()
    };
    let most = PROVIDER_MEMBERS_SHOWN;
    let ids = store::members::first_ids(tx, organization, &query, most, now).await?;
    let rows = store::members::rows(tx, organization, &ids, now).await?;
    let given = store::grants::given_to(tx, organization, provider, &ids, now).await?;
    let used = store::usage::last_used(tx, organization, provider, &ids, first_day(now)).await?;
    let member = |row: MemberRow| {
        let granted = given.iter().find(|(id, _)| *id == row.id);
        ProviderMember {
            id: row.id,
            name: row.display_name().to_owned(),
            granted: granted.map(|(_, granted)| granted.clone()),
            last_used: used.iter().find(|(id, _)| *id == row.id).map(|(_, at)| *at),
            email: row.email,
            status: row.status,
        }
    };
    Ok(rows.into_iter().map(member).collect())
}
