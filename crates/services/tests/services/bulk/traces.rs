//! What a change of many rows leaves behind, and what it does beside others.

use crate::common::{World, code, fresh_key, invited, key_input, on_both};
use domain::audit::{AuditAction, AuditTarget};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, Cannot, Part, RowAction, Selection};
use domain::provider::ProviderView;
use domain::{BulkChangeId, MemberId, ProblemCode, Role};
use services::{Actor, Error};

fn ids(members: &[MemberId]) -> Selection {
    Selection::Ids(members.to_vec())
}

fn giving(provider: &ProviderView) -> BulkChange {
    BulkChange {
        add_providers: vec![provider.id],
        ..BulkChange::default()
    }
}

fn doing(action: RowAction) -> BulkChange {
    BulkChange {
        action: Some(action),
        ..BulkChange::default()
    }
}

/// Asks and applies what is shown.
async fn apply(
    world: &World,
    actor: &Actor,
    selection: Selection,
    change: BulkChange,
) -> Result<ApplyOutcome, Error> {
    let asked = BulkInput { selection, change };
    let shown = world.services.bulk_preview(actor, &asked).await?;
    let input = ApplyInput {
        asked,
        fingerprint: shown.fingerprint,
        idempotency_key: fresh_key(),
    };
    world.services.bulk_apply(actor, &input).await
}

fn applied(outcome: Result<ApplyOutcome, Error>) -> BulkChangeId {
    match outcome.unwrap() {
        ApplyOutcome::Applied { change, .. } => change,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn each_member_has_the_audit_rows_of_a_single_edit(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let one = world.join("ours", "one@example.com", Role::Member).await;
        let two = world.join("ours", "two@example.com", Role::Member).await;
        let single = world.join("ours", "single@example.com", Role::Member).await;
        let services = &world.services;
        let provider = world.provider(&owner, "P").await;
        let team = services.create_team(&owner, "T", &fresh_key()).await.unwrap();
        let change = BulkChange { role: Some(Role::Auditor), add_teams: vec![team.id], ..giving(&provider) };
        let before = world.audit(owner.organization).await.len();
        let bulk = applied(apply(world, &owner, ids(&[one.member, two.member]), change).await);
        assert!(!services.usable_providers(&one).unwrap().is_empty(), "what decides about access knows at once");
        assert_eq!(services.member(&owner, one.member).await.unwrap().version, 2, "once, however much changed");
        services.add_provider(&owner, single.member, provider.id).await.unwrap();

        let audit = world.audit(owner.organization).await.split_off(before);
        let of = |member: MemberId, action| {
            let found: Vec<_> = audit
                .iter()
                .filter(|deed| deed.target == AuditTarget::Member(member) && deed.action == action)
                .collect();
            assert_eq!(found.len(), 1, "{action}");
            (found[0].before.clone(), found[0].after.clone(), found[0].actor)
        };
        let providers = AuditAction::MemberProvidersChange;
        for member in [one.member, two.member] {
            assert_eq!(of(member, providers), of(single.member, providers));
            of(member, AuditAction::MemberTeamsChange);
            of(member, AuditAction::MemberRoleChange);
        }
        let whole = audit.iter().find(|deed| deed.action == AuditAction::BulkApply).unwrap();
        assert_eq!((whole.target, whole.target_label.as_str()), (AuditTarget::Bulk(bulk), "2 people"));

        let plan = services.bulk_undo(&owner, bulk).await.unwrap();
        assert_eq!(plan.kept, 0);
        assert!(services.usable_providers(&one).unwrap().is_empty());
        let after = world.audit(owner.organization).await.split_off(before);
        assert_eq!(after.len(), audit.len() + 7, "three for each member, and the undo itself");
        assert_eq!(after.last().unwrap().action, AuditAction::BulkUndo);
        let told = services.member_history(&owner, one.member, None).await.unwrap();
        assert!(told.entries.iter().any(|entry| entry.what == "removed P from the allowed providers"), "{told:?}");
    }

    async fn who_is_removed_or_suspended_loses_what_went_with_the_role(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let services = &world.services;
        for action in [RowAction::Suspend, RowAction::Remove] {
            let name = format!("{action:?}").to_lowercase();
            let admin = world.join("ours", &format!("{name}@example.com"), Role::Admin).await;
            let key = services.create_key(&owner, admin.member, &key_input("k"), &fresh_key()).await.unwrap();
            let (row, _) = invited(world, &admin, &format!("{name}-new@example.com"), Role::Member).await;
            let token: &str = match action { RowAction::Suspend => "one", _ => "two" };
            let tx = world.store.write().await.unwrap();
            let hash = <sha2::Sha256 as sha2::Digest>::digest(token.as_bytes());
            let now = world.clock.now();
            store::sessions::insert(&tx, &hash, admin.user, "", now, now.plus(1_000)).await.unwrap();
            tx.commit().await.unwrap();
            let bulk = applied(apply(world, &owner, ids(&[admin.member, row]), doing(action)).await);
            assert!(services.session(token).await.unwrap().is_none(), "{name}");
            assert_eq!(code(services.member(&owner, row).await), ProblemCode::NotFound, "{name}: the invitation");
            assert!(services.usable_providers(&admin).unwrap().is_empty());
            let plan = services.bulk_undo(&owner, bulk).await.unwrap();
            assert_eq!(plan.kept, 0, "{name}");
            let back = services.member(&owner, admin.member).await.unwrap();
            assert_eq!(back.role, Role::Admin, "{name}");
            let revoked = action == RowAction::Remove;
            assert_eq!(back.keys.is_empty(), revoked, "{name}");
            let audit = world.audit(owner.organization).await;
            assert!(audit.iter().any(|deed| deed.action == AuditAction::InvitationRevoke && deed.target == AuditTarget::Member(row)));
            assert!(!revoked || audit.iter().any(|deed| deed.action == AuditAction::MemberRestore));
            assert!(!key.key.last_four.is_empty());
        }
    }

    async fn a_change_of_another_organization_does_not_exist(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let us = world.join("ours", "us@example.com", Role::Owner).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let person = world.join("theirs", "person@example.com", Role::Member).await;
        let (ours, theirs) = (world.provider(&us, "Ours").await, world.provider(&them, "Theirs").await);
        let services = &world.services;
        let ask = |change| BulkInput { selection: ids(&[person.member]), change };
        let shown = services.bulk_preview(&us, &ask(giving(&ours))).await.unwrap();
        assert_eq!(shown.preview.rows[0].cannot, [(Part::AddProvider(ours.id), Cannot::Gone)]);
        applied(apply(world, &us, ids(&[person.member]), giving(&ours)).await);
        assert_eq!(code(services.bulk_preview(&us, &ask(giving(&theirs))).await), ProblemCode::Invalid);
        let bulk = applied(apply(world, &them, ids(&[person.member]), giving(&theirs)).await);
        assert_eq!(code(services.bulk_undo(&us, bulk).await), ProblemCode::NotFound);
        assert_eq!(services.member(&them, person.member).await.unwrap().providers.len(), 1);
    }

    async fn a_change_and_a_single_edit_at_once_lose_nothing(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let one = world.join("ours", "one@example.com", Role::Member).await;
        let two = world.join("ours", "two@example.com", Role::Member).await;
        let services = &world.services;
        let provider = world.provider(&owner, "P").await;
        let has = |member| {
            let owner = &owner;
            async move { !services.member(owner, member).await.unwrap().providers.is_empty() }
        };
        for _ in 0..20 {
            let many = apply(world, &owner, ids(&[one.member, two.member]), giving(&provider));
            let (many, single) = tokio::join!(many, services.add_provider(&owner, two.member, provider.id));
            single.unwrap();
            assert!(has(two.member).await, "whoever was first");
            match many.unwrap() {
                ApplyOutcome::Applied { change, counts } => {
                    assert!(has(one.member).await);
                    let plan = services.bulk_undo(&owner, change).await.unwrap();
                    assert_eq!(plan.kept, 0);
                    // Given by the single edit before anything was shown, it is not for the undo to take.
                    assert_eq!(has(two.member).await, counts.change == 1);
                }
                ApplyOutcome::PreviewChanged(_) => assert!(!has(one.member).await, "nothing, or all that was shown"),
            }
            for member in [one.member, two.member] {
                services.remove_provider(&owner, member, provider.id).await.unwrap();
            }
        }
    }
}
