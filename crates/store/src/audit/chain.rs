//! The chain that holds the audit log together: each entry has a place and a hash over what it says and the hash of the
//! entry before it. What goes into a hash is written down in `docs/audit-log.md`.
//!
//! A chain is of one organization; entries that concern none have one of their own.

use crate::connection::{Conn, Inner, WriteTx};
use crate::error::{Error, Result};
use crate::sql;
use domain::{OrganizationId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Before the first entry.
const START: Hash = [0; 32];
/// Entries read at a time.
const BATCH: i64 = 2_000;
/// The length that is written for what is null.
const NULL: u64 = u64::MAX;

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Entries in it.
    pub length: i64,
    /// The hash of the last.
    pub hash: Hash,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            length: 0,
            hash: START,
        }
    }
}

impl Head {
    /// The head once an entry has come after it.
    pub(crate) fn with(self, entry: &Said<'_>) -> Self {
        let length = self.length + 1;
        Self {
            length,
            hash: entry.hash(length, &self.hash),
        }
    }
}

/// What an entry says, as it is stored.
pub(crate) struct Said<'a> {
    pub(crate) organization: Option<i64>,
    pub(crate) at: i64,
    pub(crate) actor_email: &'a str,
    pub(crate) action: &'a str,
    pub(crate) target_kind: &'a str,
    pub(crate) target_id: Option<i64>,
    pub(crate) target_label: &'a str,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

impl Said<'_> {
    fn hash(&self, place: i64, before: &Hash) -> Hash {
        let mut hash = Sha256::new();
        hash.update(before);
        let mut text = |text: Option<&str>| {
            let length = text.map_or(NULL, |text| text.len() as u64);
            hash.update(length.to_be_bytes());
            hash.update(text.unwrap_or_default());
        };
        let number = |n: i64| n.to_string();
        text(Some(&number(place)));
        text(self.organization.map(number).as_deref());
        text(Some(&number(self.at)));
        text(Some(self.actor_email));
        text(Some(self.action));
        text(Some(self.target_kind));
        text(self.target_id.map(number).as_deref());
        text(Some(self.target_label));
        text(self.before);
        text(self.after);
        hash.finalize().into()
    }
}

/// The id under which a chain's head is kept.
fn owner(organization: Option<i64>) -> i64 {
    organization.unwrap_or_default()
}

#[derive(FromQueryResult)]
struct HeadRow {
    length: i64,
    hash: Vec<u8>,
}

fn hash_of(column: &'static str, bytes: &[u8]) -> Result<Hash> {
    Hash::try_from(bytes).map_err(|why| Error::corrupt(column, why))
}

async fn kept(conn: &impl Inner, organization: Option<i64>, lock: &str) -> Result<Head> {
    let rows: Vec<HeadRow> = sql::rows(
        conn,
        &format!("SELECT length, hash FROM audit_chain WHERE organization_id = ?{lock}"),
        vec![owner(organization).into()],
    )
    .await?;
    match rows.first() {
        None => Ok(Head::default()),
        Some(row) => Ok(Head {
            length: row.length,
            hash: hash_of("audit_chain.hash", &row.hash)?,
        }),
    }
}

/// The head of a chain, which nobody else moves until this transaction is over.
pub(crate) async fn take(tx: &WriteTx, organization: Option<i64>) -> Result<Head> {
    let start =
        "INSERT INTO audit_chain (organization_id, length, hash) VALUES (?, 0, ?) ON CONFLICT DO NOTHING";
    let values = vec![owner(organization).into(), START.to_vec().into()];
    sql::execute(tx, start, values).await?;
    let lock = match tx.inner().get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    kept(tx, organization, lock).await
}

/// Moves the head of a chain.
pub(crate) async fn put(tx: &WriteTx, organization: Option<i64>, head: Head) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE audit_chain SET length = ?, hash = ? WHERE organization_id = ?",
        vec![
            head.length.into(),
            head.hash.to_vec().into(),
            owner(organization).into(),
        ],
    )
    .await?;
    Ok(())
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The entry does not say what it said when it was written.
    Changed,
    /// Entries before this one are gone; at the end of the chain, the last ones.
    Removed,
    /// The entry was never written by Gatehouse.
    Added,
}

/// The first entry at which a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The entry; `None` is the end of the chain.
    pub entry: Option<(i64, Timestamp)>,
    /// The place in the chain.
    pub place: i64,
    /// What is wrong.
    pub fault: Fault,
}

/// What became of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How far it holds.
    pub head: Head,
    /// Where it is broken, if it is.
    pub broken: Option<Broken>,
}

#[derive(FromQueryResult)]
struct Link {
    id: i64,
    organization_id: Option<i64>,
    at: i64,
    actor_email: String,
    action: String,
    target_kind: String,
    target_id: Option<i64>,
    target_label: String,
    before: Option<String>,
    after: Option<String>,
    place: Option<i64>,
    hash: Option<Vec<u8>>,
}

impl Link {
    fn said(&self) -> Said<'_> {
        Said {
            organization: self.organization_id,
            at: self.at,
            actor_email: &self.actor_email,
            action: &self.action,
            target_kind: &self.target_kind,
            target_id: self.target_id,
            target_label: &self.target_label,
            before: self.before.as_deref(),
            after: self.after.as_deref(),
        }
    }

    /// The head once this has come after it, or what is wrong with it.
    fn after(&self, head: Head) -> std::result::Result<Head, Fault> {
        let Some(place) = self.place else {
            return Err(Fault::Added);
        };
        if place > head.length + 1 {
            return Err(Fault::Removed);
        }
        if place < head.length + 1 {
            return Err(Fault::Added);
        }
        let next = head.with(&self.said());
        match self.hash.as_deref() == Some(&next.hash[..]) {
            true => Ok(next),
            false => Err(Fault::Changed),
        }
    }
}

/// Follows a chain from its beginning to its end.
pub async fn verify(conn: &impl Conn, organization: Option<OrganizationId>) -> Result<Verdict> {
    let organization = organization.map(|id| id.0);
    let mut head = Head::default();
    let mut last = 0;
    loop {
        let links: Vec<Link> = sql::rows(
            conn,
            "SELECT id, organization_id, at, actor_email, action, target_kind, target_id, target_label, before, after, \
             place, hash FROM audit WHERE coalesce(organization_id, 0) = ? AND id > ? ORDER BY id LIMIT ?",
            vec![owner(organization).into(), last.into(), BATCH.into()],
        )
        .await?;
        let Some(end) = links.last() else { break };
        last = end.id;
        for link in &links {
            match link.after(head) {
                Ok(next) => head = next,
                Err(fault) => {
                    let broken = Broken {
                        entry: Some((link.id, Timestamp(link.at))),
                        place: head.length + 1,
                        fault,
                    };
                    return Ok(Verdict {
                        head,
                        broken: Some(broken),
                    });
                }
            }
        }
    }
    let kept = kept(conn, organization, "").await?;
    let broken = (kept != head).then_some(Broken {
        entry: None,
        place: head.length + 1,
        fault: match kept.length > head.length {
            true => Fault::Removed,
            false => Fault::Added,
        },
    });
    Ok(Verdict { head, broken })
}
