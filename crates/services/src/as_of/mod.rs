//! Who could use what at a past instant, and what differs between two.

mod export;
mod kept;

pub(crate) use kept::{invitation_gone, keeping, row_gone};

use crate::{Actor, Error, Services};
use domain::as_of::{AsOfFound, AsOfPage, AsOfQuery, Gap, Look, Moment, Standing, differences};
use domain::period::Zone;
use domain::{MemberId, OrganizationId, Problem, ProblemCode, ProviderId, Timestamp};
use std::collections::HashSet;
use store::{Conn, sort_key};

/// Rows on one page.
const PAGE: usize = 50;
/// Entries of the audit log that are read at a time.
const BATCH: u32 = 5_000;

impl Services {
    /// Who could use what at an instant, or what differs between two, a page of it. For auditors and above.
    pub async fn as_of(&self, actor: &Actor, query: &AsOfQuery) -> Result<AsOfPage, Error> {
        actor.reads_admin_side()?;
        let now = self.now();
        let tx = self.search(actor).await?;
        let zone = store::time_zones::of(&tx, actor.organization).await?;
        let zone = zone.current();
        let mut page = AsOfPage {
            moment: None,
            to: None,
            zone: zone.name().to_owned(),
            providers: Vec::new(),
            found: None,
            problem: None,
            now,
        };
        match Asked::read(query, zone, now) {
            Ok(asked) => {
                page.moment = Some(moment(zone, asked.at));
                page.to = asked.to.map(|to| moment(zone, to));
                match Past::read(&tx, actor.organization, asked).await? {
                    Ok(past) => {
                        drop(tx);
                        page.providers = past.providers();
                        page.found = Some(past.page(query));
                        return Ok(page);
                    }
                    Err(gap) => page.problem = Some(told(gap, zone)),
                }
            }
            Err(problem) => page.problem = Some(problem.message),
        }
        let providers = store::providers::refs(&tx, actor.organization).await?;
        page.providers = providers
            .into_iter()
            .map(|known| (known.id, known.name))
            .collect();
        Ok(page)
    }
}

/// The instants that are asked for, the earlier one first.
#[derive(Clone, Copy)]
struct Asked {
    at: Timestamp,
    to: Option<Timestamp>,
}

impl Asked {
    fn read(query: &AsOfQuery, zone: &Zone, now: Timestamp) -> Result<Self, Problem> {
        let read = |text: &str| {
            let at = zone.read(text).ok_or_else(|| {
                let example = zone.local(now).0;
                let message = format!(
                    "“{text}” is not a date and time. Enter one such as {}.",
                    &example[..16]
                );
                Problem::new(ProblemCode::Invalid, message)
            })?;
            if at > now {
                let message = format!(
                    "{} is in the future. Choose a date and time in the past.",
                    zone.local(at).1
                );
                return Err(Problem::new(ProblemCode::Invalid, message));
            }
            Ok(at)
        };
        let at = match query.at.as_str() {
            "" => now,
            text => read(text)?,
        };
        let to = match query.to.as_str() {
            "" => None,
            text => Some(read(text)?),
        };
        Ok(Self {
            at: to.map_or(at, |to| at.min(to)),
            to: to.map(|to| at.max(to)),
        })
    }
}

fn moment(zone: &Zone, at: Timestamp) -> Moment {
    let (input, words) = zone.local(at);
    Moment { at, input, words }
}

fn told(gap: Gap, zone: &Zone) -> String {
    match gap {
        Gap::Silent(at) => format!(
            "The audit log cannot tell: entries until {} do not say all that was before. Choose a later date and time.",
            zone.local(at).1
        ),
        Gap::Beginning(at) => format!(
            "The organization was created on {}. Choose a later date and time.",
            zone.local(at).1
        ),
    }
}

/// What was at the instants that were asked for.
struct Past {
    asked: Asked,
    first: Standing,
    /// At the second instant, where there is one.
    second: Option<Standing>,
    /// The rows that there are now.
    there: HashSet<MemberId>,
}

impl Past {
    async fn read(
        conn: &impl Conn,
        organization: OrganizationId,
        asked: Asked,
    ) -> Result<Result<Self, Gap>, Error> {
        let mut standing = store::as_of::standing(conn, organization).await?;
        let there = standing.members.keys().copied().collect();
        let mut place = i64::MAX;
        let mut second = None;
        if let Some(to) = asked.to {
            if let Err(gap) = take_back(conn, organization, &mut standing, &mut place, to).await? {
                return Ok(Err(gap));
            }
            second = Some(standing.clone());
        }
        let taken = take_back(conn, organization, &mut standing, &mut place, asked.at).await?;
        Ok(taken.map(|()| Self {
            asked,
            first: standing,
            second,
            there,
        }))
    }

    /// The later instant.
    fn look(&self) -> Look<'_> {
        match (&self.second, self.asked.to) {
            (Some(second), Some(to)) => Look::new(second, to, sort_key),
            _ => Look::new(&self.first, self.asked.at, sort_key),
        }
    }

    /// The providers that there were at either instant, by name.
    fn providers(&self) -> Vec<(ProviderId, String)> {
        let mut all = self.look().providers();
        if self.second.is_some() {
            let before = Look::new(&self.first, self.asked.at, sort_key).providers();
            let gone = |(id, _): &(ProviderId, String)| all.iter().all(|(known, _)| known != id);
            let gone: Vec<_> = before.into_iter().filter(gone).collect();
            all.extend(gone);
            all.sort_by_cached_key(|(_, name)| sort_key(name));
        }
        all
    }

    fn page(&self, query: &AsOfQuery) -> AsOfFound {
        let mut found = AsOfFound::default();
        match (&self.second, self.asked.to) {
            (Some(second), Some(to)) => {
                let all = differences((&self.first, self.asked.at), (second, to), query, sort_key);
                found.of = count(second.members.len());
                let shown = found.cut(all.len(), query.page, PAGE);
                found.differences = all[shown].to_vec();
                for difference in &mut found.differences {
                    difference.there = self.there.contains(&difference.member);
                }
            }
            _ => {
                let look = self.look();
                let all = look.matching(query);
                found.of = count(self.first.members.len());
                let shown = found.cut(all.len(), query.page, PAGE);
                found.rows = all[shown].iter().filter_map(|id| look.row(*id)).collect();
                for row in &mut found.rows {
                    row.there = self.there.contains(&row.member);
                }
            }
        }
        found
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Takes a standing back to what it was at an instant, from a place in the log, which is moved along.
async fn take_back(
    conn: &impl Conn,
    organization: OrganizationId,
    standing: &mut Standing,
    place: &mut i64,
    at: Timestamp,
) -> Result<Result<(), Gap>, Error> {
    let after = store::as_of::last_until(conn, organization, at).await?;
    loop {
        let deeds = store::as_of::deeds(conn, organization, (after, *place), BATCH).await?;
        for (id, deed) in &deeds {
            if let Err(gap) = standing.undo(deed) {
                return Ok(Err(gap));
            }
            *place = *id;
        }
        if deeds.len() < BATCH as usize {
            return Ok(Ok(()));
        }
    }
}
