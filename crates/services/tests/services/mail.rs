//! Mail, with a mail server at the other end of a socket.

use crate::common::{NOW, World, code, elsewhere, fresh_key, here, on_both};
use crate::peer::{Arrived, Peer, Reply};
use domain::invite::{AcceptInput, InvitationView, InviteInput, InviteOutcome};
use domain::limits::{INVITATION_LIFETIME, RESET_LIFETIME, RESETS_AN_HOUR};
use domain::mail::{MailStage, MailState};
use domain::{MemberId, ProblemCode, Role, Timestamp};
use services::{Actor, Config, Services};

const PASSWORD: &str = "correct horse battery";

/// Another server on the same database, which sends mail.
async fn mailing(world: &World, peer: &Peer) -> Services {
    let config = Config {
        mailer: Some(peer.mailer.clone()),
        ..world.config.clone()
    };
    Services::open(config).await.unwrap()
}

/// An organization with an owner who is there.
async fn owner(world: &World) -> Actor {
    world.organization("ours").await;
    world.join("ours", "owner@example.com", Role::Owner).await
}

async fn invite(services: &Services, owner: &Actor, email: &str) -> MemberId {
    let input = InviteInput {
        emails: email.to_owned(),
        role: Role::Member,
        teams: Vec::new(),
        idempotency_key: fresh_key(),
    };
    match services.invite(owner, &input).await.unwrap().lines[0].outcome {
        InviteOutcome::Invited { member, .. } => member,
        ref other => panic!("{other:?}"),
    }
}

async fn stand(services: &Services, owner: &Actor, member: MemberId) -> Option<MailState> {
    services.member(owner, member).await.unwrap().mail
}

/// A stage of which there is nothing to say.
fn just(stage: MailStage) -> MailState {
    MailState {
        stage,
        why: String::new(),
    }
}

/// Somebody with an account, who has signed in here.
async fn person(services: &Services, owner: &Actor, peer: &mut Peer) -> String {
    invite(services, owner, "ana@example.com").await;
    services.deliver_due_mail().await.unwrap();
    let token = peer.next().await.after("/invite/").to_owned();
    let input = AcceptInput {
        name: "Ana Müller".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let accepted = services.accept(&token, &input, None, here()).await.unwrap();
    accepted.session.unwrap().expose().to_owned()
}

/// The link that a message holds.
fn reset_token(mail: &Arrived) -> String {
    mail.after("/reset-password/").to_owned()
}

on_both! {
    async fn a_test_message_says_whether_the_mail_server_took_it(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        services.send_test_mail(&owner).await.unwrap();
        let mail = peer.next().await;
        assert_eq!(mail.to, "owner@example.com");
        assert!(mail.text.contains("Email works") && mail.text.contains("/o/ours/settings"), "{mail:?}");
        for (reply, told) in [(Reply::Refuse, "refused"), (Reply::Later, "try later")] {
            peer.reply(&[reply]);
            let problem = services.send_test_mail(&owner).await.unwrap_err().problem();
            assert!(problem.message.starts_with("The test message was not sent.") && problem.message.contains(told), "{problem}");
        }
        assert_eq!(code(world.services.send_test_mail(&owner).await), ProblemCode::Conflict, "no mail server");
    }

    async fn an_invitation_is_mailed_with_its_link(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        let member = invite(&services, &owner, "ana@example.com").await;
        assert_eq!(stand(&services, &owner, member).await, Some(just(MailStage::Sending)));
        services.deliver_due_mail().await.unwrap();
        let mail = peer.next().await;
        assert_eq!(mail.to, "ana@example.com");
        for part in [
            "From: Gatehouse <gatehouse@example.com>",
            "To: ana@example.com",
            "Subject: Join ours on Gatehouse",
            "Auto-Submitted: auto-generated",
            "owner (owner@example.com) invited you to join ours",
            "text/plain",
            "text/html",
        ] {
            assert!(mail.text.contains(part), "{part} in {}", mail.text);
        }
        let view = services.invitation(mail.after("https://gatehouse.example/invite/"), None).await.unwrap();
        assert!(matches!(view, InvitationView::Open { .. }), "{view:?}");
        assert_eq!(stand(&services, &owner, member).await, Some(just(MailStage::Sent)));
        services.deliver_due_mail().await.unwrap();
        assert_eq!(peer.rest().len(), 0);
    }

    async fn a_mail_server_that_fails_is_asked_again(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        peer.reply(&[Reply::Later, Reply::Silence]);
        let member = invite(&services, &owner, "ana@example.com").await;
        let next = services.deliver_due_mail().await.unwrap().expect("another try");
        assert_eq!(next, NOW.plus(30 * Timestamp::SECOND));
        let Some(MailState { stage: MailStage::Sending, why }) = stand(&services, &owner, member).await else { panic!("not queued") };
        assert!(why.contains("451") && why.contains("Mailbox busy"), "{why}");
        // Not before its time.
        world.clock.set(next.plus(-1));
        assert_eq!(services.deliver_due_mail().await.unwrap(), Some(next));
        world.clock.set(next);
        let then = services.deliver_due_mail().await.unwrap().expect("a third try");
        assert_eq!(then, next.plus(2 * Timestamp::MINUTE));
        assert_eq!(peer.rest().len(), 0);
        world.clock.set(then);
        services.deliver_due_mail().await.unwrap();
        assert_eq!(peer.next().await.to, "ana@example.com");
        assert_eq!(stand(&services, &owner, member).await, Some(just(MailStage::Sent)));
    }

    async fn a_refused_address_is_told_and_can_be_tried_again(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        peer.reply(&[Reply::Refuse]);
        let member = invite(&services, &owner, "ana@example.com").await;
        assert_eq!(services.deliver_due_mail().await.unwrap(), None);
        let Some(MailState { stage: MailStage::Failed, why }) = stand(&services, &owner, member).await else { panic!("not failed") };
        assert!(why.contains("550") && why.contains("No such mailbox"), "{why}");
        services.resend(&owner, member).await.unwrap();
        assert_eq!(stand(&services, &owner, member).await, Some(just(MailStage::Sending)));
        services.deliver_due_mail().await.unwrap();
        let mail = peer.next().await;
        let view = services.invitation(mail.after("/invite/"), None).await.unwrap();
        assert!(matches!(view, InvitationView::Open { .. }), "{view:?}");
    }

    async fn what_is_no_longer_open_is_not_mailed(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        let admin = world.join("ours", "admin@example.com", Role::Admin).await;
        let revoked = invite(&services, &owner, "revoked@example.com").await;
        services.revoke(&owner, revoked).await.unwrap();
        // The link that was replaced is not mailed, the new one once.
        let twice = invite(&services, &owner, "twice@example.com").await;
        services.resend(&owner, twice).await.unwrap();
        invite(&services, &admin, "of-the-removed@example.com").await;
        services.remove(&owner, admin.member).await.unwrap();
        services.deliver_due_mail().await.unwrap();
        let to: Vec<String> = peer.rest().into_iter().map(|mail| mail.to).collect();
        assert_eq!(to, ["twice@example.com"]);
        // Nor what ended while the mail server was away.
        peer.reply(&[Reply::Later]);
        let late = invite(&services, &owner, "late@example.com").await;
        services.deliver_due_mail().await.unwrap();
        world.clock.set(NOW.plus(INVITATION_LIFETIME));
        services.deliver_due_mail().await.unwrap();
        assert_eq!(peer.rest().len(), 0);
        assert!(matches!(stand(&services, &owner, late).await, Some(MailState { stage: MailStage::Failed, .. })));
    }

    async fn two_servers_send_each_message_once(world) {
        let mut peer = Peer::start().await;
        let (owner, one) = (owner(world).await, mailing(world, &peer).await);
        let two = mailing(world, &peer).await;
        for n in 0..20 {
            invite(&one, &owner, &format!("p{n:02}@example.com")).await;
        }
        let (a, b) = tokio::join!(one.deliver_due_mail(), two.deliver_due_mail());
        a.and(b).unwrap();
        let mut to: Vec<String> = peer.rest().into_iter().map(|mail| mail.to).collect();
        to.sort();
        assert_eq!(to, (0..20).map(|n| format!("p{n:02}@example.com")).collect::<Vec<_>>());
    }

    async fn a_forgotten_password_is_replaced_by_a_link_that_works_once(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        let session = person(&services, &owner, &mut peer).await;
        tokio::spawn({ let services = services.clone(); async move { services.deliver_mail().await } });
        // Nobody has this address, and the answer is the same.
        services.ask_for_reset("nobody@example.com").await.unwrap();
        services.ask_for_reset(" ANA@example.com ").await.unwrap();
        let mail = peer.next().await;
        assert_eq!(mail.to, "ana@example.com");
        let token = reset_token(&mail);
        assert_eq!(services.reset_of(&token).await.unwrap(), "ana@example.com");

        let weak = services.reset_password(&token, "password1234", elsewhere()).await.unwrap_err().problem();
        assert!(weak.field("password").is_some(), "{weak:?}");
        services.reset_password(&token, "another horse battery", elsewhere()).await.unwrap();
        assert_eq!(services.session(&session).await.unwrap(), None);
        assert!(services.sign_in("ana@example.com", PASSWORD, here()).await.is_err());
        services.sign_in("ana@example.com", "another horse battery", here()).await.unwrap();
        assert_eq!(code(services.reset_of(&token).await), ProblemCode::Expired);
        assert_eq!(code(services.reset_password(&token, "a third horse battery", here()).await), ProblemCode::Expired);
    }

    async fn links_for_a_new_password_end(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        let session = person(&services, &owner, &mut peer).await;
        let user = services.session(&session).await.unwrap().unwrap().user;
        tokio::spawn({ let services = services.clone(); async move { services.deliver_mail().await } });
        services.ask_for_reset("ana@example.com").await.unwrap();
        let first = reset_token(&peer.next().await);
        // By changing the password.
        services.change_password(user, PASSWORD, "another horse battery", "").await.unwrap();
        assert_eq!(code(services.reset_of(&first).await), ProblemCode::Expired);
        // By time.
        services.ask_for_reset("ana@example.com").await.unwrap();
        let second = reset_token(&peer.next().await);
        world.clock.set(NOW.plus(RESET_LIFETIME));
        assert_eq!(code(services.reset_of(&second).await), ProblemCode::Expired);
        assert_eq!(code(services.reset_password(&second, "a third horse battery", here()).await), ProblemCode::Expired);
        // And no mailbox is filled.
        for _ in 0..RESETS_AN_HOUR {
            services.ask_for_reset("ana@example.com").await.unwrap();
            peer.next().await;
        }
        services.ask_for_reset("ana@example.com").await.unwrap();
        invite(&services, &owner, "after@example.com").await;
        let rest = peer.next().await;
        assert_eq!(rest.to, "after@example.com");
    }

    async fn a_sign_in_from_a_new_browser_is_told(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        person(&services, &owner, &mut peer).await;
        let session = services.sign_in("ana@example.com", PASSWORD, elsewhere()).await.unwrap();
        services.deliver_due_mail().await.unwrap();
        let mail = peer.next().await;
        assert_eq!(mail.to, "ana@example.com");
        assert!(mail.text.contains("Subject: New sign-in to Gatehouse") && mail.text.contains("from 192.0.2.2"), "{}", mail.text);
        let known = elsewhere().with_device(Some(session.device().into()));
        services.sign_in("ana@example.com", PASSWORD, known).await.unwrap();
        services.deliver_due_mail().await.unwrap();
        assert_eq!(peer.rest().len(), 0);
    }

    async fn a_second_factor_that_somebody_else_reset_is_told(world) {
        let mut peer = Peer::start().await;
        let (owner, services) = (owner(world).await, mailing(world, &peer).await);
        let token = person(&services, &owner, &mut peer).await;
        let user = services.session(&token).await.unwrap().unwrap().user;
        let begun = services.begin_second_factor(user, PASSWORD).await.unwrap();
        let shown = crate::second_factor::shown(begun.secret.expose(), NOW);
        services.confirm_second_factor(user, &token, &shown, here()).await.unwrap();
        let member = services.actor(user, &owner.slug).await.unwrap().member;
        services.reset_second_factor(&owner, member).await.unwrap();
        services.deliver_due_mail().await.unwrap();
        let mail = peer.next().await;
        assert_eq!(mail.to, "ana@example.com");
        assert!(mail.text.contains("Subject: Your second factor was reset") && mail.text.contains(&owner.email), "{}", mail.text);
    }

    async fn without_a_mail_server_nothing_waits_for_one(world) {
        let owner = owner(world).await;
        let member = invite(&world.services, &owner, "ana@example.com").await;
        assert_eq!(stand(&world.services, &owner, member).await, None);
        assert_eq!(code(world.services.ask_for_reset("owner@example.com").await), ProblemCode::Invalid);
        // One that is set up later does not send what was passed on by hand.
        let mut peer = Peer::start().await;
        mailing(world, &peer).await.deliver_due_mail().await.unwrap();
        assert_eq!(peer.rest().len(), 0);
    }
}
