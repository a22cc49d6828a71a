//! Whether the audit log is as it was written.

use crate::{Error, Services};
use store::audit::Verdict;

/// One chain of the log and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedChain {
    /// The organization's part of URLs; `None` is the chain of what concerns no organization.
    pub organization: Option<String>,
    /// Whether it holds, and where it is broken if not.
    pub verdict: Verdict,
}

impl Services {
    /// Follows every chain of the audit log to its end, as of one instant. For the operator.
    pub async fn verify_audit(&self) -> Result<Vec<VerifiedChain>, Error> {
        let tx = self.inner.store.read_for_export().await?;
        let mut verified = vec![VerifiedChain {
            organization: None,
            verdict: store::audit::verify(&tx, None).await?,
        }];
        for organization in store::access::versions(&tx).await? {
            let verdict = store::audit::verify(&tx, Some(organization.organization)).await?;
            verified.push(VerifiedChain {
                organization: Some(organization.slug),
                verdict,
            });
        }
        Ok(verified)
    }
}
