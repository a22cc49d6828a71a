//! Teams and the people in them.

use crate::as_of::keeping;
use crate::change::Change;
use crate::members::provider_names;
use crate::{Actor, Error, Services};
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::member::ProvidersChange;
use domain::provider::ProviderRef;
use domain::query::MemberQuery;
use domain::team::{TeamPeopleChange, TeamPerson, TeamProvider, TeamProviders, TeamView};
use domain::{OrganizationId, Problem, TeamId, TeamRole, Timestamp, VersionedOutcome, input};
use serde_json::json;
use store::Conn;

/// People offered for adding to a team; whoever is not among them is found by typing more.
const FOUND_PEOPLE: u32 = 20;

impl Services {
    /// Every team, by name. For auditors and above.
    pub async fn teams(&self, actor: &Actor) -> Result<Vec<TeamView>, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        Ok(store::teams::list(&tx, actor.organization, self.now()).await?)
    }

    /// The people of one team, by name. For auditors and above.
    pub async fn team_people(&self, actor: &Actor, team: TeamId) -> Result<Vec<TeamPerson>, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        get(&tx, actor, team, self.now()).await?;
        Ok(store::teams::people(&tx, actor.organization, team).await?)
    }

    /// The first people that match, for adding to a team. For auditors and above.
    pub async fn find_people(&self, actor: &Actor, text: &str) -> Result<Vec<TeamPerson>, Error> {
        actor.reads_admin_side()?;
        let tx = self.search(actor).await?;
        found(&tx, actor.organization, text, self.now()).await
    }

    /// Creates a team. For admins and owners.
    pub async fn create_team(
        &self,
        actor: &Actor,
        name: &str,
        idempotency_key: &str,
    ) -> Result<TeamView, Error> {
        let name = input::name("name", name, "the team's name")?;
        let request = self.idempotent("team.create", idempotency_key, &name)?;
        let change = self.administer(actor).await?;
        if let Some(answer) = request.answered(&change).await? {
            return Ok(answer);
        }
        let organization = change.organization;
        if store::teams::by_name(&change.tx, organization, &name)
            .await?
            .is_some()
        {
            return Err(taken(&name).into());
        }
        let id = store::teams::insert(&change.tx, organization, &name, change.now).await?;
        let after = Some(json!({ "name": name }));
        change
            .audit(AuditAction::TeamCreate, AuditTarget::Team(id), &name, None, after)
            .await?;
        let view = get(&change.tx, change.actor()?, id, change.now).await?;
        request.remember(&change, &view).await?;
        change.commit().await?;
        Ok(view)
    }

    /// Renames a team, if it is still as it was read. For admins and owners.
    pub async fn rename_team(
        &self,
        actor: &Actor,
        team: TeamId,
        version: i64,
        name: &str,
    ) -> Result<VersionedOutcome<TeamView>, Error> {
        let name = input::name("name", name, "the team's name")?;
        let change = self.administer(actor).await?;
        let before = get(&change.tx, change.actor()?, team, change.now).await?;
        if before.version != version {
            return Ok(VersionedOutcome::Conflict(before));
        }
        if before.name == name {
            return Ok(VersionedOutcome::Saved(before));
        }
        let organization = change.organization;
        let holder = store::teams::by_name(&change.tx, organization, &name).await?;
        if holder.is_some_and(|holder| holder != team) {
            return Err(taken(&name).into());
        }
        store::teams::rename(&change.tx, organization, team, &name).await?;
        change
            .audit(
                AuditAction::TeamRename,
                AuditTarget::Team(team),
                &before.name,
                Some(json!({ "name": before.name })),
                Some(json!({ "name": name })),
            )
            .await?;
        let after = get(&change.tx, change.actor()?, team, change.now).await?;
        change.commit().await?;
        Ok(VersionedOutcome::Saved(after))
    }

    /// Deletes a team; its people stay. For admins and owners.
    pub async fn delete_team(&self, actor: &Actor, team: TeamId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.delete_team(team).await?;
        change.commit().await
    }

    /// Every provider with whether a team carries it, and what a change of that would do. For auditors and above.
    pub async fn team_providers(&self, actor: &Actor, team: TeamId) -> Result<TeamProviders, Error> {
        actor.reads_admin_side()?;
        let (tx, now) = (self.read(actor).await?, self.now());
        let team = get(&tx, actor, team, now).await?;
        let joined = store::team_grants::joined(&tx, actor.organization, team.id).await?;
        let elsewhere = store::team_grants::elsewhere(&tx, actor.organization, team.id, now).await?;
        let providers = store::providers::refs(&tx, actor.organization).await?;
        let mut ends = store::grant_ends::of_team(&tx, actor.organization, team.id, now).await?;
        let of_team = |provider: ProviderRef| TeamProvider {
            ends_at: ends.remove(&provider.id).and_then(|end| end.ends_at),
            carried: team.providers.iter().any(|carried| carried.id == provider.id),
            only_here: joined.saturating_sub(elsewhere.get(&provider.id).copied().unwrap_or(0)),
            provider,
        };
        Ok(TeamProviders {
            providers: providers.into_iter().map(of_team).collect(),
            joined,
            team,
        })
    }

    /// Changes what a team carries, if it is still as it was read: whoever is in it may use it, from the next request.
    /// Inactive providers can be taken away but not given. For admins and owners.
    pub async fn set_team_providers(
        &self,
        actor: &Actor,
        team: TeamId,
        wanted: &ProvidersChange,
    ) -> Result<VersionedOutcome<TeamView>, Error> {
        let wanted = wanted.check()?;
        let change = self.administer(actor).await?;
        let (tx, organization) = (&change.tx, change.organization);
        let before = get(tx, change.actor()?, team, change.now).await?;
        if before.version != wanted.version {
            return Ok(VersionedOutcome::Conflict(before));
        }
        change
            .can_be_given(&wanted.added, &wanted.removed, |provider| {
                before.providers.iter().any(|carried| carried.id == provider)
            })
            .await?;
        let kept = change.carried_kept(team).await?;
        let mut changed = false;
        for provider in &wanted.removed {
            changed |= store::team_grants::delete(tx, organization, team, *provider).await?;
        }
        let by = change.actor()?.user;
        for provider in &wanted.added {
            changed |= store::team_grants::insert(tx, organization, team, *provider, by, change.now).await?;
        }
        if !changed {
            return Ok(VersionedOutcome::Saved(before));
        }
        store::team_grants::finish(tx, organization, team).await?;
        let after = get(tx, change.actor()?, team, change.now).await?;
        change.audit_team_providers(&before, &after, &kept).await?;
        change.commit().await?;
        Ok(VersionedOutcome::Saved(after))
    }

    /// Adds people to a team, takes people out and says who leads it, whatever else changed. For admins and owners.
    pub async fn change_team_people(
        &self,
        actor: &Actor,
        team: TeamId,
        change: &TeamPeopleChange,
    ) -> Result<(), Error> {
        let wanted = change.check()?;
        let change = self.administer(actor).await?;
        change.set_team_people(team, &wanted).await?;
        change.commit().await
    }
}

impl Change {
    /// Changes who is in a team and who leads it; what is so already stays as it is.
    pub(crate) async fn set_team_people(&self, team: TeamId, wanted: &TeamPeopleChange) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let view = get(tx, self.actor()?, team, self.now).await?;
        let (mut left, mut joined) = (Vec::new(), Vec::new());
        let mut kept = Kept::default();
        for member in &wanted.removed {
            let record = self.changeable(*member).await?;
            if store::teams::remove(tx, organization, team, *member).await? {
                store::members::bump_version(tx, organization, *member).await?;
                left.push(record.email);
                kept.left.push(*member);
            }
        }
        for member in &wanted.added {
            let record = self.changeable(*member).await?;
            // Whom a directory put there stays by hand from now on, which is told as well.
            let had = store::teams::of_member(tx, organization, *member).await?;
            if store::teams::add(tx, organization, team, *member, TeamRole::Member).await? {
                store::members::bump_version(tx, organization, *member).await?;
                joined.push(record.email);
                if !had.iter().any(|had| had.id == team) {
                    kept.joined.push(*member);
                }
            }
        }
        let mut places = Vec::new();
        for (member, place) in &wanted.places {
            let record = self.changeable(*member).await?;
            if store::teams::set_place(tx, organization, team, *member, *place).await? {
                store::members::bump_version(tx, organization, *member).await?;
                places.push(json!({ "email": record.email, "place": place }));
            }
        }
        if !left.is_empty() || !joined.is_empty() || !places.is_empty() {
            self.audit(
                AuditAction::TeamPeopleChange,
                AuditTarget::Team(team),
                &view.name,
                Some(keeping(json!({ "removed": left }), &kept)),
                Some(json!({ "added": joined, "places": places })),
            )
            .await?;
        }
        Ok(())
    }

    /// Deletes a team; its people stay.
    pub(crate) async fn delete_team(&self, team: TeamId) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let before = store::teams::get(tx, organization, team, self.now)
            .await?
            .ok_or_else(|| Problem::not_found("team"))?;
        let people = store::teams::people(tx, organization, team).await?;
        let kept = Kept {
            left: people.iter().map(|person| person.member).collect(),
            ..self.carried_kept(team).await?
        };
        store::teams::delete(tx, organization, team).await?;
        let told = json!({
            "name": before.name,
            "people": people.iter().map(|person| person.email.as_str()).collect::<Vec<_>>(),
            "providers": provider_names(&before.providers),
        });
        let told = keeping(told, &kept);
        let target = AuditTarget::Team(team);
        self.audit(AuditAction::TeamDelete, target, &before.name, Some(told), None)
            .await
    }

    /// Tells the audit log what a team carries now, keeping what it carried.
    pub(crate) async fn audit_team_providers(
        &self,
        before: &TeamView,
        after: &TeamView,
        kept: &Kept,
    ) -> Result<(), Error> {
        self.audit(
            AuditAction::TeamProvidersChange,
            AuditTarget::Team(before.id),
            &before.name,
            Some(keeping(
                json!({ "providers": provider_names(&before.providers) }),
                kept,
            )),
            Some(json!({ "providers": provider_names(&after.providers) })),
        )
        .await
    }
}

pub(crate) async fn get(
    conn: &impl Conn,
    actor: &Actor,
    team: TeamId,
    now: Timestamp,
) -> Result<TeamView, Error> {
    store::teams::get(conn, actor.organization, team, now)
        .await?
        .ok_or_else(|| Problem::not_found("team").into())
}

/// The first people that match a search, in the order of the table.
pub(crate) async fn found(
    conn: &impl Conn,
    organization: OrganizationId,
    text: &str,
    now: Timestamp,
) -> Result<Vec<TeamPerson>, Error> {
    let query = MemberQuery {
        search: text.to_owned(),
        ..MemberQuery::default()
    };
    let ids = store::members::first_ids(conn, organization, &query, FOUND_PEOPLE, now).await?;
    let rows = store::members::rows(conn, organization, &ids, now).await?;
    Ok(rows
        .into_iter()
        .map(|row| TeamPerson {
            member: row.id,
            name: row.name,
            email: row.email,
            role: TeamRole::Member,
        })
        .collect())
}

fn taken(name: &str) -> Problem {
    Problem::invalid(
        "name",
        format!("A team named {name} already exists. Choose another name."),
    )
}
