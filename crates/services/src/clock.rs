//! What time it is, in a form that tests can set.

use domain::Timestamp;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Where the use cases read the time. Clones of a fixed clock share their hands.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set.
    Fixed(Arc<watch::Sender<i64>>),
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(watch::Sender::new(at.0)))
    }

    /// The instant it shows.
    pub fn now(&self) -> Timestamp {
        match self {
            // A machine whose clock is before 1970 is treated as if it stood at 1970.
            Self::System => Timestamp(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
            ),
            Self::Fixed(at) => Timestamp(*at.borrow()),
        }
    }

    /// Moves a fixed clock; the machine's own is not ours to set.
    pub fn set(&self, to: Timestamp) {
        if let Self::Fixed(at) = self {
            at.send_replace(to.0);
        }
    }

    /// Ends when so many milliseconds have gone by.
    pub(crate) async fn wait(&self, milliseconds: i64) {
        match self {
            Self::System => {
                let wait = u64::try_from(milliseconds).unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            Self::Fixed(at) => {
                let until = self.now().plus(milliseconds).0;
                // It fails only when nobody is left who could set it, but this is one who could.
                let _ = at.subscribe().wait_for(|now| *now >= until).await;
            }
        }
    }
}
