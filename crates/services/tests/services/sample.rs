//! The sample organization shows what there is to see.

use crate::common::{code, here, on_both};
use crate::sign_in::set_up;
use domain::invite::InvitationView;
use domain::member::KeyState;
use domain::query::MemberQuery;
use domain::{MemberStatus, ProblemCode, Role};
use services::demo::install_demo;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the sample provider would be.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

on_both! {
    async fn it_has_people_of_every_kind_and_stays_as_it_is(world) {
        let services = &world.services;
        let demo = install_demo(services, NOWHERE).await.unwrap();
        assert_eq!(install_demo(services, NOWHERE).await.unwrap(), demo);
        assert!(!services.setup_needed().await.unwrap());
        assert_eq!(services.setup_code(), None);
        for (role, email) in &demo.sign_ins {
            let token = services.sign_in(email, demo.password, here()).await.unwrap();
            let user = services.session(token.expose()).await.unwrap().unwrap().user;
            assert_eq!(services.actor(user, &demo.slug).await.unwrap().role, *role);
        }
        let token = services.sign_in("owner@example.com", demo.password, here()).await.unwrap();
        let user = services.session(token.expose()).await.unwrap().unwrap().user;
        assert_eq!(services.me(user).await.unwrap().organizations.len(), 2);
        let owner = services.actor(user, &demo.slug).await.unwrap();
        let page = services.members(&owner, &MemberQuery::default()).await.unwrap();
        assert!((110..=130).contains(&page.matched), "{}", page.matched);
        assert!(page.pages >= 3);
        let counts = page.counts;
        assert!(counts.invited >= 8 && counts.suspended >= 4 && counts.without_providers >= 10, "{counts:?}");
        assert_eq!((page.teams.len(), page.providers.len()), (6, 5));
        for status in MemberStatus::ALL {
            let query = MemberQuery { statuses: vec![*status], ..MemberQuery::default() };
            assert!(services.members(&owner, &query).await.unwrap().matched > 2, "{status}");
        }
        for role in Role::ALL {
            let query = MemberQuery { roles: vec![*role], ..MemberQuery::default() };
            assert!(services.members(&owner, &query).await.unwrap().matched > 1, "{role}");
        }
        let mut keys = Vec::new();
        for row in &page.rows {
            keys.extend(services.keys(&owner, row.id).await.unwrap().keys);
        }
        for state in [KeyState::Active, KeyState::Expired, KeyState::Revoked] {
            assert!(keys.iter().any(|key| key.state == state), "{state:?}");
        }
        assert!(keys.iter().any(|key| key.previous_ends_at.is_some()));
        let query = MemberQuery { statuses: vec![MemberStatus::Invited], ..MemberQuery::default() };
        let pending = services.members(&owner, &query).await.unwrap().rows.remove(0);
        let link = services.invitation_link(&owner, pending.id).await.unwrap();
        let view = services.invitation(link.rsplit('/').next().unwrap(), None).await.unwrap();
        assert!(matches!(view, InvitationView::Open { .. }));
    }

    async fn it_is_not_put_among_real_data(world) {
        set_up(world).await;
        assert_eq!(code(install_demo(&world.services, NOWHERE).await), ProblemCode::AlreadySetUp);
    }
}
