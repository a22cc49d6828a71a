//! What models cost, from the sums by day: everybody's, that of the teams somebody leads, or the own.

mod export;

use crate::{Actor, Error, Services};
use domain::spend::{
    SPEND_ROWS, SpendBy, SpendDays, SpendGroup, SpendPage, SpendQuery, SpendScope, SpendSum,
};
use domain::{OrganizationId, Problem, Timestamp};
pub use export::SpendFormat;
use std::collections::BTreeSet;
use store::usage::Whose;
use store::usage::spend::{self, Part};
use store::{Conn, access_requests};

impl Services {
    /// The spend of some days: in all, by day, and added up by what is asked. For every member; of everybody for auditors
    /// and above, of their teams for leads, else their own.
    pub async fn spend(&self, actor: &Actor, query: &SpendQuery) -> Result<SpendPage, Error> {
        let days = query.days(self.now())?;
        let tx = self.search(actor).await?;
        let (scope, part) = part(&tx, actor, query, days).await?;
        let by_day = spend::by_day(&tx, &part).await?;
        let total = by_day
            .iter()
            .fold(SpendSum::default(), |sum, (_, day)| sum.plus(day));
        let mut groups = spend::groups(&tx, &part, SPEND_ROWS).await?;
        let group_count = spend::group_count(&tx, &part).await?;
        let mut unpriced = spend::unpriced(&tx, &part, SPEND_ROWS).await?;
        name(&tx, actor, query.by, &mut groups).await?;
        name(&tx, actor, SpendBy::Model, &mut unpriced).await?;
        let narrowed = narrowed(&tx, actor, scope, query, total.requests > 0).await?;
        Ok(SpendPage {
            scope,
            days,
            total,
            by_day: every_day(days, by_day),
            groups,
            group_count,
            unpriced,
            narrowed,
        })
    }
}

/// What this month cost so far, of everybody, narrowed by a query.
pub(crate) async fn this_month(
    conn: &impl Conn,
    organization: OrganizationId,
    query: SpendQuery,
    now: Timestamp,
) -> Result<SpendSum, Error> {
    let part = Part {
        organization,
        whose: Whose::Everybody,
        days: query.days(now)?,
        query,
    };
    let days = spend::by_day(conn, &part).await?;
    Ok(days
        .iter()
        .fold(SpendSum::default(), |sum, (_, day)| sum.plus(day)))
}

/// Which part of the spend somebody may see of what they ask for.
async fn part(
    conn: &impl Conn,
    actor: &Actor,
    query: &SpendQuery,
    days: SpendDays,
) -> Result<(SpendScope, Part), Error> {
    let (scope, whose) = whose(conn, actor).await?;
    let part = Part {
        organization: actor.organization,
        whose,
        days,
        query: query.clone(),
    };
    Ok((scope, part))
}

/// Whose spend and requests somebody sees.
pub(crate) async fn whose(conn: &impl Conn, actor: &Actor) -> Result<(SpendScope, Whose), Error> {
    Ok(if actor.role.reads_admin_side() {
        (SpendScope::Organization, Whose::Everybody)
    } else if access_requests::leads(conn, actor.organization, actor.member, None).await? {
        (SpendScope::Teams, Whose::Led(actor.member))
    } else {
        (SpendScope::Own, Whose::Own(actor.member))
    })
}

/// With the days on which nothing was asked.
fn every_day(days: SpendDays, used: Vec<(Timestamp, SpendSum)>) -> Vec<(Timestamp, SpendSum)> {
    let mut used = used.into_iter().peekable();
    let length = usize::try_from(Timestamp::DAY).unwrap_or(usize::MAX);
    let starts = (days.from.0..days.until.0).step_by(length).map(Timestamp);
    starts
        .map(|day| match used.next_if(|(at, _)| *at == day) {
            Some(found) => found,
            None => (day, SpendSum::default()),
        })
        .collect()
}

/// What 0 means.
fn nothing(by: SpendBy) -> &'static str {
    match by {
        SpendBy::Member => "Nobody",
        SpendBy::Team => "No team",
        SpendBy::Key => "Chat",
        SpendBy::Provider | SpendBy::Model => "No provider",
    }
}

/// What something is called that is gone.
fn gone(by: SpendBy) -> &'static str {
    match by {
        SpendBy::Member => "Removed member",
        SpendBy::Team => "Deleted team",
        SpendBy::Key => "Deleted key",
        SpendBy::Provider | SpendBy::Model => "Deleted provider",
    }
}

/// Gives groups their labels.
async fn name(conn: &impl Conn, actor: &Actor, by: SpendBy, groups: &mut [SpendGroup]) -> Result<(), Error> {
    let ids: BTreeSet<i64> = groups.iter().map(|group| group.id).collect();
    let labels = spend::labels(conn, actor.organization, by, ids).await?;
    for group in groups {
        let slug = std::mem::take(&mut group.detail);
        let (label, detail) = match (labels.get(&group.id), by) {
            (Some((label, detail)), _) => (label.clone(), detail.clone()),
            (None, _) if group.id == 0 => (nothing(by).to_owned(), String::new()),
            (None, SpendBy::Provider | SpendBy::Model) => (gone(by).to_owned(), slug),
            (None, _) => (gone(by).to_owned(), String::new()),
        };
        (group.label, group.detail) = match by {
            SpendBy::Model if group.model.is_empty() => {
                ("Refused before a model was asked".to_owned(), detail)
            }
            SpendBy::Model => (group.model.clone(), label),
            _ => (label, detail),
        };
    }
    Ok(())
}

/// What the filters name. What is another organization's is not found; outside of what somebody may see, a name is told
/// only where they used it.
pub(crate) async fn narrowed(
    conn: &impl Conn,
    actor: &Actor,
    scope: SpendScope,
    query: &SpendQuery,
    used: bool,
) -> Result<Vec<(SpendBy, String)>, Error> {
    let filters = [
        (SpendBy::Member, query.member.map(|id| id.0)),
        (SpendBy::Team, query.team.map(|id| id.0)),
        (SpendBy::Key, query.key.map(|id| id.0)),
        (SpendBy::Provider, query.provider.map(|id| id.0)),
    ];
    let mut narrowed = Vec::new();
    for (by, id) in filters {
        let Some(id) = id else { continue };
        let labels = spend::labels(conn, actor.organization, by, [id]).await?;
        let label = match labels.get(&id) {
            _ if id == 0 => nothing(by).to_owned(),
            Some((label, _)) if used || scope == SpendScope::Organization => label.clone(),
            None if used => gone(by).to_owned(),
            _ => {
                return Err(Problem::not_found(match by {
                    SpendBy::Member => "member",
                    SpendBy::Team => "team",
                    SpendBy::Key => "key",
                    SpendBy::Provider | SpendBy::Model => "provider",
                })
                .into());
            }
        };
        narrowed.push((by, label));
    }
    narrowed.extend(query.model.clone().map(|model| (SpendBy::Model, model)));
    Ok(narrowed)
}
