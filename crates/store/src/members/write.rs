//! Conditions as SQL: the one place where the two databases are asked differently.

use super::conditions::AnyOf;
use crate::grant_ends::push_ending;
use crate::grants::{every_holder, every_source};
use crate::sql::{self, Sql};
use domain::ends::SOON;
use domain::{MemberStatus, OrganizationId, Timestamp};

/// A condition, and the few rows that its text is in, if it is in few.
pub(super) struct Condition {
    pub any: AnyOf,
    pub text_rows: Option<Vec<i64>>,
}

impl Condition {
    /// Some part of it is a set of ids.
    pub fn has_set(&self) -> bool {
        let any = &self.any;
        self.text_rows.is_some()
            || any.key.is_some()
            || !any.teams.is_empty()
            || !any.providers.is_empty()
            || any.ending
    }

    /// Some part of it is tested on the row itself.
    pub fn tests_columns(&self) -> bool {
        let any = &self.any;
        !any.roles.is_empty()
            || !any.statuses.is_empty()
            || any.no_team
            || any.no_provider
            || any.without_providers
            || (any.text.is_some() && self.text_rows.is_none())
    }

    pub fn is_set(&self) -> bool {
        self.has_set() && !self.tests_columns()
    }
}

/// Builds the SQL of conditions for one organization, at one instant, in the words of one database.
#[derive(Clone, Copy)]
pub(super) struct ConditionBuilder {
    pub organization: OrganizationId,
    pub now: Timestamp,
    pub postgres: bool,
}

impl ConditionBuilder {
    /// The whole condition on a row `m`, whose id is written as `id`.
    pub fn push_condition(&self, sql: &mut Sql, condition: &Condition, id: &str) {
        let any = &condition.any;
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
        if let (Some(text), None) = (&any.text, &condition.text_rows) {
            parts.next(sql);
            if self.postgres {
                sql.push("m.search_text LIKE ").bind(like(text));
            } else {
                sql.push("instr(m.search_text, ")
                    .bind(text.as_str())
                    .push(") > 0");
            }
        }
        if condition.has_set() {
            parts.next(sql).push(id).push(" IN (");
            self.push_rows_of_set(sql, condition);
            sql.push(")");
        }
        if any.no_team {
            parts
                .next(sql)
                .push("NOT EXISTS (SELECT 1 FROM team_member tm WHERE tm.member_id = m.id)");
        }
        if any.no_provider {
            // Who has a grant of an active provider is told by the row, which spares looking at most people's grants.
            parts
                .next(sql)
                .push("(m.allowed_until IS NULL OR m.allowed_until <= ");
            sql.bind(self.now.0)
                .push(") AND NOT EXISTS (SELECT 1 FROM (")
                .push(&every_source("m"))
                .push(") g WHERE ");
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
    pub fn push_rows_of_set(&self, sql: &mut Sql, condition: &Condition) {
        let any = &condition.any;
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
                .push("SELECT g.member_id AS id FROM (")
                .push(&every_holder(&ids(&any.providers)))
                .push(") g WHERE ");
            self.push_not_ended(sql);
        }
        if any.ending {
            let between = (self.now, self.now.plus(SOON));
            push_ending(parts.next(sql), self.organization, between, self.postgres);
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
        if let Some(rows) = &condition.text_rows {
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

    pub fn push_id_list(&self, sql: &mut Sql, ids: impl Iterator<Item = i64>) {
        sql.push(sql::ids_in_list(self.postgres));
        sql.values.push(sql::id_list(ids).into());
    }

    /// The ids of rows with a text of at least three characters, on SQLite whatever their organization.
    pub fn push_rows_with_text(&self, sql: &mut Sql, text: &str) {
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

/// Numbers as a list in brackets: the statement has it twice.
fn ids(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    format!("({})", ids.join(", "))
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
