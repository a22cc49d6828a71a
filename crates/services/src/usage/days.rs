//! Usage by day, as charts show it.

use crate::Error;
use domain::history::DayUsage;
use domain::usage::UsageSum;
use domain::{OrganizationId, Timestamp};
use store::Conn;
use store::usage::Of;

/// Days that a chart shows.
const DAYS: i64 = 30;

/// When the first of the last days began, in UTC.
pub(crate) fn first_day(now: Timestamp) -> Timestamp {
    Timestamp((now.0.div_euclid(Timestamp::DAY) - DAYS + 1) * Timestamp::DAY)
}

/// Each of the last days, also those on which nothing was used.
pub(crate) async fn last_days(
    conn: &impl Conn,
    organization: OrganizationId,
    of: Of,
    now: Timestamp,
) -> Result<Vec<DayUsage>, Error> {
    let first = first_day(now);
    let used = store::usage::by_day(conn, organization, of, first).await?;
    let on = |day| {
        let found = used.iter().find(|(used, _)| *used == day);
        found.map_or_else(UsageSum::default, |(_, sum)| *sum)
    };
    Ok((0..DAYS)
        .map(|n| first.plus(n * Timestamp::DAY))
        .map(|day| DayUsage { day, sum: on(day) })
        .collect())
}
