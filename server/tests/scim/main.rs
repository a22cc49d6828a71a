//! SCIM as directories speak it: every case of `scim.json` over HTTP, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod asking;
mod compare;
mod judge;
mod stage;

use domain::cases::{file, scim};
use stage::Stage;
use store::testing::TestDatabase;

async fn play(database: TestDatabase) {
    let (rest, cases) = file::<scim::Case>();
    let stage = Stage::new(&database).await;
    let mut wrong = Vec::new();
    for (number, (id, case)) in cases.iter().enumerate() {
        let Some(start) = rest.starts.get(&case.start) else {
            panic!("{id}: there is no start {}", case.start);
        };
        let mut world = stage.set(number, start).await;
        for (step, asked) in case.steps.iter().enumerate() {
            for difference in world.play(asked).await {
                wrong.push(format!("{id}, step {}: {difference}", step + 1));
            }
        }
        for difference in world.judge(start, &case.then).await {
            wrong.push(format!("{id}, then: {difference}"));
        }
    }
    stage.end().await;
    database.remove().await;
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_on_sqlite() {
    play(TestDatabase::embedded()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_on_postgres() {
    play(TestDatabase::postgres().await).await;
}
