//! Saved views of AI Access: a search with its filters, order and columns, under a name.

use crate::query::{Columns, MemberQuery};
use crate::{Problem, ViewId, input};
use serde::{Deserialize, Serialize};

/// A saved view as the sidebar lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Which.
    pub id: ViewId,
    /// What it is called.
    pub name: String,
    /// The query part of its address, without `?`; empty for everybody in the usual order.
    pub query: String,
    /// Whether all who see AI Access see it; otherwise only who saved it.
    pub shared: bool,
}

/// A view to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewInput {
    /// What it is called.
    pub name: String,
    /// The query part of its address.
    pub query: String,
    /// Whether all are to see it.
    pub shared: bool,
}

impl ViewInput {
    /// As it is stored, or what is wrong with the name.
    pub fn check(self) -> Result<Self, Problem> {
        let query = MemberQuery::from_query_string(&self.query).check()?;
        let columns = Columns::from_query_string(&self.query).unwrap_or_default();
        Ok(Self {
            name: input::name("name", &self.name, "the view's name")?,
            query: view_query(&query.with_page(1), columns),
            shared: self.shared,
        })
    }
}

/// The query part of a view's address, without `?`.
pub fn view_query(query: &MemberQuery, columns: Columns) -> String {
    let mut parameters = query.to_query_string();
    if columns != Columns::default() {
        let mark = if parameters.is_empty() { "" } else { "&" };
        parameters = format!("{parameters}{mark}{}={}", Columns::NAME, columns.to_list());
    }
    parameters
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn checked(name: &str, query: &str) -> Result<ViewInput, Problem> {
        let (name, query) = (name.to_owned(), query.to_owned());
        ViewInput {
            name,
            query,
            shared: false,
        }
        .check()
    }

    #[test]
    fn a_view_is_kept_as_its_address_says_it_and_begins_at_the_first_page() {
        let view = checked(
            "  Contractors ",
            "?q=ana&role=admin&page=7&columns=name,email&shoe=1",
        )
        .unwrap();
        assert_eq!(view.name, "Contractors");
        assert_eq!(view.query, "q=ana&role=admin&columns=name,email");
        assert_eq!(checked("All", "").unwrap().query, "");
    }

    #[test]
    fn a_view_without_a_name_is_refused_at_its_field() {
        assert!(checked(" ", "q=ana").unwrap_err().field("name").is_some());
    }
}
