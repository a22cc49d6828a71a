//! The one select behind table, count and exports.
//!
//! On SQLite the way to the rows is chosen here rather than left to its planner, which knows neither how many rows
//! a text is in nor that a page stops early: a condition that few rows satisfy is answered first and its ids drive
//! everything else; otherwise the index that has the rows in order is walked, testing each.

use super::conditions::{self, AnyOf};
use super::order;
use crate::connection::Conn;
use crate::error::Result;
use crate::sql::{self, Sql};
use domain::query::{MemberQuery, SortColumn};
use domain::{MemberId, MemberStatus, OrganizationId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::BTreeSet;

/// A condition that more rows than this may satisfy is tested row by row.
const FEW: usize = 3_000;
/// The trigram index answers for texts of this many characters and more.
const TRIGRAM: usize = 3;

/// The rows of one query, at one instant.
pub(super) struct Selection {
    organization: OrganizationId,
    now: Timestamp,
    sort: SortColumn,
    descending: bool,
    postgres: bool,
    /// When some conditions were answered: only these rows can match.
    candidates: Option<BTreeSet<i64>>,
    /// The conditions still to be tested.
    tests: Vec<Test>,
}

/// A condition, and the few rows that its text is in, if it is in few.
struct Test {
    any: AnyOf,
    text_rows: Option<Vec<i64>>,
}

/// How the rows are reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    /// In no order, by the most selective way.
    Shortest,
    /// By the index that has them in order.
    InOrder,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: i64,
}

impl Selection {
    pub async fn new(
        conn: &impl Conn,
        organization: OrganizationId,
        query: &MemberQuery,
        now: Timestamp,
    ) -> Result<Self> {
        let mut selection = Self {
            organization,
            now,
            sort: query.sort,
            descending: query.descending,
            postgres: conn.inner().get_database_backend() == DbBackend::Postgres,
            candidates: None,
            tests: Vec::new(),
        };
        for any in conditions::of_query(conn, organization, query).await? {
            selection.require(conn, any).await?;
        }
        Ok(selection)
    }

    /// Adds a condition: answered, where few rows satisfy it, else to be tested.
    async fn require(&mut self, conn: &impl Conn, any: AnyOf) -> Result<()> {
        let mut test = Test { any, text_rows: None };
        if let Some(text) = &test.any.text
            && text.chars().count() >= TRIGRAM
        {
            let mut probe = Sql::default();
            self.push_rows_with_text(&mut probe, text);
            test.text_rows = few(conn, probe).await?;
        }
        if !test.tests_columns() {
            let mut probe = Sql::default();
            self.push_rows_of_set(&mut probe, &test);
            if let Some(rows) = few(conn, probe).await? {
                let rows = BTreeSet::from_iter(rows);
                self.candidates = Some(match self.candidates.take() {
                    Some(candidates) => &candidates & &rows,
                    None => rows,
                });
                return Ok(());
            }
        }
        self.tests.push(test);
        Ok(())
    }

    /// How many rows match.
    pub async fn count(&self, conn: &impl Conn) -> Result<u32> {
        let sql = self.rows("count(*)", Path::Shortest);
        sql::number_of(conn, &sql.text, sql.values).await
    }

    /// The matching rows in order, all or a part of them.
    pub async fn ids(&self, conn: &impl Conn, part: Option<(u32, u32)>) -> Result<Vec<MemberId>> {
        let path = match part {
            Some(_) if self.candidates.is_none() => Path::InOrder,
            _ => Path::Shortest,
        };
        let mut sql = self.rows("m.id", path);
        order::push(&mut sql, self.sort, self.descending, self.now);
        if let Some((limit, offset)) = part {
            sql.push(" LIMIT ").bind(i64::from(limit));
            sql.push(" OFFSET ").bind(i64::from(offset));
        }
        let rows: Vec<IdRow> = sql::rows(conn, &sql.text, sql.values).await?;
        Ok(rows.into_iter().map(|row| MemberId(row.id)).collect())
    }

    /// The builder: everything up to the order.
    fn rows(&self, what: &str, path: Path) -> Sql {
        let mut sql = Sql::default();
        sql.push("SELECT ").push(what).push(" FROM member m");
        let driver = match (path, order::indexed_by(self.sort)) {
            (Path::InOrder, Some(_)) => None,
            _ => self.tests.iter().position(Test::is_set),
        };
        if self.postgres {
            sql.push(" WHERE m.organization_id = ").bind(self.organization.0);
        } else if self.candidates.is_some() || driver.is_some() {
            // The mark keeps SQLite from going through the organization's rows instead of the ids.
            sql.push(" WHERE +m.organization_id = ").bind(self.organization.0);
        } else {
            let index = match (path, order::indexed_by(self.sort)) {
                (Path::InOrder, Some(index)) => index,
                (Path::Shortest, _) if self.tests.is_empty() => "member_status",
                _ => "member_list",
            };
            sql.push(" INDEXED BY ").push(index);
            sql.push(" WHERE m.organization_id = ").bind(self.organization.0);
        }
        if let Some(candidates) = &self.candidates {
            sql.push(" AND m.id IN (");
            self.push_id_list(&mut sql, candidates.iter().copied());
            sql.push(")");
        }
        for (index, test) in self.tests.iter().enumerate() {
            let id = match self.postgres || driver == Some(index) {
                true => "m.id",
                false => "+m.id",
            };
            sql.push(" AND (");
            self.push_test(&mut sql, test, id);
            sql.push(")");
        }
        sql
    }

    fn push_test(&self, sql: &mut Sql, test: &Test, id: &str) {
        let any = &test.any;
        let mut parts = Parts::new(" OR ");
        if !any.roles.is_empty() {
            parts.next(sql).push("m.role IN ");
            sql.list(any.roles.iter().map(|role| role.as_str()));
        }
        for status in &any.statuses {
            parts.next(sql);
            self.push_status(sql, *status);
        }
        if any.without_providers {
            parts
                .next(sql)
                .push("m.status = 'active' AND (m.allowed_until IS NULL OR m.allowed_until <= ");
            sql.bind(self.now.0).push(")");
        }
        if test.has_set() {
            parts.next(sql).push(id).push(" IN (");
            self.push_rows_of_set(sql, test);
            sql.push(")");
        }
        if let (Some(text), None) = (&any.text, &test.text_rows) {
            parts.next(sql);
            if self.postgres {
                sql.push("m.search_text LIKE ").bind(like(text));
            } else {
                sql.push("instr(m.search_text, ")
                    .bind(text.as_str())
                    .push(") > 0");
            }
        }
        if any.no_team {
            parts
                .next(sql)
                .push("NOT EXISTS (SELECT 1 FROM team_member tm WHERE tm.member_id = m.id)");
        }
        if any.no_provider {
            parts
                .next(sql)
                .push("NOT EXISTS (SELECT 1 FROM provider_grant g WHERE g.member_id = m.id AND ");
            self.push_not_ended(sql);
            sql.push(")");
        }
        if parts.is_empty() {
            sql.push("1 = 0");
        }
    }

    fn push_status(&self, sql: &mut Sql, status: MemberStatus) {
        match status {
            MemberStatus::Active | MemberStatus::Suspended => {
                sql.push("m.status = ").bind(status.as_str());
            }
            MemberStatus::Invited => {
                sql.push("m.expires_at > ").bind(self.now.0);
            }
            MemberStatus::Expired => {
                sql.push("m.expires_at <= ").bind(self.now.0);
            }
        }
    }

    /// The ids of rows that satisfy a part that is kept outside the row. May hold an id twice.
    fn push_rows_of_set(&self, sql: &mut Sql, test: &Test) {
        let any = &test.any;
        let mut parts = Parts::new(" UNION ALL ");
        if !any.teams.is_empty() {
            parts
                .next(sql)
                .push("SELECT tm.member_id AS id FROM team_member tm WHERE tm.team_id IN ");
            sql.list(any.teams.iter().copied());
        }
        if !any.providers.is_empty() {
            parts
                .next(sql)
                .push("SELECT g.member_id AS id FROM provider_grant g WHERE g.provider_id IN ");
            sql.list(any.providers.iter().copied()).push(" AND ");
            self.push_not_ended(sql);
        }
        if let Some(text) = &any.key {
            let position = if self.postgres { "strpos" } else { "instr" };
            parts
                .next(sql)
                .push("SELECT k.member_id AS id FROM virtual_key k WHERE k.organization_id = ");
            sql.bind(self.organization.0);
            sql.push(" AND k.revoked_at IS NULL AND k.member_id IS NOT NULL AND ");
            sql.push(position)
                .push("(k.name_folded, ")
                .bind(text.as_str())
                .push(") > 0");
        }
        if let Some(rows) = &test.text_rows {
            parts.next(sql);
            self.push_id_list(sql, rows.iter().copied());
        }
        if parts.is_empty() {
            sql.push("SELECT m.id FROM member m WHERE 1 = 0");
        }
    }

    fn push_not_ended(&self, sql: &mut Sql) {
        sql.push("(g.ends_at IS NULL OR g.ends_at > ")
            .bind(self.now.0)
            .push(")");
    }

    fn push_id_list(&self, sql: &mut Sql, ids: impl Iterator<Item = i64>) {
        sql.push(sql::ids_in_list(self.postgres));
        sql.values.push(sql::id_list(ids).into());
    }

    /// The ids of rows with a text of at least three characters, on SQLite whatever their organization.
    fn push_rows_with_text(&self, sql: &mut Sql, text: &str) {
        if self.postgres {
            sql.push("SELECT m.id FROM member m WHERE m.organization_id = ")
                .bind(self.organization.0);
            sql.push(" AND m.search_text LIKE ").bind(like(text));
        } else {
            let phrase = format!("\"{}\"", text.replace('"', "\"\""));
            sql.push("SELECT s.rowid AS id FROM member_search s WHERE s.search_text MATCH ")
                .bind(phrase);
        }
    }
}

impl Test {
    /// Some part of it is a set of ids.
    fn has_set(&self) -> bool {
        let any = &self.any;
        self.text_rows.is_some() || any.key.is_some() || !any.teams.is_empty() || !any.providers.is_empty()
    }

    /// Some part of it is tested on the row itself.
    fn tests_columns(&self) -> bool {
        let any = &self.any;
        !any.roles.is_empty()
            || !any.statuses.is_empty()
            || any.no_team
            || any.no_provider
            || any.without_providers
            || (any.text.is_some() && self.text_rows.is_none())
    }

    fn is_set(&self) -> bool {
        self.has_set() && !self.tests_columns()
    }
}

/// Puts a word between the parts of a list.
struct Parts {
    word: &'static str,
    empty: bool,
}

impl Parts {
    fn new(word: &'static str) -> Self {
        Self { word, empty: true }
    }

    fn next<'a>(&mut self, sql: &'a mut Sql) -> &'a mut Sql {
        if !std::mem::take(&mut self.empty) {
            sql.push(self.word);
        }
        sql
    }

    fn is_empty(&self) -> bool {
        self.empty
    }
}

/// The ids a select gives, if they are few.
async fn few(conn: &impl Conn, mut probe: Sql) -> Result<Option<Vec<i64>>> {
    probe.push(&format!(" LIMIT {}", FEW + 1));
    let rows: Vec<IdRow> = sql::rows(conn, &probe.text, probe.values).await?;
    Ok((rows.len() <= FEW).then(|| rows.into_iter().map(|row| row.id).collect()))
}

/// A pattern for texts that hold this one, literally.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
