//! The page of one member.

use super::{explained, row};
use crate::usage::last_days;
use crate::{Actor, Error, Services};
use domain::MemberId;
use domain::history::{Granted, MemberDetails, ProviderStanding};
use store::usage::Of;

impl Services {
    /// One member with everything an administrator decides about. For auditors and above.
    pub async fn member_details(&self, actor: &Actor, member: MemberId) -> Result<MemberDetails, Error> {
        actor.reads_admin_side()?;
        let (tx, now) = (self.read(actor).await?, self.now());
        let organization = actor.organization;
        let row = row(&tx, actor, member, now).await?;
        let mut given = store::grants::given(&tx, organization, member, now).await?;
        let providers = explained(&tx, organization, member, now)
            .await?
            .into_iter()
            .map(|access| ProviderStanding {
                granted: given
                    .iter()
                    .position(|given| given.provider == access.provider.id)
                    .map(|place| given.swap_remove(place))
                    .map(|given| Granted {
                        at: given.at,
                        by: given.by,
                    }),
                access,
            })
            .collect();
        Ok(MemberDetails {
            row,
            providers,
            teams: store::teams::refs(&tx, organization).await?,
            days: last_days(&tx, organization, Of::Member(member), now).await?,
            now,
        })
    }
}
