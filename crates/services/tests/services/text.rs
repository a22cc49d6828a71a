//! Text that no keyboard makes, in every input: refused or cleaned, never a failure of ours.

use crate::common::{fresh_key, here, invited, key_input, on_both, provider_input};
use domain::Role;
use domain::chat::{MessageState, Send};
use domain::invite::{AcceptInput, InviteInput};
use domain::key::Grace;
use domain::organization::SetupInput;
use domain::provider::ProviderInput;
use domain::query::MemberQuery;
use services::{Answered, Error, Format};

/// NUL, which PostgreSQL stores in no text; a noncharacter, which XML holds not; lone controls and marks.
const ODD: &[&str] = &[
    "\0",
    "a\0b",
    "ana\0@example.com",
    "\u{fffe}",
    "x\u{ffff}y",
    "\u{1}\u{1f}",
    "\u{85}",
    "\u{feff}\u{202e}",
];

/// Succeeds or is refused; with a database that fails it is neither.
fn fine<T>(what: &str, odd: &str, result: Result<T, Error>) {
    if let Err(error) = result {
        assert!(!error.is_internal(), "{what} with {odd:?}: {error:?}");
        assert!(
            error.problem().code.http_status() < 500,
            "{what} with {odd:?}: {error:?}"
        );
    }
}

on_both! {
    async fn odd_text_in_set_up_and_sign_in_is_no_failure(world) {
        let services = &world.services;
        let code = services.setup_code().unwrap();
        let right = || SetupInput { code: code.clone(), organization: "Ours".into(), name: "Ana".into(), email: "ana@example.com".into(), password: "a long password".into() };
        for odd in ODD {
            let odd = (*odd).to_owned();
            for input in [
                SetupInput { code: odd.clone(), ..right() },
                SetupInput { organization: odd.clone(), ..right() },
                SetupInput { name: odd.clone(), ..right() },
                SetupInput { email: odd.clone(), ..right() },
            ] {
                let refused = services.set_up(&input, "").await.expect_err("refused");
                fine::<()>("set-up", &odd, Err(refused));
            }
        }
        services.set_up(&right(), "").await.unwrap();
        for odd in &ODD[..4] {
            fine("sign-in", odd, services.sign_in(odd, odd, here()).await);
            fine("session", odd, services.session(odd).await);
            fine("sign-out", odd, services.sign_out(odd).await);
            fine("invitation", odd, services.invitation(odd, None).await);
            fine("accept", odd, services.accept(odd, &AcceptInput::default(), None, here()).await);
        }
    }

    async fn odd_text_in_any_use_case_is_no_failure(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let provider = world.provider(&owner, "OpenAI").await;
        world.list_models(&owner, &provider, &["small"]).await;
        services.add_provider(&owner, member.member, provider.id).await.unwrap();
        let team = services.create_team(&owner, "Ops", &fresh_key()).await.unwrap();
        let key = services.create_key(&member, member.member, &key_input("k"), &fresh_key()).await.unwrap().key;
        let send = |content: &str, model: &str| Send { conversation: None, provider: provider.id, model: model.into(), content: content.into(), replace_from: None, seen: None };
        let begun = services.begin_send(&member, &send("Hello", "small")).await.unwrap();
        for odd in ODD {
            fine("actor", odd, services.actor(owner.user, odd).await);
            fine("viewer", odd, services.viewer(owner.user, odd).await);
            fine("operator", odd, services.operator_keys(odd, None).await);
            fine("operator", odd, services.operator_keys("ours", Some(odd)).await);
            fine("operator", odd, services.operator_revoke_key("ours", odd).await);
            fine("operator", odd, services.operator_create_key("ours", "member@example.com", Some(&[(*odd).to_owned()]), key_input("k")).await);
            let invite = |emails: &str, key: &str| InviteInput { emails: emails.into(), role: Role::Member, teams: vec![], idempotency_key: key.into() };
            fine("invite", odd, services.invite(&owner, &invite(odd, &fresh_key())).await);
            fine("idempotency key", odd, services.invite(&owner, &invite("new@example.com", odd)).await);
            let (row, token) = invited(world, &owner, "newcomer@example.com", Role::Member).await;
            let accept = AcceptInput { name: (*odd).into(), password: "a long password".into() };
            let accepted = services.accept(&token, &accept, None, here()).await;
            assert!(accepted.is_err(), "a name of {odd:?}");
            fine("accept", odd, accepted);
            services.revoke(&owner, row).await.unwrap();
            fine("team", odd, services.create_team(&owner, odd, &fresh_key()).await);
            fine("team", odd, services.create_team(&owner, "Any", odd).await);
            fine("team", odd, services.rename_team(&owner, team.id, team.version, odd).await);
            for text in [(*odd).to_owned(), format!("key:{odd}"), format!("team:{odd} role:{odd} x")] {
                let query = MemberQuery { search: text.clone(), ..MemberQuery::default() };
                fine("search", odd, services.members(&owner, &query).await);
                fine("export", odd, services.export(&owner, &query, Format::Json).await);
                fine("people", odd, services.find_people(&owner, &text).await);
                fine("history", odd, services.history(&member, &text).await);
                let escaped: String = text.bytes().map(|b| format!("%{b:02x}")).collect();
                let query = MemberQuery::from_query_string(&format!("q={escaped}&sort={escaped}&team={escaped}"));
                fine("address", odd, services.members(&owner, &query).await);
            }
            let input = || provider_input("Other");
            for input in [
                ProviderInput { name: (*odd).into(), ..input() },
                ProviderInput { slug: (*odd).into(), ..input() },
                ProviderInput { base_url: format!("https://models.example/{odd}"), ..input() },
                ProviderInput { description: (*odd).into(), ..input() },
                ProviderInput { credential: Some((*odd).into()), ..input() },
            ] {
                fine("provider", odd, services.create_provider(&owner, &input, &fresh_key()).await);
                fine("provider", odd, services.update_provider(&owner, provider.id, provider.version, &input).await);
            }
            fine("key", odd, services.create_key(&member, member.member, &key_input(odd), &fresh_key()).await);
            fine("key", odd, services.create_key(&member, member.member, &key_input("k"), odd).await);
            fine("key", odd, services.rename_key(&member, key.id, odd).await);
            fine("key", odd, services.rotate_key(&member, key.id, Grace::None, odd).await);
            fine("title", odd, services.rename_conversation(&member, begun.conversation, odd).await);
            fine("message", odd, services.begin_send(&member, &send(odd, "small")).await);
            fine("model", odd, services.begin_send(&member, &send("Hello", odd)).await);
            let answered = Answered { content: (*odd).into(), state: MessageState::Failed, problem: Some((*odd).into()) };
            let begun = services.begin_send(&member, &send("Hello", "small")).await.unwrap();
            fine("answer", odd, services.finish_answer(&member, &begun, &answered).await);
        }
        for odd in &ODD[..4] {
            fine("password", odd, services.change_password(owner.user, odd, "a long password", "").await);
        }
    }
}
