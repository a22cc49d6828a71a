//! What was spent, read from the sums by day.

use super::sums::column;
use super::whose::Whose;
use crate::connection::Conn;
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::spend::{SpendBy, SpendDays, SpendGroup, SpendQuery, SpendSum};
use domain::usage::{Bucket, UsageSource};
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use std::collections::BTreeMap;

/// Nano-dollars are added up as dollars and the rest, so that no sum leaves the range of the databases' integers.
const DOLLAR: i64 = domain::number::DOLLAR;
/// Tokens of a bucket, day and row that are added up, for the same reason; more than can be used.
const MOST_TOKENS: i64 = 1_000_000_000_000;

/// Which part of an organization's spend is read.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where.
    pub organization: OrganizationId,
    /// Whose.
    pub whose: Whose,
    /// When.
    pub days: SpendDays,
    /// Narrowed by what; its days are those above.
    pub query: SpendQuery,
}

#[derive(FromQueryResult)]
struct Sums {
    requests: i64,
    refused: i64,
    tokens_in: i64,
    tokens_out: i64,
    dollars: i64,
    nanos: i64,
    estimated_dollars: i64,
    estimated_nanos: i64,
    unpriced: i64,
    unpriced_tokens: i64,
}

impl From<Sums> for SpendSum {
    fn from(sums: Sums) -> Self {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let money = |dollars: i64, nanos: i64| {
            let nano = i128::from(dollars) * i128::from(DOLLAR) + i128::from(nanos);
            i64::try_from(nano).unwrap_or(i64::MAX)
        };
        Self {
            requests: count(sums.requests),
            refused: count(sums.refused),
            tokens_in: count(sums.tokens_in),
            tokens_out: count(sums.tokens_out),
            cost: money(sums.dollars, sums.nanos),
            estimated: money(sums.estimated_dollars, sums.estimated_nanos),
            unpriced: count(sums.unpriced),
            unpriced_tokens: count(sums.unpriced_tokens),
        }
    }
}

/// A column of tokens as it is added up.
fn capped(column: &str) -> String {
    format!("CASE WHEN u.{column} > {MOST_TOKENS} THEN {MOST_TOKENS} ELSE u.{column} END")
}

/// The columns of [`Sums`], added up.
fn sums() -> String {
    let tokens = |of: &[Bucket]| {
        let each: Vec<String> = of.iter().map(|bucket| capped(column(*bucket))).collect();
        each.join(" + ")
    };
    let estimated = |what: &str| format!("CASE WHEN u.source = 'estimated' THEN {what} ELSE 0 END");
    let (dollars, nanos) = (
        format!("u.cost_nano / {DOLLAR}"),
        format!("u.cost_nano % {DOLLAR}"),
    );
    let columns = [
        ("requests", "u.requests".to_owned()),
        ("refused", "u.refused".to_owned()),
        ("tokens_in", tokens(&Bucket::INPUT)),
        ("tokens_out", tokens(&Bucket::OUTPUT)),
        ("estimated_dollars", estimated(&dollars)),
        ("estimated_nanos", estimated(&nanos)),
        ("dollars", dollars),
        ("nanos", nanos),
        ("unpriced", "u.unpriced".to_owned()),
        ("unpriced_tokens", capped("unpriced_tokens")),
    ];
    let columns = columns.map(|(name, what)| format!("CAST(coalesce(sum({what}), 0) AS bigint) AS {name}"));
    columns.join(", ")
}

impl Part {
    /// The same, added up by something else.
    fn by(&self, by: SpendBy) -> Self {
        let mut part = self.clone();
        part.query.by = by;
        part
    }

    /// The rows, which are called `u`.
    fn tables(&self, sql: &mut Sql) {
        sql.push(" FROM usage_day u");
        if self.query.by == SpendBy::Team {
            sql.push(" LEFT JOIN ");
            self.whose.places(self.organization, sql);
            sql.push(" p ON p.member_id = u.member_id");
        }
    }

    fn narrowed(&self, sql: &mut Sql) {
        sql.push(" WHERE u.organization_id = ")
            .bind(self.organization.0)
            .push(" AND u.at >= ")
            .bind(self.days.from.0)
            .push(" AND u.at < ")
            .bind(self.days.until.0);
        self.whose.narrow(self.organization, sql);
        let ids = [
            ("member_id", self.query.member.map(|id| id.0)),
            ("key_id", self.query.key.map(|id| id.0)),
            ("provider_id", self.query.provider.map(|id| id.0)),
        ];
        for (column, id) in ids {
            if let Some(id) = id {
                sql.push(" AND u.").push(column).push(" = ").bind(id);
            }
        }
        if let Some(model) = &self.query.model {
            // PostgreSQL takes no NUL, and nothing is stored with one.
            sql.push(" AND u.model = ").bind(model.replace('\0', "\u{FFFD}"));
        }
        if let Some(team) = self.query.team {
            let none = team.0 == 0;
            sql.push(if none { " AND NOT" } else { " AND" })
                .push(" EXISTS (SELECT 1 FROM ");
            self.whose.places(self.organization, sql);
            sql.push(" q WHERE q.member_id = u.member_id");
            if !none {
                sql.push(" AND q.team_id = ").bind(team.0);
            }
            sql.push(")");
        }
    }

    /// What is added up: the id and the model of each group.
    fn group(&self) -> (&'static str, &'static str) {
        match self.query.by {
            SpendBy::Member => ("u.member_id", "''"),
            SpendBy::Team => ("coalesce(p.team_id, 0)", "''"),
            SpendBy::Key => ("u.key_id", "''"),
            SpendBy::Provider => ("u.provider_id", "''"),
            SpendBy::Model => ("u.provider_id", "u.model"),
        }
    }

    fn grouped(&self, sql: &mut Sql) {
        let (id, model) = self.group();
        sql.push(" GROUP BY ").push(id);
        if self.query.by == SpendBy::Model {
            sql.push(", ").push(model);
        }
    }

    fn by_day_query(&self) -> Sql {
        // Somebody in two teams would be counted twice.
        let part = self.by(SpendBy::Member);
        let mut sql = Sql::default();
        sql.push(&format!("SELECT u.at, {}", sums()));
        part.tables(&mut sql);
        part.narrowed(&mut sql);
        sql.push(" GROUP BY u.at ORDER BY u.at");
        sql
    }

    fn groups_query(&self, most: u32) -> Sql {
        let (id, model) = self.group();
        let mut sql = Sql::default();
        sql.push(&format!(
            "SELECT {id} AS id, {model} AS model, max(u.provider_slug) AS slug, {}",
            sums()
        ));
        self.tables(&mut sql);
        self.narrowed(&mut sql);
        self.grouped(&mut sql);
        // By cost, and where none is known by what was used.
        sql.push(&format!(
            " ORDER BY sum(u.cost_nano / {DOLLAR}) + sum(u.cost_nano % {DOLLAR}) / {DOLLAR} DESC, \
             sum(u.cost_nano % {DOLLAR}) % {DOLLAR} DESC, tokens_in DESC, 1, 2 LIMIT "
        ))
        .bind(i64::from(most));
        sql
    }

    fn unpriced_query(&self, most: u32) -> Sql {
        let part = self.by(SpendBy::Model);
        let mut sql = Sql::default();
        sql.push(&format!(
            "SELECT u.provider_id AS id, u.model AS model, max(u.provider_slug) AS slug, {}",
            sums()
        ));
        part.tables(&mut sql);
        part.narrowed(&mut sql);
        part.grouped(&mut sql);
        sql.push(" HAVING sum(u.unpriced) > 0 ORDER BY unpriced_tokens DESC, 1, 2 LIMIT ")
            .bind(i64::from(most));
        sql
    }
}

#[derive(FromQueryResult)]
struct DayRow {
    at: i64,
    #[sea_orm(nested)]
    sum: Sums,
}

/// Each day on which something was asked, in order.
pub async fn by_day(conn: &impl Conn, part: &Part) -> Result<Vec<(Timestamp, SpendSum)>> {
    let query = part.by_day_query();
    let rows: Vec<DayRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows
        .into_iter()
        .map(|row| (Timestamp(row.at), row.sum.into()))
        .collect())
}

#[derive(FromQueryResult)]
struct GroupRow {
    id: i64,
    model: String,
    slug: String,
    #[sea_orm(nested)]
    sum: Sums,
}

fn group(row: GroupRow) -> SpendGroup {
    SpendGroup {
        id: row.id,
        model: row.model,
        label: String::new(),
        detail: row.slug,
        sum: row.sum.into(),
    }
}

/// What is added up, the most expensive first. They have no label yet; `detail` is the slug of a provider.
pub async fn groups(conn: &impl Conn, part: &Part, most: u32) -> Result<Vec<SpendGroup>> {
    let query = part.groups_query(most);
    let rows: Vec<GroupRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().map(group).collect())
}

/// How many groups there are.
pub async fn group_count(conn: &impl Conn, part: &Part) -> Result<u32> {
    let mut query = Sql::default();
    query.push("SELECT count(*) FROM (SELECT 1 AS one");
    part.tables(&mut query);
    part.narrowed(&mut query);
    part.grouped(&mut query);
    query.push(") grouped");
    sql::number_of(conn, &query.text, query.values).await
}

/// Models with requests whose cost nobody knows, those with the most tokens first.
pub async fn unpriced(conn: &impl Conn, part: &Part, most: u32) -> Result<Vec<SpendGroup>> {
    let query = part.unpriced_query(most);
    let rows: Vec<GroupRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().map(group).collect())
}

/// One row of the sums by day: what one member asked of one model with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendRow {
    /// The day.
    pub at: Timestamp,
    /// Who asked.
    pub member: MemberId,
    /// With which key; 0 is Chat.
    pub key: KeyId,
    /// Who was asked; 0 where none was chosen.
    pub provider: ProviderId,
    /// The slug of that provider, as it was last known.
    pub provider_slug: String,
    /// The provider's name for the model.
    pub model: String,
    /// Where the tokens come from.
    pub source: UsageSource,
    /// What it used and cost.
    pub sum: SpendSum,
}

#[derive(FromQueryResult)]
struct Row {
    at: i64,
    member_id: i64,
    key_id: i64,
    provider_id: i64,
    slug: String,
    model: String,
    source: String,
    #[sea_orm(nested)]
    sum: Sums,
}

/// The next rows after one, in the order of their key; at most so many.
pub async fn rows(
    conn: &impl Conn,
    part: &Part,
    after: Option<&SpendRow>,
    most: u32,
) -> Result<Vec<SpendRow>> {
    // Somebody in two teams is told of once.
    let part = part.by(SpendBy::Member);
    let key = "u.at, u.member_id, u.key_id, u.provider_id, u.model, u.source";
    let mut query = Sql::default();
    query.push(&format!("SELECT {key}, max(u.provider_slug) AS slug, {}", sums()));
    part.tables(&mut query);
    part.narrowed(&mut query);
    if let Some(row) = after {
        query
            .push(" AND u.at >= ")
            .bind(row.at.0)
            .push(&format!(" AND ({key}) > "))
            .list::<Value>([
                row.at.0.into(),
                row.member.0.into(),
                row.key.0.into(),
                row.provider.0.into(),
                row.model.as_str().into(),
                row.source.as_str().into(),
            ]);
    }
    query
        .push(&format!(" GROUP BY {key} ORDER BY {key} LIMIT "))
        .bind(i64::from(most));
    let rows: Vec<Row> = sql::rows(conn, &query.text, query.values).await?;
    let row = |row: Row| {
        Ok(SpendRow {
            at: Timestamp(row.at),
            member: MemberId(row.member_id),
            key: KeyId(row.key_id),
            provider: ProviderId(row.provider_id),
            provider_slug: row.slug,
            model: row.model,
            source: known("usage_day.source", &row.source)?,
            sum: row.sum.into(),
        })
    };
    rows.into_iter().map(row).collect()
}

#[derive(FromQueryResult)]
struct LabelRow {
    id: i64,
    label: String,
    detail: String,
}

/// What members, teams, keys or providers of an organization are called, and what tells them apart. Those that are gone
/// are not among them.
pub async fn labels(
    conn: &impl Conn,
    organization: OrganizationId,
    by: SpendBy,
    ids: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, (String, String)>> {
    let select = match by {
        SpendBy::Member => {
            "SELECT x.id, CASE WHEN x.name = '' THEN x.email ELSE x.name END AS label, x.email AS detail FROM member x"
        }
        SpendBy::Team => "SELECT x.id, x.name AS label, '' AS detail FROM team x",
        SpendBy::Key => {
            "SELECT x.id, x.name AS label, coalesce(m.email, '') AS detail FROM virtual_key x \
             LEFT JOIN member m ON m.id = x.member_id"
        }
        SpendBy::Provider | SpendBy::Model => {
            "SELECT x.id, x.name AS label, x.slug AS detail FROM provider x"
        }
    };
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let mut query = Sql::default();
    query
        .push(select)
        .push(" WHERE x.organization_id = ")
        .bind(organization.0)
        .push(" AND x.id IN (")
        .push(sql::ids_in_list(postgres))
        .push(")");
    query.values.push(sql::id_list(ids).into());
    let rows: Vec<LabelRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, (row.label, row.detail)))
        .collect())
}
