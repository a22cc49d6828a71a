//! Statements written by hand, where a query builder would say less clearly what happens.

use crate::connection::Inner;
use crate::error::{Error, Result};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use serde::de::DeserializeOwned;

/// A statement in the making: text with `?` marks, and what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub text: String,
    pub values: Vec<Value>,
}

impl Sql {
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// A list in brackets, each item a mark of its own.
    pub fn list<V: Into<Value>>(&mut self, items: impl IntoIterator<Item = V>) -> &mut Self {
        self.push("(");
        for (index, item) in items.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).bind(item);
        }
        self.push(")")
    }
}

/// A list of ids as one value, for [`ids_in_list`]: however long it is, the statement stays the same.
pub(crate) fn id_list(ids: impl IntoIterator<Item = i64>) -> String {
    let mut list = String::from("[");
    for id in ids {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list.push(']');
    list
}

/// A select of the ids in the list that the mark stands for.
pub(crate) fn ids_in_list(postgres: bool) -> &'static str {
    match postgres {
        true => "SELECT value::bigint AS id FROM json_array_elements_text(?::json)",
        false => "SELECT value AS id FROM json_each(?)",
    }
}

/// Fills `?` marks in; PostgreSQL wants them numbered. Texts in `sql` itself must hold no question mark.
pub(crate) fn statement(conn: &impl Inner, sql: &str, values: Vec<Value>) -> Statement {
    statement_for(conn.inner().get_database_backend(), sql, values)
}

/// The same for a migration, which has a connection of its own kind.
pub(crate) fn statement_for(backend: DbBackend, sql: &str, values: Vec<Value>) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => number(sql),
        _ => sql.to_owned(),
    };
    Statement::from_sql_and_values(backend, sql, values)
}

fn number(sql: &str) -> String {
    let mut parts = sql.split('?');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        numbered.push('$');
        numbered.push_str(&(index + 1).to_string());
        numbered.push_str(part);
    }
    numbered
}

/// Runs a change; how many rows it touched.
pub(crate) async fn execute(conn: &impl Inner, sql: &str, values: Vec<Value>) -> Result<u64> {
    let done = conn.inner().execute_raw(statement(conn, sql, values)).await?;
    Ok(done.rows_affected())
}

/// Runs a read; its rows.
pub(crate) async fn rows<R: FromQueryResult>(
    conn: &impl Inner,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<R>> {
    let rows = conn.inner().query_all_raw(statement(conn, sql, values)).await?;
    Ok(rows
        .iter()
        .map(|row| R::from_query_result(row, ""))
        .collect::<std::result::Result<_, _>>()?)
}

/// Runs a read of many rows, in no order. They come as one JSON value: the thread that SQLite runs on wakes its reader
/// for each row it hands over, which for thousands of rows takes longer than reading them. `R` has a field for each
/// column, in their order; `from` is all that follows the columns.
pub(crate) async fn unordered<R: DeserializeOwned>(
    conn: &impl Inner,
    columns: &str,
    from: &str,
    values: Vec<Value>,
) -> Result<Vec<R>> {
    let all = match conn.inner().get_database_backend() {
        DbBackend::Postgres => format!("coalesce(json_agg(json_build_array({columns})), '[]')::text"),
        _ => format!("json_group_array(json_array({columns}))"),
    };
    let query = format!("SELECT {all} AS found {from}");
    let row = conn
        .inner()
        .query_one_raw(statement(conn, &query, values))
        .await?;
    let found = row.map(|row| row.try_get_by_index::<String>(0)).transpose()?;
    serde_json::from_str(found.as_deref().unwrap_or("[]")).map_err(|e| Error::corrupt("row", e))
}

/// Runs a read of one number.
pub(crate) async fn number_of(conn: &impl Inner, sql: &str, values: Vec<Value>) -> Result<u32> {
    let row = conn.inner().query_one_raw(statement(conn, sql, values)).await?;
    let count = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    Ok(count_of(count.unwrap_or_default()))
}

/// A count as the domain carries it.
pub(crate) fn count_of(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
