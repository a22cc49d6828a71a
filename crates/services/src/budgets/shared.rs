//! What other servers on the same database let pass.

use super::lock;
use crate::{Error, Services};
use std::sync::PoisonError;
use std::time::Duration;
use store::usage::UsageEvent;
use tokio::time::timeout;

/// How long the database may take; what is not known now is known after the next look.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

impl super::Budgets {
    /// What these requests took is stored.
    pub(crate) fn written(&self, events: &[UsageEvent]) {
        for event in events.iter().filter(|event| !event.budgets.is_empty()) {
            if let Some(ledger) = self.of(event.organization) {
                let mut ledger = lock(&ledger);
                event.budgets.iter().for_each(|charged| ledger.written(charged));
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.ledgers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }
}

impl Services {
    /// Takes over what all servers have stored as spent. Not while this one is storing: nobody could say what of its own is in
    /// what is read.
    pub(crate) async fn follow_spent(&self) -> Result<(), Error> {
        let budgets = &self.inner.budgets;
        if budgets.is_empty() {
            return Ok(());
        }
        let Ok(_alone) = budgets.storing.try_lock() else {
            return Ok(());
        };
        let read = async {
            let tx = self.inner.store.read_access().await?;
            store::budgets::stored(&tx).await
        };
        let stored = match timeout(ANSWERS_WITHIN, read).await {
            Ok(stored) => stored?,
            Err(silent) => return Err(store::Error::Unreachable(Box::new(silent)).into()),
        };
        for stored in stored {
            if let Some(ledger) = budgets.of(stored.organization) {
                lock(&ledger).stored(stored.budget, stored.start, stored.spent);
            }
        }
        Ok(())
    }
}
