//! What one-at-a-time changes leave behind, and that races and dropped transactions leave nothing half done.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::audit::{AuditAction, AuditTarget};
use domain::query::MemberQuery;
use domain::{MemberStatus, OrganizationId, Role, Timestamp};
use store::audit::AuditRecord;
use store::idempotency::KeptAnswer;
use store::testing::NOW;
use store::{
    Database, Error, Store, audit, idempotency, instance, keys, members, organizations, sessions, users,
};

on_both!(
    an_organization_is_found_by_its_slug,
    set_up_is_claimed_once,
    a_dropped_change_is_undone,
    a_snapshot_does_not_move,
    changes_of_one_organization_queue,
    an_invitation_becomes_a_member_in_place,
    keys_are_found_until_they_are_revoked,
    sessions_begin_and_end,
    an_answer_is_kept_once,
    audit_is_read_back,
    whatever_is_done_to_the_audit_log_is_found,
);

async fn owner(store: &Store) -> (OrganizationId, domain::UserId, domain::MemberId) {
    let tx = store.write().await.unwrap();
    let organization = store::testing::organization(&tx, "acme").await.unwrap();
    let new = users::NewUser {
        name: "Ana Müller",
        email: "Ana@Example.com",
        email_identity: "ana@example.com",
        password_hash: Some("hash"),
    };
    let user = users::insert(&tx, new, NOW).await.unwrap();
    let new = members::NewMember {
        user,
        name: "Ana Müller",
        email: "Ana@Example.com",
        email_identity: "ana@example.com",
        role: Role::Owner,
        last_login: None,
    };
    let member = members::insert_active(&tx, organization, new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    (organization, user, member)
}

async fn found(store: &Store, organization: OrganizationId, search: &str) -> Vec<domain::MemberId> {
    let query = MemberQuery {
        search: search.to_owned(),
        ..MemberQuery::default()
    };
    let tx = store.read().await.unwrap();
    members::ordered_ids(&tx, organization, &query, NOW)
        .await
        .unwrap()
}

#[test]
fn a_file_is_opened_again_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    // Nothing in a path is taken for a part of a URL.
    let database = Database::Embedded(dir.path().join("my data?100%.db"));
    support::runtime().block_on(async {
        let store = Store::open(&database).await.unwrap();
        let (organization, ..) = owner(&store).await;
        store.close().await.unwrap();
        let store = Store::open(&database).await.unwrap();
        let tx = store.read().await.unwrap();
        assert!(organizations::get(&tx, organization).await.unwrap().is_some());
        let missing = Database::Embedded(dir.path().join("no such folder").join("x.db"));
        assert!(matches!(Store::open(&missing).await, Err(Error::Open(_))));
    });
}

async fn an_organization_is_found_by_its_slug(store: Store) {
    let (organization, ..) = owner(&store).await;
    store.ping().await.unwrap();
    let tx = store.read().await.unwrap();
    let record = organizations::by_slug(&tx, "acme").await.unwrap().unwrap();
    assert_eq!(record.id, organization);
    assert_eq!(organizations::get(&tx, organization).await.unwrap(), Some(record));
}

async fn set_up_is_claimed_once(store: Store) {
    let tx = store.read().await.unwrap();
    assert!(!instance::is_set_up(&tx).await.unwrap());
    drop(tx);
    let claims: Vec<_> = (0..30)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let tx = store.write().await.unwrap();
                let claimed = instance::claim_set_up(&tx, NOW).await.unwrap();
                tx.commit().await.unwrap();
                claimed
            })
        })
        .collect();
    let mut claimed = 0;
    for claim in claims {
        claimed += u32::from(claim.await.unwrap());
    }
    assert_eq!(claimed, 1);
    let tx = store.read().await.unwrap();
    assert!(instance::is_set_up(&tx).await.unwrap());
}

async fn a_dropped_change_is_undone(store: Store) {
    let (organization, _, member) = owner(&store).await;
    let tx = store.write().await.unwrap();
    assert!(
        members::set_role(&tx, organization, member, Role::Member)
            .await
            .unwrap()
    );
    drop(tx);
    let tx = store.write().await.unwrap();
    let record = members::get(&tx, organization, member, NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.role, record.version), (Role::Owner, 1));
}

async fn a_snapshot_does_not_move(store: Store) {
    let (organization, _, member) = owner(&store).await;
    let before = store.read().await.unwrap();
    assert_eq!(members::active_owners(&before, organization).await.unwrap(), 1);
    let tx = store.write().await.unwrap();
    members::set_suspended(&tx, organization, member, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(members::active_owners(&before, organization).await.unwrap(), 1);
    let after = store.read().await.unwrap();
    assert_eq!(members::active_owners(&after, organization).await.unwrap(), 0);
}

async fn changes_of_one_organization_queue(store: Store) {
    let (organization, _, member) = owner(&store).await;
    let changes: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let tx = store.write().await.unwrap();
                assert!(tx.lock_organization(organization).await.unwrap());
                let seen = members::get(&tx, organization, member, NOW)
                    .await
                    .unwrap()
                    .unwrap()
                    .version;
                members::bump_version(&tx, organization, member).await.unwrap();
                tx.commit().await.unwrap();
                seen
            })
        })
        .collect();
    let mut seen = Vec::new();
    for change in changes {
        seen.push(change.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=20).collect::<Vec<_>>());
    let tx = store.write().await.unwrap();
    assert!(
        !tx.lock_organization(OrganizationId(organization.0 + 1))
            .await
            .unwrap()
    );
}

async fn an_invitation_becomes_a_member_in_place(store: Store) {
    let (organization, user, _) = owner(&store).await;
    let tx = store.write().await.unwrap();
    let invite = async |email: &str, end: Timestamp| {
        members::insert_invited(
            &tx,
            organization,
            email,
            &email.to_lowercase(),
            Role::Admin,
            end,
            NOW,
        )
        .await
    };
    let row = invite("New@Example.com", NOW.plus(1)).await.unwrap();
    let late = invite("late@example.com", NOW).await.unwrap();
    let status = async |id| {
        members::get(&tx, organization, id, NOW)
            .await
            .unwrap()
            .unwrap()
            .status
    };
    assert_eq!(status(row).await, MemberStatus::Invited);
    assert_eq!(status(late).await, MemberStatus::Expired);
    let new = users::NewUser {
        name: "Zoë",
        email: "new@example.com",
        email_identity: "new@example.com",
        password_hash: None,
    };
    let joined = users::insert(&tx, new, NOW).await.unwrap();
    assert!(
        members::activate(&tx, organization, row, joined, "Zoë", Some(NOW))
            .await
            .unwrap()
    );
    assert!(
        !members::activate(&tx, organization, row, user, "Eve", None)
            .await
            .unwrap()
    );
    let record = members::get(&tx, organization, row, NOW).await.unwrap().unwrap();
    assert_eq!(
        (record.status, record.role, record.version),
        (MemberStatus::Active, Role::Admin, 2)
    );
    assert_eq!(
        (record.user, record.name.as_str(), record.expires_at),
        (Some(joined), "Zoë", None)
    );
    tx.commit().await.unwrap();
    assert_eq!(found(&store, organization, "zoe new@").await, [row]);

    let tx = store.write().await.unwrap();
    let again = members::insert_invited(
        &tx,
        organization,
        "NEW@example.com",
        "new@example.com",
        Role::Member,
        NOW,
        NOW,
    );
    assert!(matches!(again.await, Err(Error::Constraint(_))));
}

async fn keys_are_found_until_they_are_revoked(store: Store) {
    let (organization, user, member) = owner(&store).await;
    let make = async |name: &str, public_id: &str| {
        let tx = store.write().await.unwrap();
        let new = keys::NewKey {
            issued_by: None,
            member,
            user,
            name,
            public_id,
            secret_hash: b"hash",
            last_four: "abcd",
            scope: None,
            expires_at: None,
            requests_per_minute: None,
            tokens_per_day: None,
        };
        let id = keys::insert(&tx, organization, new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        id
    };
    let first = make("Nightly Batch", "one").await;
    make("laptop", "two").await;
    assert_eq!(found(&store, organization, "nightly").await, [member]);
    let tx = store.write().await.unwrap();
    assert!(keys::revoke(&tx, organization, first, NOW).await.unwrap());
    assert!(!keys::revoke(&tx, organization, first, NOW).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&store, organization, "nightly").await, []);
    assert_eq!(found(&store, organization, "laptop").await, [member]);

    let tx = store.write().await.unwrap();
    let effect = members::removal_effect(&tx, organization, member, NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(effect.keys, 1);
    assert!(members::delete(&tx, organization, member, NOW).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&store, organization, "laptop").await, []);
}

async fn sessions_begin_and_end(store: Store) {
    let (organization, user, member) = owner(&store).await;
    let tx = store.write().await.unwrap();
    for token in [b"one", b"two", b"old"] {
        let end = if token == b"old" { NOW } else { NOW.plus(9) };
        sessions::insert(&tx, token, user, "", NOW, end).await.unwrap();
    }
    users::record_sign_in(&tx, user, NOW.plus(3)).await.unwrap();
    assert_eq!(sessions::delete_expired(&tx, NOW).await.unwrap(), 1);
    sessions::touch(&tx, b"one", NOW.plus(1), NOW.plus(10))
        .await
        .unwrap();
    let session = sessions::by_token(&tx, b"one").await.unwrap().unwrap();
    assert_eq!(
        (session.user, session.last_seen_at, session.expires_at),
        (user, NOW.plus(1), NOW.plus(10))
    );
    sessions::delete(&tx, b"two").await.unwrap();
    assert_eq!(sessions::by_token(&tx, b"two").await.unwrap(), None);
    assert_eq!(sessions::delete_of_user(&tx, user).await.unwrap(), 1);
    let record = members::get(&tx, organization, member, NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.last_login, Some(NOW.plus(3)));
    let place = organizations::membership_of(&tx, user, "acme")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (place.organization, place.member, place.role),
        (organization, member, Role::Owner)
    );
    members::set_suspended(&tx, organization, member, true)
        .await
        .unwrap();
    assert_eq!(
        organizations::membership_of(&tx, user, "acme").await.unwrap(),
        None
    );
    assert_eq!(organizations::links_of(&tx, user).await.unwrap(), []);
}

async fn an_answer_is_kept_once(store: Store) {
    let (organization, user, _) = owner(&store).await;
    let answer = KeptAnswer {
        request_hash: b"request".to_vec(),
        response: "{\"id\":1}".to_owned(),
        created_at: NOW,
    };
    let tx = store.write().await.unwrap();
    idempotency::insert(&tx, organization, user, "key", answer.clone())
        .await
        .unwrap();
    assert_eq!(
        idempotency::get(&tx, organization, user, "key").await.unwrap(),
        Some(answer.clone())
    );
    tx.commit().await.unwrap();
    let tx = store.write().await.unwrap();
    let again = idempotency::insert(&tx, organization, user, "key", answer).await;
    assert!(matches!(again, Err(Error::Constraint(_))));
    drop(tx);
    let tx = store.write().await.unwrap();
    assert_eq!(idempotency::delete_until(&tx, NOW).await.unwrap(), 1);
    assert_eq!(
        idempotency::get(&tx, organization, user, "key").await.unwrap(),
        None
    );
}

async fn audit_is_read_back(store: Store) {
    let (organization, user, member) = owner(&store).await;
    let deed = |action: AuditAction| AuditRecord {
        organization: Some(organization),
        at: NOW,
        actor: Some(user),
        actor_email: "ana@example.com".to_owned(),
        action,
        target: AuditTarget::Member(member),
        target_label: "Ana Müller".to_owned(),
        before: None,
        after: Some(serde_json::json!({ "role": "owner" })),
    };
    let tx = store.write().await.unwrap();
    audit::insert(&tx, deed(AuditAction::MemberSuspend))
        .await
        .unwrap();
    audit::insert(&tx, deed(AuditAction::MemberReactivate))
        .await
        .unwrap();
    let latest = audit::latest(&tx, organization, 9).await.unwrap();
    assert_eq!(
        latest,
        [
            deed(AuditAction::MemberReactivate),
            deed(AuditAction::MemberSuspend)
        ]
    );
}

async fn whatever_is_done_to_the_audit_log_is_found(store: Store) {
    let (organization, user, member) = owner(&store).await;
    // More than are read at a time.
    let deed = |n: i64| AuditRecord {
        organization: Some(organization),
        at: NOW.plus(n),
        actor: Some(user),
        actor_email: "ana@example.com".to_owned(),
        action: AuditAction::MemberSuspend,
        target: AuditTarget::Member(member),
        target_label: format!("Ana {n}"),
        before: (n % 2 == 0).then(|| serde_json::json!({ "n": n })),
        after: None,
    };
    let tx = store.write().await.unwrap();
    let before = audit::verify(&tx, Some(organization)).await.unwrap();
    audit::insert(&tx, deed(1)).await.unwrap();
    audit::insert_many(&tx, (2..=2_500).map(deed).collect())
        .await
        .unwrap();
    audit::insert(&tx, deed(2_501)).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.read().await.unwrap();
    let whole = audit::verify(&tx, Some(organization)).await.unwrap();
    assert_eq!(
        (whole.head.length, whole.broken),
        (before.head.length + 2_501, None)
    );
    let first = audit::latest(&tx, organization, 1).await.unwrap();
    assert_eq!(first, [deed(2_501)]);
    drop(tx);

    for refused in ["UPDATE audit SET target_label = 'Bo'", "DELETE FROM audit"] {
        let tx = store.write().await.unwrap();
        let why = store::testing::edit_audit(&tx, refused).await.unwrap_err();
        assert!(format!("{why:?}").contains("append-only"), "{refused}: {why:?}");
    }
    let entry = |place: i64| format!("WHERE organization_id = {} AND place = {place}", organization.0);
    let copy =
        "organization_id, at, actor_email, action, target_kind, target_id, target_label, before, after";
    for (place, sql, fault) in [
        (
            2_400,
            format!("UPDATE audit SET target_label = 'Ana 2401' {}", entry(2_400)),
            audit::Fault::Changed,
        ),
        (
            2,
            format!("UPDATE audit SET at = at + 1 {}", entry(2)),
            audit::Fault::Changed,
        ),
        (
            4,
            format!("UPDATE audit SET before = NULL {}", entry(4)),
            audit::Fault::Changed,
        ),
        (
            7,
            format!("UPDATE audit SET after = '' {}", entry(7)),
            audit::Fault::Changed,
        ),
        (
            9,
            format!("UPDATE audit SET actor_email = 'anb@example.com' {}", entry(9)),
            audit::Fault::Changed,
        ),
        (
            10,
            format!("UPDATE audit SET target_id = target_id + 1 {}", entry(10)),
            audit::Fault::Changed,
        ),
        (
            11,
            format!("UPDATE audit SET action = 'member.reactivate' {}", entry(11)),
            audit::Fault::Changed,
        ),
        (
            12,
            format!("UPDATE audit SET target_kind = 'team' {}", entry(12)),
            audit::Fault::Changed,
        ),
        (
            2_000,
            format!("DELETE FROM audit {}", entry(2_000)),
            audit::Fault::Removed,
        ),
        (
            whole.head.length,
            format!("DELETE FROM audit {}", entry(whole.head.length)),
            audit::Fault::Removed,
        ),
        (
            whole.head.length + 1,
            format!("INSERT INTO audit ({copy}) SELECT {copy} FROM audit {}", entry(5)),
            audit::Fault::Added,
        ),
    ] {
        let tx = store.write().await.unwrap();
        store::testing::tamper_with_audit(&tx, &sql).await.unwrap();
        let broken = audit::verify(&tx, Some(organization))
            .await
            .unwrap()
            .broken
            .unwrap();
        assert_eq!((broken.place, broken.fault), (place, fault), "{sql}");
        // What was not committed never was.
        drop(tx);
    }
}
