//! The one select behind table, count and exports.
//!
//! On SQLite the way to the rows is chosen here rather than left to its planner, which knows neither how many rows
//! a text is in nor that a page stops early: a condition that few rows satisfy is answered first and its ids drive
//! everything else; otherwise the index that has the rows in order is walked, testing each.

use super::conditions::{self, AnyOf};
use super::order;
use super::write::{Condition, ConditionBuilder};
use crate::connection::Conn;
use crate::error::Result;
use crate::sql::{self, Sql};
use domain::query::{MemberQuery, SortColumn};
use domain::{MemberId, OrganizationId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::BTreeSet;

#[cfg(test)]
mod tests;

/// A condition that more rows than this may satisfy is tested row by row.
const FEW: usize = 3_000;
/// The trigram index answers for texts of this many characters and more.
const TRIGRAM: usize = 3;

/// The rows of one query, at one instant.
pub(super) struct Selection {
    builder: ConditionBuilder,
    sort: SortColumn,
    descending: bool,
    /// When some conditions were answered: only these rows can match.
    candidates: Option<BTreeSet<i64>>,
    /// The conditions still to be tested.
    conditions: Vec<Condition>,
}

/// How the rows are reached, where no candidates are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    /// In no order, by the most selective way.
    Shortest,
    /// By the index that has them in order, if one has.
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
            builder: ConditionBuilder {
                organization,
                now,
                postgres: conn.inner().get_database_backend() == DbBackend::Postgres,
            },
            sort: query.sort,
            descending: query.descending,
            candidates: None,
            conditions: Vec::new(),
        };
        for any in conditions::of_query(conn, organization, query).await? {
            selection.require(conn, any).await?;
        }
        Ok(selection)
    }

    /// Adds a condition: answered, where few rows satisfy it, else to be tested.
    async fn require(&mut self, conn: &impl Conn, any: AnyOf) -> Result<()> {
        let mut condition = Condition { any, text_rows: None };
        if let Some(text) = &condition.any.text
            && text.chars().count() >= TRIGRAM
        {
            let mut probe = Sql::default();
            self.builder.push_rows_with_text(&mut probe, text);
            condition.text_rows = few(conn, probe).await?;
        }
        if !condition.tests_columns() {
            let mut probe = Sql::default();
            self.builder.push_rows_of_set(&mut probe, &condition);
            if let Some(rows) = few(conn, probe).await? {
                let rows = BTreeSet::from_iter(rows);
                self.candidates = Some(match self.candidates.take() {
                    Some(candidates) => &candidates & &rows,
                    None => rows,
                });
                return Ok(());
            }
        }
        self.conditions.push(condition);
        Ok(())
    }

    /// How many rows match.
    pub async fn count(&self, conn: &impl Conn) -> Result<u32> {
        let sql = self.rows("count(*)", Path::Shortest);
        sql::number_of(conn, &sql.text, sql.values).await
    }

    /// The matching rows in order, all or a part of them.
    pub async fn ids(&self, conn: &impl Conn, part: Option<(u32, u32)>) -> Result<Vec<MemberId>> {
        let sql = self.in_order(part);
        let rows: Vec<IdRow> = sql::rows(conn, &sql.text, sql.values).await?;
        Ok(rows.into_iter().map(|row| MemberId(row.id)).collect())
    }

    fn in_order(&self, part: Option<(u32, u32)>) -> Sql {
        let mut sql = self.rows("m.id", Path::InOrder);
        order::push(&mut sql, self.sort, self.descending, self.builder.now);
        if let Some((limit, offset)) = part {
            sql.push(" LIMIT ").bind(i64::from(limit));
            sql.push(" OFFSET ").bind(i64::from(offset));
        }
        sql
    }

    /// Everything up to the order.
    fn rows(&self, what: &str, path: Path) -> Sql {
        let mut sql = Sql::default();
        sql.push("SELECT ").push(what).push(" FROM member m");
        let in_order = match path {
            Path::InOrder => order::indexed_by(self.sort),
            Path::Shortest => None,
        };
        let driver = match in_order {
            Some(_) => None,
            None => self.conditions.iter().position(Condition::is_set),
        };
        let sqlite = !self.builder.postgres;
        let by_ids = self.candidates.is_some() || driver.is_some();
        if sqlite && !by_ids {
            let index = match path {
                Path::Shortest if self.conditions.is_empty() => "member_status",
                _ => in_order.unwrap_or("member_list"),
            };
            sql.push(" INDEXED BY ").push(index);
        }
        // The mark keeps SQLite from going through the organization's rows instead of the ids.
        sql.push(if sqlite && by_ids { " WHERE +" } else { " WHERE " });
        sql.push("m.organization_id = ").bind(self.builder.organization.0);
        if let Some(candidates) = &self.candidates {
            sql.push(" AND m.id IN (");
            self.builder.push_id_list(&mut sql, candidates.iter().copied());
            sql.push(")");
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            let tested = sqlite && driver != Some(index);
            let id = if tested { "+m.id" } else { "m.id" };
            sql.push(" AND (");
            self.builder.push_condition(&mut sql, condition, id);
            sql.push(")");
        }
        sql
    }
}

/// The ids a select gives, if they are few.
async fn few(conn: &impl Conn, mut probe: Sql) -> Result<Option<Vec<i64>>> {
    probe.push(&format!(" LIMIT {}", FEW + 1));
    let rows: Vec<IdRow> = sql::rows(conn, &probe.text, probe.values).await?;
    Ok((rows.len() <= FEW).then(|| rows.into_iter().map(|row| row.id).collect()))
}
