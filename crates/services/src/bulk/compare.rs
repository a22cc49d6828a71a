//! Two members side by side, and making one like the other: a bulk change of one row, worked out from another row.

use super::edit::applied;
use super::{by_id, facts, name};
use crate::change::Change;
use crate::teams::found;
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::access::TeamGrants;
use domain::budget::Scope;
use domain::bulk::{BulkChange, Part, Preview, Standing, like, plan};
use domain::compare::{ComparePage, CompareQuery, CopyInput, CopyOutcome, CopyShown, Side, Source};
use domain::ends::Terms;
use domain::provider::ProviderRef;
use domain::team::TeamRef;
use domain::unused::UnusedPlace;
use domain::{MemberId, OrganizationId, Problem, ProblemCode, ProviderId, Timestamp, UserId};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use store::Conn;
use store::bulk_changes::BulkRow;

impl Services {
    /// Two members side by side, or who could be chosen; for admins and owners also what making the second like the first would
    /// do. For auditors and above.
    pub async fn compare(&self, actor: &Actor, query: &CompareQuery) -> Result<ComparePage, Error> {
        actor.reads_admin_side()?;
        if query.copy {
            self.administers(actor)?;
        }
        let tx = self.search(actor).await?;
        let (organization, now) = (actor.organization, self.now());
        let chosen = (query.a, query.b.filter(|b| query.a != Some(*b)));
        let ids: Vec<MemberId> = chosen.0.into_iter().chain(chosen.1).collect();
        let rows = rows(&tx, organization, &ids, now).await?;
        let around = Around::read(&tx, organization, now).await?;
        let used = store::unused::last_days(&tx, organization, &ids).await?;
        let budgets = store::budgets::list(&tx, organization).await?;
        let side = |id: MemberId| {
            let of_them = budgets.iter().map(|record| &record.budget);
            let of_them = of_them.filter(|budget| budget.scope == Scope::Member(id));
            let told = of_them.filter_map(|budget| {
                let limit = budget.unit.amount(budget.limit?);
                Some(format!("{limit} per {}", budget.periods.label().to_lowercase()))
            });
            rows.get(&id).map(|row| around.side(row, &used, told.collect()))
        };
        let (a, b) = (chosen.0.and_then(side), chosen.1.and_then(side));
        let copy = match chosen {
            (Some(from), Some(to)) if query.copy => {
                let standing = Standing {
                    member: actor.member,
                    role: actor.role,
                };
                let asked = Asked {
                    from,
                    to,
                    role: query.role,
                    by: actor.user,
                };
                let copied = copied(&tx, organization, standing, &asked, &rows, &around).await?;
                Some(copied.shown)
            }
            _ => None,
        };
        let found = match (&a, &b) {
            (Some(_), Some(_)) => Vec::new(),
            _ => {
                let mut found = found(&tx, organization, &query.search, now).await?;
                found.retain(|person| !ids.contains(&person.member));
                found
            }
        };
        let named = |id: &ProviderId| {
            let has = |sources: &BTreeMap<ProviderId, Vec<Source>>| sources.contains_key(id);
            [&a, &b].into_iter().flatten().any(|side| has(&side.sources))
                || copy.as_ref().is_some_and(|copy| has(&copy.sources))
        };
        let providers = around.providers.iter().filter(|provider| named(&provider.id));
        Ok(ComparePage {
            providers: providers.cloned().collect(),
            a,
            b,
            found,
            copy,
            now,
        })
    }

    /// Makes one member like another, as it was shown; when it would be something else by now, does nothing. It can be undone as
    /// any change of many. Sent again, it answers as the first time and does nothing. For admins and owners, up to their own
    /// role.
    pub async fn copy_access(&self, actor: &Actor, input: &CopyInput) -> Result<CopyOutcome, Error> {
        let content = (input.from, input.to, input.role, &input.fingerprint);
        let request = self.idempotent("bulk.copy", &input.idempotency_key, &content)?;
        let change = self.administer(actor).await?;
        if let Some(answer) = request.answered(&change).await? {
            return Ok(answer);
        }
        let outcome = change.copy(input).await?;
        if let CopyOutcome::Applied(_) = outcome {
            request.remember(&change, &outcome).await?;
            change.commit().await?;
        }
        Ok(outcome)
    }
}

impl Change {
    async fn copy(&self, input: &CopyInput) -> Result<CopyOutcome, Error> {
        let (tx, organization, by) = (&self.tx, self.organization, self.actor()?);
        let standing = Standing {
            member: by.member,
            role: by.role,
        };
        let asked = Asked {
            from: input.from,
            to: input.to,
            role: input.role,
            by: by.user,
        };
        let rows = rows(tx, organization, &[input.from, input.to], self.now).await?;
        let around = Around::read(tx, organization, self.now).await?;
        let copied = copied(tx, organization, standing, &asked, &rows, &around).await?;
        if copied.shown.fingerprint != input.fingerprint {
            return Ok(CopyOutcome::Changed);
        }
        if !copied.shown.changes {
            return Err(Problem::new(ProblemCode::Invalid, "There is nothing to change.").into());
        }
        let email = |id: MemberId| rows.get(&id).map(|row| row.email.clone());
        let about = json!({ "copy": { "from": email(input.from), "to": email(input.to) } });
        let fingerprint = &copied.shown.fingerprint;
        let id = self
            .apply(&copied.change, &copied.preview, &rows, fingerprint, about)
            .await?;
        Ok(CopyOutcome::Applied(id))
    }
}

/// Who is to be made like whom, and by whom.
struct Asked {
    from: MemberId,
    to: MemberId,
    role: bool,
    by: UserId,
}

/// What that comes to.
struct Copied {
    change: BulkChange,
    preview: Preview,
    shown: CopyShown,
}

/// The rows, all of them.
async fn rows(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: &[MemberId],
    now: Timestamp,
) -> Result<HashMap<MemberId, BulkRow>, Error> {
    let rows = by_id(store::bulk_changes::rows(conn, organization, ids, now).await?);
    match ids.iter().all(|id| rows.contains_key(id)) {
        true => Ok(rows),
        false => Err(Problem::not_found("member").into()),
    }
}

async fn copied(
    conn: &impl Conn,
    organization: OrganizationId,
    standing: Standing,
    asked: &Asked,
    rows: &HashMap<MemberId, BulkRow>,
    around: &Around,
) -> Result<Copied, Error> {
    let gone = || Problem::not_found("member");
    let from = rows.get(&asked.from).ok_or_else(gone)?;
    let to = rows.get(&asked.to).ok_or_else(gone)?;
    if from.status.is_invitation() {
        let message = format!(
            "{} has not joined yet, so there is nothing to copy from them.",
            name(from)
        );
        return Err(Problem::new(ProblemCode::Invalid, message).into());
    }
    if from.id == to.id {
        return Err(Problem::invalid("b", "Choose two different people.").into());
    }
    let facts = |row| facts(row, &around.carried, around.now);
    let change = like(&facts(from), &facts(to), asked.role);
    let surroundings = super::around(conn, organization, &change).await?;
    let preview = plan(standing, &change, vec![(to.id, Some(facts(to)))], &surroundings)?;
    let row = preview.rows.first().ok_or_else(gone)?;
    let after = applied(to, &row.will, &change, asked.by, around.now).ok_or_else(gone)?;
    let sources = around.sources(&after);
    let teams = around.teams_of(&after);
    let cannot: Vec<_> = row
        .cannot
        .iter()
        .map(|(part, why)| (around.told(*part), *why))
        .collect();
    let seen = (
        preview.canonical(&change),
        from.id,
        around.sources(to),
        &sources,
        &teams,
    );
    let fingerprint = URL_SAFE_NO_PAD.encode(Sha256::digest(serde_json::to_vec(&seen)?));
    let shown = CopyShown {
        fingerprint,
        changes: !row.will.is_empty(),
        sources,
        teams,
        role: after.role,
        cannot,
    };
    Ok(Copied {
        change,
        preview,
        shown,
    })
}

/// What the sources of rows are named by.
struct Around {
    providers: Vec<ProviderRef>,
    teams: Vec<TeamRef>,
    carried: Vec<TeamGrants>,
    now: Timestamp,
}

impl Around {
    async fn read(conn: &impl Conn, organization: OrganizationId, now: Timestamp) -> Result<Self, Error> {
        Ok(Self {
            providers: store::providers::refs(conn, organization).await?,
            teams: store::teams::refs(conn, organization).await?,
            carried: store::access::carried(conn, organization).await?,
            now,
        })
    }

    /// The teams of a row, by name.
    fn teams_of(&self, row: &BulkRow) -> Vec<TeamRef> {
        let is_in = |team: &&TeamRef| row.teams.iter().any(|(id, _)| *id == team.id);
        self.teams.iter().filter(is_in).cloned().collect()
    }

    /// The live sources of each provider.
    fn sources(&self, row: &BulkRow) -> BTreeMap<ProviderId, Vec<Source>> {
        let mut sources: BTreeMap<ProviderId, Vec<Source>> = BTreeMap::new();
        for grant in &row.grants {
            let own = Source {
                team: None,
                terms: grant.terms(),
            };
            sources.entry(grant.provider).or_default().push(own);
        }
        for team in self.teams_of(row) {
            for grant in TeamGrants::of(&self.carried, team.id) {
                if grant.is_live(self.now) {
                    let carried = Source {
                        team: Some(team.clone()),
                        terms: Terms {
                            ends_at: grant.ends_at,
                            reason: String::new(),
                            models: grant.models.clone(),
                        },
                    };
                    sources.entry(grant.provider).or_default().push(carried);
                }
            }
        }
        sources
    }

    fn side(&self, row: &BulkRow, used: &HashMap<UnusedPlace, Timestamp>, budgets: Vec<String>) -> Side {
        let of_them = used.iter().filter(|(place, _)| place.member == row.id);
        Side {
            member: row.id,
            name: name(row),
            email: row.email.clone(),
            role: row.role,
            status: row.status,
            last_login: row.last_login,
            teams: self.teams_of(row),
            sources: self.sources(row),
            last_used: of_them.map(|(place, day)| (place.provider, *day)).collect(),
            budgets,
        }
    }

    /// What a part would do: `Allow OpenAI`.
    fn told(&self, part: Part) -> String {
        let provider = |id| {
            let found = self.providers.iter().find(|provider| provider.id == id);
            found.map_or("a deleted provider", |provider| provider.name.as_str())
        };
        let team = |id| {
            let found = self.teams.iter().find(|team| team.id == id);
            found.map_or("a deleted team", |team| team.name.as_str())
        };
        match part {
            Part::AddProvider(id) => format!("Allow {}", provider(id)),
            Part::RemoveProvider(id) => format!("Remove {}", provider(id)),
            Part::AddTeam(id) => format!("Add to {}", team(id)),
            Part::RemoveTeam(id) => format!("Remove from {}", team(id)),
            _ => "Change role".to_owned(),
        }
    }
}
