//! What somebody would leave behind, and handing it over before they are removed.

use crate::{Actor, Error, Services};
use domain::limits::LEADS_OFFERED;
use domain::member::KeyState;
use domain::offboarding::{HandOver, LedAlone, Offboarding};
use domain::team::TeamPeopleChange;
use domain::{MemberId, Problem, TeamRole};
use store::Conn;

impl Services {
    /// What a member would leave behind if they went now. For auditors and above.
    pub async fn offboarding(&self, actor: &Actor, member: MemberId) -> Result<Offboarding, Error> {
        actor.reads_admin_side()?;
        let (tx, now, organization) = (self.read(actor).await?, self.now(), actor.organization);
        let record = store::members::get(&tx, organization, member, now).await?;
        let user = record.and_then(|record| record.user);
        let Some(user) = user else {
            return Err(Problem::not_found("member").into());
        };
        let row = super::row(&tx, organization, member, now).await?;
        let effect = store::members::removal_effect(&tx, organization, member, now)
            .await?
            .unwrap_or_default();
        let signed_in = store::sessions::signed_in(&tx, user, organization, now).await?;
        let providers = store::providers::refs(&tx, organization).await?;
        let keys = store::keys::of_member(&tx, organization, member).await?;
        let mut keys: Vec<_> = keys
            .into_iter()
            .map(|key| crate::keys::view(key, &providers, now))
            .filter(|key| key.state == KeyState::Active)
            .collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.last_used_at));
        let owner = store::conversations::Owner { organization, member };
        Ok(Offboarding {
            effect,
            signed_in,
            keys,
            conversations: store::conversations::count(&tx, owner).await?,
            led: led_alone(&tx, actor, member).await?,
            may_remove: actor.role.may_change(row.role),
            row,
            now,
        })
    }

    /// Gives the teams of a member their new leads and then removes the member, all or nothing. For admins and owners.
    pub async fn hand_over_and_remove(
        &self,
        actor: &Actor,
        member: MemberId,
        hand_over: &HandOver,
    ) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let record = change.removable(member).await?;
        let led = led_alone(&change.tx, actor, member).await?;
        for (team, lead) in &hand_over.leads {
            let could = led.iter().find(|led| led.team.id == *team);
            if !could.is_some_and(|led| led.others.iter().any(|other| other.member == *lead)) {
                return Err(Problem::invalid(
                    "lead",
                    "This team has changed meanwhile. Choose its lead again.",
                )
                .into());
            }
            let lead = TeamPeopleChange {
                places: vec![(*lead, TeamRole::Lead)],
                ..TeamPeopleChange::default()
            };
            change.set_team_people(*team, &lead).await?;
        }
        change.remove(&record, hand_over.keys_for_others).await?;
        change.commit().await
    }
}

/// The teams that nobody else leads, each with who could.
async fn led_alone(conn: &impl Conn, actor: &Actor, member: MemberId) -> Result<Vec<LedAlone>, Error> {
    let mut led = Vec::new();
    for team in store::teams::led_alone(conn, actor.organization, member).await? {
        let others = store::teams::others(conn, actor.organization, team.id, member, LEADS_OFFERED).await?;
        led.push(LedAlone { team, others });
    }
    Ok(led)
}
