//! Granted but unused: finding it, and ending it.

use crate::{Actor, Error, Services};
use domain::ends::Terms;
use domain::provider::ProviderStatus;
use domain::unused::{
    EndUnused, EndWhen, EndedUnused, NOTICE, OwnGrant, UNUSED_PAGE, UnusedLine, UnusedPage, UnusedPlace,
    UnusedQuery,
};
use domain::{MemberId, OrganizationId, Problem, ProblemCode, ProviderId, Role, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use store::Conn;
use store::unused::UnusedSource;

/// Members whose grants are looked at in the first step; where nothing was found, the next step takes twice as many.
const FIRST_STEP: u32 = 512;
/// Members of a step at most, so that what it reads stays small.
const LARGEST_STEP: u32 = 8_192;

impl Services {
    /// Allowed providers that nobody used for some time, by member. For auditors and above.
    pub async fn unused(&self, actor: &Actor, query: &UnusedQuery) -> Result<UnusedPage, Error> {
        actor.reads_admin_side()?;
        let (query, now) = (query.clone().bounded(), self.now());
        let tx = self.search(actor).await?;
        let organization = actor.organization;
        // One more than is shown says whether there are others.
        let mut lines = found(&tx, organization, &query, actor.role, now).await?;
        let more = lines.len() > UNUSED_PAGE;
        lines.truncate(UNUSED_PAGE);
        let members: BTreeSet<MemberId> = lines.iter().map(|line| line.place.member).collect();
        let members: Vec<MemberId> = members.into_iter().collect();
        let used = store::unused::last_days(&tx, organization, &members).await?;
        for line in &mut lines {
            line.last_used = used.get(&line.place).copied();
        }
        let mut providers = store::providers::refs(&tx, organization).await?;
        providers.retain(|provider| provider.status == ProviderStatus::Active);
        Ok(UnusedPage {
            next: lines.last().filter(|_| more).map(|line| line.place),
            lines,
            providers,
            teams: store::teams::refs(&tx, organization).await?,
            now,
        })
    }

    /// Ends own grants that are still unused, at once or with notice; what teams carry stays. Each is a change of its own in
    /// the audit log, and all are one transaction. For admins and owners.
    pub async fn end_unused(&self, actor: &Actor, asked: EndUnused) -> Result<EndedUnused, Error> {
        let asked = asked.check()?;
        let change = self.administer(actor).await?;
        let (organization, now) = (change.organization, change.now);
        let members: BTreeSet<MemberId> = asked.lines.iter().map(|place| place.member).collect();
        let members: Vec<MemberId> = members.into_iter().collect();
        let query = UnusedQuery {
            days: asked.days,
            ..UnusedQuery::default()
        }
        .bounded();
        let sources = store::unused::sources(&change.tx, organization, &members, &query, now).await?;
        let lines = lines(sources, change.role(), query.since(now));
        let mut done = EndedUnused::default();
        for place in &asked.lines {
            let own = lines
                .get(place)
                .filter(|line| line.may_end)
                .and_then(|line| line.own);
            // Who set an end had a reason, which notice would lose.
            let ends = own.filter(|own| asked.when == EndWhen::Now || own.ends_at.is_none());
            if ends.is_none() {
                done.left += 1;
                continue;
            }
            let record = change.changeable(place.member).await?;
            match asked.when {
                EndWhen::Now => change.grant(&record, &[], &[place.provider]).await?,
                EndWhen::Notice => {
                    let terms = Terms {
                        ends_at: Some(now.plus(NOTICE)),
                        reason: format!("Not used for {} days", query.days),
                        models: change.own_models(place.member, place.provider).await?,
                    };
                    change.allow_on(&record, place.provider, &terms).await?;
                    store::unused::mark_notice(&change.tx, organization, *place).await?;
                }
            }
            done.ended += 1;
        }
        change.commit().await?;
        Ok(done)
    }

    /// Keeps what was to end because nobody used it: the own grant has no end again, and counts as used now. For every member,
    /// for themselves.
    pub async fn keep_access(&self, actor: &Actor, provider: ProviderId) -> Result<(), Error> {
        let change = self.change(actor).await?;
        let (organization, now, member) = (change.organization, change.now, change.actor()?.member);
        let keepable = store::unused::keepable(&change.tx, organization, member, now).await?;
        let record = store::members::get(&change.tx, organization, member, now).await?;
        let record = record.filter(|_| keepable.contains(&provider)).ok_or_else(|| {
            Problem::new(
                ProblemCode::NotFound,
                "This access no longer expires for lack of use. Load the page again to see how it stands.",
            )
        })?;
        let terms = Terms {
            models: change.own_models(member, provider).await?,
            ..Terms::default()
        };
        change.allow_on(&record, provider, &terms).await?;
        store::unused::mark_kept(&change.tx, organization, UnusedPlace { member, provider }, now).await?;
        change.commit().await
    }
}

/// The lines of a page and one more, looked for in steps: most members use what they have.
async fn found(
    conn: &impl Conn,
    organization: OrganizationId,
    query: &UnusedQuery,
    looks: Role,
    now: Timestamp,
) -> Result<Vec<UnusedLine>, Error> {
    let mut found: Vec<UnusedLine> = Vec::new();
    let mut from = query.after.map_or(MemberId(0), |place| place.member);
    let mut step = FIRST_STEP;
    loop {
        let members = store::unused::members_from(conn, organization, query, from, step).await?;
        let Some(last) = members.last() else { break };
        let sources = store::unused::sources(conn, organization, &members, query, now).await?;
        let lines = lines(sources, looks, query.since(now)).into_values();
        found.extend(lines.filter(|line| query.after.is_none_or(|after| line.place > after)));
        if found.len() > UNUSED_PAGE || members.len() < step as usize {
            break;
        }
        from = MemberId(last.0.saturating_add(1));
        step = (step * 2).min(LARGEST_STEP);
    }
    found.truncate(UNUSED_PAGE + 1);
    Ok(found)
}

/// One line for each member and provider, of what was granted before an instant and not kept since.
fn lines(
    sources: Vec<UnusedSource>,
    looks: Role,
    granted_before: Timestamp,
) -> BTreeMap<UnusedPlace, UnusedLine> {
    let mut lines: BTreeMap<UnusedPlace, UnusedLine> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for source in sources {
        if source.kept_at.is_some_and(|at| at >= granted_before) {
            kept.insert(source.place);
        }
        let line = lines.entry(source.place).or_insert_with(|| UnusedLine {
            place: source.place,
            name: source.name,
            email: source.email,
            provider: source.provider,
            own: None,
            teams: Vec::new(),
            since: source.since,
            last_used: None,
            may_end: looks.administers() && looks.may_change(source.role),
        });
        line.since = line.since.min(source.since);
        match source.team {
            Some(team) => line.teams.push(team),
            None => {
                line.own = Some(OwnGrant {
                    since: source.since,
                    ends_at: source.ends_at,
                });
            }
        }
    }
    lines.retain(|place, line| line.since <= granted_before && !kept.contains(place));
    for line in lines.values_mut() {
        line.may_end &= line.own.is_some();
        line.teams.sort_by(|one, other| one.name.cmp(&other.name));
    }
    lines
}
