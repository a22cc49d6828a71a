//! Statements written by hand, where a query builder would say less clearly what happens.

use crate::connection::Inner;
use crate::error::Result;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

/// Fills `?` marks in; PostgreSQL wants them numbered. Texts in `sql` itself must hold no question mark.
pub(crate) fn statement(conn: &impl Inner, sql: &str, values: Vec<Value>) -> Statement {
    let backend = conn.inner().get_database_backend();
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
