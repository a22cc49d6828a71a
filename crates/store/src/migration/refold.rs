//! Writes all folded texts anew, from the texts that they are of, after the rule of folding has changed.
//!
//! Tables are read in batches, so that one of any size fits in memory, and a row is written only where its folded text
//! differs: most have none of the characters that a new rule is about.

use crate::sql::statement_for;
use domain::search::{fold, search_text};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::collections::{HashMap, HashSet};

/// Rows of a batch. A message may be long.
const BATCH: i64 = 500;

/// All of them, in every organization.
pub(super) async fn everything(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    unique_names(db, "team").await?;
    unique_names(db, "provider").await?;
    texts(db, "virtual_key", "name", "name_folded").await?;
    texts(db, "conversation", "title", "title_folded").await?;
    texts(db, "message", "content", "content_folded").await?;
    members(db).await
}

async fn rows<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<R>, DbErr> {
    let found = db
        .query_all_raw(statement_for(db.get_database_backend(), sql, values))
        .await?;
    found.iter().map(|row| R::from_query_result(row, "")).collect()
}

/// Stores a folded text.
async fn store(
    db: &impl ConnectionTrait,
    table: &str,
    column: &str,
    id: i64,
    folded: String,
) -> Result<(), DbErr> {
    let sql = format!("UPDATE {table} SET {column} = ? WHERE id = ?");
    db.execute_raw(statement_for(
        db.get_database_backend(),
        &sql,
        vec![folded.into(), id.into()],
    ))
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Text {
    id: i64,
    original: String,
    folded: String,
}

/// Texts with a folded one beside them. ASCII, of which most texts are, folds as it always has and is not read.
async fn texts(db: &impl ConnectionTrait, table: &str, original: &str, folded: &str) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT id, {original} AS original, {folded} AS folded FROM {table} \
         WHERE id > ? AND octet_length({original}) <> length({original}) ORDER BY id LIMIT {BATCH}"
    );
    let mut last = 0;
    loop {
        let batch: Vec<Text> = rows(db, &sql, vec![last.into()]).await?;
        let Some(end) = batch.last() else { return Ok(()) };
        last = end.id;
        for text in batch {
            let right = fold(&text.original);
            if right != text.folded {
                store(db, table, folded, text.id, right).await?;
            }
        }
    }
}

#[derive(FromQueryResult)]
struct Name {
    id: i64,
    organization_id: i64,
    name: String,
    name_folded: String,
}

/// Names that are unique in their organization once folded. Two that were told apart and no longer are both stay: the
/// one that is changed gets line breaks behind its folded name, which no folded text has and so no search can find.
async fn unique_names(db: &impl ConnectionTrait, table: &str) -> Result<(), DbErr> {
    let sql = format!("SELECT id, organization_id, name, name_folded FROM {table} ORDER BY id");
    let names: Vec<Name> = rows(db, &sql, Vec::new()).await?;
    let mut taken: HashSet<(i64, String)> = names
        .iter()
        .map(|name| (name.organization_id, name.name_folded.clone()))
        .collect();
    for name in names {
        let stored = (name.organization_id, name.name_folded);
        let mut right = (name.organization_id, fold(&name.name));
        if stored == right {
            continue;
        }
        taken.remove(&stored);
        while taken.contains(&right) {
            right.1.push('\n');
        }
        if stored != right {
            store(db, table, "name_folded", name.id, right.1.clone()).await?;
        }
        taken.insert(right);
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Member {
    id: i64,
    name: String,
    email: String,
    search_text: String,
}

#[derive(FromQueryResult)]
struct Key {
    member_id: i64,
    name: String,
}

/// The one text in which members are searched.
async fn members(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let some =
        format!("SELECT id, name, email, search_text FROM member WHERE id > ? ORDER BY id LIMIT {BATCH}");
    let keys_of = "SELECT member_id, name FROM virtual_key \
                   WHERE member_id > ? AND member_id <= ? AND revoked_at IS NULL ORDER BY id";
    let mut last = 0;
    loop {
        let batch: Vec<Member> = rows(db, &some, vec![last.into()]).await?;
        let Some(end) = batch.last().map(|member| member.id) else {
            return Ok(());
        };
        let mut keys: HashMap<i64, Vec<String>> = HashMap::new();
        for key in rows::<Key>(db, keys_of, vec![last.into(), end.into()]).await? {
            keys.entry(key.member_id).or_default().push(key.name);
        }
        last = end;
        for member in batch {
            let keys = keys.get(&member.id).map_or(&[][..], Vec::as_slice);
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let right = search_text(&member.name, &member.email, &keys);
            if right != member.search_text {
                store(db, "member", "search_text", member.id, right).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests;
