//! Nothing crosses from one organization to another: asked with another organization's id, every function finds
//! and changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::provider::ProviderStatus;
use domain::query::{MemberQuery, ProviderFilter, TeamFilter};
use domain::requests::AccessRequestState;
use domain::{KeyId, MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, TeamRole, UserId};
use store::invitations::InvitationState;
use store::testing::NOW;
use store::{
    Store, access_requests, grant_ends, grants, invitations, keys, members, organizations, providers,
    team_grants, teams, users,
};
use support::world::{Key, Person, World, provider, team};

on_both!(
    another_organization_finds_nothing,
    another_organization_changes_nothing
);

struct Two {
    mine: OrganizationId,
    other: OrganizationId,
    team: TeamId,
    provider: ProviderId,
    member: MemberId,
    invited: MemberId,
    user: UserId,
    key: KeyId,
    invitation: i64,
}

/// One organization with one of everything, and another with its own.
async fn two(store: &Store) -> Two {
    let make = |email: &str| World {
        teams: vec![team("Platform")],
        providers: vec![provider("OpenAI", true)],
        carried: Vec::new(),
        people: vec![Person {
            id: MemberId(0),
            name: "Ana Rossi".to_owned(),
            email: email.to_owned(),
            role: Role::Owner,
            status: MemberStatus::Active,
            expires_at: None,
            last_login: None,
            teams: vec![0],
            grants: vec![(0, None)],
            keys: vec![Key {
                name: "laptop".to_owned(),
                expires_at: None,
                revoked: false,
            }],
        }],
    };
    let mut world = make("ana@{org}.example");
    let mine = world.store(store, "mine").await;
    let other = make("bob@{org}.example").store(store, "other").await;
    let tx = store.write().await.unwrap();
    let member = world.people[0].id;
    let user = members::get(&tx, mine, member, NOW)
        .await
        .unwrap()
        .unwrap()
        .user
        .unwrap();
    let end = NOW.plus(1);
    let invited = members::insert_invited(
        &tx,
        mine,
        "new@x.example",
        "new@x.example",
        Role::Member,
        end,
        NOW,
    );
    let invited = invited.await.unwrap();
    let new = invitations::NewInvitation {
        member: invited,
        email: "new@x.example",
        email_identity: "new@x.example",
        name: "",
        role: Role::Member,
        token_hash: b"hash",
        token_sealed: b"sealed",
        invited_by: user,
        expires_at: end,
    };
    let invitation = invitations::insert(&tx, mine, new, NOW).await.unwrap();
    let key = keys::of_member(&tx, mine, member).await.unwrap()[0].id;
    tx.commit().await.unwrap();
    Two {
        mine,
        other,
        team: world.teams[0].id,
        provider: world.providers[0].id,
        member,
        invited,
        user,
        key,
        invitation,
    }
}

async fn another_organization_finds_nothing(store: Store) {
    let t = two(&store).await;
    let tx = store.read().await.unwrap();
    let o = t.other;
    assert_eq!(members::get(&tx, o, t.member, NOW).await.unwrap(), None);
    assert_eq!(members::by_user(&tx, o, t.user, NOW).await.unwrap(), None);
    assert_eq!(
        members::by_identity(&tx, o, "ana@mine.example", NOW)
            .await
            .unwrap(),
        None
    );
    assert_eq!(members::row(&tx, o, t.member, NOW).await.unwrap(), None);
    assert_eq!(
        members::rows(&tx, o, &[t.member, t.invited], NOW).await.unwrap(),
        []
    );
    assert_eq!(
        members::removal_effect(&tx, o, t.member, NOW).await.unwrap(),
        None
    );
    assert_eq!(teams::get(&tx, o, t.team, NOW).await.unwrap(), None);
    assert_eq!(teams::people(&tx, o, t.team).await.unwrap(), []);
    assert_eq!(teams::of_member(&tx, o, t.member).await.unwrap(), []);
    assert_eq!(team_grants::joined(&tx, o, t.team).await.unwrap(), 0);
    let elsewhere = team_grants::elsewhere(&tx, o, t.team, NOW).await.unwrap();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert_eq!(providers::get(&tx, o, t.provider, NOW).await.unwrap(), None);
    assert_eq!(providers::credential(&tx, o, t.provider).await.unwrap(), None);
    assert_eq!(grants::of_member(&tx, o, t.member, NOW).await.unwrap(), []);
    assert_eq!(
        grants::count_of_provider(&tx, o, t.provider, NOW).await.unwrap(),
        0
    );
    assert_eq!(keys::of_member(&tx, o, t.member).await.unwrap(), []);
    assert_eq!(keys::count_of_member(&tx, o, t.member).await.unwrap(), 0);
    let theirs = keys::of_organization(&tx, o).await.unwrap();
    assert!(theirs.iter().all(|key| key.id != t.key));
    assert_eq!(keys::get(&tx, o, t.key).await.unwrap(), None);
    let public_id = keys::get(&tx, t.mine, t.key).await.unwrap().unwrap().public_id;
    assert_eq!(keys::by_public_id(&tx, o, &public_id).await.unwrap(), None);
    assert_eq!(invitations::of_member(&tx, o, t.invited).await.unwrap(), None);
    assert_eq!(
        organizations::membership_of(&tx, t.user, "other").await.unwrap(),
        None
    );

    let filters = [
        MemberQuery {
            search: "mine.example".to_owned(),
            ..MemberQuery::default()
        },
        MemberQuery {
            search: "x.example".to_owned(),
            ..MemberQuery::default()
        },
        MemberQuery {
            teams: vec![TeamFilter::Team(t.team)],
            ..MemberQuery::default()
        },
        MemberQuery {
            providers: vec![ProviderFilter::Provider(t.provider)],
            ..MemberQuery::default()
        },
    ];
    for query in filters {
        assert_eq!(members::count(&tx, o, &query, NOW).await.unwrap(), 0, "{query:?}");
        assert_eq!(
            members::ordered_ids(&tx, o, &query, NOW).await.unwrap(),
            [],
            "{query:?}"
        );
        assert_eq!(
            members::count(&tx, t.mine, &query, NOW).await.unwrap(),
            1,
            "{query:?}"
        );
    }
    for search in ["ana", "laptop", "platform", "openai", "key:laptop", ""] {
        let query = MemberQuery {
            search: search.to_owned(),
            ..MemberQuery::default()
        };
        let page = members::page(&tx, o, &query, NOW).await.unwrap();
        assert_eq!(page.rows.len(), 1, "{search}");
        assert_eq!(page.rows[0].email, "bob@other.example");
        assert_eq!(
            (page.teams.len(), page.providers.len(), page.counts.users),
            (1, 1, 1)
        );
    }
}

async fn another_organization_changes_nothing(store: Store) {
    let t = two(&store).await;
    let tx = store.write().await.unwrap();
    let o = t.other;
    let ids = [t.member, t.invited];
    let before = members::rows(&tx, t.mine, &ids, NOW).await.unwrap();
    let provider_before = providers::get(&tx, t.mine, t.provider, NOW).await.unwrap();

    assert!(!members::set_role(&tx, o, t.member, Role::Member).await.unwrap());
    assert!(!members::set_suspended(&tx, o, t.member, true).await.unwrap());
    assert!(!members::set_expiry(&tx, o, t.invited, NOW).await.unwrap());
    assert!(
        !members::activate(&tx, o, t.invited, t.user, "X", None)
            .await
            .unwrap()
    );
    assert!(!members::delete(&tx, o, t.member, NOW).await.unwrap());
    members::bump_version(&tx, o, t.member).await.unwrap();
    members::refresh(&tx, o, t.member).await.unwrap();
    assert!(!teams::rename(&tx, o, t.team, "X").await.unwrap());
    assert!(!teams::delete(&tx, o, t.team).await.unwrap());
    assert!(
        !teams::add(&tx, o, t.team, t.invited, TeamRole::Member)
            .await
            .unwrap()
    );
    assert!(!teams::remove(&tx, o, t.team, t.member).await.unwrap());
    assert!(
        !providers::set_status(&tx, o, t.provider, ProviderStatus::Inactive)
            .await
            .unwrap()
    );
    assert!(!providers::delete(&tx, o, t.provider).await.unwrap());
    let change = providers::ProviderChange {
        name: "X",
        api_type: domain::provider::ApiType::Ollama,
        base_url: "",
        api_version: "",
        models: &[],
        description: "",
        credential: providers::CredentialChange::Remove,
    };
    assert!(!providers::update(&tx, o, t.provider, change).await.unwrap());
    assert!(!grants::delete(&tx, o, t.member, t.provider).await.unwrap());
    let end = domain::ends::Terms::default();
    let pair = (t.member, t.provider);
    assert!(
        !grant_ends::set_own(&tx, o, pair, t.user, NOW, &end)
            .await
            .unwrap()
    );
    let carried = (t.team, t.provider);
    assert!(
        !grant_ends::set_of_team(&tx, o, carried, t.user, NOW, &end)
            .await
            .unwrap()
    );
    let ask = |organization| access_requests::insert(&tx, organization, t.member, t.provider, "x", None, NOW);
    assert_eq!(ask(o).await.unwrap(), None);
    let asked = ask(t.mine).await.unwrap().unwrap();
    assert_eq!(ask(t.mine).await.unwrap(), None, "asking twice is one request");
    let closing = access_requests::Closing {
        state: AccessRequestState::Approved,
        by: t.user,
        note: "",
        until: None,
    };
    assert!(!access_requests::close(&tx, o, asked, closing, NOW).await.unwrap());
    assert_eq!(access_requests::get(&tx, o, asked).await.unwrap(), None);
    let open = access_requests::open_of(&tx, o, t.member, t.provider).await;
    assert_eq!(open.unwrap(), None);
    let all = access_requests::Whose::of_roles(Role::ALL.iter().copied());
    assert_eq!(access_requests::waiting(&tx, o, &all).await.unwrap(), 0);
    assert_eq!(access_requests::queue(&tx, o, &all, 0, 9).await.unwrap(), []);
    assert_eq!(access_requests::of_member(&tx, o, t.member, 9).await.unwrap(), []);
    assert_eq!(access_requests::open_count(&tx, o, t.member).await.unwrap(), 0);
    assert_eq!(access_requests::waiting(&tx, t.mine, &all).await.unwrap(), 1);
    assert!(!keys::revoke(&tx, o, t.key, NOW).await.unwrap());
    assert!(!keys::rename(&tx, o, t.key, "X").await.unwrap());
    let secret = keys::NewSecret {
        issued_by: None,
        secret_hash: b"x",
        last_four: "xxxx",
        previous_ends_at: None,
    };
    assert!(!keys::rotate(&tx, o, t.key, secret).await.unwrap());
    assert_eq!(keys::revoke_of_member(&tx, o, t.member, NOW).await.unwrap(), 0);
    let ended = invitations::end(&tx, o, t.invitation, InvitationState::Revoked, NOW).await;
    assert!(!ended.unwrap());
    invitations::set_role(&tx, o, t.invited, Role::Admin, UserId(1))
        .await
        .unwrap();

    // A member of one with a team or a provider of the other.
    let theirs = teams::list(&tx, o, NOW).await.unwrap()[0].id;
    let their_provider = providers::refs(&tx, o).await.unwrap()[0].id;
    for organization in [t.mine, o] {
        assert!(
            !teams::add(&tx, organization, theirs, t.member, TeamRole::Lead)
                .await
                .unwrap()
        );
        let granted = grants::insert(&tx, organization, t.member, their_provider, t.user, NOW).await;
        assert!(!granted.unwrap());
        for (team, provider) in [(theirs, t.provider), (t.team, their_provider)] {
            let carried = team_grants::insert(&tx, organization, team, provider, t.user, NOW).await;
            assert!(!carried.unwrap());
        }
    }
    assert!(
        team_grants::insert(&tx, t.mine, t.team, t.provider, t.user, NOW)
            .await
            .unwrap()
    );
    assert!(!team_grants::delete(&tx, o, t.team, t.provider).await.unwrap());
    assert!(
        team_grants::delete(&tx, t.mine, t.team, t.provider)
            .await
            .unwrap()
    );

    assert_eq!(members::rows(&tx, t.mine, &ids, NOW).await.unwrap(), before);
    assert_eq!(
        providers::get(&tx, t.mine, t.provider, NOW).await.unwrap(),
        provider_before
    );
    let invitation = invitations::by_token(&tx, b"hash").await.unwrap().unwrap();
    assert_eq!(
        (invitation.state, invitation.role, invitation.member),
        (InvitationState::Pending, Role::Member, Some(t.invited))
    );
    assert!(users::get(&tx, t.user).await.unwrap().is_some());
}
