//! Changes of many rows: shown, applied if they are still what was shown, and undone.

mod audit;
mod compare;
mod edit;
mod resend;
mod write;

use crate::change::Change;
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::access::TeamGrants;
use domain::audit::{AuditAction, AuditTarget};
use domain::bulk::{
    ApplyInput, ApplyOutcome, BulkAsked, BulkChange, BulkForm, BulkInput, Done, Part, Preview, ProviderFact,
    RowFacts, Selection, Shown, Standing, Surroundings, TeamFact, UndoRow, UndoTarget, Undone, may_undo,
    plan, plan_undo,
};
use domain::ends;
use domain::limits::UNDO_TIME;
use domain::provider::ProviderStatus;
use domain::{BulkChangeId, MemberId, OrganizationId, Problem, ProviderId, Role, TeamId, Timestamp};
use edit::{Edit, applied, put_back};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use store::Conn;
use store::bulk_changes::BulkRow;

impl Services {
    /// What a change would do to each selected row. For admins and owners.
    pub async fn bulk_preview(&self, actor: &Actor, input: &BulkInput) -> Result<Shown, Error> {
        self.administers(actor)?;
        let input = checked(input, self.now())?;
        let tx = self.search(actor).await?;
        let standing = Standing {
            member: actor.member,
            role: actor.role,
        };
        let (preview, rows) = planned(&tx, actor.organization, standing, &input, self.now()).await?;
        Ok(shown(preview, &input.change, &rows))
    }

    /// What a form for a change shows: what there is to choose from, and what the change would do once it is said. For admins
    /// and owners.
    pub async fn bulk_form(&self, actor: &Actor, asked: &BulkAsked) -> Result<BulkForm, Error> {
        self.administers(actor)?;
        let shown = match asked.input()? {
            Some(input) => Some(self.bulk_preview(actor, &input).await?.cut()),
            None => None,
        };
        let tx = self.inner.store.read().await?;
        Ok(BulkForm {
            providers: store::providers::refs(&tx, actor.organization).await?,
            teams: store::teams::refs(&tx, actor.organization).await?,
            shown,
        })
    }

    /// Does what was shown, all of it or nothing; when it would be something else by now, shows that instead. Sent again, it
    /// answers as the first time and does nothing. For admins and owners.
    pub async fn bulk_apply(&self, actor: &Actor, input: &ApplyInput) -> Result<ApplyOutcome, Error> {
        let content = (&input.asked, &input.fingerprint);
        let request = self.idempotent("bulk.apply", &input.idempotency_key, &content)?;
        let change = self.administer(actor).await?;
        if let Some(answer) = request.answered(&change).await? {
            return Ok(answer);
        }
        let asked = checked(&input.asked, change.now)?;
        let (organization, by) = (change.organization, change.actor()?);
        let standing = Standing {
            member: by.member,
            role: by.role,
        };
        let (preview, rows) = planned(&change.tx, organization, standing, &asked, change.now).await?;
        let is = fingerprint(&preview, &asked.change);
        if is != input.fingerprint {
            let instead = shown(preview, &asked.change, &rows);
            return Ok(ApplyOutcome::PreviewChanged(Box::new(instead)));
        }
        let about = json!({ "change": asked.change, "counts": preview.counts });
        let id = change.apply(&asked.change, &preview, &rows, &is, about).await?;
        let outcome = ApplyOutcome::Applied {
            change: id,
            counts: preview.counts,
        };
        request.remember(&change, &outcome).await?;
        change.commit().await?;
        self.mail_is_due();
        Ok(outcome)
    }

    /// Puts back what a change did, as far as nothing was decided since, and tells what it left. Within ten minutes, once, by
    /// any admin or owner.
    pub async fn bulk_undo(&self, actor: &Actor, bulk: BulkChangeId) -> Result<Undone, Error> {
        let change = self.administer(actor).await?;
        let (tx, organization, now) = (&change.tx, change.organization, change.now);
        let record = store::bulk_changes::get(tx, organization, bulk)
            .await?
            .ok_or_else(|| Problem::not_found("change"))?;
        let changed = store::bulk_changes::parts(tx, record).await?;
        let parts: Vec<Part> = changed
            .iter()
            .flat_map(|(_, parts)| parts)
            .map(|done| done.part)
            .collect();
        may_undo(change.role(), &parts, record.applied_at, record.undone_at, now)?;
        let ids: Vec<MemberId> = changed.iter().map(|(before, _)| before.id).collect();
        let there = by_id(store::bulk_changes::rows(tx, organization, &ids, now).await?);
        let around = around(tx, organization, &BulkChange::default()).await?;
        let done = change.done(&changed, &there).await?;
        let plan = plan_undo(change.role(), done, &around);
        let before: HashMap<MemberId, &BulkRow> = changed.iter().map(|(row, _)| (row.id, row)).collect();
        let edits: Vec<Edit<'_>> = plan
            .rows
            .iter()
            .filter(|row| !row.restored.is_empty())
            .filter_map(|row| {
                let from = there.get(&row.member);
                let to = put_back(from, before.get(&row.member)?, &row.restored, &around)?;
                Some(Edit { from, to: Some(to) })
            })
            .collect();
        change.write_rows(&edits).await?;
        store::bulk_changes::mark_undone(tx, organization, bulk, now).await?;
        let some = |part: fn(&UndoRow) -> bool| count(plan.rows.iter().filter(|row| part(row)).count());
        let (restored, kept) = (
            some(|row| !row.restored.is_empty()),
            some(|row| !row.kept.is_empty()),
        );
        change
            .audit(
                AuditAction::BulkUndo,
                AuditTarget::Bulk(bulk),
                &people(changed.len()),
                None,
                Some(json!({ "restored": restored, "kept": kept })),
            )
            .await?;
        change.commit().await?;
        Ok(Undone {
            restored,
            kept,
            names: changed.iter().map(|(row, _)| (row.id, name(row))).collect(),
            rows: plan.rows,
        })
    }
}

impl Change {
    /// Writes what a preview says, and what an undo must know of it.
    async fn apply(
        &self,
        asked: &BulkChange,
        preview: &Preview,
        rows: &HashMap<MemberId, BulkRow>,
        fingerprint: &str,
        about: Value,
    ) -> Result<BulkChangeId, Error> {
        let (by, now) = (self.actor()?.user, self.now);
        let changed: Vec<(&BulkRow, &[Part])> = preview
            .rows
            .iter()
            .filter(|row| !row.will.is_empty())
            .filter_map(|row| Some((rows.get(&row.member)?, row.will.as_slice())))
            .collect();
        if asked.parts() == [Part::Resend] {
            self.resend_all(&changed).await?;
        } else {
            let edits: Vec<Edit<'_>> = changed
                .iter()
                .map(|(row, will)| Edit {
                    from: Some(*row),
                    to: applied(row, will, asked, by, now),
                })
                .collect();
            self.write_rows(&edits).await?;
        }
        self.note_change(&changed, fingerprint, about).await
    }

    /// Does to each of some rows what is to be done to it, as one change that can be undone.
    pub(crate) async fn apply_rows(
        &self,
        planned: &[(MemberId, Vec<Part>, Option<Role>)],
        fingerprint: &str,
        about: Value,
    ) -> Result<BulkChangeId, Error> {
        let by = self.actor()?.user;
        let ids: Vec<MemberId> = planned.iter().map(|(member, ..)| *member).collect();
        let rows = by_id(store::bulk_changes::rows(&self.tx, self.organization, &ids, self.now).await?);
        let mut changed: Vec<(&BulkRow, &[Part])> = Vec::with_capacity(planned.len());
        let mut edits = Vec::with_capacity(planned.len());
        for (member, parts, role) in planned {
            let Some(row) = rows.get(member) else { continue };
            let asked = BulkChange {
                role: *role,
                ..BulkChange::default()
            };
            changed.push((row, parts));
            edits.push(Edit {
                from: Some(row),
                to: applied(row, parts, &asked, by, self.now),
            });
        }
        self.write_rows(&edits).await?;
        self.note_change(&changed, fingerprint, about).await
    }

    /// Notes what an undo must know of a change that has been written, and that it was made.
    async fn note_change(
        &self,
        changed: &[(&BulkRow, &[Part])],
        fingerprint: &str,
        about: Value,
    ) -> Result<BulkChangeId, Error> {
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        let by = self.actor()?.user;
        store::bulk_changes::forget_until(tx, organization, now.plus(-UNDO_TIME)).await?;
        let id = store::bulk_changes::insert(tx, organization, by, fingerprint, now, changed).await?;
        self.audit(
            AuditAction::BulkApply,
            AuditTarget::Bulk(id),
            &people(changed.len()),
            None,
            Some(about),
        )
        .await?;
        Ok(id)
    }

    /// The rows that were changed, with what is there now.
    async fn done(
        &self,
        changed: &[(BulkRow, Vec<domain::bulk::DonePart>)],
        there: &HashMap<MemberId, BulkRow>,
    ) -> Result<Vec<Done>, Error> {
        let gone: Vec<&str> = changed
            .iter()
            .filter(|(before, _)| !there.contains_key(&before.id))
            .map(|(before, _)| before.email_identity.as_str())
            .collect();
        let holders = store::bulk_changes::holders_of(&self.tx, self.organization, &gone).await?;
        let target = |before: &BulkRow| match there.get(&before.id) {
            Some(row) => UndoTarget::Row {
                role: row.role,
                status: row.status,
            },
            None if holders.contains_key(&before.email_identity) => UndoTarget::Another,
            None => UndoTarget::Nothing,
        };
        Ok(changed
            .iter()
            .map(|(before, parts)| Done {
                member: before.id,
                role: before.role,
                status: before.status,
                parts: parts.clone(),
                now: target(before),
            })
            .collect())
    }
}

fn checked(input: &BulkInput, now: Timestamp) -> Result<BulkInput, Problem> {
    ends::end(input.change.until, now)?;
    Ok(BulkInput {
        selection: input.selection.check()?,
        change: input.change.check()?,
    })
}

fn people(count: usize) -> String {
    match count {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

fn fingerprint(preview: &Preview, change: &BulkChange) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(preview.canonical(change)))
}

fn shown(preview: Preview, change: &BulkChange, rows: &HashMap<MemberId, BulkRow>) -> Shown {
    Shown {
        fingerprint: fingerprint(&preview, change),
        parts: preview.parts(change),
        names: rows.values().map(|row| (row.id, name(row))).collect(),
        preview,
    }
}

/// What to call a person: the name, or the e-mail where there is none.
fn name(row: &BulkRow) -> String {
    match row.name.as_str() {
        "" => row.email.clone(),
        name => name.to_owned(),
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn by_id(rows: Vec<BulkRow>) -> HashMap<MemberId, BulkRow> {
    rows.into_iter().map(|row| (row.id, row)).collect()
}

/// What a change would do by now, and the rows as they are.
async fn planned(
    conn: &impl Conn,
    organization: OrganizationId,
    standing: Standing,
    input: &BulkInput,
    now: Timestamp,
) -> Result<(Preview, HashMap<MemberId, BulkRow>), Error> {
    let ids = match &input.selection {
        Selection::Ids(ids) => ids.clone(),
        Selection::Matching(query) => store::members::ordered_ids(conn, organization, query, now).await?,
    };
    let rows = by_id(store::bulk_changes::rows(conn, organization, &ids, now).await?);
    let around = around(conn, organization, &input.change).await?;
    let carried = store::access::carried(conn, organization).await?;
    let facts = |row: &BulkRow| facts(row, &carried, now);
    let facts = ids.into_iter().map(|id| (id, rows.get(&id).map(facts))).collect();
    Ok((plan(standing, &input.change, facts, &around)?, rows))
}

/// Of the grants of all teams, `carried`, those of the row's teams count.
fn facts(row: &BulkRow, carried: &[TeamGrants], now: Timestamp) -> RowFacts {
    let by_team = row
        .teams
        .iter()
        .flat_map(|(team, _)| TeamGrants::of(carried, *team));
    RowFacts {
        role: row.role,
        status: row.status,
        grants: row
            .grants
            .iter()
            .map(|grant| (grant.provider, grant.terms()))
            .collect(),
        team_providers: by_team
            .filter(|grant| grant.is_live(now))
            .map(|grant| grant.provider)
            .collect(),
        teams: row.teams.iter().map(|(team, _)| *team).collect(),
    }
}

/// What is there, and what of that which a change names once was.
async fn around(
    conn: &impl Conn,
    organization: OrganizationId,
    change: &BulkChange,
) -> Result<Surroundings, Error> {
    let mut around = Surroundings {
        active_owners: store::members::active_owners(conn, organization).await?,
        ..Surroundings::default()
    };
    for provider in store::providers::refs(conn, organization).await? {
        let fact = match provider.status {
            ProviderStatus::Active => ProviderFact::Active,
            ProviderStatus::Inactive => ProviderFact::Inactive,
        };
        around.providers.insert(provider.id, fact);
    }
    for team in store::teams::refs(conn, organization).await? {
        around.teams.insert(team.id, TeamFact::There);
    }
    let missing: Vec<ProviderId> = change
        .providers()
        .filter(|id| !around.providers.contains_key(id))
        .collect();
    for id in store::bulk_changes::deleted_providers(conn, organization, &missing).await? {
        around.providers.insert(id, ProviderFact::Deleted);
    }
    let missing: Vec<TeamId> = change
        .teams()
        .filter(|id| !around.teams.contains_key(id))
        .collect();
    for id in store::bulk_changes::deleted_teams(conn, organization, &missing).await? {
        around.teams.insert(id, TeamFact::Deleted);
    }
    Ok(around)
}
