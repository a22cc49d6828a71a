//! Finding anything of an organization by its name.

use crate::{Actor, Error, Services};
use domain::find::{Found, FoundMember, holds_words};
use domain::limits::FOUND;
use domain::query::MemberQuery;

impl Services {
    /// People, providers and teams that match what was typed, a few of each; none when nothing was. For auditors and above.
    pub async fn find(&self, actor: &Actor, text: &str) -> Result<Found, Error> {
        actor.reads_admin_side()?;
        let query = MemberQuery::default().with(|query| query.search = text.to_owned());
        let query = &query.check()?;
        if text.trim().is_empty() {
            return Ok(Found::default());
        }
        let (tx, organization) = (self.search(actor).await?, actor.organization);
        let now = self.now();
        let ids = store::members::first_ids(&tx, organization, query, FOUND, now).await?;
        let rows = store::members::rows(&tx, organization, &ids, now).await?;
        let members = rows.into_iter().map(|row| FoundMember {
            id: row.id,
            label: row.display_name().to_owned(),
            email: row.email,
        });
        let mut found = Found {
            members: members.collect(),
            providers: store::providers::refs(&tx, organization).await?,
            teams: store::teams::refs(&tx, organization).await?,
        };
        found
            .providers
            .retain(|provider| holds_words(&provider.name, text));
        found.providers.truncate(FOUND as usize);
        found.teams.retain(|team| holds_words(&team.name, text));
        found.teams.truncate(FOUND as usize);
        Ok(found)
    }
}
