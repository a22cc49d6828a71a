//! Allowed providers that end: by themselves, everywhere, at the instant.

use crate::common::{NOW, World, code, fresh_key, invited, key_input, on_both};
use domain::access::{Denial, ModelList};
use domain::audit::{AuditAction, AuditTarget};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, Selection};
use domain::ends::{EXTENSION, SOON, TermsChange};
use domain::limits::GRANT_LIFETIME;
use domain::member::{EditOutcome, MemberRow, ProvidersChange};
use domain::query::{MemberQuery, ProviderFilter};
use domain::team::{TeamPeopleChange, TeamView};
use domain::{MemberId, ProblemCode, ProviderId, Role, TeamId, Timestamp, VersionedOutcome};
use serde_json::json;
use services::Actor;
use services::snapshot::{ApiKey, Refused};

impl World {
    async fn until(
        &self,
        owner: &Actor,
        row: &MemberRow,
        provider: ProviderId,
        ends_at: Option<Timestamp>,
        reason: &str,
    ) -> MemberRow {
        let change = TermsChange {
            version: row.version,
            provider,
            ends_at,
            reason: reason.to_owned(),
            models: ModelList::default(),
        };
        match self
            .services
            .set_provider_terms(owner, row.id, &change)
            .await
            .unwrap()
        {
            EditOutcome::Saved(row) => *row,
            EditOutcome::Conflict(now) => panic!("a conflict with {now:?}"),
        }
    }

    async fn carries_until(
        &self,
        owner: &Actor,
        team: TeamId,
        provider: ProviderId,
        ends_at: Option<Timestamp>,
    ) -> TeamView {
        let now = self.services.team_providers(owner, team).await.unwrap().team;
        let change = TermsChange {
            version: now.version,
            provider,
            ends_at,
            reason: String::new(),
            models: ModelList::default(),
        };
        match self
            .services
            .set_team_provider_terms(owner, team, &change)
            .await
            .unwrap()
        {
            VersionedOutcome::Saved(team) => team,
            VersionedOutcome::Conflict(now) => panic!("a conflict with {now:?}"),
        }
    }

    async fn team_of(&self, owner: &Actor, name: &str, people: &[MemberId]) -> TeamId {
        let team = self
            .services
            .create_team(owner, name, &fresh_key())
            .await
            .unwrap();
        let change = TeamPeopleChange {
            added: people.to_vec(),
            removed: vec![],
            places: vec![],
        };
        self.services
            .change_team_people(owner, team.id, &change)
            .await
            .unwrap();
        team.id
    }

    /// Whose providers end soon, by the filter and by the rows themselves.
    async fn ending(&self, owner: &Actor) -> Vec<MemberId> {
        let ending = MemberQuery {
            providers: vec![ProviderFilter::Ending],
            ..MemberQuery::default()
        };
        let found = self.services.members(owner, &ending).await.unwrap();
        let found: Vec<MemberId> = found.rows.into_iter().map(|row| row.id).collect();
        let all = self
            .services
            .members(owner, &MemberQuery::default())
            .await
            .unwrap();
        let rows = all.rows.iter().filter(|row| row.ends_soon(all.now));
        assert_eq!(
            (all.counts.ending as usize, all.counts.ending_more),
            (found.len(), false)
        );
        assert_eq!(found, rows.map(|row| row.id).collect::<Vec<_>>());
        found
    }
}

on_both! {
    async fn a_grant_ends_by_itself_at_the_instant_everywhere(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await;
        world.list_models(&owner, &lab, &["m"]).await;
        let made = world.services.create_key(&ana, ana.member, &key_input("ci"), &fresh_key()).await.unwrap();
        let ask = || {
            let key = ApiKey::new(&made.secret);
            world.services.snapshot().choose(key, "lab/m", world.services.now()).map(|_| ())
        };
        let offered = || {
            let now = world.services.now();
            let usable = world.services.snapshot().usable(ana.organization, ana.member, now).unwrap();
            usable.first().map(|provider| provider.ends_at)
        };
        let refused = Err(Refused::Denied(Denial::ProviderNotAllowed));
        let without = async || world.services.members(&owner, &MemberQuery::default()).await.unwrap().counts.without_providers;
        let team = world.team_of(&owner, "Sales", &[ana.member]).await;
        assert_eq!((ask(), without().await), (refused, 2));
        // The own grant ends first, the team's after it; each at its instant, and nothing has to run for it.
        let row = world.services.member(&owner, ana.member).await.unwrap();
        let (own, of_team) = (NOW.plus(1_000), NOW.plus(2_000));
        let row = world.until(&owner, &row, lab.id, Some(own), "Trial").await;
        assert_eq!((row.end_of(lab.id), offered()), (Some(own), Some(Some(own))));
        world.carries_until(&owner, team, lab.id, Some(of_team)).await;
        assert_eq!(offered(), Some(Some(of_team)), "the last source decides");
        for (at, allowed) in [(0, true), (999, true), (1_000, true), (1_999, true), (2_000, false), (2_001, false)] {
            world.clock.set(NOW.plus(at));
            let row = world.services.member(&owner, ana.member).await.unwrap();
            let listed = world.services.providers(&owner).await.unwrap();
            let told = world.services.provider_access(&owner, ana.member).await.unwrap();
            assert_eq!(ask().is_ok(), allowed, "gateway after {at} ms");
            assert_eq!(offered().is_some(), allowed, "Chat after {at} ms");
            assert_eq!(row.providers.len(), usize::from(allowed), "table after {at} ms");
            assert_eq!(row.owns(lab.id), at < 1_000, "sources after {at} ms");
            assert_eq!(listed[0].members, u32::from(allowed), "who has it after {at} ms");
            assert_eq!(told[0].denial.is_none(), allowed, "explanation after {at} ms");
            assert_eq!(without().await, if allowed { 1 } else { 2 }, "status line after {at} ms");
        }
        // What has ended begins anew, with who gives it now.
        let row = world.services.member(&owner, ana.member).await.unwrap();
        world.until(&owner, &row, lab.id, None, "").await;
        assert_eq!((ask(), offered()), (Ok(()), Some(None)));
        let details = world.services.member_details(&owner, ana.member).await.unwrap();
        assert_eq!(details.providers[0].granted[0].at, NOW.plus(2_001));
    }

    async fn ends_are_set_moved_and_taken_away_with_words_for_it(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let lab = world.provider(&owner, "Lab").await.id;
        let row = world.services.member(&owner, ana).await.unwrap();
        let end = Timestamp::end_of("2026-03-03").unwrap();
        let given = world.until(&owner, &row, lab, Some(end), " Trial: ends, \"soon\"; ок? ").await;
        assert_eq!(given.version, row.version + 1);
        let by = given.sources(lab).next().unwrap();
        assert_eq!((by.ends_at, by.reason.as_str()), (Some(end), "Trial: ends, \"soon\"; ок?"));
        let same = world.until(&owner, &given, lab, Some(end), "Trial: ends, \"soon\"; ок?").await;
        assert_eq!(same.version, given.version, "nothing to do");
        let later = end.plus(EXTENSION);
        let extended = world.until(&owner, &given, lab, Some(later), "Trial").await;
        assert_eq!(extended.end_of(lab), Some(later));
        // Only if it is still as it was read.
        let stale = TermsChange { version: given.version, provider: lab, ends_at: None, reason: String::new(), models: ModelList::default() };
        let outcome = world.services.set_provider_terms(&owner, ana, &stale).await.unwrap();
        assert_eq!(outcome, EditOutcome::Conflict(Box::new(extended.clone())));
        let never = world.until(&owner, &extended, lab, None, "").await;
        assert_eq!((never.end_of(lab), never.sources(lab).next().unwrap().reason.as_str()), (None, ""));
        let history = world.services.member_history(&owner, ana, None).await.unwrap();
        let told: Vec<_> = history.entries.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!(told[..4], [
            "removed the expiration date of Lab",
            "set Lab to expire on 2 Apr 2026 (Trial)",
            "set Lab to expire on 3 Mar 2026 (Trial: ends, \"soon\"; ок?)",
            "allowed Lab",
        ]);
        let deeds = world.audit(owner.organization).await;
        let moved = deeds.iter().rfind(|deed| deed.action == AuditAction::MemberProviderEnd).unwrap();
        let provider = json!({ "id": lab, "name": "Lab" });
        let kept = json!({ "grants": [{ "provider": lab, "ends_at": later }] });
        let before = json!({ "provider": provider, "ends_at": "2026-04-03T00:00:00Z", "reason": "Trial", "models": [], "kept": kept });
        let after = json!({ "provider": provider, "ends_at": null, "reason": "", "models": [] });
        assert_eq!((moved.before.as_ref(), moved.after.as_ref()), (Some(&before), Some(&after)));
        // Given again in the usual way, it has no end of before.
        let row = world.until(&owner, &never, lab, Some(end), "Trial").await;
        let change = ProvidersChange { version: row.version, added: vec![], removed: vec![lab] };
        world.services.set_providers(&owner, ana, &change).await.unwrap();
        world.services.add_provider(&owner, ana, lab).await.unwrap();
        assert_eq!(world.services.member(&owner, ana).await.unwrap().end_of(lab), None);
    }

    async fn an_end_that_cannot_be_is_refused_and_changes_nothing(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let (lab, off) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Off").await.id);
        world.services.set_provider_active(&owner, off, false).await.unwrap();
        let team = world.team_of(&owner, "Sales", &[ana]).await;
        let ivy = invited(world, &owner, "ivy@example.com", Role::Member).await.0;
        let row = world.services.member(&owner, ana).await.unwrap();
        let version = world.services.team_providers(&owner, team).await.unwrap().team.version;
        let change = |version, provider, after: i64| TermsChange {
            version,
            provider,
            ends_at: Some(NOW.plus(after)),
            reason: String::new(),
            models: ModelList::default(),
        };
        let before = world.picture(owner.organization).await;
        for (provider, after) in [(lab, 0), (lab, -1), (lab, GRANT_LIFETIME + 1), (off, 1)] {
            let own = world.services.set_provider_terms(&owner, ana, &change(row.version, provider, after)).await;
            assert_eq!(code(own), ProblemCode::Invalid);
            let of_team = world.services.set_team_provider_terms(&owner, team, &change(version, provider, after)).await;
            assert_eq!(code(of_team), ProblemCode::Invalid);
        }
        let invitation = world.services.member(&owner, ivy).await.unwrap();
        let early = world.services.set_provider_terms(&owner, ivy, &change(invitation.version, lab, 1)).await;
        assert_eq!(code(early), ProblemCode::Invalid);
        let unknown = ProviderId(lab.0 + 1_000);
        let result = world.services.set_provider_terms(&owner, ana, &change(row.version, unknown, 1)).await;
        assert_eq!(code(result), ProblemCode::NotFound);
        let stale = world.services.set_team_provider_terms(&owner, team, &change(version + 1, lab, 1)).await.unwrap();
        assert!(matches!(stale, VersionedOutcome::Conflict(_)));
        assert_eq!(world.picture(owner.organization).await, before);
    }

    async fn who_loses_a_provider_soon_is_found(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let bo = world.join("ours", "bo@example.com", Role::Member).await.member;
        let (lab, far) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Far").await.id);
        let team = world.team_of(&owner, "Sales", &[ana, bo]).await;
        let row = async |member| world.services.member(&owner, member).await.unwrap();
        let soon = Some(NOW.plus(SOON));
        world.until(&owner, &row(ana).await, lab, Some(NOW.plus(SOON + 1)), "").await;
        assert!(world.ending(&owner).await.is_empty());
        world.until(&owner, &row(ana).await, lab, soon, "Trial").await;
        assert_eq!(world.ending(&owner).await, [ana]);
        // Another source that lasts longer is none to worry about; one that ends soon as well is.
        world.carries_until(&owner, team, lab, None).await;
        assert!(world.ending(&owner).await.is_empty());
        world.carries_until(&owner, team, lab, Some(NOW.plus(1))).await;
        assert_eq!(world.ending(&owner).await, [ana, bo]);
        world.until(&owner, &row(bo).await, lab, None, "").await;
        assert_eq!(world.ending(&owner).await, [ana]);
        // Each provider by itself, and with what else is asked for.
        world.carries_until(&owner, team, far, soon).await;
        assert_eq!(world.ending(&owner).await, [ana, bo]);
        let query = MemberQuery { search: "bo".to_owned(), ..MemberQuery::from_query_string("provider=ending") };
        let page = world.services.members(&owner, &query).await.unwrap();
        assert_eq!((page.matched, page.rows[0].id), (1, bo));
        // What has ended is not ending.
        world.clock.set(NOW.plus(SOON));
        assert!(world.ending(&owner).await.is_empty());
        assert!(row(ana).await.providers.is_empty());
        assert_eq!(row(bo).await.providers.len(), 1);
    }

    async fn many_get_an_end_at_once_and_an_undo_puts_back_what_was(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let mut people = Vec::new();
        for name in ["ana", "bo", "cy"] {
            people.push(world.join("ours", &format!("{name}@example.com"), Role::Member).await.member);
        }
        let lab = world.provider(&owner, "Lab").await.id;
        let row = async |n: usize| world.services.member(&owner, people[n]).await.unwrap();
        let (old, end) = (NOW.plus(Timestamp::DAY), NOW.plus(9 * Timestamp::DAY));
        world.until(&owner, &row(1).await, lab, Some(old), "Trial").await;
        world.until(&owner, &row(2).await, lab, Some(end), "").await;
        let asked = |until| BulkInput {
            selection: Selection::Ids(people.clone()),
            change: BulkChange { add_providers: vec![lab], until, ..BulkChange::default() },
        };
        let services = &world.services;
        // Without an end, who has it keeps it as it is.
        assert_eq!(services.bulk_preview(&owner, &asked(None)).await.unwrap().preview.counts.change, 1);
        assert_eq!(code(services.bulk_preview(&owner, &asked(Some(NOW))).await), ProblemCode::Invalid);
        let alone = BulkInput { change: BulkChange { until: Some(end), ..BulkChange::default() }, ..asked(None) };
        assert_eq!(code(services.bulk_preview(&owner, &alone).await), ProblemCode::Invalid);
        let shown = services.bulk_preview(&owner, &asked(Some(end))).await.unwrap();
        assert_eq!((shown.preview.counts.change, shown.preview.counts.nothing), (2, 1));
        let before = world.audit(owner.organization).await.len();
        let apply = |until| ApplyInput {
            asked: asked(until),
            fingerprint: shown.fingerprint.clone(),
            idempotency_key: fresh_key(),
        };
        let other = services.bulk_apply(&owner, &apply(Some(end.plus(1)))).await.unwrap();
        assert!(matches!(other, ApplyOutcome::PreviewChanged(_)), "another end is another change");
        let ApplyOutcome::Applied { change, .. } = services.bulk_apply(&owner, &apply(Some(end))).await.unwrap() else {
            panic!("not applied");
        };
        let ends = async || {
            let mut ends = Vec::new();
            for n in 0..people.len() {
                let row = row(n).await;
                ends.push(row.sources(lab).next().map(|by| (by.ends_at.unwrap(), by.reason.clone())));
            }
            ends
        };
        let with = |end, reason: &str| Some((end, reason.to_owned()));
        assert_eq!(ends().await, [with(end, ""), with(end, "Trial"), with(end, "")]);
        let deeds = world.audit(owner.organization).await.split_off(before);
        let of = |n: usize| -> Vec<_> {
            let target = AuditTarget::Member(people[n]);
            deeds.iter().filter(|deed| deed.target == target).map(|deed| deed.action).collect()
        };
        let (given, moved) = (AuditAction::MemberProvidersChange, AuditAction::MemberProviderEnd);
        assert_eq!((of(0), of(1), of(2)), (vec![given, moved], vec![moved], vec![]));
        let undone = services.bulk_undo(&owner, change).await.unwrap();
        assert_eq!((undone.restored, undone.kept), (2, 0));
        assert_eq!(ends().await, [None, with(old, "Trial"), with(end, "")]);
    }
}
