//! What each member and each organization may ask of the database at once, so that nobody's load reaches others.

use crate::turns::{Full, Most, Turn, Turns};
use crate::{Actor, Error, Services};
use domain::limits::{
    CHANGES_WAITING_PER_MEMBER, EXPORTS_AT_ONCE, EXPORTS_PER_ORGANIZATION, EXPORTS_WAITING_PER_MEMBER,
    FOLLOWED_PAGES, FOLLOWED_PAGES_PER_MEMBER, IMPORTS_AT_ONCE, IMPORTS_WAITING_PER_MEMBER, READS_PER_MEMBER,
    READS_WAITING_PER_MEMBER, SCIM_AT_ONCE, SCIM_PER_ORGANIZATION, SCIM_WAITING_PER_ORGANIZATION,
    SEARCHES_AT_ONCE, SEARCHES_PER_ORGANIZATION, SEARCHES_WAITING_PER_MEMBER, TURN_TIMEOUT,
};
use domain::{MemberId, OrganizationId, Problem, ProblemCode};
use std::any::Any;
use std::time::Duration;
use store::{ReadTx, WriteTx};
use tokio::time::timeout;

/// A member, also one who has not joined for long: ids are never used again.
type Who = (OrganizationId, MemberId);

/// One at a time for each member, then round and round between organizations.
struct Share {
    members: Turns<Who>,
    organizations: Turns<OrganizationId>,
    /// What whoever asks too much has too many of.
    what: &'static str,
}

/// A place in a [`Share`], to be kept until the work is done.
type Place = (Turn<Who>, Turn<OrganizationId>);

impl Share {
    fn new(what: &'static str, at_once: usize, each: usize, waiting_per_member: usize) -> Self {
        Self {
            members: Turns::new(Most {
                at_once: usize::MAX,
                each: 1,
                waiting: usize::MAX,
                waiting_each: waiting_per_member,
            }),
            organizations: Turns::new(Most {
                at_once,
                each,
                waiting: usize::MAX,
                waiting_each: usize::MAX,
            }),
            what,
        }
    }

    fn waiting(&self) -> usize {
        self.members.waiting() + self.organizations.waiting()
    }

    async fn place(&self, actor: &Actor) -> Result<Place, Problem> {
        let member = wait(self.members.turn(who(actor)), self.what).await?;
        let organization = wait(self.organizations.turn(actor.organization), self.what).await?;
        Ok((member, organization))
    }
}

/// A member's turn to read.
pub(crate) struct ReadTurn(#[expect(dead_code, reason = "it is kept, not looked at")] Turn<Who>);

/// The shares of one server.
pub(crate) struct Shares {
    reads: Turns<Who>,
    searches: Share,
    exports: Share,
    imports: Share,
    changes: Share,
    scim: Turns<OrganizationId>,
    followed: Turns<Who>,
}

impl Shares {
    /// With a database that takes `writers` changes at once.
    pub(crate) fn new(writers: usize) -> Self {
        Self {
            reads: Turns::new(Most {
                at_once: usize::MAX,
                each: READS_PER_MEMBER,
                waiting: usize::MAX,
                waiting_each: READS_WAITING_PER_MEMBER,
            }),
            searches: Share::new(
                "searches",
                SEARCHES_AT_ONCE,
                SEARCHES_PER_ORGANIZATION,
                SEARCHES_WAITING_PER_MEMBER,
            ),
            exports: Share::new(
                "downloads",
                EXPORTS_AT_ONCE,
                EXPORTS_PER_ORGANIZATION,
                EXPORTS_WAITING_PER_MEMBER,
            ),
            imports: Share::new("imports", IMPORTS_AT_ONCE, 1, IMPORTS_WAITING_PER_MEMBER),
            // A change locks its organization, so two of one could only wait for each other.
            changes: Share::new("changes", writers, 1, CHANGES_WAITING_PER_MEMBER),
            scim: Turns::new(Most {
                at_once: SCIM_AT_ONCE,
                each: SCIM_PER_ORGANIZATION,
                waiting: usize::MAX,
                waiting_each: SCIM_WAITING_PER_ORGANIZATION,
            }),
            followed: Turns::new(Most {
                at_once: FOLLOWED_PAGES,
                each: FOLLOWED_PAGES_PER_MEMBER,
                waiting: 0,
                waiting_each: 0,
            }),
        }
    }
}

impl Shares {
    /// How many wait for each kind of turn.
    pub(crate) fn waiting(&self) -> [(&'static str, usize); 6] {
        [
            ("reads", self.reads.waiting()),
            ("searches", self.searches.waiting()),
            ("exports", self.exports.waiting()),
            ("imports", self.imports.waiting()),
            ("changes", self.changes.waiting()),
            ("scim", self.scim.waiting()),
        ]
    }
}

fn who(actor: &Actor) -> Who {
    (actor.organization, actor.member)
}

async fn wait<T>(turn: impl Future<Output = Result<T, Full>>, what: &str) -> Result<T, Problem> {
    match timeout(Duration::from_millis(TURN_TIMEOUT), turn).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(Full)) => Err(Problem::new(
            ProblemCode::RateLimited,
            format!("You have too many {what} in progress. Wait until some are done, then try again."),
        )
        .retry_after(2)),
        Err(_) => Err(Problem::new(
            ProblemCode::Overloaded,
            "The server is busy. Try again in a few seconds.",
        )
        .retry_after(5)),
    }
}

/// A page that is kept up to date.
pub(crate) struct FollowTurn(#[expect(dead_code, reason = "it is kept, not looked at")] Turn<Who>);

impl Services {
    /// A place for a page that is to be kept up to date; refused when there are too many.
    pub(crate) async fn follow_turn(&self, actor: &Actor) -> Result<FollowTurn, Problem> {
        wait(self.inner.shares.followed.turn(who(actor)), "pages open")
            .await
            .map(FollowTurn)
    }

    /// A member's turn to read, for [`Self::read_in_turn`].
    pub(crate) async fn read_turn(&self, actor: &Actor) -> Result<ReadTurn, Problem> {
        wait(self.inner.shares.reads.turn(who(actor)), "requests")
            .await
            .map(ReadTurn)
    }

    /// Reads for a member whose turn it is.
    pub(crate) async fn read_in_turn(&self, turn: ReadTurn) -> Result<ReadTx, Error> {
        Ok(self.inner.store.read().await?.keeping(turn))
    }

    /// Reads for a member's page.
    pub(crate) async fn read(&self, actor: &Actor) -> Result<ReadTx, Error> {
        let turn = self.read_turn(actor).await?;
        self.read_in_turn(turn).await
    }

    /// Reads for a member's page what may take long.
    pub(crate) async fn search(&self, actor: &Actor) -> Result<ReadTx, Error> {
        let place = self.inner.shares.searches.place(actor).await?;
        Ok(self.inner.store.read().await?.keeping(place))
    }

    /// Reads for an export. The other half is its place, to be kept until the export is written.
    pub(crate) async fn read_for_export(&self, actor: &Actor) -> Result<(ReadTx, impl Any + Send), Error> {
        let place = self.inner.shares.exports.place(actor).await?;
        Ok((self.inner.store.read_for_export().await?, place))
    }

    /// A place to read an uploaded file, to be kept until that is done.
    pub(crate) async fn place_to_import(&self, actor: &Actor) -> Result<impl Any + Send + use<>, Problem> {
        self.inner.shares.imports.place(actor).await
    }

    /// Reads for an import. The other half is its place.
    pub(crate) async fn read_for_import(&self, actor: &Actor) -> Result<(ReadTx, impl Any + Send), Error> {
        let place = self.place_to_import(actor).await?;
        Ok((self.inner.store.read_for_export().await?, place))
    }

    /// Begins to write for a member.
    pub(crate) async fn write(&self, actor: &Actor) -> Result<WriteTx, Error> {
        let place = self.inner.shares.changes.place(actor).await?;
        Ok(self.inner.store.write().await?.keeping(place))
    }

    /// Reads for a directory.
    pub(crate) async fn scim_read(&self, organization: OrganizationId) -> Result<ReadTx, Error> {
        let turn = wait(self.inner.shares.scim.turn(organization), "SCIM requests").await?;
        Ok(self.inner.store.read().await?.keeping(turn))
    }

    /// Begins to write for a directory, which takes turns with the people of its organization.
    pub(crate) async fn scim_write(&self, organization: OrganizationId) -> Result<WriteTx, Error> {
        let shares = &self.inner.shares;
        let turn = wait(shares.scim.turn(organization), "SCIM requests").await?;
        let change = wait(shares.changes.organizations.turn(organization), "changes").await?;
        Ok(self.inner.store.write().await?.keeping((turn, change)))
    }

    /// Begins to write what must not get lost, however much of theirs waits.
    pub(crate) async fn write_in_any_case(&self, actor: &Actor) -> Result<WriteTx, Error> {
        match self.inner.shares.changes.place(actor).await {
            Ok(place) => Ok(self.inner.store.write().await?.keeping(place)),
            Err(_) => Ok(self.inner.store.write().await?),
        }
    }
}
