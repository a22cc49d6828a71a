//! Making one row like another.

use super::{BulkChange, RowFacts};
use crate::Role;
use crate::ends::Terms;
use std::collections::BTreeMap;

/// What makes `row` like `model`: own providers on the same terms, and teams. The role only if that is asked for, and never
/// that of an owner. Status is nobody's to copy.
pub fn like(model: &RowFacts, row: &RowFacts, with_role: bool) -> BulkChange {
    let added = model
        .grants
        .iter()
        .filter(|(provider, terms)| row.grants.get(provider) != Some(terms));
    let terms: BTreeMap<_, Terms> = added
        .map(|(provider, terms)| (*provider, terms.clone()))
        .collect();
    let gone = row.grants.keys().filter(|id| !model.grants.contains_key(id));
    BulkChange {
        add_providers: terms.keys().copied().collect(),
        terms,
        remove_providers: gone.copied().collect(),
        role: Some(model.role).filter(|role| with_role && *role != Role::Owner && *role != row.role),
        add_teams: model.teams.difference(&row.teams).copied().collect(),
        remove_teams: row.teams.difference(&model.teams).copied().collect(),
        ..BulkChange::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::ModelList;
    use crate::{MemberStatus, ProviderId, TeamId, Timestamp};
    use proptest::prelude::*;

    fn terms() -> impl Strategy<Value = Terms> {
        let models = prop::sample::select(vec![None, Some("gpt-5*"), Some("o3")]);
        (prop::option::of(1..3_i64), models).prop_map(|(end, models)| Terms {
            ends_at: end.map(Timestamp),
            reason: String::new(),
            models: ModelList::stored(models),
        })
    }

    fn facts() -> impl Strategy<Value = RowFacts> {
        let grants = prop::collection::btree_map((0..4_i64).prop_map(ProviderId), terms(), 0..4);
        let teams = prop::collection::btree_set((0..4_i64).prop_map(TeamId), 0..4);
        (grants, teams, prop::sample::select(Role::ALL)).prop_map(|(grants, teams, role)| RowFacts {
            role,
            status: MemberStatus::Active,
            grants,
            team_providers: [].into(),
            teams,
        })
    }

    proptest! {
        #[test]
        fn whoever_is_made_like_another_has_the_same_and_the_role_only_if_asked(
            model in facts(),
            row in facts(),
            with_role in any::<bool>(),
        ) {
            let change = like(&model, &row, with_role);
            let mut now = row.clone();
            for id in &change.remove_providers {
                prop_assert!(now.grants.remove(id).is_some());
            }
            for id in &change.add_providers {
                let had = now.grants.insert(*id, change.terms_of(*id, row.grants.get(id)));
                prop_assert_ne!(had.as_ref(), now.grants.get(id), "nothing is done twice");
            }
            prop_assert_eq!(&now.grants, &model.grants);
            now.teams.extend(&change.add_teams);
            now.teams.retain(|team| !change.remove_teams.contains(team));
            prop_assert_eq!(&now.teams, &model.teams);
            prop_assert_ne!(change.role, Some(Role::Owner));
            prop_assert!(change.role.is_none() || with_role);
            now.role = change.role.unwrap_or(row.role);
            prop_assert!(now.role <= model.role.max(row.role));
            prop_assert_eq!(like(&model, &now, with_role).parts(), []);
        }
    }
}
