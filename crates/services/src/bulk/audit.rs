//! What the audit log holds of each row that is changed: what a single edit would have written.

use super::edit::Edit;
use crate::Error;
use crate::as_of::{keeping, row_gone};
use crate::change::Change;
use crate::ends::audited;
use crate::members::{provider_names, team_names};
use domain::access::Grant;
use domain::as_of::Kept;
use domain::audit::AuditAction;
use domain::ends::Terms;
use domain::provider::ProviderRef;
use domain::team::TeamRef;
use domain::{MemberId, MemberStatus};
use serde_json::{Value, json};
use std::collections::HashMap;
use store::audit::AuditRecord;
use store::bulk_changes::BulkRow;

/// The names of what rows have, in the order of the names.
struct Names {
    providers: Vec<ProviderRef>,
    teams: Vec<TeamRef>,
}

impl Names {
    fn providers(&self, row: &BulkRow) -> Vec<Value> {
        let has = |provider: &&ProviderRef| row.grants.iter().any(|grant| grant.provider == provider.id);
        let own: Vec<ProviderRef> = self.providers.iter().filter(has).cloned().collect();
        provider_names(&own)
    }

    fn teams(&self, row: &BulkRow) -> Vec<Value> {
        let has = |team: &&TeamRef| row.teams.iter().any(|(of, _)| *of == team.id);
        let teams: Vec<TeamRef> = self.teams.iter().filter(has).cloned().collect();
        team_names(&teams)
    }
}

impl Change {
    /// To be asked for before anything is written: what removed members had is told from the database.
    pub(super) async fn deeds(
        &self,
        edits: &[Edit<'_>],
        going: &[MemberId],
    ) -> Result<Vec<AuditRecord>, Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let names = Names {
            providers: store::providers::refs(tx, organization).await?,
            teams: store::teams::refs(tx, organization).await?,
        };
        let ids: Vec<MemberId> = edits.iter().filter_map(|edit| Some(edit.from?.id)).collect();
        let own = store::as_of::own(tx, organization, &ids).await?;
        let going: HashMap<MemberId, Value> = store::members::rows(tx, organization, going, self.now)
            .await?
            .into_iter()
            .map(|row| {
                let grants = own.get(&row.id).cloned().unwrap_or_default();
                (row.id, row_gone(&row, grants))
            })
            .collect();
        let mut deeds = Vec::with_capacity(edits.len());
        for edit in edits {
            match (edit.from, &edit.to) {
                (Some(from), Some(to)) => {
                    let grants = own.get(&from.id).cloned().unwrap_or_default();
                    self.changes(&names, (from, grants), to, &mut deeds);
                }
                (Some(from), None) => deeds.push(AuditRecord {
                    before: going.get(&from.id).cloned(),
                    ..self.deed(AuditAction::MemberRemove, from.id, &from.email)
                }),
                (None, Some(to)) => deeds.push(AuditRecord {
                    after: Some(json!({
                        "name": to.name,
                        "role": to.role,
                        "status": to.status,
                        "teams": names.teams(to),
                        "providers": names.providers(to),
                    })),
                    ..self.deed(AuditAction::MemberRestore, to.id, &to.email)
                }),
                (None, None) => {}
            }
        }
        Ok(deeds)
    }

    fn changes(
        &self,
        names: &Names,
        (from, grants): (&BulkRow, Vec<Grant>),
        to: &BulkRow,
        deeds: &mut Vec<AuditRecord>,
    ) {
        let kept = Kept {
            grants,
            ..Kept::default()
        };
        let mut push = |action, before: Value, after: Value| {
            deeds.push(AuditRecord {
                before: Some(before),
                after: Some(after),
                ..self.deed(action, to.id, &to.email)
            });
        };
        let (had, has) = (names.providers(from), names.providers(to));
        if had != has {
            push(
                AuditAction::MemberProvidersChange,
                keeping(json!({ "providers": had }), &kept),
                json!({ "providers": has }),
            );
        }
        for provider in &names.providers {
            let (was, is) = (end_in(from, provider), end_in(to, provider));
            // An end that goes with its grant is not told of.
            if is
                .as_ref()
                .is_some_and(|is| *is != was.clone().unwrap_or_default())
            {
                push(
                    AuditAction::MemberProviderEnd,
                    keeping(audited(provider, &was.unwrap_or_default()), &kept),
                    audited(provider, &is.unwrap_or_default()),
                );
            }
        }
        if from.teams != to.teams {
            push(
                AuditAction::MemberTeamsChange,
                json!({ "teams": names.teams(from) }),
                json!({ "teams": names.teams(to) }),
            );
        }
        if from.role != to.role {
            push(
                AuditAction::MemberRoleChange,
                json!({ "role": from.role }),
                json!({ "role": to.role }),
            );
        }
        if from.status != to.status {
            let action = match to.status {
                MemberStatus::Suspended => AuditAction::MemberSuspend,
                _ => AuditAction::MemberReactivate,
            };
            push(
                action,
                json!({ "status": from.status }),
                json!({ "status": to.status }),
            );
        }
    }
}

/// Until when a row has a provider by a grant of its own; `None` is no grant.
fn end_in(row: &BulkRow, provider: &ProviderRef) -> Option<Terms> {
    let grant = row.grants.iter().find(|grant| grant.provider == provider.id)?;
    Some(grant.terms())
}
