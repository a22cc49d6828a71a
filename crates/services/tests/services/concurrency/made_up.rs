//! What the case file has not by chance, but may have: each word is taken as it is meant, and a result that is not
//! permitted is seen.

use super::stage::Stage;
use super::verdict::against;
use crate::common::on_both;
use domain::cases::concurrency::Case;
use domain::cases::parse;

on_both! {
    async fn words_that_other_files_of_cases_may_use(world) {
        let (_, cases) = parse::<Case>(include_str!("made_up.json")).unwrap();
        for (id, case) in cases {
            // In this round an operation waits for the token that it uses.
            let stage = Stage::build(world, id.clone(), &case).await;
            let outcomes = stage.play(world, &case, 1).await;
            let [right, wrong] = &case.allowed[..] else {
                panic!("{id} has not a right and a wrong result")
            };
            let why = against(world, &stage, &case, (&outcomes, right)).await;
            assert!(why.is_empty(), "{id}: {outcomes:?}: {why:?}");
            assert!(!against(world, &stage, &case, (&outcomes, wrong)).await.is_empty(), "{id}");
        }
    }

    async fn a_token_may_be_used_before_it_is_made(world) {
        let (_, cases) = parse::<Case>(include_str!("made_up.json")).unwrap();
        let (id, case) = cases.iter().find(|(id, _)| id == "the-token-of-a-racing-resend").unwrap();
        let stage = Stage::build(world, id.clone(), case).await;
        let outcomes = stage.play(world, case, 0).await;
        let accepted: Vec<_> = outcomes["B"].keys().map(|kind| kind.0.as_str()).collect();
        assert!(accepted == ["not_found"] || accepted == ["ok"], "{accepted:?}");
    }
}
