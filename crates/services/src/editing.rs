//! Telling those who edit the same row of each other. What each saves is checked all the same.

use crate::{Actor, Error, Services};
use domain::MemberId;
use domain::limits::EDITING_SHOWN;

impl Services {
    /// Notes that the actor has a row open for editing, and who else has. To be told again within
    /// [`domain::limits::EDITING_TOLD`] for as long as that is so. For admins and above.
    pub async fn note_editing(&self, actor: &Actor, member: MemberId) -> Result<Vec<String>, Error> {
        self.administers(actor)?;
        let (organization, user, now) = (actor.organization, actor.user, self.now());
        let since = now.plus(-EDITING_SHOWN);
        self.note(async |tx| store::editing::note(tx, organization, member, user, now, since).await)
            .await;
        let tx = self.read(actor).await?;
        Ok(store::editing::others(&tx, organization, member, user, since).await?)
    }
}
