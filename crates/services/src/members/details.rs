//! The page of one member.

use super::{explained, row};
use crate::spend::this_month;
use crate::usage::last_days;
use crate::{Actor, Error, Services};
use domain::MemberId;
use domain::history::{Granted, MemberDetails, ProviderStanding};
use domain::spend::SpendQuery;
use store::usage::Of;

impl Services {
    /// One member with everything an administrator decides about. For auditors and above.
    pub async fn member_details(&self, actor: &Actor, member: MemberId) -> Result<MemberDetails, Error> {
        actor.reads_admin_side()?;
        let (tx, now) = (self.read(actor).await?, self.now());
        let organization = actor.organization;
        let row = row(&tx, actor.organization, member, now).await?;
        let grants = store::grants::of_member(&tx, organization, member, now).await?;
        let of_provider = |provider| {
            let of_it = grants.iter().filter(move |grant| grant.provider == provider);
            let granted = of_it.map(|grant| Granted {
                team: grant
                    .team
                    .and_then(|id| row.teams.iter().find(|team| team.id == id).cloned()),
                at: grant.granted_at,
                by: grant.granted_by.clone(),
                ends_at: grant.ends_at,
                reason: grant.reason.clone(),
                models: grant.models.clone(),
            });
            granted.collect()
        };
        let providers = explained(&tx, organization, member, now)
            .await?
            .into_iter()
            .map(|access| ProviderStanding {
                granted: of_provider(access.provider.id),
                access,
            })
            .collect();
        let user = store::members::get(&tx, organization, member, now)
            .await?
            .and_then(|record| record.user);
        let second_factor = match user {
            Some(user) => store::second_factors::is_on(&tx, user).await?,
            None => false,
        };
        Ok(MemberDetails {
            second_factor,
            row,
            providers,
            teams: store::teams::refs(&tx, organization).await?,
            days: last_days(&tx, organization, Of::Member(member), now).await?,
            month: this_month(&tx, organization, SpendQuery::of_member(member), now).await?,
            now,
        })
    }
}
