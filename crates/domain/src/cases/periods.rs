//! `periods.json`: the period that an instant belongs to.

use super::Instant;
use crate::period::PeriodKind;
use serde::Deserialize;

/// An instant, and where it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How long periods are.
    pub kind: PeriodKind,
    zone: Option<String>,
    zones: Option<Vec<Lived>>,
    /// The day on which a month begins; the first when absent.
    pub anchor: Option<u8>,
    /// The instant.
    pub at: Instant,
    /// Its period.
    pub expect: Expect,
    /// Faults of other products that the case would have caught.
    #[serde(default)]
    pub bug: Vec<String>,
}

impl super::Case for Case {
    const FILE: &'static str = "periods.json";
    type Rest = super::Rules;
}

/// A zone in which an organization was.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lived {
    /// Its name.
    pub zone: String,
    /// Since when; none for the first.
    #[serde(deserialize_with = "super::given")]
    pub from: Option<Instant>,
}

/// A period: start inside, end outside.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// None for no bound.
    #[serde(deserialize_with = "super::given")]
    pub start: Option<Instant>,
    /// None for no bound.
    #[serde(deserialize_with = "super::given")]
    pub end: Option<Instant>,
}

impl Case {
    /// The zones of the organization, the oldest first.
    ///
    /// # Panics
    /// When there is not exactly one of `zone` and `zones`, or not exactly the first is without a beginning.
    pub fn history(&self) -> Vec<Lived> {
        let history = match (&self.zone, &self.zones) {
            (Some(zone), None) => vec![Lived {
                zone: zone.clone(),
                from: None,
            }],
            (None, Some(zones)) => zones.clone(),
            _ => panic!("a case has either a zone or zones"),
        };
        let begins: Vec<bool> = history.iter().map(|lived| lived.from.is_some()).collect();
        assert!(
            begins.first() == Some(&false) && begins[1..].iter().all(|from| *from),
            "only the first zone is from always: {begins:?}"
        );
        history
    }
}
