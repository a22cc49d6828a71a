//! Changes of many rows: every case of `bulk.json`, and what a change leaves behind.

mod stage;
mod traces;

use crate::common::{World, code, fresh_key, on_both};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkInput, Part, Selection, Shown};
use domain::cases::bulk::{self as case, Applied, Case, Select, Start, Step, Undone};
use domain::cases::file;
use domain::query::MemberQuery;
use domain::{BulkChangeId, Timestamp};
use services::Error;
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};

type Reasons = BTreeMap<String, String>;

fn expected<W: ToString>(parts: &BTreeMap<case::Part, W>) -> Reasons {
    parts
        .iter()
        .map(|(part, why)| (part.0.clone(), why.to_string()))
        .collect()
}

/// A case under way.
struct Play<'a> {
    id: &'a str,
    stage: Stage<'a>,
    /// Who asked last, for what, under which key, and what was shown.
    asked: Option<(String, ApplyInput)>,
    applied: Vec<(Option<String>, BulkChangeId)>,
}

impl Play<'_> {
    fn words(&self, parts: &[Part]) -> BTreeSet<String> {
        parts.iter().map(|part| self.stage.word(*part)).collect()
    }

    fn reasons<W: ToString>(&self, parts: &[(Part, W)]) -> Reasons {
        parts
            .iter()
            .map(|(part, why)| (self.stage.word(*part), why.to_string()))
            .collect()
    }

    fn compare(&self, shown: &Shown, rows: &case::Rows) {
        let is: BTreeMap<_, _> = shown
            .preview
            .rows
            .iter()
            .map(|row| {
                let told = (self.words(&row.will), self.reasons(&row.cannot));
                (self.stage.label(row.member), told)
            })
            .collect();
        let wanted: BTreeMap<_, _> = rows
            .rows
            .iter()
            .map(|(label, row)| {
                let will = row.will.iter().map(|part| part.0.clone()).collect();
                (label.clone(), (will, expected(&row.cannot)))
            })
            .collect();
        assert_eq!((is, shown.preview.counts), (wanted, rows.counts), "{}", self.id);
    }

    async fn preview(&mut self, by: &str, select: &Select, change: &case::Change, expect: &case::Shown) {
        let selection = match select {
            Select::Ids(labels) => {
                let ids = labels.iter().map(|label| self.stage.member(label));
                Selection::Ids(ids.collect())
            }
            Select::Query(search) => Selection::Matching(Box::new(MemberQuery {
                search: search.clone(),
                ..MemberQuery::default()
            })),
        };
        let asked = BulkInput {
            selection,
            change: self.stage.change(change),
        };
        let actor = self.stage.actor(by).await;
        let shown = self.stage.world.services.bulk_preview(&actor, &asked).await;
        match expect {
            case::Shown::Rows(rows) => {
                let shown = shown.unwrap();
                self.compare(&shown, rows);
                let input = ApplyInput {
                    asked,
                    fingerprint: shown.fingerprint,
                    idempotency_key: fresh_key(),
                };
                self.asked = Some((by.to_owned(), input));
            }
            case::Shown::Refused(why) => assert_eq!(code(shown), *why, "{}", self.id),
        }
    }

    async fn apply(&mut self, name: &Option<String>, expect: &Applied) {
        let (by, input) = self.asked.clone().unwrap();
        let actor = self.stage.actor(&by).await;
        let outcome = self.stage.world.services.bulk_apply(&actor, &input).await;
        match (outcome, expect) {
            (Ok(ApplyOutcome::Applied { change, counts }), Applied::Applied(changed)) => {
                assert_eq!(counts.change, *changed, "{}", self.id);
                self.applied.push((name.clone(), change));
            }
            (Ok(ApplyOutcome::PreviewChanged(shown)), Applied::PreviewChanged(rows)) => {
                self.compare(&shown, rows);
                let input = ApplyInput {
                    fingerprint: shown.fingerprint,
                    ..input
                };
                self.asked = Some((by, input));
            }
            (outcome @ Err(_), Applied::Refused(why)) => assert_eq!(code(outcome), *why, "{}", self.id),
            (outcome, expect) => panic!("{}: {outcome:?} instead of {expect:?}", self.id),
        }
    }

    fn check_undo(&self, plan: Result<domain::bulk::Undone, Error>, expect: &Undone) {
        match expect {
            Undone::Undone { restored, kept } => {
                let rows = plan.unwrap().rows;
                let back: BTreeMap<_, _> = rows
                    .iter()
                    .filter(|row| !row.restored.is_empty())
                    .map(|row| (self.stage.label(row.member), self.words(&row.restored)))
                    .collect();
                let wanted = restored.iter().map(|(label, parts)| {
                    let parts: BTreeSet<_> = parts.iter().map(|part| part.0.clone()).collect();
                    (label.clone(), parts)
                });
                assert_eq!(back, wanted.collect(), "{}", self.id);
                let left: BTreeMap<_, _> = rows
                    .iter()
                    .filter(|row| !row.kept.is_empty())
                    .map(|row| (self.stage.label(row.member), self.reasons(&row.kept)))
                    .collect();
                let wanted = kept.iter().map(|(label, parts)| (label.clone(), expected(parts)));
                assert_eq!(left, wanted.collect(), "{}", self.id);
            }
            Undone::Refused(why) => assert_eq!(code(plan), *why, "{}", self.id),
        }
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Preview {
                by,
                select,
                change,
                expect,
            } => self.preview(by, select, change, expect).await,
            Step::Apply { name, expect } => self.apply(name, expect).await,
            Step::Undo { by, of, expect } => {
                let found = match of {
                    Some(_) => self.applied.iter().find(|(name, _)| name == of),
                    None => self.applied.last(),
                };
                let change = found.unwrap().1;
                let actor = self.stage.actor(by).await;
                let plan = self.stage.world.services.bulk_undo(&actor, change).await;
                self.check_undo(plan, expect);
            }
            Step::Wait { seconds } => {
                let clock = &self.stage.world.clock;
                clock.set(clock.now().plus(seconds * Timestamp::SECOND));
            }
            edit => self.stage.edit(edit).await,
        }
    }
}

async fn play(world: &World, id: &str, case: &Case, start: &Start) {
    let mut play = Play {
        id,
        stage: Stage::build(world, id, start).await,
        asked: None,
        applied: Vec::new(),
    };
    for step in &case.steps {
        play.step(step).await;
    }
    let mut wanted = start.members.clone();
    for (label, changed) in &case.then.members {
        let row = wanted.get_mut(label).unwrap();
        *row = changed.of(row);
    }
    wanted.retain(|label, _| !case.then.removed.contains(label));
    wanted.extend(case.then.new.clone());
    let now = world.clock.now();
    let wanted: BTreeMap<_, _> = wanted
        .into_iter()
        .map(|(label, row)| (label, stage::live(row, now)))
        .collect();
    assert_eq!(play.stage.rows().await, wanted, "{id}");
}

on_both! {
    async fn cases_of_bulk(world) {
        let (rest, cases) = file::<Case>();
        for (id, case) in &cases {
            play(world, id, case, &rest.starts[&case.start]).await;
        }
    }
}
