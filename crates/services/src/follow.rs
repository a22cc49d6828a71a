//! Telling pages that are open that something they show has changed.

use crate::crypto::token_hash;
use crate::shares::FollowTurn;
use crate::{Actor, Asker, Error, Services};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is asked whether the person may still follow, however quiet it is; also how often the connection is used,
/// so that nothing in between takes it for dead.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// What comes to whoever follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Something changed: the revision ([`domain::member::MemberPage::revision`]) now.
    Revision(i64),
    /// Nothing changed for a while.
    Quiet,
}

/// The changes of one organization. Whoever may no longer see them is told of no further one.
pub struct Following {
    services: Services,
    asker: Asker,
    actor: Actor,
    session: Vec<u8>,
    revisions: watch::Receiver<u64>,
    told: Option<i64>,
    _turn: FollowTurn,
}

impl Services {
    /// Follows what changes in the actor's organization. `token` is that of the session that asks. For auditors and above;
    /// refused to whoever follows too much already.
    pub async fn follow_changes(
        &self,
        actor: Actor,
        asker: impl Into<Asker>,
        token: &str,
    ) -> Result<Following, Error> {
        actor.reads_admin_side()?;
        Ok(Following {
            revisions: self.inner.snapshot.revisions(),
            _turn: self.follow_turn(&actor).await?,
            services: self.clone(),
            asker: asker.into(),
            actor,
            session: token_hash(token),
            told: None,
        })
    }
}

impl Following {
    /// What comes next; at once, the first time. `None` when the person is signed out, or no longer one of those who may
    /// follow, or when that cannot be found out.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            self.revisions.borrow_and_update();
            let now = self.services.snapshot().revision(self.actor.organization)?;
            if self.told != Some(now) {
                self.told = Some(now);
                return self.may_follow().await.then_some(Followed::Revision(now));
            }
            tokio::select! {
                // Services that are gone tell nobody of anything.
                changed = self.revisions.changed() => changed.ok()?,
                () = tokio::time::sleep(LOOK_AGAIN) => {
                    return self.may_follow().await.then_some(Followed::Quiet);
                }
            }
        }
    }

    async fn may_follow(&self) -> bool {
        let good = self.services.is_session_good(&self.session).await;
        if !matches!(good, Ok(true)) {
            return false;
        }
        let actor = self.services.actor(self.asker, &self.actor.slug).await;
        actor.is_ok_and(|actor| actor.member == self.actor.member && actor.reads_admin_side().is_ok())
    }
}
