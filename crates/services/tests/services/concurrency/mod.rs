//! Every race of `cases/concurrency.json`, run many times.

mod call;
mod made_up;
mod names;
mod stage;
mod verdict;

use crate::common::{World, on_both};
use domain::cases::concurrency::Case;
use domain::cases::each;
use domain::key::KeyInput;
use names::Names;
use stage::Stage;
use verdict::judge;

/// How often each scenario is played.
const ROUNDS: usize = 20;
/// The model that every provider of a scenario lists.
const MODEL: &str = "m";

/// The key of a scenario.
fn key_input(name: &str, names: &Names, scope: Option<&[String]>) -> KeyInput {
    KeyInput {
        scope: scope.map(|scope| scope.iter().map(|p| names.provider(p)).collect()),
        ..crate::common::key_input(name)
    }
}

/// Plays a scenario once, in an organization of its own. What is wrong with what comes out, if something is.
async fn play(world: &World, slug: String, case: &Case, round: usize) -> Result<(), String> {
    let stage = Stage::build(world, slug, case).await;
    let outcomes = stage.play(world, case, round).await;
    judge(world, &stage, case, &outcomes).await
}

/// First set-up happens once an instance, so each round has a new one.
async fn play_set_up(world: World, round: usize) {
    for (id, case) in each::<Case>() {
        if !case.state.set_up {
            let played = play(&world, "first".to_owned(), &case, round).await;
            assert_eq!(played, Ok(()), "{id}");
        }
    }
    world.end().await;
}

on_both! {
    async fn cases_of_concurrency(world) {
        let cases = each::<Case>().into_iter();
        for (id, case) in cases.filter(|(_, case)| case.state.set_up) {
            for round in 0..ROUNDS {
                let played = play(world, format!("{id}-{round}"), &case, round).await;
                assert_eq!(played, Ok(()), "{id}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cases_of_first_set_up_on_sqlite() {
    for round in 0..ROUNDS {
        play_set_up(World::sqlite().await, round).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cases_of_first_set_up_on_postgres() {
    for round in 0..ROUNDS {
        play_set_up(World::postgres().await, round).await;
    }
}
