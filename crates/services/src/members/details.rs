//! The page of one member.

use super::{explained, row};
use crate::{Actor, Error, Services};
use domain::history::{DayUsage, Granted, MemberDetails, ProviderStanding};
use domain::usage::UsageSum;
use domain::{MemberId, OrganizationId, Timestamp};
use store::Conn;

/// Days that the chart shows.
const DAYS: i64 = 30;

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
            days: days(&tx, organization, member, now).await?,
            now,
        })
    }
}

/// Each of the last days, also those on which nothing was used.
async fn days(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<DayUsage>, Error> {
    let first = Timestamp((now.0.div_euclid(Timestamp::DAY) - DAYS + 1) * Timestamp::DAY);
    let used = store::usage::by_day(conn, organization, member, first).await?;
    let of = |day| {
        let found = used.iter().find(|(used, _)| *used == day);
        found.map_or_else(UsageSum::default, |(_, sum)| *sum)
    };
    Ok((0..DAYS)
        .map(|n| first.plus(n * Timestamp::DAY))
        .map(|day| DayUsage { day, sum: of(day) })
        .collect())
}
