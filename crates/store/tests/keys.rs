//! Virtual keys: what is kept of one, and what each change of one leaves behind.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::limits::REVOKED_KEYS_LISTED;
use domain::member::KeyState;
use domain::query::MemberQuery;
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Role, UserId};
use store::keys::{NewKey, NewSecret};
use store::testing::NOW;
use store::{Error, Store, access, keys, members, users};

on_both!(
    a_key_is_read_back,
    the_latest_come_first_and_the_revoked_last,
    a_rename_is_found,
    a_rotation_keeps_the_secret_before_for_its_grace,
    what_is_revoked_stays_as_it_is,
);

async fn owner(store: &Store) -> (OrganizationId, UserId, MemberId) {
    let tx = store.write().await.unwrap();
    let organization = store::testing::organization(&tx, "acme").await.unwrap();
    let new = users::NewUser {
        name: "Ana",
        email: "ana@example.com",
        email_identity: "ana@example.com",
        password_hash: None,
    };
    let user = users::insert(&tx, new, NOW).await.unwrap();
    let new = members::NewMember {
        user,
        name: "Ana",
        email: "ana@example.com",
        email_identity: "ana@example.com",
        role: Role::Owner,
        last_login: None,
    };
    let member = members::insert_active(&tx, organization, new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    (organization, user, member)
}

async fn insert(
    store: &Store,
    of: (OrganizationId, UserId, MemberId),
    public_id: &str,
) -> Result<KeyId, Error> {
    let (organization, user, member) = of;
    let tx = store.write().await?;
    let new = NewKey {
        issued_by: None,
        member,
        user,
        name: "Nightly",
        public_id,
        secret_hash: &[1; 32],
        last_four: "aaaa",
        scope: Some(&[ProviderId(7)]),
        expires_at: Some(NOW.plus(9)),
        requests_per_minute: Some(60),
        tokens_per_day: Some(1_000_000_000_000),
    };
    let id = keys::insert(&tx, organization, new, NOW).await?;
    tx.commit().await?;
    Ok(id)
}

async fn found(store: &Store, organization: OrganizationId, search: &str) -> Vec<MemberId> {
    let query = MemberQuery {
        search: search.to_owned(),
        ..MemberQuery::default()
    };
    let tx = store.read().await.unwrap();
    members::ordered_ids(&tx, organization, &query, NOW)
        .await
        .unwrap()
}

async fn a_key_is_read_back(store: Store) {
    let of = owner(&store).await;
    let id = insert(&store, of, "one").await.unwrap();
    let tx = store.read().await.unwrap();
    let key = keys::get(&tx, of.0, id).await.unwrap().unwrap();
    assert_eq!(
        (key.member, key.user, key.name.as_str()),
        (Some(of.2), of.1, "Nightly")
    );
    assert_eq!(key.scope, Some(vec![ProviderId(7)]));
    assert_eq!(
        (key.requests_per_minute, key.tokens_per_day),
        (Some(60), Some(1_000_000_000_000))
    );
    assert_eq!(
        (key.last_used_at, key.previous_ends_at, key.revoked_at),
        (None, None, None)
    );
    assert_eq!(key.state(NOW), KeyState::Active);
    assert_eq!(key.state(NOW.plus(9)), KeyState::Expired);
    assert_eq!(
        keys::by_public_id(&tx, of.0, "one").await.unwrap().as_ref(),
        Some(&key)
    );
    assert_eq!(keys::of_organization(&tx, of.0).await.unwrap(), [key]);
    drop(tx);
    assert!(matches!(
        insert(&store, of, "one").await,
        Err(Error::Constraint(_))
    ));
}

async fn the_latest_come_first_and_the_revoked_last(store: Store) {
    let of = owner(&store).await;
    let mut ids = Vec::new();
    for n in 0..REVOKED_KEYS_LISTED + 4 {
        ids.push(insert(&store, of, &format!("key-{n}")).await.unwrap());
    }
    let (standing, gone) = ids.split_at(2);
    let tx = store.write().await.unwrap();
    for (at, key) in (0..).zip(gone) {
        assert!(keys::revoke(&tx, of.0, *key, NOW.plus(at)).await.unwrap());
    }
    tx.commit().await.unwrap();
    let tx = store.read().await.unwrap();
    let listed = keys::of_member(&tx, of.0, of.2).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|key| key.id).collect();
    let latest = gone
        .iter()
        .rev()
        .take(usize::try_from(REVOKED_KEYS_LISTED).unwrap());
    assert_eq!(
        listed,
        standing.iter().rev().chain(latest).copied().collect::<Vec<_>>()
    );
    assert_eq!(keys::count_of_member(&tx, of.0, of.2).await.unwrap(), 2);
}

async fn a_rename_is_found(store: Store) {
    let of = owner(&store).await;
    let id = insert(&store, of, "one").await.unwrap();
    let tx = store.write().await.unwrap();
    assert!(keys::rename(&tx, of.0, id, "Büro-PC").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&store, of.0, "key:buro").await, [of.2]);
    assert_eq!(found(&store, of.0, "buro").await, [of.2]);
    assert_eq!(found(&store, of.0, "nightly").await, []);
}

async fn a_rotation_keeps_the_secret_before_for_its_grace(store: Store) {
    let of = owner(&store).await;
    let id = insert(&store, of, "one").await.unwrap();
    let end = Some(NOW.plus(5));
    for (hash, last_four, previous_ends_at) in [([2; 32], "bbbb", end), ([3; 32], "cccc", None)] {
        let new = NewSecret {
            issued_by: None,
            secret_hash: &hash,
            last_four,
            previous_ends_at,
        };
        let tx = store.write().await.unwrap();
        assert!(keys::rotate(&tx, of.0, id, new).await.unwrap());
        tx.commit().await.unwrap();
        let tx = store.read().await.unwrap();
        let key = keys::get(&tx, of.0, id).await.unwrap().unwrap();
        assert_eq!(
            (key.public_id.as_str(), key.last_four.as_str()),
            ("one", last_four)
        );
        assert_eq!(key.previous_ends_at, previous_ends_at);
        let access = &access::keys(&tx, of.0, None).await.unwrap()[0];
        // The one before is the one that was there, for as long as it may still be used.
        let before = [hash[0] - 1; 32];
        assert_eq!(access.hash, hash);
        assert_eq!(access.previous, previous_ends_at.map(|end| (before, end)));
        let row = members::row(&tx, of.0, of.2, NOW).await.unwrap().unwrap();
        assert_eq!(row.keys[0].last_four, last_four);
    }
}

async fn what_is_revoked_stays_as_it_is(store: Store) {
    let of = owner(&store).await;
    let id = insert(&store, of, "one").await.unwrap();
    let tx = store.write().await.unwrap();
    assert!(keys::revoke(&tx, of.0, id, NOW).await.unwrap());
    let before = keys::get(&tx, of.0, id).await.unwrap();
    let new = NewSecret {
        issued_by: None,
        secret_hash: &[2; 32],
        last_four: "bbbb",
        previous_ends_at: None,
    };
    assert!(!keys::rotate(&tx, of.0, id, new).await.unwrap());
    assert!(!keys::rename(&tx, of.0, id, "Other").await.unwrap());
    assert!(!keys::revoke(&tx, of.0, id, NOW.plus(1)).await.unwrap());
    assert_eq!(keys::get(&tx, of.0, id).await.unwrap(), before);
    assert_eq!(before.unwrap().state(NOW), KeyState::Revoked);
}
