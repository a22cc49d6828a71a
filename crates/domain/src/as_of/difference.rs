//! What differs between two instants.

use super::look::{Look, Order, is_called, place};
use super::query::AsOfQuery;
use super::undo::{PastMember, Standing};
use super::view::AsOfDifference;
use crate::search::words;
use crate::{MemberId, ProviderId, Timestamp};
use std::collections::BTreeSet;

/// A standing and its instant.
type At<'a> = (&'a Standing, Timestamp);

/// Who came, went, or had another role, status or other providers to use, as far as a query lets through, by name. Whether
/// a row is still there is not known here.
pub fn differences(from: At<'_>, to: At<'_>, query: &AsOfQuery, order: Order) -> Vec<AsOfDifference> {
    let (first, second) = (Look::new(from.0, from.1, order), Look::new(to.0, to.1, order));
    let words = words(&query.search);
    let ids = from.0.members.keys().chain(to.0.members.keys());
    let ids: BTreeSet<MemberId> = match query.member {
        Some(only) => [only].into(),
        None => ids.copied().collect(),
    };
    let mut found: Vec<AsOfDifference> = ids
        .into_iter()
        .filter_map(|id| {
            let (was, is) = (from.0.members.get(&id), to.0.members.get(&id));
            let called = is.or(was)?;
            if !is_called(&words, &called.name, &called.email) {
                return None;
            }
            let had = was.map(|was| first.usable(was)).unwrap_or_default();
            let has = is.map(|is| second.usable(is)).unwrap_or_default();
            let (gained, lost) = (without(&has, &had), without(&had, &has));
            let about = |provider: ProviderId| {
                let of = |list: &[(ProviderId, &str)]| list.iter().any(|(id, _)| *id == provider);
                of(&gained) || of(&lost)
            };
            if query.provider.is_some_and(|provider| !about(provider)) {
                return None;
            }
            let both = was.zip(is);
            let status = both.map(|(was, is)| (was.status_at(from.1), is.status_at(to.1)));
            let found = AsOfDifference {
                member: id,
                there: true,
                name: called.name.clone(),
                email: called.email.clone(),
                came: was.is_none(),
                went: is.is_none(),
                role: both.map(roles).filter(|(was, is)| was != is),
                status: status.filter(|(was, is)| was != is),
                gained: names(gained),
                lost: names(lost),
            };
            differs(&found).then_some(found)
        })
        .collect();
    found.sort_by_cached_key(|found| place(order, &found.name, &found.email, found.member));
    found
}

fn roles((was, is): (&PastMember, &PastMember)) -> (crate::Role, crate::Role) {
    (was.role, is.role)
}

fn differs(found: &AsOfDifference) -> bool {
    found.came
        || found.went
        || found.role.is_some()
        || found.status.is_some()
        || !found.gained.is_empty()
        || !found.lost.is_empty()
}

fn without<'a>(all: &[(ProviderId, &'a str)], others: &[(ProviderId, &str)]) -> Vec<(ProviderId, &'a str)> {
    let missing = |(id, _): &&(ProviderId, &str)| !others.iter().any(|(other, _)| other == id);
    all.iter().filter(missing).copied().collect()
}

fn names(providers: Vec<(ProviderId, &str)>) -> Vec<String> {
    providers.into_iter().map(|(_, name)| name.to_owned()).collect()
}
