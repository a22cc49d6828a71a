//! The second factor: setting it up, signing in with it, and organizations that demand it.

use crate::common::{NOW, World, at, code, here, invited, on_both};
use crate::sign_in::set_up;
use domain::audit::AuditQuery;
use domain::invite::AcceptInput;
use domain::limits::CODES_FREE;
use domain::query::MemberQuery;
use domain::{ProblemCode, Role, Timestamp, UserId};
use services::{Actor, Error, Format, Services, SessionToken};
use sha2::{Digest, Sha256};

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery";

/// What an authenticator app shows.
pub fn shown(secret: &str, at: Timestamp) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    app.generate(u64::try_from(at.0 / 1_000).unwrap()).to_string()
}

/// The person that first set-up makes, with a second factor since now: who, the app's secret, the recovery codes, a session.
async fn enrolled(world: &World) -> (UserId, String, Vec<String>, SessionToken) {
    let made = set_up(world).await;
    let services = &world.services;
    let user = services
        .session(made.session.expose())
        .await
        .unwrap()
        .unwrap()
        .user;
    let enrolment = services.begin_second_factor(user, PASSWORD).await.unwrap();
    let secret = enrolment.secret.expose().to_owned();
    let codes = services
        .confirm_second_factor(user, made.session.expose(), &shown(&secret, NOW), here())
        .await
        .unwrap();
    let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    (user, secret, codes, made.session)
}

/// What the password alone gives.
async fn first_step(services: &Services, password: &str) -> String {
    match services.sign_in(EMAIL, password, here()).await {
        Err(Error::CodeDue(attempt)) => attempt.expose().to_owned(),
        other => panic!("no code is due: {other:?}"),
    }
}

/// What the organization is called.
async fn owner_organization(world: &World, owner: &Actor) -> String {
    let tx = world.store.read().await.unwrap();
    let found = store::organizations::get(&tx, owner.organization).await.unwrap();
    found.unwrap().name
}

on_both! {
    async fn setting_it_up_takes_the_password_and_a_first_code(world) {
        let made = set_up(world).await;
        let services = &world.services;
        let user = services.session(made.session.expose()).await.unwrap().unwrap().user;
        let problem = services.begin_second_factor(user, "guess").await.err().unwrap().problem();
        assert!(problem.field("password").is_some(), "{problem:?}");
        let token = made.session.expose();
        assert_eq!(code(services.confirm_second_factor(user, token, "000000", here()).await), ProblemCode::Conflict);
        let first = services.begin_second_factor(user, PASSWORD).await.unwrap();
        let second = services.begin_second_factor(user, PASSWORD).await.unwrap();
        assert_ne!(first.secret, second.secret);
        assert!(second.picture.expose().starts_with("<svg"));
        // Begun, it is not asked for yet; and the one that was begun first is over.
        let other = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        let stale = services.confirm_second_factor(user, token, &shown(first.secret.expose(), NOW), here()).await;
        assert!(stale.unwrap_err().problem().field("code").is_some());
        let codes = services.confirm_second_factor(user, token, &shown(second.secret.expose(), NOW), here()).await.unwrap();
        assert_eq!(codes.len(), 10);
        assert!(services.session(other.expose()).await.unwrap().is_none(), "begun without it");
        let security = services.account_security(user, made.session.expose()).await.unwrap();
        assert_eq!((security.second_factor, security.recovery_codes), (Some(NOW), 10));
        assert_eq!(code(services.begin_second_factor(user, PASSWORD).await.map(drop)), ProblemCode::Conflict);
    }

    async fn signing_in_takes_a_code_that_works_once(world) {
        let (user, secret, codes, _) = enrolled(world).await;
        let services = &world.services;
        let attempt = first_step(services, PASSWORD).await;
        // The code that confirmed it is used up.
        let used = services.finish_sign_in(&attempt, &shown(&secret, NOW), here()).await.unwrap_err().problem();
        assert!(used.field("code").is_some(), "{used:?}");
        let later = NOW.plus(30 * Timestamp::SECOND);
        world.clock.set(later);
        let next = shown(&secret, later);
        let typed = format!("{} {}", &next[..3], &next[3..]);
        let token = services.finish_sign_in(&attempt, &typed, here()).await.unwrap();
        assert_eq!(services.session(token.expose()).await.unwrap().unwrap().user, user);
        assert!(services.finish_sign_in(&attempt, &next, here()).await.is_err(), "a code works once");

        let recovery = codes[3].to_lowercase().replace('-', " ");
        services.finish_sign_in(&attempt, &recovery, here()).await.unwrap();
        assert!(services.finish_sign_in(&attempt, &recovery, here()).await.is_err(), "a recovery code works once");
        assert_eq!(services.account_security(user, token.expose()).await.unwrap().recovery_codes, 9);
    }

    async fn the_first_step_is_over_after_a_while_and_with_another_password(world) {
        let (user, secret, ..) = enrolled(world).await;
        let services = &world.services;
        let attempt = first_step(services, PASSWORD).await;
        let later = NOW.plus(10 * Timestamp::MINUTE + 1);
        world.clock.set(later);
        assert_eq!(code(services.finish_sign_in(&attempt, &shown(&secret, later), here()).await), ProblemCode::Expired);
        let attempt = first_step(services, PASSWORD).await;
        services.change_password(user, PASSWORD, "another horse battery", "").await.unwrap();
        assert_eq!(code(services.finish_sign_in(&attempt, &shown(&secret, later), here()).await), ProblemCode::Expired);
        for forged in ["", "x", &attempt[1..]] {
            assert_eq!(code(services.finish_sign_in(forged, "000000", here()).await), ProblemCode::Expired);
        }
        let attempt = first_step(services, "another horse battery").await;
        services.finish_sign_in(&attempt, &shown(&secret, later), here()).await.unwrap();
    }

    async fn turning_it_off_takes_password_and_code(world) {
        let (user, secret, codes, session) = enrolled(world).await;
        let services = &world.services;
        let later = NOW.plus(Timestamp::MINUTE);
        world.clock.set(later);
        let right = shown(&secret, later);
        assert!(services.end_second_factor(user, "guess", &right, here()).await.is_err());
        assert!(services.end_second_factor(user, PASSWORD, &codes[0].replace('-', "0"), here()).await.is_err());
        services.end_second_factor(user, PASSWORD, &right, here()).await.unwrap();
        services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        let security = services.account_security(user, session.expose()).await.unwrap();
        assert_eq!((security.second_factor, security.recovery_codes), (None, 0));
    }

    async fn an_organization_demands_it_and_no_other_one_is_closed(world) {
        let made = set_up(world).await;
        let services = &world.services;
        let token = made.session.expose();
        let session = services.session(token).await.unwrap().unwrap();
        let owner = services.actor(session, &made.slug).await.unwrap();
        world.organization("beta").await;
        world.join("beta", EMAIL, Role::Member).await;
        services.demand_second_factor(&owner, true).await.unwrap();
        for refused in [
            services.actor(session, &made.slug).await.map(drop),
            services.viewer(session, &made.slug).await.map(drop),
        ] {
            assert_eq!(code(refused), ProblemCode::SecondFactorRequired);
        }
        services.actor(session, "beta").await.unwrap();
        services.viewer(session, "beta").await.unwrap();
        let own = services.own_keys(session).await.unwrap();
        assert_eq!(own.iter().map(|keys| keys.organization.slug.as_str()).collect::<Vec<_>>(), ["beta"]);
        let security = services.account_security(session, token).await.unwrap();
        assert_eq!(security.demanded_by, [owner_organization(world, &owner).await]);

        let begun = services.begin_second_factor(session.user, PASSWORD).await.unwrap();
        assert!(services.actor(session, &made.slug).await.is_err(), "begun is not enough");
        let code = shown(begun.secret.expose(), NOW);
        services.confirm_second_factor(session.user, token, &code, here()).await.unwrap();
        services.actor(session, &made.slug).await.unwrap();
        assert!(services.organization_settings(&owner).await.unwrap().second_factor);
        assert!(services.account_security(session, token).await.unwrap().demanded_by.is_empty());
        services.demand_second_factor(&owner, false).await.unwrap();
        assert!(!services.organization_settings(&owner).await.unwrap().second_factor);
    }

    async fn single_sign_on_stands_in_for_it_where_it_is_the_organization_s_own(world) {
        let (user, ..) = enrolled(world).await;
        let services = &world.services;
        let home = services.me(user).await.unwrap().home.unwrap();
        let owner = services.actor(user, &home).await.unwrap();
        let beta = world.organization("beta").await;
        world.join("beta", EMAIL, Role::Member).await;
        services.demand_second_factor(&owner, true).await.unwrap();
        let session = |place: &'static [u8], organization| async move {
            let tx = world.store.write().await.unwrap();
            let hash = Sha256::digest(place);
            store::sessions::insert(&tx, &hash, user, "", NOW, NOW.plus(Timestamp::HOUR)).await.unwrap();
            store::sessions::set_sign_on(&tx, &hash, Some(organization)).await.unwrap();
            tx.commit().await.unwrap();
            services.session(std::str::from_utf8(place).unwrap()).await.unwrap().unwrap()
        };
        let own = session(b"own", owner.organization).await;
        services.actor(own, &home).await.unwrap();
        // What another organization's provider says opens nothing here, though the account has a second factor.
        let other = session(b"other", beta).await;
        assert_eq!(code(services.actor(other, &home).await), ProblemCode::SecondFactorRequired);
        services.actor(other, "beta").await.unwrap();
        assert_eq!(services.account_security(other, "other").await.unwrap().demanded_by.len(), 1);
        // Another password proves no second factor.
        let changed = services.change_password(other, PASSWORD, "another horse battery", "").await.unwrap();
        let changed = services.session(changed.expose()).await.unwrap().unwrap();
        assert_eq!(code(services.actor(changed, &home).await), ProblemCode::SecondFactorRequired);
    }

    async fn an_invitation_is_no_way_around_it(world) {
        enrolled(world).await;
        world.organization("beta").await;
        let owner = world.join("beta", "bo@example.com", Role::Owner).await;
        let (_, token) = invited(world, &owner, EMAIL, Role::Member).await;
        let input = AcceptInput { name: "Ana".into(), password: PASSWORD.into() };
        let refused = world.services.accept(&token, &input, None, here()).await;
        assert_eq!(code(refused.map(drop)), ProblemCode::WrongAccount);
    }

    async fn guessing_codes_is_slowed_down_whatever_the_password_does(world) {
        let (_, secret, codes, _) = enrolled(world).await;
        let services = &world.services;
        let guess = async |code: &str, client| {
            let attempt = first_step(services, PASSWORD).await;
            services.finish_sign_in(&attempt, code, client).await.map(drop)
        };
        for n in 0..CODES_FREE {
            assert_eq!(code(guess("000000", at(u8::try_from(n).unwrap())).await), ProblemCode::Invalid);
        }
        let later = NOW.plus(29 * Timestamp::SECOND);
        world.clock.set(later);
        let refused = guess(&shown(&secret, later.plus(Timestamp::SECOND)), at(9)).await.unwrap_err().problem();
        assert_eq!((refused.code, refused.retry_after), (ProblemCode::RateLimited, Some(1)), "{refused:?}");
        let later = later.plus(Timestamp::SECOND);
        world.clock.set(later);
        assert_eq!(code(guess("000000", here()).await), ProblemCode::Invalid);
        let refused = guess("000000", here()).await.unwrap_err().problem();
        assert_eq!(refused.retry_after, Some(60), "each further one doubles the wait");
        // Whoever has their recovery codes is not kept out by another's guesses, and then all starts anew.
        guess(&codes[0], here()).await.unwrap();
        guess(&shown(&secret, later), here()).await.unwrap();
    }

    async fn one_code_lets_in_once_however_many_try_at_the_same_time(world) {
        let (user, secret, codes, session) = enrolled(world).await;
        let services = &world.services;
        let later = NOW.plus(Timestamp::MINUTE);
        world.clock.set(later);
        let attempt = first_step(services, PASSWORD).await;
        for tried in [shown(&secret, later), codes[0].clone()] {
            let tries = (0..8).map(|_| {
                let (services, attempt, tried) = (services.clone(), attempt.clone(), tried.clone());
                tokio::spawn(async move { services.finish_sign_in(&attempt, &tried, here()).await.is_ok() })
            });
            let mut let_in = 0;
            for done in tries.collect::<Vec<_>>() {
                let_in += usize::from(done.await.unwrap());
            }
            assert_eq!(let_in, 1);
        }
        // The first set-up's session and one for each code.
        let security = services.account_security(user, session.expose()).await.unwrap();
        assert_eq!((security.sessions.len(), security.recovery_codes), (3, 9));
    }

    async fn a_new_password_by_mail_is_no_way_around_it(world) {
        let (user, secret, ..) = enrolled(world).await;
        let services = &world.services;
        let tx = world.store.write().await.unwrap();
        let token = "a link";
        let hash = Sha256::digest(token.as_bytes());
        store::password_resets::insert(&tx, user, &hash, b"sealed", NOW, NOW.plus(Timestamp::HOUR)).await.unwrap();
        tx.commit().await.unwrap();
        services.reset_password(token, "another horse battery", here()).await.unwrap();
        let later = NOW.plus(Timestamp::MINUTE);
        world.clock.set(later);
        let attempt = first_step(services, "another horse battery").await;
        services.finish_sign_in(&attempt, &shown(&secret, later), here()).await.unwrap();
    }

    async fn what_is_done_with_it_is_told_where_the_person_belongs(world) {
        let (user, secret, codes, _) = enrolled(world).await;
        let services = &world.services;
        let home = services.me(user).await.unwrap().home.unwrap();
        let owner = services.actor(user, &home).await.unwrap();
        let beta = world.organization("beta").await;
        world.join("beta", EMAIL, Role::Member).await;
        let attempt = first_step(services, PASSWORD).await;
        services.finish_sign_in(&attempt, &codes[0], here()).await.unwrap();
        let later = NOW.plus(Timestamp::MINUTE);
        world.clock.set(later);
        services.end_second_factor(user, PASSWORD, &shown(&secret, later), here()).await.unwrap();
        let told = async |organization| {
            let all = world.audit(organization).await;
            let actions = all.iter().map(|deed| deed.action.as_str().to_owned());
            actions.filter(|action| action.contains("factor") || action.contains("recovery")).collect::<Vec<_>>()
        };
        let here = ["user.second_factor.on", "user.recovery_code.use", "user.second_factor.off"];
        assert_eq!(told(owner.organization).await, here);
        assert_eq!(told(beta).await, here[1..]);
        let chains = services.verify_audit().await.unwrap();
        assert!(chains.iter().all(|chain| chain.verdict.broken.is_none()), "{chains:?}");
    }

    async fn an_admin_resets_a_member_s_whose_account_is_the_organization_s_alone(world) {
        let (user, ..) = enrolled(world).await;
        let services = &world.services;
        let home = services.me(user).await.unwrap().home.unwrap();
        let ana = services.actor(user, &home).await.unwrap();
        let session = services.sign_in(EMAIL, PASSWORD, here()).await;
        assert!(session.is_err());
        let admin = world.join(&home, "admin@example.com", Role::Admin).await;
        let auditor = world.join(&home, "auditor@example.com", Role::Auditor).await;
        let owner = world.join(&home, "owner@example.com", Role::Owner).await;
        let seen = services.member_second_factor(&auditor, ana.member).await.unwrap();
        assert_eq!((seen.since, seen.recovery_codes), (Some(NOW), 10));
        // Not by themselves, not an owner's by an admin, not by an auditor.
        for actor in [&ana, &admin, &auditor] {
            let seen = services.member_second_factor(actor, ana.member).await.unwrap();
            assert!(seen.obstacle.is_some());
            assert_eq!(code(services.reset_second_factor(actor, ana.member).await), ProblemCode::Forbidden);
        }
        // Not while another organization's doors hang on it, and be the person suspended there.
        world.organization("beta").await;
        let there = world.join("beta", "bo@example.com", Role::Owner).await;
        let place = world.join("beta", EMAIL, Role::Member).await;
        services.set_suspended(&there, place.member, None, true).await.unwrap();
        assert_eq!(code(services.reset_second_factor(&owner, ana.member).await), ProblemCode::Forbidden);
        services.remove(&there, place.member).await.unwrap();

        assert_eq!(services.member_second_factor(&owner, ana.member).await.unwrap().obstacle, None);
        services.reset_second_factor(&owner, ana.member).await.unwrap();
        let token = services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        let security = services.account_security(user, token.expose()).await.unwrap();
        assert_eq!((security.second_factor, security.recovery_codes, security.sessions.len()), (None, 0, 1));
        assert_eq!(code(services.reset_second_factor(&owner, ana.member).await), ProblemCode::Conflict);
        let log = world.audit(owner.organization).await;
        let last = log.iter().rfind(|deed| deed.action.as_str().contains("factor")).unwrap();
        assert_eq!((last.action.as_str(), last.actor, last.target_label.as_str()), ("member.second_factor.reset", Some(owner.user), "Ana@Example.com"));
    }

    async fn the_operator_resets_anybody_s(world) {
        let (user, _, _, session) = enrolled(world).await;
        let services = &world.services;
        let home = services.me(user).await.unwrap().home.unwrap();
        let owner = services.actor(user, &home).await.unwrap();
        world.organization("beta").await;
        world.join("beta", EMAIL, Role::Member).await;
        assert_eq!(code(services.operator_reset_second_factor("nobody@example.com").await), ProblemCode::NotFound);
        services.operator_reset_second_factor(" ANA@example.com").await.unwrap();
        assert!(services.session(session.expose()).await.unwrap().is_none());
        services.sign_in(EMAIL, PASSWORD, here()).await.unwrap();
        assert_eq!(code(services.operator_reset_second_factor(EMAIL).await), ProblemCode::Conflict);
        let log = world.audit(owner.organization).await;
        let last = log.iter().rfind(|deed| deed.action.as_str().contains("factor")).unwrap();
        assert_eq!((last.action.as_str(), last.actor_email.as_str()), ("member.second_factor.reset", "gatehouse second-factor"));
    }

    async fn nothing_of_a_secret_is_stored_or_written_down(world) {
        let (user, secret, codes, _) = enrolled(world).await;
        let services = &world.services;
        let home = services.me(user).await.unwrap().home.unwrap();
        let owner = services.actor(user, &home).await.unwrap();
        let raw = totp_rs::Secret::try_from_base32(&secret).unwrap();
        let mut secrets = vec![raw.as_bytes().to_vec(), secret.into_bytes()];
        secrets.extend(codes.iter().map(|code| code.clone().into_bytes()));
        secrets.extend(codes.iter().map(|code| code.replace('-', "").into_bytes()));

        let tx = world.store.read().await.unwrap();
        let stored = store::second_factors::get(&tx, user).await.unwrap().unwrap().secret_sealed;
        drop(tx);
        let members = services.export(&owner, &MemberQuery::default(), Format::Json).await.unwrap();
        let log = services.export_audit(&owner, &AuditQuery::default()).await.unwrap();
        let again = services.begin_second_factor(user, PASSWORD).await.err().unwrap();
        let mut places = vec![
            ("what is stored", stored),
            ("the members' file", std::fs::read(members.file.path()).unwrap()),
            ("the audit log's file", std::fs::read(log.file.path()).unwrap()),
            ("a refusal", format!("{again:?}").into_bytes()),
        ];
        if let store::Database::Embedded(path) = &world.config.database {
            for ending in ["", "-wal"] {
                let file = format!("{}{ending}", path.display());
                places.push(("the database", std::fs::read(file).unwrap_or_default()));
            }
        }
        for secret in &secrets {
            for (place, bytes) in &places {
                assert!(!bytes.windows(secret.len()).any(|part| part == secret), "a secret is in {place}");
            }
        }
    }
}
