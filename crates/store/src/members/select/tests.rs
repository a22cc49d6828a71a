//! The plans that SQLite makes of the statements whose way to the rows is chosen by hand.

use super::*;
use crate::connection::Inner;
use crate::members::counts::status_counts_sql;
use crate::members::rows::{keys_in_list, members_in_list};
use crate::testing::{NOW, TestDatabase};
use crate::{Store, WriteTx};

const HERE: OrganizationId = OrganizationId(1);
const BY_ID: &str = "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)";
const SORTED: &str = "USE TEMP B-TREE FOR ORDER BY";

fn selection(sort: SortColumn, conditions: Vec<AnyOf>) -> Selection {
    let condition = |any| Condition { any, text_rows: None };
    Selection {
        builder: ConditionBuilder {
            organization: HERE,
            now: NOW,
            postgres: false,
        },
        sort,
        descending: false,
        candidates: None,
        conditions: conditions.into_iter().map(condition).collect(),
    }
}

/// Steps of the plan that must be there, and words that must not.
type Plan = (Sql, &'static [&'static str], &'static [&'static str]);

/// Every statement with a plan of our own.
fn plans() -> Vec<Plan> {
    let page = Some((50, 100));
    let team = || AnyOf {
        teams: vec![1, 2],
        ..AnyOf::default()
    };
    let provider = || AnyOf {
        providers: vec![1],
        ..AnyOf::default()
    };
    let ending = || AnyOf {
        ending: true,
        ..AnyOf::default()
    };
    let text = || AnyOf {
        text: Some("an".to_owned()),
        ..AnyOf::default()
    };
    let by_name = |conditions| selection(SortColumn::Name, conditions);
    let candidates = |sort| Selection {
        candidates: Some(BTreeSet::from([1, 2, 3])),
        ..selection(sort, vec![text()])
    };
    let from = |columns: &str, from: String| Sql {
        text: format!("SELECT {columns} {from}"),
        values: vec!["[1,2]".into(), HERE.0.into()],
    };
    let mut probe = Sql::default();
    by_name(Vec::new()).builder.push_rows_with_text(&mut probe, "ana");
    vec![
        // Counting all reads the smallest index and no row.
        (
            by_name(Vec::new()).rows("count(*)", Path::Shortest),
            &["SEARCH m USING COVERING INDEX member_status (organization_id=?)"],
            &["SCAN m"],
        ),
        (
            by_name(vec![text()]).rows("count(*)", Path::Shortest),
            &["SEARCH m USING COVERING INDEX member_list (organization_id=?)"],
            &["SCAN m"],
        ),
        // A page stops at its last row: nothing may be sorted.
        (
            by_name(Vec::new()).in_order(page),
            &["SEARCH m USING COVERING INDEX member_list (organization_id=?)"],
            &["SCAN m", SORTED],
        ),
        (
            by_name(vec![text(), team(), provider()]).in_order(page),
            &["SEARCH m USING COVERING INDEX member_list (organization_id=?)"],
            &["SCAN m", SORTED, BY_ID],
        ),
        (
            selection(SortColumn::Email, vec![team()]).in_order(page),
            &["SEARCH m USING COVERING INDEX member_email (organization_id=?)"],
            &["SCAN m", SORTED],
        ),
        // No index has this order, so the organization is read once and sorted.
        (
            selection(SortColumn::LastLogin, vec![text()]).in_order(page),
            &[
                "SEARCH m USING COVERING INDEX member_list (organization_id=?)",
                SORTED,
            ],
            &["SCAN m"],
        ),
        // A set drives where nothing has to be in order.
        (
            by_name(vec![team(), provider(), text()]).rows("count(*)", Path::Shortest),
            &[BY_ID],
            &["SCAN m", "member_list", "member_status"],
        ),
        (
            selection(SortColumn::LastLogin, vec![provider()]).in_order(page),
            &[BY_ID, SORTED],
            &["SCAN m", "member_list"],
        ),
        // Of grants, only those with an end are looked through.
        (
            by_name(vec![ending()]).rows("count(*)", Path::Shortest),
            &[
                "SEARCH g USING COVERING INDEX provider_grant_ending (provider_id=? AND ends_at>? AND ends_at<?)",
                BY_ID,
            ],
            &["SCAN m", "SCAN g", "member_list"],
        ),
        // Few known rows are looked up and no others.
        (
            candidates(SortColumn::Email).rows("count(*)", Path::Shortest),
            &[BY_ID],
            &["SCAN m", "member_status", "member_list"],
        ),
        (
            candidates(SortColumn::Name).in_order(None),
            &[BY_ID],
            &["SCAN m", "member_list"],
        ),
        (probe, &["SCAN s VIRTUAL TABLE INDEX"], &["member m"]),
        // The rows of a page, and their keys.
        (
            from("m.version", members_in_list(false)),
            &[BY_ID],
            &["SCAN m", "INDEX member_"],
        ),
        (
            from("k.name", keys_in_list(false)),
            &["SEARCH k USING INDEX virtual_key_member (member_id=?)"],
            &["SCAN k", "virtual_key_listed"],
        ),
        // Each number of the status line is one stretch of one index.
        (
            status_counts_sql(HERE, NOW),
            &[
                "SEARCH member USING COVERING INDEX member_status (organization_id=? AND status=?)",
                "SEARCH member USING COVERING INDEX member_status (organization_id=? AND status=? AND allowed_until=?)",
                "SEARCH member USING COVERING INDEX member_status (organization_id=? AND status=? AND allowed_until<?)",
            ],
            &["SCAN member", "USING INDEX"],
        ),
    ]
}

#[derive(FromQueryResult)]
struct Step {
    detail: String,
}

async fn check(tx: &WriteTx, when: &str) {
    for (sql, wanted, unwanted) in plans() {
        let explain = format!("EXPLAIN QUERY PLAN {}", sql.text);
        let steps: Vec<Step> = sql::rows(tx, &explain, sql.values).await.expect("a plan");
        let plan: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        let told = format!("{when}, {}\n{plan:#?}", sql.text);
        for step in wanted {
            assert!(
                plan.iter()
                    .any(|line| line == step || line.starts_with(&format!("{step} "))),
                "no {step}: {told}"
            );
        }
        for words in unwanted {
            assert!(!plan.iter().any(|line| line.contains(words)), "{words}: {told}");
        }
    }
}

/// With and without numbers about the tables, of which SQLite's planner would make other plans.
#[tokio::test]
async fn sqlite_goes_the_way_that_is_chosen() {
    let test = TestDatabase::embedded();
    let store = Store::open(&test.database).await.expect("a store");
    let tx = store.write().await.expect("a change");
    check(&tx, "empty").await;
    let organization = crate::testing::organization(&tx, "acme").await;
    assert_eq!(organization.expect("an organization"), HERE);
    for n in 0..300 {
        let email = format!("{n}@example.com");
        let role = domain::Role::Member;
        let made = crate::members::insert_invited(&tx, HERE, &email, &email, role, NOW, NOW).await;
        made.expect("a row");
    }
    tx.inner().execute_unprepared("ANALYZE").await.expect("numbers");
    check(&tx, "with numbers").await;
}
